"""The published schema of a case says what the loader and the lint say."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from evals.cases import load_cases
from evals.places import CASES
from evals.schema import FILE, schema

VALID = jsonschema_rs.validator_for(schema(), validate_formats=True)
GOOD: dict[str, Any] = {
    "id": "c1", "question": "Où ?", "kind": "paraphrase", "entries": ["e"], "facts": ["a|b"], "topic": "",
    "split": "dev",
}  # fmt: skip


def test_the_published_file_is_what_the_command_says() -> None:
    assert json.loads((CASES / FILE).read_text("utf-8")) == json.loads(json.dumps(schema()))


def test_every_case_that_ships_is_valid() -> None:
    lines = [line for path in sorted(CASES.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines() if line]
    faults = [(line, str(error)) for line in lines for error in VALID.iter_errors(json.loads(line))]
    assert faults == []
    assert len(lines) == len(load_cases(CASES))


@pytest.mark.parametrize(
    "change",
    [
        {"id": ""}, {"question": "  "}, {"kind": "autre"}, {"split": "train"}, {"entries": []}, {"entries": ["e", "e"]},
        {"facts": ["(" ]}, {"topic": "parking"}, {"history": ["avant"]}, {"extra": 1}, {"entries": "e"},
        {"kind": "near"}, {"kind": "near", "entries": [], "facts": []}, {"kind": "smalltalk"},
        {"kind": "followup"}, {"kind": "followup", "history": ["x"], "topic": "unanswered"},
        {"kind": "multi", "topic": "autre"},
    ],
)  # fmt: skip
def test_what_the_lint_would_refuse_is_invalid(change: dict[str, Any]) -> None:
    assert VALID.is_valid(GOOD)
    assert not VALID.is_valid({**GOOD, **change})


@pytest.mark.parametrize("name", list(GOOD))
def test_every_field_is_needed(name: str) -> None:
    assert not VALID.is_valid({key: value for key, value in GOOD.items() if key != name})
