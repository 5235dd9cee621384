"""Pages of the console over many stored questions: `python -m bench.console --rows 1000000 [--url postgresql://…]`.

Fills the database (unless it holds that many already) with made-up questions over ninety days, opens the application
in this process over the live index, signs in, and asks for every page again and again. Prints p50 and p95 of each
and over all, in milliseconds. Nothing runs beside it but what the machine does.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from starlette.testclient import TestClient

from app.core.french import fold
from app.search.publishing import open_live
from app.settings import ROOT, Settings
from app.store.accounts import Accounts
from app.store.counts import count_answers
from app.store.database import Database, now
from app.store.tables import answers
from app.web.main import create_app

BATCH = 5000
DAYS = 90
OUTCOMES = (("answered", 0.78), ("clarification", 0.07), ("abstained", 0.12), ("smalltalk", 0.03))
OPENINGS = ("Bonjour, ", "svp ", "Je voudrais savoir : ", "", "", "", "URGENT ", "Pour ma fille : ")
ENDINGS = ("", " ?", " merci", " à Toulouse", " en alternance", " cette année", " le soir", " à distance")


def rows(count: int, first: int) -> Iterator[dict[str, Any]]:
    """`count` made-up answers, numbered from `first`, evenly over the last DAYS days."""
    index = open_live(Settings().index_dir)
    assert index is not None, "guichet ingest"
    asked = [(entry.id, text) for entry in index.entries for text in (entry.question, *entry.variants)]
    gaps = [text for gap in (index.gaps.gaps if index.gaps else ()) for text in gap.phrasings] or ["parking ?"]
    chance = random.Random(0)
    began = now() - timedelta(days=DAYS)
    step = timedelta(days=DAYS) / count
    names, weights = zip(*OUTCOMES, strict=True)
    for n in range(count):
        outcome = chance.choices(names, weights)[0]
        entry_id, text = chance.choice(asked)
        if outcome == "abstained":
            text = chance.choice(gaps)
        message = f"{chance.choice(OPENINGS)}{text}{chance.choice(ENDINGS)}"
        confidence = chance.betavariate(8, 2) if outcome == "answered" else chance.betavariate(2, 6)
        yield {
            "answer_id": f"b{first + n:031d}",
            "conversation_id": f"{(first + n) // 3:032d}",
            "created_at": began + n * step,
            "outcome": outcome,
            "message": message,
            "folded": fold(message),
            "entry_id": entry_id if outcome == "answered" else "",
            "near_id": entry_id,
            "entry_ids": entry_id if outcome == "answered" else "",
            "confidence": confidence,
            "band": min(9, int(confidence * 10)),
            "generator": "verbatim",
            "failure": "",
            "index_version": index.version,
            "total_ms": chance.lognormvariate(2.3, 0.5),
            "vote": chance.choices(("", "up", "down"), (0.95, 0.03, 0.02))[0],
            "handled": chance.choice(("todo", "seen")) if outcome in ("abstained", "clarification") else "",
        }


def fill(database: Database, count: int) -> float:
    """Add what is missing; how long it took (s)."""
    with database.read() as connection:
        there = connection.execute(sa.select(sa.func.count()).select_from(answers)).scalar_one()
    began = time.perf_counter()
    batch: list[dict[str, Any]] = []
    for made, row in enumerate(rows(count - there, there) if count > there else (), 1):
        batch.append(row)
        if len(batch) == BATCH or made == count - there:
            with database.begin() as connection:
                connection.execute(sa.insert(answers), batch)
                count_answers(connection, batch)
            batch = []
            if made % 100_000 == 0:
                print(f"{there + made} rows, {time.perf_counter() - began:.0f} s", flush=True)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    return time.perf_counter() - began


def pages(newest: int) -> dict[str, list[str]]:
    """Addresses by the name of their page."""
    chance = random.Random(1)
    today = now().date()
    ids = [chance.randint(1, newest) for _ in range(20)]
    words = ("inscription", "parking", "paiement carte", "alternance", "velo", "xyzzy", "diplom", "je")
    return {
        "tableau de bord": [f"/console?jours={days}" for days in (7, 30, 90, 365)],
        "questions": ["/console/questions", *(f"/console/questions?avant={i}" for i in ids[:8])],
        "questions, à traiter": ["/console/questions?a_traiter=1"],
        "questions, filtres": [
            "/console/questions?issue=abstained",
            "/console/questions?avis=down",
            "/console/questions?confiance=faible",
            "/console/questions?issue=clarification&avis=up",
            f"/console/questions?du={today - timedelta(days=40)}&au={today - timedelta(days=30)}",
            f"/console/questions?du={today - timedelta(days=40)}&issue=abstained&confiance=forte",
        ],
        "questions, mots": [f"/console/questions?mots={word.replace(' ', '+')}" for word in words],
        "questions, thèmes": ["/console/questions?vue=themes"],
        "une question": [f"/console/questions/{i}" for i in ids],
        "FAQ": ["/console/faq", "/console/faq?tri=revoir"],
        "brouillons, versions": ["/console/brouillons", "/console/versions"],
        "évaluations": ["/console/evaluations"],
        "réglages": ["/console/reglages", "/console/reglages/comptes", "/console/reglages/journal"],
    }


def measure(client: TestClient, addresses: dict[str, list[str]], rounds: int) -> dict[str, list[float]]:
    """Durations in ms by page."""
    found: dict[str, list[float]] = {name: [] for name in addresses}
    for number in range(rounds + 1):
        for name, paths in addresses.items():
            for path in paths:
                began = time.perf_counter()
                answer = client.get(path)
                took = (time.perf_counter() - began) * 1e3
                assert answer.status_code == 200, (path, answer.status_code)
                if number:
                    found[name].append(took)
    return found


def p95(values: list[float]) -> float:
    """The value that 19 in 20 don't exceed."""
    return sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)]


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--url", default=f"sqlite:///{ROOT / 'bench' / 'out' / 'console.db'}")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    Path(ROOT / "bench" / "out").mkdir(parents=True, exist_ok=True)
    database = Database(given.url)
    database.open()
    print(f"{given.rows} rows on {database.dialect}: filled in {fill(database, given.rows):.0f} s", flush=True)
    accounts = Accounts(database)
    known = accounts.by_login("bench")
    user = known[0] if known else accounts.add_user("bench", "Bench", "administrateur")
    settings = Settings(database_url=given.url, rate_limit_per_minute=0, retention_days=3650)
    with TestClient(create_app(settings, announce=lambda _: None)) as client:
        while not client.app.state.desk.database.ready.wait(1):  # type: ignore[attr-defined]
            pass
        client.cookies.set("guichet_session", accounts.open_session(user.id))
        for _ in range(60):  # the first gathering of themes encodes in the background
            if "en cours" not in client.get("/console/questions?vue=themes").text:
                break
            time.sleep(1)
        with database.read() as connection:
            newest = connection.execute(sa.select(sa.func.max(answers.c.id))).scalar_one()
        found = measure(client, pages(newest), given.rounds)
    print(f"{'page':28}{'n':>5}{'p50 ms':>9}{'p95 ms':>9}")
    for name, values in found.items():
        print(f"{name:28}{len(values):5}{statistics.median(values):9.0f}{p95(values):9.0f}")
    every = [value for values in found.values() for value in values]
    print(f"{'toutes':28}{len(every):5}{statistics.median(every):9.0f}{p95(every):9.0f}")
    database.close()


if __name__ == "__main__":
    main()
