"""Word n-grams: the same figures as scikit-learn's, with texts left out, written and read again, and broken."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from app.core.french import fold, words
from app.search.ngrams import ROWS, STARTS, TERMS, VALUES, NGrams

TEXTS = (
    "Qui peut s'inscrire chez vous ?",
    "Comment puis-je m'inscrire ?",
    "comment comment payer",
    "Où garer ma voiture ?",
    "?!",
)


def reference(texts: tuple[str, ...], asked: str) -> tuple[np.ndarray, np.ndarray]:
    def terms(text: str) -> list[str]:
        found = words(fold(text))
        return [*found, *(" ".join(pair) for pair in pairwise(found))]

    vectoriser = TfidfVectorizer(analyzer=terms, sublinear_tf=True)
    matrix = vectoriser.fit_transform(texts)
    return (matrix @ vectoriser.transform([asked]).T).toarray().ravel(), (matrix @ matrix.T).toarray()


@pytest.mark.parametrize("asked", ["Qui peut venir ?", "comment m'inscrire, comment payer ?", "COMMENT PAYER", "rien"])
def test_cosines_are_scikit_learns(asked: str) -> None:
    ngrams = NGrams.of(TEXTS)
    near, among = reference(TEXTS, asked)
    assert ngrams.near(asked) == pytest.approx(near, abs=1e-6)
    square = np.ones((len(TEXTS), len(TEXTS)), dtype=np.float32)
    ngrams.add_below(square, 0.5)
    assert np.tril(square) == pytest.approx(np.tril(1 + 0.5 * among), abs=1e-6)


def test_function_words_tell_who_from_how() -> None:
    near = NGrams.of(TEXTS).near("qui peut s'inscrire ?")
    assert near.argmax() == 0
    assert near[0] > 2 * near[1] > 0


def test_texts_left_out_leave_the_others_as_they_were() -> None:
    ngrams = NGrams.of(TEXTS)
    kept = np.array([True, False, True, False, True])
    fewer = ngrams.less(kept)
    for asked in ("comment payer", "qui peut payer", "garer"):
        assert fewer.near(asked) == pytest.approx(ngrams.near(asked)[kept])


def test_what_is_written_is_read(tmp_path: Path) -> None:
    ngrams = NGrams.of(TEXTS)
    ngrams.write(tmp_path / "ngrams")
    again = NGrams.read(tmp_path / "ngrams", len(TEXTS))
    assert again is not None
    assert (again.near("comment payer") == ngrams.near("comment payer")).all()
    assert NGrams.read(tmp_path / "none", 3) is None


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        (STARTS, lambda a: a[:-1]),
        (STARTS, lambda a: a.astype(np.int32)),
        (STARTS, lambda a: np.where(np.arange(len(a)) == 1, a[-1] + 5, a)),
        (ROWS, lambda a: a + 1),
        (ROWS, lambda a: a - 1),
        (ROWS, lambda a: a[:-1]),
        (VALUES, lambda a: a * np.float32(np.nan)),
        (VALUES, lambda a: a[:, None]),
    ],
)
def test_what_is_broken_or_of_other_texts_is_refused(
    tmp_path: Path, name: str, fault: Callable[[np.ndarray], np.ndarray]
) -> None:
    folder = tmp_path / "ngrams"
    NGrams.of(TEXTS[:-1]).write(folder)
    np.save(folder / name, fault(np.load(folder / name)))
    with pytest.raises(ValueError, match="ngrams"):
        NGrams.read(folder, len(TEXTS) - 1)


def test_a_term_more_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "ngrams"
    NGrams.of(TEXTS).write(folder)
    (folder / TERMS).write_text((folder / TERMS).read_text("utf-8") + "\nzzz", "utf-8")
    with pytest.raises(ValueError, match="ngrams"):
        NGrams.read(folder, len(TEXTS))
