"""How an answer hangs together: which of its sentences can't be read, or mustn't be, without which others.

Worked out once an entry from its words and layout alone. A sentence may `lean` on the one before (a pronoun,
"dans ce cas", "ensuite"), `limit` what others say ("sauf", "uniquement", "sous réserve"), be
introduced by another (list items, the lines after "comme suit :"), or begin a part with a label of its
own ("Par chèque : …", "Pour les Masters, …").
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache

from app.core.french import fold, stems
from app.core.markdown import Block, plain_text, split_blocks, split_sentences
from app.core.units import Unit, answer_units, is_editorial_note

NOT_SEARCHED = -1
"""The place of what stands in no index (code), among the answer's units."""

LINKS_ONLY = re.compile(r"^(?:[^.!?]{0,60}?:\s*)?(?:<[^<>\s]+>|\[[^\]]*\]\([^)\s]+\))[\s.,;]*$")
YES_NO = re.compile(r"^(?:oui|non)\b")

_IMPERSONAL = (
    r"(?:n')?(?:ne )?(?:faut|faudra|y a|y aura|existe|suffit|convient|appartient|incombe|reste|peut y avoir|vaut mieux|"
    r"(?:est|sera|etait) (?:\w+ ){0,3}(?:de|d'|que|qu')|est (?:\w+ )?d'|s'agit)"
)
_LEANS = re.compile(
    rf"^(?:il (?!{_IMPERSONAL})|il s'agit|ils |elles? |c'|ca\b|"
    r"ce(?:t|tte|s|la|lui|lle|ux|lles|ci)?\b(?! (?:qui|que)\b)|"
    r"(?:sont|est|seront) |(?:son|sa|ses|leurs?) |ensuite|puis\b|"
    r"enfin|alors|sinon|a defaut|mais\b|or\b|et\b|ou\b|donc|ainsi|aussi\b|"
    r"toutefois|cependant|neanmoins|pourtant|en revanche|par contre|au contraire|inversement|par exception|"
    r"par consequent|de ce fait|des lors|pour (?:cela|ce faire)|a (?:cet effet|cette fin|ce titre)|"
    r"(?:dans|en) (?:ce|cet|ces|les autres|les deux|le premier|tous les|l'un) |dans l'attente|le cas echeant|"
    r"au-dela|en deca|de meme|s'y |y |en cas contraire|l'autre|les autres|les deux|l[ea] second|"
    r"une fois |apres (?:quoi|cela)|a l'issue|a l'expiration|a partir d[ue] (?:premier|deuxieme|troisieme|quatrieme))"
)
_LEANS_WITHIN = re.compile(
    r"\b(?:alors|ensuite|toutefois|cependant|neanmoins|donc|par consequent|ce dernier|cette derniere|ces dernier\w*|"
    r"(?:celui|celle|ceux|celles)-ci|ledit|ladite)\b"
)
_CONTRASTS = re.compile(
    r"\b(?:sinon|a defaut|mais|toutefois|cependant|neanmoins|en revanche|par contre|par exception|alors|"
    r"dans (?:ce|ces|les autres|tous les) cas|au-dela|faute de)\b"
)
_LIMITS = re.compile(
    r"\b(?:sauf|hors|hormis|excepte\w*|exceptions?|a l'exclusion|sous reserve|sous conditions?|a (?:la )?condition|"
    r"conditions?|a moins|uniquement|seulement|exclusivement|seule?s?|toutefois|cependant|neanmoins|"
    r"en revanche|par contre|sinon|a defaut|faute de|dans la limite|plafonds?|obligatoire\w*|imperati\w*|"
    r"indispensable\w*|interdi\w*|proscri\w*|exclu\w*|reservee?s?|aucune?|jamais|si vous|si votre|si vos|notez|"
    r"sous peine|exig\w*|au plus tard|concerne\w*|s'adresse\w*|destinee?s?|"
    r"doit|doivent|devez|devra|devront|devrez|rarement|generalement|au prealable)\b|d'office|faute d'"
)
_PRINCIPLE = re.compile(
    r"\b(?:en principe|en regle generale|sauf|uniquement|exclusivement|reservee?s?|ne|ni|aucune?)\b|\bn'"
)
_STRICT = re.compile(
    r"\b(?:sauf|hors|hormis|excepte\w*|exceptions?|sous reserve|a (?:la )?condition|a moins|uniquement|exclusivement|"
    r"seule?s?|reservee?s?|toutefois|cependant|sous peine|n'entre|ne constitue\w*)\b"
)
_NOTICE = re.compile(r"^\W*(?:attention|important|n\.? ?b\.?\b|nota|a noter|rappel|avertissement|remarque)\b")
_JOINS = re.compile(r"\b(?:egalement|aussi|en outre|de plus|par ailleurs|notamment|autres?|ensuite|enfin)\b")
_LABEL = re.compile(r"^(?P<label>[^.!?:<\[\n]{2,70}?)\s?:\s*(?P<rest>\S.*)$", re.DOTALL)
_PUBLIC = re.compile(r"^(?P<label>(?:pour|en cas d[e'u]|si|[aà]|aux?|en|chez|dans|par)\b[^,.:;]{2,60}),", re.IGNORECASE)
_DEAD_LINK = re.compile(r"\[([^\[\]]*)\]\(#?\)")
_SENTENCE_END = re.compile(r"[.!?…](?:\s|$)")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence or list item that visitors may be shown; `at` is its place among the answer's units.

    `leans`: can't be read without the one before. `contrasts`: turns against it. `limits`: restricts or obliges.
    `strict`: restricts what others say, wherever they stand. `notice`: "Attention", "Important". `joins`:
    adds to what was said, so it can't open an answer. `rules`: where it opens an answer, the rest hangs on it.
    """

    at: int
    block: int
    text: str
    folded: str
    stems: frozenset[str]
    leans: bool
    contrasts: bool
    limits: bool
    strict: bool
    notice: bool
    joins: bool
    rules: bool

    @property
    def length(self) -> int:
        """Characters that a reader sees."""
        return len(plain_text(self.text))


@dataclass(frozen=True, slots=True)
class Outline:
    """An answer's blocks and sentences, editorial notes left out, and what introduces what.

    `parents` holds, for each block, the block that introduces it or None; `labels`
    the stems of the label that a block begins with, empty where it has none.
    """

    blocks: tuple[Block, ...]
    sentences: tuple[Sentence, ...]
    parents: tuple[int | None, ...]
    labels: tuple[frozenset[str], ...]
    alone: tuple[bool, ...]
    """Blocks that can be read without what introduces them."""
    vocabulary: frozenset[str]
    """Stems of all sentences."""
    common: frozenset[str]
    """Stems of more than half of the sentences: sharing one ties nothing."""

    @property
    def length(self) -> int:
        """Characters that a reader of the whole answer sees."""
        return sum(sentence.length for sentence in self.sentences)

    def of_block(self, block: int) -> list[int]:
        """Places, among `sentences`, of a block's own."""
        return [at for at, sentence in enumerate(self.sentences) if sentence.block == block]

    def children(self, block: int) -> list[int]:
        """The blocks that a block introduces."""
        return [at for at, parent in enumerate(self.parents) if parent == block]

    def part(self, block: int) -> list[int]:
        """Places of all sentences of a block and of what it introduces."""
        return [*self.of_block(block), *(at for child in self.children(block) for at in self.part(child))]

    def root(self, block: int) -> int:
        """The block that a block hangs from in the end, itself when nothing introduces it."""
        while (parent := self.parents[block]) is not None:
            block = parent
        return block

    def opens_with_yes_or_no(self) -> bool:
        """The answer begins with "Oui" or "Non"."""
        return bool(self.sentences) and YES_NO.match(self.sentences[0].folded) is not None


