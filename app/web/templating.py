"""The page templates, rendered with what every page needs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates

from app.web.paths import prefix

_templates = Jinja2Templates(Path(__file__).with_name("templates"))

PRODUCT = "Guichet"


def render(
    request: Request,
    template: str,
    context: Mapping[str, object],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """A page; `title` and `root` (the path prefix behind a proxy) are always there."""
    root = prefix(request.scope)
    filled = {"title": PRODUCT, "faq_title": PRODUCT, "root": root, **context}
    return _templates.TemplateResponse(request, template, filled, status_code=status, headers=headers)
