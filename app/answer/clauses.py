"""Where one question of a message ends and the next begins: by words and punctuation alone, nothing is searched.

Cutting is bold, because it decides nothing: what a cut is worth is found by searching its parts
(app/answer/parts.py). "Je suis salarié. Comment m'inscrire ?" is one question: what is no question
stays with the one it leads to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from app.core.folding import flat
from app.core.french import fold, salient_words

MAX_PARTS = 4
"""Questions answered apart; what comes after stays with the last one."""
CLEAR = 2
"""Words of its own that a question needs to be clear without what surrounds it."""
MAX_JOINTS = 3
"""Conjunctions at which a message without a clear border is tentatively cut."""

_OPENER = (
    r"(?:(?:a|de|d'|pour|avec|sur|dans|par|en|chez|aupres de|jusqu'a|jusque|depuis|sous|vers|des) ?)?"
    r"(?:comment|combien|pourquoi|quand|quel(?:le)?s?|lequel|laquelle|quoi|est[- ]ce|qu'est[- ]ce|y a[- ]t[- ]il|ai-je|"
    r"ou(?! bien| non| pas| alors)|(?:a|de|avec|pour|aupres de|chez) qui|qui (?:contacter|joindre|appeler|est[- ]ce)|"
    r"que (?:faire|faut|dois)|c'?(?:est)? ?(?:quoi|ou|quand|combien))\b"
)
_INVERTED = (
    r"(?:(?!rendez-vous)\b[^\W\d_]{2,}(?:-t)?-(?:je|tu|il|elle|on|nous|vous|ils|elles|ce)|\ba-t-(?:il|elle|on))\b"
)
_ASKING = (
    r"(?:(?:je (?:voudrais|veux|souhaite|souhaiterais|cherche a)|j'aimerais|j'aurais)"
    r"(?: (?:aussi|egalement|bien|juste))? "
    r"(?:(?:voulu|aime|souhaite) )?(?:savoir|connaitre|comprendre|apprendre)|"
    r"je serais (?:(?:aussi|egalement) )?[^ ]+ (?:d'apprendre|de savoir|de connaitre|de comprendre)|"
    r"je me permets (?:(?:aussi|egalement) )?de (?:vous )?demander|"
    r"(?:je|on) me demande|dites[- ]moi|expliquez[- ]moi|savez[- ]vous)\b"
)
_WISHING = (
    r"(?:(?:je|nous|on) (?:cherch\w+|(?:ne |n')?(?:sais|savons|trouve|trouvons|comprends|comprenons|arrive) "
    r"(?:pas|plus|toujours pas|pas non plus|ni)|voudrai[st]|voudrions|veux|voulons|souhait\w+|(?:peux|dois|puis))|"
    r"(?:j'|nous )(?:aimer\w+|ai (?:le )?droit|ai besoin))\b"
)
_IN_PLACE = (
    r"\b(?:c'est (?:quoi|ou|quand|combien)|(?:en |a |avec |pour |de |chez )?(?:combien|quoi|quel(?:le)?s?)|"
    r"(?:a|avec|de|chez|par|pour|aupres de) qui|comment|ou pas|ou non|(?:demand\w+|savoir|dire) s(?:i|'il)|et si on)\b"
)
_INDIRECT = (
    r"(?:(?:savoir|connaitre|comprendre|apprendre|vous demander) "
    r"(?:si|s'il|ce qu|ou|comment|combien|quand|jusqu|quel|qui|la|le|les|l'|a quoi)|"
    r"si (?:on|c'est|j'|je|vous|vos|les?|la|il|elle|l'|mon|ma|mes|ca)\b)"
)
"""What is asked in the order of a statement: "et savoir ce qu'est une UE", "et si j'ai droit à un congé"."""
_LINK = (
    r"(?:et (?:aussi|puis|sinon|enfin|par ailleurs|au passage|au fait)|et|puis|ensuite|sinon|aussi|enfin|par ailleurs|"
    r"au passage|au fait|egalement|de plus|autre (?:chose|question)|d'(?:une|autre) part|(?:deuxiemement|secondo))"
)
_SENTENCE = re.compile(r"[?!]+(?=\s|$|[A-ZÀ-Ý])|(?<!\b[A-Za-z])[.…]+(?=\s|$)|[;:](?=\s|$)")
_BEFORE_QUESTION = re.compile(
    rf"[,;]? +(?={_LINK}[ ,]+(?:{_OPENER}|{_ASKING}|{_WISHING}|{_INVERTED}|(?:[^\s?!.;]+ ){{1,9}}?{_INVERTED}))"
    rf"|, +(?={_OPENER}|{_WISHING}|d'autre part\b)"
    rf"|,? +(?=(?:et|puis|ainsi que) (?:aussi )?(?:de )?{_INDIRECT})"
    r"|,? +(?=et (?:il )?y a\b|et (?:aussi )?(?:combien|c'?(?:est)? (?:quoi|ou|quand)))"
)
_STARTS_QUESTION = re.compile(
    rf"(?:{_LINK}[ ,]+)?(?:{_OPENER}|{_ASKING}|(?:ainsi que )?(?:de )?{_INDIRECT})|"
    rf".*{_INVERTED}|.*\best[- ]ce qu|.*{_IN_PLACE}"
)
_STARTS_WISH = re.compile(rf"(?:{_LINK}[ ,]+)?{_WISHING}")
_LEADING_LINK = re.compile(rf"{_LINK}(?: *[,:])? +(?=\S)")
_JOINT = re.compile(r",? +(?:et(?: aussi)?|puis|ainsi que|plus|\+|&|/) +(?!que\b|qu'|qui\b|l'autre\b|non\b)")
_ITEM = re.compile(r"(?:^|(?<=[\s,;:]))\d ?[).°/]+ *(?=\S)")
"""The number of a question: "1) … 2) …"."""
_WORD = re.compile(r"[^\W\d_]{2}")
_SEPARATOR = re.compile(r" +[+/&] +")
_OPENING = re.compile(r"[^:?]{1,60}: +")
"""What the items of a list share: "alternance : statut + inscription"."""
_STATING = re.compile(
    r"(?:.*, )?(?:je|j'|nous|on|il|elle|mon|ma|mes|notre|nos|si|s'il|quand|comme|etant|en tant que)\b"
)
_POSSIBLE = re.compile(r"\b(?:(?:je|on) (?:peux|peut|dois|doit)|c'?(?:est)? (?:possible|quoi|ou)|il y a)\b")
"""Words of a question that has the order of a statement, often without a mark: "je peux m'inscrire"."""
_SHARED_HEAD = re.compile(
    rf"(?:.*? )?{_OPENER}(?: (?:sont|est|que|puis-je|peut-on|dois-je|je (?:peux|dois)))?|[^ ]*{_INVERTED}"
)
_SHARED_TAIL = re.compile(r"(?<=[^ ]) (?:d[eu]s?|d'|en|pour|aux?|dans|sur|par)\b.*")
_POLITE = re.compile(
    r"(?:bonjour|bonsoir|salut|madame|monsieur|s'il (?:vous|te) plait|svp|"
    r"merci(?: (?:d'avance|beaucoup))?|cordialement)(?:[ ,!.]+|$)"
)
QUESTION_WORDS = frozenset(
    [
        "aimerais", "aussi", "autre", "chose", "choses", "combien", "comment", "connaitre", "demande", "dire", "dites",
        "dois", "est-ce", "expliquez", "non", "ou", "oui", "passer", "peut-on", "pourquoi", "quand", "question",
        "questions", "savoir", "souhaite", "souhaiterais",
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One question of a message. `context` is what was said on the way to it, `lead` what opened the message.

    A wish ("je cherche ma salle") may be one, or only lead to the question after it.
    """

    question: str
    context: str = ""
    lead: str = ""
    wish: bool = False
    tail: str = ""
    """What the next part ends with and may belong to this one as well."""
    tentative: bool = False
    """Cut where nothing but a conjunction says that a question ends."""
    typed: str = ""
    """The question in the visitor's own words, where it was read with misspelt ones mended."""

    @property
    def stands(self) -> bool:
        """Whether it is surely a question, and says enough to be told that the FAQ has no answer to it."""
        return not (self.wish or self.tentative) and len(content(self.question)) >= CLEAR

    @property
    def readings(self) -> tuple[str, ...]:
        """What may be searched for it: alone, with its own context, with what opened the message."""
        before = (f"{said} {self.question}" for said in (self.context, self.lead))
        texts = (self.question, *before, f"{self.question} {self.tail}")
        return tuple(dict.fromkeys(text.strip() for text in texts))


