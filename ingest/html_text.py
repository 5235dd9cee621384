"""Raw HTML inside Markdown: its text is kept, its tags are dropped."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

_TAG = re.compile(r"<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9-]{0,30})(?P<rest>[^<>]*)>")
_MARKUP = re.compile(r"<!--|<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9-]{0,30})(?P<rest>[^<>]*)>|<[!?][^<>]*>")
_ATTRIBUTE = re.compile(r"""([A-Za-z_:][\w:.-]{0,40})\s{0,20}=\s{0,20}(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+))""")
_BREAKING = re.compile(
    r"address|article|aside|blockquote|body|d[dlt]|details|div|fieldset|figcaption|figure|footer|form"
    r"|h[1-6]|header|hr|legend|main|nav|[ou]l|p|pre|section|summary|table|t(?:body|foot|head|r)"
)
_SILENT = re.compile(r"script|style|template|noscript|svg|math|select|option|textarea|iframe|object")


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag in raw HTML; `start` and `end` are its place in the text."""

    name: str
    closing: bool
    rest: str
    start: int
    end: int


def tag_of(content: str) -> tuple[str, bool]:
    """Name (lower case) and closing-ness of one inline tag; ("", False) if it is none."""
    match = _TAG.match(content)
    return (match["name"].lower(), bool(match["close"])) if match else ("", False)


def attribute(tag: str, name: str) -> str:
    """The value of an attribute in a tag's text, entities read; "" if it has none."""
    for found in _ATTRIBUTE.finditer(tag):
        if found[1].lower() == name:
            return html.unescape(found[2] or found[3] or found[4] or "").strip()
    return ""


def tags(content: str) -> Iterator[Tag]:
    """The tags of raw HTML in order, those inside comments left out."""
    at = 0
    while match := _MARKUP.search(content, at):
        at = match.end()
        if match[0] == "<!--":
            end = content.find("-->", at)
            at = len(content) if end < 0 else end + 3
        elif match["name"]:
            yield Tag(match["name"].lower(), bool(match["close"]), match["rest"], match.start(), match.end())


def comments(content: str) -> list[tuple[str, int, bool]]:
    """(text, offset, closed) of each HTML comment."""
    found = []
    at = content.find("<!--")
    while at >= 0:
        end = content.find("-->", at + 4)
        found.append((content[at + 4 : end if end >= 0 else len(content)], at, end >= 0))
        at = content.find("<!--", end + 3) if end >= 0 else -1
    return found


def html_to_markdown(content: str) -> str:
    """Raw HTML as Markdown source: paragraphs, line breaks, list items and links survive."""
    out: list[str] = []
    at = 0
    silent = ""
    link = ""
    for tag in [*tags(content), Tag("", False, "", len(content), len(content))]:
        if not silent:
            out.append(_text(content[at : tag.start]))
        at = tag.end
        if silent:
            silent = "" if tag.closing and tag.name == silent else silent
        elif _SILENT.fullmatch(tag.name) and not tag.closing and not tag.rest.endswith("/"):
            silent = tag.name
        elif tag.name == "a":
            href = "" if tag.closing else attribute(tag.rest, "href")
            if href and not link:
                out.append("[")
                link = href
            elif tag.closing and link:
                out.append(_target(link))
                link = ""
        else:
            out.append(" " if link else _mark(tag))
    return "".join([*out, _target(link) if link else ""])


def _target(url: str) -> str:
    return "](<" + re.sub(r"\s", "%20", url).replace("<", "%3C").replace(">", "%3E").replace("\\", "%5C") + ">)"


def _mark(tag: Tag) -> str:
    if tag.name == "br":
        return "\\\n"
    if tag.name == "li":
        return "\n" if tag.closing else "\n- "
    if _BREAKING.fullmatch(tag.name):
        return "\n\n"
    if tag.name in ("td", "th") and tag.closing:
        return " "
    return ""


def _text(text: str) -> str:
    """Text between tags as Markdown source: entities kept, what Markdown would read escaped."""
    parts = []
    at = 0
    start = text.find("<!--")
    while start >= 0:
        parts.append(text[at:start])
        end = text.find("-->", start + 4)
        at = len(text) if end < 0 else end + 3
        start = text.find("<!--", at)
    parts.append(text[at:])
    flat = re.sub(r"\s+", " ", "".join(parts))
    flat = re.sub(r"([\\`*_\[\]<>#$|~])", r"\\\1", flat)
    return re.sub(r"^( ?)([-+=])", r"\1\\\2", re.sub(r"^( ?\d{1,9})([.)])", r"\1\\\2", flat))
