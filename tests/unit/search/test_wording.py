"""A question in the FAQ's own words: told from one that merely shares most of them."""

from __future__ import annotations

import pytest

from app.search.wording import SAME, likeness


@pytest.mark.parametrize(
    ("asked", "wording"),
    [
        ("quels sont vos tarifs", "Quels sont les tarifs ?"),
        ("Est-ce que je peux payer en chèque ?", "Peut-on payer par cheque"),
        ("COMMENT PUIS-JE M'INSCRIRE", "Comment s’inscrire ?"),
    ],
)
def test_the_same_question_in_the_same_words(asked: str, wording: str) -> None:
    assert likeness(asked, wording) >= SAME


@pytest.mark.parametrize(
    ("asked", "wording"),
    [
        ("Puis-je m'inscrire avec le bac ?", "Puis-je m’inscrire sans le bac ?"),
        ("Quand payer l'inscription ?", "Comment payer l'inscription ?"),
        ("Combien coûte un duplicata de diplôme ?", "Puis-je obtenir un duplicata de diplôme ?"),
        ("Où payer ?", "Quels sont les tarifs ?"),
        ("et ça ?", "Et ça ?"),
    ],
)
def test_what_turns_a_question_makes_another_of_it(asked: str, wording: str) -> None:
    assert likeness(asked, wording) < SAME
