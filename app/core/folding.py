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
