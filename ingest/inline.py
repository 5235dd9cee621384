"""Inline nodes to canonical inline Markdown (see app/core/markdown.py).

Text is written without escapes first. The result is read back, by CommonMark
and by the product's own reader; where either would show or link anything else
than the source does, the text is written again with escapes, and in the last
resort without emphasis.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urljoin, urlsplit

from markdown_it.tree import SyntaxTreeNode

from app.core.inline import scan
from ingest.blocks import markdown, math_text
from ingest.html_text import attribute, tag_of

Care = Literal["lean", "escaped", "bare"]
Resolve = Callable[[str], str | None]

MAX_READ_BACK = 20_000
"""Longer paragraphs (of no one's writing) are escaped throughout rather than read back."""
PLACEHOLDER = re.compile(r"(?:#|(?:https?://)?(?:\.{3}|…|xxx|todo|lien|url))?", re.IGNORECASE)
"""Addresses that were never filled in."""
_SPECIAL = re.compile(r"([\\`*_\[\]<>&$|])")
# Never left bare: not every reader is as strict about what a tag is as CommonMark.
_TAG_START = re.compile(r"(<)(?=[A-Za-z/!?])")
_BARE_URL = re.compile(r"https?://[^\s<>\"«»\[\]`*\\|]{3,2000}")
_TRAILING = ".,;:!?'’)…"
_SPACES = re.compile(r"[ \t]+")
_BLOCK_START = re.compile(
    r"^(?=(?:[-+*]|#{1,6})(?:[ \t]|$)|>|={1,}[ \t]*$|-{2,}[ \t]*$|(?:[-*_][ \t]*){3,}$|```|~~~|\$\$)"
)
_NUMBER_START = re.compile(r"^(\d{1,9})([.)])(?=[ \t]|$)")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
_SCHEMES = ("http", "https", "mailto", "tel")


def resolver(base: str | None) -> Resolve:
    """How this file's addresses are made absolute: relative to `base`, dropped where
    they lead nowhere (`#`) or have a scheme no reader should follow.
    """

    def resolve(href: str) -> str | None:
        href = href.strip()
        try:
            scheme = urlsplit(href).scheme.lower()
            if scheme:
                return href if scheme in _SCHEMES and len(href) > len(scheme) + 1 else None
            if PLACEHOLDER.fullmatch(href) or (base is None and href.startswith("#")):
                return None
            return urljoin(base, href) if base else href
        except ValueError:
            return None

    return resolve


def canonical_inline(nodes: Sequence[SyntaxTreeNode], resolve: Resolve) -> str:
    """One paragraph's inline nodes as canonical Markdown; hard breaks as two spaces and a newline."""
    expected = _shown_lines(_Writer(resolve, "shown").write(nodes))
    if len(expected) > MAX_READ_BACK:
        return finish(_Writer(resolve, "bare").write(nodes), "bare")
    written = ""
    cares: tuple[Care, ...] = ("lean", "escaped", "bare")
    for care in cares:
        writer = _Writer(resolve, care)
        written = finish(writer.write(nodes), care)
        if _reads_as(written, expected, writer.urls):
            break
    return written


def finish(text: str, care: str = "lean") -> str:
    """White space tidied line by line, nothing at a line's start that would open a block."""
    lines = [_SPACES.sub(" ", line).strip(" \t") for line in text.split("\n")]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    lines = [line for line in lines if line]
    if care != "shown":
        lines = [_NUMBER_START.sub(r"\1\\\2", _BLOCK_START.sub(r"\\", line)) for line in lines]
    return "  \n".join(lines)


def _shown_lines(text: str) -> str:
    return "\n".join(finish(text, "shown").split("  \n"))


def _reads_as(written: str, expected: str, urls: list[str]) -> bool:
    own = scan("\n".join(line.strip() for line in written.split("\n")))
    if own.text != expected or list(own.urls) != urls:
        return False
    tokens = markdown().parse(written)
    if not tokens:
        return not expected
    if [token.type for token in tokens] != ["paragraph_open", "inline", "paragraph_close"]:
        return False
    root = SyntaxTreeNode(tokens)
    shown = _Writer(lambda href: href, "shown").write(root.children[0].children[0].children)
    return _shown_lines(shown) == expected


@dataclass(slots=True)
class _Writer:
    """Writes nodes with the given care; "shown" writes what a reader sees."""

    resolve: Resolve
    care: Care | Literal["shown"]
    urls: list[str] = field(default_factory=list)

    def write(self, nodes: Sequence[SyntaxTreeNode], *, linked: bool = False) -> str:
        out: list[str] = []
        anchor: tuple[int, str] | None = None
        for node in nodes:
            if node.type == "html_inline":
                tag, closing = tag_of(node.content)
                if tag == "br":
                    out.append("\n")
                elif tag == "a" and not closing and anchor is None and not linked:
                    anchor = (len(out), attribute(node.content, "href"))
                    self.urls.append("")
                elif tag == "a" and closing and anchor is not None:
                    self._close_anchor(out, anchor)
                    anchor = None
                continue
            out.append(self._node(node, linked=linked or anchor is not None))
        if anchor is not None:
            self._close_anchor(out, anchor)
        return "".join(out)

    def _close_anchor(self, out: list[str], anchor: tuple[int, str]) -> None:
        start, href = anchor
        slot = len(self.urls) - 1
        self.urls.pop(slot)
        label = "".join(out[start:])
        out[start:] = [self._link(label, href)]

    def _node(self, node: SyntaxTreeNode, *, linked: bool = False) -> str:
        if node.type == "text":
            return self._text(node.content, linked=linked)
        if node.type == "softbreak":
            return " "
        if node.type == "hardbreak":
            return "\n"
        if node.type in ("math_inline", "math_inline_double"):
            return self._text(math_text(node), linked=linked)
        if node.type == "code_inline":
            return self._code(node.content)
        if node.type in ("strong", "em"):
            return self._emphasis(node, "**" if node.type == "strong" else "*", linked=linked)
        if node.type == "link":
            if linked:
                return self.write(node.children, linked=True)
            return self._link(self.write(node.children, linked=True), str(node.attrs.get("href", "")))
        if node.children:
            return self.write(node.children, linked=linked)
        return self._text(node.content, linked=linked)

    def _text(self, text: str, *, linked: bool) -> str:
        text = text.replace("\n", " ")
        if self.care == "shown":
            return text
        out, at = [], 0
        if not linked:
            for start, end, url in _addresses(text):
                out += [self._escape(text[at:start]), self._address(url)]
                at = end
        return "".join([*out, self._escape(text[at:])])

    def _address(self, url: str) -> str:
        if url.isascii():
            self.urls.append(url)
            return f"<{url}>"
        self.urls.append(markdown().normalizeLink(url))
        return f"[{self._escape(url)}]({self.urls[-1]})"

    def _escape(self, text: str) -> str:
        special = _TAG_START if self.care == "lean" else _SPECIAL
        return special.sub(r"\\\1", text)

    def _code(self, text: str) -> str:
        text = text.strip()
        if self.care == "shown" or not text:
            return text
        return f"`{text}`" if "`" not in text and self.care != "bare" else _SPECIAL.sub(r"\\\1", text)

    def _emphasis(self, node: SyntaxTreeNode, mark: str, *, linked: bool) -> str:
        inner = self.write(node.children, linked=linked)
        core = inner.strip()
        if self.care in ("shown", "bare") or not core:
            return inner
        lead = inner[: len(inner) - len(inner.lstrip())]
        return f"{lead}{mark}{core}{mark}{inner[len(inner.rstrip()) :]}"

    def _link(self, label: str, href: str) -> str:
        url = self.resolve(href)
        core = label.strip()
        if url is None or not core or self.care == "shown":
            return label
        lead, trail = label[: len(label) - len(label.lstrip())], label[len(label.rstrip()) :]
        core = core.replace("\n", " ")
        email = url.removeprefix("mailto:")
        url = url.replace("<", "%3C").replace(">", "%3E").replace(" ", "%20").replace("\\", "%5C")
        if _names_itself(core, url) and _AUTOLINKABLE.match(url):
            self.urls.append(email if url.startswith("mailto:") else url)
            return f"{lead}<{self.urls[-1]}>{trail}"
        self.urls.append(url)
        target = f"<{url}>" if "(" in url or ")" in url else url
        return f"{lead}[{core}]({target}){trail}"


_AUTOLINKABLE = re.compile(r"https?://[^\s<>]+$|mailto:" + _EMAIL.pattern + r"$")


def _names_itself(label: str, url: str) -> bool:
    """Whether the label is the address itself, escapes aside."""
    shown = scan(label).text.replace("\\", "").strip()
    return shown in (url, url.removeprefix("mailto:"))


def _addresses(text: str) -> list[tuple[int, int, str]]:
    """Web and e-mail addresses written out in running text: (start, end, address)."""
    if "://" not in text and "@" not in text:
        return []
    found = []
    for match in _BARE_URL.finditer(text):
        url = match[0]
        while url and url[-1] in _TRAILING and not (url[-1] == ")" and url.count("(") >= url.count(")")):
            url = url[:-1]
        if len(url) > len("https://") and "." in url:
            found.append((match.start(), match.start() + len(url), url))
    taken = [(start, end) for start, end, _ in found]
    for at in _at_signs(text):
        start, end = at
        if not any(a <= start < b for a, b in taken):
            found.append((start, end, text[start:end]))
    return sorted(found)


def _at_signs(text: str) -> list[tuple[int, int]]:
    """Where e-mail addresses stand: looked for around each "@", so that time stays linear."""
    spans = []
    at = text.find("@")
    while at >= 0:
        start = at
        while start > 0 and at - start < 64 and (text[start - 1].isalnum() or text[start - 1] in "._%+-"):
            start -= 1
        match = _EMAIL.match(text, start)
        if match and match.end() > at and (text[start].isascii() and text[start].isalnum()):
            end = match.end()
            while text[end - 1] in ".-":
                end -= 1
            spans.append((start, end))
        at = text.find("@", at + 1)
    return spans
