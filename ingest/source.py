"""From a file to clean text: encoding, line ends, front matter."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from app.core.errors import BadSource
from app.core.types import FaqMeta
from ingest import messages

MAX_BYTES = 5_000_000
MAX_LINE = 200_000
"""Characters in a line: the cost of reading one grows with its length, and no one writes such."""
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_NEWLINE = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_TEMPLATE_TAG = re.compile(r"^[ \t]*\{%[^%{}\n]*%\}[ \t]*$", re.MULTILINE)
_META_KEYS = ("title", "language", "source_url", "contact_label", "contact_email", "contact_url")


@dataclass(frozen=True, slots=True)
class Text:
    """The body of a Markdown file. `first_line` is the line its first line has in the file.

    `meta` holds the known front matter keys; `guichet` says whether the front
    matter is ours, `unknown` are its other keys with their lines.
    """

    path: Path
    body: str
    first_line: int
    meta: Mapping[str, str]
    unknown: tuple[tuple[str, int], ...] = ()


def bad(path: Path, line: int | None, text: tuple[str, str], **values: object) -> BadSource:
    """The error for a (message, mend) pair of ingest/messages.py."""
    message, mend = text
    return BadSource(path, line, message.format(**values), mend=mend.format(**values))


def read_bytes(path: Path) -> bytes:
    """The file's bytes. Raises BadSource when it can't be read or is too large."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            limit = MAX_BYTES // 1_000_000
            raise bad(path, None, messages.TOO_LARGE, size=f"{size / 1_000_000:.0f}", limit=limit)
        return path.read_bytes()
    except FileNotFoundError:
        raise bad(path, None, messages.MISSING) from None
    except OSError as error:
        raise bad(path, None, messages.UNREADABLE, reason=error.strerror or error) from None


def decode(path: Path, data: bytes) -> str:
    """UTF-8 (or UTF-16 with its mark) text. Raises BadSource naming the first bad line."""
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        text = messages.BINARY if b"\x00" in data[:4096] else messages.NOT_UTF8
        raise bad(path, line, text) from None


def tidy(text: str) -> str:
    """One kind of line end, no control or direction characters, no lone surrogates, no
    lines that hold nothing but a site builder's `{% tag %}`.
    """
    text = text.encode("utf-8", "replace").decode("utf-8")
    # "\xa0" spelt out is what some exports make of a no-break space.
    text = _CONTROL.sub("", _NEWLINE.sub("\n", text)).replace("\\xa0", "\u00a0")
    return _TEMPLATE_TAG.sub("", text)


def split_front_matter(path: Path, text: str) -> Text:
    """Front matter and body. Raises BadSource when the front matter is broken."""
    text = tidy(text)
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE:
            raise bad(path, number, messages.LONG_LINE, length=len(line))
    if lines[0].rstrip() != "---" or not _looks_like_yaml(lines):
        return Text(path, text, 1, {})
    end = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), None)
    if end is None:
        raise bad(path, 1, messages.FRONT_MATTER_OPEN)
    values = _yaml(path, "\n".join(lines[1:end]))
    meta: dict[str, str] = {}
    for key in _META_KEYS:
        value = values.get(key)
        if isinstance(value, (Mapping, list)):
            raise bad(path, _line_of(lines, key), messages.FRONT_MATTER_VALUE, key=key)
        if value is not None and str(value).strip():
            meta[key] = str(value).strip()
    ours = any(key in meta for key in _META_KEYS[2:])
    unknown = [str(key) for key in values if key not in _META_KEYS] if ours else []
    places = tuple((key, _line_of(lines, key)) for key in unknown)
    return Text(path, "\n".join(lines[end + 1 :]), end + 2, meta, places)


def to_meta(values: Mapping[str, str]) -> FaqMeta:
    """FaqMeta from known keys; what is missing keeps its default."""
    return FaqMeta(**{key: values[key] for key in _META_KEYS if key in values})


def _looks_like_yaml(lines: list[str]) -> bool:
    # A file may also start with a thematic break: front matter has "key:" on its next full line.
    following = next((line for line in lines[1:] if line.strip() and not line.startswith("#")), "")
    return bool(re.match(r"[\w-]{1,60}[ \t]*:", following)) or following.rstrip() == "---"


def _yaml(path: Path, block: str) -> Mapping[str, object]:
    try:
        values = yaml.safe_load(block)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark is not None else 1
        reason = f"ligne {line}"
        raise bad(path, line, messages.FRONT_MATTER_BROKEN, reason=reason) from None
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        raise bad(path, 2, messages.FRONT_MATTER_BROKEN, reason="une liste de réglages est attendue")
    return {str(key): value for key, value in values.items()}


def _line_of(lines: list[str], key: str) -> int:
    return next((i for i, line in enumerate(lines, 1) if line.startswith(key)), 1)
