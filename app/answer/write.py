"""From a model's stream to sentences that may be shown, in the order they come."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from app.answer.verify import Check, check_sentence, without_marks
from app.core.errors import GenerationFailed
from app.core.markdown import split_sentences
from app.core.ports import Generator
from app.core.types import Entry

MAX_REJECTED = 0
"""Sentences a model may get wrong before the composed answer replaces the whole."""

MAX_CHARACTERS = 4000
"""Longest text taken from a model; a runaway stream is cut off there."""

_FINISHED = re.compile(r"[.!?…:;»)]$")


@dataclass(slots=True)
class Draft:
    """What has been accepted so far. `order` lists carrying entries as they were first used."""

    text: str = ""
    order: list[int] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)

    def accept(self, check: Check, separator: str) -> str:
        """Add a verified sentence with its mark; the piece of text to send."""
        assert check.carrier is not None
        if check.carrier not in self.order:
            self.order.append(check.carrier)
        piece = f"{separator if self.text else ''}{check.sentence} [{self.order.index(check.carrier) + 1}]"
        self.text += piece
        return piece


async def write_verified(
    generator: Generator, question: str, entries: Sequence[Entry], draft: Draft
) -> AsyncGenerator[str]:
    """Verified pieces of text; `draft` holds the whole at the end.

    Raises GenerationFailed when the model fails, says nothing or says something
    the entries don't carry.
    """
    async with aclosing(_sentences(generator.stream(question, entries))) as sentences:
        async for separator, sentence in sentences:
            check = check_sentence(sentence, entries)
            draft.checks.append(check)
            if check.ok:
                yield draft.accept(check, separator)
            elif sum(not c.ok for c in draft.checks) > MAX_REJECTED:
                raise GenerationFailed(f"phrase refusée ({check.reason})")
    if not draft.text:
        raise GenerationFailed("réponse vide")


async def _sentences(stream: AsyncGenerator[str]) -> AsyncGenerator[tuple[str, str]]:
    """(separator, sentence) as soon as each is complete; closes `stream` when it is closed itself.

    Raises GenerationFailed for a text that is too long or stops in mid-sentence.
    """
    buffer, taken, separator = "", 0, " "
    async with aclosing(stream):
        async for piece in stream:
            buffer, taken = buffer + piece, taken + len(piece)
            if taken > MAX_CHARACTERS:
                raise GenerationFailed("réponse trop longue")
            while "\n" in buffer:
                line, buffer = buffer.split("\n", 1)
                for sentence in _split(line):
                    yield separator, sentence
                    separator = " "
                separator = "\n" if buffer.startswith("- ") else "\n\n"
            trailing = buffer[len(buffer.rstrip()) :]
            *complete, last = _split(buffer) or [""]
            buffer = last + trailing
            for sentence in complete:
                yield separator, sentence
                separator = " "
    for sentence in _split(buffer):
        if not _FINISHED.search(without_marks(sentence)) and not sentence.endswith("]"):
            raise GenerationFailed("réponse coupée au milieu d’une phrase")
        yield separator, sentence
        separator = " "


def _split(text: str) -> list[str]:
    """Sentences of a line, a mark that stands after the full stop kept with its sentence."""
    sentences: list[str] = []
    for part in split_sentences(text):
        if sentences and not without_marks(part):
            sentences[-1] += f" {part}"
        else:
            sentences.append(part)
    return sentences