@lru_cache(maxsize=10_000)
def outline(answer_md: str) -> Outline:
    """The outline of an answer."""
    blocks = tuple(split_blocks(answer_md))
    units = [(at, unit) for at, unit in enumerate(answer_units(answer_md)) if not is_editorial_note(unit.text)]
    units += [(NOT_SEARCHED, Unit(at, block.text)) for at, block in enumerate(blocks) if block.kind == "code"]
    units.sort(key=lambda pair: pair[1].block)
    sentences = tuple(_sentence(at, unit, blocks[unit.block]) for at, unit in units if _shows(unit.text))
    parents = _parents(blocks)
    labels = _labels(blocks, parents)
    alone = tuple(bool(labels[at]) and _says_enough(block) for at, block in enumerate(blocks))
    spread = Counter(stem for sentence in sentences for stem in sentence.stems)
    common = frozenset(stem for stem, count in spread.items() if count > len(sentences) / 2)
    blocks = tuple(map(_without_notes, blocks))
    return Outline(blocks, sentences, parents, labels, alone, frozenset(spread), common)


def _without_notes(block: Block) -> Block:
    """The block without editorial notes and dead links, its line breaks kept where it has none."""
    text = block.text
    sentences = split_sentences(text) if block.kind != "code" else []
    if any(map(is_editorial_note, sentences)):
        text = " ".join(sentence for sentence in sentences if not is_editorial_note(sentence))
    return replace(block, text=_DEAD_LINK.sub(r"\1", text))


