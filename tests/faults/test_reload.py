"""A running server takes new versions up without dropping a request, and survives bad ones."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from app.search import versions
from tests.faults.institution import published, write
from tests.serving import guichet, serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_publishing_under_load_drops_nothing(tmp_path: Path) -> None:
    published(tmp_path, "Réponse numéro 0.")
    failures: list[str] = []
    seen: set[str] = set()
    stop = threading.Event()
    with serving(tmp_path) as server:

        def visit() -> None:
            while not stop.is_set():
                try:
                    seen.add(server.ask("Quels sont les modes de paiement ?")["index_version"])
                except Exception as error:  # noqa: BLE001
                    failures.append(repr(error))

        visitors = [threading.Thread(target=visit) for _ in range(4)]
        for visitor in visitors:
            visitor.start()
        for n in range(1, 5):
            published(tmp_path, f"Réponse numéro {n}.")
            time.sleep(0.5)
        stop.set()
        for visitor in visitors:
            visitor.join()
        entry = server.get("/api/entries/comment-obtenir-une-attestation-de-scolarite")
    assert failures == []
    assert len(seen) == 5
    assert entry["answer"] == "Réponse numéro 4."


def test_a_bad_version_is_refused_and_the_old_one_goes_on(tmp_path: Path) -> None:
    published(tmp_path, "Réponse numéro 0.")
    with serving(tmp_path) as server:
        before = server.get("/api/ready")["index_version"]
        published(tmp_path, "Réponse numéro 1.")
        live = tmp_path / "index" / versions.current_version(tmp_path / "index")
        deadline = time.monotonic() + 10
        while server.get("/api/ready")["index_version"] == before and time.monotonic() < deadline:
            time.sleep(0.05)
        (tmp_path / "index" / "CURRENT").write_text("20990101T000000Z-deadbeef\n")
        time.sleep(0.5)
        state = server.get("/api/ready")
        assert state["index_version"] == live.name
        assert state["reason"]
        assert server.ask("Quels sont les modes de paiement ?")["outcome"] in {
            "answered",
            "clarification",
            "abstained",
        }


def test_the_command_line_walks_the_versions(tmp_path: Path) -> None:
    missing = guichet(tmp_path, "ask", "Quels tarifs ?")
    assert missing.returncode == 3
    assert "guichet ingest" in missing.stderr
    published(tmp_path, "Première réponse.")
    published(tmp_path, "Seconde réponse.")
    assert guichet(tmp_path, "index", "list").stdout.count("✓") == 1
    assert guichet(tmp_path, "index", "rollback").returncode == 0
    assert guichet(tmp_path, "index", "verify").returncode == 0
    entries = (tmp_path / "index" / versions.current_version(tmp_path / "index") / "entries.jsonl").read_text()
    assert "Première réponse." in entries
    path = str(write(tmp_path, "Seconde réponse."))
    stale = guichet(tmp_path, "ingest", "--if-stale", GUICHET_FAQ=path)
    assert "remise en service exprès" in stale.stderr
    damaged = tmp_path / "index" / versions.current_version(tmp_path / "index") / "passages.jsonl"
    damaged.write_text(damaged.read_text() + " ")
    assert guichet(tmp_path, "index", "verify").returncode == 1
    assert guichet(tmp_path, "index", "rollback", "nulle-part").returncode == 2


def test_bad_input_on_the_command_line_names_the_place_and_the_mend(tmp_path: Path) -> None:
    absent = guichet(tmp_path, "ingest", str(tmp_path / "absent.md"))
    assert absent.returncode == 2
    assert "absent.md" in absent.stderr
    path = tmp_path / "vide.md"
    path.write_text("# Rien\n\nPas de question ici.\n", "utf-8")
    empty = guichet(tmp_path, "ingest", str(path))
    assert empty.returncode == 2
    assert "vide.md" in empty.stderr
    assert "→" in empty.stderr
    wrong = guichet(tmp_path, "settings", GUICHET_PORT="quatre")
    assert wrong.returncode == 2
    assert "GUICHET_PORT" in wrong.stderr
    assert guichet(tmp_path, "ask", "").returncode == 2
    assert "Traceback" not in absent.stderr + empty.stderr + wrong.stderr
