"""The language of a message, and the line that tells its writer how the answer comes.

The assistant reads and answers French. A visitor who writes in another language still gets
what the FAQ holds, after one line in their own language. Everything doubtful is French: names,
course titles ("Master in Management") and single words must not flip a French question.
Languages are told by script where the script is enough, else by function words.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.answer import phrases
from app.core.french import STOPWORDS, fold, words
from app.core.types import Outcome

FRENCH = "fr"
UNKNOWN = "und"
"""BCP 47's code for a language that could not be told."""


def _set(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_PHRASEBOOK = Path(__file__).with_name("phrasebook.json")

_FRENCH_WORDS = STOPWORDS | _set(
    "comment combien quand pourquoi dois doit doivent peuvent sait savoir aller vers depuis pendant avant toujours "
    "jamais aussi autre autres ici rien oui non jusqu lorsque parce afin ainsi dont soit veulent an ans bu ben mi "
    "chaque quelque quelques chose faudrait devrais pourrais aimerais souhaite cherche inscrire"
)
_ELIDED = re.compile(r"\b(?:j|qu|n|jusqu|lorsqu)['’]\w", re.IGNORECASE)
_QUOTED = re.compile(r"«[^»]*»|“[^”]*”|\"[^\"]*\"")
"""A title or a phrase that is spoken of; the language is that of the words around it."""

_SPANISH_SIGNS = "¿¡"

_SCRIPTS = {
    "ARABIC": "ar",
    "CJK": "zh",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "CYRILLIC": "cyrillic",
    "GREEK": "el",
    "HEBREW": "he",
    "ARMENIAN": "hy",
    "GEORGIAN": "ka",
    "DEVANAGARI": "hi",
    "BENGALI": "bn",
    "TAMIL": "ta",
    "THAI": "th",
    "ETHIOPIC": "am",
    "KHMER": "km",
}
"""First word of a letter's Unicode name to the language most written with it."""

_SYLLABIC = frozenset(["zh", "ja", "ko"])
"""One of these letters says as much as two or three of an alphabet."""

_PERSIAN = frozenset("پچژگکی")
_CYRILLIC = {"uk": frozenset("іїєґ"), "ru": frozenset("ыэё"), "sr": frozenset("ђјљњћџ")}


@dataclass(frozen=True, slots=True)
class Language:
    """What the phrasebook holds of a language."""

    code: str
    lines: Mapping[str, str]
    courtesies: tuple[tuple[str, re.Pattern[str]], ...]
    """A French phrase, and the whole messages that it answers."""
    strong: frozenset[str]
    """Words of which a sentence has one: pronouns, verbs, question words."""
    known: frozenset[str]
    """Strong words and the weaker ones that a title may be made of."""


def language_of(message: str) -> str:
    """Language code of `message`: "fr" for French and all that is doubtful."""
    if code := _by_script(message):
        return code
    if greeted := _greeting(message):
        return greeted[0]
    return _by_words(message)


def greeting_phrase(message: str) -> str | None:
    """The French phrase that answers a greeting, thanks or goodbye in another language."""
    greeted = _greeting(message)
    return greeted[1] if greeted else None


def opening_line(language: str, outcome: Outcome, contact: str) -> str:
    """The line that precedes a French answer; "" for French and languages not in the phrasebook."""
    known = _phrasebook().get(language)
    if known is None:
        return ""
    tail = {"answered": "answered", "clarification": "choose", "abstained": "not_found"}.get(outcome)
    said = [known.lines["intro"]]
    if tail:
        said.append(known.lines[tail].format(contact=contact))
    return ("" if language in _SYLLABIC else " ").join(said)


@lru_cache(maxsize=1)
def _phrasebook() -> dict[str, Language]:
    book: dict[str, dict[str, str | list[str]]] = json.loads(_PHRASEBOOK.read_text(encoding="utf-8"))
    return {code: _language(code, page) for code, page in book.items()}


@lru_cache(maxsize=1)
def _telling_words() -> frozenset[str]:
    """Words of which a sentence in some other language has one."""
    return frozenset().union(*(language.strong for language in _phrasebook().values())) - _FRENCH_WORDS


def _language(code: str, page: Mapping[str, str | list[str]]) -> Language:
    strong = _forms(str(page["strong"]))
    answers = (("goodbyes", phrases.GOODBYE), ("thanks", phrases.THANKS), ("greetings", phrases.GREETING))
    every = [said for name in ("goodbyes", "thanks", "greetings", "fillers") for said in page[name]]
    return Language(
        code,
        {name: str(page[name]) for name in ("intro", "answered", "choose", "not_found")},
        tuple((phrase, _whole(page[name], every)) for name, phrase in answers),
        strong,
        strong | _forms(str(page["weak"])),
    )


def _forms(listed: str) -> frozenset[str]:
    """Words as they are written, and as those without the right keyboard write them."""
    written = listed.split()
    return frozenset(written) | {fold(word).replace("ı", "i").replace("ł", "l") for word in written}


def _plain(message: str) -> str:
    return " ".join(words(fold(message)))


def _whole(said: str | list[str], every: list[str]) -> re.Pattern[str]:
    """Messages made of courtesies of `every`, at least one of them of `said`."""
    one, others = (
        "|".join(re.escape(_plain(each)) for each in sorted(listed, key=len, reverse=True)) for listed in (said, every)
    )
    end = r"(?: |$|(?<=[\u3000-\u9fff]))"  # Chinese puts no spaces between words
    return re.compile(rf"(?:(?:{others}){end})*?(?:{one}){end}(?:(?:{others}){end})*")


@lru_cache(maxsize=1024)
def _greeting(message: str) -> tuple[str, str] | None:
    """Language and French phrase when the whole message is courtesy in another language."""
    plain = _plain(message[:200])
    if not plain or len(plain) > 60:
        return None
    for language in _phrasebook().values():
        for phrase, whole in language.courtesies:
            if whole.fullmatch(plain):
                return language.code, phrase
    return None


class _Scripts(dict[str, str]):
    """The script of a letter as its Unicode name begins; worked out once a letter."""

    def __missing__(self, letter: str) -> str:
        script = unicodedata.name(letter, "").split(" ")[0].split("-")[0]
        if letter < "\u2100":
            self[letter] = script
        return script


_SCRIPT_OF = _Scripts()


def _by_script(message: str) -> str | None:
    """The language when most letters aren't Latin, else None."""
    if message.isascii():
        return None
    counts: dict[str, int] = {}
    for letter in message:
        if letter.isalpha():
            script = _SCRIPT_OF[letter]
            counts[script] = counts.get(script, 0) + 1
    latin = counts.pop("LATIN", 0)
    if not counts:
        return None
    found: dict[str, int] = {}
    for script, count in counts.items():
        code = _SCRIPTS.get(script, UNKNOWN)
        found[code] = found.get(code, 0) + count * (2 if code in _SYLLABIC else 1)
    if sum(found.values()) <= latin:
        return None
    code = "ja" if "ja" in found else max(found, key=lambda each: found[each])
    if code == "cyrillic":
        return _cyrillic(message.lower())
    if code == "ar" and sum(letter in _PERSIAN for letter in message) > len(message) // 20:
        return "fa"
    return code


def _cyrillic(message: str) -> str:
    """Ukrainian, Russian or Serbian by the letters that only they have, else by words."""
    letters = frozenset(message)
    own = [code for code, only in _CYRILLIC.items() if letters & only]
    if len(own) == 1:
        return own[0]
    if greeted := _greeting(message):
        return greeted[0]
    said = set(words(message))
    votes = {code: len(said & _phrasebook()[code].known) for code in ("uk", "ru")}
    if votes["uk"] == votes["ru"]:
        return UNKNOWN
    return max(votes, key=lambda code: votes[code])


def _by_words(message: str) -> str:
    """The language whose function words the message is made of; French unless that is plain."""
    message = _QUOTED.sub(" ", message)
    said = [word.lower() for word in words(message)]
    if len(said) < 2 or _telling_words().isdisjoint(said):
        return FRENCH
    french = [word for word in said if len(word) > 1 and fold(word) in _FRENCH_WORDS]
    elided = len(_ELIDED.findall(message))
    best, ranking = FRENCH, (0, 0)
    for language in _phrasebook().values():
        own = {word for word in said if word in language.known and word not in _FRENCH_WORDS}
        evidence = len(own) + (2 if language.code == "es" and any(sign in message for sign in _SPANISH_SIGNS) else 0)
        against = elided + sum(word not in language.known for word in french)
        if not own & language.strong or evidence < max(2, 2 + 2 * against) or evidence * 5 < len(said):
            continue
        shared = sum(word in language.known for word in said)
        if (evidence, shared) > ranking:
            best, ranking = language.code, (evidence, shared)
    return best
