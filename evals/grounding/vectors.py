"""`python -m evals.grounding.vectors`: the word vectors that the verifier's score reads.

Each of the encoder's commonest words is embedded alone by the packaged encoder; what all words have in common (their
mean and first two principal components) is taken out, the next `DIMENSIONS` components are kept, as int8.
Writes app/answer/verify/vectors.npy and vectors.txt.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from app.answer.verify.vectors import VECTORS, WORDS
from app.core.folding import fold
from app.core.ports import Vectors
from app.encoders.onnx import LEXICON, OnnxEncoder
from app.settings import ROOT

ENCODER = ROOT / "models" / "guichet-fr-e5-small"
MOST = 30_000
DIMENSIONS = 48
COMMON = 2
"""First principal components that say little of a word's meaning."""
SHORTEST = 3


def main() -> None:
    """Embed, reduce, write."""
    lines = (ENCODER / LEXICON).read_text(encoding="utf-8").splitlines()
    forms: dict[str, str] = {}
    for form in (line.split("\t")[0] for line in lines):
        if len(form) >= SHORTEST and form.isalpha():
            forms.setdefault(fold(form), form)
        if len(forms) == MOST:
            break
    encoder = OnnxEncoder(ENCODER, cache_size=0)
    vectors = np.vstack([encoder.encode_queries([form]) for form in forms.values()])
    reduced = reduce(vectors)
    np.save(VECTORS, reduced, allow_pickle=False)
    WORDS.write_text("\n".join(forms), encoding="utf-8")


def reduce(vectors: Vectors) -> npt.NDArray[np.int8]:
    """The components kept of each vector, scaled to int8."""
    centred = vectors.astype(np.float32) - vectors.astype(np.float32).mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    kept = centred @ axes[:, ::-1][:, COMMON : COMMON + DIMENSIONS]
    kept /= np.linalg.norm(kept, axis=1, keepdims=True)
    scaled: npt.NDArray[np.int8] = np.round(kept * 127).astype(np.int8)
    return scaled


if __name__ == "__main__":
    main()
