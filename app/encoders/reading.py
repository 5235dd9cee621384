"""How a question is read before it is embedded: cleaned, mended, less its courtesies, and cut at a word."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from app.core.french import clean
from app.core.politeness import bare
from app.core.ports import Reading
from app.core.spelling import Speller

SHORT = 100
"""Characters of a question that no model is too short for: its length isn't counted in tokens."""
REMEMBERED = 1_024

End = Callable[[str], int | None]
"""Where a model stops reading a text, in characters; None when it reads the whole."""


class Reader:
    """Reads questions, the same one twice at no cost. Any number of threads may call it."""

    def __init__(self, speller: Speller | None, end: End) -> None:
        self._speller, self._end = speller, end
        self._read = lru_cache(maxsize=REMEMBERED)(self._make)

    def __call__(self, query: str) -> Reading:
        """The question as it will be embedded."""
        return self._read(query)

    def knowing(self, words: Iterable[str]) -> Reader:
        """The same reader for which these words are no misspellings of others."""
        return Reader(self._speller.knowing(words) if self._speller else None, self._end)

    def _make(self, query: str) -> Reading:
        text = clean(query)
        text, mends = self._speller.mend(text) if self._speller else (text, ())
        asked = bare(text)
        short = self._within(asked)
        return Reading(
            text if asked == short else self._within(text), mends, asked != short, "" if asked == text else short
        )

    def _within(self, text: str) -> str:
        """As much of a text as the model reads."""
        end = self._end(text) if len(text) > SHORT else None
        # A single word without end has no place to be cut at.
        return text if end is None else text[:end].rpartition(" ")[0] or text[:end]
