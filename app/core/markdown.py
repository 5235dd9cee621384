"""Canonical answer Markdown: how answers are kept, split and read aloud.

Canonical means: blocks separated by one blank line; paragraphs on one line
except for hard breaks, written as two spaces and a newline; list items start
with "- " or "1. ", nested by two spaces; links are `[label](url)` or
`<url>`; e-mail addresses `<name@host>` or `[label](mailto:…)`; emphasis
`**…**` and `*…*`; no raw HTML, no escapes that the text doesn't need.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Literal

BlockKind = Literal["paragraph", "item", "heading", "quote", "code"]

_ITEM = re.compile(r"^(?P<indent> *)(?P<mark>[-*+]|\d{1,9}[.)])\s+(?P<text>.*)$")
_LINK = re.compile(r"\[(?P<label>(?:[^\[\]\\]|\\.)*)\]\((?P<url><[^>]*>|[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?:\s+\"[^\"]*\")?\)")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]+|[^<>\s@]+@[^<>\s@]+\.[^<>\s@]+)>")
_EMPHASIS = re.compile(r"(\*\*|__|\*|`)(?=\S)(.+?)(?<=\S)\1")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:M|MM|Mme|Mlle|Dr|Pr|art|cf|ex|env|etc|n°|p|tél|av|bd|St|Ste|éd|al|fig|réf|min|max)|\b[A-ZÀ-Ý])\.$",
    re.IGNORECASE,
)
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

    def as_markdown(self) -> str:
        """The block as it stood, hard breaks kept."""
        if self.kind == "item":
            return f"{'  ' * self.depth}{self.mark or '-'} {self.text}"
        return self.text


def split_blocks(answer_md: str) -> list[Block]:
    """The blocks of canonical Markdown in order, each knowing what introduces it."""
    blocks: list[Block] = []
    lead: int | None = None
    parents: dict[int, int] = {}
    for chunk in re.split(r"\n\s*\n", answer_md.strip("\n")):
        paragraph: list[str] = []
        in_item = False
        for line in chunk.split("\n"):
            match = _ITEM.match(line)
            if match:
                if paragraph:
                    blocks.append(_text_block("\n".join(paragraph)))
                    lead, paragraph = len(blocks) - 1, []
                depth = len(match["indent"]) // 2
                above = parents.get(depth - 1) if depth else lead
                parents = {d: at for d, at in parents.items() if d < depth}
                parents[depth] = len(blocks)
                blocks.append(Block("item", match["text"], depth, above, match["mark"]))
                in_item = True
            elif in_item and line.startswith("  "):
                last = blocks[-1]
                blocks[-1] = Block(last.kind, f"{last.text}\n{line.strip()}", last.depth, last.lead, last.mark)
            elif line.strip():
                paragraph.append(line)
                in_item = False
        if paragraph:
            blocks.append(_text_block("\n".join(paragraph)))
            lead, parents = len(blocks) - 1, {}
    return blocks


def _text_block(text: str) -> Block:
    if text.startswith("#"):
        return Block("heading", text)
    if text.startswith(">"):
        return Block("quote", text)
    return Block("code" if text.startswith("```") else "paragraph", text)


def plain_text(markdown: str) -> str:
    """What a reader sees of canonical Markdown: labels without addresses, no marks."""
    lines = []
    for line in markdown.split("\n"):
        item = _ITEM.match(line)
        text = item["text"] if item else re.sub(r"^(#{1,6}|>)\s+", "", line)
        lines.append(_inline_text(text.rstrip()))
    return "\n".join(lines)


def _inline_text(text: str) -> str:
    text = _LINK.sub(lambda m: m["label"], text)
    text = _AUTOLINK.sub(lambda m: m[1].removeprefix("mailto:"), text)
    previous = None
    while previous != text:
        previous, text = text, _EMPHASIS.sub(r"\2", text)
    return html.unescape(_ESCAPE.sub(r"\1", text))


def links(markdown: str) -> list[str]:
    """Addresses that the text links to, `mailto:` cut off, in order, each once."""
    found: dict[int, str] = {m.start(): m["url"].strip("<>") for m in _LINK.finditer(markdown)}
    found |= {m.start(): m[1] for m in _AUTOLINK.finditer(_LINK.sub(lambda m: " " * len(m[0]), markdown))}
    urls = (found[at].removeprefix("mailto:") for at in sorted(found))
    return list(dict.fromkeys(url for url in urls if url and not url.startswith("#")))


def split_sentences(text: str) -> list[str]:
    """Sentences of one block; links and abbreviations are never cut."""
    flat = " ".join(text.split("\n"))
    sentences: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(flat):
        before = flat[start : match.start()]
        if _ABBREVIATION.search(before) or before.count("[") > before.count("]") or before.count("(") > before.count(")"):
            continue
        sentences.append(flat[start : match.end()].strip())
        start = match.end()
    rest = flat[start:].strip()
    return [*sentences, rest] if rest else sentences
