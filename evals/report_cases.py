"""All questions of a run as the report's script reads them: every text once, rows that point to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from markupsafe import Markup

from app.core.markdown import plain_text, split_blocks
from evals.records import Record


def plain(text: str) -> str:
    """An answer's Markdown as text: list items with a dash, a line between paragraphs."""
    lines: list[str] = []
    for block in split_blocks(text):
        if lines and block.kind != "item":
            lines.append("")
        lines.append(("– " if block.kind == "item" else "") + plain_text(block.text))
    return "\n".join(lines)


class Texts:
    """Texts by their number, each kept once."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        """Where the text stands."""
        if text not in self._numbers:
            self._numbers[text] = len(self.all)
            self.all.append(text)
        return self._numbers[text]


def trace_of(record: Record) -> dict[str, Any]:
    """What the decision saw, short enough for a page: five entries and the inputs of the verdict."""
    steps = {step.name: step.detail for step in record.result.answer.trace.steps}
    search = steps.get("search", {})
    hits: Any = search.get("hits", [])
    return {
        "query": search.get("query", ""),
        "mended": search.get("mended", ""),
        "hits": [(hit["entry_id"], hit["score"]) for hit in hits[:5]],
        "decide": {name: value for name, value in steps.get("decide", {}).items() if isinstance(value, float)},
    }


def payload(records: Sequence[Record]) -> Markup:
    """The cases as JSON for a script element: nothing in it can end the element."""
    texts = Texts()
    rows = [_row(record, texts) for record in records]
    content = orjson.dumps({"texts": texts.all, "rows": rows}).decode()
    safe = content.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(safe)  # noqa: S704 - no character of markup is left


def _row(record: Record, texts: Texts) -> list[Any]:
    case, answer, trace = record.ask.case, record.result.answer, trace_of(record)
    return [
        case.id,
        case.kind,
        int(record.sound),
        answer.outcome,
        record.ask.question,
        list(case.history),
        [texts.number(entry) for entry in case.entries],
        list(case.facts),
        round(answer.confidence, 3),
        texts.number(plain(answer.text)),
        [texts.number(source.question) for source in answer.sources or answer.suggestions],
        trace["query"] if trace["query"] != record.ask.question else "",
        trace["mended"],
        [[texts.number(entry), round(score, 3)] for entry, score in trace["hits"]],
        [[texts.number(name), round(value, 3)] for name, value in trace["decide"].items()],
        list(record.ungrounded),
    ]
