"""From « Publier » to the visitor's answer: `python -m bench.publish`. Prints seconds, over a copy of the FAQ.

A wording is added to an entry and published through the staff API; the time ends when a visitor who asks in
these words is answered from that entry. Then the way back, until the visitor no longer is.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from pathlib import Path

from starlette.testclient import TestClient

from app.settings import ROOT, Settings
from app.staff.desk import Desk
from app.web.main import create_app
from app.wiring import build_services

ROUNDS = 5
ENTRY = "quels-sont-les-modes-de-paiement"
QUESTION = "Peut-on donner des pièces jaunes pour payer sa licence ? (essai {n})"


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for source in ("faq_fr.md", "hors_faq.md"):
            shutil.copy(ROOT / "data" / source, folder / source)
        own = {
            "faq": folder / "faq_fr.md",
            "index_dir": folder / "index",
            "database_url": f"sqlite:///{folder / 'g.db'}",
        }
        settings = Settings(rate_limit_per_minute=0).model_copy(update=own)
        from ingest.workshop import open_workshop

        workshop = open_workshop(settings)
        workshop.build(workshop.read(), settings.index_dir, build_services(settings).live.encoder())
        with TestClient(create_app(settings, announce=lambda _: None)) as client:
            desk: Desk = client.app.state.desk  # type: ignore[attr-defined]
            desk.database.ready.wait(60)
            user = desk.accounts.add_user("bench", "Bench", "administrateur")
            _, secret = desk.accounts.make_token(user.id, "bench", ["questions", "faq", "publication"])
            headers = {"Authorization": f"Bearer {secret}"}
            live, back = [], []
            for n in range(ROUNDS):
                question = QUESTION.format(n=n)
                change = {"changes": [{"kind": "variant", "entry": ENTRY, "text": question}]}
                draft = client.post("/api/staff/drafts", json=change, headers=headers).json()["id"]
                began = time.perf_counter()
                done = client.post(f"/api/staff/drafts/{draft}/publish", json={}, headers=headers)
                assert done.status_code == 200, done.text
                until(client, question, answered=True)
                live.append(time.perf_counter() - began)
                older = client.get("/api/staff/versions", headers=headers).json()["versions"][1]["id"]
                began = time.perf_counter()
                assert client.post(f"/api/staff/versions/{older}/rollback", headers=headers, json={}).status_code == 200
                until(client, question, answered=False)
                back.append(time.perf_counter() - began)
    for label, values in (("published and live", live), ("rolled back and gone", back)):
        print(f"{label:22} n={len(values)}  median {statistics.median(values):.2f} s  worst {max(values):.2f} s")


def until(client: TestClient, question: str, *, answered: bool) -> None:
    """Ask until the visitor is answered from ENTRY, or no longer is."""
    while True:
        found = client.post("/api/chat", json={"message": question}).json()
        if (found["outcome"] == "answered" and found["sources"][0]["entry_id"] == ENTRY) == answered:
            return


if __name__ == "__main__":
    main()
