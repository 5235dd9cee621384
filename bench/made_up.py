"""Made-up FAQs of any size: texts and vectors that are spread as real ones are.

Sentences are real ones (of BEIR folders, or of the project's own FAQ) with a part of their words taken from another
sentence, and now and then a word that nobody knows, so that the vocabulary goes on growing as it does in
real text. Embedding a million of them would take hours; their vectors are real ones moved by differences
of real ones, which keeps the clusters and the covariance of the encoder's space: an entry lies near a real sentence,
its passages lie around it as far as the variants of a real entry do (squared distance SPREAD). Questions are real,
were not among those sentences, and go through the real encoder.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson

from app.core.ports import Encoder, Reading, Vectors
from app.core.types import Entry, Passage
from app.encoders import open_encoder
from app.settings import ROOT
from evals.cases import load_cases
from ingest.build import passages_of
from ingest.parse import parse_paths

VARIANTS, SENTENCES = 4, 4
PASSAGES = VARIANTS + SENTENCES + 2
"""Passages of an entry: its question, its variants, question + answer, its sentences."""
CENTRE = 0.4
"""How far, in differences of two real vectors, an entry lies from a real sentence."""
SPREAD = 0.27
"""Squared distance of a passage to its entry; see discriminant.PRIOR_TRACE."""
SWAPPED, UNKNOWN = 0.3, 0.02
"""Shares of words taken from another sentence, and of words that nobody knows."""
REAL = 3000
"""Real sentences at most: each takes some 10 ms to embed."""
_SYLLABLES = [c + v for c in ("b", "cr", "d", "f", "gl", "l", "m", "n", "p", "r", "t", "v") for v in "aeiou"]


@dataclass(frozen=True, slots=True)
class Material:
    """Real sentences with their vectors, shape (n, d), and questions that are not among them."""

    sentences: list[str]
    vectors: Vectors
    questions: list[str]


def material(folders: Sequence[Path], encoder: Encoder, kept: Path, seed: int = 0) -> Material:
    """From BEIR folders, or from the project's own FAQ and development questions where there are none.

    The vectors are read from the file `kept`, or written there.
    """
    chance = np.random.default_rng(seed)
    if folders:
        rows = [row for folder in folders for row in _rows(folder / "corpus.jsonl")]
        sentences = [s for row in rows for s in re.split(r"(?<=[.!?;:])\s+", row["text"]) if 25 < len(s) < 220]
        questions = [row["text"] for folder in folders for row in _rows(folder / "queries.jsonl")]
    else:
        entries = parse_paths([ROOT / "data" / "faq_fr.md"]).faq_entries
        sentences = [passage.text for passage in passages_of(entries) if passage.kind != "question_answer"]
        cases = load_cases(ROOT / "evals" / "cases")
        questions = [case.question for case in cases if case.split == "dev" and case.in_scope and not case.history]
    sentences = list(dict.fromkeys(sentences))
    chosen = [sentences[at] for at in chance.permutation(len(sentences))[:REAL]]
    asked = [questions[at] for at in chance.permutation(len(questions))]
    if not kept.exists():
        np.save(kept, encoder.encode_passages(chosen), allow_pickle=False)
    return Material(chosen, np.load(kept, allow_pickle=False), asked)


def _rows(path: Path) -> list[dict[str, str]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


class MadeUpEncoder:
    """The packaged encoder for questions; made-up vectors for made-up passages."""

    def __init__(self, real: Encoder, passages: Sequence[Passage], vectors: Vectors) -> None:
        self._real = real
        self._vectors = vectors
        self._row = {passage.text: passage.id for passage in passages}
        self.id, self.dimension = f"{real.id}, made up", real.dimension
        self.fingerprint = fingerprint(real)

    def read(self, query: str) -> Reading:
        """As the real one does."""
        return self._real.read(query)

    def knowing(self, words: Iterable[str]) -> Encoder:
        """The real one: whoever searches has no passages to embed."""
        return self._real.knowing(words)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """As the real one does."""
        return self._real.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """The vectors made up with the passages."""
        return self._vectors[[self._row[text] for text in texts]]


def fingerprint(real: Encoder) -> str:
    """Of a MadeUpEncoder over this one: its indexes can't pass for real ones."""
    return hashlib.sha256(f"made up {real.fingerprint}".encode()).hexdigest()


def make_up(real: Material, count: int, seed: int = 1) -> tuple[list[Entry], list[Passage], Vectors]:
    """`count` entries, their passages as ingest makes them, and a vector for each passage."""
    chance = np.random.default_rng(seed)
    words = [sentence.split() for sentence in real.sentences]
    entries = [_entry(number, words, chance) for number in range(count)]
    passages = passages_of(entries)
    owners = np.array([int(passage.entry_id[1:]) for passage in passages])
    return entries, passages, _vectors(real.vectors, _nearest_sentence(count, len(words)), owners, chance)


def _nearest_sentence(count: int, sentences: int) -> np.ndarray:
    """The real sentence that each entry is made from."""
    return np.arange(count) % sentences


def _vectors(real: Vectors, sentence: np.ndarray, owners: np.ndarray, chance: np.random.Generator) -> Vectors:
    centres = _moved(real[sentence], real, CENTRE, chance)
    apart = np.linalg.norm(real[chance.permutation(len(real))] - real, axis=1)
    step = (SPREAD / float(np.mean(apart**2))) ** 0.5
    found = np.empty((len(owners), real.shape[1]), dtype=np.float32)
    for start in range(0, len(owners), 50_000):
        part = owners[start : start + 50_000]
        found[start : start + len(part)] = _moved(centres[part], real, step, chance)
    return found


def _moved(vectors: Vectors, real: Vectors, step: float, chance: np.random.Generator) -> Vectors:
    """Each vector moved by `step` times the difference of two real ones, normalised."""
    one, other = chance.integers(0, len(real), (2, len(vectors)))
    moved = vectors + step * (real[one] - real[other])
    normalised: Vectors = (moved / np.linalg.norm(moved, axis=1, keepdims=True)).astype(np.float32)
    return normalised


def _entry(number: int, words: Sequence[Sequence[str]], chance: np.random.Generator) -> Entry:
    base = words[number % len(words)]
    texts = [_text(base, words, chance) for _ in range(1 + VARIANTS + SENTENCES)]
    question, *variants = (f"{text.rstrip(' .?!:;')} ?" for text in texts[: 1 + VARIANTS])
    answer = "\n".join(f"- {text.rstrip(' .?!:;')}." for text in texts[1 + VARIANTS :])
    return Entry(f"e{number}", question, answer, section=f"Rubrique {number % 97}", variants=tuple(variants))


def _text(base: Sequence[str], words: Sequence[Sequence[str]], chance: np.random.Generator) -> str:
    """The words of `base`, some of them changed."""
    other = words[int(chance.integers(len(words)))]
    draws = chance.random(len(base))
    text = [
        _unknown(chance) if draw < UNKNOWN else other[at % len(other)] if draw < SWAPPED else word
        for at, (word, draw) in enumerate(zip(base, draws.tolist(), strict=True))
    ]
    return re.sub(r"[*_`#<>\[\]|\\]", "", " ".join(text))


def _unknown(chance: np.random.Generator) -> str:
    """A word of four syllables: thirteen million there are."""
    return "".join(_SYLLABLES[at] for at in chance.integers(0, len(_SYLLABLES), 4))


def open_packaged() -> Encoder:
    """The packaged encoder on one thread, remembering nothing."""
    return open_encoder("packaged", threads=1, cache_size=0)
