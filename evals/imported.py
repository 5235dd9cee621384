"""Taking a sheet's cases into the question set: all of them or, where one has a fault, none."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from app.core.errors import BadSource
from app.core.types import Entry
from evals import sheet_messages as said
from evals.cases import Case, lint_cases, load_cases
from evals.lint import facts_missing, leaks
from evals.sheets import Row

STAFF = "personnel.jsonl"
"""Where the cases that staff add stand."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What a sheet brings: cases by what becomes of them, and the faults that it would bring in."""

    added: tuple[Case, ...]
    changed: tuple[Case, ...]
    same: int
    dropped: int
    faults: tuple[str, ...]


def weigh(path: Path, rows: Sequence[Row], known: Sequence[Case], entries: Mapping[str, Entry]) -> Imported:
    """What taking the rows would do. Of a review file only the rows to keep are taken. Raises BadSource."""
    review = any(row.decision for row in rows)
    kept = [row for row in rows if not review or row.decision == said.KEEP]
    lines: dict[str, int] = {}
    for row in kept:
        if row.case.id in lines:
            raise BadSource(
                path, row.line, said.REPEATED.format(id=row.case.id, line=lines[row.case.id]), mend=said.REPEATED_MEND
            )
        lines[row.case.id] = row.line
    before = {case.id: case for case in known}
    added = tuple(row.case for row in kept if row.case.id not in before)
    changed = tuple(row.case for row in kept if row.case.id in before and row.case != before[row.case.id])
    after = list({**before, **{case.id: case for case in (*changed, *added)}}.values())
    old = set(_faults(known, entries))
    faults = tuple(fault for fault in _faults(after, entries) if fault not in old)
    return Imported(added, changed, len(kept) - len(added) - len(changed), len(rows) - len(kept), faults)


def _faults(cases: Sequence[Case], entries: Mapping[str, Entry]) -> list[str]:
    return [*lint_cases(cases, entries), *facts_missing(cases, entries), *leaks(cases, list(entries.values()))]


def take(folder: Path, brought: Imported) -> None:
    """Write the changed cases where they stand and the new ones at the end of staff's own file."""
    changed = {case.id: case for case in brought.changed}
    for path in sorted(folder.glob("*.jsonl")):
        # As load_cases has lines: a text may hold characters that str.splitlines() parts it at.
        lines = [f"{line}\n" for line in path.read_bytes().decode("utf-8-sig").split("\n")]
        lines[-1] = lines[-1].removesuffix("\n")
        replaced = [_replaced(line, changed) for line in lines]
        if replaced != lines:
            _write(path, "".join(replaced))
    if brought.added:
        path = folder / STAFF
        before = path.read_bytes().decode("utf-8-sig") if path.exists() else ""
        before += "\n" if before and not before.endswith("\n") else ""
        _write(path, before + "".join(line_of(case) for case in brought.added))
    load_cases(folder)


def _replaced(line: str, changed: Mapping[str, Case]) -> str:
    case_id = json.loads(line)["id"] if line.strip() else ""
    return line_of(changed[case_id]) if case_id in changed else line


def line_of(case: Case) -> str:
    """A case as a line of the question set; a history only where there is one."""
    row = {name: value for name, value in asdict(case).items() if name != "history" or value}
    return json.dumps(row, ensure_ascii=False) + "\n"


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    draft = path.with_suffix(".tmp")
    draft.write_bytes(text.encode())
    draft.replace(path)
