"""Asking as a visitor would, with the whole trace beside the answer; and asking again with something changed.

Nothing is kept: neither the question nor the change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from app.answer.assistant import Assistant, Question
from app.answer.generation import Generations
from app.core.french import clean
from app.core.ports import Retrieval
from app.core.types import Answer, Style
from app.core.workshop import Change, Checked, Files, Placed
from app.search.decide import Costs
from app.search.fuse import FEATURES
from app.search.retriever import Embedded, HybridRetriever
from app.staff import messages
from app.staff.desk import Desk
from app.staff.effect import draft_retriever
from app.staff.errors import TrialRefused
from app.store.null import NullStore
from app.wiring import model_named

COSTS = ("wrong_answer", "needless_refusal", "question_back")
MAX_K = 50


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What is changed for the second answer; None and empty values leave things as they are.

    `draft` is the number of a draft. `variant` is a wording added to the entry `entry`. `entry_question` and
    `entry_answer` (Markdown, as an author writes it) are what that entry would say, each as it is where empty; without
    an `entry`, a new one.
    """

    style: str = ""
    model: str = ""
    k: int | None = None
    temperature: float | None = None
    costs: Mapping[str, float] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    draft: int | None = None
    entry: str = ""
    variant: str = ""
    entry_question: str = ""
    entry_answer: str = ""

    def __bool__(self) -> bool:
        return self != WhatIf()


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer with its trace, told apart for reading. Scores travel with their names."""

    answer: Answer
    query: Mapping[str, Any]
    """query, mended, cut, resolved: how the question was read."""
    hits: tuple[Mapping[str, Any], ...]
    """Entries found, with `name` (the entry's question) and `section` beside the scores."""
    decision: Mapping[str, Any]
    """verdict, in_scope, share, costs by verdict, `needed`: the confidence from which it would be answered."""
    features: Mapping[str, float]
    parts: tuple[Mapping[str, Any], ...]
    wording: Mapping[str, Any]
    generation: Mapping[str, Any]
    prompt: str
    language: str


class _Narrow(HybridRetriever):
    """A retriever that brings another number of entries."""

    def __init__(self, like: HybridRetriever, k: int) -> None:
        super().__init__(like.index, like._encoder)
        self._k = k

    def search(
        self,
        query: str,
        k: int = 10,  # noqa: ARG002 - the port's
        said: Sequence[str] = (),
        embedded: Embedded | None = None,
    ) -> Retrieval:
        """The number of entries that is being tried, whatever is asked for."""
        return super().search(query, self._k, said, embedded)


async def ask(desk: Desk, question: str, what_if: WhatIf | None = None) -> Seen:
    """Ask, as things are or with something changed. Raises TrialRefused and what keeps the index from opening."""
    services = desk.services
    retriever = services.live.retriever()
    assistant = replace(services.assistant, store=NullStore())
    if what_if:
        retriever = await asyncio.to_thread(changed_retriever, desk, retriever, what_if)
        assistant = _changed_assistant(desk, assistant, what_if)
    index_of = retriever
    assistant = replace(assistant, live=lambda: index_of)
    answer = await assistant.answer(Question(question))
    return explain(answer, retriever, question)


def changed_retriever(desk: Desk, retriever: HybridRetriever, what_if: WhatIf) -> HybridRetriever:
    """The retriever with the draft, weights, thresholds and number of entries that are being tried."""
    if what_if.draft is not None or what_if.variant or what_if.entry_question or what_if.entry_answer:
        retriever = _over_draft(desk, what_if)
    decision = retriever.index.decision
    weights = {**decision.weights, **what_if.weights}
    if sum(weights.values()) <= 0 or min(weights.values()) < 0:
        raise TrialRefused(messages.BAD_WHAT_IF.format(name="poids"))
    costs = {name: what_if.costs.get(name, getattr(decision.costs, name)) for name in COSTS}
    if min(costs.values()) <= 0:
        raise TrialRefused(messages.BAD_WHAT_IF.format(name="coûts"))
    temperature = what_if.temperature if what_if.temperature is not None else decision.temperature
    if not 0 < temperature <= 1000:
        raise TrialRefused(messages.BAD_WHAT_IF.format(name="température"))
    retriever = retriever.with_decision(
        replace(decision, weights=weights, costs=Costs(**costs), temperature=temperature)
    )
    if what_if.k is not None:
        if not 1 <= what_if.k <= MAX_K:
            raise TrialRefused(messages.BAD_WHAT_IF.format(name="k"))
        retriever = _Narrow(retriever, what_if.k)
    return retriever


def _over_draft(desk: Desk, what_if: WhatIf) -> HybridRetriever:
    files = _files(desk, what_if.draft)
    changes = text_changes(desk.workshop.check(files), what_if)
    return draft_retriever(desk.services.live, desk.workshop, desk.workshop.apply(files, changes))


def text_changes(checked: Checked, what_if: WhatIf) -> list[Change]:
    """What is tried of an entry's text, as changes to these sources. Raises TrialRefused when it is half a text."""
    changes: list[Change] = []
    placed = checked.entry(what_if.entry) if what_if.entry else None
    if what_if.entry_question or what_if.entry_answer:
        if what_if.entry and placed is None:
            raise TrialRefused(messages.NO_ENTRY)
        changes.append(_edited(placed, what_if) if placed else _added(what_if))
    if what_if.variant and (placed or not changes):
        changes.append({"kind": "variant", "entry": what_if.entry, "text": what_if.variant})
    return changes


def current_text(desk: Desk, draft: int | None, entry_id: str) -> tuple[str, str]:
    """An entry's question and answer as an author wrote them, today or in a draft. Raises TrialRefused."""
    placed = desk.workshop.check(_files(desk, draft)).entry(entry_id)
    if placed is None:
        raise TrialRefused(messages.NO_ENTRY)
    return placed.entry.question, placed.raw.strip("\n")


def _files(desk: Desk, number: int | None) -> Files:
    if number is None:
        return desk.workshop.read()
    draft = desk.drafts.get(number)
    if draft is None:
        raise TrialRefused(messages.NO_DRAFT)
    return desk.workshop.apply(draft.base, draft.changes)


def _edited(placed: Placed, what_if: WhatIf) -> Change:
    entry = placed.entry
    return {
        "kind": "edit",
        "entry": entry.id,
        "was": "",
        "question": what_if.entry_question or entry.question,
        "answer": what_if.entry_answer or placed.raw.strip("\n"),
        "variants": list(entry.variants),
        "url": entry.url or "",
        "audience": entry.audience or "",
        "valid_until": entry.valid_until.isoformat() if entry.valid_until else "",
    }


def _added(what_if: WhatIf) -> Change:
    if not (what_if.entry_question and what_if.entry_answer):
        raise TrialRefused(messages.HALF_AN_ENTRY)
    return {
        "kind": "add",
        "question": what_if.entry_question,
        "answer": what_if.entry_answer,
        "section": "",
        "variants": [what_if.variant] if what_if.variant else [],
    }


def _changed_assistant(desk: Desk, assistant: Assistant, what_if: WhatIf) -> Assistant:
    if what_if.style:
        assistant = replace(assistant, style=cast(Style, what_if.style))
    if what_if.model:
        generator = model_named(desk.settings, what_if.model)
        if generator is None:
            raise TrialRefused(messages.NO_SUCH_MODEL)
        assistant = replace(assistant, generator=generator, generations=Generations())
    return assistant


def explain(answer: Answer, retriever: HybridRetriever, question: str) -> Seen:
    """The trace of an answer, step by step, with what the entries are called."""
    steps = {step.name: step.detail for step in answer.trace.steps}
    search, decide = steps.get("search", {}), steps.get("decide", {})
    hits = []
    for hit in cast(list[Mapping[str, Any]], search.get("hits", [])):
        entry = retriever.index.entry(str(hit["entry_id"]))
        named = (
            {"name": entry.question, "section": entry.section} if entry else {"name": hit["entry_id"], "section": ""}
        )
        hits.append({**named, **hit, "evidence": {name: hit[name] for name in FEATURES if name in hit}})
    features = {name: value for name, value in decide.items() if isinstance(value, float)}
    return Seen(
        answer=answer,
        query={"typed": clean(question), **{name: value for name, value in search.items() if name != "hits"}},
        hits=tuple(hits),
        decision=_decision(decide, answer, retriever),
        features=features,
        parts=tuple(cast(list[Mapping[str, Any]], steps.get("parts", {}).get("parts", []))),
        wording=steps.get("style", {}),
        generation=steps.get("generate", {}),
        prompt=_prompt(answer, retriever, question) if "generate" in steps else "",
        language=str(steps.get("language", {}).get("language", "")),
    )


def _decision(decide: Mapping[str, Any], answer: Answer, retriever: HybridRetriever) -> dict[str, Any]:
    if "cost_answer" not in decide:
        return {"verdict": decide.get("verdict", ""), "confidence": answer.confidence}
    costs = {verdict: float(decide[f"cost_{verdict}"]) for verdict in ("answer", "clarify", "abstain")}
    wrong = retriever.index.decision.costs.wrong_answer
    needed = max(0.0, 1 - min(costs["clarify"], costs["abstain"]) / wrong)
    return {
        "verdict": decide["verdict"],
        "confidence": answer.confidence,
        "in_scope": float(decide["in_scope"]),
        "share": float(decide["share"]),
        "costs": costs,
        "needed": needed,
        "margin": answer.confidence - needed,
        "runner_up": min(cost for verdict, cost in costs.items() if verdict != decide["verdict"])
        - costs[str(decide["verdict"])],
    }


def _prompt(answer: Answer, retriever: HybridRetriever, question: str) -> str:
    """What the model was given to read; its mark is drawn anew for every question."""
    from app.answer.chain import HUMAN, SYSTEM, as_data

    cited = [retriever.index.entry(source.entry_id) for source in answer.sources]
    data = as_data([entry for entry in cited if entry])
    return f"{SYSTEM}\n\n{HUMAN.format(mark='…', entries=data, question=clean(question))}"
