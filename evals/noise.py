"""French as visitors type it: the same question without accents, mistyped, in SMS, in key words.

Every function takes its chance from the caller's generator: same seed, same text.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Mapping

from app.core.french import STOPWORDS, fold

Noise = Callable[[str, random.Random], str]

ROWS = ("azertyuiop", "qsdfghjklm", "wxcvbn")
BY_SOUND = (
    ("eau", "o"), ("au", "o"), ("ph", "f"), ("qu", "k"), ("ss", "s"), ("tt", "t"), ("nn", "n"), ("mm", "m"),
    ("ll", "l"), ("ff", "f"), ("ai", "é"), ("é", "er"), ("er", "é"), ("ez", "er"), ("è", "é"), ("ê", "e"),
    ("en", "an"), ("an", "en"), ("tion", "sion"), ("ç", "ss"), ("ç", "c"), ("y", "i"), ("h", ""), ("œ", "e"),
    ("c'est", "ces"), ("s'est", "c'est"), (" à ", " a "), (" a ", " à "), (" et ", " est "), ("'", " "),
)  # fmt: skip
SMS = (
    ("est-ce que", "esk"), ("est-ce qu'", "esk "), ("qu'est-ce que", "c koi"), ("qu'est-ce qu'", "c koi "),
    ("s'il vous plaît", "svp"), ("rendez-vous", "rdv"), ("parce que", "pcq"), ("aujourd'hui", "ajd"),
    ("c'est", "c"), ("j'ai", "g"), ("je suis", "jsuis"), ("je ne", "jne"), ("quels", "kel"),
    ("quelles", "kel"),
    ("quelle", "kel"), ("quel", "kel"), ("pourquoi", "pk"), ("quoi", "koi"), ("qui", "ki"), ("que", "ke"),
    ("comment", "cmt"), ("combien", "cb"), ("quand", "qd"), ("pour", "pr"), ("dans", "ds"), ("avec", "avc"),
    ("vous", "vs"), ("nous", "ns"), ("tout", "tt"), ("tous", "ts"), ("toujours", "tjrs"), ("beaucoup", "bcp"),
    ("même", "mm"), ("mais", "mé"), ("les", "lé"), ("des", "dé"), ("mes", "mé"), ("plus", "+"),
    ("bonjour", "bjr"),
    ("salut", "slt"), ("problème", "pb"), ("message", "msg"), ("cela", "sa"), ("ça", "sa"), ("peux", "pe"),
    ("peut", "pe"), ("faut", "fo"), ("fait", "fé"), ("être", "etre"), ("après", "apré"), ("mon", "mn"),
)  # fmt: skip
OPENINGS = (
    "Bonjour, ", "bonjour ", "Bonsoir, ", "Bonjour, je voudrais savoir : ", "Bonjour, j'ai une question : ",
    "salut, ", "Excusez-moi de vous déranger, ", "Bonjour madame, monsieur, ", "svp ", "Petite question : ",
    "je me permets de vous écrire car je me demande ", "Bonjour, je n'ai pas trouvé sur le site : ",
)  # fmt: skip
CLOSINGS = (
    " merci", ", merci d'avance", " svp", " s'il vous plaît", " Merci beaucoup !", " ?? merci",
    " Cordialement", " merci de votre réponse", " bonne journée", "",
)  # fmt: skip
GREETINGS = ("Bonjour.", "Bonjour !", "Bonsoir,", "Madame, Monsieur,", "Salut !", "Bonjour à tous,", "Hello,")
ASIDES = (
    "Il pleut depuis ce matin.", "Je vous écris du train.", "Désolé pour les fautes, je suis sur mon téléphone.",
    "J'ai longtemps hésité avant de vous écrire.", "Mon fils vient de fêter ses 12 ans.",
    "Je suis en vacances cette semaine.", "C'est ma sœur qui m'a parlé de vous.", "Je découvre votre site.",
    "J'espère que vous allez bien.", "Excusez-moi si la question est bête.",
)  # fmt: skip


def no_accents(text: str, _: random.Random) -> str:
    """Without accents, apostrophes kept."""
    decomposed = unicodedata.normalize("NFD", text.replace("œ", "oe").replace("Œ", "OE"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def lower(text: str, chance: random.Random) -> str:
    """In small letters, often without its signs."""
    text = text.lower()
    return re.sub(r"\s*[?!.,;:]", "", text) if chance.random() < 0.5 else text


def upper(text: str, chance: random.Random) -> str:
    """In capitals, as often without accents as with."""
    return (no_accents(text, chance) if chance.random() < 0.5 else text).upper()


def slip(word: str, chance: random.Random) -> str:
    """One letter of `word` wrong: swapped, lost, doubled, or its neighbour on an AZERTY keyboard."""
    if len(word) < 4:
        return word
    at = chance.randrange(1, len(word) - 1)
    kind = chance.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word[:at] + word[at] + word[at:]
    return word[:at] + neighbour(word[at], chance) + word[at + 1 :]


def neighbour(letter: str, chance: random.Random) -> str:
    """A letter beside `letter` on the keyboard; itself when it is on none of the rows."""
    for row in ROWS:
        at = row.find(letter.lower())
        if at >= 0:
            return chance.choice(row[max(0, at - 1) : at] + row[at + 1 : at + 2])
    return letter


def typos(text: str, chance: random.Random, share: float = 0.2) -> str:
    """One word in five mistyped, at least one of the long ones."""
    words = text.split(" ")
    long = [i for i, word in enumerate(words) if len(word) > 4]
    sure = chance.choice(long) if long else -1
    return " ".join(
        slip(word, chance) if i == sure or chance.random() < share else word for i, word in enumerate(words)
    )


def doubled_letters(text: str, chance: random.Random) -> str:
    """A letter typed twice in one to three words."""
    return _in_some_words(text, chance, lambda word, at: word[:at] + word[at] + word[at:])


def dropped_letters(text: str, chance: random.Random) -> str:
    """A letter left out in one to three words."""
    return _in_some_words(text, chance, lambda word, at: word[:at] + word[at + 1 :])


def _in_some_words(text: str, chance: random.Random, change: Callable[[str, int], str]) -> str:
    words = text.split(" ")
    long = [i for i, word in enumerate(words) if len(word) > 3]
    for i in chance.sample(long, min(len(long), chance.randint(1, 3))):
        words[i] = change(words[i], chance.randrange(1, len(words[i]) - 1))
    return " ".join(words)


def by_sound(text: str, chance: random.Random) -> str:
    """Spelt as it sounds in two to four places."""
    found = [(heard, written) for heard, written in BY_SOUND if heard in text]
    for heard, written in chance.sample(found, min(len(found), chance.randint(2, 4))):
        text = text.replace(heard, written, 1)
    return text


def sms(text: str, chance: random.Random) -> str:
    """Shortened as in a text message, four abbreviations in five taken."""
    text = text.lower().replace("’", "'")
    for long, short in SMS:
        if chance.random() < 0.8:
            text = re.sub(rf"(?<!\w){re.escape(long)}(?!\w)", short, text)
    return no_accents(re.sub(r"\s*[?!.,;]", "", text), chance)


def key_words(text: str, chance: random.Random) -> str:
    """The words that carry the question, a few of them left out."""
    words = [word for word in re.findall(r"[\w'-]+", text) if fold(word) not in STOPWORDS]
    kept = [word for word in words if chance.random() < 0.85] or words
    return " ".join(kept).lower() or text


def politeness(text: str, chance: random.Random) -> str:
    """A greeting before, thanks after."""
    return chance.choice(OPENINGS) + text[:1].lower() + text[1:] + chance.choice(CLOSINGS)


def no_punctuation(text: str, _: random.Random) -> str:
    """Without a sign; apostrophes and hyphens become spaces."""
    return " ".join(re.sub(r"[^\w\s@€%]", " ", text).split()) or text


def greeting(text: str, chance: random.Random) -> str:
    """A greeting before, as a sentence of its own."""
    return f"{chance.choice(GREETINGS)} {text}"


def aside(text: str, chance: random.Random) -> str:
    """A sentence that has nothing to do with the question, before it or after."""
    sentence = chance.choice(ASIDES)
    return f"{sentence} {text}" if chance.random() < 0.5 else f"{text} {sentence}"


def clean(text: str, _: random.Random) -> str:
    """As it is."""
    return text


KINDS: Mapping[str, Noise] = {
    "no_accents": no_accents,
    "typos": typos,
    "by_sound": by_sound,
    "sms": sms,
}
"""The kinds that cost an encoder most, by the name that reports give them."""

WEIGHTED: tuple[tuple[Noise, float], ...] = (
    (clean, 0.28), (no_accents, 0.08), (lower, 0.12), (upper, 0.04), (typos, 0.12), (by_sound, 0.08),
    (sms, 0.12), (key_words, 0.08), (politeness, 0.08),
)  # fmt: skip


def as_visitors_write(text: str, chance: random.Random) -> str:
    """`text` with one kind of noise, sometimes with a second: what training sees of a question."""
    kinds, weights = zip(*WEIGHTED, strict=True)
    noisy: str = chance.choices(kinds, weights)[0](text, chance)
    if chance.random() < 0.2:
        noisy = chance.choice((no_accents, lower, typos))(noisy, chance)
    return noisy or text
