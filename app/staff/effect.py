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
from app.encoders.kept import KEPT, KeepingEncoder
from app.encoders.onnx import VectorCache
from app.search.index import open_index
from app.search.live import LiveIndex
from app.search.retriever import HybridRetriever
from app.store.drafts import Draft, Drafts
from app.store.inbox import Inbox
from app.store.null import NullStore

_log = structlog.get_logger(__name__)
Put = tuple[str, tuple[str, ...]]
"""A question, and what was said before it."""
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
    cancelled: bool = False

    def tick(self, n: int = 1) -> None:
        """Note that `n` more questions were put. Raises Cancelled when nobody wants to know any more."""
        if self.cancelled:
            raise Cancelled
        self.done += n


class Cancelled(Exception):
    """Somebody stopped the preview, or changed the draft."""


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
    """Previews under way in this process, one a draft.

    What today's index answers is put once a version; questions are embedded once a process: an edit changes how an
    entry is found for any question, if ever so little (BM25's statistics, the discriminant), so that every question is
    searched again, but nothing else is done twice.
    """

    def __init__(self) -> None:
        self._running: dict[int, Progress] = {}
        self._lock = Lock()
        self._vectors = VectorCache(KEPT)
        self._version = ""
        self._answers: dict[Put, Answer] = {}
        self._preparing = ""

    def progress(self, draft: Draft) -> Progress | None:
        """How far the preview of this revision is; None when none was begun."""
        found = self._running.get(draft.id)
        return found if found and found.revision == draft.revision else None

    def prepare(self, sources: Sources) -> None:
        """Ask today's index beforehand, in a thread, once a version: staff are about to change something."""
        version = sources.live.retriever().index.version
        with self._lock:
            if self._preparing == version:
                return
            self._preparing = version
        Thread(target=self._prepare, args=(sources,), name="guichet-effect-before", daemon=True).start()

    def _prepare(self, sources: Sources) -> None:
        try:
            self.ask_today(sources)
        except Exception as error:  # noqa: BLE001 - nobody waits for it; a preview will meet the same and say so
            _log.warning("effect.not_prepared", reason=str(error))
            self._preparing = ""

    def ask_today(self, sources: Sources) -> None:
        """Put all the questions of a preview to today's index."""
        with asyncio.Runner() as runner:
            before = self._remembering(runner, self._before(sources))
            for message in sources.inbox.latest(sources.questions):
                before(message, ())
            sources.evaluator.judge(before, lambda _done, _all: None)

    def start(self, sources: Sources, draft: Draft) -> Progress:
        """Begin a preview in a thread of its own, unless one of this revision is under way; an older one is stopped."""
        with self._lock:
            known = self._running.get(draft.id)
            if known and not known.finished and not known.cancelled:
                if known.revision == draft.revision:
                    return known
                known.cancelled = True
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

    def cancel(self, draft: Draft) -> bool:
        """Stop the preview of a draft before its next question; whether there was one."""
        found = self._running.get(draft.id)
        if found is None or found.finished:
            return False
        found.cancelled = True
        return True

    def _run(self, sources: Sources, draft: Draft, progress: Progress) -> None:
        began = perf_counter()
        try:
            after = draft_retriever(sources.live, sources.workshop, sources.workshop.apply(draft.base, draft.changes))
            with asyncio.Runner() as runner:
                found = self._compare(sources, runner, after, progress)
            found["ms"] = (perf_counter() - began) * 1e3
            sources.drafts.set_effect(draft, found)
        except Cancelled:
            pass
        except GuichetError as error:
            progress.error = str(error)
        except Exception as error:  # noqa: BLE001 - a thread of its own: whoever waits must be told
            _log.error("effect.crashed", exc_info=error)
            progress.error = type(error).__name__
        progress.finished = True

    def _compare(
        self, sources: Sources, runner: asyncio.Runner, after: HybridRetriever, progress: Progress
    ) -> dict[str, Any]:
        retriever = self._before(sources)
        before = self._remembering(runner, retriever)
        draft = asking(runner, fixed(sources.assistant, self._keeping(after)))
        asked = sources.inbox.latest(sources.questions)
        progress.total = 2 * len(asked)

        def tick(_done: int, total: int) -> None:
            progress.total = 2 * (len(asked) + total)
            progress.tick()

        real = _questions(before, draft, asked, progress.tick)
        old = sources.evaluator.judge(before, tick)
        new = sources.evaluator.judge(draft, tick)
        return {"version": retriever.live().index.version, "questions": real, "cases": _cases(old, new)}

    def _before(self, sources: Sources) -> Assistant:
        return fixed(sources.assistant, self._keeping(sources.live.retriever()))

    def _keeping(self, retriever: HybridRetriever) -> HybridRetriever:
        return retriever.through(lambda encoder: KeepingEncoder(encoder, self._vectors))

    def _remembering(self, runner: asyncio.Runner, assistant: Assistant) -> Ask:
        """The assistant over today's index; what it answered once is known, its trace aside."""
        plain = asking(runner, assistant)
        version = assistant.live().index.version
        with self._lock:
            if self._version != version:
                self._version, self._answers = version, {}
            known = self._answers

        def ask(question: str, history: Sequence[str]) -> Answer:
            put = (question, tuple(history))
            if put not in known:
                answer = plain(question, history)
                known[put] = replace(answer, trace=replace(answer.trace, steps=()))
            return known[put]

        return ask


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


def asking(runner: asyncio.Runner, assistant: Assistant) -> Ask:
    """The assistant as a plain function, for the thread that the runner belongs to."""

    def ask(question: str, history: Sequence[str]) -> Answer:
        return runner.run(assistant.answer(Question(question, history=tuple(history))))

    return ask


def _questions(before: Ask, after: Ask, asked: Sequence[str], tick: Callable[[int], None]) -> dict[str, Any]:
    """The real questions whose outcome or entry would change."""
    changes: list[dict[str, Any]] = []
    for message in asked:
        old, new = (_outcome(ask(message, ())) for ask in (before, after))
        tick(2)
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
