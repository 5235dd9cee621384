"""A running server calls nobody whom a site's file or FAQ names, but whom the operator allows."""

from __future__ import annotations

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.serving import guichet, serving

ASKED = "Où est l’entrée ?"
PAGES = (
    *("", "faq", "faq?q=entree", "embed", "configurateur", "donnees-personnelles", "widget.js", "console", "v1/models"),
    *("api/widget", "api/suggestions", "api/search?q=entree", "api/ready", "console/oidc/login"),
)


@contextmanager
def trap() -> Iterator[tuple[str, list[bytes]]]:
    """A listening socket: its address, and what each who called began with."""
    calls: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(2)
                    try:
                        calls.append(connection.recv(200))
                    except OSError:
                        calls.append(b"")

        threading.Thread(target=accept, daemon=True).start()
        yield f"127.0.0.1:{listening.getsockname()[1]}", calls
        listening.shutdown(socket.SHUT_RDWR)


def site(folder: Path, slug: str, text: str, faq: str) -> None:
    (folder / slug).mkdir(parents=True)
    (folder / slug / "faq.md").write_text(faq, "utf-8")
    (folder / f"{slug}.toml").write_text(text, "utf-8")


def fetch(address: str, body: dict[str, str] | None = None, **headers: str) -> tuple[int, bytes]:
    data = json.dumps(body).encode() if body is not None else None
    given = {"Content-Type": "application/json"} if body is not None else {}
    request = urllib.request.Request(address, data, {**given, **headers})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.mark.slow
def test_nobody_is_called_whom_a_site_names(tmp_path: Path) -> None:
    with trap() as (never, calls), trap() as (allowed, answered):
        evil = f"http://{never}"
        shown = (
            f'contact_url = "{evil}/contact"\nprivacy_url = "{evil}/prive"\npublic_url = "{evil}"\n'
            f'allowed_origins = ["{evil}"]\nframe_ancestors = ["{evil}"]\ncontact_email = "a@{never}"\n'
            f'widget_title = "{evil}/t"\nwidget_welcome = "{evil}/w"\nwidget_suggestions = ["{evil}/s ?"]\n'
            f'institution = "{evil}/i"\ncontact_label = "{evil}/l"\n'
        )
        faq = (
            f"---\ntitle: {evil}/titre\nsource_url: {evil}/faq\ncontact_url: {evil}/c\n---\n\n### Où est l’entrée ?\n\n"
            f"<!-- guichet: url={evil}/e -->\n\nVoir [ici]({evil}/a), ![image]({evil}/b.png) et <{evil}/d>.\n"
        )
        plain = "### Où est l’entrée ?\n\nRue du Vallon, au numéro deux.\n\n### Quand ouvrez-vous ?\n\nÀ neuf heures.\n"
        eager = "cost_needless_refusal = 1000\ncost_question_back = 1000\n"  # two entries make nobody sure
        sites = tmp_path / "sites"
        site(sites, "liens", shown, faq)
        site(
            sites,
            "permis",
            f'llm_base_url = "http://{allowed}/v1"\nllm_model = "m"\nstyle = "generated"\n{eager}',
            plain,
        )
        given = {
            "GUICHET_FAQ": str(tmp_path / "faq.md"),
            "GUICHET_SITES_DIR": str(sites),
            "GUICHET_SITES_MAY_CALL": allowed,
            "GUICHET_LLM_TIMEOUT_S": "2",
        }
        (tmp_path / "faq.md").write_text(plain, "utf-8")
        for command in (("ingest",), ("ingest", "--every-site")):
            done = guichet(tmp_path, *command, **given)
            assert done.returncode == 0, done.stdout + done.stderr
        refused = {
            "modele": f'llm_base_url = "{evil}/v1"\nllm_model = "m"\n',
            "oidc": f'oidc_issuer = "{evil}"\noidc_client_id = "g"\npublic_url = "{evil}"\n',
            "traces": f'traces = "{evil}/v1/traces"\n',
            "base": f'database_url = "postgresql://u:p@{never}/b"\n',
            "index": f'index_url = "postgresql://u:p@{never}/b"\n',
            "cachee": f'database_url = "postgresql://{allowed}/b?host=127.0.0.1&port={never.rpartition(":")[2]}"\n',
        }
        for slug, text in refused.items():
            site(sites, slug, text, plain)
        with serving(tmp_path, **given) as server:
            ready = server.get("/api/ready")["sites"]
            for slug in refused:
                assert f"{slug}.toml:1" in ready[slug]["reason"], ready[slug]
                assert fetch(f"{server.base_url}/f/{slug}/api/chat", {"message": ASKED})[0] == 503
            base = f"{server.base_url}/f/liens/"
            for page in PAGES:
                status, _ = fetch(base + page, Referer=f"{evil}/r", Host=never)
                assert status < 500, page
            status, body = fetch(f"{base}api/chat", {"message": ASKED}, Origin=evil)
            assert (status, evil.encode() in body) == (200, True)  # shown, and only shown
            stream = {"Accept": "text/event-stream"}
            assert fetch(f"{base}api/chat", {"message": f"{evil}/q : {ASKED}"}, **stream)[0] == 200
            assert calls == []
            # The trap catches: the same setting, allowed, is called.
            status, body = fetch(f"{server.base_url}/f/permis/api/chat", {"message": ASKED})
            assert status == 200
            end = time.monotonic() + 10
            while not answered and time.monotonic() < end:
                time.sleep(0.05)
            assert answered, body
            assert answered[0].startswith(b"POST /v1/")
        done = guichet(tmp_path, "sites", "check", **given)  # the commands neither
        assert (done.returncode, calls) == (1, [])
