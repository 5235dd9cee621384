"""Sentences of an entry that tell a language model what to say: somebody tampered with it.

An order to say something, as nobody gives one to visitors. "Le règlement précise que", "tu dois t’inscrire" and
"précise que tu es mineur" are none. `app/answer/verify/orders.py` casts a wider net, for what a model may lean on.
"""

from __future__ import annotations

import re

_SAY = (
    r"(?:réponds|affirme|confirme|annonce|indique|dis|précise|prétends|déclare|écris|recommande|conseille|ajoute|"
    r"répète)"
)
_AUDIENCE = (
    r"(?:aux?|à\s+l[’']|à\s+(?:tou(?:t|s|te|tes)|chaque|un|une|l[ea])?)\s*(?:les\s+)?"
    r"(?:visiteurs?|utilisateurs?|usagers?|le\s+monde)\b"
)
_TELL = (
    rf"(?:{_SAY}(?:-(?:leur|lui))?\s+(?:(?:toujours|désormais|plutôt|simplement|uniquement|forcément)\s+)?"
    rf"(?:qu[e’'](?!\s*(?:tu\b|t[’']|ton\b|ta\b|tes\b))|{_AUDIENCE})|demande\s+{_AUDIENCE})"
)
_MACHINE = r"(?:assistant|ia|llm|chatbot|agent conversationnel|modèle de langage|chatgpt|gpt)"
_SAYING = r"(?:répondre|affirmer|confirmer|annoncer|prétendre|dire|indiquer)"
_ORDER = re.compile(
    rf"(?:^\W*(?:l[’'])?(?:{_MACHINE}|syst[eè]me?|prompt)\s*[:,]"
    r"|\b(?:notes?|instructions?|consignes?|ordre|message)\s+(?:à|pour|destinée?s?\s+à)\s+"
    rf"(?:l[’']|le\s+|un\s+|une\s+|tout\s+)?{_MACHINE}\b"
    r"|\b(?:ignore[zr]?|oublie[zr]?|néglige[zr]?|outrepasse[zr]?|contourne[zr]?)\s+(?:tout(?:e?s)?\s+)?"
    r"(?:(?:tes|vos|les)\s+(?:\w+\s+)?(?:consignes|instructions|règles)\b.{0,20}\b(?:et|précédentes|puis)\b"
    r"|ce\s+qui\s+précède|ce\s+qu[’']on\s+t[’']a\s+dit|tes\b)"
    r"|\btes\s+(?:consignes|instructions|règles)\s+(?:ont|sont|deviennent)\b"
    r"|\[/?inst\]|<\|\w+|</?(?:system|assistant|im_start)\b"
    rf"|^\W*(?:\w+\s+){{0,2}}(?:instructions?|consignes?|règles?)\s*:\s*{_TELL}|^\W*{_TELL}"
    rf"|\btu\s+(?:dois|vas|devras)\s+{_SAYING}\s+qu[e’']"
    rf"|\btu\s+es\s+(?:(?:désormais|maintenant)\s+)?une?\s+\w+\s*[:,.]\s*{_SAY}\b"
    rf"|\bl[’'](?:assistant|ia|agent conversationnel)\s+(?:doit|devra)\s+(?:demander|{_SAYING})\b)",
    re.IGNORECASE,
)


def is_order_to_a_model(text: str) -> bool:
    """Whether a sentence tells a language model what to say."""
    return _ORDER.search(text) is not None
