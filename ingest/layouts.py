"""Which blocks of a file are its questions.

A file is written in one layout, found from the whole file:

1. `.. question::` directives (ingest/directives.py): the plainest statement of what is a
   question; where there is one, nothing else counts.
2. `<details>` with a `<summary>`: each summary is a question, whatever its last sign.
3. Headings ending in "?" (or followed by a `guichet` comment). A question heading deeper
   than the usual question heading and below one belongs to its answer; one that only
   introduces deeper ones is a section; the document's title is neither. A page where every
   question heading is divided by sub-headings is an article, not a FAQ: no question.
4. `Q :` followed by `R :`.
5. Lines entirely in bold ending in "?".
6. Stand-alone paragraphs ending in "?": at the top level (not in a list, quote or
   `<details>`), on one line, of at most three sentences.

The earlier layout wins, unless it accounts for less than a third of what a later one finds:
then it is an exception in a file of the later layout. Question headings with text of their
own are read in every layout but directives. HTML comments and code never hold questions.
Every other heading opens a section; with question headings, deeper headings stay inside the
answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.tree import SyntaxTreeNode

from ingest.blocks import Block, Html, shown_line, shown_text
from ingest.comment import is_guichet
from ingest.drafts import (
    QUESTION_LABEL,
    Cut,
    Start,
    assemble,
    ends_as_question,
    html_comments,
    inline_comments,
)
from ingest.html_text import html_to_markdown, tags

Starts = dict[int, list[Start]]
MAX_QUESTION = 400
MAX_SENTENCES = 3
_SENTENCE = re.compile(r"[.!?…][»\")]?[ \u00a0]+(?=[«\"A-ZÀ-ÝŒ])")
_ANSWER = re.compile(r"^(?:R|Rép|Réponse|A|Answer)[ \u00a0]?\d{0,3}[ \u00a0]?[::]", re.IGNORECASE)


def cut_blocks(blocks: Sequence[Block]) -> Cut:
    """The questions of a file by the layout it is written in."""
    expanded = expand_details(blocks)
    outside = _outside_details(expanded)
    headings = heading_questions(expanded, outside)
    found: list[tuple[str, Starts]] = [
        ("details", _summaries(expanded)),
        ("headings", headings),
        ("labels", _labelled(expanded, outside)),
        ("bold", _bold(expanded, outside)),
        ("paragraphs", _paragraphs(expanded, outside)),
    ]
    name, starts = _choose(found)
    if name == "details":
        starts = starts | {at: s for at, s in headings.items() if _has_own_text(expanded, at)}
    elif name != "headings":
        # With stand-alone questions below a title, the title is no question even if it asks.
        starts = starts | {at: s for at, s in headings.items() if expanded[at].level > 1}
    blocks = expanded if name == "details" else blocks
    if name != "details":
        starts = _at_original(starts, expanded, blocks)
    return assemble(blocks, starts, nests=bool(headings))


def _choose(found: list[tuple[str, Starts]]) -> tuple[str, Starts]:
    counts = [sum(len(group) for group in starts.values()) for _, starts in found]
    for at, count in enumerate(counts):
        if count and count * 3 >= max(counts[at:]):
            return found[at]
    return found[-1]


def _at_original(starts: Starts, expanded: Sequence[Block], blocks: Sequence[Block]) -> Starts:
    """The same starts by position in `blocks`, of which `expanded` splits some."""
    places = {id(block.part): at for at, block in enumerate(blocks)}
    return {places[id(expanded[at].part)]: group for at, group in starts.items()}


# --- details ---------------------------------------------------------------------------------


def expand_details(blocks: Sequence[Block]) -> list[Block]:
    """HTML blocks cut at the borders of outermost `<details>`: summary, content, close."""
    found: list[Block] = []
    depth = 0
    for block in blocks:
        if block.kind == "html" and (depth or "<details" in block.html.lower()):
            pieces, depth = _split_html(block, depth)
            found.extend(pieces)
        else:
            found.append(block)
    return found


def _split_html(block: Block, depth: int) -> tuple[list[Block], int]:
    content = block.html
    pieces: list[Block] = []
    at = 0
    summary = -1

    def piece(kind: str, start: int, end: int) -> None:
        line = block.line + content.count("\n", 0, start)
        last = block.line + content.count("\n", 0, end)
        if kind == "summary":
            pieces.append(Block("summary", Html(""), line, last, shown_line(content[start:end])))
        elif kind == "close":
            pieces.append(Block("close", Html(""), line, last))
        elif content[start:end].strip():
            pieces.append(Block("html", Html(content[start:end]), line, last))

    for tag in tags(content):
        if tag.name == "details":
            depth = max(0, depth + (-1 if tag.closing else 1))
            if depth == (0 if tag.closing else 1):
                piece("html", at, tag.start)
                at = tag.end
                if tag.closing:
                    piece("close", tag.start, tag.end)
        elif tag.name == "summary" and depth == 1:
            if not tag.closing:
                piece("html", at, tag.start)
                summary = at = tag.end
            elif summary >= 0:
                piece("summary", summary, tag.start)
                summary, at = -1, tag.end
    piece("html", at, len(content))
    return pieces, depth


def _outside_details(blocks: Sequence[Block]) -> list[bool]:
    """For each block, whether it stands outside of every `<details>`."""
    inside = False
    found = []
    for block in blocks:
        inside = (inside or block.kind == "summary") and block.kind != "close"
        found.append(not inside)
    return found


def _summaries(blocks: Sequence[Block]) -> Starts:
    return {at: [Start(b.text, b.line)] for at, b in enumerate(blocks) if b.kind == "summary" and b.text}


# --- headings --------------------------------------------------------------------------------


def heading_questions(blocks: Sequence[Block], outside: Sequence[bool]) -> Starts:
    """Question headings by position; see rule 3 of the module's docstring."""
    places = [at for at, block in enumerate(blocks) if block.kind == "heading" and outside[at]]
    levels = [blocks[at].level for at in places]
    asking = [_asks(blocks, at) for at in places]
    if len(places) > 1 and any(asking[1:]) and levels[0] < min(levels[1:]):
        asking[0] = _has_comment(blocks, places[0])
    leaf = [i + 1 == len(places) or levels[i + 1] <= levels[i] for i in range(len(places))]
    if not any(a and (end or _has_comment(blocks, at)) for a, end, at in zip(asking, leaf, places, strict=True)):
        return {}
    answered = [a and _has_own_text(blocks, at) for a, at in zip(asking, places, strict=True)]
    usual = _usual_level(levels, answered if any(answered) else asking)
    starts: Starts = {}
    above: int | None = None
    for at, level, asks, full in zip(places, levels, asking, answered, strict=True):
        if above is not None and level > above and (not asks or level > usual):
            continue
        entry = asks and (level >= usual or full)
        above = level if entry else None
        if entry:
            starts[at] = [Start(blocks[at].text, blocks[at].line, level)]
    return starts


