"""The composed answer: the entry's own sentences, in its own words, those that answer first.

Nothing is dropped that could change the meaning: an entry is given whole up to
WHOLE characters, and a longer one says that it goes on. What is moved to the
front is a whole group (a paragraph with its list and links), and only when it
is clearly nearer to the question than the rest; an opening "Oui" or "Non" stays first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.answer import phrases
from app.core.french import fold
from app.core.markdown import Block, plain_text, split_blocks, split_sentences
from app.core.types import Hit
from app.core.units import answer_units, is_editorial_note

WHOLE = 1200
"""Entries up to this many characters are given whole; the longest here has some 950."""

CLEARLY_NEARER = 0.02
"""Cosine by which a group must lead the others to be moved to the front."""

_DEAD_LINK = re.compile(r"\[([^\[\]]*)\]\(#?\)")
_YES_NO = re.compile(r"^(?:oui|non)\b", re.IGNORECASE)
_LINKS_ONLY = re.compile(r"^(?:[^.!?]{0,60}?:\s*)?(?:<[^<>\s]+>|\[[^\]]*\]\([^)\s]+\))[\s.,;]*$")


@dataclass(frozen=True, slots=True)
class _Group:
    """Blocks that only make sense together: a paragraph with its list and its links."""

    blocks: tuple[Block, ...]
    score: float

    @property
    def length(self) -> int:
        return sum(len(plain_text(block.text)) for block in self.blocks)


def compose(hit: Hit, n: int = 1) -> str:
    """Markdown answer from one entry, closed by its `[n]` mark."""
    groups = _nearest_first(_groups(hit))
    kept = _within(groups, WHOLE)
    text = "\n\n".join(_as_markdown(group.blocks) for group in kept)
    if len(kept) < len(groups):
        text += f"\n\n{phrases.SHORTENED}"
    return f"{text} [{n}]"


def paragraphs(text: str) -> list[str]:
    """The pieces in which a composed answer is streamed; joined they give `text` again."""
    parts = re.split(r"(?<=\n\n)", text)
    return [part for part in parts if part]


def _groups(hit: Hit) -> list[_Group]:
    blocks = split_blocks(hit.entry.answer_md)
    scores = _block_scores(hit, len(blocks))
    groups: list[tuple[list[Block], list[float]]] = []
    for block, score in zip(blocks, scores, strict=True):
        cleaned = _clean(block)
        if cleaned is None:
            continue
        if groups and _belongs(cleaned, groups[-1][0]):
            groups[-1][0].append(cleaned)
            groups[-1][1].append(score)
        else:
            groups.append(([cleaned], [score]))
    return [_Group(tuple(blocks), max(scores)) for blocks, scores in groups]


def _belongs(block: Block, group: Sequence[Block]) -> bool:
    """List items, bare links and the lines of an enumeration belong to what introduces them."""
    if block.kind == "item" or _LINKS_ONLY.match(block.text) or _introduces(group[-1]):
        return True
    return any(map(_introduces, group)) and not _ends_a_sentence(group[-1])


def _introduces(block: Block) -> bool:
    return block.kind == "heading" or plain_text(block.text).rstrip().endswith(":")


def _ends_a_sentence(block: Block) -> bool:
    return plain_text(block.text).rstrip().endswith((".", "!", "?", "…"))


def _block_scores(hit: Hit, blocks: int) -> list[float]:
    """The best cosine of each block's sentences to the question."""
    scores = [0.0] * blocks
    for unit, score in zip(answer_units(hit.entry.answer_md), hit.unit_scores, strict=False):
        if score > scores[unit.block]:
            scores[unit.block] = score
    return scores


def _clean(block: Block) -> Block | None:
    """The block without editorial notes and dead links; None when nothing is left."""
    text = block.text
    if block.kind in ("paragraph", "item") and is_editorial_note(text):
        text = " ".join(s for s in split_sentences(text) if not is_editorial_note(s))
    text = _DEAD_LINK.sub(r"\1", text)
    return Block(block.kind, text, block.depth, block.lead, block.mark) if plain_text(text).strip() else None


def _nearest_first(groups: list[_Group]) -> list[_Group]:
    """The group clearly nearest to the question first, unless a yes or no opens; the rest in order."""
    if len(groups) < 2 or _YES_NO.match(fold(groups[0].blocks[0].text)) or _introduces(groups[0].blocks[0]):
        return groups
    best = max(range(len(groups)), key=lambda i: groups[i].score)
    others = max(group.score for i, group in enumerate(groups) if i != best)
    if groups[best].score - others < CLEARLY_NEARER:
        return groups
    return [groups[best], *(group for i, group in enumerate(groups) if i != best)]


def _within(groups: Sequence[_Group], room: int) -> list[_Group]:
    """Groups from the front that fit; the first one always does."""
    kept, used = list(groups[:1]), groups[0].length if groups else 0
    for group in groups[1:]:
        used += group.length
        if used > room:
            break
        kept.append(group)
    return kept


def _as_markdown(blocks: Sequence[Block]) -> str:
    lines: list[str] = []
    for at, block in enumerate(blocks):
        if at and not (block.kind == "item" and blocks[at - 1].kind == "item"):
            lines.append("")
        lines.append(block.as_markdown())
    return "\n".join(lines)
