"""Many patterns over one text, of which few can match: those are tried that a word of theirs speaks for.

From each pattern the words are read without one of which it can't match, as Cox's trigram index does for code
search (https://swtch.com/~rsc/regexp/regexp4.html); looking for some hundred words costs a fraction of trying the
patterns themselves. A pattern from which no words can be read is always tried: results are those of trying all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any, Generic, TypeVar

try:
    # Not part of the library's promise: without it every pattern is tried.
    from re import _constants as _ops  # type: ignore[attr-defined]
    from re import _parser  # type: ignore[attr-defined]
except ImportError:  # pragma: no cover - a Python to come
    _parser = _ops = None

T = TypeVar("T")

LONGEST = 7
"""Letters of a word that are looked for."""
GRAM = 3
"""Letters by which a word is looked up."""
MOST = 40
"""Ways to spell a run of letters; beyond, it is looked for piece by piece."""


class Sieve(Generic[T]):
    """Patterns in order, each with what it stands for. All are case-sensitive."""

    def __init__(self, patterns: Iterable[tuple[str, T]]) -> None:
        self._patterns = [(re.compile(pattern), stands_for) for pattern, stands_for in patterns]
        self.patterns = tuple(pattern for pattern, _ in self._patterns)
        found: dict[str, set[int]] = {}
        self._always: list[int] = []
        for at, (pattern, _) in enumerate(self._patterns):
            words = words_of(pattern.pattern)
            for word in words:
                found.setdefault(word, set()).add(at)
            if not words:
                self._always.append(at)
        self._short = tuple((word, those) for word, those in found.items() if len(word) < GRAM)
        self._by_gram: dict[str, list[tuple[str, set[int]]]] = {}
        for word, those in found.items():
            if len(word) >= GRAM:
                self._by_gram.setdefault(word[-GRAM:], []).append((word, those))

    def first(self, text: str) -> T | None:
        """What the first pattern that matches somewhere in `text` stands for."""
        tried = set(self._always)
        for word, those in self._short:
            if word in text:
                tried |= those
        for gram in self._by_gram.keys() & {text[at : at + GRAM] for at in range(len(text) - GRAM + 1)}:
            for word, those in self._by_gram[gram]:
                if word in text:
                    tried |= those
        for at in sorted(tried):
            pattern, stands_for = self._patterns[at]
            if pattern.search(text):
                return stands_for
        return None


def words_of(pattern: str) -> frozenset[str]:
    """Pieces of text of which every match of `pattern` holds one; none when that can't be told."""
    if _parser is None or re.compile(pattern).flags & re.IGNORECASE:
        return frozenset()
    return _shortest(piece[:LONGEST] for piece in _needed(list(_parser.parse(pattern))))


def _needed(items: Sequence[Any]) -> frozenset[str]:
    """The most telling of what each part of a sequence needs: it must match every part."""
    choices: list[frozenset[str]] = []
    for start, (kind, what) in enumerate(items):
        choices.append(_longest_run(items[start:]))
        if kind is _ops.SUBPATTERN:
            choices.append(frozenset() if what[1] & re.IGNORECASE else _needed(list(what[3])))
        elif kind is _ops.BRANCH:
            ways = [_needed(list(way)) for way in what[1]]
            choices.append(frozenset().union(*ways) if all(ways) else frozenset())
        elif kind in (_ops.MAX_REPEAT, _ops.MIN_REPEAT, _ops.POSSESSIVE_REPEAT) and what[0] >= 1:
            choices.append(_needed(list(what[2])))
    return max((_shortest(choice) for choice in choices if choice), key=_telling, default=frozenset())


def _longest_run(items: Sequence[Any]) -> frozenset[str]:
    """All spellings of the longest beginning of a sequence that has few; none when it may be empty."""
    for end in range(len(items), 0, -1):
        spelt = _spellings(items[:end])
        if spelt and all(spelt):
            return frozenset(spelt)
    return frozenset()


def _spellings(items: Sequence[Any]) -> list[str] | None:
    """Every text that a sequence matches; None when there are too many to list."""
    spelt = [""]
    for item in items:
        more = _spellings_of(*item)
        if more is None or len(spelt) * len(more) > MOST:
            return None
        spelt = [before + after for before, after in product(spelt, more)]
    return spelt


def _spellings_of(kind: Any, what: Any) -> list[str] | None:
    if kind is _ops.LITERAL:
        return [chr(what)]
    if kind in (_ops.AT, _ops.ASSERT, _ops.ASSERT_NOT):
        return [""]  # says what is around, takes nothing
    if kind is _ops.IN:
        return [chr(code) for _, code in what] if all(each is _ops.LITERAL for each, _ in what) else None
    if kind is _ops.SUBPATTERN:
        return None if what[1] & re.IGNORECASE else _spellings(list(what[3]))
    if kind is _ops.BRANCH:
        ways = [_spellings(list(way)) for way in what[1]]
        return None if None in ways else [text for way in ways if way for text in way]
    if kind in (_ops.MAX_REPEAT, _ops.MIN_REPEAT) and what[1] == 1:
        once = _spellings(list(what[2]))
        return None if once is None else [*once, ""] if what[0] == 0 else once
    return None


def _shortest(pieces: Iterable[str]) -> frozenset[str]:
    """The pieces without those that hold another one."""
    every = frozenset(pieces)
    return frozenset(piece for piece in every if not any(other != piece and other in piece for other in every))


def _telling(pieces: frozenset[str]) -> tuple[int, int]:
    return min(LONGEST, *map(len, pieces)), -len(pieces)
