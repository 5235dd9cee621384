"""Where one question of a message ends and the next begins."""

from __future__ import annotations

import pytest

from app.answer.clauses import MAX_JOINTS, MAX_PARTS, Part, joints, split


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


@pytest.mark.parametrize(
    ("message", "questions"),
    [
        ("Une UE c’est quoi et peut-on en suivre une seule ?", ["Une UE c’est quoi", "peut-on en suivre une seule ?"]),
        ("Un mail pour mon dossier ? La page, où est-elle ?", ["Un mail pour mon dossier ?", "La page où est-elle ?"]),
        (
            "Comment payer, et je ne sais pas non plus où est ma salle",
            ["Comment payer", "je ne sais pas non plus où est ma salle"],
        ),
        (
            "D’une part combien de sessions par an, d’autre part si j’ai droit à un congé pour réviser.",
            ["combien de sessions par an", "si j’ai droit à un congé pour réviser."],
        ),
        (
            "Je voudrais régler ma facture, puis savoir jusqu’à quand l’inscription reste possible.",
            ["Je voudrais régler ma facture", "savoir jusqu’à quand l’inscription reste possible."],
        ),
        (
            "Où est ma salle ? Je serais aussi curieuse de savoir si un congé existe pour l’examen.",
            ["Où est ma salle ?", "Je serais aussi curieuse de savoir si un congé existe pour l’examen."],
        ),
        (
            "Cahors dépend-elle de vous, et mon ancien master d’une école de commerce a-t-il de la valeur ?",
            ["Cahors dépend-elle de vous", "mon ancien master d’une école de commerce a-t-il de la valeur ?"],
        ),
        (
            "Mon chef demande si la loi prévoit un congé. Et à qui écrire ?",
            ["Mon chef demande si la loi prévoit un congé.", "à qui écrire ?"],
        ),
    ],
)
def test_questions_need_no_mark_and_no_question_word_in_front(message: str, questions: list[str]) -> None:
    assert [part.question for part in split(message)] == questions


def test_a_wish_may_be_a_question_or_lead_to_one() -> None:
    wish, question = split("Je cherche ma salle de cours. Comment la trouver ?")
    assert wish.wish
    assert not question.wish
    assert question.context == "Je cherche ma salle de cours."


def test_a_joint_lends_each_side_what_both_share() -> None:
    ((first, second),) = joints("Comment s’inscrire et payer ?")
    assert (first.readings, second.readings) == (("Comment s’inscrire",), ("payer ?", "Comment payer ?"))
    ((first, second),) = joints("les dates et les tarifs des cours du soir")
    assert first.readings == ("les dates", "les dates des cours du soir")
    assert second.tentative


@pytest.mark.parametrize(
    "message",
    [
        "Je suis salarié et père de famille : comment m’inscrire ?",
        "Si je travaille et que je réussis, qu’est-ce que j’obtiens ?",
        "Comment payer ?",
        "et et et",
    ],
)
def test_what_someone_says_of_themselves_is_no_joint(message: str) -> None:
    assert list(joints(message)) == []


@pytest.mark.parametrize(
    ("message", "questions", "tentative"),
    [
        ("1) c’est quoi une UE 2) c’est quoi un ECTS", ["c’est quoi une UE", "c’est quoi un ECTS"], False),
        ("1. les tarifs ? 2. les dates ?", ["les tarifs ?", "les dates ?"], False),
        ("salle de cours + aménagement examen", ["salle de cours", "aménagement examen"], True),
        ("paiement en ligne / congé examen / tarifs", ["paiement en ligne", "congé examen", "tarifs"], True),
    ],
)
def test_the_items_of_a_list_are_questions(message: str, questions: list[str], tentative: bool) -> None:
    parts = split(message)
    assert [part.question for part in parts] == questions
    assert {part.tentative for part in parts} == {tentative}


def test_what_opens_a_list_holds_for_each_item() -> None:
    assert [part.context for part in split("alternance : statut + inscription")] == ["alternance", "alternance"]


@pytest.mark.parametrize(
    "message", ["bac +2 / +3 ?", "a + b + c + d + e + f", "Le 2) ou le 3 ?", "inscription 2025 / 2026"]
)
def test_signs_alone_make_no_list(message: str) -> None:
    assert len(split(message)) < 2


@pytest.mark.parametrize("message", ["prix et dates " * 70, " et" * 300, "a + " * 250])
def test_joints_are_few(message: str) -> None:
    assert len(list(joints(message))) <= MAX_JOINTS
