"""Which of a visitor's questions may be quoted back as not answered.

A quotation reads as harmless only while it asks. What orders, or carries a claim along ("confirmez que tout est
gratuit", "il est vrai que…"), would stand in an answer of the institution's: it is spoken of without its words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.answer import phrases
from app.answer.misuse import refusal
from app.answer.verify.orders import speaks_to_a_model
from app.core.folding import fold

LONGEST = 120
"""Characters of a visitor's question that are shown back; one that is longer tells more than it asks."""

_MARKUP = re.compile(r"[^\w\s'’,;.!?%€+-]|[._](?=\w)|\bwww\b|\bhttps?\b")
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


def naming(questions: Sequence[str], phrase: str, rest: str) -> str:
    """`phrase` with the questions that may be quoted in its place; `rest` where none may."""
    quoted = [phrases.QUOTED.format(text=plain(question)) for question in questions if is_quotable(question)]
    if not quoted:
        return rest
    if len(quoted) < len(questions):
        quoted.append(phrases.THE_REST)
    return phrase.format(questions=phrases.QUOTES_JOINED.join(quoted))


def plain(question: str) -> str:
    """A visitor's question fit to be shown in Markdown: no markup, no address that would become a link."""
    text = " ".join(_MARKUP.sub(" ", question).split()).rstrip(" ?")
    return f"{text[:1].upper()}{text[1:]}\u00a0?"
