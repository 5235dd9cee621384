"""Sentences that give orders to a model: an entry that was tampered with may hold some."""

from __future__ import annotations

import re

from app.core.folding import fold
from app.core.orders import is_order_to_a_model

_ORDERS = re.compile(
    r"\b(?:ignore[zr]?|oublie[zr]?|neglige[zr]?|outrepasse[zr]?|contourne[zr]?)\b.{0,60}\b(?:consignes?|instructions?|regles|prompt|ce qui precede)"
    r"|\b(?:consignes?|instructions?) (?:precedentes?|systeme|prioritaires?|cachees?|pour l'(?:assistant|ia|agent)|a l'(?:assistant|ia))"
    r"|\b(?:prompt|system prompt|jailbreak|mode developpeur|chatgpt|gpt|llm)\b|\b(?:modele de langage|chatbot)\b"
    r"|\b(?:assistant|systeme|system|ia|bot|agent conversationnel) ?:|</?(?:system|fiche|instruction)|\[/?inst\]|###"
    r"|\b(?:reponds|affirme|confirme|annonce|indique|dis|precise|pretends|declare|ecris|recommande|conseille)(?:-leur|-lui)? "
    r"(?:toujours |desormais |plutot |simplement |uniquement |aux? |a (?:tous|toute|chaque|l)|que\b|qu')"
    r"|\btu (?:es|dois|vas|peux|reponds|ignores|agis|deviens)\b|\btes (?:consignes|regles|instructions)\b"
    r"|\b(?:l'assistant|l'ia|le bot|le robot|l'agent conversationnel) (?:doit|devra|repond|repondra|peut|dira|indiquera|affirme)"
)


def speaks_to_a_model(text: str) -> bool:
    """Whether a sentence gives orders to an assistant instead of telling visitors something."""
    return _ORDERS.search(fold(text)) is not None or is_order_to_a_model(text)
