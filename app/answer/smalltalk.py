"""Greetings, thanks and the wish to speak to a person: short replies, no search.

A message counts only when it holds nothing else: "Bonjour, quels sont les
tarifs ?" is a question about prices.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.answer import phrases
from app.core.french import expand_sms, fold
from app.core.types import Outcome

_COURTESY = (
    r"(?:bonjour|bonsoir|salut|coucou|hello|hey|bjr|slt|madame|monsieur|a tous|a toutes|"
    r"s'il (?:vous|te) plait|merci|d'avance|beaucoup|bien|encore|vraiment|pour votre (?:aide|reponse)|"
    r"pour (?:tout|l'aide|la reponse|les infos?|les informations?)|et|tres|super|parfait|ok|d'accord|cool|genial|top|"
    r"bonne (?:journee|soiree|continuation|nuit)|au revoir|a bientot|ciao|bye|adieu|ca va|comment (?:allez[- ]vous|vas[- ]tu)|cordialement|bien a vous)"
)
_ONLY_COURTESY = re.compile(rf"^(?:{_COURTESY}[\s,.;:!?…'-]*)+$")
_ROBOT = re.compile(
    r"^(?:bonjour[\s,.!]*)?(?:est[- ]ce que )?(?:tu es|vous etes|t'es|es[- ]tu|etes[- ]vous|suis[- ]je en train de parler|"
    r"je parle|qui (?:es[- ]tu|etes[- ]vous)|c'est)\b[^.?!]{0,40}\b(?:robot|bot|humain|ia|intelligence artificielle|machine|"
    r"programme|vraie personne|chatgpt|une personne reelle)\b[^.?!]{0,30}[\s?!.]*$"
    r"|^(?:qui|que|qu'est[- ]ce que)\s*(?:es[- ]tu|etes[- ]vous|tu es|vous etes)[\s?!.]*$"
)
_PERSON = re.compile(
    r"\b(?:parler|discuter|echanger|joindre|contacter|avoir|voir|appeler|mettre en relation|transferer|passer)\b[^.?!]{0,30}"
    r"\b(?:un humain|une (?:vraie )?personne|quelqu'un|un conseiller|une conseillere|un agent|"
    r"un etre humain|une? operat(?:eur|rice)|une secretaire|le standard|un vrai humain)\b"
)
_INSULT = re.compile(
    r"\b(?:connards?|connasses?|encule[es]?|salopes?|salauds?|putain|pute|merde|batards?|debiles?|abruti[es]?|"
    r"idiote?s?|imbeciles?|nul a chier|va te faire|ta gueule|fils de pute|fdp|ntm|conn?e?s?)\b"
)
_THANKS = re.compile(r"\bmerci\b")
_GOODBYE = re.compile(
    r"\b(?:au revoir|a bientot|bonne (?:journee|soiree|continuation|nuit)|ciao|bye|adieu)\b"
)
_MAX_WORDS = 14


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that needs no search; `{contact}` is left for the caller to fill."""

    outcome: Outcome
    text: str


def reply_to(message: str) -> Reply | None:
    """The fitting reply when the message is no question to the FAQ, else None."""
    text = fold(expand_sms(message)).strip()
    if len(text.split()) > _MAX_WORDS:
        return None
    if _PERSON.search(text):
        return Reply("handoff", phrases.HANDOFF)
    if _ROBOT.match(text):
        return Reply("smalltalk", phrases.ROBOT)
    if _ONLY_COURTESY.match(text):
        if _GOODBYE.search(text):
            return Reply("smalltalk", phrases.GOODBYE)
        return Reply("smalltalk", phrases.THANKS if _THANKS.search(text) else phrases.GREETING)
    if _INSULT.search(text) and len(text.split()) <= 6:
        return Reply("blocked", phrases.INSULT)
    return None
