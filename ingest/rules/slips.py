"""Real words in the wrong place: a short, curated table of expressions that are rarely meant.

An entry is added only where the expression is wrong nearly always; `unless` names
words of the same sentence that make it right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_COUNTED = "|".join(
    (
        *("jour", "heure", "minute", "semaine", "année", "an", "euro", "crédit", "module", "séance"),
        *("document", "exemplaire", "session", "semestre", "place", "dossier", "certificat", "diplôme"),
        *("étage", "étudiant", "candidat", "formation", "personne", "inscription"),
    )
)
_FEW = "domaine|document|candidat|étudiant|séance|module|certificat|diplôme|dossier|exemplaire"
_NUMBER = r"(?<![\d,./°–-])(?<!n° )\b([2-9]|[1-9]\d{1,3})"


@dataclass(frozen=True, slots=True)
class Slip:
    """An expression, the name of why it is wrong (ingest/lint_messages.py), and what was
    probably meant (a template with the groups of `pattern`).
    """

    reason: str
    pattern: re.Pattern[str]
    fix: str
    unless: re.Pattern[str] | None = None


def _slip(reason: str, pattern: str, fix: str, unless: str = "") -> Slip:
    flags = re.IGNORECASE
    return Slip(reason, re.compile(pattern, flags), fix, re.compile(unless, flags) if unless else None)


SLIPS = (
    _slip(
        "debiter",
        r"\bdébiter\b",
        "débuter",
        unless=r"compte|carte|somme|montant|banque|bancaire|débit\b",
    ),
    _slip(
        "auriez",
        r"\bvous auriez\b",
        "vous aurez",
        unless=r"\bsi\b|\bs['’]ils?\b|auriez (?:dû|pu|aimé|souhaité|besoin|voulu)|\?|\bau cas où|le cas où",
    ),
    _slip("cout", r"\bcout(s?)\b", r"coût\1"),
    _slip(
        "plural",
        rf"{_NUMBER} ({_COUNTED}) (ouvré|ouvrable|calendaire|plein|entier)(?![\w’'-])",
        r"\1 \2s \3s",
    ),
    _slip(
        "plural",
        rf"{_NUMBER} ({_COUNTED})(?![\w’'-])(?! (?:ouvré|ouvrable|calendaire|plein|entier)\b)",
        r"\1 \2s",
    ),
    _slip(
        "feminine",
        r"\b((?:expérience|formation|activité|pratique|insertion)s?) professionnel(s?)\b",
        r"\1 professionnelle\2",
    ),
    _slip(
        "elision",
        r"\bdu (?!onz|oui\b|ou\b|un\b|i{1,3}\b)([aeiouéèêâîôû][^\W\d_]{1,40})",
        r"de l’\1",
    ),
    _slip("few", rf"\b((?:très|trop|si) peu) de ({_FEW})\b", r"\1 de \2s"),
    _slip("y-exister", r"\bil y existe\b", "il existe"),
    _slip("en-direct", r"\ben directs\b", "en direct"),
    _slip("comma", r",[ \u00a0]+,", ","),
)
