"""Answers as HTML."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt

_LINKED = re.compile(r"(?:https?:|mailto:|[/#?])", re.IGNORECASE)


class _Markdown(MarkdownIt):
    """No raw HTML, no images, links to the web, to e-mail and to this site alone."""

    def __init__(self) -> None:
        super().__init__("commonmark", {"html": False})
        self.disable("image")

    def validateLink(self, url: str) -> bool:  # noqa: N802 - markdown-it's own name
        """Whether a link may point there; else its Markdown stays text."""
        return bool(_LINKED.match(url)) and super().validateLink(url)


_markdown = _Markdown()


def to_html(text: str) -> str:
    """Markdown as HTML that holds nothing but what Markdown can say."""
    html: str = _markdown.render(text)
    return html
