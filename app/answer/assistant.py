"""A question's whole way, on one page. Widget, console, command line, OpenAI API and evaluation
all go through `Assistant.events` (or `answer`, which waits for its end).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from secrets import token_hex
from time import perf_counter
from typing import cast

import structlog

from app.answer import cite, exemplars, phrases
from app.answer.ahead import Ahead
from app.answer.compose import compose, paragraphs
from app.answer.contact import as_text, contact_for
from app.answer.conversation import resolve
from app.answer.failures import failed
from app.answer.find import Found, finder
from app.answer.generation import Generations
from app.answer.languages import FRENCH, language_of, opening_line
from app.answer.leaning import is_dependent
from app.answer.parts import Piece, answering, answers, several, side_by_side, still_open, suggested, write
from app.answer.smalltalk import Reply, reply_to
from app.answer.style import wording
from app.answer.write import Draft
from app.core.errors import GenerationFailed
from app.core.french import clean
from app.core.ports import AnswerRecord, Generator, Store
from app.core.redact import redact
from app.core.types import (
    Answer,
    Contact,
    Decision,
    Hit,
    Outcome,
    Source,
    Step,
    Style,
    Suggestion,
    Trace,
)
from app.core.workers import Workers
from app.search.retriever import HybridRetriever

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Question:
    """What a visitor asks, and what they asked before in this conversation (oldest first)."""

    message: str
    conversation_id: str | None = None
    style: Style | None = None
    history: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Start:
    """The outcome is known; text follows."""

    conversation_id: str
    answer_id: str
    outcome: Outcome
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of verified text."""

    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """The whole answer; its text is what counts if pieces before it differ."""

    answer: Answer


Event = Start | Delta | Done


@dataclass(frozen=True, slots=True)
class Assistant:
    """Answers questions from the live index. Stateless between questions."""

    live: Callable[[], HybridRetriever]
    generator: Generator | None
    store: Store
    style: Style = "auto"
    contact: Contact | None = None
    generations: Generations = field(default_factory=Generations)
    keep_questions: bool = True
    """What visitors type is kept, redacted."""
    workers: Workers = field(default_factory=Workers)
    """The threads that searches run on."""

    async def answer(self, question: Question) -> Answer:
        """The whole answer. Raises IndexMissing or IndexCorrupt when there is nothing to search, Overloaded
        when too many questions wait.
        """
        async with aclosing(self.events(question)) as events:
            async for event in events:
                if isinstance(event, Done):
                    return event.answer
        raise AssertionError("events() always ends with Done")

    async def events(self, question: Question) -> AsyncGenerator[Event]:
        """Start, any number of Delta, then Done."""
        began, retriever, message = perf_counter(), self.live(), clean(question.message)
        ahead = Ahead(retriever, self.workers)
        await ahead.begin(message)
        way = _Way(self, retriever, question, ahead, began)
        reply = reply_to(message)
        if reply is None:
            found, parts, reply = await way.look_up(message)
        else:
            ahead.give_up()
        if reply is not None:
            yield way.start(reply.outcome)
            text = reply.text.format(contact=way.contact_text)
        elif way.wants_model(message, found, parts):
            draft = Draft(institution=way.institution)
            yield way.start("answered")
            async with aclosing(way.generate(found.text, parts, draft)) as pieces:
                async for piece in pieces:
                    yield Delta(piece)
            text = way.generated(found.decision, parts, draft)
        else:
            text = way.write_apart(parts) if parts else way.write(found.decision)
            yield way.start(way.outcome)
        if not way.streamed:
            for piece in paragraphs(way.opening + text):
                yield Delta(piece)
        answer = way.finish(way.opening + text)
        # Once the loop is free again: whoever asked has the answer by then, and nobody else is served before.
        asyncio.get_running_loop().call_soon(self._keep, answer, message)
        yield Done(answer)

    def _keep(self, answer: Answer, message: str) -> None:
        try:
            self.store.record_answer(_record(answer, message if self.keep_questions else ""))
        except Exception:  # noqa: BLE001 - what asyncio would say of it holds the visitor's words
            _log.exception("answer.not_recorded")


