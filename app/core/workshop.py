"""What staff's console asks of the FAQ's workshop: read the sources, check, change and publish them.

`app` imports neither `ingest` nor `evals`. Who fills these Protocols is found through the entry-point group
`guichet.ports` (docs/adr/0011).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from app.core.errors import GuichetError
from app.core.ports import Encoder
from app.core.types import Answer, Entry, FaqMeta, Gap

Files = Mapping[str, str]
"""Markdown sources by their path below the FAQ's folder; the known gaps are one of them."""

Change = Mapping[str, Any]
"""One change to the sources as JSON has it: `kind` and what that kind needs; see ingest/editing.py."""


class ChangeRefused(GuichetError):
    """A change can't be made to these sources; `number` says which one of those given."""

    def __init__(self, message: str, *, number: int = 0, mend: str = "") -> None:
        super().__init__(message, mend=mend)
        self.number = number


class SourceChanged(GuichetError):
    """The sources on disk are no longer those that a draft began from."""


class FaqRefused(GuichetError):
    """The sources have errors that keep them from being published."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something the lint found; errors block publication, warnings don't."""

    path: str
    line: int
    severity: Literal["error", "warning"]
    code: str
    message: str
    mend: str
    entry_id: str | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry with its place in the sources; `raw` is its answer as written. Tables can't be edited here."""

    entry: Entry
    path: str
    line: int
    raw: str
    editable: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """Sources read and checked."""

    meta: FaqMeta
    entries: tuple[Placed, ...]
    gaps: tuple[Gap, ...]
    remarks: tuple[Remark, ...]

    @property
    def errors(self) -> tuple[Remark, ...]:
        """What blocks publication."""
        return tuple(remark for remark in self.remarks if remark.severity == "error")

    def entry(self, entry_id: str) -> Placed | None:
        """The entry of that id, or None."""
        return next((placed for placed in self.entries if placed.entry.id == entry_id), None)


class Workshop(Protocol):
    """The FAQ's sources and what is made from them."""

    @property
    def gaps_path(self) -> str:
        """The known gaps' path among the files."""

    @property
    def folder(self) -> Path:
        """The folder that the files' paths start from."""

    def read(self) -> Files:
        """The sources as they stand on disk. Raises BadSource."""

    def check(self, files: Files) -> Checked:
        """Entries, gaps and remarks. Raises BadSource when they can't be read at all."""

    def apply(self, files: Files, changes: Sequence[Change]) -> Files:
        """The sources after the changes, in order. Raises ChangeRefused naming the first that can't be made."""

    def render(self, text: str) -> str:
        """An answer as written, as the canonical Markdown that visitors are shown."""

    def build(self, files: Files, folder: Path, encoder: Encoder) -> str:
        """Build an index of the sources in `folder`, which nobody serves; the version's name.

        Vectors of the live version are taken over. Raises BadSource or FaqRefused.
        """

    def publish(self, before: Files, after: Files, encoder: Encoder) -> str:
        """Write the sources and make their index live, both or neither; the version's name.

        Raises SourceChanged when those on disk aren't `before`, FaqRefused for errors in them, IngestBusy.
        """

    def restore(self, before: Files, after: Files, version: str, encoder: Encoder) -> str:
        """The same for sources that were live as `version`: at once where its index is still there."""


# --- evaluation ------------------------------------------------------------------------------

Ask = Callable[[str, Sequence[str]], Answer]
"""A question and what was said before, to an answer."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an answer to a case is judged; `cost` is 0 when there is nothing to object to."""

    case_id: str
    question: str
    outcome: str
    entries: tuple[str, ...]
    expected: tuple[str, ...]
    sound: bool
    cost: float


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A finished evaluation; `rates` are shares by name, with their label."""

    name: str
    split: str
    index_version: str
    sound: float
    mean_cost: float
    rates: tuple[tuple[str, str, float, int], ...]
    """(name, label, value, count)."""
    has_report: bool


@dataclass(frozen=True, slots=True)
class CaseChange:
    """A question whose outcome changed between two runs; `loss` is what a visitor loses, negative for a gain."""

    case_id: str
    question: str
    before: str
    after: str
    before_entries: tuple[str, ...]
    after_entries: tuple[str, ...]
    loss: float


@dataclass(frozen=True, slots=True)
class RunsCompared:
    """Two runs over the questions they share."""

    n: int
    won: int
    lost: int
    p_value: float
    changes: tuple[CaseChange, ...] = field(default=())


class Evaluator(Protocol):
    """The question set and its runs."""

    def judge(self, ask: Ask, tick: Callable[[int, int], None]) -> list[Verdict]:
        """Put the development questions and staff's own; `tick` is told (done, all)."""

    def add_case(self, question: str, kind: str, entries: Sequence[str], history: Sequence[str] = ()) -> str:
        """Add a case of staff's; its id. Raises ChangeRefused when there is one already or it makes no sense."""

    def runs(self) -> list[RunSummary]:
        """Finished runs, newest first."""

    def compare(self, before: str, after: str) -> RunsCompared:
        """Two runs. Raises BadSource for an unknown one."""

    def report(self, name: str) -> Path | None:
        """The report of a run, where it has one."""

    def start(self, split: str) -> None:
        """Begin a run in a process of its own. Raises EvaluationBusy while one is under way."""

    def running(self) -> str | None:
        """The split that is being evaluated, or None."""

    def last_failure(self) -> str | None:
        """What the last run begun here said when it ended badly."""


class EvaluationBusy(GuichetError):
    """An evaluation is under way already."""
