"""`make bench-scale`: what a large FAQ costs to index, to open and to search, and how much the search finds of it.

Each size is built in a process of its own and searched in another, which knows it only from its files. The search of a
question and one bare encoder pass are taken in turn; what is reported is the time that the search adds. Recall is held
against an exact search over everything: of vectors alone (the ten nearest passages), and of the whole
hybrid search (the same first entry; the same ten).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from app.core.french import clean, lexical_tokens
from app.core.types import FaqMeta
from app.core.workers import usable_cores
from app.search import versions
from app.search.approximate import RECALL_AT
from app.search.fuse import Scores, entry_features, fused_scores
from app.search.index import OpenIndex, open_index
from app.search.pool import Pool, pooling
from app.search.retriever import HybridRetriever
from app.settings import ROOT
from bench.made_up import MadeUpEncoder, fingerprint, make_up, material, open_packaged
from ingest.build import build_index

RESULTS = ROOT / "docs" / "figures" / "scale.json"
DATASETS = ROOT.parent / "shared" / "datasets"
"""Real texts where they are; without them the project's own FAQ serves."""
SIZES = (5_000, 10_000, 100_000)
"""Entries; each has ten passages."""
TIMED, COMPARED, EMBEDDED = 400, 100, 200
"""Questions timed and compared with an exact search, and passages embedded to know the price of one."""

out = Console(width=150)


@dataclass(frozen=True, slots=True)
class Figures:
    """One size. Times in ms unless named otherwise."""

    entries: int
    passages: int
    type: str
    effort: int
    build_recall: float
    embed_s: float
    """What embedding all passages would take on all cores: the processor time of EMBEDDED real ones, extrapolated."""
    index_s: float
    """All the rest of an ingest, measured."""
    index_cpu: float
    """The same in processor time (s), which a busy machine distorts less."""
    build_mb: float
    disk_mb: float
    open_s: float
    resident_mb: float
    encode_p50: float
    encode_cpu: float
    search_p50: float
    search_cpu: float
    """Processor time that the search adds to the pass, the median. A busy machine makes the same work dearer: read it
    against that of the pass, `encode_cpu`, which was taken in turn with it."""
    search_p95: float
    recall: float
    same_first: float
    same_ten: float
    load: float
    """Processes that wanted a processor while it was searched, on average over a minute."""


