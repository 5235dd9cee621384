"""What of a question is searched: the courtesies around it are no part of what is asked."""

from __future__ import annotations

import pytest

from app.core.politeness import bare


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("Bonjour, j'aimerais savoir comment vous payer", "comment vous payer"),
        ("Bonjour Madame, quels sont les tarifs ? Merci d'avance, bonne journée !", "quels sont les tarifs ?"),
        ("Pourriez-vous m’indiquer où se trouve la salle ? Bien cordialement.", "où se trouve la salle ?"),
        ("salut a tous, est-ce que vous pouvez me dire si la carte passe svp ?", "si la carte passe"),
        ("Auriez-vous l'obligeance de me préciser les délais ?", "les délais ?"),
        ("Je vous saurais gré de bien vouloir m'indiquer les tarifs. Dans l'attente de vous lire.", "les tarifs."),
        ("Je suis salariée. Je voudrais aussi savoir si je peux venir.", "Je suis salariée. si je peux venir."),
        (
            "Domicilié à Auch, je souhaite savoir si j'ai le droit de venir.",
            "Domicilié à Auch, si j'ai le droit de venir.",
        ),
        ("merci de m'indiquer le prix", "le prix"),
        ("Petite question : le chèque, ça marche ?", "le chèque, ça marche ?"),
    ],
)
def test_courtesies_around_a_question_are_not_searched(typed: str, searched: str) -> None:
    assert bare(typed) == searched


@pytest.mark.parametrize(
    "question",
    [
        "Pouvez-vous me rembourser ?",
        "Pouvez-vous indiquer mon nom sur le diplôme ?",
        "Je veux demander mon diplôme",
        "Je voudrais m'inscrire",
        "Comment demander une attestation ?",
        "Faut-il dire merci au jury ?",
        "Peut-on me donner un délai ?",
    ],
)
def test_what_is_asked_for_stays(question: str) -> None:
    assert bare(question) == question


@pytest.mark.parametrize("message", ["", "Bonjour", "Merci !", "s'il vous plaît", "Bonjour Madame, merci d'avance."])
def test_a_message_of_courtesies_alone_stays_as_it_is(message: str) -> None:
    assert bare(message) == message


@pytest.mark.parametrize("many", ["merci, ", "je vous remercie d'avance ", "bonjour madame, ", "pourriez-vous "])
def test_a_message_full_of_courtesies_is_read_all_the_same(many: str) -> None:
    assert bare(many * 500 + "comment payer ?").endswith("comment payer ?")
