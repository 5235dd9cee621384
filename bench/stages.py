"""`python -m bench.stages`: what each step of an answer costs, in processor time and as a share of one encoder pass.

Every step is run over the same development questions, in turn with the encoder, on one thread; the time is the
process's own, so that what else runs on the machine weighs little. `--entries 5000` weighs the same steps in a FAQ of
that size, whose entries repeat the project's own with their vectors moved (search, not quality, is measured there).
`--http` runs `guichet serve` as well and gives the processor time of a whole request.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console
from rich.table import Table

from app.answer.clauses import split
from app.answer.compose import compose
from app.answer.find import K, finder
from app.answer.languages import language_of
from app.answer.parts import several
from app.answer.smalltalk import reply_to
from app.core.french import terms_of_question
from app.core.ports import Encoder, Reading, Vectors
from app.core.redact import redact
from app.core.wanted import wanted
from app.search.decide import decide
from app.search.index import OpenIndex, open_index
from app.search.publishing import open_live
from app.search.retriever import HybridRetriever
from app.settings import ROOT, Settings
from app.wiring import make_encoder
from bench.run import poster
from bench.server import serving
from evals.cases import load_cases
from ingest.build import build_index

QUESTIONS = 150
ROUNDS = 5
READ_ONCE = (terms_of_question, wanted, split)
"""What a question's words say, which the first step that asks leaves for the others: here each works it out."""
MOVED = 0.5
"""Length of the random vector that is added to a passage's own before it is normalised again."""
VARIANTS = 8
"""Variants kept of each entry in a large FAQ."""
BARS_MS = {49: 5.0, 5000: 15.0}
"""Most that retrieval and decision may cost over the encoder pass, by the number of entries."""

out = Console(width=110)


class Moved:
    """An encoder whose passages' vectors are those of the index moved at random; questions go through the real one."""

    def __init__(self, encoder: Encoder, index: OpenIndex, seed: int = 0) -> None:
        self._encoder = encoder
        self._vectors = index.dense.vectors()
        self._chance = np.random.default_rng(seed)
        self.id, self.fingerprint, self.dimension = encoder.id, encoder.fingerprint, encoder.dimension

    def read(self, query: str) -> Reading:
        """As the real one reads it."""
        return self._encoder.read(query)

    def knowing(self, words: object) -> Encoder:
        """The real one."""
        return self._encoder.knowing(words)  # type: ignore[arg-type]

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """By the real one."""
        return self._encoder.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Near some passage of the index."""
        near = self._vectors[self._chance.integers(len(self._vectors), size=len(texts))]
        step = self._chance.standard_normal(near.shape)
        moved = near + MOVED * step / np.linalg.norm(step, axis=1, keepdims=True)
        rows: Vectors = (moved / np.linalg.norm(moved, axis=1, keepdims=True)).astype(np.float32)
        return rows


def large(folder: Path, size: int, encoder: Encoder, live: OpenIndex) -> OpenIndex:
    """An index of `size` entries that repeat the live ones, VARIANTS of each, every copy with a word of its own."""
    copies = -(-size // len(live.entries))
    entries = [
        replace(
            entry,
            id=f"{entry.id}-{n}",
            question=f"{entry.question} (campus {n})",
            variants=entry.variants[:VARIANTS],
        )
        for n in range(copies)
        for entry in live.entries
    ][:size]
    decision = Settings().decision.read_bytes()
    gaps = live.gaps.gaps if live.gaps else ()
    built = build_index(live.faq, entries, index_dir=folder, decision=decision, encoder=Moved(encoder, live), gaps=gaps)
    return open_index(folder / built.version)


@dataclass(frozen=True, slots=True)
class Stage:
    """A step, the processor time of the median round for each question (ms), and whether it is searching."""

    name: str
    ms: float
    searching: bool = False


def measure(retriever: HybridRetriever, encoder: Encoder, questions: Sequence[str]) -> list[Stage]:
    """Each step over all questions, the steps in turn, ROUNDS times; the first one is the encoder's bare pass."""
    find = finder(retriever)
    decision = retriever.index.decision
    found = {question: find(question) for question in questions}
    searched = {question: found[question].retrieval for question in questions}
    bare = vectors_only(encoder)
    # `retriever` remembers vectors, so that its time is what searching adds to the pass.
    steps: list[tuple[str, Callable[[str], object], bool]] = [
        ("encoder, bare pass", bare, False),
        ("small talk, orders, insults", reply_to, False),
        ("language", language_of, False),
        ("retrieval", lambda q: retriever.search(q, K), True),
        ("decision", lambda q: decide(searched[q], decision), True),
        ("several questions in one?", lambda q: several(found[q], find), False),
        ("composition", lambda q: compose(searched[q].hits[0], q), False),
        ("redaction for the record", redact, False),
    ]
    taken: dict[str, list[float]] = {name: [] for name, _, _ in steps}
    for _ in range(ROUNDS):
        for name, step, _ in steps:
            for remembering in READ_ONCE:
                remembering.cache_clear()
            began = time.process_time()
            for question in questions:
                step(question)
            taken[name].append((time.process_time() - began) / len(questions) * 1e3)
    return [Stage(name, statistics.median(taken[name]), searching) for name, _, searching in steps]


