"""Which sentences of an entry answer one question: those near it, and all they can't be read without.

Near is the cosine that the search already worked out, helped by the words shared with the question and
by the kind of thing asked for. Whatever changes the meaning of a chosen sentence comes along
(app/answer/outline.py). Where nothing stands out, or little would be left out, the entry is given whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.answer.gather import Gathering, Nearness, labelled
from app.answer.outline import Outline, outline
from app.core.french import stems
from app.core.types import Entry, Hit
from app.core.wanted import Wanted, wanted

WHOLE = 350
"""Answers of up to this many characters are never cut."""
WORDS = 0.10
"""What sharing all that the answer has of the question's words adds to a cosine."""
KIND = 0.04
"""What carrying the kind of thing asked for adds to a cosine."""
CLEAR = 0.08
"""By how much, in cosine, one sentence must lead for a question of a broad form to be about it alone."""
ALIKE, LEFT_APART = 4, 2
"""Two stems of at least so many letters, one beginning with the other and at most so much longer, are one word's."""
NEARLY_ALL = 0.85
"""Share of the characters from which on the rest is shown too."""


@dataclass(frozen=True, slots=True)
class Focus:
    """Places of the sentences to show, in reading order, and how near each sentence of the answer is."""

    kept: tuple[int, ...]
    scores: tuple[float, ...]
    whole: bool


def focus(hit: Hit, asked: str) -> Focus:
    """What of a found entry to show for a question; all of it when no question is given."""
    lines = outline(hit.entry.answer_md)
    everything = tuple(range(len(lines.sentences)))
    cosines = tuple(_cosine(hit.unit_scores, sentence.at) for sentence in lines.sentences)
    if not asked or _must_stay_whole(lines, hit):
        return Focus(everything, cosines, True)
    question = _Question(asked, hit.entry, lines)
    scores = _scores(lines, cosines, question)
    if _is_broad(lines, hit, question, cosines):
        return Focus(everything, scores, True)
    near = Nearness(question.wanted, question.novel, cosines, scores, stands_out=_stands_out(hit, cosines))
    kept = Gathering(lines, near).places()
    if sum(lines.sentences[at].length for at in kept) >= NEARLY_ALL * lines.length:
        return Focus(everything, scores, True)
    return Focus(tuple(kept), scores, False)


class _Question:
    """A question's stems, and those that the entry's own question doesn't have, as the answer writes them."""

    def __init__(self, asked: str, entry: Entry, lines: Outline) -> None:
        own = frozenset(stems(asked))
        new = own - _as_in(own, _question_stems(entry.question))
        self.wanted: Wanted = wanted(asked)
        self.stems = _as_in(lines.vocabulary, own)
        self.novel = _as_in(lines.vocabulary, new)


def _as_in(vocabulary: frozenset[str], own: frozenset[str]) -> frozenset[str]:
    """`own` and what the vocabulary has of it where the stemmer left a word's forms apart ("mast", "master")."""
    by_head: dict[str, list[str]] = {}
    for stem in own:
        if len(stem) >= ALIKE:
            by_head.setdefault(stem[:ALIKE], []).append(stem)
    alike = (
        word
        for word in vocabulary
        for stem in by_head.get(word[:ALIKE], ())
        if abs(len(word) - len(stem)) <= LEFT_APART and (word.startswith(stem) or stem.startswith(word))
    )
    return own.union(alike)


@lru_cache(maxsize=10_000)
def _question_stems(question: str) -> frozenset[str]:
    return frozenset(stems(question))


def _must_stay_whole(lines: Outline, hit: Hit) -> bool:
    known = any(score > -1 for score in hit.unit_scores)
    return not known or lines.length <= WHOLE or any(block.kind == "code" for block in lines.blocks)


def _cosine(scores: Sequence[float], at: int) -> float:
    return scores[at] if 0 <= at < len(scores) else -1.0


def _scores(lines: Outline, cosines: Sequence[float], question: _Question) -> tuple[float, ...]:
    """Cosines helped by shared words, the rarer in the answer the more, and by the kind of thing asked for."""
    words = [_words(lines, at) & question.stems for at in range(len(cosines))]
    spread = {stem: sum(stem in found for found in words) for stem in question.stems}
    attainable = sum(1 / count for count in spread.values() if count)
    carried = [question.wanted.carried_by(sentence.folded) for sentence in lines.sentences]
    telling = 0 < sum(carried) <= len(carried) / 2
    return tuple(
        cosine
        + (WORDS * sum(1 / spread[stem] for stem in found) / attainable if attainable else 0.0)
        + (KIND if carries and telling else 0.0)
        for cosine, found, carries in zip(cosines, words, carried, strict=True)
    )


def _words(lines: Outline, at: int) -> frozenset[str]:
    """A sentence's stems with those of the label that it stands under."""
    sentence = lines.sentences[at]
    return sentence.stems | lines.labels[sentence.block]


def _is_broad(lines: Outline, hit: Hit, question: _Question, cosines: Sequence[float]) -> bool:
    """Whether the question asks for the entry as a whole rather than for a part of it."""
    if not question.novel:
        return True
    if labelled(lines, question.novel):
        return False
    if question.wanted.stated:
        return True
    if question.wanted.broad:
        return not _stands_out(hit, cosines)
    few = len(lines.sentences) / 2
    named = any(0 < sum(stem in s.stems for s in lines.sentences) <= few for stem in question.novel)
    carried = sum(question.wanted.carried_by(sentence.folded) for sentence in lines.sentences)
    return not named and not 0 < carried <= few and not _stands_out(hit, cosines)


def _stands_out(hit: Hit, cosines: Sequence[float]) -> bool:
    """Whether one sentence is far nearer than the others, and the entry as a whole isn't nearer still."""
    second, best = sorted((-1.0, *cosines))[-2:]
    return hit.passage.kind in ("sentence", "variant") and best - second >= CLEAR
