"""An index version opened for reading: verified first, then immutable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from app.core.errors import IndexCorrupt
from app.core.french import words as words_of
from app.core.markdown import first_line
from app.core.spelling import MEANT
from app.core.types import Entry, FaqMeta, Passage
from app.search import messages, versions
from app.search.classes import MOST, Classes, Owners
from app.search.decide import DecisionModel
from app.search.dense import DenseIndex
from app.search.discriminant import Discriminant, Floats, means_of, read_precision
from app.search.fuse import TOP, PassageMap
from app.search.gaps import Gaps
from app.search.layout import Layout, PassageFile, counts_of
from app.search.lexical import LexicalIndex
from app.search.likeliest import Likeliest

_UNREADABLE = (OSError, RuntimeError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, MemoryError)
"""What a file whose hash is right and whose content isn't can make a library raise."""


@dataclass(frozen=True, slots=True)
class OpenIndex:
    """Everything a retriever needs of one version. Safe to share between threads."""

    manifest: versions.Manifest
    faq: FaqMeta
    entries: tuple[Entry, ...]
    passages: Sequence[Passage]
    """In a large index read from the file when they are asked for."""
    layout: Layout
    dense: DenseIndex
    lexical: LexicalIndex
    lexical_entries: LexicalIndex
    """Over each entry's passages taken together."""
    precision: Floats
    """Shape (d, d); see discriminant.precision_of."""
    discriminant: Discriminant
    decision: DecisionModel
    passage_map: PassageMap
    """In a large index that of nothing: a query makes one of what it looks at (app/search/pool.py)."""
    by_id: Mapping[str, Entry]
    twins: Mapping[str, int]
    """Ids of the entries whose question another entry asks too, and how many words of the answer tell which it is."""
    gaps: Gaps | None = None
    """The topics known to have no answer; None when there are none."""
    classes: Classes | None = None
    """None in an index that is too large to learn them."""
    likeliest: Likeliest | None = None
    """Finds the entries that `discriminant` scores highest, in a large index."""
    words: Sequence[str] | None = None
    """The words that the FAQ itself is written in, where the version keeps them; None where they are to be read from
    the passages."""

    @property
    def version(self) -> str:
        """Name of the version."""
        return self.manifest.version

    def entry(self, entry_id: str) -> Entry | None:
        """The entry of that id, or None."""
        return self.by_id.get(entry_id)


def open_index(folder: Path) -> OpenIndex:
    """Verify a version's files and load them. Raises IndexMissing or IndexCorrupt."""
    manifest = versions.read_manifest(folder)
    if manifest.version != folder.name:
        raise IndexCorrupt(
            messages.FOREIGN_MANIFEST.format(folder=folder, version=manifest.version),
            mend=messages.REBUILD,
        )
    versions.verify_files(folder, manifest)
    try:
        entries = tuple(_entry(row) for row in _rows(folder / versions.ENTRIES))
        dense = DenseIndex.read(folder / versions.VECTORS, manifest.first_look)
        lexical = LexicalIndex.read(folder / versions.LEXICAL, mapped=dense.approximate)
        lexical_entries = LexicalIndex.read(folder / versions.LEXICAL_ENTRIES, mapped=dense.approximate)
        precision = read_precision(folder / versions.PRECISION, manifest.dimension)
        faq = FaqMeta(**{k: v for k, v in manifest.faq.items() if v is not None})
        searched = (_mapped if dense.approximate else _loaded)(folder, entries, dense, precision)
        gaps = Gaps.read(folder, precision)
        by_id = {entry.id: entry for entry in entries}
        twins = twins_of(entries)
        passages = searched.passages
        owner = None if dense.approximate else wordings_of(passages, entries, gaps)
        classes = None if owner is None else Classes.read(folder, owner, len(entries))
        lexical.check(len(passages))
        lexical_entries.check(len(entries))
    except _UNREADABLE as error:
        raise IndexCorrupt(messages.UNREADABLE.format(path=folder, reason=error), mend=messages.REBUILD) from error
    if len(dense) != len(passages) or dense.dimension != manifest.dimension:
        raise IndexCorrupt(
            messages.COUNTS.format(folder=folder, vectors=len(dense), passages=len(passages)),
            mend=messages.REBUILD,
        )
    decision_path = folder / versions.DECISION
    decision = DecisionModel.from_json(decision_path.read_bytes(), decision_path)
    if classes is None:
        decision = decision.unlearnt or decision
    if decision.day_one and not has_variants(entries):
        decision = decision.day_one
    return OpenIndex(
        manifest=manifest,
        faq=faq,
        entries=entries,
        passages=passages,
        layout=searched.layout,
        dense=dense,
        lexical=lexical,
        lexical_entries=lexical_entries,
        precision=precision,
        discriminant=searched.discriminant,
        decision=decision,
        passage_map=searched.passage_map,
        by_id=by_id,
        twins=twins,
        gaps=gaps,
        classes=classes,
        likeliest=searched.likeliest,
        words=searched.words,
    )


@dataclass(frozen=True, slots=True)
class _Searched:
    """What is worked out from the passages at opening, or stands in files where they are many; see OpenIndex."""

    passages: Sequence[Passage]
    layout: Layout
    passage_map: PassageMap
    discriminant: Discriminant
    likeliest: Likeliest | None = None
    words: Sequence[str] | None = None