def vectors_only(encoder: Encoder) -> Callable[[str], object]:
    """A pass of the encoder that remembers nothing."""
    return lambda question: encoder.encode_queries([question])


def show(stages: Sequence[Stage], entries: int) -> None:
    """A table with shares of the pass, and what searching adds against its bar."""
    table = Table(f"{entries} entries", "ms of processor time", "of one pass")
    bare = stages[0].ms
    for stage in stages:
        table.add_row(stage.name, f"{stage.ms:.3f}", f"{stage.ms / bare:.0%}")
    total = sum(stage.ms for stage in stages)
    table.add_row("all", f"{total:.3f}", f"{total / bare:.0%}", style="bold")
    out.print(table)
    added = sum(stage.ms for stage in stages if stage.searching)
    bar = BARS_MS.get(entries)
    out.print(f"retrieval + decision over the pass: {added:.2f} ms" + (f" (bar {bar:.0f} ms)" if bar else ""))


def over_http(questions: Sequence[str], encoder: Encoder) -> None:
    """Processor time of a request to a real server, all its threads, beside the bare pass in this process."""
    environment = {"GUICHET_RATE_LIMIT_PER_MINUTE": "0", "GUICHET_ENCODER_CACHE": "0", "GUICHET_STYLE": "verbatim"}
    with TemporaryDirectory() as folder:
        environment["GUICHET_DATABASE_URL"] = f"sqlite:///{folder}/bench.db"
        with serving(["-m", "app.cli", "serve", "--port", "{port}"], "/api/ready", **environment) as server:
            bare = vectors_only(encoder)
            took: list[float] = []
            passes: list[float] = []
            for _ in range(ROUNDS):
                post = poster(server, "/api/chat")  # the server closes a connection that was silent for 5 s
                post(questions[0])
                began = processor_s(server.pid)
                for question in questions:
                    post(question)
                took.append((processor_s(server.pid) - began) / len(questions) * 1e3)
                here = time.process_time()
                for question in questions:
                    bare(question)
                passes.append((time.process_time() - here) / len(questions) * 1e3)
    request, one = statistics.median(took), statistics.median(passes)
    out.print(
        f"a request to the server: {request:.2f} ms of processor time, a bare pass {one:.2f} ms: {request / one:.2f}"
    )


def processor_s(pid: int) -> float:
    """Processor time of all threads of a process so far (s, Linux)."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, help="also in a FAQ of so many entries")
    parser.add_argument("--http", action="store_true", help="also a whole request to a server")
    parser.add_argument("--questions", type=int, default=QUESTIONS, help="development questions that are put")
    given = parser.parse_args()
    settings = Settings()
    live = open_live(settings.index_dir)
    if live is None:
        raise SystemExit("guichet ingest")
    cases = load_cases(ROOT / "evals" / "cases", split="dev")
    questions = [case.question for case in cases if case.in_scope and not case.history][: given.questions]
    bare = make_encoder(settings.model_copy(update={"encoder_cache": 0}))
    remembering = make_encoder(settings.model_copy(update={"encoder_cache": 10 * QUESTIONS}))
    show(measure(HybridRetriever(live, remembering), bare, questions), len(live.entries))
    if given.entries:
        with TemporaryDirectory() as folder:
            index = large(Path(folder), given.entries, remembering, live)
            show(measure(HybridRetriever(index, remembering), bare, questions), len(index.entries))
    if given.http:
        over_http(questions, bare)


if __name__ == "__main__":
    main()
