"""The composed answer: the entry's own sentences, chosen for the question, never reworded.

Short entries are given whole. Of a long one, the passages nearest to the
question come first and the rest follows only as far as there is room; a list
never loses the sentence that introduces it, and an opening "Oui" or "Non" is
never lost. The full entry stays one click away.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.french import fold
from app.core.markdown import Block, plain_text, split_blocks, split_sentences
from app.core.types import Hit
from app.core.units import answer_units, is_editorial_note

WHOLE = 600
"""Entries up to this many characters are given whole."""

ROOM = 520
"""Characters of a shortened answer, exceeded only to keep a passage in one piece."""

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
    """Markdown answer from one entry, each paragraph or list closed by its `[n]` mark."""
    groups = _groups(hit)
    if sum(group.length for group in groups) > WHOLE:
        groups = _nearest_first(groups)
    return "\n\n".join(_marked(_as_markdown(group.blocks), n) for group in groups)


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
        if groups and (
            cleaned.kind == "item" or _LINKS_ONLY.match(cleaned.text) or _introduces(groups[-1][0][-1])
        ):
            groups[-1][0].append(cleaned)
            groups[-1][1].append(score)
        else:
            groups.append(([cleaned], [score]))
    return [_Group(tuple(blocks), max(scores)) for blocks, scores in groups]


def _introduces(block: Block) -> bool:
    return block.kind == "heading" or plain_text(block.text).rstrip().endswith(":")


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


def _nearest_first(groups: Sequence[_Group]) -> list[_Group]:
    """Groups that fit the room, the nearest to the question first, the others in their order."""
    by_score = sorted(range(len(groups)), key=lambda i: -groups[i].score)
    best = by_score[0]
    chosen = {best}
    if _YES_NO.match(fold(groups[0].blocks[0].text)):
        chosen.add(0)
    room = ROOM - sum(groups[i].length for i in chosen)
    for i in by_score:
        if i not in chosen and groups[i].length <= room:
            chosen.add(i)
            room -= groups[i].length
    first = 0 if 0 in chosen and _YES_NO.match(fold(groups[0].blocks[0].text)) else best
    return [groups[first], *(groups[i] for i in sorted(chosen) if i != first)]


def _as_markdown(blocks: Sequence[Block]) -> str:
    lines: list[str] = []
    for at, block in enumerate(blocks):
        if at and not (block.kind == "item" and blocks[at - 1].kind == "item"):
            lines.append("")
        lines.append(block.as_markdown())
    return "\n".join(lines)


def _marked(text: str, n: int) -> str:
    return f"{text} [{n}]"
