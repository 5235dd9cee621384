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

MAX_REFUSED = 2
"""Sentences a model may get wrong before the composed answer replaces the whole; never more than it gets right."""

MAX_CHARACTERS = 4000
"""Longest text taken from a model; a runaway stream is cut off there."""

_FINISHED = re.compile(r"[.!?…:;»)]$")


@dataclass(slots=True)
class Draft:
    """What has been accepted so far. `order` lists carrying entries as they were first used."""

    text: str = ""
    order: list[int] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)
    """Sentences shown, so that the source's own words don't stand twice."""
    institution: str = ""
    """Whoever speaks in the entries."""
    raw: str = ""
    """What the model wrote, as it came."""

    def accept(self, check: Check, separator: str) -> str:
        """Add a verified sentence with its mark; the piece of text to send."""
        return self._add(check.sentence, check, separator)

    def stand_in(self, check: Check, separator: str) -> str:
        """Add the source's own sentence in place of a refused one; "" when there is none, or it stands already."""
        return self._add(check.instead, check, separator) if check.instead else ""

    def _add(self, sentence: str, check: Check, separator: str) -> str:
        assert check.carrier is not None
        if sentence in self.shown:
            return ""
        self.shown.add(sentence)
        if check.carrier not in self.order:
            self.order.append(check.carrier)
        piece = f"{separator if self.text else ''}{sentence} [{self.order.index(check.carrier) + 1}]"
        self.text += piece
        return piece

    @property
    def refused(self) -> int:
        """Sentences that the entries don't carry."""
        return sum(not check.ok for check in self.checks)


async def write_verified(
    generator: Generator, question: str, entries: Sequence[Entry], draft: Draft
) -> AsyncGenerator[str]:
    """Verified pieces of text; `draft` holds the whole at the end.

    A refused sentence is replaced by the source's own. Until one of the model's has passed, nothing is
    sent: an answer without any is the composed one. Raises GenerationFailed when the model fails, says
    nothing, or gets more than MAX_REFUSED sentences wrong, or more than it gets right.
    """
    waiting: list[tuple[Check, str]] = []
    passed = False
    async with aclosing(_sentences(_noted(generator.stream(question, entries), draft))) as sentences:
        async for separator, sentence in sentences:
            check = check_sentence(sentence, entries, question, draft.institution)
            draft.checks.append(check)
            waiting.append((check, separator))
            if draft.refused > MAX_REFUSED:
                raise GenerationFailed(f"trop de phrases refusées ({check.reason})")
            passed = passed or check.ok
            if passed:
                for done, before in waiting:
                    if piece := draft.accept(done, before) if done.ok else draft.stand_in(done, before):
                        yield piece
                waiting.clear()
    if not draft.checks:
        raise GenerationFailed("réponse vide")
    if 2 * draft.refused > len(draft.checks):
        raise GenerationFailed(f"trop de phrases refusées ({draft.checks[-1].reason})")


async def _noted(stream: AsyncGenerator[str], draft: Draft) -> AsyncGenerator[str]:
    """The same stream; staff read in the trace what the model wrote."""
    async with aclosing(stream):
        async for piece in stream:
            draft.raw += piece
            yield piece


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
