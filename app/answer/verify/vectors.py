"""How near two French words are, by vectors that the packaged encoder gives each word alone.

`vectors.npy` has shape (words, dimensions), int8, a row for each line of `vectors.txt` (folded, the commonest first);
both are made by `python -m evals.grounding.vectors`. Near is no synonym ("lundi" and "mardi" are near): the score
weighs it beside what else is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
VECTORS = Path(__file__).with_name("vectors.npy")
WORDS = Path(__file__).with_name("vectors.txt")


@cache
def _table() -> tuple[dict[str, int], Floats]:
    found = np.load(VECTORS, allow_pickle=False).astype(np.float32)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    words = WORDS.read_text(encoding="utf-8").split("\n")
    return {word: at for at, word in enumerate(words)}, found


@lru_cache(maxsize=4096)
def vectors_of(words: tuple[str, ...]) -> Floats:
    """Unit vectors of folded words, shape (len(words), dimensions); zeros for a word that isn't known."""
    places, table = _table()
    found = np.zeros((len(words), table.shape[1]), dtype=np.float32)
    for row, word in enumerate(words):
        at = places.get(word, places.get(word.rstrip("s"), -1))
        if at >= 0:
            found[row] = table[at]
    return found


def distances(words: Sequence[str], others: Sequence[str]) -> list[float]:
    """How far each word is from the nearest of the others: 1 less their cosine; 1 where either is unknown."""
    if not words:
        return []
    if not others:
        return [1.0] * len(words)
    cosines = vectors_of(tuple(words)) @ vectors_of(tuple(others)).T
    found: list[float] = (1 - cosines.max(axis=1)).tolist()
    return found
