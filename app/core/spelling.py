"""What a visitor meant by a misspelt word: missing accents, sounds, slips of the finger, SMS.

A word is left alone when French or the FAQ knows it, when it is an acronym, a name
within a sentence, or short. Otherwise, in this order: SMS forms; the same letters
with their accents; a missing apostrophe; a word that sounds the same or lies one or
two slips away (optimal string alignment distance; Damerau, 1964), commoner words first.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

from app.core.folding import fold
from app.core.texting import SMS, UNTOUCHED, spelled_out

READING = 2
"""Raised whenever a message would be read as something else than before: wordings embedded as they were read then are
embedded anew."""
_WORD = re.compile(r"[^\W\d_]+")
_ELIDED = re.compile(r"^(qu|[ldjmtsn](?=[aeiouyh])|c(?=e))(.{3,})$")
_GLUED = re.compile(r"^j((?=.*[aeiouy])[bcdfgklmnpqrstvxz].{2,})$")
_ADDRESS = re.compile(r"(\S*(?:@|://|www\.|\.(?:fr|com|org|net|eu|html)\b)\S*)", re.IGNORECASE)
_VOWEL = re.compile(r"[aeiouy]")
SPOKEN = 35
"""Frequency from which a word may be a verb that "j" is glued to."""
STUB, CUT = 5, 3
"""Letters that a word cut short has left at least, and has lost."""
SHORTEST = 4
"""Letters: a shorter word is too near too many others."""
TWO_SLIPS = 8
"""Letters from which a word may be two slips away."""
COMMONER = 10
"""Tenths of a Zipf point by which the accented form must be commoner to replace a known one."""
SLIP = 15
"""Tenths of a Zipf point that one slip costs a candidate; half as many when both sound the same."""
ELISION = 10
"""Tenths of a Zipf point that a missing apostrophe costs."""
COMMON = 25
"""Frequency from which a word may be meant by a misspelt one; rarer ones are only known."""
RARE, FAR_COMMONER = 30, 20
"""Below this frequency a known word may still be a slip, for a word that many points commoner, slips counted."""
SURE = 18
"""Tenths of a Zipf point that a candidate must have left; below, the word stays as it is."""
KNOWN = 70
"""Frequency given to the FAQ's own words: that of the language's commonest."""
MEANT = 50_000
"""Words of a FAQ that a misspelt one may be meant for, those given first; all are known. With 250,000 a
question took ten times as long."""
SHOUTED = 0.8
"""Share of capitals from which a message is shouted and its capitals say nothing."""
REMEMBERED = 8_192
"""Words whose meaning is worked out once: a FAQ of thousands of wordings is read anew whenever it changes."""

# How French sounds, on folded letters; the first that fits wins. 1, 2 and 3 are its nasal vowels.
_SOUNDS = (
    ("ph", "f"), ("th", "t"), ("rh", "r"), ("sch|ch|sh", "x"), ("eau|au", "o"), ("qu|q|ck", "k"), ("c(?=[eiy])", "s"),
    ("c", "k"), ("gu", "g"), ("g(?=[eiy])", "j"), ("t(?=ion|ie)", "s"), ("ain|ein|in|im", "1"), ("en|em|an|am", "2"),
    ("on|om", "3"), ("ai|ei|oe", "e"), ("y", "i"), ("h", ""), ("z", "s"), ("w", "v"),
)  # fmt: skip
_SOUNDING = re.compile("|".join(f"({written})" for written, _ in _SOUNDS))
_DOUBLED = re.compile(r"(.)\1+")
_SILENT = re.compile(r"(?:e?nt|e[rzst]*|[stdpx]+)$")
_SHORTEST_KEY = 3


@dataclass(frozen=True, slots=True)
class Mend:
    """A word as typed and as it was understood."""

    typed: str
    meant: str


def sound(folded: str) -> str:
    """A key that folded words pronounced alike share, roughly: "inscripsion", "inscription"."""
    key = _SOUNDING.sub(lambda match: _SOUNDS[(match.lastindex or 1) - 1][1], _DOUBLED.sub(r"\1", folded))
    return _SILENT.sub("", _DOUBLED.sub(r"\1", key))


class Lexicon:
    """Words in small letters with their frequency, in tenths of a Zipf point (log10 per thousand million words)."""

    def __init__(self, frequencies: Mapping[str, int], meant: int | None = None) -> None:
        """Only the first `meant` words may be meant by a misspelt one; all of them when None."""
        self.frequencies = frequencies
        self._meant = meant

    @cached_property
    def _accented(self) -> dict[str, str]:
        """The commonest accented word of each folded form; of plain words nothing is kept twice."""
        found: dict[str, str] = {}
        for word, frequency in self.frequencies.items():
            if not word.isascii():
                folded = fold(word)
                if folded not in found or frequency > self.frequencies[found[folded]]:
                    found[folded] = word
        return found

    @cached_property
    def _common(self) -> tuple[str, ...]:
        """Folded forms common enough to be meant by a misspelt word."""
        words = list(islice(self.frequencies, self._meant))
        plain = (word for word in words if word.isascii())
        forms = dict.fromkeys([*plain, *(fold(word) for word in words if not word.isascii())])
        return tuple(folded for folded in forms if len(folded) >= SHORTEST and self._frequency_of(folded) >= COMMON)

    @cached_property
    def _near(self) -> dict[tuple[str, int], list[str]]:
        """Common folded forms by first letter and length."""
        found: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
        for folded in self._common:
            found[folded[0], len(folded)].append(folded)
        return found

    @cached_property
    def _sounding(self) -> dict[str, list[str]]:
        """Common folded forms by sound."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for folded in self._common:
            if len(key := sound(folded)) >= _SHORTEST_KEY:
                found[key].append(folded)
        return found

    def _frequency_of(self, folded: str) -> int:
        word = self.commonest(folded)
        return self.frequencies[word] if word is not None else 0

    def commonest(self, folded: str) -> str | None:
        """The commonest word with these letters, whatever its accents."""
        accented = self._accented.get(folded)
        plain = self.frequencies.get(folded)
        if plain is None or (accented is not None and self.frequencies[accented] > plain):
            return accented
        return folded

    def beginning(self, folded: str) -> str | None:
        """The first word that begins so and is longer by CUT letters at least."""
        forms = self._ordered
        for form, word in islice(forms, bisect_left(forms, (folded,)), None):
            if not form.startswith(folded):
                return None
            if len(form) >= len(folded) + CUT:
                return word
        return None

    @cached_property
    def _ordered(self) -> list[tuple[str, str]]:
        """Folded forms and their words, in alphabetical order."""
        return sorted((fold(word), word) for word in self.frequencies)

    def near(self, folded: str) -> dict[str, float]:
        """Words that `folded` may be meant for, with their frequency less what the slips cost."""
        found: dict[str, float] = {}
        for other in self._sounding.get(sound(folded), ()):
            found[other] = SLIP / 2 * OSA.distance(folded, other)
        most = 2 if len(folded) >= TWO_SLIPS else 1
        for length in range(len(folded) - most, len(folded) + most + 1):
            others = self._near.get((folded[0], length), ())
            matches = process.extract(folded, others, scorer=OSA.distance, score_cutoff=most, limit=None)
            for other, slips, _ in matches:
                found.setdefault(other, float(SLIP * slips))
        words = ((self.commonest(other), cost) for other, cost in found.items())
        return {word: self.frequencies[word] - cost for word, cost in words if word is not None}


