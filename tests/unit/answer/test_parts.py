"""One message, several questions: where they part, when that pays, and what the visitor reads."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from app.answer.assistant import Question
from app.answer.find import Found
from app.answer.parts import MAX_PARTS, Part, Piece, apart, split, write
from app.core.ports import Reading, Retrieval
from app.core.types import Answer, Decision, Entry, Hit, Passage, Verdict
from app.wiring import Services
from tests.fakes import FakeGenerator

BOTH = "Quels sont les modes de paiement et combien de sessions d’examen y a-t-il par an ?"


@pytest.mark.parametrize(
    ("message", "questions"),
    [
        ("Comment payer et à qui envoyer le chèque ?", ["Comment payer", "à qui envoyer le chèque ?"]),
        ("Quels sont les tarifs ? Et les dates ?", ["Quels sont les tarifs ?", "les dates ?"]),
        (
            "Combien de sessions par an, et mon employeur doit-il me libérer ?",
            ["Combien de sessions par an", "mon employeur doit-il me libérer ?"],
        ),
        ("Où se garer, où manger et comment venir ?", ["Où se garer", "où manger", "comment venir ?"]),
        ("comment m inscrire et ou envoyer mon dossier", ["comment m inscrire", "ou envoyer mon dossier"]),
        ("Le prix d’une UE svp ? et sinon y a-t-il un parking ?", ["Le prix d’une UE svp ?", "y a-t-il un parking ?"]),
        (
            "Je voudrais connaître les tarifs. Par ailleurs, je souhaite savoir comment m’inscrire.",
            ["Je voudrais connaître les tarifs.", "je souhaite savoir comment m’inscrire."],
        ),
        ("Peut-on venir mardi et/ou jeudi ?", ["Peut-on venir mardi et/ou jeudi ?"]),
        ("Je veux savoir où et quand ont lieu les cours ?", ["quand ont lieu les cours ?"]),
        ("J’ai un DUT et une licence, comment les valider ?", ["comment les valider ?"]),
        ("Bonjour, je suis salarié.", []),
        ("", []),
        ("et et et ?? , où : ; …", []),
    ],
)
def test_a_message_is_cut_where_a_new_question_begins(message: str, questions: list[str]) -> None:
    assert [part.question for part in split(message)] == questions


def test_what_is_no_question_stays_with_the_one_it_leads_to() -> None:
    (only,) = split("Bonjour, je suis salarié. Comment m’inscrire ? Merci d’avance !")
    assert only == Part("Comment m’inscrire ?", "je suis salarié.")
    first, second = split("Je vis à Beyrouth : où m’inscrire et comment faire valoir mon diplôme ?")
    assert first.readings == ("où m’inscrire", "Je vis à Beyrouth : où m’inscrire")
    assert second.readings[-1] == "Je vis à Beyrouth : comment faire valoir mon diplôme ?"


def test_a_long_list_of_questions_is_cut_no_further() -> None:
    parts = split("Comment payer ? Où manger ? Quand venir ? Qui joindre ? Pourquoi pas demain ? Combien d’heures ?")
    assert len(parts) == MAX_PARTS
    assert parts[-1].question.endswith("Combien d’heures ?")


@pytest.mark.parametrize("message", ["et comment " * 90, "? " * 500, ", où" * 250, "x" * 1000, "-t-il " * 160])
def test_nonsense_is_cut_in_no_time(message: str) -> None:
    assert len(split(message)) <= MAX_PARTS


def _found(text: str, entry_id: str, verdict: Verdict = "answer", confidence: float = 0.95) -> Found:
    entry = Entry(entry_id, f"Question {entry_id} ?", f"Réponse {entry_id}.")
    hit = Hit(entry, Passage(0, entry_id, "question", entry.question), 0.9, 1)
    retrieval = Retrieval(Reading(text), (hit,), "v", 1.0, 3, 1.0, {"encode": 0.0})
    return Found(text, retrieval, Decision(verdict, confidence, {}, (hit,) if verdict != "abstain" else ()))


def _apart(whole: Found, *parts: Found) -> list[str | None]:
    by_text = {found.text: found for found in parts}
    pieces = apart([Part(found.text) for found in parts], whole, lambda text: by_text.get(text, LOST))
    return [piece.found.entry_id for piece in pieces]


PAY, WHEN = _found("Comment payer en ligne", "a"), _found("quand commencent les cours", "b")
LOST = _found("où garer ma voiture", "z", "abstain", 0.02)
UNSURE = _found("où déposer mon dossier papier", "c", "clarify", 0.6)
VAGUE = _found("c’est possible ?", "z", "abstain", 0.02)
NO_WHOLE = _found("le tout", "a", "clarify", 0.5)


def test_a_cut_counts_when_it_pays() -> None:
    assert _apart(NO_WHOLE, PAY, WHEN) == ["a", "b"]
    assert _apart(NO_WHOLE, PAY, LOST) == ["a", None]
    assert _apart(NO_WHOLE, PAY, UNSURE) == ["a", "c"]


def test_a_cut_that_does_not_pay_is_undone() -> None:
    assert _apart(NO_WHOLE, PAY) == []
    assert _apart(NO_WHOLE, PAY, replace(WHEN, decision=PAY.decision)) == []  # both from one entry
    assert _apart(NO_WHOLE, PAY, VAGUE) == []  # no question of its own
    assert _apart(NO_WHOLE, UNSURE, LOST) == []  # nothing answered


def test_a_surer_answer_to_the_whole_is_not_given_up() -> None:
    sure = _found("le tout", "whole", "answer", 0.99)
    assert _apart(sure, PAY, WHEN) == []
    assert _apart(sure, PAY, LOST) == []
    assert _apart(_found("le tout", "a", "answer", 0.99), PAY, LOST) == ["a", None]


def test_small_talk_is_no_part() -> None:
    assert _apart(NO_WHOLE, PAY, _found("ça va ?", "z", "abstain", 0.0)) == []


def test_a_part_may_be_understood_from_the_one_before() -> None:
    joined = _found("Comment payer en ligne les dates ?", "d", "answer", 0.9)
    alone = _found("les dates ?", "z", "abstain", 0.1)
    finds = {found.text: found for found in (PAY, alone, joined)}
    pieces = apart([Part(PAY.text), Part(alone.text)], NO_WHOLE, finds.__getitem__)
    assert [piece.found.entry_id for piece in pieces] == ["a", "d"]


def test_what_stays_open_is_named_without_the_visitors_markup() -> None:
    rude = replace(LOST, text="x")
    asked = Part("où [garer](http://evil.example) <b>ma</b> voiture")
    text = write([Piece(Part(PAY.text), PAY), Piece(asked, rude)], "l’accueil")
    assert text.startswith("**Question a ?**\n\nRéponse a. [1]\n\n")
    assert "Je n’ai pas trouvé de réponse à\u00a0: «\u00a0Où garer" in text
    assert not set("[<>/") & set(text.partition("trouvé")[2])
    assert text.endswith("l’accueil.")
    long = write([Piece(Part(PAY.text), PAY), Piece(Part("où " + "garer " * 100), rude)], "l’accueil")
    assert "garer…" in long
    assert len(long) < 400


def answer(services: Services, message: str, generator: FakeGenerator | None = None) -> Answer:
    return asyncio.run(replace(services.assistant, generator=generator).answer(Question(message)))


def test_each_question_gets_its_own_block_and_source(services: Services) -> None:
    given = answer(services, BOTH)
    assert given.outcome == "answered"
    assert [source.entry_id for source in given.sources] == ["modes-de-paiement", "sessions-examen"]
    first, second = given.text.split("**Combien")
    assert "[1]" in first
    assert "[2]" in second
    step = next(step for step in given.trace.steps if step.name == "parts")
    rows = step.detail["parts"]
    assert isinstance(rows, list)
    assert [row["entry_id"] for row in rows] == ["modes-de-paiement", "sessions-examen"]
    assert given.confidence == min(row["confidence"] for row in rows)


def test_a_question_the_faq_does_not_answer_is_named_with_the_contact(services: Services) -> None:
    given = answer(services, "Quels sont les modes de paiement ? Et quelle est la recette du cassoulet ?")
    assert [source.entry_id for source in given.sources] == ["modes-de-paiement"]
    assert "«\u00a0Quelle est la recette du cassoulet\u00a0?\u00a0»" in given.text
    assert "accueil@ecole.example" in given.text.rpartition("cassoulet")[2]


def test_answers_in_parts_are_composed_even_with_a_model(services: Services) -> None:
    model = FakeGenerator(["Deux sessions par an."])
    assert answer(services, BOTH, model).generator == "verbatim"
    assert model.asked == []
