"""Better, worse or the same: a run in one French sentence."""

from __future__ import annotations

from collections.abc import Sequence

from evals import report_messages as said
from evals.numbers import count, percent
from evals.records import Record
from evals.session import Judged


def one_sentence(records: Sequence[Record], judged: Judged) -> str:
    """The verdict."""
    sound = percent(sum(r.sound for r in records) / max(1, len(records)))
    if judged.broke:
        n, first = len(judged.broke), judged.broke[0].detail.rstrip(".")
        return said.BROKEN_ONE.format(first=first) if n == 1 else said.BROKEN.format(n=n, first=first)
    comparison = judged.comparison
    if comparison is None:
        return said.ALONE.format(sound=sound)
    if not comparison.flips:
        return said.SAME.format(sound=sound)
    lost, won = comparison.sound.only_a, comparison.sound.only_b
    significant = comparison.sound.p_value < 0.05
    if significant and won > lost:
        sentence = said.BETTER
    elif lost == won:
        sentence = said.EVEN
    else:
        sentence = said.SLIGHTLY_WORSE if lost > won else said.SLIGHTLY_BETTER
    return sentence.format(won=count(won, "gagnée"), lost=count(lost, "perdue"), sound=sound)
