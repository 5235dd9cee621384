"""Who words an answer: a model where it earns its keep, else the composer.

For one entry and a plain question the composed answer is as good, and instant. A model helps to join
several entries, to follow up on what was said, and to apply conditions to a visitor's own situation.
Decided by fixed rules on what is at hand, so that the trace can say why.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from app.core.french import fold
from app.core.types import Style

Why = Literal["asked_for", "several_entries", "follow_up", "own_situation", "single_entry", "open_part"]


@dataclass(frozen=True, slots=True)
class Wording:
    """Whether a model words the answer, and why; `words` are the visitor's that decided it, if any did."""

    by_model: bool
    why: Why
    words: str = ""


_PERSON = (
    r"(?:salarie|employe|fonctionnaire|militaire|retraite|chomeur|chomeuse|etudiant|alternant|apprenti|stagiaire|lyceen|"
    r"intermittent|independant|auto-?entrepreneu|micro-?entrepreneu|artisan|commercant|interimaire|expat|etranger|"
    r"refugie|boursier|handicape|travailleu|malentendant|malvoyant|sourd|aveugle|dyslexique|enceinte|parent|mere|pere|"
    r"cadre|ouvrier|technicien|ingenieur|infirmi|enseignant|professeur|responsable|recruteu|chef|gerant|patron|"
    r"licencie|divorce|marie|pacse|veuf|veuve|celibataire|locataire|proprietaire|mineur|majeur|titulaire|inscrit|"
    r"demandeur|demandeuse|beneficiaire|agent|libre|seul)"
)
_STATUS = (
    r"(?:bac\b|brevet|cap\b|bts|but\b|dut|deug|licence|master|maitrise|doctorat|diplome|titre|rqth|handicap|contrat|"
    r"cdi|cdd|credit|enfant|employeur|entreprise|patron|visa|titre de sejour|pension|rsa|allocation|equivalence|"
    r"\d+)"
)
# What people say of themselves, or of those they ask for; "puis-je" and "ai-je droit" say nothing of anyone.
_SITUATIONS = (
    re.compile(rf"(?<!-)\b(?:je suis|nous sommes|je serai|j'etais)(?: \w+){{0,3}}? {_PERSON}\w*"),
    re.compile(
        r"(?<!-)\b(?:je suis|nous sommes) (?:en (?:cdi|cdd|conge|arret|poste|recherche|reconversion|formation|licence|"
        r"l[123]|master|bts|but|interim|retraite|couple|fauteuil)|au (?:chomage|rsa|forfait)|"
        r"sans (?:emploi|diplome|bac)|ne[e]?\b|de nationalite|suivi|deja)"
    ),
    re.compile(
        rf"\b(?:j'ai|nous avons|j'aurai|je possede|je detiens|je n'ai (?:pas|que|plus))(?: \w+){{0,3}}? {_STATUS}"
    ),
    re.compile(
        r"\bj'ai (?:deja |bien |ete )?(?:eu|rate|perdu|valide|obtenu|echoue|arrete|demenage|demissionne|licenciee?|"
        r"suivi|interrompu|commence|repris|signe|debite|paye|regle|recu)\b"
    ),
    re.compile(r"\b(?:j'habite|je (?:vis|reside|loge|travaille|touche|percois|gagne|reprends)|je viens d'etre)\b"),
    re.compile(
        r"\b(?:mon|ma|mes|notre|nos)\b[^.?!]{0,40}?\b(?:a|ont|est|sont|touche|vit|habite|travaille)\b[^.?!]{0,20}?\d"
    ),
    re.compile(r"\b(?:j'? ?ai|aurai|avons|a|aura|bientot) \d{1,3} ans\b"),
    re.compile(r"\bsi je (?:n'ai|ne suis|suis|n'habite|travaille|touche)\b|\bsi j'(?:ai|habite|etais)\b"),
)


def wording(style: Style, message: str, *, entries: int, followed_up: bool, open_parts: bool) -> Wording:
    """Who words the answer to `message`, carried by `entries` entries.

    `followed_up`: it was understood with what was said before. `open_parts`: a part of it has no answer,
    which the composer says and a model can't be checked for.
    """
    if style == "verbatim":
        return Wording(False, "asked_for")
    if open_parts:
        return Wording(False, "open_part")
    if style == "generated":
        return Wording(True, "asked_for")
    if entries > 1:
        return Wording(True, "several_entries")
    if followed_up:
        return Wording(True, "follow_up")
    words = situation(message)
    return Wording(bool(words), "own_situation" if words else "single_entry", words)


def situation(message: str) -> str:
    """The words that tell of a visitor's own situation, folded; "" when the question is a general one."""
    text = " ".join(fold(message).replace("’", "'").split())
    return next((match[0] for pattern in _SITUATIONS if (match := pattern.search(text))), "")
