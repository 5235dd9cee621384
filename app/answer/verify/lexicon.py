"""What the verifier knows of French: near-synonyms, antonyms, markers and words that claim nothing.

Tables beside this module, written for this project: `synonyms.tsv` (forms that may replace each other
in an administrative text), `antonyms.tsv` (a word, then forms that mean its negation), `markers.tsv` (a
class, then the forms that put a claim into it: duty, permission, restriction, condition, time…),
`light.tsv` (forms that add no claim: "figurer", "procédure", "également"), `soft.tsv` (verbs that a claim
may use for the source's own), `agents.tsv` (persons and bodies) and `words.tsv` (words of grammar).
A form may hold several words; in `markers.tsv` a star stands for any ending.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from app.answer.verify.tables import rows_of, word_set
from app.core.folding import fold
from app.core.french import stem

_PART = re.compile(r"[^\W_]+'?")
_REGULAR = (
    ("er", ["e", "es", "ent", "ez", "ons", "a", "ant", "ait", "aient", "era", "erez", "eront", "erait", "ee", "ees"]),
    ("ir", ["it", "is", "issent", "issez", "issant", "issons", "i", "ie", "ies", "ira", "irez", "iront", "issait"]),
    ("re", ["", *["s", "ent", "ez", "ons", "ant", "ra", "rez", "ront", "u", "ue", "us", "ues"]]),
)
NOUNS = word_set("nouns")
"""Forms of verbs that are nouns more often."""
ALWAYS_NOUNS = word_set("always_nouns")
_ENDINGS = re.compile(
    r"(?:isation|ification|ation|ition|ution|tion|sion|ement|ment|ance|ence|anc|enc|ateur|atric|eur|euse|ant|ent|"
    r"abilit|ibilit|abil|ibil|abl|ibl|iqu|air|ier|iel|el|al|aux|if|iv|age|ag|ure|ur|ite|it|is|iss|at|er|e|u|i|t|r)$"
)
SHORTEST_STEM = 4
"""Letters that a stem must keep when a trailing e or s is cut off."""
SHORTEST_OPEN = 4
"""Letters that a form with a star begins with; by them it is looked up."""
ROOT = 5
"""Letters that a word must keep when its ending is cut off to find its family."""


@dataclass(frozen=True, slots=True)
class Form:
    """One or more words of a table, and what they stand for."""

    parts: tuple[str, ...]
    name: str

    @property
    def length(self) -> int:
        """Words of the form."""
        return len(self.parts)


class Table:
    """Forms by their first word; the longest that fits wins."""

    def __init__(self, forms: Iterable[Form]) -> None:
        self._by_first: dict[str, list[Form]] = defaultdict(list)
        self._open: dict[str, list[Form]] = defaultdict(list)
        for form in forms:
            if form.parts[0].endswith("*"):
                self._open[form.parts[0][:SHORTEST_OPEN]].append(form)
            else:
                self._by_first[form.parts[0]].append(form)

    def at(self, words: list[str], position: int) -> list[Form]:
        """Forms that begin at this position."""
        candidates = self._by_first.get(words[position], [])
        found = [form for form in candidates if _fits(form.parts, words, position)]
        candidates = self._open.get(words[position][:SHORTEST_OPEN], [])
        return found + [form for form in candidates if _fits(form.parts, words, position)]


def _fits(parts: tuple[str, ...], words: list[str], position: int) -> bool:
    if position + len(parts) > len(words):
        return False
    for part, word in zip(parts, words[position : position + len(parts)], strict=True):
        if part != word and not (part.endswith("*") and word.startswith(part[:-1])):
            return False
    return True


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The four tables, ready to look up."""

    markers: Table
    antonyms: Mapping[str, str]
    synonyms: Table
    groups: Mapping[str, tuple[str, ...]]
    light: frozenset[str]
    soft: frozenset[str]
    inflected: frozenset[str]


@cache
def lexicon() -> Lexicon:
    """The tables, read once."""
    several: list[Form] = []
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for name, form in rows_of("synonyms.tsv"):
        stems = tuple(stemmed(part) for part in parts_of(form))
        if len(stems) > 1:
            several.append(Form(stems, f"~{name}"))
        else:
            groups[stems[0]].append(f"~{name}")
    return Lexicon(
        markers=Table(Form(tuple(_starred(form)), name) for name, form in rows_of("markers.tsv")),
        antonyms={
            stemmed(fold(form)): stemmed(fold(base)) for base, form in rows_of("antonyms.tsv") if " " not in form
        },
        synonyms=Table(several),
        groups={key: tuple(dict.fromkeys(names)) for key, names in groups.items()},
        light=_forms("light.tsv") - NOUNS,
        soft=_forms("soft.tsv") - NOUNS,
        inflected=_forms("soft.tsv"),
    )


