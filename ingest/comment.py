"""The optional comment under a question: `<!-- guichet: id=…; audience=… variantes: - … -->`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from app.core.french import fold

_START = re.compile(r"\s*guichet\b\s*:?[ \t]*", re.IGNORECASE)
_KEY_VALUE = re.compile(r"(?P<key>[^\W\d][\w' ’-]{0,30}?)\s{0,3}[=:]\s*(?P<value>.*)", re.DOTALL)
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_FRENCH_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_ITEM = re.compile(r"[ \t]*[-*•][ \t]+")

# Keys by their folded names, French and English.
KEYS = {
    "id": "id", "identifiant": "id",
    "audience": "audience", "public": "audience",
    "url": "url", "lien": "url", "adresse": "url",
    "valid_until": "valid_until", "valide_jusqu'au": "valid_until", "valide_jusqu_au": "valid_until",
    "valable_jusqu_au": "valid_until", "valable_jusqu'au": "valid_until", "jusqu_au": "valid_until",
    "jusqu'au": "valid_until", "validite": "valid_until", "expire_le": "valid_until",
    "variantes": "variants", "variante": "variants", "variants": "variants",
    "autres_formulations": "variants",
}  # fmt: skip
_SPLIT = re.compile(
    r";(?=\s*(?:" + "|".join(sorted(map(re.escape, KEYS), key=len, reverse=True)) + r")\s*[=:])|;(?=\s)|;$|\n",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something wrong in a comment: the code of its message, its line from 0, the words at fault."""

    code: str
    line: int
    value: str


@dataclass(slots=True)
class Extras:
    """What a comment adds to an entry."""

    id: str | None = None
    audience: str | None = None
    url: str | None = None
    valid_until: date | None = None
    variants: list[str] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)


def is_guichet(comment: str) -> bool:
    """Whether an HTML comment's text is ours."""
    return _START.match(comment) is not None


def parse_comment(comment: str) -> Extras:
    """The keys and variants of a comment; whatever is wrong ends up in `troubles`."""
    extras = Extras()
    start = _START.match(comment)
    at = start.end() if start else 0
    listing = False
    for text, line in _pieces(comment, at):
        item = _ITEM.match(text)
        pair = None if item else _KEY_VALUE.fullmatch(text.strip())
        key = KEYS.get(fold(pair["key"]).strip().replace(" ", "_")) if pair else None
        if listing and (item or key is None):
            extras.variants.append(text[item.end() :].strip() if item else text.strip())
        elif pair is None:
            extras.troubles.append(Trouble("comment-syntax", line, text.strip()))
        elif key is None:
            extras.troubles.append(Trouble("unknown-key", line, pair["key"].strip()))
        else:
            listing = key == "variants"
            _take(extras, key, pair["value"].strip().strip('"«»“” '), line)
    extras.variants = list(dict.fromkeys(" ".join(v.split()) for v in extras.variants if v.strip()))
    return extras


def _pieces(comment: str, at: int) -> Iterator[tuple[str, int]]:
    """Non-empty pieces between ";" and line ends (not within list items), with their lines."""
    line, counted = 0, 0
    while at < len(comment):
        line += comment.count("\n", counted, at)
        counted = at
        if _ITEM.match(comment, at):
            end = comment.find("\n", at)
            end = len(comment) if end < 0 else end
            after = end + 1
        else:
            cut = _SPLIT.search(comment, at)
            end, after = (cut.start(), cut.end()) if cut else (len(comment), len(comment))
        if comment[at:end].strip():
            yield comment[at:end], line
        at = after


def _take(extras: Extras, key: str, value: str, line: int) -> None:
    if key == "variants":
        extras.variants.extend(part for part in value.split("|") if part.strip())
    elif not value:
        extras.troubles.append(Trouble("empty-key", line, key))
    elif key == "valid_until":
        extras.valid_until = parse_date(value)
        if extras.valid_until is None:
            extras.troubles.append(Trouble("bad-date", line, value))
    elif key == "id":
        if _ID.fullmatch(value) and len(value) <= 80:
            extras.id = value
        else:
            extras.troubles.append(Trouble("bad-id", line, value))
    elif key == "url":
        extras.url = value
        if not value.startswith(("http://", "https://")):
            extras.url = None
            extras.troubles.append(Trouble("bad-url", line, value))
    else:
        extras.audience = value


def parse_date(value: str) -> date | None:
    """A day written 2027-06-30 or 30/06/2027; None if it is no such day."""
    value = value.strip()
    match = _FRENCH_DATE.fullmatch(value)
    try:
        if match:
            return date(int(match[3]), int(match[2]), int(match[1]))
        return date.fromisoformat(value) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) else None
    except ValueError:
        return None
