"""Composed answers: the entry's own sentences and nothing else."""

from __future__ import annotations

from app.answer.compose import compose, paragraphs
from app.core.markdown import plain_text
from app.core.types import Entry, Hit, Passage
from app.core.units import answer_units


def hit(answer: str, scores: tuple[float, ...] | None = None) -> Hit:
    entry = Entry("e", "Question ?", answer)
    units = answer_units(answer)
    return Hit(entry, Passage(0, "e", "question", "Question ?"), 0.9, 1, unit_scores=scores or (0.5,) * len(units))


def test_a_short_entry_is_given_whole_with_its_mark() -> None:
    assert compose(hit("Oui. Voir <https://e.example>.")) == "Oui. Voir <https://e.example>. [1]"


def test_editorial_notes_and_dead_links_never_reach_a_visitor() -> None:
    text = compose(hit("Payez [en ligne](#). Un lien vers la carte peut être ajouté ici pour orienter les publics."))
    assert text == "Payez en ligne. [1]"


PAYMENT = (
    "Nous acceptons deux modes de paiement.\n\n"
    "En ligne : rendez-vous sur la page de paiement. Envoyez ensuite la preuve.\n\n"
    "Par chèque : déposez-le au bureau."
)
LONG = "\n\n".join(
    [
        "Oui, sous conditions.",
        "Première partie : " + "mot " * 150 + ".",
        "La liste qui compte :\n\n- un point utile\n- un autre point",
        "Dernière partie : " + "mot " * 150 + ".",
    ]
)


def nearest(answer: str, words: str) -> Hit:
    return hit(answer, tuple(0.9 if words in unit.text else 0.7 for unit in answer_units(answer)))


def test_what_answers_the_question_comes_first_and_nothing_is_lost() -> None:
    text = compose(nearest(PAYMENT, "chèque"))
    assert text.startswith("Par chèque : déposez-le au bureau.\n\nNous acceptons")
    assert sorted(text.removesuffix(" [1]").split("\n\n")) == sorted(PAYMENT.split("\n\n"))


def test_a_yes_stays_in_front() -> None:
    assert compose(nearest(LONG, "point utile")).startswith("Oui, sous conditions.\n\n")


def test_a_list_stays_with_its_introduction() -> None:
    text = compose(nearest("Une phrase.\n\n" + "La liste :\n\n- un point\n- deux points", "deux points"))
    assert text == "La liste :\n\n- un point\n- deux points\n\nUne phrase. [1]"


def test_lines_of_an_enumeration_stay_together() -> None:
    answer = "Le reste.\n\nLes départements, à savoir :\n\nAriège (09)\n\nGers (32)\n\nLot (46)"
    assert compose(nearest(answer, "Gers")).startswith("Les départements, à savoir :\n\nAriège (09)\n\nGers (32)")


def test_a_very_long_entry_says_that_it_goes_on() -> None:
    text = compose(hit(LONG))
    assert "plus longue" in text
    assert len(plain_text(text)) < len(plain_text(LONG))


def test_every_sentence_of_an_answer_is_the_entry_s() -> None:
    for paragraph in compose(hit(PAYMENT)).removesuffix(" [1]").split("\n\n"):
        assert paragraph in PAYMENT


def test_streamed_pieces_join_to_the_answer() -> None:
    text = compose(hit(LONG))
    assert "".join(paragraphs(text)) == text
