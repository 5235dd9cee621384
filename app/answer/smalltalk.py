"""Greetings, thanks and the wish to speak to a person: short replies, no search.

A message counts as courtesy only when all its words do: "Bonjour, quels sont
les tarifs ?" is a question about prices.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.answer import phrases
from app.core.french import STOPWORDS, expand_sms, fold, words
from app.core.types import Outcome

_GREETING = frozenset(["bonjour", "bonsoir", "salut", "coucou", "hello", "hey", "bjr", "slt", "hi", "re"])
_THANKS = frozenset(["merci", "mercis", "remercie", "remercions", "thanks", "thx"])
_GOODBYE = frozenset(["revoir", "bientot", "bye", "ciao", "adieu", "continuation"])
_COURTESY = (
    _GREETING
    | _THANKS
    | _GOODBYE
    | STOPWORDS
    | frozenset(
        [
            "accueil",
            "agreable",
            "aide",
            "aimable",
            "amabilite",
            "avance",
            "beaucoup",
            "belle",
            "bien",
            "bon",
            "bonne",
            "bons",
            "bravo",
            "clair",
            "claire",
            "compris",
            "cool",
            "cordialement",
            "cv",
            "dame",
            "demain",
            "efficace",
            "equipe",
            "excellent",
            "excellente",
            "genial",
            "gentil",
            "gentille",
            "gentillesse",
            "impeccable",
            "infiniment",
            "info",
            "infos",
            "information",
            "informations",
            "jour",
            "journee",
            "madame",
            "mademoiselle",
            "mille",
            "messieurs",
            "mesdames",
            "moment",
            "monde",
            "monsieur",
            "nickel",
            "nuit",
            "ok",
            "parfait",
            "parfaite",
            "plait",
            "precieuse",
            "prochaine",
            "rapide",
            "rapidite",
            "renseignement",
            "renseignements",
            "reponse",
            "reponses",
            "sava",
            "service",
            "soir",
            "soiree",
            "sympa",
            "super",
            "tard",
            "temps",
            "toutes",
            "va",
            "vite",
            "vraiment",
            "week",
            "end",
            "weekend",
        ]
    )
)
_YOU = r"(?:tu|vous|t'|toi)"
_ROBOT = re.compile(
    rf"\b(?:{_YOU}\s?(?:es|etes)|es[- ]tu|etes[- ]vous|je parle|parle[- ]t[- ]on|est[- ]ce|c'est)\b[^.?!]{{0,40}}"
    r"\b(?:robots?|bot|chatbot|humaine?|ia|intelligence artificielle|machine|programme|vraie personne|personne reelle)\b"
    r"|\bqui (?:es[- ]tu|etes[- ]vous)\b|\b(?:tu|vous) (?:es|etes) qui\b"
    rf"|\b(?:comment|quel est) [^.?!]{{0,12}}(?:{_YOU} ?(?:t'|vous )?appell?e[sz]|appelle[- ]t[- ]on|(?:ton|votre) (?:nom|prenom))\b"
)
_ABILITY = re.compile(
    r"\b(?:que|quoi|qu'est[- ]ce que)\b[^.?!]{0,20}\b(?:tu|vous|sais[- ]tu|savez[- ]vous|peux[- ]tu|pouvez[- ]vous)\b"
    r"[^.?!]{0,12}\b(?:sais|savez|peux|pouvez|faire|sers|servez)\b[^.?!]{0,12}[?!. ]*$"
    r"|\ba quoi (?:tu sers|sers[- ]tu|vous servez|servez[- ]vous|ca sert)\b"
    r"|^(?:aide|help|aidez[- ]moi|aide[- ]moi)[?!. ]*$"
)
_SOMEONE = (
    r"(?:un (?:vrai )?humain|une (?:vraie )?personne|quelqu'un|un conseiller|une conseillere|un agent|un etre humain|"
    r"une? operat(?:eur|rice)|une? secretaire|le standard|un vrai (?:conseiller|interlocuteur))"
)
_PERSON = re.compile(
    r"\b(?:parler|discuter|echanger|joindre|contacter|avoir|voir|appeler|relation|transferer|pass(?:er|ez|e)|besoin)\b"
    rf"[^.?!]{{0,30}}\b{_SOMEONE}\b|^(?:un |une )?(?:vrai )?(?:conseiller|agent|operateur|contact)?[ ]?humaine?[?!. ]*$"
)
_INSULT = re.compile(
    r"\b(?:connards?|connasses?|encule[es]?|salopes?|salauds?|putain|pute|merde|batards?|debiles?|abruti[es]?|"
    r"idiote?s?|imbeciles?|cons?|connes?|fdp|ntm|stupides?)\b|\bva te faire\b|\bta gueule\b"
    r"|\b(?:tu|vous|t'|c'|ca)\s?(?:es|etes|est|sers|sert)\b[^.?!]{0,20}"
    r"\b(?:nuls?|nulles?|naze|bidon|inutile|a rien|pourri)\b"
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
    said = {fold(word) for word in words(text)}
    if not said or len(text.split()) > _MAX_WORDS:
        return None
    if _PERSON.search(text):
        return Reply("handoff", phrases.HANDOFF)
    if said <= _COURTESY and said & (_GREETING | _THANKS | _GOODBYE):
        return Reply("smalltalk", _courtesy(said))
    if _ROBOT.search(text) or _ABILITY.search(text):
        return Reply("smalltalk", phrases.ROBOT)
    if _INSULT.search(text) and len(said) <= 8:
        return Reply("blocked", phrases.INSULT)
    return None


def _courtesy(said: set[str]) -> str:
    if said & _GOODBYE:
        return phrases.GOODBYE
    return phrases.THANKS if said & _THANKS else phrases.GREETING
