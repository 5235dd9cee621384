"""Small talk is told from questions: nothing that asks the FAQ anything is swallowed."""

from __future__ import annotations

import pytest

from app.answer.smalltalk import reply_to


@pytest.mark.parametrize(
    ("message", "outcome"),
    [
        ("Bonjour", "smalltalk"),
        ("bjr", "smalltalk"),
        ("Merci bien pour ces informations", "smalltalk"),
        ("Bonne soirée et au revoir", "smalltalk"),
        ("Êtes-vous une intelligence artificielle ?", "smalltalk"),
        ("Quel est ton nom ?", "smalltalk"),
        ("Que savez-vous faire ?", "smalltalk"),
        ("J’aimerais joindre un conseiller", "handoff"),
        ("passez-moi quelqu'un svp", "handoff"),
        ("espèce d’imbécile", "blocked"),
    ],
)
def test_small_talk(message: str, outcome: str) -> None:
    reply = reply_to(message)
    assert reply is not None
    assert reply.outcome == outcome


@pytest.mark.parametrize(
    "message",
    [
        "Bonjour, quels sont les tarifs ?",
        "Merci de me dire comment m’inscrire",
        "Qui peut s’inscrire ?",
        "C’est quoi une UE ?",
        "À quoi sert l’ENF ?",
        "Que puis-je faire avec un titre RNCP ?",
        "Peut-on avoir une formation en intelligence artificielle ?",
        "Comment avoir une attestation ?",
        "Je veux parler de mon inscription",
        "Quel est le nom de l’application pour demander mon diplôme ?",
        "paiement",
        "",
        "???",
    ],
)
def test_questions_are_not_small_talk(message: str) -> None:
    assert reply_to(message) is None
