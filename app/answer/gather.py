"""Gathering what an answer needs: the sentences near a question, and those that they can't be read without.

Each rule only ever adds sentences, but for one: a part whose label the question names passes over its sister parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.answer.outline import LINKS_ONLY, YES_NO, Outline
from app.core.markdown import plain_text
from app.core.wanted import Wanted

MARGIN = 0.05
"""How far below the best a sentence is still taken for an answer, in cosine."""
BARE, BRIEF = 6, 80
"""A "Oui." of fewer characters says nothing without the next sentence; up to BRIEF, a cosine tells little of one."""


@dataclass(frozen=True, slots=True)
class Nearness:
    """How a question bears on each sentence: bare cosines, and scores that count words and kinds as well.

    `novel` are the question's stems that the entry's own question doesn't have; `stands_out` says that one
    sentence is far nearer than all others.
    """

    wanted: Wanted
    novel: frozenset[str]
    cosines: Sequence[float]
    scores: Sequence[float]
    stands_out: bool


def labelled(lines: Outline, novel: frozenset[str]) -> set[int]:
    """The blocks whose label says what the question says and other labels don't."""
    labels = {at: label for at, label in enumerate(lines.labels) if label}
    telling = {stem for stem in novel if sum(stem in label for label in labels.values()) == 1}
    return {at for at, label in labels.items() if label & telling}


def _near(places: Sequence[int], scores: Sequence[float], margin: float) -> list[int]:
    """The places whose score is within a margin of the best one's."""
    best = max((scores[at] for at in places), default=0.0)
    return [at for at in places if scores[at] >= best - margin]


