"""An entry as the verifier reads it: its sentences with what introduces them, read once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from app.answer.verify.clauses import Clause, clauses_of
from app.answer.verify.orders import speaks_to_a_model
from app.answer.verify.tables import word_set
from app.answer.verify.tokens import Token
from app.core.folding import fold
from app.core.markdown import links, plain_text, split_blocks, split_sentences
from app.core.types import Entry
from app.core.units import Unit, answer_units, is_editorial_note

Keys = frozenset[str]
_LINE_END = re.compile(r"(?<=\w|\)) {2,}(?=\w)")
"""Where lines of a paragraph were joined: each said something by itself."""
_AFTER_AN_HOUR = re.compile(r"(?<=\d\sh\.)\s+(?=[A-ZÀÉÈÊ])")
_LABEL = re.compile(r"^\s*([^:.;!?]{3,40}?|[^:;!?]{3,90}?\))\s?:\s*\S")
_ANAPHORS = word_set("anaphors")


@dataclass(frozen=True, slots=True)
class SourceUnit:
    """A sentence or list item of an answer. `context` are the keys of what introduces it."""

    text: str
    clauses: tuple[Clause, ...]
    keys: Keys
    context: Keys
    markers: frozenset[str]
    lead: str = ""
    before: tuple[Clause, ...] = ()
    """The clauses of the sentence before."""
    markdown: str = ""
    """The sentence as the entry has it; "" for several items together."""
    label: Keys = frozenset()
    """Keys of what stands before a colon at the head of its paragraph: "Par chèque : …"."""

    @property
    def held(self) -> Keys:
        """All that a clause leaning on this unit may name."""
        return self.keys | self.context


@dataclass(frozen=True, slots=True)
class SourceText:
    """An entry's units, and what all of it is about."""

    entry: Entry
    units: tuple[SourceUnit, ...]
    topic: Keys
    folded: str
    opening: str
    """ "oui", "non" or "": how the answer begins."""
    keys: Keys = frozenset()
    """All keys of the answer and its question."""
    words: tuple[Token, ...] = ()
    """The words of the answer that say something, each once."""


@lru_cache(maxsize=2000)
def source_of(entry: Entry) -> SourceText:
    """The entry read; notes to editors and orders to a model are no source."""
    question = clauses_of(entry.question)
    topic = frozenset().union(*(_topical(clause) for clause in question))
    blocks = split_blocks(entry.answer_md)
    units: list[SourceUnit] = []
    before: tuple[int, Keys] = (-1, frozenset())
    labels = _labels([plain_text(block.text) for block in blocks])
    sentences = list(_sentences(answer_units(entry.answer_md)))
    texts = [plain_text(unit.text).strip() for unit in sentences]
    sentence_labels = dict(zip(texts, _labels(texts), strict=True))
    for unit in sentences:
        if is_editorial_note(unit.text) or speaks_to_a_model(unit.text):
            continue
        text = _with_addresses(unit.text)
        clauses = clauses_of(text)
        keys, markers = keys_in(clauses), frozenset().union(*(clause.markers for clause in clauses))
        context: Keys = frozenset()
        lead = blocks[unit.block].lead
        introduced = plain_text(blocks[lead].text) if lead is not None else ""
        while lead is not None:
            context |= keys_in(clauses_of(plain_text(_introducing(blocks[lead].text))))
            lead = blocks[lead].lead
        if before[0] >= 0 and (len(_words(text)) < 3 or _is_address(text) or units[-1].text.rstrip().endswith(":")):
            context |= units[-1].keys
            introduced = introduced or units[-1].text
        if units and _leans(clauses):
            context |= frozenset(key for key in units[-1].keys if not key.startswith("#"))
        last = units[-1].clauses if units else ()
        label = labels[unit.block] or sentence_labels.get(plain_text(unit.text).strip(), frozenset())
        units.append(SourceUnit(text, clauses, keys, context, markers, introduced, last, unit.text, label))
        before = (unit.block, keys)
    units += _lists(units)
    plain = fold(plain_text(entry.answer_md)).lstrip()
    opening = next(
        (word for word in ("oui", "non") if plain.startswith(word) and not plain[len(word) :][:1].isalpha()), ""
    )
    folded = " ".join(fold(f"{entry.question}\n{plain_text(entry.answer_md)}").split())
    keys = frozenset[str]().union(topic, *(unit.held for unit in units))
    return SourceText(entry, tuple(units), topic, folded, opening, keys, _words_of(units))


def _words_of(units: list[SourceUnit]) -> tuple[Token, ...]:
    tokens = (token for unit in units for clause in unit.clauses for token in clause.tokens)
    return tuple({token.folded: token for token in tokens if token.kind == "content" and token.keys}.values())


def _sentences(units: Iterable[Unit]) -> Iterator[Unit]:
    """The units, cut also after an hour: "de 9 h à 19 h. Le reste de l’année"."""
    for unit in units:
        for text in _AFTER_AN_HOUR.split(unit.text):
            yield replace(unit, text=text)


def _labels(blocks: Sequence[str]) -> list[Keys]:
    """The keys of each paragraph's label that no other label has; one alone tells nothing apart."""
    found = [_LABEL.match(block) for block in blocks]
    keys = [keys_in(clauses_of(match[1])) if match else frozenset[str]() for match in found]
    return [
        own - frozenset().union(*(other for at, other in enumerate(keys) if at != here))
        for here, own in enumerate(keys)
    ]


def _introducing(text: str) -> str:
    """The sentence of a paragraph that introduces the list after it: its last."""
    return (split_sentences(text) or [text])[-1]


def _lists(units: list[SourceUnit]) -> list[SourceUnit]:
    """The items that one sentence introduces, together: a claim may enumerate them."""
    together = []
    for lead in dict.fromkeys(unit.lead for unit in units if unit.lead):
        items = [unit for unit in units if unit.lead == lead]
        if len(items) > 1:
            clauses = tuple(
                replace(clause, opened_by=";") if not at else clause
                for unit in items
                for at, clause in enumerate(unit.clauses)
            )
            keys, markers = keys_in(clauses), frozenset().union(*(unit.markers for unit in items))
            text = " ".join(unit.text for unit in items)
            together.append(
                SourceUnit(text, clauses, keys, frozenset().union(*(u.context for u in items)), markers, lead)
            )
    return together


def _leans(clauses: tuple[Clause, ...]) -> bool:
    """Whether a sentence speaks of what the one before named: "Il peut…", "Cette demande…"."""
    return any(token.folded in _ANAPHORS for clause in clauses for token in clause.tokens[:3])


def keys_in(clauses: tuple[Clause, ...]) -> Keys:
    """All keys of some clauses, those of the words in expressions included: "demandeur d’emploi" holds "emploi"."""
    tokens = [token for clause in clauses for token in clause.tokens]
    return frozenset().union(*(part.keys for token in tokens for part in (token, *token.parts)))


def _topical(clause: Clause) -> Keys:
    """What a question is about; names and figures must be found where they are claimed."""
    return frozenset().union(*(token.keys for token in clause.content if not token.named and token.kind == "content"))


def _with_addresses(markdown: str) -> str:
    """Plain text with the addresses that its labels hide."""
    text = _LINE_END.sub(" ; ", plain_text(markdown))
    hidden = [url for url in links(markdown) if url not in text]
    return " ".join([text, *hidden])


def _is_address(text: str) -> bool:
    return "://" in text or "@" in text


def _words(text: str) -> list[str]:
    return text.split()
