"""Answers that are missing, unfinished, too long, or don't fit their question."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.core.markdown import plain_text
from app.core.orders import is_order_to_a_model
from app.core.units import answer_units, is_editorial_note
from ingest.drafts import ends_as_question
from ingest.finding import FILLER, Finding, about, answer_lines, excerpt
from ingest.model import ParsedEntry, ParsedFaq

MAX_WORDS = 400
MAX_QUESTION = 200
# "Comment", "quand", "où"…: at the start of the question or, for those that can't be taken
# for a relative pronoun there, after a comma or a colon.
_OPEN_START = re.compile(
    r"(?:(?:à|de|avec|pour|dans|par|sur|en|depuis|jusqu['’]à|d['’]) ?)?"
    r"(?:comment|combien|pourquoi|quand|où|qui|quoi|que|qu['’]est|quel(?:le)?s?|lequel|laquelle)\b",
    re.IGNORECASE,
)
_OPEN_LATER = re.compile(
    r"[,:][ \u00a0](?:(?:à|de|avec|pour|dans|par|sur) )?(?:comment|combien|pourquoi|quel(?:le)?s?)\b",
    re.IGNORECASE,
)
_OPENING = re.compile(r"(oui|non)\b(?![-–'’])", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")


def check(faq: ParsedFaq) -> Iterator[Finding]:
    """No answer, editorial notes, polarity, length, questions swallowed by an answer."""
    for parsed in faq.entries:
        entry = parsed.entry
        if not plain_text(entry.answer_md).strip():
            yield about(parsed, "no-answer", question=entry.question)
            continue
        opening = _OPENING.match(plain_text(entry.answer_md).lstrip())
        if opening and is_open_question(entry.question):
            yield about(
                parsed,
                "polarity",
                parsed.answer_line,
                question=entry.question,
                opening=opening[1].capitalize(),
            )
        words = len(plain_text(entry.answer_md).split())
        if words > MAX_WORDS:
            yield about(parsed, "too-long", words=words, limit=MAX_WORDS)
        if len(entry.question) > MAX_QUESTION:
            yield about(parsed, "long-question", length=len(entry.question))
        yield from _notes(parsed)
        yield from _swallowed(parsed)


def is_open_question(question: str) -> bool:
    """Whether a question asks how, when, who…, so that "oui" or "non" can't answer it."""
    last = _SENTENCE.split(question.strip())[-1]
    return bool(_OPEN_START.match(last) or _OPEN_LATER.search(last))


def opening_polarity(answer_md: str) -> str:
    """How the answer begins: "oui", "non" or "" for neither."""
    opening = _OPENING.match(plain_text(answer_md).lstrip())
    return opening[1].lower() if opening else ""


def _notes(parsed: ParsedEntry) -> Iterator[Finding]:
    for unit in answer_units(parsed.entry.answer_md):
        if is_editorial_note(unit.text):
            shown = plain_text(unit.text)
            code = "order-to-a-model" if is_order_to_a_model(unit.text) else "editorial-note"
            yield about(parsed, code, _line_holding(parsed, shown), text=excerpt(shown, 120))


def _line_holding(parsed: ParsedEntry, shown: str) -> int:
    """The line on which a sentence begins, as far as its first words tell."""
    start = " ".join(shown.split()[:4])
    return next((line.number for line in answer_lines(parsed) if start in " ".join(line.raw.split())), parsed.line)


def _swallowed(parsed: ParsedEntry) -> Iterator[Finding]:
    """Stand-alone lines of the answer that ask: `Question ?`, `## Question ?`, `**Question ?**`."""
    lines = list(answer_lines(parsed))
    for at, line in enumerate(lines):
        first = at == 0 or not lines[at - 1].raw.strip()
        text = re.sub(r"^#{1,6}[ \t]+|\\$", "", line.text.strip()).strip("*[] " + FILLER)
        starts_item = re.match(r"[-+>|]|\*(?!\*)|\d{1,9}[.)]\s", line.raw.strip() or "-")
        if first and not starts_item and ends_as_question(text) and len(text) <= MAX_QUESTION:
            yield about(parsed, "hidden-question", line.number, text=excerpt(text))
