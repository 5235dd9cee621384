"""Files written with `.. question::` directives, their answers indented below.

```
.. section:: Inscription

.. question:: Comment m'inscrire ?
    :level: 3

    La réponse, en Markdown.
```
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.blocks import Block, parse_blocks, shown_line
from ingest.drafts import Cut, Shelf, Start, first_title

_DIRECTIVE = re.compile(r"^ {0,3}\.\. (?P<name>[a-z][a-z-]{0,30})::[ \t]*(?P<text>.*)$")
_OPTION = re.compile(r"^\s+:[a-z][a-z-]{0,30}:(?:\s.*)?$")


def has_directives(body: str) -> bool:
    """Whether a text may hold question directives (cheap; comments are not looked at)."""
    return ".. question::" in body


def cut_directives(body: str, first_line: int, blocks: Sequence[Block]) -> Cut | None:
    """The questions of a text with directives; None if they all stand in comments or code."""
    lines = body.split("\n")
    hidden = _hidden_lines(blocks, first_line)
    spans = [(at, match) for at, line in enumerate(lines) if (match := _DIRECTIVE.match(line)) and at not in hidden]
    if not any(match["name"] == "question" and match["text"] for _, match in spans):
        return None
    outside = list(lines)
    found: list[tuple[int, str, list[str]]] = []
    for at, match in spans:
        stop = _end_of_body(lines, at)
        outside[at:stop] = [""] * (stop - at)
        if match["name"] == "question" and match["text"]:
            question = shown_line(match["text"].strip())
            found.append((at + first_line, question, lines[at + 1 : stop]))
        elif match["name"] == "section":
            outside[at] = f"## {match['text'].strip()}"
    return _merge(parse_blocks("\n".join(outside), first_line), found)


def _hidden_lines(blocks: Sequence[Block], first_line: int) -> set[int]:
    """Positions of lines inside HTML comments and fenced code."""
    hidden: set[int] = set()
    for block in blocks:
        fence = block.kind == "other" and getattr(block.part, "type", "") == "fence"
        if fence or block.html.lstrip().startswith("<!--"):
            hidden.update(range(block.line - first_line, block.end - first_line + 1))
    return hidden


def _end_of_body(lines: Sequence[str], at: int) -> int:
    """The position after a directive's body: the next full line that isn't indented."""
    stop = at + 1
    while stop < len(lines) and (not lines[stop].strip() or lines[stop][0] in " \t"):
        stop += 1
    return stop


def _merge(outer: Sequence[Block], questions: Sequence[tuple[int, str, list[str]]]) -> Cut:
    """Questions put under the headings of the text around them; rows are (line, question, body)."""
    shelf = Shelf(Cut(title=first_title(outer)))
    waiting = list(outer)
    for line, question, body in questions:
        while waiting and waiting[0].line < line:
            _put(shelf, waiting.pop(0))
        shelf.open(Start(question, line))
        for block in parse_blocks("\n".join(_dedented(body)), line + 1):
            shelf.body(block)
        shelf.close()
    for block in waiting:
        _put(shelf, block)
    shelf.end_section()
    return shelf.cut


def _put(shelf: Shelf, block: Block) -> None:
    if block.kind == "heading":
        shelf.section(block)
    else:
        shelf.body(block)


def _dedented(body: Sequence[str]) -> list[str]:
    """A directive's body without its options and its indentation, line for line."""
    rows = list(body)
    for at, row in enumerate(rows):
        if not _OPTION.match(row):
            break
        rows[at] = ""
    first = next((row for row in rows if row.strip()), "")
    indent = len(first) - len(first.lstrip())
    return [row[min(indent, len(row) - len(row.lstrip())) :] for row in rows]
