"""Which public asks, by words that only its entries use."""

from __future__ import annotations

import pytest

from app.core.french import lexical_tokens
from app.core.types import Entry
from app.search.audience import Audiences

ENTRIES = (
    Entry("salle-jour", "Où est ma salle ?", "Les écrans l’indiquent.", "Alternance"),
    Entry("contrat", "Qui signe mon contrat ?", "L’apprenti et son employeur.", "Alternance"),
    Entry("maître", "Qui suit l’apprenti ?", "Son maître d’apprentissage, chez l’employeur.", "Alternance"),
    Entry("salle-soir", "Où est ma salle ?", "Le planning l’indique.", "Cours du soir"),
    Entry("direct", "À quelle heure est le direct ?", "La visioconférence commence à 18 h.", "Cours du soir"),
)
ROOMS = (ENTRIES[0], ENTRIES[3])
BY_ID = {entry.id: entry for entry in ENTRIES}


def audiences() -> Audiences:
    def vocabulary(entry_id: str) -> frozenset[str]:
        entry = BY_ID[entry_id]
        return frozenset(lexical_tokens(f"{entry.question} {entry.answer_md}"))

    return Audiences(ENTRIES, vocabulary)


@pytest.mark.parametrize(
    ("words", "likelier"),
    [
        ("mon employeur demande où est ma salle", "salle-jour"),
        ("je suis apprentie", "salle-jour"),
        ("la visioconférence", "salle-soir"),
    ],
)
def test_a_public_s_own_words_speak_for_its_entry(words: str, likelier: str) -> None:
    chances = audiences().chances(lexical_tokens(words), ROOMS)
    assert max(chances, key=chances.__getitem__) == likelier
    assert sum(chances.values()) == pytest.approx(1.0)


@pytest.mark.parametrize("words", ["où est ma salle", "la piscine", ""])
def test_words_of_all_publics_or_of_none_tell_nothing(words: str) -> None:
    assert set(audiences().chances(lexical_tokens(words), ROOMS).values()) == {0.5}


def test_a_public_named_outright_is_the_one() -> None:
    assert audiences().chances(lexical_tokens("salle de cours le soir"), ROOMS)["salle-soir"] == 1.0
