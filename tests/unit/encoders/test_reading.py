from __future__ import annotations

from app.core.ports import Reading
from app.core.spelling import Lexicon, Mend, Speller
from app.encoders.reading import Reader

SPELLER = Speller([Lexicon({"comment": 60, "inscription": 45})])


def ten_words(text: str) -> int | None:
    """A model that reads ten words."""
    words = text.split(" ")
    return len(" ".join(words[:10])) + 2 if len(words) > 10 else None


def test_a_question_is_read_cleaned_and_mended() -> None:
    read = Reader(SPELLER, ten_words)
    assert read("  coment \n ça va\x00") == Reading("comment ça va", (Mend("coment", "comment"),))


def test_a_question_that_fits_is_not_cut() -> None:
    question = "vraiment " * 9 + "longue"
    assert Reader(SPELLER, lambda text: None)("mot " * 200) == Reading(("mot " * 200).strip())
    assert not Reader(SPELLER, ten_words)(question).cut


def test_a_question_too_long_is_cut_at_a_word() -> None:
    reading = Reader(SPELLER, ten_words)("interminablement " * 30)
    assert reading == Reading(" ".join(["interminablement"] * 10), (), cut=True)


def test_a_word_too_long_is_cut_where_the_model_stops() -> None:
    assert Reader(None, lambda text: 50)("x" * 300) == Reading("x" * 50, (), cut=True)


def test_the_words_of_a_faq_are_left_alone() -> None:
    read = Reader(SPELLER, ten_words)
    assert read("inscriptio").text == "inscription"
    assert read.knowing(["Inscriptio"])("inscriptio").text == "inscriptio"
    assert Reader(None, ten_words).knowing(["x"])("inscriptio").text == "inscriptio"
