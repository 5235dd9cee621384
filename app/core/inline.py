"""Reading a run of inline Markdown in one pass: what it shows and where it links.

A pass over the characters instead of regular expressions, because nested or
unclosed marks must not cost more than linear time.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_AUTOLINK = re.compile(r"<([^<>\s]{3,4096})>")
_EMAIL = re.compile(r"[^<>\s@]{1,256}@[^<>\s@]{1,256}")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_TARGET = re.compile(
    r"\((?:<(?P<angle>[^<>\n]{0,4096})>|(?P<bare>[^()\s<]{0,4096}(?:\([^()\s]{0,512}\)[^()\s]{0,512}){0,4}))"
    r"(?:[ \t]{1,8}\"[^\"\n]{0,512}\")?\)"
)


@dataclass(frozen=True, slots=True)
class Inline:
    """`text` as a reader sees it; `urls` in order of their marks, `mailto:` kept."""

    text: str
    urls: tuple[str, ...]


def scan(markdown: str) -> Inline:
    """What inline Markdown shows and links to. Never fails; unclosed marks are text."""
    return _Scanner(markdown).run()


@dataclass(slots=True)
class _Scanner:
    source: str
    pieces: list[str] = field(default_factory=list)
    urls: list[tuple[int, str]] = field(default_factory=list)
    openers: list[tuple[str, int]] = field(default_factory=list)
    waiting: dict[str, int] = field(default_factory=dict)
    unclosed: set[int] = field(default_factory=set)
    closings: dict[int, int] = field(default_factory=dict)
    link_ends: dict[int, int] = field(default_factory=dict)

    def run(self) -> Inline:
        self._pair_brackets()
        steps = {"\\": self._escape, "`": self._code, "<": self._autolink, "&": self._entity}
        steps |= {"[": self._open_link, "]": self._close_link, "*": self._emphasis, "_": self._emphasis}
        at = 0
        while at < len(self.source):
            step = steps.get(self.source[at])
            after = step(at) if step else None
            if after is None:
                self.pieces.append(self.source[at])
                after = at + 1
            at = after
        return Inline("".join(self.pieces), tuple(url for _, url in sorted(self.urls)))

    def _pair_brackets(self) -> None:
        stack: list[int] = []
        escaped = False
        for at, char in enumerate(self.source):
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == "[":
                stack.append(at)
            elif char == "]" and stack:
                self.closings[stack.pop()] = at

    def _escape(self, at: int) -> int | None:
        following = self.source[at + 1 : at + 2]
        if following not in _PUNCTUATION:
            return None
        self.pieces.append(following)
        return at + 2

    def _code(self, at: int) -> int:
        length = 1
        while self.source[at + length : at + length + 1] == "`":
            length += 1
        fence = "`" * length
        end = -1 if length in self.unclosed else self.source.find(fence, at + length)
        if end < 0:
            self.unclosed.add(length)
            self.pieces.append(fence)
            return at + length
        content = self.source[at + length : end]
        padded = len(content) > 2 and content[0] == content[-1] == " "
        self.pieces.append(content[1:-1] if padded else content)
        return end + length

    def _autolink(self, at: int) -> int | None:
        match = _AUTOLINK.match(self.source, at)
        if not match:
            return None
        url = match[1]
        if not (url.startswith(("http://", "https://", "mailto:")) or _EMAIL.fullmatch(url)):
            return None
        self.urls.append((at, url))
        self.pieces.append(url.removeprefix("mailto:"))
        return match.end()

    def _entity(self, at: int) -> int | None:
        match = _ENTITY.match(self.source, at)
        if not match:
            return None
        self.pieces.append(html.unescape(match[0]))
        return match.end()

    def _open_link(self, at: int) -> int | None:
        closing = self.closings.get(at)
        target = _TARGET.match(self.source, closing + 1) if closing is not None else None
        if closing is None or target is None:
            return None
        url = target["angle"] if target["angle"] is not None else target["bare"]
        self.urls.append((at, url))
        self.link_ends[closing] = target.end()
        return at + 1

    def _close_link(self, at: int) -> int | None:
        return self.link_ends.get(at)

    def _emphasis(self, at: int) -> int | None:
        char = self.source[at]
        width = 2 if self.source[at + 1 : at + 2] == char else 1
        if self.source.startswith(char * 3, at) and self.openers and self.openers[-1][0] == char:
            width = 1
        if char == "_" and width == 1:
            return None
        mark = char * width
        before = self.source[at - 1 : at] or " "
        after = self.source[at + width : at + width + 1] or " "
        if char == "_" and before.isalnum() and after.isalnum():
            return None
        if not before.isspace() and self._close_emphasis(mark):
            return at + width
        if not after.isspace():
            self.openers.append((mark, len(self.pieces)))
            self.waiting[mark] = self.waiting.get(mark, 0) + 1
        self.pieces.append(mark)
        return at + width

    def _close_emphasis(self, mark: str) -> bool:
        """Drop the nearest opener of this kind with its mark; what opened after it was text."""
        if not self.waiting.get(mark):
            return False
        while True:
            opener, place = self.openers.pop()
            self.waiting[opener] -= 1
            if opener == mark:
                self.pieces[place] = ""
                return True
