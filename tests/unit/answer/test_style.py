"""Who words an answer in the style "auto", and why."""

from __future__ import annotations

import pytest

from app.answer.style import Why, situation, wording

PLAIN = "Quels sont les modes de paiement ?"


@pytest.mark.parametrize(
    "message",
    [
        "J’ai 31 ans et je veux reprendre une entreprise : ai-je droit à l’apprentissage ?",
        "jai 34 ans, c'est cuit pour un contrat d'apprentissage ?",
        "Je suis salariée et mes partiels tombent un mardi, puis-je m’absenter ?",
        "J'habite à Cahors, dans le Lot : est-ce que je relève de Toulouse ?",
        "J'ai un BTS et une licence pro, comment les faire reconnaître ?",
        "Je n’ai pas le bac, puis-je m’inscrire ?",
        "Mon frère a une RQTH et il a 33 ans. Peut-il être apprenti ?",
        "Je viens d'être licencié, puis-je commencer au second semestre ?",
        "Que faire si je suis en CDI ?",
    ],
)
def test_conditions_in_the_visitor_s_own_situation_are_for_the_model(message: str) -> None:
    assert situation(message)
    chosen = wording("auto", message, entries=1, followed_up=False, open_parts=False)
    assert (chosen.by_model, chosen.why) == (True, "own_situation")
    assert chosen.words == situation(message)


@pytest.mark.parametrize(
    "message",
    [
        PLAIN,
        "Puis-je m’inscrire sans le bac ?",
        "Suis-je étudiant ou salarié ?",
        "Ai-je droit à un congé pour les examens ?",
        "Combien de sessions d’examen y a-t-il par an ?",
        "Y a-t-il des dérogations pour signer un apprentissage après 29 ans ?",
        "Est-ce que je peux payer en 3 fois ?",
        "Qui prévenir de mon absence ?",
        "C’est quoi une UE de 6 ECTS ?",
    ],
)
def test_a_plain_question_is_composed(message: str) -> None:
    assert situation(message) == ""
    chosen = wording("auto", message, entries=1, followed_up=False, open_parts=False)
    assert (chosen.by_model, chosen.why) == (False, "single_entry")


@pytest.mark.parametrize(
    ("entries", "followed_up", "open_parts", "by_model", "why"),
    [
        (2, False, False, True, "several_entries"),
        (1, True, False, True, "follow_up"),
        (2, False, True, False, "open_part"),
        (1, False, False, False, "single_entry"),
    ],
)
def test_several_entries_and_follow_ups_are_for_the_model_unless_a_part_stays_open(
    entries: int, followed_up: bool, open_parts: bool, by_model: bool, why: Why
) -> None:
    chosen = wording("auto", PLAIN, entries=entries, followed_up=followed_up, open_parts=open_parts)
    assert (chosen.by_model, chosen.why) == (by_model, why)


def test_what_was_asked_for_is_done() -> None:
    assert wording("generated", PLAIN, entries=1, followed_up=False, open_parts=False).by_model
    assert not wording("verbatim", PLAIN, entries=3, followed_up=True, open_parts=False).by_model
    assert wording("generated", PLAIN, entries=2, followed_up=False, open_parts=True).why == "open_part"
