"""A language is only told when it is plain; the answer's first paragraph is then in it."""

from __future__ import annotations

import asyncio
import string
from dataclasses import replace

import pytest

from app.answer import phrases
from app.answer.assistant import Assistant, Delta, Done, Question
from app.answer.languages import _phrasebook, greeting_phrase, language_of, opening_line
from app.core.types import Answer
from app.wiring import Services
from tests.fakes import FakeGenerator


@pytest.mark.parametrize(
    ("message", "language"),
    [
        ("How do I apply?", "en"),
        ("what documents do I need", "en"),
        ("What is the deadline for the inscription à l’ENF?", "en"),
        ("¿Cómo puedo inscribirme?", "es"),
        ("cuanto cuesta la formacion", "es"),
        ("Como posso me inscrever?", "pt"),
        ("Come posso iscrivermi?", "it"),
        ("Wie kann ich mich anmelden?", "de"),
        ("Nasıl kayıt olabilirim?", "tr"),
        ("Cum mă pot înscrie?", "ro"),
        ("Jak moge sie zapisac?", "pl"),
        ("كيف يمكنني التسجيل؟", "ar"),
        ("چگونه می‌توانم ثبت نام کنم؟", "fa"),
        ("Де знаходиться школа?", "uk"),
        ("Где находится школа?", "ru"),
        ("怎么注册？", "zh"),
        ("登録するにはどうすればいいですか", "ja"),
        ("Πώς μπορώ να εγγραφώ;", "el"),
        ("איך נרשמים?", "he"),
    ],
)
def test_languages_are_told(message: str, language: str) -> None:
    assert language_of(message) == language


@pytest.mark.parametrize(
    "message",
    [
        "Comment s’inscrire ?",
        "inscription",
        "Data Science for Business",
        "Comment s’inscrire au Master in Management ?",
        "je veux un master in data science for the climate",
        "Le cours « How to do things with words » existe-t-il ?",
        "cours d’anglais « How are you »",
        "hello, je voudrais m’inscrire",
        "Que veut dire مرحبا ?",
        "jve minscrir cmt fo fer",
        "g pa mon bac c possibl",
        "Mme Muñoz",
        "???",
        "👍",
        "",
    ],
)
def test_french_and_doubtful_messages_are_french(message: str) -> None:
    assert language_of(message) == "fr"


@pytest.mark.parametrize(
    ("message", "language", "phrase"),
    [
        ("hello", "en", phrases.GREETING),
        ("Thank you very much!", "en", phrases.THANKS),
        ("¡Hola, buenos días!", "es", phrases.GREETING),
        ("muito obrigada", "pt", phrases.THANKS),
        ("arrivederci", "it", phrases.GOODBYE),
        ("Guten Tag", "de", phrases.GREETING),
        ("السلام عليكم ورحمة الله وبركاته", "ar", phrases.GREETING),
        ("شكراً", "ar", phrases.THANKS),
        ("Добрий день", "uk", phrases.GREETING),
        ("Добрый день", "ru", phrases.GREETING),
        ("您好，谢谢", "zh", phrases.THANKS),
        ("teşekkür ederim", "tr", phrases.THANKS),
        ("mulţumesc", "ro", phrases.THANKS),
        ("dziekuje", "pl", phrases.THANKS),
    ],
)
def test_courtesy_in_other_languages(message: str, language: str, phrase: str) -> None:
    assert (language_of(message), greeting_phrase(message)) == (language, phrase)


@pytest.mark.parametrize("message", ["bonjour", "merci", "ciao", "hihi", "hello, how do I apply?", "salut"])
def test_other_messages_are_no_foreign_courtesy(message: str) -> None:
    assert greeting_phrase(message) is None


def test_every_line_of_the_phrasebook_is_whole() -> None:
    assert set(_phrasebook()) >= {"en", "es", "pt", "it", "de", "ar", "uk", "ru", "zh", "tr", "ro", "pl"}
    for language in _phrasebook().values():
        assert all(language.lines.values())
        for name, line in language.lines.items():
            fields = [field for _, field, _, _ in string.Formatter().parse(line) if field]
            assert fields == (["contact"] if name == "not_found" else [])


def test_the_line_says_what_became_of_the_question() -> None:
    assert opening_line("en", "answered", "x").endswith("Here is the answer it found:")
    assert opening_line("en", "abstained", "l’accueil").endswith("please contact: l’accueil.")
    assert opening_line("en", "smalltalk", "x") == "This assistant answers in French, from the institution’s FAQ."
    assert opening_line("fr", "answered", "x") == opening_line("ja", "answered", "x") == ""


def ask(assistant: Assistant, message: str) -> tuple[Answer, list[str]]:
    async def collect() -> tuple[Answer, list[str]]:
        texts = []
        async for event in assistant.events(Question(message)):
            if isinstance(event, Delta):
                texts.append(event.text)
            if isinstance(event, Done):
                return event.answer, texts
        raise AssertionError

    return asyncio.run(collect())


MODES = "¿Qué son los modes de paiement?"
"""Spanish in whose words the fake encoder still finds an entry."""
ANSWERED = "Esta es la respuesta que ha encontrado:\n\n"


def test_the_answer_comes_after_a_line_in_the_visitor_s_language(services: Services) -> None:
    answer, texts = ask(services.assistant, MODES)
    assert answer.outcome == "answered"
    assert texts[0].endswith(ANSWERED)
    assert "".join(texts) == answer.text
    assert answer.text.count("Este asistente") == 1
    assert all("Este asistente" not in source.quote for source in answer.sources)
    assert answer.trace.steps[0].name == "language"
    assert answer.trace.steps[0].detail == {"language": "es"}


def test_the_line_precedes_what_a_model_writes_and_what_replaces_it(services: Services) -> None:
    for model, generator in (
        (["Nous proposons trois modes de paiement. [1]"], "faux-modele"),
        (["AUCUNE RÉPONSE"], "verbatim"),
    ):
        answer, texts = ask(replace(services.assistant, generator=FakeGenerator(model), style="generated"), MODES)
        assert answer.generator == generator
        assert texts[0].endswith(ANSWERED)
        assert "".join(texts) == answer.text
        assert answer.text.count(ANSWERED) == 1


def test_without_an_answer_the_line_says_whom_to_contact(services: Services) -> None:
    answer, _ = ask(services.assistant, "Where can I buy the best choucroute?")
    assert answer.outcome == "abstained"
    line, rest = answer.text.split("\n\n", 1)
    assert "accueil@ecole.example" in line
    assert rest.startswith(phrases.ABSTAIN)


def test_greetings_are_answered_in_french_after_the_line(services: Services) -> None:
    answer, texts = ask(services.assistant, "gracias")
    assert answer.outcome == "smalltalk"
    assert texts[0].startswith("Este asistente")
    assert texts[-1] == phrases.THANKS


def test_a_french_answer_has_no_line(services: Services) -> None:
    answer, _ = ask(services.assistant, "Puis-je m’inscrire sans le baccalauréat ?")
    assert answer.text.startswith("Oui.")
    assert "language" not in {step.name for step in answer.trace.steps}
