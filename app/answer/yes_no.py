"""Whether the FAQ's "Oui" or "Non" answers the visitor's question, or only the FAQ's own.

"Oui" to "Est-il possible de s'inscrire sans diplôme ?" would be wrong to "Faut-il un diplôme ?". Where the two
questions aren't plainly asked the same way round, the FAQ's is shown before its answer.
"""

from __future__ import annotations

import re

from app.core.french import fold, stems

SHARED = 0.5
"""Share of the visitor's words that the FAQ's question must have."""

_WAYS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?:peut|peux|peuvent|puis|puisse|pourr\w+|possible|droit|autoris\w+|accept\w+|permis|permet\w*|accessibles?)\b",
        r"\b(?:faut|faudra|doit|dois|dev\w+|doivent|oblig\w+|necessaires?|indispensables?|impos\w+|exig\w+|besoin)\b",
        r"\b(?:ne|pas|jamais|aucune?)\b|\bn'",
        r"\b(?:sans|hors|sauf)\b",
        r"\b(?:impossible|interdit\w*|interdiction|refus\w+|exclu\w*|perd\w*|perdre|empech\w+|trop|mort|foutu|annul\w+)\b",
        r"\blimit\w+\b",
        r"\b(?:seul\w*|juste|uniquement|seulement|encore|deja|meme)\b",
    )
)
"""What turns a yes into a no: possible or obligatory, denied, without, barred, limited, only."""


def asks_the_same(asked: str, question: str) -> bool:
    """Whether a yes to `question` is a yes to `asked`: the same modality and denials, and mostly the same words."""
    one, other = fold(asked), fold(question)
    if any(bool(way.search(one)) != bool(way.search(other)) for way in _WAYS):
        return False
    own = stems(asked)
    return len(own & stems(question)) >= SHARED * len(own)
