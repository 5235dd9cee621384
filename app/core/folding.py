"""Letters without what visitors leave out: case, accents, ligatures, typographic apostrophes."""

from __future__ import annotations

import unicodedata

APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "′": "'"})


def fold(text: str) -> str:
    """Lower case without accents or ligatures; typographic apostrophes made plain."""
    if text.isascii():
        return text.replace("`", "'").lower()
    text = text.translate(APOSTROPHES).replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae")
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).lower()


class _Letters(dict[int, str]):
    """What each character folds to, itself where that is more or less than one; worked out once a character."""

    def __missing__(self, code: int) -> str:
        folded = fold(chr(code))
        letter = folded if len(folded) == 1 else chr(code)
        if code < _EUROPEAN:
            self[code] = letter
        return letter


_EUROPEAN = 0x2100
"""Characters up to here are remembered."""
_LETTERS = _Letters()


def flat(text: str) -> str:
    """Folded letter by letter: as long as the text, so that positions hold."""
    return text.translate(_LETTERS)
