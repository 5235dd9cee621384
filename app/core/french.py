"""French text as visitors type it: folding, words, elisions, stems, SMS.

`fold` removes accents and case; `words` splits on elisions and punctuation;
`stem` is Snowball's French stemmer (Porter, 2001) with acronyms left alone,
because it would turn "SMS" into "sm". `lexical_tokens` gives each word twice,
stemmed as written ("u:") and stemmed after folding ("f:"): stemming after
folding misses some inflections ("débuté"/"debute"), folding after stemming
misses missing accents, and the two together cover both. Places it names stand in it
as what they belong to ("p:", see app/core/places.py).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from threading import Lock

import snowballstemmer

from app.core.folding import APOSTROPHES as _APOSTROPHES
from app.core.folding import fold as fold
from app.core.places import place_terms

_stemmer = snowballstemmer.stemmer("french")
_stemming = Lock()
"""A stemmer keeps the word under way in itself: two threads at once would mix theirs, and the cache keep it."""

_ELISION = re.compile(r"^(?:[ldjmtsnc]|qu|jusqu|lorsqu|puisqu|quoiqu|presqu)'", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SPACES = re.compile(r"\s+")
MAX_WORD = 40
"""Longer runs of letters are no word: they are cut before stemming (cost grows with length)."""

# Function words, after folding. Question words are kept out of the list on purpose where
# they carry what is asked for (combien, quand, où): decide.py reads them.
STOPWORDS = frozenset(
    [
        "a",
        "ai",
        "aie",
        "aient",
        "ait",
        "alors",
        "apres",
        "as",
        "au",
        "aucun",
        "aura",
        "aurai",
        "aurait",
        "aux",
        "avais",
        "avait",
        "avec",
        "avez",
        "avoir",
        "avons",
        "ayant",
        "bonjour",
        "bonsoir",
        "c",
        "ca",
        "car",
        "ce",
        "cela",
        "celle",
        "celles",
        "celui",
        "ces",
        "cet",
        "cette",
        "ceux",
        "chez",
        "ci",
        "comme",
        "d",
        "dans",
        "de",
        "des",
        "donc",
        "du",
        "elle",
        "elles",
        "en",
        "encore",
        "entre",
        "es",
        "est",
        "et",
        "etais",
        "etait",
        "etant",
        "ete",
        "etes",
        "etre",
        "eu",
        "eux",
        "fais",
        "fait",
        "faire",
        "faites",
        "faut",
        "il",
        "ils",
        "j",
        "je",
        "l",
        "la",
        "le",
        "les",
        "leur",
        "leurs",
        "lui",
        "m",
        "ma",
        "mais",
        "me",
        "meme",
        "merci",
        "mes",
        "moi",
        "mon",
        "n",
        "ne",
        "ni",
        "nos",
        "notre",
        "nous",
        "on",
        "ont",
        "or",
        "ou",
        "par",
        "pas",
        "peu",
        "peut",
        "peux",
        "plus",
        "pour",
        "pouvez",
        "pouvoir",
        "puis",
        "puisque",
        "qu",
        "que",
        "quel",
        "quelle",
        "quelles",
        "quels",
        "qui",
        "quoi",
        "s",
        "sa",
        "sans",
        "se",
        "sera",
        "serai",
        "serait",
        "ses",
        "si",
        "sinon",
        "son",
        "sont",
        "sous",
        "suis",
        "sur",
        "svp",
        "t",
        "ta",
        "te",
        "tes",
        "toi",
        "ton",
        "tous",
        "tout",
        "toute",
        "toutes",
        "tres",
        "tu",
        "un",
        "une",
        "va",
        "vais",
        "veut",
        "veux",
        "voici",
        "voila",
        "voudrais",
        "voulez",
        "vos",
        "votre",
        "vous",
        "vu",
        "y",
    ]
)


def clean(text: str) -> str:
    """Text safe to store, encode and show: NFC, no control or direction characters,
    no lone surrogates, runs of white space folded to one space.
    """
    text = text.encode("utf-8", "replace").decode("utf-8")
    return _SPACES.sub(" ", _CONTROL.sub(" ", unicodedata.normalize("NFC", text))).strip()


def words(text: str) -> list[str]:
    """Words in order, elided articles and pronouns cut off ("l'ENF" gives "ENF")."""
    found: list[str] = []
    for match in _WORD.finditer(unicodedata.normalize("NFC", text).translate(_APOSTROPHES)):
        word = match.group()
        if "'" in word:
            found.extend(part for part in _ELISION.sub("", word).split("'") if part)
        else:
            found.append(word)
    return found


def is_acronym(word: str) -> bool:
    """Two to six characters, capitals or digits only, at least one capital: UE, L3, ECTS."""
    return 2 <= len(word) <= 6 and word.isupper() and word.isalnum()


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    with _stemming:
        return str(_stemmer.stemWord(word))


def stem(word: str) -> str:
    """Stem of a lower-cased French word; words with digits and acronyms stay whole."""
    word = word[:MAX_WORD]
    if is_acronym(word) or not word.isalpha():
        return word.lower()
    return _stem(word.lower())


def salient_words(text: str) -> list[str]:
    """Words that carry meaning: no function word, nothing of a single letter."""
    return [word for word in words(text) if _is_salient(word, fold(word))]


def _is_salient(word: str, folded: str) -> bool:
    return folded not in STOPWORDS and (len(word) > 1 or word.isdigit())


def stems(text: str) -> set[str]:
    """Folded stems of a text's salient words: what it speaks of, whatever the inflection."""
    return {stem(fold(word)) for word in salient_words(text)}


def lexical_tokens(text: str) -> list[str]:
    """Index terms of a text: every salient word stemmed as written and stemmed folded, and its places."""
    tokens: list[str] = []
    for word in words(text):
        tokens.extend(_terms(word) if len(word) <= MAX_WORD else _terms_of(word))
    return tokens + place_terms(text)


@lru_cache(maxsize=256)
def terms_of_question(text: str) -> tuple[str, ...]:
    """`lexical_tokens` of a text that several steps read."""
    return tuple(lexical_tokens(text))


def _terms_of(word: str) -> tuple[str, ...]:
    """The two terms of a word as it stands in a text; none of a function word."""
    folded = fold(word)
    if not _is_salient(word, folded):
        return ()
    # An acronym typed in capitals must still meet the same acronym typed in small letters.
    return "u:" + stem(word), "f:" + (folded if is_acronym(word) else stem(folded))


_terms = lru_cache(maxsize=50_000)(_terms_of)
"""Most words of a FAQ are a few thousand: indexing a large one takes a third of the time."""


def slug(text: str, *, limit: int = 60) -> str:
    """Folded letters and digits joined by hyphens, cut at a word; the base of an entry id."""
    parts: list[str] = []
    length = 0
    for piece in re.findall(r"[a-z0-9]+", fold(text)):
        if parts and length + len(piece) > limit:
            break
        parts.append(piece[:limit])
        length += len(piece) + 1
    return "-".join(parts) or "entree"