def _loaded(folder: Path, entries: Sequence[Entry], dense: DenseIndex, precision: Floats) -> _Searched:
    passages = tuple(_passage(row, at) for at, row in enumerate(_rows(folder / versions.PASSAGES)))
    ids = [entry.id for entry in entries]
    passage_map = PassageMap.of(passages, ids)
    discriminant = discriminant_of(passages, passage_map, dense, precision)
    return _Searched(passages, Layout.of(counts_of(passages, ids)), passage_map, discriminant)


def _mapped(folder: Path, entries: Sequence[Entry], dense: DenseIndex, precision: Floats) -> _Searched:
    counts = np.load(folder / versions.COUNTS, allow_pickle=False)
    layout = Layout.of(counts)
    discriminant = Discriminant.read(folder / versions.DISCRIMINANT)
    if len(counts) != len(entries) or counts.sum() != len(dense) or len(discriminant.bias) != len(entries):
        raise ValueError(f"{versions.COUNTS}, {versions.DISCRIMINANT}: other numbers than the entries'")
    words = (folder / versions.WORDS).read_text("utf-8").split()
    passages = PassageFile(folder / versions.PASSAGES)
    likeliest = Likeliest.read(folder / versions.LIKELIEST, precision)
    return _Searched(passages, layout, PassageMap.of((), ()), discriminant, likeliest, words)


def wordings_of(passages: Sequence[Passage], entries: Sequence[Entry], gaps: Gaps | None) -> Owners | None:
    """What each wording speaks for, in the order of Classes; None where they are too many to learn from."""
    place = {entry.id: at for at, entry in enumerate(entries)}
    asked = [place[passages[row].entry_id] for row in asked_rows(passages)]
    owner = np.array(asked + [len(entries)] * (len(gaps.dense) if gaps else 0), dtype=np.intp)
    return owner if len(owner) <= MOST else None


def with_gaps(index: OpenIndex, gaps: Gaps | None) -> OpenIndex:
    """The index as if only these of its gaps were known."""
    if index.classes is None or index.gaps is None:
        return replace(index, gaps=gaps)
    known, before = set(gaps.phrasings) if gaps else set(), index.gaps.phrasings
    of_entries = len(index.classes.owner) - len(before)
    kept = np.array([True] * of_entries + [phrasing in known for phrasing in before])
    return replace(index, gaps=gaps, classes=index.classes.of(kept))


def asked_rows(passages: Sequence[Passage]) -> list[int]:
    """Numbers of the passages that put the question: the entry's own and its variants."""
    return [passage.id for passage in passages if passage.kind in ("question", "variant")]


def discriminant_of(
    passages: Sequence[Passage], passage_map: PassageMap, dense: DenseIndex, precision: Floats
) -> Discriminant:
    """The discriminant of the entries by their questions and variants."""
    rows = asked_rows(passages)
    means = means_of(dense.vectors()[rows], passage_map.entry[rows], len(passage_map.questions))
    return Discriminant.of(means, precision)


def own_words(passages: Iterable[Passage]) -> list[str]:
    """The words that the FAQ itself is written in; variants imitate visitors and their spelling.

    In an order of their own, the commonest first where there are many: of two that are as likely meant the
    first is taken, and that must not change from one start to the next.
    """
    texts = (passage.text for passage in passages if passage.kind != "variant")
    counts = Counter(word for text in texts for word in words_of(text) if word.isalpha())
    return sorted(counts) if len(counts) <= MEANT else sorted(counts, key=lambda word: (-counts[word], word))


def texts_by_entry(entries: Sequence[Entry], passages: Sequence[Passage]) -> list[str]:
    """All that stands for each entry, in one text, in the order of `entries`."""
    texts: dict[str, list[str]] = {entry.id: [] for entry in entries}
    for passage in passages:
        if passage.kind != "question_answer":
            texts[passage.entry_id].append(passage.text)
    return [" ".join(parts) for parts in texts.values()]


def has_variants(entries: Sequence[Entry]) -> bool:
    """Whether most entries have enough variants for the discriminant and the mean of the best to mean something."""
    return 2 * sum(len(entry.variants) >= TOP for entry in entries) >= len(entries)


TELLING = 6
"""Words of a twin's answer that are looked at, at least, to tell it from the others."""


def twins_of(entries: Sequence[Entry]) -> Mapping[str, int]:
    """The entries that share their question with another one; see OpenIndex.twins."""
    by_question: dict[str, list[Entry]] = {}
    for entry in entries:
        by_question.setdefault(entry.question, []).append(entry)
    found = {}
    for twins in (group for group in by_question.values() if len(group) > 1):
        answers = [first_line(twin.answer_md).split() for twin in twins]
        common = sum(1 for _ in takewhile(lambda words: len(set(words)) == 1, zip(*answers, strict=False)))
        found.update(dict.fromkeys((twin.id for twin in twins), max(TELLING, common + 1)))
    return found


def write_rows(path: Path, rows: Iterable[Entry | Passage]) -> None:
    """Entries or passages as JSON lines."""
    path.write_bytes(b"".join(orjson.dumps(asdict(row)) + b"\n" for row in rows))


def _rows(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines() if line]


def _entry(row: dict[str, Any]) -> Entry:
    until = row.get("valid_until")
    variants = row.get("variants", ())
    texts = [row["id"], row["question"], row["answer_md"], row.get("section", ""), *variants]
    texts += [row[name] for name in ("url", "audience") if row.get(name) is not None]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError(row["id"])
    return Entry(
        **{**row, "variants": tuple(variants), "valid_until": date.fromisoformat(until) if until else None},
    )


def _passage(row: dict[str, Any], at: int) -> Passage:
    if row["id"] != at or not isinstance(row["text"], str):
        raise TypeError(row["id"])
    return Passage(**row)
