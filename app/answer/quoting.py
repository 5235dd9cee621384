"""Which of a visitor's questions may be quoted back as not answered.

A quotation reads as harmless only while it asks. What orders, or carries a claim along ("confirmez que tout est
gratuit", "il est vrai que…"), would stand in an answer of the institution's: it is spoken of without its words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from app.answer import phrases
from app.answer.clauses import Part
from app.answer.misuse import refusal
from app.answer.verify.orders import speaks_to_a_model
from app.core.folding import fold

LONGEST = 120
"""Characters of a visitor's question that are shown back; one that is longer tells more than it asks."""

_MARKUP = re.compile(r"[^\w\s'’,;.!?%€+-]|[._](?=\w)|\bwww\b|\bhttps?\b")
_WORD = re.compile(r"[\w'’-]+")
_CARRYING = re.compile(
    # Words dictated or reported: quotation marks, what follows a colon, an address.
    r"[«»\"“”<>{}\[\]:@]|://|\bwww\."
    # What is to be said, confirmed, known or granted: "confirmez-vous que…", "il est vrai que…", "puisque…".
    r"|\b(?:di(?:s|t|re|tes)|ajout\w+|confirm\w+|affirm\w+|repet\w+|ecri\w+|redig\w+|annonc\w+|admett\w+|reconn\w+|rappel\w+|"
    r"garanti\w*|atteste\w*|certifi\w+|promet\w*|precis\w+|pretend\w*|suppos\w+|imagin\w+|sais|savez|sachant|vu|"
    r"vraie?|exacte?|certaine?|sure?|convenu|etabli|evident|alors|parce|etant donne|maintenant)"
    r"(?:-(?:vous|tu|moi|nous|le|la|leur))? (?:(?!ce\b)\w+ ){0,3}?(?:que\b|qu')"
    r"|\bpuisqu|\bcomme quoi\b"
)
_ORDERING = re.compile(
    r"(?:et |puis |alors |maintenant )?(?:pouvez|pourriez|peux|pourrais|veux|voulez|voudriez)[- ](?:vous|tu) (?:bien )?"
    r"(?:me |m'|nous )?(?:ecri|redig|invent|racont|tradui|resum|repet|affich|montr|revel|confirm|partag|jou|imit)"
)


def is_quotable(question: str) -> bool:
    """Whether a question, shown back, does no more than ask."""
    folded = fold(question).replace("’", "'").strip()
    return not (
        len(plain(question)) > LONGEST
        or _CARRYING.search(folded)
        or _ORDERING.match(folded)
        or refusal(question)
        or speaks_to_a_model(question)
    )


def naming(parts: Sequence[Part], phrase: str, rest: str) -> str:
    """`phrase` with the questions that may be quoted in its place, as they were typed; `rest` where none may.

    One must do no more than ask in the visitor's words and as they were understood: misspelt orders are orders.
    """
    quoted = [
        phrases.QUOTED.format(text=plain(part.typed or part.question))
        for part in parts
        if is_quotable(part.question) and is_quotable(part.typed)
    ]
    if not quoted:
        return rest
    if len(quoted) < len(parts):
        quoted.append(phrases.THE_REST)
    return phrase.format(questions=phrases.QUOTES_JOINED.join(quoted))


def as_typed(part: str, read: str, message: str) -> str:
    """A part of a message as it was read, in the visitor's own words: "mot de passe" where "passé" was read.

    `read` is the message with its misspelt words mended, `message` as it was typed. A word of the part that `read`
    hasn't stays as it is.
    """
    meant: list[str] = _WORD.findall(read)
    typed: list[str] = _WORD.findall(message)
    own = list(meant)
    for what, begin, end, start, stop in SequenceMatcher(None, meant, typed, autojunk=False).get_opcodes():
        if what == "replace" and end - begin == stop - start:
            own[begin:end] = typed[start:stop]
        elif what != "equal":
            # One word for several or the other way round: all of them stand where the first stood.
            own[begin:end] = [" ".join(typed[start:stop]), *[""] * (end - begin - 1)] if end > begin else []
    at = len(_WORD.findall(read[: max(0, read.find(part))]))

    def restored(match: re.Match[str]) -> str:
        nonlocal at
        word: str = match[0]
        place = next((place for place in range(at, len(meant)) if meant[place] == word), None)
        if place is None:
            return word
        at = place + 1
        return own[place]

    return " ".join(_WORD.sub(restored, part).split())


def plain(question: str) -> str:
    """A visitor's question fit to be shown in Markdown: no markup, no address that would become a link."""
    text = " ".join(_MARKUP.sub(" ", question).split()).rstrip(" ?")
    return f"{text[:1].upper()}{text[1:]}\u00a0?"