def main() -> None:
    """Measure, print and keep; a size that is measured again replaces what is kept of it."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--entries", type=int, nargs="+", default=SIZES)
    arguments.add_argument("--type", default="auto", choices=("auto", "flat", "pq", "hnsw", "ivf"))
    arguments.add_argument("--folder", type=Path, help="keep the indexes here")
    arguments.add_argument("--no-save", action="store_true", help=f"leave {RESULTS.relative_to(ROOT)} as it is")
    arguments.add_argument("--step", choices=("build", "search"), help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.step:
        step = build if given.step == "build" else search
        print(json.dumps(step(given.entries[0], given.type, given.folder)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        rows = measured(given.entries, given.type, given.folder or Path(temporary))
    if not given.no_save:
        RESULTS.parent.mkdir(exist_ok=True)
        kept = {row["entries"]: row for row in json.loads(RESULTS.read_text())} if RESULTS.exists() else {}
        kept |= {row.entries: asdict(row) for row in rows}
        RESULTS.write_text(json.dumps([kept[size] for size in sorted(kept)], indent=2) + "\n")


def measured(sizes: Sequence[int], kind: str, folder: Path) -> list[Figures]:
    """Each size in turn, shown as it comes."""
    rows = []
    folder.mkdir(parents=True, exist_ok=True)
    for entries in sizes:
        rows.append(measure(entries, kind, folder / str(entries)))
        show(rows)
    return rows


def measure(entries: int, kind: str, folder: Path) -> Figures:
    """Build and search in fresh processes."""
    found: dict[str, object] = {}
    for step in ("build", "search"):
        command = ["-m", "bench.scale", "--entries", str(entries), "--type", kind, "--folder", str(folder)]
        done = subprocess.run([sys.executable, *command, "--step", step], check=True, stdout=subprocess.PIPE, cwd=ROOT)
        found.update(json.loads(done.stdout.splitlines()[-1]))
    return Figures(**found)  # type: ignore[arg-type]


def build(entries: int, kind: str, folder: Path) -> dict[str, object]:
    """Make an index up."""
    real = open_packaged()
    folders = sorted(path.parent for path in DATASETS.glob("*/corpus.jsonl"))
    given = material(folders, real, folder.parent / "sentences.npy")
    sample = given.sentences[:EMBEDDED]
    began = time.process_time()
    real.encode_passages(sample)
    each = (time.process_time() - began) / len(sample) / usable_cores()
    made, passages, vectors = make_up(given, entries)
    decision = (ROOT / "evals" / "fitted" / "decision.json").read_bytes()
    encoder = MadeUpEncoder(real, passages, vectors)
    began, worked = time.perf_counter(), time.process_time()
    built = build_index(
        FaqMeta(), made, index_dir=folder, decision=decision, encoder=encoder, dense=kind  # type: ignore[arg-type]
    )  # fmt: skip
    spent, cpu = time.perf_counter() - began, time.process_time() - worked
    (folder / "questions.json").write_text(json.dumps(given.questions[: TIMED + COMPARED]))
    manifest = versions.read_manifest(folder / built.version)
    size = sum(file.stat().st_size for file in (folder / built.version).rglob("*") if file.is_file())
    return {
        "entries": entries,
        "passages": built.passages,
        "type": manifest.dense["type"],
        "effort": manifest.dense.get("effort", 0),
        "build_recall": manifest.dense["recall"],
        "embed_s": each * built.passages,
        "index_s": spent,
        "index_cpu": cpu,
        "build_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "disk_mb": size / 1e6,
    }


def search(_entries: int, _kind: str, folder: Path) -> dict[str, object]:
    """Open the index and ask it."""
    questions = [clean(text) for text in json.loads((folder / "questions.json").read_text())]
    real = open_packaged()
    before = resident_mb()
    began = time.perf_counter()
    index = open_index(folder / versions.current_version(folder))
    # The vectors of its passages are made up, those of questions are not.
    index = replace(index, manifest=replace(index.manifest, encoder_fingerprint=real.fingerprint))
    assert fingerprint(real) != real.fingerprint
    retriever = HybridRetriever(index, real)
    opened = time.perf_counter() - began
    for question in questions[:50]:
        retriever.search(question)
    passes, added, bare, cpu = [], [], [], []
    for question in questions[:TIMED]:
        began, worked = time.perf_counter(), time.thread_time()
        real.encode_queries([question])
        passes.append((time.perf_counter() - began) * 1e3)
        alone, worked = time.thread_time() - worked, time.thread_time()
        bare.append(alone * 1e3)
        added.append(retriever.search(question).timings_ms["search"])
        cpu.append((time.thread_time() - worked - alone) * 1e3)
    resident = resident_mb() - before
    return {
        "open_s": opened,
        "load": os.getloadavg()[0],
        "resident_mb": resident,
        "encode_p50": statistics.median(passes),
        "encode_cpu": statistics.median(bare),
        "search_p50": statistics.median(added),
        "search_cpu": statistics.median(cpu),
        "search_p95": statistics.quantiles(added, n=20)[-1],
        **compared(index, retriever, questions[-COMPARED:]),
    }


def compared(index: OpenIndex, retriever: HybridRetriever, questions: list[str]) -> dict[str, object]:
    """What the search finds of what an exact one over everything finds."""
    everything, mine = exact(index), pooling(index)
    depth = len(index.passages) if not index.dense.approximate else None
    recalls, first, ten = [], [], []
    for question in questions:
        vector, tokens = retriever.vector(question), lexical_tokens(question)
        whole, part = everything(vector, tokens), mine(vector, tokens)
        true = np.argsort(-whole.scores.dense, kind="stable")[:RECALL_AT]
        near = index.dense.nearest(vector, depth or 256)
        recalls.append(float(np.isin(true, near).mean()))
        right, found = best(index, whole), best(index, part)
        first.append(right[0] == found[0])
        ten.append(len(set(right) & set(found)) / len(right))
    return {"recall": statistics.mean(recalls), "same_first": statistics.mean(first), "same_ten": statistics.mean(ten)}


def best(index: OpenIndex, pool: Pool) -> list[int]:
    """Numbers of the ten best entries of a pool."""
    features = entry_features(pool.scores, pool.map, index.manifest.dense_floor)
    scores = fused_scores(features, index.decision.weights)
    return [int(pool.entries[at]) for at in np.argsort(-scores, kind="stable")[:10]]


def exact(index: OpenIndex):
    """Pools of everything, whatever it costs."""
    passages, entries = np.arange(len(index.passages)), np.arange(len(index.entries))
    passage_map, vectors = index.layout.passage_map(), index.dense.vectors()

    def pool(vector, tokens) -> Pool:
        found = Scores(
            dense=vectors @ vector[0],
            lexical=index.lexical.scores(tokens),
            lexical_entry=index.lexical_entries.scores(tokens),
            density=index.discriminant.scores(vector),
        )
        return Pool(entries, passages, index.layout, passage_map, found)

    return pool


def resident_mb() -> float:
    """Memory of this process that isn't a file's (MB, Linux): mapped files are the kernel's to drop."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon:"))


def show(rows: list[Figures]) -> None:
    """One row a size."""
    table = Table(
        "entries", "passages", "type", "recall", "embed s", "index s", "its CPU s", "build MB", "disk MB", "open s",
        "memory MB", "one pass ms", "search adds p50", "CPU", "of a pass's", "p95", "same first", "same ten",
    )  # fmt: skip
    for row in rows:
        table.add_row(
            f"{row.entries:,}", f"{row.passages:,}", f"{row.type} {row.effort or ''}", f"{row.recall:.3f}",
            f"{row.embed_s:.0f}", f"{row.index_s:.0f}", f"{row.index_cpu:.0f}", f"{row.build_mb:.0f}",
            f"{row.disk_mb:.0f}", f"{row.open_s:.1f}", f"{row.resident_mb:.0f}", f"{row.encode_p50:.2f}",
            f"{row.search_p50:.2f}", f"{row.search_cpu:.2f}",
            f"{row.search_cpu / row.encode_cpu:.0%}", f"{row.search_p95:.2f}",
            f"{row.same_first:.2f}", f"{row.same_ten:.2f}",
        )  # fmt: skip
    out.print(table)


if __name__ == "__main__":
    main()
