"""Several questions in one message: where one ends and the next begins, and when to answer them apart.

Splitting is cheap and bold, deciding is not: a cut only counts when its parts, each searched
on its own, are better served than the whole (see `apart`). "Je suis salarié. Comment
m'inscrire ?" is one question: what is no question stays with the one it leads to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from app.answer import phrases
from app.answer.compose import compose
from app.answer.conversation import is_dependent
from app.answer.find import Find, Found
from app.answer.smalltalk import reply_to
from app.core.french import fold, salient_words
from app.core.types import Hit

MAX_PARTS = 4
"""Questions answered apart; what comes after stays with the last one."""

CLEAR = 2
"""Words of its own that a question needs to be named as one the FAQ doesn't answer."""

LONGEST_QUOTE = 120
"""Characters of a visitor's question that are shown back."""

_OPENER = (
    r"(?:(?:a|de|d'|pour|avec|sur|dans|par|en|chez|aupres de|jusqu'a|jusque|depuis|sous|vers|des) ?)?"
    r"(?:comment|combien|pourquoi|quand|quel(?:le)?s?|lequel|laquelle|quoi|est[- ]ce|qu'est[- ]ce|y a[- ]t[- ]il|ai-je|"
    r"ou(?! bien| non| pas| alors)|(?:a|de|avec|pour|aupres de|chez) qui|qui (?:contacter|joindre|appeler|est[- ]ce)|"
    r"que (?:faire|faut|dois)|c'?(?:est)? ?(?:quoi|ou|quand|combien))\b"
)
_INVERTED = r"(?!rendez-vous)\b[^\W\d_]{2,}(?:-t)?-(?:je|tu|il|elle|on|nous|vous|ils|elles|ce)\b"
_ASKING = (
    r"(?:(?:je (?:voudrais|veux|souhaite|souhaiterais)|j'aimerais) (?:savoir|connaitre|comprendre)|"
    r"je me demande|dites[- ]moi|expliquez[- ]moi|savez[- ]vous)\b"
)
_LINK = (
    r"(?:et (?:aussi|puis|sinon|enfin|par ailleurs|au passage)|et|puis|ensuite|sinon|aussi|enfin|par ailleurs|"
    r"au passage|egalement|de plus|autre (?:chose|question)|(?:deuxiemement|secondo))"
)
_SENTENCE = re.compile(r"[?!]+(?=\s|$|[A-ZÀ-Ý])|(?<!\b[A-Za-z])[.…]+(?=\s|$)|[;:](?=\s|$)")
_BEFORE_QUESTION = re.compile(
    rf"[,;]? +(?={_LINK}[ ,]+(?:{_OPENER}|{_ASKING}|{_INVERTED}|(?:[^\s,]+ ){{1,6}}?{_INVERTED}))|, +(?={_OPENER})"
)
_STARTS_QUESTION = re.compile(rf"(?:{_LINK}[ ,]+)?(?:{_OPENER}|{_ASKING})|.*{_INVERTED}|.*\best[- ]ce qu")
_LEADING_LINK = re.compile(rf"{_LINK}(?: *[,:])? +(?=\S)")
_POLITE = re.compile(
    r"(?:bonjour|bonsoir|salut|madame|monsieur|s'il (?:vous|te) plait|svp|"
    r"merci(?: (?:d'avance|beaucoup))?|cordialement)(?:[ ,!.]+|$)"
)
_MARKUP = re.compile(r"[^\w\s'’,;.!?%€+-]|[._](?=\w)|\bwww\b|\bhttps?\b")
_QUESTION_WORDS = frozenset(
    [
        "aimerais", "aussi", "autre", "chose", "choses", "combien", "comment", "connaitre", "demande", "dire", "dites",
        "dois", "est-ce", "expliquez", "non", "ou", "oui", "passer", "peut-on", "pourquoi", "quand", "question",
        "questions", "savoir", "souhaite", "souhaiterais",
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One question of a message. `context` is what was said on the way to it, `lead` what opened the message."""

    question: str
    context: str = ""
    lead: str = ""

    @property
    def readings(self) -> tuple[str, ...]:
        """What may be searched for it: alone, with its own context, with what opened the message."""
        texts = (self.question, f"{self.context} {self.question}", f"{self.lead} {self.question}")
        return tuple(dict.fromkeys(text.strip() for text in texts))


def split(message: str) -> tuple[Part, ...]:
    """The questions of a clean message in order; fewer than two when it asks one thing."""
    parts: list[Part] = []
    context: list[str] = []
    for piece, asks in _pieces(message):
        if not asks:
            if salient_words(piece):
                context.append(piece)
            continue
        said = " ".join(context)
        if not _content(piece):
            context.append(piece)
        elif len(parts) < MAX_PARTS:
            parts.append(Part(_without_link(piece), said, parts[0].context if parts else ""))
            context = []
        else:
            parts[-1] = replace(parts[-1], question=f"{parts[-1].question} {said} {piece}")
            context = []
    if parts and context:
        parts[-1] = replace(parts[-1], context=" ".join([parts[-1].context, *context]).strip())
    return tuple(parts)


def _pieces(message: str) -> list[tuple[str, bool]]:
    """Clauses, and whether each asks something."""
    found: list[tuple[str, bool]] = []
    at = 0
    for end in [*(match.end() for match in _SENTENCE.finditer(message)), len(message)]:
        sentence, at = message[at:end].strip(), end
        if not sentence:
            continue
        level = _level(sentence)
        cuts = [0, *(match.end() for match in _BEFORE_QUESTION.finditer(level)), len(sentence)]
        for start, stop in pairwise(cuts):
            piece = _without_courtesy(sentence[start:stop].strip(" ,;"))
            if piece:
                last = stop == len(sentence)
                asks = (last and "?" in sentence[-2:]) or bool(_STARTS_QUESTION.match(_level(piece)))
                found.append((piece, asks))
    return found


def _level(text: str) -> str:
    """Folded letter by letter: as long as the text, so that positions hold."""
    return "".join(folded if len(folded := fold(c)) == 1 else c for c in text)


def _without_courtesy(piece: str) -> str:
    while match := _POLITE.match(_level(piece)):
        piece = piece[match.end() :].lstrip()
    return piece


def _without_link(piece: str) -> str:
    match = _LEADING_LINK.match(_level(piece))
    return piece[match.end() :] if match else piece


def _content(piece: str) -> bool:
    """Whether a question says what it is about."""
    return any(fold(word) not in _QUESTION_WORDS for word in salient_words(piece))


@dataclass(frozen=True, slots=True)
class Piece:
    """A part and the reading of it that found most."""

    part: Part
    found: Found

    @property
    def is_clear(self) -> bool:
        """Says enough to be told that the FAQ has no answer to it."""
        return len([word for word in salient_words(self.part.question) if fold(word) not in _QUESTION_WORDS]) >= CLEAR


def apart(parts: Sequence[Part], whole: Found, find: Find) -> tuple[Piece, ...]:
    """What each part of a message found; nothing when the message is better answered whole."""
    pieces: list[Piece] = []
    for part in parts:
        if reply_to(part.question) is None:
            pieces.append(Piece(part, _read(part, pieces, find)))
    return tuple(pieces) if _pays(whole, pieces) else ()


def _read(part: Part, before: Sequence[Piece], find: Find) -> Found:
    """The surest reading of a part; what it may owe to the part before is tried too."""
    texts = list(part.readings)
    if before and is_dependent(part.question):
        texts.append(f"{before[-1].found.text} {part.question}")
    taken = {piece.found.entry_id for piece in before if piece.found.answers}
    alone, *others = map(find, texts)
    # With the words of another part a reading may merely find that one's entry again.
    own = [alone, *(other for other in others if other.entry_id not in taken)]
    return max(own, key=lambda found: found.decision.confidence)


def _pays(whole: Found, pieces: Sequence[Piece]) -> bool:
    """Whether the parts serve the visitor better: two answers, or one and a question named as open."""
    answered = [piece.found for piece in pieces if piece.found.answers]
    entries = {found.entry_id for found in answered}
    least = min((found.decision.confidence for found in answered), default=0.0)
    if whole.answers and whole.entry_id not in entries and (len(entries) < 2 or whole.decision.confidence > least):
        return False
    return len(entries) >= 2 or (len(entries) == 1 and any(piece.is_clear for piece in still_open(pieces)))


def answering(pieces: Sequence[Piece]) -> list[Hit]:
    """The entries that answer, each once, in the order of the questions."""
    first = (piece.found.decision.choices[0] for piece in pieces if piece.found.answers)
    return list({hit.entry.id: hit for hit in first}.values())


def still_open(pieces: Sequence[Piece]) -> list[Piece]:
    """What is left to say something about: not answered, nor probably meant by what is."""
    given = {hit.entry.id for hit in answering(pieces)}
    return [
        piece
        for piece in pieces
        if not piece.found.answers and not (_asks_back(piece) and piece.found.entry_id in given)
    ]


def suggested(pieces: Sequence[Piece]) -> list[Hit]:
    """The choices of the parts that were not understood for sure; else what is near the answers."""
    given = {hit.entry.id for hit in answering(pieces)}
    unsure = [hit for piece in still_open(pieces) if _asks_back(piece) for hit in piece.found.decision.choices[:2]]
    near = [
        hit
        for piece in pieces
        if piece.found.answers
        for hit in piece.found.retrieval.hits[1:]
        if hit.score >= piece.found.retrieval.hits[0].score / 2
    ]
    return list({hit.entry.id: hit for hit in unsure or near if hit.entry.id not in given}.values())[:MAX_PARTS]


def write(pieces: Sequence[Piece], contact: str) -> str:
    """One block a part, each under the FAQ's own question and with its own mark; then what stays open."""
    blocks = [f"**{hit.entry.question}**\n\n{compose(hit, n)}" for n, hit in enumerate(answering(pieces), start=1)]
    left = still_open(pieces)
    unsure, missing = ([p for p in left if _asks_back(p) == back] for back in (True, False))
    if unsure:
        blocks.append(phrases.NOT_SURE.format(questions=_quoted(unsure)))
    if missing:
        blocks.append(phrases.NOT_FOUND.format(questions=_quoted(missing)))
    if left:
        blocks.append(phrases.ABSTAIN_CONTACT.format(contact=contact))
    return "\n\n".join(blocks)


def _asks_back(piece: Piece) -> bool:
    return piece.found.decision.verdict == "clarify"


def _quoted(pieces: Sequence[Piece]) -> str:
    return phrases.QUOTES_JOINED.join(phrases.QUOTED.format(text=_plain(piece.part.question)) for piece in pieces)


def _plain(question: str) -> str:
    """A visitor's question fit to be shown in Markdown: no markup, no address that would become a link."""
    text = " ".join(_MARKUP.sub(" ", question).split()).rstrip(" ?")
    if len(text) > LONGEST_QUOTE:
        return f"{text[:LONGEST_QUOTE].rsplit(' ', 1)[0]}…"
    return f"{text[:1].upper()}{text[1:]}\u00a0?"