@lru_cache(maxsize=256)
def split(message: str) -> tuple[Part, ...]:
    """The questions of a clean message in order; fewer than two when it asks one thing."""
    if items := _listed(message):
        return items
    parts: list[Part] = []
    context: list[str] = []
    for clause, asks in _pieces(message):
        piece = clause
        if asks == "states":
            if salient_words(piece):
                context.append(piece)
            continue
        said = " ".join(context)
        if not content(piece):
            if not content(said):
                context.append(piece)
                continue
            # "La procédure d'inscription, où est-elle ?": what it asks about was stated before it.
            piece, said = f"{said} {piece}", ""
        if len(parts) < MAX_PARTS:
            parts.append(Part(_without_link(piece), said, parts[0].context if parts else "", asks == "wishes"))
            # A wish is said on the way to the question after it, too.
            context = [piece] if asks == "wishes" else []
        else:
            parts[-1] = replace(parts[-1], question=f"{parts[-1].question} {said} {piece}")
            context = []
    if parts and context and not parts[-1].wish:
        parts[-1] = replace(parts[-1], context=" ".join([parts[-1].context, *context]).strip())
    return tuple(parts)


def _listed(message: str) -> tuple[Part, ...]:
    """The items of a list of questions, numbered or set apart by signs; nothing when the message isn't one."""
    numbered = [match.span() for match in _ITEM.finditer(message)]
    if len(numbered) > 1:
        ends = [*(start for start, _ in numbered[1:]), len(message)]
        lead = message[: numbered[0][0]]
        items = [message[start:end] for (_, start), end in zip(numbered, ends, strict=True)]
    else:
        opening = _OPENING.match(message)
        lead = opening.group() if opening else ""
        items = [] if "?" in message[:-1] else _SEPARATOR.split(message[len(lead) :])
    items = [item.strip(" ,;") for item in items]
    if not 1 < len(items) <= MAX_PARTS or not all(content(item) and _WORD.search(item) for item in items):
        return ()
    about = lead.strip(" :,;") if content(lead) else ""
    return tuple(Part(item, about, tentative=len(numbered) < 2) for item in items)


