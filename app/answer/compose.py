"""The composed answer: the entry's own sentences, in its own words, those that answer the question.

What is shown is chosen by app/answer/focus.py; here it is put in order and written. The part that is
clearly nearest to the question comes first, unless a "Oui" or "Non" opens; sentences are never changed. An
answer that leaves something out says so and leads to the whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from app.answer import phrases
from app.answer.focus import Focus, focus
from app.answer.outline import YES_NO, Outline, outline
from app.answer.yes_no import asks_the_same
from app.core.markdown import Block, plain_text
from app.core.types import Hit
from app.core.wanted import wanted

LONGEST = 1200
"""Characters up to which parts of an entry are shown; the longest entry here has some 950."""

CLEARLY_NEARER = 0.02
"""Cosine by which a part must lead the others to be moved to the front."""


@dataclass(frozen=True, slots=True)
class Composed:
    """An answer in Markdown with its `[n]` mark; `complete` when it gives the whole entry."""

    text: str
    complete: bool


def compose(hit: Hit, asked: str = "", n: int = 1, url: str = "", *, titled: bool = False) -> Composed:
    """What an entry answers to a question, closed by its `[n]` mark; all of it when no question is given.

    `url` is where the whole entry can be read. `titled` says that the entry's question stands above
    the answer already; otherwise it is set there where a "Oui" or "Non" could be misread.
    """
    lines = outline(hit.entry.answer_md)
    chosen = focus(hit, asked)
    parts = _within(lines, _nearest_first(lines, _parts(lines, chosen), chosen), LONGEST)
    shown = [at for part in parts for at in part]
    complete = len(shown) == len(lines.sentences)
    text = f"{_as_markdown(lines, parts)} [{n}]"
    if not titled and shown and _may_be_misread(lines, shown[0], asked, hit):
        text = f"**{hit.entry.question}**\n\n{text}"
    if not complete:
        offer = phrases.EXCERPT if url.startswith(("https://", "http://")) else phrases.EXCERPT_OF
        text += f"\n\n{offer.format(url=url, n=n)}"
    return Composed(text, complete)


def compose_for_all(found: Sequence[tuple[Hit, str]], n: int = 1, url: str = "") -> Composed:
    """The answer of one entry to several questions, under the entry's own; each hit comes with its question."""
    if len(found) == 1:
        return compose(found[0][0], found[0][1], n, url, titled=True)
    scores = tuple(max(given) for given in zip(*(hit.unit_scores for hit, _ in found), strict=False))
    hit = replace(found[0][0], unit_scores=scores)
    return compose(hit, "", n, url, titled=True)


def paragraphs(text: str) -> list[str]:
    """The pieces in which a composed answer is streamed; joined they give `text` again."""
    parts = re.split(r"(?<=\n\n)", text)
    return [part for part in parts if part]


def _may_be_misread(lines: Outline, first: int, asked: str, hit: Hit) -> bool:
    """Whether the answer opens with a yes or no that is not one to the visitor's question."""
    opens = YES_NO.match(lines.sentences[first].folded) is not None
    return opens and bool(asked) and wanted(asked).yes_no and not asks_the_same(asked, hit.entry.question)


def _parts(lines: Outline, chosen: Focus) -> list[list[int]]:
    """The chosen sentences in runs that may change places: what hangs together is one run.

    A paragraph shown in part may be divided where a sentence leans on nothing before it.
    """
    parts: list[list[int]] = []
    for at in chosen.kept:
        if parts and _hangs_on(lines, parts[-1][-1], at, divided=not chosen.whole):
            parts[-1].append(at)
        else:
            parts.append([at])
    return parts


def _hangs_on(lines: Outline, before: int, at: int, *, divided: bool) -> bool:
    one, other = lines.sentences[before], lines.sentences[at]
    if lines.root(one.block) != lines.root(other.block):
        return False
    if one.block != other.block or not divided:
        return True
    return other.leans or other.joins or other.limits or other.contrasts or YES_NO.match(one.folded) is not None


def _nearest_first(lines: Outline, parts: list[list[int]], chosen: Focus) -> list[list[int]]:
    """The part clearly nearest to the question first, unless a yes or no opens; the rest in order."""
    if len(parts) < 2 or YES_NO.match(lines.sentences[parts[0][0]].folded):
        return parts
    if chosen.whole and _introduces(lines, parts[0][0]):
        return parts
    near = [max(chosen.scores[at] for at in part) for part in parts]
    best = max(range(len(parts)), key=near.__getitem__)
    clearly = near[best] - max(score for at, score in enumerate(near) if at != best) >= CLEARLY_NEARER
    if not clearly or lines.sentences[parts[best][0]].joins:
        return parts
    return [parts[best], *(part for at, part in enumerate(parts) if at != best)]


def _introduces(lines: Outline, at: int) -> bool:
    return plain_text(lines.sentences[at].text).rstrip().endswith(":")


def _within(lines: Outline, parts: Sequence[list[int]], room: int) -> list[list[int]]:
    """Parts from the front that fit; the first one and warnings to all readers always do."""
    kept: list[list[int]] = []
    used = 0
    for part in parts:
        used += sum(lines.sentences[at].length for at in part)
        if not kept or used <= room or any(lines.sentences[at].notice for at in part):
            kept.append(part)
    return kept


def _as_markdown(lines: Outline, parts: Sequence[Sequence[int]]) -> str:
    """The parts as they stood: whole blocks with their layout, sentences of a block joined."""
    places = [at for part in parts for at in part]
    runs: list[list[int]] = []
    for before, at in pairwise([-1, *places]):
        if runs and lines.sentences[before].block == lines.sentences[at].block:
            runs[-1].append(at)
        else:
            runs.append([at])
    written: list[str] = []
    last: Block | None = None
    for run in runs:
        block = _written(lines, run, places)
        if last is not None:
            written.append("\n" if last.kind == block.kind == "item" else "\n\n")
        written.append(block.as_markdown())
        last = block
    return "".join(written)


def _written(lines: Outline, run: Sequence[int], shown: Sequence[int]) -> Block:
    """A block with the sentences of it that are shown; an item that lost its list is a paragraph."""
    number = lines.sentences[run[0]].block
    block = lines.blocks[number]
    if list(run) != lines.of_block(number):
        block = replace(block, text=" ".join(lines.sentences[at].text for at in run))
    if block.kind != "item":
        return block
    parent = lines.parents[number]
    around = {lines.sentences[at].block for at in shown} - {number}
    if parent in around or around.intersection(lines.children(parent) if parent is not None else ()):
        return block
    return replace(block, kind="paragraph") if parent is not None else block
