"""The facts that a right answer states: regular expressions that staff write, tried without regard to case.

Staff's patterns are data: one may be wrong, or take for ever on a text that it nearly matches. The `regex` package
compiles and searches them, as `re` does, and gives up after a time.
"""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from math import prod

import regex

LONGEST = 300
"""Characters of a pattern."""
GIVE_UP_S = 0.5
"""A pattern that is fit for its purpose takes microseconds."""
MOST = 1000
"""Times that counted repetitions (`{2,5}`) may multiply to: they are written out when a pattern is compiled."""
_COUNTS = regex.compile(r"\{[^{}]*?(\d+)\s*\}")
_BAITS = tuple(piece * 400 for piece in ("", "a", "1", " ", "a ", "1 ", "aA1é ", "x."))
"""What patterns that backtrack without end do so on, whatever they end with."""

TOO_LONG = "plus de {limit} caractères"
TOO_MANY = "trop de répétitions : {limit} au plus"
TOO_SLOW = "elle prend trop de temps ; évitez les répétitions de répétitions comme (a+)+"
UNREADABLE = "elle ne se lit pas ({reason})"


def states(text: str, fact: str) -> bool:
    """Whether a text states a fact; one that can't be read, or takes too long, is not stated."""
    try:
        return not fault(fact) and _compiled(fact).search(text, timeout=GIVE_UP_S) is not None
    except TimeoutError:
        return False


@lru_cache(4096)
def fault(fact: str) -> str:
    """What is wrong with a pattern; "" when nothing is."""
    if len(fact) > LONGEST:
        return TOO_LONG.format(limit=LONGEST)
    if _times(fact) > MOST:
        return TOO_MANY.format(limit=MOST)
    try:
        pattern = _compiled(fact)
        for bait in _BAITS:
            pattern.search(bait + "\N{SNOWMAN}", timeout=GIVE_UP_S)
    except (re.error, regex.error, ValueError) as error:
        return UNREADABLE.format(reason=error)
    except TimeoutError:
        return TOO_SLOW
    return ""


def _times(fact: str) -> int:
    return prod(max(int(count[-10:]), 1) for count in _COUNTS.findall(fact))


@lru_cache(4096)
def _compiled(fact: str) -> regex.Pattern[str]:
    if len(fact) > LONGEST or _times(fact) > MOST:
        raise ValueError(fact[:LONGEST])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what it may mean one day
            re.compile(fact)  # no more than `re` reads: `regex` also has patterns that call themselves
            return regex.compile(fact, regex.IGNORECASE)
    except (RecursionError, OverflowError, MemoryError) as error:
        raise ValueError(type(error).__name__) from error