def joints(message: str) -> Iterator[tuple[Part, Part]]:
    """Ways of cutting a message at a mere "et", "+" or comma; each side may lend the other what both share.

    "les dates et les tarifs des cours du soir" asks for "les dates des cours du soir" too, and
    "comment s'inscrire et payer" for "comment payer".
    """
    letters = flat(message)
    for match in list(_JOINT.finditer(letters))[:MAX_JOINTS]:
        first, second = message[: match.start()].strip(" ,;?"), message[match.end() :].strip(" ,;")
        if content(first) and content(second) and not _merely_states(flat(first)):
            tail, head = _SHARED_TAIL.search(flat(second)), _SHARED_HEAD.match(flat(first))
            yield (
                Part(first, tail=second[tail.start() :].strip(" ?") if tail else "", tentative=True),
                Part(second, context=first[: head.end()] if head else "", tentative=True),
            )


def _merely_states(letters: str) -> bool:
    return bool(_STATING.match(letters) and not _POSSIBLE.search(letters))


def _pieces(message: str) -> list[tuple[str, str]]:
    """Clauses, and whether each asks, wishes or merely states something."""
    found: list[tuple[str, str]] = []
    at = 0
    for end in [*(match.end() for match in _SENTENCE.finditer(message)), len(message)]:
        sentence, at = message[at:end].strip(), end
        if not sentence:
            continue
        letters = flat(sentence)
        cuts = [0, *(match.end() for match in _BEFORE_QUESTION.finditer(letters)), len(sentence)]
        for start, stop in pairwise(cuts):
            piece = _without_courtesy(sentence[start:stop].strip(" ,;"))
            if piece:
                found.append((piece, _manner(piece, stop == len(sentence) and "?" in sentence[-2:])))
    return found


def _manner(piece: str, marked: bool) -> str:
    letters = flat(piece)
    if marked or _STARTS_QUESTION.match(letters):
        return "asks"
    return "wishes" if _STARTS_WISH.match(letters) else "states"


def _without_courtesy(piece: str) -> str:
    while match := _POLITE.match(flat(piece)):
        piece = piece[match.end() :].lstrip()
    return piece


def _without_link(piece: str) -> str:
    match = _LEADING_LINK.match(flat(piece))
    return piece[match.end() :] if match else piece


def content(text: str) -> list[str]:
    """The words that say what a question is about."""
    return [word for word in salient_words(text) if fold(word) not in QUESTION_WORDS]
