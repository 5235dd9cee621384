"""A server that is told to stop finishes the answers under way and takes no new ones."""

from __future__ import annotations

import http.client
import json
import signal
import time
from pathlib import Path

import pytest

from tests.fake_llm_server import fake_llm
from tests.serving import guichet, serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

FAQ = """---
title: Essai
contact_email: accueil@ecole.example
---

## Inscription

### Puis-je m’inscrire sans le baccalauréat ?

Oui. Certaines formations sont accessibles sans le bac, sous réserve des prérequis.
"""


def next_event(response: http.client.HTTPResponse) -> tuple[str, dict[str, object]]:
    """The next server-sent event, pings passed over."""
    name = ""
    while line := response.readline().decode().rstrip("\n"):
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            data = json.loads(line.removeprefix("data: "))
    assert name, "the stream ended"
    return name, data


def refuses_soon(host: str) -> bool:
    """Whether new visitors are let in no more, within some seconds."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        late = http.client.HTTPConnection(host, timeout=5)
        try:
            late.request("GET", "/api/health")
            late.getresponse().read()
        except OSError:
            return True
        finally:
            late.close()
    return False


def test_a_stream_under_way_ends_well_after_the_signal_and_nobody_new_is_let_in(tmp_path: Path) -> None:
    (tmp_path / "faq.md").write_text(FAQ, "utf-8")
    built = guichet(tmp_path, "ingest", GUICHET_FAQ=str(tmp_path / "faq.md"))
    assert built.returncode == 0, built.stderr
    with fake_llm() as llm:
        llm.wait_for_release = True
        model = {
            "GUICHET_LLM_BASE_URL": llm.base_url,
            "GUICHET_LLM_MODEL": "faux",
            "GUICHET_LLM_TIMEOUT_S": "100",
            "GUICHET_SHUTDOWN_S": "120",
            "GUICHET_STYLE": "generated",
        }
        with serving(tmp_path, **model) as server:
            host = server.base_url.removeprefix("http://")
            visitor = http.client.HTTPConnection(host, timeout=120)
            asked = json.dumps({"message": "Puis-je m’inscrire sans le baccalauréat ?"}).encode()
            headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
            visitor.request("POST", "/api/chat", asked, headers)
            stream = visitor.getresponse()
            name, begun = next_event(stream)
            assert (name, begun["outcome"]) == ("start", "answered")

            server.process.send_signal(signal.SIGTERM)
            assert refuses_soon(host)
            assert server.process.poll() is None, "the stream keeps it alive"

            llm.release.set()
            events = [next_event(stream)]
            while events[-1][0] != "done":
                events.append(next_event(stream))
            answer = events[-1][1]
            assert (answer["outcome"], answer["generator"]) == ("answered", "faux")
            assert answer["answer"] == "".join(str(data["text"]) for name, data in events if name == "delta")
            assert "sous réserve des prérequis" in str(answer["answer"])
            visitor.close()
            # uvicorn raises the signal again once all is done, so that whoever sent it knows.
            assert server.process.wait(timeout=60) in (0, -signal.SIGTERM)
