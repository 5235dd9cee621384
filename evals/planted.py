"""`python -m evals.planted`: plants each regression that the evaluation must catch, and shows what it says of it.

An index of the FAQ is built and evaluated, then once more for each fault, against the sound one.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import orjson

from app.core.errors import GuichetError
from app.core.ports import Encoder, Reading, Vectors
from app.core.types import Entry
from app.logs import configure_logging
from app.search.versions import VECTORS, current_version
from app.settings import Settings
from app.wiring import make_encoder
from evals import planted_messages as messages
from evals.backend import Wanted
from evals.cases import load_cases
from evals.gate import read_gate
from evals.kept import Run
from evals.places import CASES, GATE
from evals.session import Measured, evaluate, judge
from ingest.build import build_index
from ingest.gaps import FILE, parse_gaps
from ingest.parse import parse_paths

SHARE = 0.05
"""Share of the vectors that are corrupted."""
LOGITS = 2.0
"""How far a threshold is moved."""
SHOWN = 8


@dataclass(frozen=True, slots=True)
class Caught:
    """What the evaluation says of a fault: what broke, or why it stopped; and whether that names the fault."""

    fault: str
    said: tuple[str, ...]
    named: bool


class Corrupting:
    """An encoder that gives one passage in twenty the vector of no text."""

    def __init__(self, inner: Encoder) -> None:
        self._inner = inner
        self.id, self.fingerprint, self.dimension = inner.id, inner.fingerprint, inner.dimension
        self._chance = np.random.default_rng(0)

    def read(self, query: str) -> Reading:
        """As the encoder does."""
        return self._inner.read(query)

    def knowing(self, words: Any) -> Encoder:
        """As the encoder does."""
        return self._inner.knowing(words)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """As the encoder does."""
        return self._inner.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """The vectors, some of them of no text."""
        vectors = self._inner.encode_passages(texts).copy()
        for at in np.flatnonzero(self._chance.random(len(texts)) < SHARE):
            noise = self._chance.normal(size=vectors.shape[1])
            vectors[at] = noise / np.linalg.norm(noise)
        return vectors


class Planting:
    """A sound index of the FAQ, and copies of it with one fault each."""

    def __init__(self, folder: Path, sample: int | None) -> None:
        self.folder = folder
        self.runs = folder / "runs"
        self.sound = Settings().model_copy(update={"index_dir": folder / "index", "style": "verbatim"})
        self.encoder = make_encoder(self.sound)
        self.parsed = parse_paths([self.sound.faq])
        self.known = load_cases(CASES)
        test = [case for case in self.known if case.split == "test"]
        self.cases = random.Random(1).sample(test, sample) if sample and sample < len(test) else test  # noqa: S311
        self.limits = () if sample else read_gate(GATE)  # set for all of the test questions
        self.build(self.sound, list(self.parsed.faq_entries))
        self.baseline = self.measure(self.sound).run

    def build(self, settings: Settings, entries: list[Entry], encoder: Encoder | None = None) -> None:
        """Publish `entries`."""
        build_index(
            self.parsed.meta,
            entries,
            index_dir=settings.index_dir,
            decision=settings.decision.read_bytes(),
            encoder=encoder or self.encoder,
            gaps=parse_gaps(settings.gaps or settings.faq.parent / FILE),
        )

    def measure(self, settings: Settings, **wanted: Any) -> Measured:
        """Evaluate what `settings` serve."""
        asked = Wanted("test", jobs=2, **wanted)
        return evaluate(
            asked, self.cases, self.known, self.runs, None, lambda *_: lambda: None, settings, what_ifs=False
        )

    def copy(self, name: str) -> Settings:
        """Settings of a copy of the sound index."""
        place = self.folder / name
        shutil.copytree(self.sound.index_dir, place)
        return self.sound.model_copy(update={"index_dir": place})

    def said(self, settings: Settings, baseline: Run | None = None, **wanted: Any) -> tuple[str, ...]:
        """Everything that breaks, and what has changed around it, against the sound index."""
        judged = judge(self.measure(settings, **wanted), baseline or self.baseline, self.limits, ())
        return (*(breach.detail for breach in judged.broke), *(judged.causes if judged.broke else ()))


def _asked_most(planting: Planting) -> list[Entry]:
    """The entries by how many facts the cases expect of them, most first."""
    facts = {entry.id: 0 for entry in planting.parsed.faq_entries}
    for case in planting.known:
        for entry in case.entries if len(case.entries) == 1 else ():
            facts[entry] += len(case.facts)
    return sorted(planting.parsed.faq_entries, key=lambda entry: -facts[entry.id])


def _wrong_text(planting: Planting) -> Caught:
    wrong, other = _asked_most(planting)[:2]
    entries = [replace(e, answer_md=other.answer_md) if e is wrong else e for e in planting.parsed.faq_entries]
    settings = planting.copy("wrong-text")
    planting.build(settings, entries)
    said = planting.said(settings)
    return Caught(messages.WRONG_TEXT.format(entry=wrong.id), said, wrong.id in " ".join(said))


def _swapped(planting: Planting) -> Caught:
    one, other = _asked_most(planting)[:2]
    swap = {one.id: other.id, other.id: one.id}
    settings = planting.copy("swapped")
    planting.build(settings, [replace(e, id=swap.get(e.id, e.id)) for e in planting.parsed.faq_entries])
    said = planting.said(settings)
    return Caught(messages.SWAPPED.format(one=one.id, other=other.id), said, all(i in " ".join(said) for i in swap))


def _deleted(planting: Planting) -> Caught:
    gone = _asked_most(planting)[0]
    settings = planting.copy("deleted")
    planting.build(settings, [e for e in planting.parsed.faq_entries if e is not gone])
    said = planting.said(settings)
    return Caught(messages.DELETED.format(entry=gone.id), said, gone.id in " ".join(said))


def _moved(planting: Planting, by: float) -> Settings:
    """An index whose decision has its intercepts raised by `by` logits, and the file that it was made from."""
    settings = planting.copy(f"threshold{by:+g}")
    decision = orjson.loads(settings.decision.read_bytes())
    for name in ("scope", "scope_with_gaps", "sure", "sure_with_gaps"):
        decision[name]["intercept"] += by
    path = planting.folder / f"decision{by:+g}.json"
    path.write_bytes(orjson.dumps(decision))
    settings = settings.model_copy(update={"decision": path})
    planting.build(settings, list(planting.parsed.faq_entries))
    return settings


def _threshold(planting: Planting, by: float) -> Caught:
    said = planting.said(_moved(planting, by))
    return Caught(messages.THRESHOLD.format(by=by), said, any(messages.DECISION in line for line in said))


def _threshold_of_the_index(planting: Planting) -> Caught:
    """So little that no figure tells: in the index alone."""
    settings = _moved(planting, 0.1).model_copy(update={"decision": planting.sound.decision})
    said = planting.said(settings)
    return Caught(messages.THRESHOLD_OF_INDEX, said, any(planting.sound.decision.name in line for line in said))


def _corrupt_vectors(planting: Planting) -> Caught:
    settings = planting.sound.model_copy(update={"index_dir": planting.folder / "corrupt"})
    planting.build(settings, list(planting.parsed.faq_entries), Corrupting(planting.encoder))
    said = planting.said(settings)
    return Caught(messages.CORRUPT, said, any(messages.VECTORS in line for line in said))


def _corrupt_file(planting: Planting) -> Caught:
    settings = planting.copy("corrupt-file")
    path = settings.index_dir / current_version(settings.index_dir) / VECTORS
    content = bytearray(path.read_bytes())
    chance = random.Random(0)  # noqa: S311
    for at in chance.sample(range(100, len(content)), len(content) // 20):
        content[at] ^= 0xFF
    path.write_bytes(content)
    return _stopped(messages.CORRUPT_FILE, VECTORS, partial(planting.said, settings))


def _dead_model(planting: Planting) -> Caught:
    settings = planting.sound.model_copy(
        update={"llm_base_url": "http://127.0.0.1:9/v1", "llm_model": "absent", "style": "generated"}
    )
    return _stopped(messages.DEAD_MODEL, "absent", partial(planting.said, settings, style="generated"))


def _stopped(fault: str, name: str, evaluation: Callable[[], tuple[str, ...]]) -> Caught:
    """A fault that must end the evaluation with an error that names it."""
    try:
        evaluation()
    except GuichetError as error:
        return Caught(fault, (str(error),), name in str(error))
    return Caught(fault, (), named=False)


def plant_all(folder: Path, sample: int | None = None) -> Iterator[Caught]:
    """Every fault, and what the evaluation says; first that nothing is said where nothing was planted."""
    planting = Planting(folder, sample)
    unchanged = planting.said(planting.sound)
    yield Caught(messages.NOTHING, unchanged, named=not unchanged)
    plants = (
        _wrong_text,
        _swapped,
        partial(_threshold, by=-LOGITS),
        partial(_threshold, by=LOGITS),
        _threshold_of_the_index,
        _dead_model,
        _corrupt_vectors,
        _corrupt_file,
        _deleted,
    )
    for plant in plants:
        yield plant(planting)


def main() -> None:
    """Plant, print, exit with 1 if anything goes unnoticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=None, help="put only so many of the test questions")
    given = parser.parse_args()
    configure_logging("critical")
    unnoticed = 0
    with TemporaryDirectory(prefix="guichet-planted-") as folder:
        for caught in plant_all(Path(folder), given.sample):
            unnoticed += not caught.named
            lines = [f"{'✓' if caught.named else '✗'} {caught.fault}", *(f"    {line}" for line in caught.said[:SHOWN])]
            sys.stdout.write("\n".join(lines) + "\n")
            sys.stdout.flush()
    sys.exit(1 if unnoticed else 0)


if __name__ == "__main__":
    main()
