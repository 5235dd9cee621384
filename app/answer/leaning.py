"""What in a message's words says that it leans on what was said before: a link, a pronoun, few words of its own."""

from __future__ import annotations

import re

from app.core.french import fold, salient_words

FEW = 2
"""Up to this many salient words a message without a verb may be the rest of a question."""
MANY = 5
"""Above this many, what a pronoun stands for is in the message itself."""

LONG = 6
"""Salient words from which on a message is long."""

_COURTESY = re.compile(
    r"(?:(?:bonjour|bonsoir|ok(?:ay)?|d'accord|merci(?: beaucoup)?|parfait|super|tres bien|ah|oh|euh|oui|non)\b"
    r"[ ,.!;]*)+"
)
_NEW_TOPIC = re.compile(
    r"(?:et )?(?:sinon|par ailleurs|au fait|au passage|rien a voir|"
    r"(?:j'ai )?(?:une )?(?:toute )?autre (?:question|chose)|changement de sujet|je change de sujet)\b"
)
_LINK = re.compile(r"(?:et|mais|donc|alors|du coup|dans ce cas|meme|ou alors|ou bien|pareil|idem)\b")
_REFERENCE = re.compile(
    r"\b(?:ca|cela|ceci|eux|celui|celle|ceux|celles|lequel|laquelle|lesquel(?:le)?s|"
    r"ces? derniers?|ces dernieres|cette derniere|"
    r"l'un|l'autre|les deux|la-bas|la-dedans|quand meme|dans ce cas|du coup|a la place|l[ea] (?:mien|sien)(?:ne)?|"
    r"quel(?:le)?s? (?:est|sont) (?:son|sa|ses|leurs?)|j'en|j'y|m'y|s'y|y en a|en ai|en avoir|en ont)\b"
    r"|(?<![-\w])(?:je|tu|il|on|nous|vous|faut) (?:l'|(?:le|la|les|lui|leur) (?!plus\b|moins\b|meme\b))"
)
_IMPERSONAL = r"(?:y a|faut|est (?:possible|trop tard|encore temps)|existe|suffit|reste|s'agit|me |m'|vaut)"
_PRONOUN = re.compile(
    rf"(?<![-\w])(?:ils|elles?|il(?! {_IMPERSONAL}))\b"
    r"|\b(?:leur|leurs|son|sa|ses) \w|\b(?:n'en|d'en|m'en|l'en|vous en|on en|y en)\b"
    r"|\b(?:c'est|ce sera|ce serait)\b(?! (?:quoi|que))"
)
_ECHO = re.compile(
    r"\b(?:aussi|egalement|pareil|alors|apres|sinon|ensuite|dans ce cas|du coup|encore|la meme|le meme|les memes|si|"
    r"au maximum)\b"
)
_COMPLETE = re.compile(
    r"-(?:je|tu|il|elle|on|nous|vous|ils|elles|ce)\b|\best[- ]ce qu|\b(?:j'|(?:je|on) )"
    r"|\b(?:quel(?:le)?s?|ou|comment|quand|combien|que|qui) (?:est|sont|se|faut|[a-z']*[a-z](?:er|ir|re))\b"
)
"""A verb with its subject: "Acceptez-vous la CB ?" has few words and asks all the same."""


def bare(message: str) -> str:
    """The message folded, without the courtesies it begins with."""
    text = fold(message).strip()
    match = _COURTESY.match(text)
    return text[match.end() :] if match else text


def opens_topic(message: str) -> bool:
    """Whether a message announces that it is about something else."""
    return bool(_NEW_TOPIC.match(bare(message)))


def is_dependent(message: str) -> bool:
    """Whether a message is plainly incomplete without what was said before."""
    text = bare(message)
    if opens_topic(message):
        return False
    count = len(salient_words(message))
    if _LINK.match(text) or (count <= FEW and not _COMPLETE.search(text)):
        return True
    return count <= MANY and bool(_REFERENCE.search(text))


def signs_of(message: str) -> dict[str, float]:
    """The signs by name, 0 or 1 each, and the message's length in [0, 1]."""
    text = bare(message)
    count = len(salient_words(message))
    complete = bool(_COMPLETE.search(text))
    link = bool(_LINK.match(text))
    refers = bool(_REFERENCE.search(text) or _PRONOUN.search(text))
    leans = not _NEW_TOPIC.match(text) and (link or refers or (count <= FEW and not complete))
    return {
        "link": float(link),
        "refers": float(refers),
        "echo": float(bool(_ECHO.search(text))),
        "complete": float(complete),
        "leans": float(leans),
        "length": min(count, LONG) / LONG,
    }
