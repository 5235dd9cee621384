"""What kind of thing a question asks for: an amount, a time, a place, a person, a link, a yes or no; much or little.

Read from the question's words alone, as they were understood. A kind only makes sentences that
carry such a thing a little likelier (see app/answer/focus.py): to read it wrongly costs words, no facts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from app.core.french import fold
from app.core.markdown import plain_text

Kind = Literal["amount", "number", "time", "place", "contact", "link", "document"]

_TIMES = (
    r"\b(?:jours?|semaines?|mois|ans?|annees?|heures?|minutes?|trimestres?|semestres?|rentree|delais?|"
    r"lundis?|mardis?|mercredis?|jeudis?|vendredis?|samedis?|dimanches?|"
    r"janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre|"
    r"avant|apres|des|jusqu|quotidien\w*|mensuel\w*|annuel\w*|une fois que|moment)\b|\b\d{1,2} ?h\b"
)
_NUMBERS = (
    r"\d|\b(?:un seul|une seule|une fois|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|quinze|vingt|trente|"
    r"quarante|cinquante|soixante|cent|mille|plusieurs|aucune?)\b"
)
_ASKED: dict[Kind, re.Pattern[str]] = {
    "amount": re.compile(
        r"\b(?:cout\w*|prix|tarifs?|cher|montants?|frais|facture\w*|gratuit\w*|payant\w*|"
        r"combien (?:ca |cela )?(?:paye|paie|vaut|faut-il (?:payer|debourser)|d'argent|d'euros))\b"
    ),
    "number": re.compile(r"\b(?:combien|nombre|quelle (?:part|proportion|quantite))\b"),
    "time": re.compile(
        r"\b(?:quand|moment|dates?|delais?|heures?|horaires?|durees?|quels? jours?|"
        r"combien de (?:temps|jours|semaines|mois)|sous combien|longtemps|trop tard|echeance)\b"
    ),
    "place": re.compile(
        r"^ou\b|(?<!a )\bou (?:est|sont|se|faut|dois|doit|puis|peut|envoy|depos|trouv|demand|s'|m'|aller)|\blieu\b"
    ),
    "contact": re.compile(
        r"\b(?:a qui|avec qui|aupres de qui|vers qui|qui (?:contacter|appeler|joindre|prevenir)|contact\w*|joindre|"
        r"telephones?|e?-?mails?|courriel|interlocuteur|adresse)\b"
    ),
    "link": re.compile(r"\b(?:en ligne|liens?|sites?|pages?|internet|telecharg\w*|url)\b"),
    "document": re.compile(
        r"\b(?:pieces?|documents?|justificatifs?|papiers|attestations?|certificats?|formulaires?)\b"
    ),
}
_CARRIED: dict[Kind, re.Pattern[str]] = {
    "amount": re.compile(r"€|\beuros?\b|\bgratuit\w*|\bpayant\w*|\bfacture\w*|\bexoner\w*|\bsans frais\b"),
    "number": re.compile(_NUMBERS),
    "time": re.compile(_TIMES),
    "place": re.compile(
        r"https?:|\b(?:adress\w*|bureau|guichet|etages?|rue|centre|site|page|salle|plateforme|aupres)\b"
    ),
    "contact": re.compile(
        r"@|https?:|\b(?:aupres|contact\w*|adress\w*|rapproch\w*|gestionnaire|service|appel\w*)\b|\d\d \d\d"
    ),
    "link": re.compile(r"https?:|\]\(|\b(?:en ligne|site|page|plateforme|formulaire|portail)\b"),
    "document": re.compile(
        r"\b(?:pieces?|documents?|justificatifs?|attestations?|certificats?|formulaires?|copies?|releves?|fourni\w*)\b"
    ),
}

_BROAD = re.compile(
    r"^(?:et |alors |donc |bonjour[ ,]*)?(?:(?:quel(?:le)?s (?:sont|etaient)\b)|comment\b(?! (?:s'appelle|se nomme))|"
    r"(?:que|qu') ?(?:faire|faut|trouve|propose|se passe|dois|deviennent|est-il)|dans quels cas|"
    r"en quoi|pourquoi|quelles?\b.*\b(?:demarche|etape|procedure|regle|difference|autorisation|recours)s?\b)"
    r"|\b(?:expliqu\w*|renseign\w*|en savoir plus|parlez|decri\w*|presente\w*|difference|fonctionn\w*|"
    r"demarches?|procedure|modalites|moyens|possibilites|options|formalites|etapes|regles|conditions|"
    r"(?:connaitre|preciser|indiquer|savoir) (?:toutes )?les|ensemble des|liste des)\b"
)
_ASKS = re.compile(
    r"-(?:t-)?(?:je|tu|il|elle|on|nous|vous|ils|elles|ce)\b|\best[- ]ce\b|^(?:peut|faut|doit)\b|"
    r"^(?:\w+['’ -]){0,2}(?:comment|combien|quand|pourquoi|quel(?:le)?s?|qui|qu'est-ce|quoi|ou)\b"
)
_VERB = re.compile(
    r"-(?:t-)?(?:je|tu|il|elle|on|nous|vous|ils|elles|ce)\b|\best[- ]ce\b|\bj'\w|"
    r"\b(?:je|tu|il|elle|on|nous|vous|ils|elles|ca) \w+|"
    r"\b(?:est|sont|a|ont|peut|peuvent|doit|doivent|faut|faire|avoir|etre|savoir)\b"
)
_OPEN_QUESTION = re.compile(
    r"\b(?:comment|combien|quand|pourquoi|quel(?:le)?s?|qui|que|qu'est-ce|quoi|lequel|laquelle)\b|^ou\b"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a question asks for.

    `broad` is its form alone: "Quels sont…", "Comment…". `stated`: a heading, or a situation that is told
    without a question, of which every part may count.
    """

    kinds: tuple[Kind, ...]
    broad: bool
    stated: bool
    yes_no: bool

    def carried_by(self, folded: str) -> bool:
        """Whether a sentence, folded, carries a thing of a kind that is asked for."""
        return any(_CARRIED[kind].search(folded) for kind in self.kinds)


@lru_cache(maxsize=256)
def wanted(question: str) -> Wanted:
    """What a question asks for; of several, the last one decides how broad it is."""
    folded = fold(question).strip()
    last = re.split(r"[?!]\s+(?=\w)", folded.rstrip(" ?!."))[-1]
    kinds = [kind for kind, pattern in _ASKED.items() if pattern.search(folded)]
    if "number" in kinds and {"amount", "time"} & {*kinds}:
        kinds.remove("number")
    openly = _OPEN_QUESTION.search(last) is not None
    marked = folded.endswith("?") and (openly or _VERB.search(last) is not None)
    return Wanted(
        kinds=tuple(kinds),
        broad=_BROAD.search(last) is not None,
        stated=not (marked or _ASKS.search(last)),
        yes_no=not openly,
    )


def carries(answer_md: str, asked: Wanted) -> bool:
    """Whether an answer carries a thing of a kind that is asked for anywhere."""
    return asked.carried_by(_folded(answer_md))


@lru_cache(maxsize=10_000)
def _folded(answer_md: str) -> str:
    return fold(plain_text(answer_md))
