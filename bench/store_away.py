"""Chat while the store is well, locked and away: `python -m bench.store_away`.

Prints p50 and p95 in milliseconds of the same questions, asked one after the other over HTTP within this process,
with the live index. The three take turns, so that whatever else the machine does weighs on each alike.
"""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from starlette.testclient import TestClient

from app.search.publishing import open_live
from app.settings import Settings
from app.web.main import create_app
from bench.console import p95

ROUNDS = 6
PER_ROUND = 50


def client(stack: ExitStack, url: str) -> TestClient:
    """A running application over that database."""
    settings = Settings(database_url=url, rate_limit_per_minute=0, encoder_cache=0)
    return stack.enter_context(TestClient(create_app(settings, announce=lambda _: None)))


def main() -> None:
    """Measure and print."""
    index = open_live(Settings().index_dir)
    assert index is not None, "guichet ingest"
    questions = [text for entry in index.entries for text in entry.variants]
    found: dict[str, list[float]] = {"normal": [], "locked": [], "away": []}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        (folder / "file").write_text("no folder")
        clients = {
            "normal": client(stack, f"sqlite:///{folder / 'normal.db'}"),
            "locked": client(stack, f"sqlite:///{folder / 'locked.db'}"),
            "away": client(stack, f"sqlite:///{folder / 'file' / 'away.db'}"),
        }
        for one in ("normal", "locked"):
            clients[one].app.state.desk.database.ready.wait(60)  # type: ignore[attr-defined]
        lock = sqlite3.connect(folder / "locked.db", isolation_level=None)
        lock.execute("begin immediate")
        for number in range(ROUNDS + 1):
            for state, asked in clients.items():
                for n in range(PER_ROUND):
                    message = questions[(number * PER_ROUND + n) % len(questions)]
                    began = time.perf_counter()
                    assert asked.post("/api/chat", json={"message": message}).status_code == 200
                    if number:
                        found[state].append((time.perf_counter() - began) * 1e3)
        lock.execute("rollback")
        lock.close()
    for state, values in found.items():
        ratio = p95(values) / p95(found["normal"])
        print(f"{state:8} n={len(values)}  p50 {statistics.median(values):6.1f}  p95 {p95(values):6.1f}  x{ratio:.2f}")


if __name__ == "__main__":
    main()