class Gathering:
    """Sentences chosen for a question, growing until none needs another."""

    def __init__(self, lines: Outline, near: Nearness) -> None:
        self._lines = lines
        self._near = near
        self._kept: set[int] = set()
        self._named = labelled(lines, near.novel)

    def places(self) -> list[int]:
        """The places of all that is kept, in reading order."""
        core = self._core()
        self._take(core)
        self._keep_all(at for block in self._named for at in self._lines.part(block))
        self._take(at for at in range(len(self._lines.sentences)) if self._limits_from_afar(at, core))
        self._with_opening()
        self._with_all_that_is_named()
        self._with_what_turns_against_a_part()
        return sorted(self._kept)

    def _core(self) -> list[int]:
        """The sentences that answer: near the best one, and under no label that the question passes over."""
        sentences = self._lines.sentences
        passed = {at for block in self._named for at in self._siblings(block)} - self._named
        open_to = [at for at in range(len(sentences)) if not self._announces(at)]
        if not open_to:
            return list(range(len(sentences)))
        floor = max(self._near.scores[at] for at in open_to) - MARGIN
        open_to = [at for at in open_to if sentences[at].block not in passed or self._near.scores[at] >= floor]
        carriers = [at for at in open_to if self._near.wanted.carried_by(sentences[at].folded)]
        near = {*_near(open_to, self._near.cosines, MARGIN), *_near(open_to, self._near.scores, MARGIN)}
        # The best amount for "combien", the best date for "quand", even where other words are nearer.
        return sorted(near.union(_near(carriers, self._near.scores, MARGIN / 3)))

    def _announces(self, at: int) -> bool:
        """Whether a sentence only says that a list or parts follow; the whole of them is for broad questions."""
        block = self._lines.sentences[at].block
        opens = self._lines.of_block(block)[-1] == at and bool(self._lines.children(block))
        return opens and plain_text(self._lines.sentences[at].text).rstrip().endswith(":") and self._is_mere_heading(at)

    def _siblings(self, block: int) -> list[int]:
        """Labelled blocks introduced by the same one, at the same level; only those that say something alone."""
        parent = self._lines.parents[block]
        return [
            at
            for at, label in enumerate(self._lines.labels)
            if label and self._lines.alone[at] and self._lines.parents[at] == parent and at != block
        ]

    def _take(self, places: Iterable[int]) -> None:
        """Keep sentences for what they say: with what they announce and what limits them."""
        for at in places:
            self._keep(at)
            self._with_what_it_introduces(at)
            self._with_what_limits_it(at)

    def _keep_all(self, places: Iterable[int]) -> None:
        for at in places:
            self._keep(at)

    def _keep(self, at: int) -> None:
        """Keep a sentence with those before it that it can't be read without."""
        if at in self._kept:
            return
        self._kept.add(at)
        sentence = self._lines.sentences[at]
        if sentence.leans and at and not self._leans_on_a_list_shown(at):
            self._keep(at - 1)
        self._with_introduction(sentence.block)
        self._with_links(sentence.block)

    def _leans_on_a_part_shown(self, at: int) -> bool:
        """Whether a sentence begins a paragraph after a part of which something is kept."""
        sentences, root = self._lines.sentences, self._lines.root
        if not at or root(sentences[at].block) == (before := root(sentences[at - 1].block)):
            return False
        return any(root(sentences[of].block) == before for of in self._kept)

    def _leans_on_a_list_shown(self, at: int) -> bool:
        before = self._lines.root(self._lines.sentences[at - 1].block)
        return bool(self._lines.children(before)) and self._leans_on_a_part_shown(at)

    def _with_introduction(self, block: int) -> None:
        parent = self._lines.parents[block]
        if parent is None or LINKS_ONLY.match(self._lines.blocks[block].text):
            return
        for introduction in self._lines.of_block(parent)[-1:]:
            if not (self._lines.alone[block] and self._is_mere_heading(introduction)):
                self._keep(introduction)
        self._with_its_list(block, parent)

    def _is_mere_heading(self, at: int) -> bool:
        sentence = self._lines.sentences[at]
        return not (sentence.limits or sentence.leans or YES_NO.match(sentence.folded))

    def _with_its_list(self, block: int, parent: int) -> None:
        """A list stays whole and a step keeps those before it; alternatives with labels stand for themselves."""
        if self._lines.alone[block]:
            return
        numbered = self._lines.blocks[block].mark[:1].isdigit()
        members = [at for at in self._lines.children(parent) if at <= block or not numbered]
        self._keep_all(at for member in members for at in self._lines.part(member))

    def _with_links(self, block: int) -> None:
        """The lone links that belong to a block, or to what introduces it."""
        for host in (block, self._lines.parents[block]):
            for child in self._lines.children(host) if host is not None else ():
                if LINKS_ONLY.match(self._lines.blocks[child].text):
                    self._kept.update(self._lines.of_block(child))

    def _with_what_it_introduces(self, at: int) -> None:
        block = self._lines.sentences[at].block
        if self._lines.of_block(block)[-1] == at:
            self._keep_all(place for child in self._lines.children(block) for place in self._lines.part(child))

    def _with_what_limits_it(self, at: int) -> None:
        """The sentences right after a chosen one that restrict it or say what it obliges to."""
        sentences = self._lines.sentences
        for place in range(at + 1, len(sentences)):
            follower = sentences[place]
            said = sentences[at].stems | sentences[place - 1].stems
            tied = follower.limits and (follower.stems & said) - self._lines.common
            further = place > at + 1 and not (follower.limits or follower.contrasts)
            if follower.block != sentences[at].block or not (follower.leans or tied) or further:
                break
            self._keep(place)
            self._with_what_it_introduces(place)

    def _limits_from_afar(self, at: int, core: Sequence[int]) -> bool:
        """Warnings to all readers, and restrictions elsewhere in the answer on what is said or asked."""
        sentence = self._lines.sentences[at]
        if sentence.notice or not sentence.strict:
            return sentence.notice
        return any(len((sentence.stems & self._lines.sentences[of].stems) - self._lines.common) > 1 for of in core)

    def _with_opening(self) -> None:
        """The yes, the no or the rule that opens the answer, to a question that asks for one.

        A bare "Oui." comes with the sentence that it opens.
        """
        if self._named:
            return
        first, yes_no = self._lines.sentences[0], self._lines.opens_with_yes_or_no()
        opening = [0, 1] if yes_no and first.length < BARE and len(self._lines.sentences) > 1 else [0]
        near = max(self._near.scores[at] for at in opening) >= max(self._near.scores) - 2 * MARGIN
        brief = BARE <= first.length < BRIEF
        rule = (near or brief) if yes_no else first.rules and not self._near.stands_out
        if (yes_no and self._kept.intersection(opening)) or (self._near.wanted.yes_no and rule):
            self._keep(0)
            self._take(opening[-1:])

    def _with_all_that_is_named(self) -> None:
        """For each word of the question that the answer has, a sentence with it: none is passed over in silence."""
        sentences = self._lines.sentences
        for stem in sorted(self._near.novel & self._lines.vocabulary):
            places = [at for at, said in enumerate(sentences) if stem in said.stems and not self._announces(at)]
            if places and not self._kept.intersection(places):
                self._take([max(places, key=self._near.scores.__getitem__)])

    def _with_what_turns_against_a_part(self) -> None:
        """A paragraph that begins with "Toutefois…" or the like limits the one before, list and all."""
        for at, turn in enumerate(self._lines.sentences):
            turns = turn.leans and (turn.contrasts or turn.limits)
            if turns and self._leans_on_a_part_shown(at):
                self._take([at])
