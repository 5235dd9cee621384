"""What a run keeps of each question asked: one JSON line, and back again.

A line holds the case, what was answered and the whole trace. Only times differ between two runs of one commit
with one seed; `comparable` leaves those out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from app.core.types import Answer, Contact, Source, Step, Suggestion, Trace
from evals.cases import Case
from evals.run import TALK, Result

WRONG, REFUSED, ASKED_BACK = 10.0, 3.0, 1.0
"""What the mistakes cost, as the decision weighs them (docs/adr/0002)."""

_CASE_FIELDS = tuple(field.name for field in fields(Case))
_SOURCE_FIELDS = tuple(field.name for field in fields(Source))


@dataclass(frozen=True, slots=True)
class Ask:
    """A case to put: as it is written, or perturbed (`noise` names how), for the `attempt`-th time."""

    case: Case
    question: str
    attempt: int = 1
    noise: str = ""

    @property
    def key(self) -> str:
        """What tells it from every other of its run."""
        return f"{self.case.id}/{self.attempt}/{self.noise}"

    @property
    def put(self) -> Case:
        """The case with the question as it is put."""
        return self.case if self.question == self.case.question else replace(self.case, question=self.question)


@dataclass(frozen=True, slots=True)
class Record:
    """What was asked and what came of it."""

    ask: Ask
    result: Result
    ungrounded: tuple[str, ...] = ()
    """Sentences of the answer that the verifier finds in no cited entry."""

    @property
    def sound(self) -> bool:
        """Nothing to object to: answered or offered right with every fact, or rightly not answered."""
        return sound(self.result)

    @property
    def cost(self) -> float:
        """What the outcome costs a visitor, 0 when it is right."""
        return cost(self.result)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a perturbed question, as far as a comparison needs it."""

    case: str
    noise: str
    sound: bool

    @classmethod
    def of(cls, record: Record) -> Outcome:
        """What a comparison needs of a record."""
        return cls(record.ask.case.id, record.ask.noise, record.sound)


def sound(result: Result) -> bool:
    """Whether a visitor was served as the case wants it."""
    case, outcome = result.case, result.answer.outcome
    if case.kind in TALK:
        return outcome in TALK[case.kind]
    if not case.entries:
        return outcome != "answered"
    if outcome == "answered":
        if case.kind == "multi":
            return result.right and not result.some_part_wrong
        return result.right and result.facts_shown == 1.0
    return result.offered


def cost(result: Result) -> float:
    """What the outcome costs: a wrong answer 10, a needless refusal 3, a question back 1."""
    case, outcome = result.case, result.answer.outcome
    if case.kind in TALK:
        return 0.0 if sound(result) else WRONG if outcome == "answered" else ASKED_BACK
    if not case.entries:
        return {"answered": WRONG, "clarification": ASKED_BACK}.get(outcome, 0.0)
    if outcome == "answered":
        return 0.0 if sound(result) else REFUSED if result.right else WRONG
    return ASKED_BACK if result.offered else REFUSED


def to_row(record: Record) -> dict[str, Any]:
    """The line of a record."""
    ask, answer = record.ask, record.result.answer
    return {
        "case": asdict(ask.case),
        "asked": ask.question,
        "attempt": ask.attempt,
        "noise": ask.noise,
        "outcome": answer.outcome,
        "answer": answer.text,
        "sources": [source.entry_id for source in answer.sources],
        "suggestions": [suggestion.entry_id for suggestion in answer.suggestions],
        "confidence": answer.confidence,
        "ranking": list(record.result.ranking),
        "sound": record.sound,
        "cost": record.cost,
        "generator": answer.generator,
        "cited": [asdict(source) for source in answer.sources],
        "offered": [asdict(suggestion) for suggestion in answer.suggestions],
        "ungrounded": list(record.ungrounded),
        "trace": asdict(answer.trace),
    }


def from_row(row: Mapping[str, Any]) -> Record:
    """The record of a line; lines of earlier versions, which hold less, are read too."""
    given = row["case"]
    lists = {name: tuple(given.get(name, ())) for name in ("entries", "facts", "history")}
    plain = {name: given[name] for name in _CASE_FIELDS if name in given and name not in lists}
    case = Case(**{**plain, **lists})
    trace = row["trace"]
    answer = Answer(
        conversation_id="",
        answer_id="",
        outcome=row["outcome"],
        text=row["answer"],
        sources=tuple(_source(n, entry_id, row) for n, entry_id in enumerate(row["sources"])),
        suggestions=tuple(_suggestion(n, entry_id, row) for n, entry_id in enumerate(row["suggestions"])),
        contact=Contact(""),
        confidence=row["confidence"],
        generator=row.get("generator", ""),
        trace=Trace(
            trace["index_version"],
            tuple(Step(step["name"], step["detail"], step["ms"]) for step in trace["steps"]),
            trace["timings_ms"],
        ),
    )
    ask = Ask(case, row.get("asked", case.question), row.get("attempt", 1), row.get("noise", ""))
    return Record(ask, Result(ask.put, answer, tuple(row["ranking"])), tuple(row.get("ungrounded", ())))


def _source(n: int, entry_id: str, row: Mapping[str, Any]) -> Source:
    if "cited" in row:
        return Source(**{name: value for name, value in row["cited"][n].items() if name in _SOURCE_FIELDS})
    return Source(n + 1, entry_id, entry_id, "", "", "", 0.0)


def _suggestion(n: int, entry_id: str, row: Mapping[str, Any]) -> Suggestion:
    return Suggestion(**row["offered"][n]) if "offered" in row else Suggestion(entry_id, entry_id)


def comparable(row: Mapping[str, Any]) -> dict[str, Any]:
    """A line without its times: what two runs of one commit and seed share."""
    trace = row["trace"]
    steps = [{name: value for name, value in step.items() if name != "ms"} for step in trace["steps"]]
    return {**row, "trace": {"index_version": trace["index_version"], "steps": steps}}
