"""Canonical answer Markdown: how answers are kept, split and read aloud.

Canonical means: blocks separated by one blank line; paragraphs on one line
except for hard breaks, written as two spaces and a newline; list items start
with "- " or "1. ", nested by two spaces; links are `[label](url)` or
`<url>`; e-mail addresses `<name@host>` or `[label](mailto:…)`; emphasis
`**…**` and `*…*`; no raw HTML, no escapes that the text doesn't need.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from app.core.inline import scan

BlockKind = Literal["paragraph", "item", "heading", "quote", "code"]

_BLANK = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)*")
_ITEM = re.compile(r"^(?P<indent> *)(?P<mark>[-*+]|\d{1,9}[.)])[ \t]+(?P<text>.*)$")
_PREFIX = re.compile(r"^(?:#{1,6}|>)[ \t]+")
_ABBREVIATION = re.compile(
    r"(?:\b(?:M|MM|Mme|Mlle|Dr|Pr|art|cf|ex|env|etc|n°|p|tél|av|bd|St|Ste|éd|al|fig|réf|min|max)|\b[A-ZÀ-Ý])\.$",
    re.IGNORECASE,
)
_LONGEST_ABBREVIATION = 8
_SENTENCE_END = re.compile(r"(?<=[.!?…])(?:[\"»)\]]|\s»)?\s+(?=[«\"(\[<*A-ZÀ-ÝŒ0-9])")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item or heading of an answer.

    `lead` is the position of the block that introduces this one (the paragraph
    before a list, the item a nested item hangs from), or None.
    """

    kind: BlockKind
    text: str
    depth: int = 0
    lead: int | None = None
    mark: str = ""
    indent: str = ""

    def as_markdown(self) -> str:
        """The block as it stood, hard breaks kept."""
        if self.kind == "item":
            return f"{self.indent or '  ' * self.depth}{self.mark or '-'} {self.text}"
        return self.text


def split_blocks(answer_md: str) -> list[Block]:
    """The blocks of canonical Markdown in order, each knowing what introduces it."""
    blocks: list[Block] = []
    lead: int | None = None
    open_items: list[tuple[int, int]] = []
    for chunk in _BLANK.split(answer_md.strip("\n")):
        paragraph: list[str] = []
        in_item = False
        for line in chunk.split("\n"):
            match = None if paragraph and paragraph[0].startswith("```") else _ITEM.match(line)
            if match:
                if paragraph:
                    blocks.append(_text_block("\n".join(paragraph)))
                    lead, paragraph = len(blocks) - 1, []
                width = len(match["indent"])
                # An item hangs from the nearest one that starts further left.
                while open_items and open_items[-1][0] >= width:
                    open_items.pop()
                above = open_items[-1][1] if open_items else lead
                open_items.append((width, len(blocks)))
                blocks.append(_item_block(match, len(open_items) - 1, above))
                in_item = True
            elif in_item and line.startswith("  "):
                blocks[-1] = replace(blocks[-1], text=f"{blocks[-1].text}\n{line.strip()}")
            elif line.strip():
                paragraph.append(line)
                in_item = False
        if paragraph:
            blocks.append(_text_block("\n".join(paragraph)))
            lead, open_items = len(blocks) - 1, []
    return blocks


def _item_block(match: re.Match[str], depth: int, lead: int | None) -> Block:
    return Block("item", match["text"], depth, lead, match["mark"], match["indent"] if depth else "")


def _text_block(text: str) -> Block:
    if text.startswith("#"):
        return Block("heading", text)
    if text.startswith(">"):
        return Block("quote", text)
    return Block("code" if text.startswith("```") else "paragraph", text)


@lru_cache(maxsize=20_000)
def first_line(markdown: str) -> str:
    """The first line of a text as it reads, without Markdown; "" when there is none."""
    return next(iter(plain_text(markdown).strip().splitlines()), "")


@lru_cache(maxsize=20_000)
def plain_text(markdown: str) -> str:
    """What a reader sees of canonical Markdown: labels without addresses, no marks."""
    shown: list[str] = []
    run: list[str] = []
    fenced = False

    def flush() -> None:
        if run:
            shown.append(scan("\n".join(run)).text)
            run.clear()

    for line in markdown.split("\n"):
        if line.startswith("```"):
            flush()
            fenced = not fenced
        elif fenced:
            shown.append(line)
        else:
            item = _ITEM.match(line)
            text = item["text"] if item else _PREFIX.sub("", line)
            if item or text != line or not line.strip():
                flush()
            run.append(text.strip())
    flush()
    return "\n".join(shown)


def links(markdown: str) -> list[str]:
    """Addresses that the text links to, `mailto:` cut off, in order, each once."""
    urls = (url.removeprefix("mailto:") for url in scan(markdown).urls)
    return list(dict.fromkeys(url for url in urls if url and not url.startswith("#")))


def split_sentences(text: str) -> list[str]:
    """Sentences of one block; links and abbreviations are never cut."""
    flat = " ".join(text.split("\n"))
    sentences: list[str] = []
    start = seen = 0
    depth = {"[": 0, "(": 0}
    for match in _SENTENCE_END.finditer(flat):
        end = match.start()
        for opening, closing in ("[]", "()"):
            depth[opening] += flat.count(opening, seen, end) - flat.count(closing, seen, end)
        seen = end
        if _ABBREVIATION.search(flat[max(start, end - _LONGEST_ABBREVIATION) : end]) or max(depth.values()) > 0:
            continue
        sentences.append(flat[start : match.end()].strip())
        start = seen = match.end()
        depth = {"[": 0, "(": 0}
    rest = flat[start:].strip()
    return [*sentences, rest] if rest else sentences
