"""Faults of an index that the questions may not reach: entries gone, facts no longer stated, vectors of other texts.

Every case is looked at here, development ones too: nothing is measured, an index is held against what is known of it.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from app.core.ports import Encoder
from app.search.index import OpenIndex
from evals import quality_messages as messages
from evals.cases import Case
from evals.lint import facts_missing_of
from evals.verdict import Breach

SAMPLE = 256
"""Passages encoded again: 5 % of bad vectors escape all of them with a chance of 2 in a million."""
SAME = 0.98
"""Cosine from which two vectors are of one text; the packaged encoder's int8 rounding moves them by less."""
NAMED = 3


def faults(index: OpenIndex, encoder: Encoder, cases: Sequence[Case], seed: int = 0) -> list[Breach]:
    """What is wrong with the index, gravest first."""
    return [*_gone(index, cases), *_unstated(index, cases), *_strange_vectors(index, encoder, seed)]


def _gone(index: OpenIndex, cases: Sequence[Case]) -> Iterator[Breach]:
    wanted = Counter(entry for case in cases for entry in case.entries)
    for entry in sorted(set(wanted) - set(index.by_id)):
        yield Breach(messages.ENTRY, messages.ENTRY_GONE.format(entry=entry, n=wanted[entry]))


def _unstated(index: OpenIndex, cases: Sequence[Case]) -> Iterator[Breach]:
    """Facts by the entry that no longer states them; those of a case with several entries by the one at fault
    elsewhere already, or else by all of them.
    """
    missing: dict[str, list[str]] = {}
    for case in sorted(cases, key=lambda case: len(case.entries)):
        if case.entries and all(entry in index.by_id for entry in case.entries):
            known = next((entry for entry in case.entries if entry in missing), " / ".join(case.entries))
            for fact in facts_missing_of(case, index.by_id):
                missing.setdefault(known, []).append(f"{case.id} ({fact})")
    for entry, found in sorted(missing.items(), key=lambda row: (-len(row[1]), row[0])):
        shown = ", ".join(found[:NAMED]) + (" …" if len(found) > NAMED else "")
        yield Breach(messages.ENTRY, messages.FACTS_GONE.format(entry=entry, n=len(found), facts=shown))


def _strange_vectors(index: OpenIndex, encoder: Encoder, seed: int) -> Iterator[Breach]:
    chosen = list(index.passages)
    if len(chosen) > SAMPLE:
        chosen = random.Random(f"vectors/{seed}").sample(chosen, SAMPLE)  # noqa: S311
    kept = index.dense.vectors()[[passage.id for passage in chosen]]
    fresh = encoder.encode_passages([passage.text for passage in chosen])
    strange = np.flatnonzero(np.sum(kept * fresh, axis=1) < SAME)
    if len(strange):
        entries = Counter(chosen[at].entry_id for at in strange)
        named = ", ".join(entry for entry, _ in entries.most_common(NAMED))
        yield Breach(messages.INDEX, messages.STRANGE_VECTORS.format(n=len(strange), of=len(chosen), entries=named))


def expired(index: OpenIndex, cases: Sequence[Case], today: date) -> list[str]:
    """Entries with questions that are past their date, and so are never found."""
    wanted = Counter(entry for case in cases for entry in case.entries)
    return [
        messages.EXPIRED.format(entry=entry.id, date=entry.valid_until, n=wanted[entry.id])
        for entry in index.entries
        if entry.valid_until and entry.valid_until < today and wanted[entry.id]
    ]


def stale_decision(index: OpenIndex, decision: Path) -> list[Breach]:
    """That the index decides by other numbers than the file that the settings name; [] when it doesn't."""
    try:
        fitted = hashlib.sha256(decision.read_bytes()).hexdigest()
    except OSError:
        return []
    return (
        []
        if fitted == index.manifest.decision_hash
        else [Breach(messages.INDEX, messages.STALE_DECISION.format(path=decision.name))]
    )
