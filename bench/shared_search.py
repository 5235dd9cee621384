"""pgvector's HNSW against FAISS on the FAQ as shipped: `python -m bench.shared_search`.

Asks the development questions of both and prints how often they give the same entries in the same order, which share of
FAISS's passages HNSW looks at too, and what a search costs each, taken in turn (ratios hold on a busy machine, times
don't).
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from app.core.french import clean
from app.encoders import open_encoder
from app.search import versions
from app.search.database_dense import searched_there
from app.search.index import open_index
from app.search.retriever import HybridRetriever
from app.search.shared import SharedIndex, hnsw_name
from bench.shipped import shipped_index
from evals.cases import load_cases

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Compared:
    """What both found; times in milliseconds, for the vectors alone."""

    questions: int
    asked: int
    """Searches that the database answered; two a question."""
    scans: int
    """Scans of the HNSW index: the planner could have read all rows instead."""
    same_order: int
    """Questions with the same ten entries in the same order."""
    recall: float
    faiss_ms: float
    pgvector_ms: float


def compare(url: str, folder: Path, every: int) -> Compared:
    """Publish the FAQ to an empty database and ask every so many-th development question of both."""
    settings = {"GUICHET_INDEX_DIR": str(folder / "index"), "GUICHET_INDEX_URL": url}
    shutil.copytree(shipped_index(), folder / "index")
    ingest = [sys.executable, "-m", "app.cli", "ingest"]
    subprocess.run(ingest, cwd=ROOT, env={**os.environ, **settings}, check=True, capture_output=True)
    shared = SharedIndex(url)
    with shared.engine.begin() as connection:  # so few vectors would be read whole: HNSW is what is tried here
        name = connection.execute(sa.text("SELECT current_database()")).scalar()
        for method in ("seqscan", "sort", "bitmapscan"):
            connection.exec_driver_sql(f"ALTER DATABASE {name} SET enable_{method} = off")
    over, connections = searched_there(shared, 1)
    version = versions.current_version(folder / "index")
    local = open_index(folder / "index" / version)
    encoder = open_encoder("packaged", threads=1, cache_size=4096)
    here, there = HybridRetriever(local, encoder), HybridRetriever(over(local), encoder)
    end = time.monotonic() + 60
    while not connections.free:
        assert time.monotonic() < end, "no connection"
        time.sleep(0.05)
    questions = [clean(case.question) for case in load_cases(ROOT / "evals" / "cases", "dev")][::every]
    same = found = wanted = 0
    seconds: tuple[list[float], list[float]] = ([], [])
    for question in questions:
        vector = encoder.encode_queries([question])
        looked_at = []
        for one, times in zip((here, there), seconds, strict=True):
            began = time.perf_counter()
            scores = one.index.dense.scores(vector)
            times.append(time.perf_counter() - began)
            looked_at.append(np.flatnonzero(~np.isnan(scores)))
        found, wanted = found + len(np.intersect1d(*looked_at)), wanted + len(looked_at[0])
        first, second = ([hit.entry.id for hit in one.search(question, 10).hits] for one in (here, there))
        same += first == second
    asked = connections.asked
    connections.close()  # what a session counted is told when it ends
    used = sa.text("SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = :name")
    scans, end = 0, time.monotonic() + 10
    while scans < asked and time.monotonic() < end:
        time.sleep(0.2)
        with shared.engine.connect() as connection:
            scans = connection.execute(used, {"name": hnsw_name("principal", version)}).scalar_one()
    shared.close()
    times = [statistics.median(one) * 1e3 for one in seconds]
    return Compared(len(questions), asked, scans, same, found / wanted, *times)


def main() -> None:
    """Measure and print."""
    from tests import postgres

    with tempfile.TemporaryDirectory() as folder, postgres.running(pgvector=True) as server_url:
        found = compare(postgres.fresh_database(server_url), Path(folder), 1)
    print(f"{found.questions} development questions, {found.scans} HNSW scans for {found.asked} searches")
    print(f"same ten entries in the same order: {found.same_order} of {found.questions}")
    print(f"recall of the passages looked at: {found.recall:.4f}")
    ratio = found.pgvector_ms / found.faiss_ms
    print(f"p50 of a vector search: FAISS {found.faiss_ms:.2f} ms, pgvector {found.pgvector_ms:.2f} ms ({ratio:.1f} ×)")


if __name__ == "__main__":
    main()
