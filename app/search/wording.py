"""Whether a question is put in the very words of one of the FAQ's own.

The fitted models never saw such a question: those they are fitted on were written so as to avoid the entries' words.
"""

from __future__ import annotations

from functools import lru_cache

from app.core.french import fold, lexical_tokens, words

WORDINGS = ("question", "variant")
"""Kinds of passages that word an entry's question."""
SAME = 0.8
"""Likeness from which a question counts as one of the FAQ's own. On the development questions 9 were so like a wording
of the entry that answers them, and none of 341 near and far misses and 2,325 phrasings of known gaps like any."""
CERTAIN = 0.99
"""Least chance that the FAQ answers such a question; what else it asks for may have been left out."""

_TURNING = frozenset(
    [
        "sans", "pas", "jamais", "aucun", "aucune", "non", "ni", "hors", "sauf", "avec", "avant", "apres",
        "pendant", "contre", "pour", "combien", "comment", "quand", "ou", "qui", "pourquoi",
    ]
)  # fmt: skip
"""Words that turn a question into another without being among those that are searched."""


def likeness(asked: str, wording: str) -> float:
    """Their overlap; 0 when what turns a question differs."""
    return overlap(asked, wording) if _read(asked)[1] == _read(wording)[1] else 0.0


def overlap(asked: str, wording: str) -> float:
    """Share of the stems of either that both have, in [0, 1] (Jaccard 1912)."""
    stems, others = _read(asked)[0], _read(wording)[0]
    return len(stems & others) / len(stems | others) if stems else 0.0


@lru_cache(maxsize=8192)
def _read(text: str) -> tuple[frozenset[str], frozenset[str]]:
    stems = frozenset(token for token in lexical_tokens(text) if token.startswith("f:"))
    return stems, _TURNING.intersection(words(fold(text)))
