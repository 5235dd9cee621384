"""Runs on disk: a folder each, finished once its summary is written."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from app.core.errors import BadSource
from evals import quality_messages as messages
from evals.execute import PARTIAL
from evals.records import Record, from_row

SUMMARY, RESULTS, PERTURBED, ENVIRONMENT = "summary.json", "results.jsonl", "perturbed.jsonl", "environment.json"
LAST = "last"


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run."""

    folder: Path
    summary: dict[str, Any]
    environment: dict[str, Any]
    records: tuple[Record, ...]

    @property
    def first(self) -> dict[str, Record]:
        """The first attempt at each case as it is written, by case id."""
        return {r.ask.case.id: r for r in self.records if r.ask.attempt == 1 and not r.ask.noise}


def load_run(folder: Path) -> Run:
    """A finished run; those made before environment.json have none. Raises BadSource."""
    try:
        summary = orjson.loads((folder / SUMMARY).read_bytes())
        records = tuple(from_row(orjson.loads(line)) for line in (folder / RESULTS).read_bytes().splitlines())
        path = folder / ENVIRONMENT
        return Run(folder, summary, orjson.loads(path.read_bytes()) if path.exists() else {}, records)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadSource(folder, None, messages.NO_RUN, mend=messages.NO_RUN_MEND) from error


def find_run(runs: Path, name: str, split: str) -> Run:
    """The run of that name or path, or the last finished one of `split`."""
    if name == LAST:
        found = [folder for folder, _ in past(runs, split)]
        if not found:
            raise BadSource(runs, None, messages.NO_RUN, mend=messages.NO_RUN_MEND)
        return load_run(found[-1])
    return load_run(runs / name if (runs / name).is_dir() else Path(name))


def past(runs: Path, split: str) -> list[tuple[Path, dict[str, Any]]]:
    """Finished runs of a split with their summaries, oldest first."""
    found = []
    for path in sorted(runs.glob(f"*/{SUMMARY}")):
        try:
            summary = orjson.loads(path.read_bytes())
        except (OSError, orjson.JSONDecodeError):
            continue
        if summary.get("split") == split:
            found.append((path.parent, summary))
    return found


def prune(runs: Path, keep: int) -> list[str]:
    """Drop all but the newest `keep` finished runs of each split; the names dropped. What isn't a run stays."""
    dropped = []
    for split in ("dev", "test"):
        finished = past(runs, split)
        for folder, _ in finished[: max(0, len(finished) - keep)]:
            shutil.rmtree(folder)
            dropped.append(folder.name)
    return dropped


def unfinished(runs: Path, name: str) -> Path:
    """The folder of an interrupted run. Raises BadSource."""
    folders = sorted(path.parent for path in runs.glob(f"*/{PARTIAL}")) if name == LAST else [runs / name]
    if not folders or not (folders[-1] / PARTIAL).exists():
        raise BadSource(runs / name, None, messages.NO_RUN, mend=messages.OTHER_RUN_MEND)
    return folders[-1]
