"""Corruptions that can be made by rule from a FAQ's own sentences; same seed, same sentences.

Each takes a source sentence and makes one thing wrong, or gives None where it can't.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from app.core.markdown import plain_text
from app.core.types import Entry
from app.core.units import answer_units, is_editorial_note
from evals.grounding.rows import Label, Row, Split

SEED = 5
SHORTEST, LONGEST = 40, 240
"""Characters of a sentence worth corrupting."""
_NUMBER = re.compile(r"(?<![\w/.-])\d{1,4}(?![\w/.-])")
_MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
_DAYS = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
_UNITS = (("jours", "semaines"), ("semaines", "mois"), ("mois", "ans"), ("heures", "jours"), ("euros", "centimes"),
          ("minutes", "heures"), ("semestre", "trimestre"), ("année", "semaine"), ("%", "euros"))  # fmt: skip
_NEGATED = re.compile(r"\b(?:ne |n['’])(\S+) (?:pas|plus|jamais) ")
_DENYING = re.compile(r"\bne\b|\bn['’]|\brien\b|\baucun", re.IGNORECASE)
_AFFIRMED = re.compile(r" (est|sont|peut|peuvent|doit|doivent|sera|permet) (?!pas\b)")
_MODALS = (("doit", "peut"), ("doivent", "peuvent"), ("devez", "pouvez"), ("peut", "doit"), ("peuvent", "doivent"),
           ("obligatoire", "facultatif"), ("obligatoires", "facultatives"), ("gratuit", "payant"))  # fmt: skip
_CONDITION = re.compile(
    r",? (?:sous réserve|sauf|hors (?!de )|à condition|uniquement|seulement|dans la limite|sur présentation|sur "
    r"rendez-vous|en cas d|au plus tard|avant l|avant le|au moins|pendant (?:quatre|trois|deux|un))"
    r"[^,.;:()]*(?=[,.;:)])"
)
_SWAPS = (("avant", "après"), ("après", "avant"), ("avec", "sans"), ("sans", "avec"), ("au moins", "au plus"),
          ("au plus", "au moins"), ("minimum", "maximum"), ("maximum", "minimum"))  # fmt: skip

Corrupt = Callable[[str, random.Random], str | None]


def number(sentence: str, chance: random.Random) -> str | None:
    """Another figure in place of one."""
    found = list(_NUMBER.finditer(sentence))
    if not found:
        return None
    match = chance.choice(found)
    value = int(match[0])
    other = value + chance.choice([1, 2, 5, 10]) if value < 100 else value + chance.choice([-50, 50, 100])
    return sentence[: match.start()] + str(other) + sentence[match.end() :]


def date(sentence: str, chance: random.Random) -> str | None:
    """Another month or day of the week."""
    for names in (_MONTHS, _DAYS):
        found = [name for name in names if re.search(rf"\b{name}\b", sentence)]
        if found:
            old = chance.choice(found)
            new = chance.choice([name for name in names if name not in found])
            return re.sub(rf"\b{old}\b", new, sentence, count=1)
    return None


def negation(sentence: str, chance: random.Random) -> str | None:
    """A negation dropped, or one put in."""
    del chance
    if match := _NEGATED.search(sentence):
        return sentence[: match.start()] + match[1] + " " + sentence[match.end() :]
    if _DENYING.search(sentence):
        return None
    if match := _AFFIRMED.search(sentence):
        before = "n’" if match[1].startswith("e") else "ne "
        return f"{sentence[: match.start()]} {before}{match[1]} pas {sentence[match.end() :]}"
    return None


def condition(sentence: str, chance: random.Random) -> str | None:
    """A condition or limit left out."""
    found = list(_CONDITION.finditer(sentence))
    if not found:
        return None
    match = chance.choice(found)
    return sentence[: match.start()] + sentence[match.end() :]


def _replacing(pairs: Sequence[tuple[str, str]]) -> Corrupt:
    def swap(sentence: str, chance: random.Random) -> str | None:
        if pairs is _MODALS and _DENYING.search(sentence):
            return None
        fitting = [(old, new) for old, new in pairs if re.search(rf"(?<!\w){re.escape(old)}(?!\w)", sentence)]
        if not fitting:
            return None
        old, new = chance.choice(fitting)
        return re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", new, sentence, count=1)

    return swap


KINDS: Mapping[str, Corrupt] = {
    "number": number,
    "date": date,
    "unit": _replacing(_UNITS),
    "negation": negation,
    "modality": _replacing(_MODALS),
    "condition": condition,
    "swap": _replacing(_SWAPS),
}


def mechanical_rows(entries: Mapping[str, Entry], splits: Mapping[str, Split]) -> Iterator[Row]:
    """For each entry that a split holds: its sentences as they are, corrupted by rule, and another entry's sentence."""
    chance = random.Random(SEED)  # noqa: S311 (reproducible, no secret)
    by_faq: dict[str, list[str]] = {}
    for name in splits:
        by_faq.setdefault(name.split("/")[0] if "/" in name else "", []).append(name)
    for name, split in sorted(splits.items()):
        entry = entries[name]
        for sentence in _sentences(entry):
            yield _made(name, entry, sentence, "faithful", "copy", split)
            for kind, corrupt in KINDS.items():
                made = corrupt(sentence, chance)
                if made and made != sentence:
                    yield _made(name, entry, made, "corrupt", kind, split)
        others = [other for other in by_faq[name.split("/")[0] if "/" in name else ""] if other != name]
        foreign = [s for other in others for s in _sentences(entries[other]) if s not in _sentences(entry)]
        if foreign:
            yield _made(name, entry, chance.choice(foreign), "corrupt", "other", split)


def _sentences(entry: Entry) -> list[str]:
    texts = [
        plain_text(unit.text).strip() for unit in answer_units(entry.answer_md) if not is_editorial_note(unit.text)
    ]
    return [text for text in texts if SHORTEST <= len(text) <= LONGEST and text.endswith(".")]


def _made(name: str, entry: Entry, sentence: str, label: Label, kind: str, split: Split) -> Row:
    return Row("", "mechanical", name, entry.question, sentence, label, kind, split)
