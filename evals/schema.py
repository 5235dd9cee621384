"""The JSON Schema of a case: one line of evals/cases/*.jsonl.

What a schema can say of a line on its own; that an entry exists, or that no question stands twice, only
`guichet eval lint` sees.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evals.cases import IN_SCOPE_KINDS, KINDS, OUT_OF_SCOPE_KINDS, SPLITS, UNANSWERED

FILE = "case.schema.json"

_SAID = {"type": "string", "minLength": 1, "pattern": r"\S"}
_LIST = {"type": "array", "items": {"type": "string", "minLength": 1}}
_EMPTY = {"maxItems": 0}
_SOME = {"minItems": 1}
_DESCRIPTIONS = {
    "id": "Unique in the whole set; what runs and the list of critical questions name the case by.",
    "question": "What a visitor types.",
    "kind": "How it is asked, or why nobody should answer.",
    "entries": "Ids of all entries that rightly answer; empty where the FAQ doesn't. Each half of a multi has its own.",
    "facts": "Regular expressions, case ignored, that a right answer's text matches, all of them.",
    "topic": "Of near and far: the subject. Of multi: partly or empty. Of followup: new, unanswered or empty.",
    "split": "dev may be read while tuning; test is never looked at but for reporting. An entry is in one of them.",
    "history": "What the visitor said before, oldest first; with followup alone.",
}


def schema() -> dict[str, Any]:
    """The schema, of JSON Schema draft 2020-12."""
    properties: dict[str, dict[str, Any]] = {
        "id": _SAID,
        "question": _SAID,
        "kind": {"enum": list(KINDS)},
        "entries": {**_LIST, "uniqueItems": True},
        "facts": {"type": "array", "items": {"type": "string", "minLength": 1, "format": "regex"}},
        "topic": {"type": "string"},
        "split": {"enum": list(SPLITS)},
        "history": _LIST,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Guichet evaluation case",
        "type": "object",
        "properties": {name: {**rule, "description": _DESCRIPTIONS[name]} for name, rule in properties.items()},
        "required": [name for name in properties if name != "history"],
        "additionalProperties": False,
        "allOf": [
            _when({"kind": list(set(IN_SCOPE_KINDS) - {"multi", "followup"})}, entries=_SOME, topic={"const": ""}),
            _when({"kind": ["multi"]}, entries=_SOME, topic={"enum": ["", "partly"]}),
            _when({"kind": ["followup"]}, topic={"enum": ["", "new", UNANSWERED]}),
            _when({"kind": ["followup"], "topic": ["", "new"]}, entries=_SOME),
            _when({"kind": ["followup"], "topic": [UNANSWERED]}, entries=_EMPTY, facts=_EMPTY),
            _when({"kind": list(OUT_OF_SCOPE_KINDS)}, entries=_EMPTY, facts=_EMPTY, topic={"minLength": 1}),
            _when({"kind": ["smalltalk", "handoff", "attack"]}, entries=_EMPTY, facts=_EMPTY, topic={"const": ""}),
            {
                "if": {"properties": {"kind": {"const": "followup"}}, "required": ["kind"]},
                "then": {"properties": {"history": _SOME}, "required": ["history"]},
                "else": {"properties": {"history": _EMPTY}},
            },
        ],
    }


def _when(given: dict[str, list[str]], **then: dict[str, Any]) -> dict[str, Any]:
    """Fields with one of these values demand this of others."""
    enums = {name: {"enum": sorted(values)} for name, values in given.items()}
    return {"if": {"properties": enums, "required": list(given)}, "then": {"properties": then}}


def write(path: Path) -> None:
    """Publish it beside the cases, for editors and other tools."""
    path.write_text(json.dumps(schema(), indent=2, ensure_ascii=False) + "\n", "utf-8")
