"""Parts of an answer to canonical Markdown (form: docstring of app/core/markdown.py)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.tree import SyntaxTreeNode

from ingest.blocks import Html, Part, Run, markdown
from ingest.html_text import html_to_markdown
from ingest.inline import Resolve, canonical_inline

_HEADING_NUMBER = re.compile(r"^(\d{1,9})\\(?=[.)])")
_LIST_START = re.compile(r"(?:-|\d{1,9}\.) ")
_BLOCK_MARK = re.compile(r"^(?:#{1,6}|>) ")
_ANSWER_LABEL = re.compile(
    r"^(?P<bold>\*\*|)(?:R|Rép|Réponse|A|Answer)[ \u00a0]?\d{0,3}[ \u00a0]?"
    r"(?P<mid>\*\*|)[ \u00a0]?[::][ \u00a0]?(?P<end>\*\*|)[ \u00a0]?",
    re.IGNORECASE,
)


def canonical(parts: Sequence[Part], resolve: Resolve, *, labelled: bool = False) -> str:
    """An answer's parts as canonical Markdown. `labelled`: a leading "R :" is cut off."""
    chunks: list[str] = []
    for part in parts:
        chunks.extend(_chunks(part, resolve))
    chunks = [chunk for chunk in chunks if chunk]
    if labelled and chunks:
        chunks[0] = _without_label(chunks[0])
    return "\n\n".join(chunk for chunk in chunks if chunk)


def canonical_text(source: str, resolve: Resolve) -> str:
    """Markdown source as canonical Markdown (cells of a table, raw HTML made Markdown)."""
    return canonical(SyntaxTreeNode(markdown().parse(source)).children, resolve)


def _chunks(part: Part, resolve: Resolve) -> list[str]:
    if isinstance(part, Run):
        return [canonical_inline(part.nodes, resolve)]
    if isinstance(part, Html) or part.type == "html_block":
        source = html_to_markdown(part.content)
        # html_to_markdown gives no HTML back, so this ends after one round.
        nodes = SyntaxTreeNode(markdown().parse(source)).children
        return [chunk for node in nodes if node.type != "html_block" for chunk in _chunks(node, resolve)]
    if part.type == "paragraph":
        return [canonical_inline(part.children[0].children, resolve)]
    if part.type == "heading":
        text = canonical_inline(part.children[0].children, resolve).replace("  \n", " ")
        # What would open a list in a paragraph opens none in a heading.
        text = _HEADING_NUMBER.sub(r"\1", text)
        return [f"{'#' * int(part.tag[1])} {text}" if text else ""]
    if part.type in ("bullet_list", "ordered_list"):
        return ["\n".join(_items(part, resolve, ""))]
    if part.type == "blockquote":
        return [_quoted(chunk) for child in part.children for chunk in _chunks(child, resolve)]
    if part.type == "table":
        return ["\n".join(_rows(part, resolve))]
    if part.type in ("fence", "code_block"):
        lines = [line for line in part.content.split("\n") if line.strip()]
        return ["\n".join(["```", *(line.replace("```", "'''") for line in lines), "```"]) if lines else ""]
    if part.type.startswith("math_block"):
        return [f"$${part.content.strip()}$$".replace("\n", " ")]
    return []


def _quoted(chunk: str) -> str:
    if chunk.startswith((">", "#", "```")) or _LIST_START.match(chunk):
        return chunk
    return "\n".join(f"> {line}" for line in chunk.split("\n")) if chunk else ""


def _items(node: SyntaxTreeNode, resolve: Resolve, indent: str) -> list[str]:
    """Lines of a list: one per item, hard breaks and further paragraphs on lines of their own."""
    lines: list[str] = []
    number = int(str(node.attrs.get("start", 1))) if node.type == "ordered_list" else 0
    for at, item in enumerate(node.children):
        mark = f"{number + at}." if node.type == "ordered_list" else "-"
        inner = indent + " " * (len(mark) + 1)
        texts: list[str] = []
        nested: list[str] = []
        for child in item.children:
            if child.type in ("bullet_list", "ordered_list"):
                nested.extend(_items(child, resolve, inner))
                continue
            # What follows a nested list belongs to the item, whose text canonical form keeps together.
            for chunk in _chunks(child, resolve):
                is_list = _LIST_START.match(chunk)
                (nested if is_list else texts).extend(_item_lines(chunk, inner if is_list else ""))
        text = "  \n".join(texts)
        if text or nested:
            lines.append(f"{indent}{mark} {text}".replace("\n", f"\n{inner}"))
            lines.extend(nested)
    return lines


def _item_lines(chunk: str, indent: str) -> list[str]:
    """A block's lines as they can stand in an item, which holds text and items only."""
    lines = [line.rstrip() for line in chunk.split("\n") if line.strip()]
    if chunk.startswith("```"):
        return [f"`{line.strip()}`" for line in lines[1:-1] if "`" not in line]
    return [indent + (line if indent else _BLOCK_MARK.sub("", line)) for line in lines]


def _rows(table: SyntaxTreeNode, resolve: Resolve) -> list[str]:
    """A table as a list: one item a row, each cell after the first named by its column."""
    rows = [
        [
            canonical_inline(cell.children[0].children, resolve).replace("  \n", " ") if cell.children else ""
            for cell in row.children
        ]
        for part in table.children
        for row in part.children
    ]
    head, body = rows[0], rows[1:]
    lines = []
    for row in body or [head]:
        named = [
            f"{name} : {cell}" if name and at and body else cell
            for at, (name, cell) in enumerate(zip(head, row, strict=False))
            if cell
        ]
        if named:
            lines.append("- " + " ; ".join(named))
    return lines


def _without_label(chunk: str) -> str:
    match = _ANSWER_LABEL.match(chunk)
    if not match:
        return chunk
    rest = chunk[match.end() :]
    dangling = sum(bool(match[name]) for name in ("bold", "mid", "end")) % 2
    return f"**{rest}" if dangling else rest
