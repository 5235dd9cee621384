"""Which messages lean on what was said before, by their words alone."""

from __future__ import annotations

import pytest

from app.answer.leaning import is_dependent, opens_topic, signs_of


@pytest.mark.parametrize(
    "message",
    [
        "et si c’est en ligne ?",
        "Et pour deux UE ?",
        "à qui je l’envoie ?",
        "ok merci, et sur Albi ?",
        "ça peut me donner le diplôme en entier ?",
        "donc j’aurais droit aux tickets resto comme eux ?",
        "même si je fais tout à distance ?",
        "jusqu’à combien d’heures ?",
        "je vois ça avec qui ?",
        "Quel est son statut ?",
    ],
)
def test_an_elliptical_message_may_lean_on_others(message: str) -> None:
    assert is_dependent(message)


@pytest.mark.parametrize(
    "message",
    [
        "Est-ce que vos diplômes sont reconnus par l’État ?",
        "Autre question : et les dates ?",
        "Sinon, où trouver la procédure d’inscription ?",
        "Acceptez-vous la CB ?",
        "Où est le parking ?",
        "comment m’inscrire",
        "Jusqu’à quelle échéance acceptez-vous les nouveaux auditeurs ?",
        "J’ai mon chéquier : est-ce que je l’envoie par la poste ou est-ce que je viens le déposer au centre ?",
    ],
)
def test_a_complete_message_stands_alone(message: str) -> None:
    assert not is_dependent(message)


@pytest.mark.parametrize(
    "message",
    [
        "elle devient définitive quand ?",
        "ils restent valables combien de temps ?",
        "c’est reconnu à l’étranger ?",
        "et on peut n’en prendre qu’une seule ?",
        "quel est leur mail ?",
        "lequel vaut mieux pour partir au Canada ?",
    ],
)
def test_a_pronoun_without_what_it_stands_for_is_a_sign(message: str) -> None:
    signs = signs_of(message)
    assert signs["refers"] == signs["leans"] == 1.0


@pytest.mark.parametrize(
    "message",
    [
        "Il y a une cafétéria au deuxième étage ?",
        "Il faut un diplôme français pour entrer en licence ?",
        "Mon employeur doit-il me libérer pour les examens ?",
        "Quels documents dois-je fournir avec mon dossier ?",
    ],
)
def test_an_impersonal_or_complete_question_has_none(message: str) -> None:
    signs = signs_of(message)
    assert signs["refers"] == signs["leans"] == 0.0


def test_announcing_another_subject_is_no_leaning() -> None:
    assert opens_topic("Merci. Sinon, et les dates ?")
    assert not opens_topic("et les dates ?")
    assert signs_of("Autre question : et les dates ?")["leans"] == 0.0