def _usual_level(levels: Sequence[int], counted: Sequence[bool]) -> int:
    """The level most questions have, the outermost of several."""
    tally = [sum(1 for lv, yes in zip(levels, counted, strict=True) if yes and lv == level) for level in range(7)]
    return tally.index(max(tally))


def _asks(blocks: Sequence[Block], at: int) -> bool:
    return bool(blocks[at].text) and (ends_as_question(blocks[at].text) or _has_comment(blocks, at))


def _has_comment(blocks: Sequence[Block], at: int) -> bool:
    if inline_comments(blocks[at]):
        return True
    following = blocks[at + 1] if at + 1 < len(blocks) else None
    return bool(following and following.kind == "html" and any(is_guichet(c.text) for c in html_comments(following)))


def _has_own_text(blocks: Sequence[Block], at: int) -> bool:
    """Whether something other than a heading, a `<details>` or a comment follows directly."""
    for block in blocks[at + 1 :]:
        if block.kind == "html" and not html_to_markdown(block.html).strip():
            continue
        return block.kind not in ("heading", "summary", "close")
    return False


# --- labels, bold lines, paragraphs ----------------------------------------------------------


def _lines(block: Block) -> list[list[SyntaxTreeNode]]:
    """The inline nodes of a paragraph line by line, each line ending with its break."""
    lines: list[list[SyntaxTreeNode]] = [[]]
    for node in block.inline:
        lines[-1].append(node)
        if node.type in ("softbreak", "hardbreak"):
            lines.append([])
    return lines


def _labelled(blocks: Sequence[Block], outside: Sequence[bool]) -> Starts:
    found: Starts = {}
    for at, block in enumerate(blocks):
        if block.kind != "paragraph" or not outside[at] or not QUESTION_LABEL.match(block.text):
            continue
        following = blocks[at + 1] if at + 1 < len(blocks) else None
        starts = _label_starts(block)
        if starts[-1].rest or (following and _ANSWER.match(following.text)):
            found[at] = starts
    return found


def _label_starts(block: Block) -> list[Start]:
    """The `Q :` of a paragraph, each with the nodes of its `R :` if they follow at once."""
    starts: list[Start] = []
    question: list[SyntaxTreeNode] = []
    rest: list[SyntaxTreeNode] = []
    line = rest_line = block.line

    def close() -> None:
        if question:
            starts.append(Start(shown_text(question), line, 0, tuple(rest), rest_line, labelled=True))

    for offset, nodes in enumerate(_lines(block)):
        text = shown_text(nodes)
        if QUESTION_LABEL.match(text):
            close()
            question, rest, line = list(nodes), [], block.line + offset
        elif rest or _ANSWER.match(text):
            rest_line = rest_line if rest else block.line + offset
            rest.extend(nodes)
        else:
            question.extend(nodes)
    close()
    return starts


def _bold(blocks: Sequence[Block], outside: Sequence[bool]) -> Starts:
    found: Starts = {}
    for at, block in enumerate(blocks):
        if block.kind != "paragraph" or not outside[at]:
            continue
        first, *others = _lines(block)
        marks = [n for n in first if n.type not in ("softbreak", "hardbreak", "html_inline") and _is_ink(n)]
        if len(marks) == 1 and marks[0].type == "strong" and ends_as_question(shown_text(first)):
            rest = tuple(node for line in others for node in line)
            found[at] = [Start(shown_text(first), block.line, 0, rest, block.line + 1)]
    return found


def _is_ink(node: SyntaxTreeNode) -> bool:
    return node.type != "text" or bool(node.content.strip())


def _paragraphs(blocks: Sequence[Block], outside: Sequence[bool]) -> Starts:
    return {
        at: [Start(block.text, block.line)]
        for at, block in enumerate(blocks)
        if block.kind == "paragraph" and outside[at] and is_question_paragraph(block)
    }


def is_question_paragraph(block: Block) -> bool:
    """Whether a paragraph stands alone as a question: one line, up to three sentences."""
    return (
        ends_as_question(block.text)
        and len(block.text) <= MAX_QUESTION
        and len(_SENTENCE.findall(block.text)) < MAX_SENTENCES
        and not any(node.type == "hardbreak" for node in block.inline)
    )
