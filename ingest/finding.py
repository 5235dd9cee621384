"""A remark about the FAQ's text, and how rules find their place in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest import lint_messages
from ingest.model import ParsedEntry, Severity

_HIDDEN = re.compile(
    r"<!--(?:[^-]|-(?!->))*(?:-->)?"
    r"|\]\((?:<[^<>\n]*>|[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)[^()\n]{0,200}\)"
    r"|<[^<>]*>|`[^`\n]*`|https?://\S+|\$[^$\n]*\$"
)
FILLER = "\ue000"
"""Stands for each blanked-out character: no letter, no space, no punctuation."""
_LABEL = re.compile(r"\[[^\[\]]*\](?=\()")
_ROWS = (".json", ".csv", ".tsv", ".xlsx")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong (`message`), where, and what to do about it (`mend`), in French.

    Errors block publication, warnings don't. `line` counts from 1.
    """

    path: Path
    line: int
    severity: Severity
    code: str
    message: str
    mend: str
    entry_id: str | None = None


def finding(
    code: str, path: Path, line: int, *, entry_id: str | None = None, error: bool = False, **values: object
) -> Finding:
    """A finding with the French texts of its code, filled with `values`."""
    message, mend = lint_messages.TEXTS[code]
    return Finding(
        path,
        line,
        "error" if error else "warning",
        code,
        message.format(**values),
        mend.format(**values),
        entry_id,
    )


def about(parsed: ParsedEntry, code: str, line: int = 0, *, error: bool = False, **values: object) -> Finding:
    """A finding about an entry, at its question's line unless told otherwise."""
    return finding(code, parsed.path, line or parsed.line, entry_id=parsed.entry.id, error=error, **values)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the source. `text` has marks, addresses and comments blanked out, position
    for position; `raw` is as written.
    """

    number: int
    text: str
    raw: str


def answer_lines(parsed: ParsedEntry) -> Iterator[Line]:
    """The answer's lines as written. A table's answer stands on its row's line as a whole."""
    step = 0 if parsed.path.suffix.lower() in _ROWS else 1
    hidden = _HIDDEN.sub(lambda m: re.sub(r"[^\n]", FILLER, m[0]), parsed.raw)
    pairs = zip(hidden.split("\n"), parsed.raw.split("\n"), strict=True)
    for offset, (text, raw) in enumerate(pairs):
        yield Line(parsed.answer_line + offset * step, text, raw)


def all_lines(parsed: ParsedEntry) -> Iterator[Line]:
    """The question, then the answer's lines."""
    yield Line(parsed.line, parsed.entry.question, parsed.entry.question)
    yield from answer_lines(parsed)


def without_labels(line: Line) -> str:
    """A line's readable text with link labels blanked out as well."""
    labels = [(m.start(), m.end()) for m in _LABEL.finditer(line.raw)]
    text = list(line.text)
    for start, end in labels:
        text[start:end] = FILLER * (end - start)
    return "".join(text)


def excerpt(text: str, limit: int = 80) -> str:
    """A piece of text short enough to quote."""
    flat = " ".join(re.sub(f"{FILLER}+", "…", text).split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"