def _shows(text: str) -> bool:
    return bool(plain_text(_DEAD_LINK.sub(r"\1", text)).strip())


def _sentence(at: int, unit: Unit, of: Block) -> Sentence:
    text = _DEAD_LINK.sub(r"\1", unit.text)
    plain = plain_text(text).strip()
    folded = fold(plain)
    leans = of.kind != "item" and bool(_LEANS.match(folded) or _LEANS_WITHIN.search(folded[:60]))
    return Sentence(
        at=at,
        block=unit.block,
        text=text,
        folded=fold(text),
        stems=frozenset(stems(plain)),
        leans=leans,
        contrasts=_CONTRASTS.search(folded[:60]) is not None,
        limits=_LIMITS.search(folded) is not None,
        strict=_STRICT.search(folded) is not None,
        notice=_NOTICE.match(folded) is not None,
        rules=_PRINCIPLE.search(folded) is not None,
        joins=_JOINS.search(folded) is not None,
    )


def _labels(blocks: tuple[Block, ...], parents: tuple[int | None, ...]) -> tuple[frozenset[str], ...]:
    """The labels of parts among which a reader chooses: one alone is but the way a sentence begins."""
    labels = [_label(block) for block in blocks]
    labelled = Counter(parent for parent, label in zip(parents, labels, strict=True) if label)
    return tuple(label if labelled[parent] > 1 else frozenset() for parent, label in zip(parents, labels, strict=True))


def _label(block: Block) -> frozenset[str]:
    """Stems of what a block begins with as its own title: "Par chèque :", "Pour les Masters,"."""
    plain = plain_text(block.text).strip()
    match = _LABEL.match(plain) or _PUBLIC.match(plain)
    if match is None or len(match["label"].split()) > 8:
        return frozenset()
    return frozenset(stems(match["label"]))


def _says_enough(block: Block) -> bool:
    """A labelled block with a clause of its own, not merely a value."""
    plain = plain_text(block.text).strip()
    match = _LABEL.match(plain)
    rest = match["rest"] if match else plain
    return len(rest.split()) >= 5


def _parents(blocks: tuple[Block, ...]) -> tuple[int | None, ...]:
    """For each block, the one that introduces it: lists by their marks, other lines by their likeness.

    A paragraph that ends with a colon introduces the next one, and those after it that continue it.
    """
    parents: list[int | None] = []
    series: list[int] = []  # first members of the enumerations that are open
    for at, block in enumerate(blocks):
        before = at - 1
        if block.kind == "item":
            parents.append(block.lead)
        elif at and LINKS_ONLY.match(block.text) and not _ends_open(blocks[before]):
            parents.append(_host(blocks, parents, before))
        elif at and _ends_open(blocks[before]) and blocks[before].kind != "item":
            parents.append(before)
            series.append(at)
        else:
            while series and not _continues(blocks[series[-1]], block):
                series.pop()
            parents.append(parents[series[-1]] if series else None)
    return tuple(parents)


def _host(blocks: tuple[Block, ...], parents: list[int | None], block: int) -> int:
    """What a lone link belongs to: the block before, or what introduces it when that is a list item."""
    while blocks[block].kind == "item" and (above := parents[block]) is not None:
        block = above
    return block


def _ends_open(block: Block) -> bool:
    return block.kind == "heading" or plain_text(block.text).rstrip().endswith(":")


def _continues(first: Block, block: Block) -> bool:
    """Whether a paragraph goes on with the enumeration that `first` began."""
    if block.kind != "paragraph":
        return False
    one, other = plain_text(first.text), plain_text(block.text)
    if re.split(r"[\s'’]", fold(one).strip())[0] == re.split(r"[\s'’]", fold(other).strip())[0]:
        return True
    sentence_like = [_SENTENCE_END.search(text) is not None for text in (one, other)]
    both_labelled = all(_LABEL.match(text.strip()) for text in (one, other))
    return sentence_like[0] == sentence_like[1] and (both_labelled or not sentence_like[0])