def _forms(name: str) -> frozenset[str]:
    """The folded words of a table, its verbs in their regular forms."""
    found: set[str] = set()
    for _, form in rows_of(name):
        for part in parts_of(form):
            found.add(part)
            found.update(conjugated(part))
    return frozenset(found)


def conjugated(infinitive: str) -> Iterator[str]:
    """The regular folded forms of a verb; nothing for other words."""
    for ending, forms in _REGULAR:
        if infinitive.endswith(ending) and len(infinitive) > len(ending) + 1:
            base = infinitive[: -len(ending)]
            yield from (base + form for form in forms)
            return


@cache
def verbs() -> tuple[str, ...]:
    """Infinitives that the tables name, folded."""
    found = [fold(form) for name in ("soft.tsv", "light.tsv", "synonyms.tsv") for _, form in rows_of(name)]
    return tuple(form for form in found if re.fullmatch(r"[a-z]{3,}(?:er|ir|re)", form))


@cache
def irregular_forms() -> frozenset[str]:
    """Finite forms of irregular verbs that `synonyms.tsv` lists by verb."""
    endings = (
        "ient",
        "iennent",
        "oit",
        "oivent",
        "met",
        "mettent",
        "end",
        "ennent",
        "it",
        "ivent",
        "ez",
        "ons",
        "rent",
    )
    rows = [(name, fold(form)) for name, form in rows_of("synonyms.tsv") if " " not in form]
    sure = ("oit", "oivent", "ient", "iennent", "issent", "ettent", "ennent")
    found = {form for name, form in rows if form.endswith(endings if name.startswith("v_") else sure)}
    return frozenset(found - {"droit", "endroit"})


@cache
def agents() -> frozenset[str]:
    """Persons and bodies that do things or have them done: folded nouns, plural and feminine."""
    nouns = [part for _, form in rows_of("agents.tsv") for part in parts_of(form)]
    return frozenset(noun + ending for noun in nouns for ending in ("", "s", "e", "es", "x"))


@cache
def agent_groups() -> frozenset[str]:
    """Groups of synonyms.tsv that name persons or bodies: a person's stem may be an activity's too."""
    counts: defaultdict[str, int] = defaultdict(int)
    for name, form in rows_of("synonyms.tsv"):
        counts[f"~{name}"] += fold(form) in agents()
    return frozenset(name for name, count in counts.items() if count > 1)


@cache
def bodies() -> frozenset[str]:
    """Institutions and their parts: the folded nouns of agents.tsv that aren't persons."""
    return frozenset(part for name, form in rows_of("agents.tsv") if name == "organismes" for part in parts_of(form))


def parts_of(form: str) -> list[str]:
    """The folded words of a form, elided ones cut off: "mise à jour" gives mise, a, jour."""
    return [part for part in _PART.findall(fold(form)) if not part.endswith("'")]


def _starred(form: str) -> list[str]:
    return [part for part in re.findall(r"[^\W_]+\*?", fold(form)) if part not in {"d", "l", "n"} or form == part]


@lru_cache(maxsize=50_000)
def stemmed(word: str) -> str:
    """Snowball's stem of a folded word, with what it leaves of feminine and plural cut off.

    Snowball cuts "ée" off and leaves "ee": accents are folded first here, so that a missing one costs nothing.
    """
    root = stem(word)
    cut = root.rstrip("es")
    return cut if len(cut) >= SHORTEST_STEM and not word.isdigit() else root


@lru_cache(maxsize=50_000)
def keys_of(word: str) -> frozenset[str]:
    """What a folded word stands for: its stem, its family, its groups of near-synonyms."""
    root = stemmed(word)
    tables = lexicon()
    keys = {root, *tables.groups.get(root, ())}
    family = family_of(root)
    if family:
        keys.add(f"^{family}")
    if root in tables.antonyms:
        base = tables.antonyms[root]
        keys |= {base, *tables.groups.get(base, ())}
    return frozenset(keys)


@lru_cache(maxsize=50_000)
def family_of(root: str) -> str:
    """A stem without its derivational endings; "" when too little is left to tell families apart."""
    cut = _ENDINGS.sub("", root)
    while len(cut) >= ROOT and cut != root:
        root, cut = cut, _ENDINGS.sub("", cut)
    return root if len(root) >= ROOT else ""


def is_flip(word: str) -> bool:
    """Whether a folded word means the negation of another: "impossible", "facultatif"."""
    return stemmed(word) in lexicon().antonyms
