"""The smallest parts of an answer that can stand in the index and be quoted.

Ingest embeds them one by one and the composer picks among them: both cut the
same way, so a unit's position is the link between a vector and the words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from app.core.markdown import plain_text, split_blocks, split_sentences
from app.core.orders import is_order_to_a_model

# What an editor wrote for colleagues, not for readers: something "can be / is to be" added,
# completed, inserted "here", or a note in the infinitive to oneself.
_EDITORIAL = re.compile(
    r"(?:\b(?:peut|pourra|pourrait|doit|devra)\s+être\s+"
    r"(?:ajouté|inséré|complété|précisé|remplacé|mis)e?s?\b.*\bici\b"
    r"|\bà\s+(?:compléter|ajouter|insérer|vérifier|valider|confirmer)\s+"
    r"(?:ici|par|avant|ultérieurement|plus tard)\b"
    r"|\[(?:à compléter|lien à|todo|xxx)[^\]]*\]|\b(?:TODO|FIXME|XXX)\b|\blorem ipsum\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Unit:
    """One sentence or list item: its place among the answer's blocks, and its Markdown."""

    block: int
    text: str


@lru_cache(maxsize=10_000)
def answer_units(answer_md: str) -> tuple[Unit, ...]:
    """Sentences and list items of an answer in reading order, editorial notes included."""
    return tuple(
        Unit(at, sentence)
        for at, block in enumerate(split_blocks(answer_md))
        if block.kind != "code"
        for sentence in split_sentences(block.text)
        if plain_text(sentence).strip()
    )


@lru_cache(maxsize=10_000)
def is_editorial_note(text: str) -> bool:
    """Whether a sentence speaks to the page's editors, or to a language model, rather than to its readers."""
    return _EDITORIAL.search(text) is not None or is_order_to_a_model(text)
