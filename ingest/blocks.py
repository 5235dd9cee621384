"""Top-level blocks of a Markdown text, with their lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from mdit_py_plugins.dollarmath import dollarmath_plugin

MAX_NESTING = 20
_SPACES = re.compile(r"[ \t\n]+")

Kind = Literal["heading", "paragraph", "html", "summary", "close", "other"]


@dataclass(frozen=True, slots=True)
class Html:
    """Raw HTML standing in an answer."""

    content: str


@dataclass(frozen=True, slots=True)
class Run:
    """Inline nodes that make a paragraph: what follows a question on its own line(s)."""

    nodes: tuple[SyntaxTreeNode, ...]


Part = SyntaxTreeNode | Html | Run
"""A piece of an answer, before it is made canonical."""


@dataclass(frozen=True, slots=True)
class Block:
    """A top-level block. `line` to `end` (both from 1, inclusive) is where it stands.

    `text` is what a reader sees of a heading, paragraph or summary, else empty;
    `level` is a heading's. "summary" and "close" are the start and the end of a
    `<details>`, cut out of raw HTML by ingest/layouts.py.
    """

    kind: Kind
    part: SyntaxTreeNode | Html
    line: int
    end: int
    text: str = ""
    level: int = 0

    @property
    def inline(self) -> Sequence[SyntaxTreeNode]:
        """The inline nodes of a heading or paragraph."""
        if isinstance(self.part, Html) or not self.part.children:
            return ()
        return self.part.children[0].children

    @property
    def html(self) -> str:
        """The raw HTML of an html block, else empty."""
        return self.part.content if self.kind == "html" else ""


@lru_cache(maxsize=1)
def markdown() -> MarkdownIt:
    """CommonMark with tables and `$…$`, without code by indentation.

    Indented lines are never code here: editors indent by accident, and some
    layouts indent whole answers.
    """
    parser = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING})
    parser.enable("table").disable("code")
    # The text of `<https://…>` stays as it was written, percent signs and all.
    parser.normalizeLinkText = lambda link: link  # type: ignore[method-assign]
    return parser.use(dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=False)


def parse_blocks(body: str, first_line: int) -> list[Block]:
    """The top-level blocks of `body`, whose first line is line `first_line` of its file."""
    root = SyntaxTreeNode(markdown().parse(body))
    blocks = []
    for node in root.children:
        start, stop = node.map or (0, 0)
        kind: Kind = "other"
        if node.type in ("heading", "paragraph"):
            kind = "heading" if node.type == "heading" else "paragraph"
        elif node.type == "html_block":
            kind = "html"
        text = shown_text(node.children[0].children) if kind in ("heading", "paragraph") else ""
        level = int(node.tag[1]) if kind == "heading" else 0
        blocks.append(Block(kind, node, start + first_line, stop + first_line - 1, text, level))
    return blocks


def shown_text(nodes: Sequence[SyntaxTreeNode]) -> str:
    """The text of inline nodes on one line: no marks, no HTML, images by their alt text."""
    return _SPACES.sub(" ", "".join(_texts(nodes))).strip(" ")


def shown_line(source: str) -> str:
    """What a reader sees of one line of inline Markdown."""
    root = SyntaxTreeNode(markdown().parseInline(source))
    return shown_text(root.children[0].children if root.children else ())


def _texts(nodes: Sequence[SyntaxTreeNode]) -> list[str]:
    found: list[str] = []
    for node in nodes:
        if node.type in ("softbreak", "hardbreak"):
            found.append("\n")
        elif node.type == "html_inline":
            continue
        elif node.type in ("math_inline", "math_inline_double"):
            found.append(math_text(node))
        elif node.children:
            found.extend(_texts(node.children))
        else:
            found.append(node.content)
    return found


_TEX = {
    "pm": "±", "times": "×", "cdot": "·", "div": "÷", "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥",
    "neq": "≠", "ne": "≠", "approx": "≈", "simeq": "≃", "sim": "~", "circ": "°", "degree": "°",
    "infty": "∞", "to": "→", "rightarrow": "→", "euro": "€", "ldots": "…", "dots": "…",
    "quad": " ", "text": "", "mathrm": "", "textbf": "", "mathbf": "",
}  # fmt: skip
_TEX_COMMAND = re.compile(r"\\([A-Za-z]+)[ ]*")
_TEX_DEGREE = re.compile(r"\^\{?[ ]*(?=°)")
_PERCENT = re.compile(r"[ \u00a0\u202f]*\\%")


def math_text(node: SyntaxTreeNode) -> str:
    """Simple TeX as Unicode ("±10 %" with a no-break space); other `$…$` as it was written."""
    mark = node.markup or "$"
    tex = node.content
    commands = _TEX_COMMAND.findall(tex)
    if "\\" not in tex or any(command not in _TEX for command in commands):
        return f"{mark}{tex}{mark}"
    tex = _PERCENT.sub("\u00a0%", tex)
    tex = tex.replace("\\,", "\u202f").replace("\\;", " ").replace("\\ ", " ").replace("\\$", "$")
    tex = _TEX_COMMAND.sub(lambda m: _TEX[m[1]], tex)
    return _TEX_DEGREE.sub("", tex).replace("{", "").replace("}", "").replace("°", "°")
