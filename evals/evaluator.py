"""The Evaluator of the console (app/core/workshop.py): cases judged here, whole runs in a process of their own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import cast

from app.core.errors import BadSource
from app.core.french import clean, fold, words
from app.core.redact import redact
from app.core.workshop import Ask, CaseChange, ChangeRefused, EvaluationBusy, RunsCompared, RunSummary, Verdict
from app.settings import Settings
from evals import evaluator_messages as said
from evals import messages
from evals.cases import IN_SCOPE_KINDS, OUT_OF_SCOPE_KINDS, Case, Kind, Split, load_cases, read_cases
from evals.compare import compare
from evals.kept import load_run, past
from evals.records import cost, sound
from evals.run import Result

OWN = "console.jsonl"
"""The file of staff's own cases, among the others."""

HEADLINES = ("recall_at_1", "answered_right", "right_or_offered", "answered_wrong", "refused_wrongly", "near_answered")
"""Figures shown in a list of runs; the report has them all."""


def open_evaluator(settings: Settings) -> CaseEvaluator:
    """The evaluator over the question set and the runs of the settings."""
    return CaseEvaluator(settings.cases, settings.runs, settings.site)


class CaseEvaluator:
    """Cases of one folder, runs of another."""

    def __init__(self, cases: Path, runs: Path, site: str = "") -> None:
        self._site = site
        self._cases = cases
        self._runs = runs
        self._process: subprocess.Popen[bytes] | None = None
        self._split = ""
        self._log: Path | None = None

    def judge(self, ask: Ask, tick: Callable[[int, int], None]) -> list[Verdict]:
        """Put the development questions and staff's own; test questions stay unseen while somebody edits."""
        own = {case.id for case in self._own()}
        cases = [case for case in self._all() if case.split == "dev" or case.id in own]
        verdicts = []
        for number, case in enumerate(cases, 1):
            answer = ask(case.question, case.history)
            result = Result(case, answer, ())
            verdicts.append(
                Verdict(
                    case_id=case.id,
                    question=case.question,
                    outcome=answer.outcome,
                    entries=tuple(source.entry_id for source in answer.sources),
                    expected=case.entries,
                    sound=sound(result),
                    cost=cost(result),
                )
            )
            tick(number, len(cases))
        return verdicts

    def add_case(self, question: str, kind: str, entries: Sequence[str], history: Sequence[str] = ()) -> str:
        """Add a case of staff's; its id. Raises ChangeRefused."""
        question = redact(clean(question))
        kind = "followup" if history else kind
        if not question:
            raise ChangeRefused(said.EMPTY)
        if kind not in (*IN_SCOPE_KINDS, *OUT_OF_SCOPE_KINDS) or (kind in IN_SCOPE_KINDS) != bool(entries):
            raise ChangeRefused(said.BAD_KIND)
        known = self._all()
        said_before = " ".join(words(fold(" ".join((*history, question)))))
        if any(" ".join(words(fold(" ".join((*c.history, c.question))))) == said_before for c in known):
            raise ChangeRefused(said.KNOWN)
        numbers = [int(case.id[1:]) for case in self._own() if re.fullmatch("k[0-9]{1,8}", case.id)]
        case = Case(
            id=f"k{max(numbers, default=0) + 1:04d}",
            question=question,
            kind=cast(Kind, kind),
            entries=tuple(entries),
            facts=(),
            topic="" if entries else f"console-{max(numbers, default=0) + 1:04d}",
            split=_split_of(entries, known),
            history=tuple(history),
        )
        row = {name: value for name, value in asdict(case).items() if name != "history" or value}
        self._cases.mkdir(parents=True, exist_ok=True)
        with (self._cases / OWN).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        return case.id

    def runs(self) -> list[RunSummary]:
        """Finished runs, newest first."""
        found = past(self._runs)
        found.sort(key=lambda pair: pair[0].name, reverse=True)
        return [_summary(folder, summary) for folder, summary in found]

    def compare(self, before: str, after: str) -> RunsCompared:
        """Two runs. Raises BadSource for an unknown one."""
        first, second = (load_run(self._folder(name)) for name in (before, after))
        found = compare(first.attempts, second.attempts)
        if found is None:
            return RunsCompared(0, 0, 0, 1.0)
        changes = tuple(
            CaseChange(
                case_id=flip.after.ask.case.id,
                question=flip.after.ask.question,
                before=flip.before.result.answer.outcome,
                after=flip.after.result.answer.outcome,
                before_entries=tuple(s.entry_id for s in flip.before.result.answer.sources),
                after_entries=tuple(s.entry_id for s in flip.after.result.answer.sources),
                loss=flip.loss,
            )
            for flip in found.flips
        )
        won, lost = sum(c.loss < 0 for c in changes), sum(c.loss > 0 for c in changes)
        return RunsCompared(found.n, won, lost, found.sound.p_value, changes)

    def report(self, name: str) -> Path | None:
        """The report of a run, where it has one."""
        path = self._folder(name) / "report.html"
        return path if path.is_file() else None

    def start(self, split: str) -> None:
        """Begin a run in a process of its own. Raises EvaluationBusy while one is under way."""
        if self.running() is not None:
            raise EvaluationBusy(said.BUSY)
        if split not in ("dev", "test"):
            raise BadSource(self._runs, None, said.BAD_SPLIT)
        descriptor, path = tempfile.mkstemp(prefix="guichet-eval-", suffix=".log")
        self._log, self._split = Path(path), split
        command = [sys.executable, "-m", "app.cli", "eval", "--split", split]
        command += ["--cases", str(self._cases), "--runs", str(self._runs)]
        command += ["--site", self._site] if self._site else []
        with os.fdopen(descriptor, "wb") as log:
            self._process = subprocess.Popen(
                ["nice", "-n", "10", *command] if os.name == "posix" else command, stdout=log, stderr=log
            )

    def running(self) -> str | None:
        """The split that is being evaluated, or None."""
        return self._split if self._process is not None and self._process.poll() is None else None

    def last_failure(self) -> str | None:
        """What the last run begun here said when it ended badly (1 is a verdict, not a failure)."""
        if self._process is None or self._log is None or self._process.poll() in (None, 0, 1):
            return None
        return self._log.read_text("utf-8", "replace").strip()[-1000:]

    def _folder(self, name: str) -> Path:
        if not name or "/" in name or name.startswith("."):
            raise BadSource(self._runs, None, said.NO_RUN)
        return self._runs / name

    def _all(self) -> tuple[Case, ...]:
        return load_cases(self._cases) if any(self._cases.glob("*.jsonl")) else ()

    def _own(self) -> list[Case]:
        path = self._cases / OWN
        if not path.exists():
            return []
        return list(read_cases(path))


def _split_of(entries: Sequence[str], known: Sequence[Case]) -> Split:
    """The split its entries lie in already: what one is tuned on, the other never sees."""
    return next((case.split for case in known if set(case.entries) & set(entries)), "dev")


def _summary(folder: Path, summary: dict[str, object]) -> RunSummary:
    rates = {str(rate["name"]): rate for rate in cast(list[dict[str, object]], summary.get("rates", []))}
    return RunSummary(
        name=folder.name,
        split=str(summary.get("split", "")),
        index_version=str(summary.get("index_version", "")),
        sound=float(cast(float, summary.get("sound", 0.0))),
        mean_cost=float(cast(float, summary.get("mean_cost", 0.0))),
        rates=tuple(
            (name, messages.LABELS[name], float(cast(float, rates[name]["value"])), int(cast(int, rates[name]["n"])))
            for name in HEADLINES
            if name in rates and rates[name]["n"]
        ),
        has_report=(folder / "report.html").is_file(),
    )
