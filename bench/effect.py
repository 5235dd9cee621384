"""The preview of a draft's effect over the live FAQ: `python -m bench.effect [--rows 200]`.

Prints wall and CPU seconds of: putting every question to today's index (done once a version, beforehand, while an
editor opens a question or an entry), then the preview of two drafts of one variant each. The CPU seconds are those of
this process; on idle cores a preview takes about as long.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from app.settings import Settings
from app.staff import publishing
from app.staff.desk import open_desk
from app.staff.sources import sources_of
from app.store.database import Database
from app.wiring import build_services
from bench.console import fill


def timed(what: str, work: Callable[[], object]) -> None:
    """Do it and print what it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    print(f"{what:44}{time.perf_counter() - wall:8.1f} s wall{time.process_time() - cpu:8.1f} s CPU", flush=True)


def main() -> None:
    """Fill a database, prepare, preview twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2000, help="Questions received.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="guichet-bench-") as folder:
        settings = Settings(database_url=f"sqlite:///{Path(folder) / 'guichet.db'}")
        services = build_services(settings)
        services.live.refresh()
        database = Database(settings.database_url)
        database.open()
        fill(database, given.rows)
        desk = open_desk(services, database)
        sources = sources_of(desk)
        user = desk.accounts.add_user("bench", "Bench", "administrateur")
        timed("today's answers, beforehand", lambda: desk.effects.ask_today(sources))
        for text in ("vous prenez le bitcoin", "je peux vous payer en nature"):
            change = {"kind": "variant", "entry": services.live.retriever().index.entries[0].id, "text": text}
            draft = publishing.add_changes(desk, user, [change])
            timed(f"preview of a draft ({len(draft.changes)} changes)", lambda d=draft: desk.effects.run(sources, d))  # type: ignore[misc]
            effect = desk.drafts.get(draft.id).effect  # type: ignore[union-attr]
            print(f"  {effect['questions']['n']} received, {effect['cases']['n']} of the question set")
        database.close()


if __name__ == "__main__":
    main()
