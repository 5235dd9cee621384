"""The widget's files, what it shows when it opens, its iframe mode and its configurator.

The files are built from app/widget (docs/adr/0006) and read once. They hold nothing
secret and may be fetched by any site; the API they call may not.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from app.answer.contact import contact_for
from app.core.types import Entry
from app.search.index import OpenIndex
from app.settings import Settings
from app.web.asked import MostAsked
from app.web.dependencies import ServicesDep
from app.web.schemas import MAX_MESSAGE, ContactOut, ProblemResponse, SuggestionOut
from app.web.templating import render

BUILT = Path(__file__).with_name("static") / "widget"
EMBED = "/embed"

_FOR_AN_HOUR = "public, max-age=3600"
_FOR_GOOD = "public, max-age=31536000, immutable"
_PUBLIC = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Vary": "Accept-Encoding",
}

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Asset:
    """A built script, as it is and as it travels."""

    body: bytes
    packed: bytes
    etag: str


class WidgetResponse(BaseModel):
    """What an opened widget shows before the first question. Empty texts leave the widget its own.

    `language` is the FAQ's, a BCP 47 tag: answers are in it whatever the interface's own.
    """

    title: str
    welcome: str
    suggestions: list[SuggestionOut]
    contact: ContactOut
    privacy_url: str
    max_message: int
    language: str


@router.api_route("/widget.js", methods=["GET", "HEAD"], include_in_schema=False)
async def loader(request: Request) -> Response:
    """The one script a site includes."""
    return _send(request, asset("widget.js"), _FOR_AN_HOUR)


@router.api_route("/widget/panel.js", methods=["GET", "HEAD"], include_in_schema=False)
async def panel(request: Request, v: str = "") -> Response:
    """What the loader imports at the first opening; its address names its version, so that it is kept for good."""
    return _send(request, asset("panel.js"), _panel_caching(v))


@router.api_route("/widget/panel.en.js", methods=["GET", "HEAD"], include_in_schema=False)
async def english_panel(request: Request, v: str = "") -> Response:
    """The same with an English interface."""
    return _send(request, asset("panel.en.js"), _panel_caching(v))


@router.get("/api/widget", tags=["visiteurs"], responses={503: {"model": ProblemResponse}})
async def widget(request: Request, services: ServicesDep) -> WidgetResponse:
    """What the widget shows when it is first opened."""
    settings, index = services.settings, services.live.retriever().index
    contact = contact_for(index.faq, services.assistant.contact)
    return WidgetResponse(
        title=settings.widget_title or "",
        welcome=settings.widget_welcome or "",
        suggestions=opening_suggestions(settings, index, request.app.state.most_asked),
        contact=ContactOut.model_validate(contact),
        privacy_url=settings.privacy_url or "",
        max_message=MAX_MESSAGE,
        language=index.faq.language,
    )


@router.get(EMBED, include_in_schema=False)
async def embed(
    request: Request,
    title: Annotated[str, Query(max_length=100)] = "",
    accent: Annotated[str, Query(pattern=r"^(#?[0-9A-Fa-f]{3}|#?[0-9A-Fa-f]{6}|)$")] = "",
    lang: Literal["fr", "en"] = "fr",
    theme: Literal["light", "dark", "auto"] = "auto",
) -> HTMLResponse:
    """The conversation alone, for a frame of another site."""
    return render(request, "embed.html", {"embed_title": title, "accent": accent, "lang": lang, "theme": theme})


@router.get("/configurateur", include_in_schema=False)
async def configurator(request: Request, services: ServicesDep) -> HTMLResponse:
    """Puts the tag together that a site pastes, with a live preview."""
    faq_title = services.live.retriever().index.faq.title
    return render(request, "configurator.html", {"faq_title": faq_title})


def opening_suggestions(settings: Settings, index: OpenIndex, asked: MostAsked) -> list[SuggestionOut]:
    """The questions that staff chose, else those asked most."""
    by_question = {entry.question: entry for entry in index.entries}
    if chosen := settings.offered_questions:
        return [_suggestion(by_question.get(question), question) for question in chosen]
    return [_suggestion(entry, entry.question) for entry in asked.entries(index)]


@cache
def asset(name: str) -> Asset:
    """A built file. Raises FileNotFoundError when the widget has not been built."""
    body = (BUILT / name).read_bytes()
    return Asset(body, gzip.compress(body, 9, mtime=0), f'"{hashlib.sha256(body).hexdigest()[:24]}"')


@cache
def panel_version() -> str:
    """The version of the panels that the built loader asks for."""
    return str(orjson.loads((BUILT / "build.json").read_bytes())["panel"])


def _panel_caching(version: str) -> str:
    return _FOR_GOOD if version == panel_version() else "no-cache"


def _suggestion(entry: Entry | None, question: str) -> SuggestionOut:
    if entry is None:
        return SuggestionOut(entry_id="", question=question, section="")
    return SuggestionOut(entry_id=entry.id, question=question, section=entry.section)


def _send(request: Request, found: Asset, cache_control: str) -> Response:
    headers = {**_PUBLIC, "Cache-Control": cache_control, "ETag": found.etag}
    if found.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    packed = "gzip" in request.headers.get("accept-encoding", "")
    if packed:
        headers["Content-Encoding"] = "gzip"
    return Response(found.packed if packed else found.body, media_type="text/javascript", headers=headers)