class _Way:
    """One question's state between the steps that Assistant.events lists."""

    def __init__(
        self, assistant: Assistant, retriever: HybridRetriever, question: Question, ahead: Ahead, began: float
    ) -> None:
        self._assistant = assistant
        self._ahead = ahead
        self._find = finder(retriever, question.history, ahead.embed)
        self._retriever = retriever
        self._index = retriever.index
        self._history = question.history
        self._style = question.style or assistant.style
        self._conversation_id = question.conversation_id or token_hex(16)
        self._answer_id = token_hex(16)
        self._began = began
        self._steps: list[Step] = []
        self._timings = {"retrieve": 0.0, "generate": 0.0}
        self._confidence = 0.0
        self._suggestions: tuple[Suggestion, ...] = ()
        self._sources: tuple[Source, ...] = ()
        self._hits: tuple[Hit, ...] = ()
        self._asked = ""
        self._given: tuple[Hit, ...] = ()
        self._generator = phrases.COMPOSED
        self._contact = contact_for(self._index.faq, assistant.contact)
        self.contact_text = as_text(self._contact)
        self.institution = self._index.faq.institution
        self.outcome: Outcome = "answered"
        self.streamed = False
        self._language = language_of(clean(question.message))
        if self._language != FRENCH:
            self._step("language", {"language": self._language}, 0.0)

    @property
    def opening(self) -> str:
        """The paragraph in the visitor's own language that precedes a French answer; "" in French."""
        line = opening_line(self._language, self.outcome, self.contact_text)
        return f"{line}\n\n" if line else ""

    async def look_up(self, message: str) -> tuple[Found, tuple[Piece, ...], Reply | None]:
        """What the message finds, whole and in parts, or the reply when what finds nothing is small talk."""
        await self._ahead.arrive()
        if not self._ahead.there:
            return await self._assistant.workers.run(self.look_up_in_one, message)
        found = await self._ahead.run(self.search, message)
        parts = await self._ahead.run(self.search_apart, message, found)
        if parts or found.answers:
            return found, parts, None
        return found, parts, await self._assistant.workers.run(self.small_talk, message, found)

    def look_up_in_one(self, message: str) -> tuple[Found, tuple[Piece, ...], Reply | None]:
        """The same, all the searching that it needs in one go on one thread."""
        found = self.search(message)
        parts = self.search_apart(message, found)
        return found, parts, None if parts or found.answers else self.small_talk(message, found)

    def small_talk(self, message: str, found: Found) -> Reply | None:
        """The fitting reply to a message that, whatever was said before, is like small talk and unlike the FAQ."""
        if found.text != message:
            if is_dependent(message):
                return None
            found = self._find(message)
        like = exemplars.likeness(found, self._retriever)
        if like is None or not like.holds:
            return None
        self._step("small_talk", {"like": like.example.text, "nearness": like.nearness, "lead": like.lead}, 0.0)
        self._confidence = 0.0
        return like.reply

    def search(self, message: str) -> Found:
        """What the message finds, read with what was said before where that makes it surer."""
        began = perf_counter()
        found = resolve(message, self._history, self._find)
        self._timings["retrieve"] = (perf_counter() - began) * 1e3 + self._ahead.spent_ms
        self._timings["encode"] = found.retrieval.timings_ms["encode"]
        self._hits, self._confidence = found.retrieval.hits, found.decision.confidence
        hits = [
            {
                "entry_id": h.entry.id,
                "score": h.score,
                "passage": h.passage.text,
                "kind": h.passage.kind,
                "dense": h.dense_score,
                "dense_rank": h.dense_rank,
                "lexical_rank": h.lexical_rank,
                **h.features,
            }
            for h in self._hits
        ]
        reading = found.retrieval.reading
        self._asked = reading.text
        read: dict[str, object] = {"query": reading.asked}
        if found.text != message:
            read["resolved"] = found.text
        if reading.mends:
            read["mended"] = ", ".join(f"{mend.typed} → {mend.meant}" for mend in reading.mends)
        if reading.cut:
            read["cut"] = True
        self._step("search", {**read, "hits": hits}, self._timings["retrieve"] - found.decide_ms)
        self._step("decide", {"verdict": found.decision.verdict, **found.decision.features}, found.decide_ms)
        return found

    def search_apart(self, message: str, whole: Found) -> tuple[Piece, ...]:
        """Each question of the message on its own; empty when the message is better answered whole."""
        began = perf_counter()
        if whole.text != message:
            return ()
        pieces = several(whole, self._find)
        if not pieces:
            return ()
        self._confidence = min(piece.found.decision.confidence for piece in pieces if piece.found.answers)
        took = (perf_counter() - began) * 1e3
        self._timings["retrieve"] += took
        rows = [
            {
                "question": piece.part.question,
                "query": piece.found.text,
                "verdict": piece.found.decision.verdict,
                "confidence": piece.found.decision.confidence,
                "entry_id": piece.found.entry_id,
            }
            for piece in pieces
        ]
        self._step("parts", {"parts": rows}, took)
        return pieces

    def write_apart(self, pieces: Sequence[Piece]) -> str:
        """The text of a message answered in parts."""
        began = perf_counter()
        self._cite(answering(pieces))
        composed = answers(pieces, [source.url for source in self._sources])
        self._sources = cite.completed(self._sources, [answer.complete for answer in composed])
        self._suggestions = tuple(map(_suggestion, suggested(pieces)))
        text = write(pieces, self.contact_text, composed)
        self._step("compose", {"outcome": "answered"}, (perf_counter() - began) * 1e3)
        return text

    def write(self, decision: Decision) -> str:
        """The text of a composed answer, a question back or an abstention; sets the outcome."""
        began = perf_counter()
        match decision.verdict:
            case "answer":
                text = self._compose(decision)
            case "clarify":
                self.outcome = "clarification"
                self._suggestions = tuple(_suggestion(hit) for hit in decision.choices)
                twins = len({hit.entry.question for hit in decision.choices}) == 1
                phrase = phrases.CLARIFY_SECTIONS if twins else phrases.CLARIFY
                text = phrase.format(contact=self.contact_text)
            case "abstain":
                self.outcome = "abstained"
                self._suggestions = tuple(_suggestion(hit) for hit in self._hits[:2])
                text = f"{_unanswered(decision)} {phrases.ABSTAIN_CONTACT.format(contact=self.contact_text)}"
        self._step("compose", {"outcome": self.outcome}, (perf_counter() - began) * 1e3)
        return text

    def _compose(self, decision: Decision) -> str:
        first, *twins = given = decision.answering
        near = [hit for hit in self._hits if hit not in given and hit.score >= first.score / 2]
        self._cite(given)
        self._suggestions = tuple(_suggestion(hit) for hit in near[:3])
        composed = [
            compose(hit, self._asked, source.n, source.url, titled=bool(twins))
            for hit, source in zip(given, self._sources, strict=True)
        ]
        self._sources = cite.completed(self._sources, [answer.complete for answer in composed])
        return side_by_side(given, composed) if twins else composed[0].text

    def wants_model(self, message: str, found: Found, parts: Sequence[Piece]) -> bool:
        """Whether the model words the answer; the trace says why, or why not."""
        generator = self._assistant.generator
        if generator is None or not (parts or found.answers):
            return False
        self._given = tuple(answering(parts)) if parts else found.decision.choices
        chosen = wording(
            self._style,
            message,
            entries=len(self._given) if parts else found.decision.together,
            followed_up=found.text != message,
            open_parts=bool(still_open(parts)),
        )
        writer = generator.name if chosen.by_model else phrases.COMPOSED
        self._step("style", {"style": self._style, "writer": writer, "why": chosen.why, "words": chosen.words}, 0.0)
        return chosen.by_model

    async def generate(self, message: str, parts: Sequence[Piece], draft: Draft) -> AsyncGenerator[str]:
        """Verified pieces of the model's answer; on any failure the composed answer takes over."""
        began = perf_counter()
        generator = self._assistant.generator
        assert generator is not None
        failure: dict[str, object] = {"failure": ""}
        try:
            entries = [hit.entry for hit in self._given]
            async with aclosing(self._assistant.generations.write(generator, message, entries, draft)) as pieces:
                async for piece in pieces:
                    if self.opening and not self.streamed:
                        yield self.opening
                    self.streamed = True
                    yield piece
            if parts and len(set(draft.order)) < len(self._given):
                raise failed("left_out")
        except GenerationFailed as error:
            failure, draft.text = {"failure": str(error), "reason": error.reason}, ""
        self._timings["generate"] = (perf_counter() - began) * 1e3
        checks = [{"sentence": c.sentence, "ok": c.ok, "reason": c.reason} for c in draft.checks]
        detail = {"model": generator.name, **failure, "checks": checks, "raw": draft.raw}
        self._step("generate", detail, self._timings["generate"])

    def generated(self, decision: Decision, parts: Sequence[Piece], draft: Draft) -> str:
        """The text to stand: the model's, or the composed one when the model failed."""
        if not draft.text:
            return self.write_apart(parts) if parts else self._compose(decision)
        assert self._assistant.generator is not None
        self._generator = self._assistant.generator.name
        self._cite([self._given[at] for at in draft.order])
        return draft.text

    def _cite(self, hits: Sequence[Hit]) -> None:
        url, twins = self._index.faq.source_url, self._index.twins
        self._sources = tuple(cite.source(n, hit, url, twins) for n, hit in enumerate(hits, start=1))

    def start(self, outcome: Outcome) -> Start:
        self.outcome = outcome
        return Start(self._conversation_id, self._answer_id, outcome, self._sources)

    def finish(self, text: str) -> Answer:
        self._timings["total"] = (perf_counter() - self._began) * 1e3
        return Answer(
            conversation_id=self._conversation_id,
            answer_id=self._answer_id,
            outcome=self.outcome,
            text=text,
            sources=self._sources,
            suggestions=self._suggestions,
            contact=self._contact,
            confidence=self._confidence,
            generator=self._generator,
            trace=Trace(self._index.version, tuple(self._steps), self._timings),
        )

    def _step(self, name: str, detail: dict[str, object], ms: float) -> None:
        self._steps.append(Step(name, detail, ms))


def _unanswered(decision: Decision) -> str:
    """That there is no answer, and to what where staff know the topic, with what they want said about it."""
    if decision.gap is None:
        return phrases.ABSTAIN
    return " ".join(filter(None, [phrases.ABSTAIN_GAP.format(topic=decision.gap.topic), decision.gap.redirection]))


def _suggestion(hit: Hit) -> Suggestion:
    return Suggestion(hit.entry.id, hit.entry.question, hit.entry.section)


def _record(answer: Answer, message: str) -> AnswerRecord:
    steps = {step.name: step.detail for step in answer.trace.steps}
    hits = cast(list[dict[str, object]], steps.get("search", {}).get("hits") or [])
    return AnswerRecord(
        answer_id=answer.answer_id,
        conversation_id=answer.conversation_id,
        outcome=answer.outcome,
        entry_ids=tuple(source.entry_id for source in answer.sources),
        confidence=answer.confidence,
        generator=answer.generator,
        index_version=answer.trace.index_version,
        total_ms=answer.trace.timings_ms["total"],
        message=redact(message),
        near_id=str(hits[0]["entry_id"]) if hits else "",
        failure=str(steps.get("generate", {}).get("reason", "")),
    )
