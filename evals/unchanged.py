"""Whether a change to the code changed an answer: every development question asked before and after it.

`python -m evals.unchanged keep FILE` writes down what each question found and was told, to the last digit;
`python -m evals.unchanged check FILE` asks again and lists what differs (exit code 1). Work on speed is to change
nothing. Questions of the test split are not asked: nobody is to read them while working. Both runs want
`OMP_NUM_THREADS=1 PYTHONHASHSEED=0`: sums over threads and over sets differ in their last digits from run to run.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console

from app.answer.assistant import Assistant, Question
from app.core.types import Answer
from app.settings import ROOT, Settings
from app.wiring import build_services
from evals.cases import Case, load_cases

out = Console(soft_wrap=True, highlight=False, markup=False)

SHOWN = 20
"""Differences that are listed."""


def told(case: Case, answer: Answer) -> dict[str, Any]:
    """All of an answer but its ids and its times: the decision and its features, hits and scores, text and sources."""
    steps = [{"name": step.name, **step.detail} for step in answer.trace.steps]
    return {
        "id": case.id,
        "outcome": answer.outcome,
        "confidence": answer.confidence,
        "text": answer.text,
        "sources": [asdict(source) for source in answer.sources],
        "suggestions": [suggestion.entry_id for suggestion in answer.suggestions],
        "steps": steps,
    }


def ask_all(assistant: Assistant, cases: Sequence[Case]) -> Iterator[dict[str, Any]]:
    """What each case is told, in order, as JSON gives it back."""
    for case in cases:
        answer = asyncio.run(assistant.answer(Question(case.question, style="verbatim", history=case.history)))
        yield orjson.loads(orjson.dumps(told(case, answer)))


def differences(before: object, after: object, at: str = "") -> list[str]:
    """Where two values of JSON differ, as paths with both values."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = dict.fromkeys([*before, *after])
        return [found for key in keys for found in differences(before.get(key), after.get(key), f"{at}.{key}")]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        return [found for number, (one, other) in pairs for found in differences(one, other, f"{at}[{number}]")]
    return [] if before == after else [f"{at.lstrip('.')}: {before!r} → {after!r}"]


def compare(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    """Differences by the case's id; a case that only one side has is one."""
    one, other = ({row["id"]: row for row in rows} for rows in (before, after))
    found = {key: differences(one.get(key), other.get(key), "") for key in dict.fromkeys([*one, *other])}
    return {key: paths for key, paths in found.items() if paths}


def main(arguments: Sequence[str]) -> int:
    """Keep or check; the exit code."""
    if len(arguments) != 2 or arguments[0] not in ("keep", "check"):
        out.print("python -m evals.unchanged keep|check FILE")
        return 2
    path = Path(arguments[1])
    services = build_services(Settings(style="verbatim"))
    services.live.refresh()
    services.live.retriever()
    rows = list(ask_all(services.assistant, load_cases(ROOT / "evals" / "cases", split="dev")))
    if arguments[0] == "keep":
        path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
        out.print(f"{len(rows)} questions kept in {path}")
        return 0
    found = compare([orjson.loads(line) for line in path.read_bytes().splitlines()], rows)
    for key, paths in list(found.items())[:SHOWN]:
        out.print(key, *paths[:3], sep="\n  ")
    out.print(f"{len(rows)} questions asked again, {len(found)} answered otherwise")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
