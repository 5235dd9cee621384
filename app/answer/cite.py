"""Where an answer comes from: deep links into the public page, and quotes.

The code writes links and numbers, never a model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import quote

from app.core.markdown import first_line, plain_text
from app.core.types import Entry, Hit, Source
from app.core.units import answer_units, is_editorial_note

QUOTE_LENGTH = 240
"""Longest quote shown on a source card, in characters; cut at a word."""


@lru_cache(maxsize=10_000)
def text_fragment(text: str, suffix: str = "") -> str:
    """`#:~:text=` directive that scrolls to `text` (WICG "URL Fragment Text Directives").

    Dash, comma and ampersand separate the directive's parts and are always
    escaped. `suffix` is what must follow, to tell equal texts apart.
    """
    directive = _escape(text)
    if suffix:
        directive += ",-" + _escape(suffix)
    return f"#:~:text={directive}"


def deep_link(entry: Entry, source_url: str | None, twins: Mapping[str, int] = MappingProxyType({})) -> str:
    """Address of the entry: its own `url`, else the question on the public page, else our /faq page.

    `twins` holds the ids of entries whose question another entry asks too: for
    those so many first words of the answer say which one is meant.
    """
    if entry.url:
        return entry.url
    if not source_url:
        return f"/faq#{entry.id}"
    suffix = ""
    if entry.id in twins:
        suffix = " ".join(first_line(entry.answer_md).split()[: twins[entry.id]])
    return source_url.split("#", 1)[0] + text_fragment(entry.question, suffix)


def best_quote(hit: Hit) -> str:
    """The answer's sentence nearest to the question, without Markdown, cut at a word."""
    units = answer_units(hit.entry.answer_md)
    scored = [
        (score, unit.text)
        for unit, score in zip(units, hit.unit_scores, strict=False)
        if not is_editorial_note(unit.text)
    ]
    text = max(scored, default=(0.0, units[0].text if units else ""), key=lambda pair: pair[0])[1]
    return _as_quote(text)


@lru_cache(maxsize=10_000)
def _as_quote(text: str) -> str:
    return shorten(plain_text(text).strip())


def source(n: int, hit: Hit, source_url: str | None, twins: Mapping[str, int]) -> Source:
    """The n-th source of an answer."""
    return Source(
        n=n,
        entry_id=hit.entry.id,
        question=hit.entry.question,
        section=hit.entry.section,
        url=deep_link(hit.entry, source_url, twins),
        quote=best_quote(hit),
        score=round(hit.score, 4),
    )


def completed(sources: Sequence[Source], complete: Iterable[bool]) -> tuple[Source, ...]:
    """The sources, each saying whether the answer gives the whole of its entry."""
    return tuple(replace(source, complete=whole) for source, whole in zip(sources, complete, strict=True))


def shorten(text: str, limit: int = QUOTE_LENGTH) -> str:
    """Text cut at a word with an ellipsis when it is longer than `limit` characters."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def _escape(text: str) -> str:
    return quote(" ".join(text.split()), safe="").replace("-", "%2D")
