"""Composed answers: the entry's own sentences and nothing else."""

from __future__ import annotations

from app.answer.compose import compose, paragraphs
from app.core.markdown import plain_text
from app.core.types import Entry, Hit, Passage
from app.core.units import answer_units


def hit(answer: str, scores: tuple[float, ...] | None = None) -> Hit:
    entry = Entry("e", "Question ?", answer)
    units = answer_units(answer)
    return Hit(
        entry, Passage(0, "e", "question", "Question ?"), 0.9, 1, unit_scores=scores or (0.5,) * len(units)
    )


def test_a_short_entry_is_given_whole_with_its_mark() -> None:
    assert compose(hit("Oui. Voir <https://e.example>.")) == "Oui. Voir <https://e.example>. [1]"


def test_editorial_notes_and_dead_links_never_reach_a_visitor() -> None:
    text = compose(
        hit("Payez [en ligne](#). Un lien vers la carte peut être ajouté ici pour orienter les publics.")
    )
    assert text == "Payez en ligne. [1]"


LONG = "\n\n".join(
    [
        "Oui, sous conditions.",
        "Première partie : " + "mot " * 80 + ".",
        "La liste qui compte :\n\n- un point utile\n- un autre point",
        "Dernière partie : " + "mot " * 80 + ".",
    ]
)


def test_a_long_entry_keeps_its_yes_and_the_list_with_its_introduction() -> None:
    units = answer_units(LONG)
    scores = tuple(0.9 if "point utile" in unit.text else 0.1 for unit in units)
    text = compose(hit(LONG, scores))
    assert text.startswith("Oui, sous conditions. [1]")
    assert "La liste qui compte :\n\n- un point utile\n- un autre point [1]" in text
    assert len(plain_text(text)) < len(plain_text(LONG))


def test_every_sentence_of_an_answer_is_the_entry_s() -> None:
    text = compose(hit(LONG))
    for paragraph in text.replace(" [1]", "").split("\n\n"):
        assert paragraph in LONG


def test_streamed_pieces_join_to_the_answer() -> None:
    text = compose(hit(LONG))
    assert "".join(paragraphs(text)) == text
