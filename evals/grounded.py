"""Sentences of an answer that no cited entry carries, by the verifier that holds models to the FAQ."""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.answer import phrases
from app.answer.verify import check_sentence, without_marks
from app.core.french import words
from app.core.markdown import plain_text, split_sentences
from app.core.types import Answer, Entry
from app.core.units import answer_units

_FRAME = (
    phrases.EXCERPT, phrases.EXCERPT_OF, phrases.NOT_FOUND, phrases.NOT_FOUND_REST, phrases.NOT_SURE,
    phrases.NOT_SURE_REST, phrases.ABSTAIN_CONTACT,
)  # fmt: skip
"""What the assistant says beside the FAQ's own words."""


def ungrounded(answer: Answer, entries: Mapping[str, Entry], question: str) -> tuple[str, ...]:
    """The sentences of an answered question that the verifier refuses; () when there is nothing to check.

    A sentence that stands in a cited entry word for word needs no verifier. The line in another language that
    precedes a French answer is left out with the assistant's own sentences.
    """
    cited = [entries[source.entry_id] for source in answer.sources if source.entry_id in entries]
    if answer.outcome != "answered" or not cited:
        return ()
    stated = " ".join(_bare(text) for entry in cited for text in (entry.question, entry.answer_md))
    text = answer.text
    if any(step.name == "language" for step in answer.trace.steps):
        text = text.partition("\n\n")[2]
    found = []
    for unit in answer_units(text):
        sentence = _bare(without_marks(unit.text))
        if not words(sentence) or sentence in stated or any(own.fullmatch(sentence) for own in _OWN):
            continue
        check = check_sentence(unit.text, cited, question)
        if not check.ok or check.cut:
            found.append(sentence)
    return tuple(found)


def _bare(text: str) -> str:
    return " ".join(plain_text(text).replace("*", "").split())


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, re.split(r"\{\w+\}", sentence))), re.DOTALL)


_OWN = tuple(_pattern(_bare(sentence)) for phrase in _FRAME for sentence in split_sentences(plain_text(phrase)))
"""One pattern a sentence, as `_bare` leaves it."""