class Speller:
    """Mends questions by lexicons, the most telling first."""

    def __init__(self, lexicons: Sequence[Lexicon]) -> None:
        self._lexicons = tuple(lexicons)
        self._meant = lru_cache(maxsize=REMEMBERED)(self._make_out)

    @classmethod
    def read(cls, path: Path) -> Speller:
        """From lines of a word, a tab and its Zipf frequency in tenths."""
        rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
        return cls([Lexicon({word: int(tenths) for word, tenths in rows})])

    def knowing(self, words: Iterable[str]) -> Speller:
        """The same with a FAQ's own words, which are never mended and come first; the commonest first if many."""
        return Speller([Lexicon({word.lower(): KNOWN for word in words}, MEANT), *self._lexicons])

    def mend(self, text: str) -> tuple[str, tuple[Mend, ...]]:
        """The text with what could be mended, and the words that were."""
        letters = [c for c in text if c.isalpha()]
        shouted = len(letters) > 8 and sum(c.isupper() for c in letters) > SHOUTED * len(letters)
        addresses = [match.span() for match in _ADDRESS.finditer(text)]
        mends: list[Mend] = []

        def replace(match: re.Match[str]) -> str:
            word = match.group()
            if any(start <= match.start() < end for start, end in addresses):
                return word
            lower = word.lower()
            if shouted:
                meant = self._meant(lower)
                # What French doesn't know may be an acronym: it keeps its capitals.
                written = meant or (lower if self._frequency(lower) is not None else word)
            elif word == lower:
                meant = written = self._meant(lower) or word
            elif word[1:] == lower[1:] and not text[: match.start()].strip():
                meant = self._meant(lower)
                written = meant[0].upper() + meant[1:] if meant else word
            else:
                return word
            if written.lower() != lower:
                mends.append(Mend(word, written))
            return written

        parts = _ADDRESS.split(_WORD.sub(replace, text))
        for at in range(0, len(parts), 2):  # addresses stand between
            parts[at], changes = spelled_out(parts[at])
            mends.extend(Mend(typed, meant) for typed, meant in changes)
        return "".join(parts), tuple(mends)

    def _frequency(self, word: str) -> int | None:
        """How common a word is; None when no lexicon has it."""
        return next((f for lexicon in self._lexicons if (f := lexicon.frequencies.get(word)) is not None), None)

    def _make_out(self, word: str) -> str | None:
        """What a word in small letters stands for; None when that is itself, or nobody knows."""
        folded = fold(word)
        if folded in SMS:
            return SMS[folded]
        if folded in UNTOUCHED:
            return None
        frequency = self._frequency(word)
        if (frequency is None or frequency < RARE) and (glued := self._glued(folded)):
            return glued
        if len(word) < SHORTEST:
            return None
        if frequency is not None and word != folded:
            return self._apostrophised(folded, frequency) if frequency < RARE else None
        for lexicon in self._lexicons:
            likely = lexicon.commonest(folded)
            if likely is not None and likely != word:
                return likely if frequency is None or self._in_french(likely) >= frequency + COMMONER else None
        if not _VOWEL.search(folded):
            # An acronym, which may be a slip of one of the FAQ's and nobody else's.
            return self._nearest(folded, SURE, among=self._lexicons[:-1])
        if (frequency is None or frequency < RARE) and (whole := self._cut_short(folded)):
            return whole
        if frequency is None:
            return self._nearest(folded, SURE)
        # A rare word a slip away from a far commoner one is that word misspelt: "coment".
        # The FAQ's own words count as French has them here: "cnav" is no slip of its "Cnam".
        return self._nearest(folded, frequency + FAR_COMMONER, self._lexicons[-1:]) if frequency < RARE else None

    def _in_french(self, word: str) -> int:
        """How common a word is by the last lexicon, that of the language; 0 when it hasn't it."""
        return self._lexicons[-1].frequencies.get(word, 0)

    def _glued(self, folded: str) -> str | None:
        """What a pronoun and its verb written as one stand for: "jviens", "jcomprend"."""
        match = _GLUED.match(folded)
        if not match:
            return None
        verb = match[1]
        if verb in SMS:
            return f"je {SMS[verb]}"
        for known in (verb, self._commonest(verb)):
            if known is not None and (self._frequency(known) or 0) >= SPOKEN:
                return f"je {known}"
        meant = self._nearest(verb, SURE) if len(verb) >= SHORTEST else None
        return f"je {meant}" if meant else None

    def _cut_short(self, folded: str) -> str | None:
        """The word of the FAQ that begins so: "altern", "certif"."""
        own = self._lexicons[:-1]
        if len(folded) < STUB or any(lexicon.near(folded) for lexicon in own):
            return None
        return next((word for lexicon in own if (word := lexicon.beginning(folded))), None)

    def _nearest(self, folded: str, least: float, among: Sequence[Lexicon] | None = None) -> str | None:
        """The likeliest of the words that `folded` may be meant for, if it has `least` points left."""
        found = self._near(folded, self._lexicons if among is None else among) | self._elided(folded)
        best = max(found, key=lambda word: (found[word], word), default=None)
        return best if best is not None and found[best] >= least else None

    def _apostrophised(self, folded: str, frequency: int) -> str | None:
        """A rare word that wants an apostrophe: "lannée"."""
        match = _ELIDED.match(folded)
        rest = self._commonest(match[2]) if match else None
        if not match or rest is None or self._in_french(rest) - ELISION < frequency + FAR_COMMONER:
            return None
        return f"{match[1]}'{rest}"

    def _elided(self, folded: str) -> dict[str, float]:
        """What it may be meant for if it wants an apostrophe."""
        if not (match := _ELIDED.match(folded)):
            return {}
        rest = self._commonest(match[2])
        after = {rest: float(self._frequency(rest) or 0)} if rest else self._near(match[2], self._lexicons)
        return {f"{match[1]}'{word}": score - ELISION for word, score in after.items()}

    @staticmethod
    def _near(folded: str, lexicons: Sequence[Lexicon]) -> dict[str, float]:
        found: dict[str, float] = {}
        for lexicon in lexicons:
            for word, score in lexicon.near(folded).items():
                found[word] = max(score, found.get(word, score))
        return found

    def _commonest(self, folded: str) -> str | None:
        return next((word for lexicon in self._lexicons if (word := lexicon.commonest(folded))), None)
