"""Cutting a file's blocks into questions with what belongs to them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markdown_it.tree import SyntaxTreeNode

from ingest.blocks import Block, Html, Part, Run
from ingest.comment import is_guichet
from ingest.html_text import comments, html_to_markdown

_NUMBER = re.compile(r"^\d{1,3}(?:(?:\.\d{1,3}){1,3}[.)]?|[ \u00a0]?[.)]|[ \u00a0][–—-])[ \u00a0]+")
QUESTION_LABEL = re.compile(r"^Q(?:uestion)?[ \u00a0]?(?:n°[ \u00a0]?)?\d{0,3}[ \u00a0]?[::.][ \u00a0]?", re.IGNORECASE)
_ATTRIBUTES = re.compile(r"[ \u00a0]*\{#[^{}]{0,200}\}$")
_FAQ_LEAD = re.compile(
    r"^(?:FAQ|F\.A\.Q\.|Foire aux questions)[ \u00a0]*(?:[::–—]|-(?=[ \u00a0]))[ \u00a0]*", re.IGNORECASE
)
_FAQ_ALONE = re.compile(r"FAQ|F\.A\.Q\.|Foire aux questions|Questions fréquentes", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Comment:
    """An HTML comment of ours (text between the marks) and the line it starts on."""

    text: str
    line: int
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Start:
    """Where a question begins. `rest` is what follows it within the same block."""

    question: str
    line: int
    level: int = 0
    rest: tuple[SyntaxTreeNode, ...] = ()
    rest_line: int = 0
    labelled: bool = False


@dataclass(slots=True)
class Draft:
    """A question, its section and the parts of its answer. Lines count from 1, `end` included."""

    question: str
    section: str
    line: int
    answer_line: int = 0
    end: int = 0
    level: int = 0
    labelled: bool = False
    parts: list[Part] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)

    def add(self, part: Part, line: int, end: int) -> None:
        """Append a part standing on these lines."""
        self.parts.append(part)
        self.answer_line = self.answer_line or line
        self.end = end


@dataclass(slots=True)
class Cut:
    """What a file was cut into. `strays` are our comments that stand under no question;
    `unclosed` the lines of HTML comments without an end; `bare` the sections that hold
    text but no question, with their lines.
    """

    title: str = ""
    drafts: list[Draft] = field(default_factory=list)
    strays: list[Comment] = field(default_factory=list)
    unclosed: list[int] = field(default_factory=list)
    bare: list[tuple[str, int]] = field(default_factory=list)


def clean_question(text: str) -> str:
    """A question without number, "Q :" label or heading attributes."""
    text = _ATTRIBUTES.sub("", text).strip(" \u00a0")
    bare = _NUMBER.sub("", QUESTION_LABEL.sub("", text))
    return bare.strip(" \u00a0") or text


def clean_section(text: str) -> str:
    """A section title without a leading "FAQ :", number or pictogram, first letter upper-cased;
    "" if it only says that this is a FAQ.
    """
    text = _NUMBER.sub("", _ATTRIBUTES.sub("", text).strip(" \u00a0"))
    while text and not text[0].isalnum() and text[0] not in "«\"'“(":
        text = text[1:].lstrip(" \u00a0\ufe0f")
    text = (_FAQ_LEAD.sub("", text) or text).strip(" \u00a0")
    return "" if _FAQ_ALONE.fullmatch(text) else text[:1].upper() + text[1:]


def ends_as_question(text: str) -> bool:
    """Whether a line asks: its last sign, closing quotes aside, is a question mark."""
    return text.rstrip(' \u00a0\u202f»"”*_').endswith("?")


def first_title(blocks: Sequence[Block]) -> str:
    """The first heading's text; "" if there is none."""
    return next((_ATTRIBUTES.sub("", b.text) for b in blocks if b.kind == "heading" and b.text), "")


def assemble(blocks: Sequence[Block], starts: Mapping[int, Sequence[Start]], *, nests: bool) -> Cut:
    """Drafts from blocks and the questions found in them, by block position.

    `nests`: headings deeper than a heading question belong to its answer.
    """
    shelf = Shelf(Cut(title=first_title(blocks)))
    for at, block in enumerate(blocks):
        level = shelf.draft.level if shelf.draft else 0
        if at in starts:
            for start in starts[at]:
                shelf.open(start, block)
        elif block.kind == "heading" and not (nests and level and block.level > level):
            shelf.section(block)
        elif block.kind == "close":
            shelf.close()
        else:
            shelf.body(block)
    shelf.end_section()
    return shelf.cut


@dataclass(slots=True)
class Shelf:
    """Where drafts are filled one block after the other."""

    cut: Cut
    draft: Draft | None = None
    title: str = ""
    title_line: int = 0
    titles: int = 0
    loose: bool = False
    filled: bool = False

    def open(self, start: Start, block: Block | None = None) -> None:
        """Begin a question; `block` is the one it stands in."""
        self.draft = Draft(
            clean_question(start.question), self.title, start.line, level=start.level, labelled=start.labelled
        )
        self.filled = True
        self.cut.drafts.append(self.draft)
        if block:
            self.draft.comments.extend(inline_comments(block))
            if start.rest:
                self.draft.add(Run(start.rest), start.rest_line, block.end)

    def close(self) -> None:
        """End the question: what follows belongs to none."""
        self.draft = None

    def section(self, block: Block) -> None:
        """Begin a section with its heading."""
        self.end_section()
        self.draft = None
        self.title, self.title_line = clean_section(block.text), block.line
        self.titles += 1
        self.loose = self.filled = False

    def end_section(self) -> None:
        """Note a section that held text but no question."""
        # Text under the document's own title introduces the page: only later sections count.
        if self.titles > 1 and self.loose and not self.filled:
            self.cut.bare.append((self.title, self.title_line))

    def body(self, block: Block) -> None:
        """Put a block into the open question's answer, or note that it is under none."""
        part: Part = block.part
        if block.kind == "html":
            for comment in html_comments(block):
                if not comment.closed:
                    self.cut.unclosed.append(comment.line)
                elif self.draft:
                    self.draft.comments.append(comment)
                else:
                    self.cut.strays.append(comment)
            if not html_to_markdown(block.html).strip():
                return
            part = Html(block.html)
        if self.draft:
            self.draft.add(part, block.line, block.end)
        else:
            self.loose = True


def html_comments(block: Block) -> list[Comment]:
    """Our comments, and any unclosed ones, in an HTML block."""
    return [
        Comment(text, block.line + block.html.count("\n", 0, at), closed)
        for text, at, closed in comments(block.html)
        if is_guichet(text) or not closed
    ]


def inline_comments(block: Block) -> list[Comment]:
    """Our comments on the very line of a question."""
    return [
        Comment(text, block.line)
        for node in block.inline
        if node.type == "html_inline"
        for text, _, closed in comments(node.content)
        if closed and is_guichet(text)
    ]
