"""What a draft would change for visitors: the question set and the last real questions, before and after."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock, Thread
from time import perf_counter
from typing import Any

import structlog

from app.answer.assistant import Assistant, Question
from app.core.errors import GuichetError
from app.core.types import Answer
from app.core.workshop import Ask, Evaluator, Files, Verdict, Workshop
from app.search.index import open_index
from app.search.live import LiveIndex
from app.search.retriever import HybridRetriever
from app.store.drafts import Draft, Drafts
from app.store.inbox import Inbox
from app.store.null import NullStore

_log = structlog.get_logger(__name__)
SHOWN = 200
"""Changed questions kept of a preview."""


@dataclass(slots=True)
class Progress:
    """How far a preview is; `error` is a sentence when it could not be finished."""

    draft_id: int
    revision: int
    done: int = 0
    total: int = 0
    error: str = ""
    finished: bool = False


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a preview takes its parts from."""

    assistant: Assistant
    live: LiveIndex
    workshop: Workshop
    evaluator: Evaluator
    drafts: Drafts
    inbox: Inbox
    questions: int


class Effects:
    """Previews under way in this process, one a draft."""

    def __init__(self) -> None:
        self._running: dict[int, Progress] = {}
        self._lock = Lock()
        self._before: dict[str, list[Verdict]] = {}

    def progress(self, draft: Draft) -> Progress | None:
        """How far the preview of this revision is; None when none was begun."""
        found = self._running.get(draft.id)
        return found if found and found.revision == draft.revision else None

    def start(self, sources: Sources, draft: Draft) -> Progress:
        """Begin a preview in a thread of its own, unless one of this revision is under way or done."""
        with self._lock:
            known = self.progress(draft)
            if known and not known.error and not known.finished:
                return known
            progress = Progress(draft.id, draft.revision)
            self._running[draft.id] = progress
        Thread(target=self._run, args=(sources, draft, progress), name="guichet-effect", daemon=True).start()
        return progress

    def run(self, sources: Sources, draft: Draft) -> Progress:
        """The same, to its end."""
        progress = Progress(draft.id, draft.revision)
        self._running[draft.id] = progress
        self._run(sources, draft, progress)
        return progress

    def _run(self, sources: Sources, draft: Draft, progress: Progress) -> None:
        began = perf_counter()
        try:
            after = draft_assistant(
                sources.assistant, sources.live, sources.workshop, sources.workshop.apply(draft.base, draft.changes)
            )
            before = fixed(sources.assistant, sources.live.retriever())
            found = self._compare(sources, before, after, progress)
            found["ms"] = (perf_counter() - began) * 1e3
            sources.drafts.set_effect(draft, found)
        except GuichetError as error:
            progress.error = str(error)
        except Exception as error:  # noqa: BLE001 - a thread of its own: whoever waits must be told
            _log.error("effect.crashed", exc_info=error)
            progress.error = type(error).__name__
        progress.finished = True

    def _compare(self, sources: Sources, before: Assistant, after: Assistant, progress: Progress) -> dict[str, Any]:
        version = before.live().index.version
        asked = sources.inbox.latest(sources.questions)
        progress.total = 2 * len(asked)

        def counting(offset: int) -> Callable[[int, int], None]:
            def tick(done: int, total: int) -> None:
                progress.done, progress.total = offset + done, max(progress.total, offset + total)

            return tick

        real = _questions(before, after, asked, counting(0))
        offset = progress.done
        if version not in self._before:
            self._before = {version: sources.evaluator.judge(asking(before), counting(offset))}
            offset = progress.done
        old = self._before[version]
        new = sources.evaluator.judge(asking(after), counting(offset))
        return {"version": version, "questions": real, "cases": _cases(old, new)}


def fixed(assistant: Assistant, retriever: HybridRetriever) -> Assistant:
    """The assistant over one index, composing every answer, keeping nothing."""
    return replace(assistant, live=lambda: retriever, generator=None, store=NullStore(), style="verbatim")


def draft_retriever(live: LiveIndex, workshop: Workshop, files: Files) -> HybridRetriever:
    """A retriever over an index of these sources that exists nowhere else. Raises as `Workshop.build` does."""
    encoder = live.encoder()
    with TemporaryDirectory(prefix="guichet-draft-") as folder:
        version = workshop.build(files, Path(folder), encoder)
        index = open_index(Path(folder) / version)
    costs = live.retriever().index.decision.costs
    return HybridRetriever(replace(index, decision=replace(index.decision, costs=costs)), encoder)


def draft_assistant(assistant: Assistant, live: LiveIndex, workshop: Workshop, files: Files) -> Assistant:
    """The assistant over a draft."""
    return fixed(assistant, draft_retriever(live, workshop, files))


def asking(assistant: Assistant) -> Ask:
    """The assistant as a plain function; for a thread without a loop of its own."""

    def ask(question: str, history: Sequence[str]) -> Answer:
        return asyncio.run(assistant.answer(Question(question, history=tuple(history))))

    return ask


def _questions(
    before: Assistant, after: Assistant, asked: Sequence[str], tick: Callable[[int, int], None]
) -> dict[str, Any]:
    """The real questions whose outcome or entry would change."""
    changes: list[dict[str, Any]] = []
    for number, message in enumerate(asked, 1):
        old, new = (_outcome(asking(assistant)(message, ())) for assistant in (before, after))
        tick(2 * number, 2 * len(asked))
        if (old["outcome"], old["entries"]) != (new["outcome"], new["entries"]):
            changes.append({"question": message, "before": old, "after": new})
    gained = sum(c["before"]["outcome"] != "answered" and c["after"]["outcome"] == "answered" for c in changes)
    lost = sum(c["before"]["outcome"] == "answered" and c["after"]["outcome"] != "answered" for c in changes)
    return {"n": len(asked), "gained": gained, "lost": lost, "changed": len(changes), "changes": changes[:SHOWN]}


def _outcome(answer: Answer) -> dict[str, Any]:
    return {
        "outcome": answer.outcome,
        "entries": [source.entry_id for source in answer.sources] or [s.entry_id for s in answer.suggestions[:1]],
        "confidence": answer.confidence,
    }


def _cases(old: Iterable[Verdict], new: Iterable[Verdict]) -> dict[str, Any]:
    """The cases whose verdict changed, losses first."""
    before: Mapping[str, Verdict] = {verdict.case_id: verdict for verdict in old}
    after = [verdict for verdict in new if verdict.case_id in before]
    pairs = [(before[verdict.case_id], verdict) for verdict in after]
    changed: list[dict[str, Any]] = [
        {"question": b.question, "before": asdict(a), "after": asdict(b), "loss": b.cost - a.cost}
        for a, b in pairs
        if (a.outcome, a.entries, a.sound) != (b.outcome, b.entries, b.sound)
    ]
    changed.sort(key=lambda change: -change["loss"])
    return {
        "n": len(pairs),
        "sound_before": sum(a.sound for a, _ in pairs),
        "sound_after": sum(b.sound for _, b in pairs),
        "won": sum(c["loss"] < 0 for c in changed),
        "lost": sum(c["loss"] > 0 for c in changed),
        "changes": changed[:SHOWN],
    }
