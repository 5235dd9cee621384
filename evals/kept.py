"""Runs on disk: a folder each, finished once its summary is written."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from app.core.errors import BadSource
from evals import quality_messages as messages
from evals.execute import PARTIAL
from evals.records import Outcome, Record, from_row

SUMMARY, RESULTS, PERTURBED, ENVIRONMENT = "summary.json", "results.jsonl", "perturbed.jsonl", "environment.json"
VERDICT, JUDGE = "verdict.json", "judge.json"
LAST, GOOD = "last", "good"
"""Names of baselines: the last finished run of the same kind, and the last of those that passed."""


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run."""

    folder: Path
    summary: dict[str, Any]
    environment: dict[str, Any]
    records: tuple[Record, ...]
    """Of the questions as they are written, every attempt."""

    @property
    def first(self) -> dict[str, Record]:
        """The first attempt at each case, by case id."""
        return {case_id: attempts[0] for case_id, attempts in self.attempts.items()}

    @property
    def attempts(self) -> dict[str, list[Record]]:
        """All attempts at each case, by case id."""
        found: dict[str, list[Record]] = defaultdict(list)
        for record in self.records:
            if not record.ask.noise:
                found[record.ask.case.id].append(record)
        return dict(found)

    @property
    def noised(self) -> list[Outcome]:
        """What became of the perturbed questions; [] when none were put."""
        path = self.folder / PERTURBED
        lines = path.read_bytes().splitlines() if path.exists() else []
        return [Outcome(row["case"], row["noise"], row["sound"]) for row in map(orjson.loads, lines)]


def load_run(folder: Path) -> Run:
    """A finished run; those made before environment.json have none. Raises BadSource."""
    try:
        summary = orjson.loads((folder / SUMMARY).read_bytes())
        records = tuple(from_row(orjson.loads(line)) for line in (folder / RESULTS).read_bytes().splitlines())
        return Run(folder, summary, read_json(folder / ENVIRONMENT), records)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadSource(folder, None, messages.NO_RUN, mend=messages.NO_RUN_MEND) from error


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file; {} when there is no such file, or it isn't one."""
    try:
        found = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def find_run(runs: Path, name: str, like: Mapping[str, Any]) -> Run | None:
    """The run of that name or path, or the last (the last good) one of the same kind as `like`, if there is one.

    Runs of a FAQ that wasn't published, or of a version chosen by name, are no baseline unless they are named.
    Raises BadSource for a name that is no run's.
    """
    if name in (LAST, GOOD):
        kept = [folder for folder, row in past(runs, like) if not row.get("draft") and (name == LAST or passed(folder))]
        return load_run(kept[-1]) if kept else None
    return load_run(runs / name if (runs / name).is_dir() else Path(name))


def passed(folder: Path) -> bool:
    """Whether a run passed its gate."""
    return read_json(folder / VERDICT).get("broken") == []


def kind_of(summary: Mapping[str, Any]) -> tuple[Any, ...]:
    """What must be the same for two runs to be of one series."""
    style = summary.get("style", "verbatim")
    return summary.get("split"), style, bool(summary.get("url")), summary.get("sample")


def past(runs: Path, like: Mapping[str, Any] | None = None) -> list[tuple[Path, dict[str, Any]]]:
    """Finished runs with their summaries, oldest first; those of the same kind as `like`, or all."""
    found = [(path.parent, read_json(path)) for path in sorted(runs.glob(f"*/{SUMMARY}"))]
    return [row for row in found if row[1] and (like is None or kind_of(row[1]) == kind_of(like))]


def prune(runs: Path, keep: int) -> list[str]:
    """Drop all but the newest `keep` finished runs of each kind; the names dropped.

    The last good run of a kind stays, for the next night to be held against; so does what isn't a run.
    """
    by_kind: dict[tuple[Any, ...], list[Path]] = defaultdict(list)
    for folder, summary in past(runs):
        by_kind[*kind_of(summary), bool(summary.get("draft"))].append(folder)
    dropped = []
    for folders in by_kind.values():
        good = [folder for folder in folders if passed(folder)][-1:]
        for folder in folders[: max(0, len(folders) - keep)]:
            if folder not in good:
                shutil.rmtree(folder)
                dropped.append(folder.name)
    return dropped


def unfinished(runs: Path, name: str) -> Path:
    """The folder of an interrupted run. Raises BadSource."""
    folders = sorted(path.parent for path in runs.glob(f"*/{PARTIAL}")) if name == LAST else [runs / name]
    if not folders or not (folders[-1] / PARTIAL).exists():
        raise BadSource(runs / name, None, messages.NO_RUN, mend=messages.OTHER_RUN_MEND)
    return folders[-1]
