"""The pages people open: the demo page, the whole FAQ, the API docs, and the service's own state."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse
from markdown_it import MarkdownIt
from markupsafe import Markup
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from app import __version__
from app.answer.cite import deep_link
from app.answer.contact import contact_for
from app.answer.suggest import opening_entries
from app.core.types import Contact, Entry
from app.search.index import OpenIndex
from app.web import metrics
from app.web.dependencies import ServicesDep
from app.web.schemas import HealthResponse, ProblemResponse
from app.web.templating import render

STATIC = Path(__file__).with_name("static")
SWAGGER = Path(str(files("fastapi_offline"))) / "static"
_markdown = MarkdownIt("commonmark", {"html": False})

router = APIRouter()


@router.get("/", include_in_schema=False)
async def demo(request: Request, services: ServicesDep) -> HTMLResponse:
    """A page to try the assistant on."""
    live = services.live.retriever().index
    return render(request, "demo.html", _context(live, services.assistant.contact))


@router.get("/faq", include_in_schema=False)
async def faq(request: Request, services: ServicesDep) -> HTMLResponse:
    """All entries by section, readable without JavaScript."""
    live = services.live.retriever().index
    context = _context(live, services.assistant.contact)
    return render(request, "faq.html", {**context, "sections": _sections(live)})


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> HTMLResponse:
    """Swagger UI, from our own address."""
    return get_swagger_ui_html(
        openapi_url=str(request.app.openapi_url),
        title=f"{request.app.title} – API",
        swagger_js_url="/docs/assets/swagger-ui-bundle.js",
        swagger_css_url="/docs/assets/swagger-ui.css",
        swagger_favicon_url="/static/favicon.svg",
    )


@router.get("/api/health", tags=["exploitation"])
async def health() -> HealthResponse:
    """The process is alive."""
    return HealthResponse(status="ok", version=__version__)


@router.get(
    "/api/ready",
    tags=["exploitation"],
    response_model=HealthResponse,
    responses={503: {"model": HealthResponse}, 429: {"model": ProblemResponse}},
)
async def ready(services: ServicesDep) -> Response:
    """Index and encoder are loaded, or what is missing."""
    problem = services.live.problem
    try:
        index = services.live.retriever().index
    except Exception as error:  # noqa: BLE001 - whatever it is, the answer is "not ready" and why
        body = HealthResponse(status="not_ready", version=__version__, reason=str(error))
        return JSONResponse(body.model_dump(), 503, {"Retry-After": "5"})
    reason = str(problem) if problem else None
    body = HealthResponse(status="ok", version=__version__, index_version=index.version, reason=reason)
    return JSONResponse(body.model_dump())


@router.get("/metrics", include_in_schema=False)
async def prometheus(services: ServicesDep) -> Response:
    """Prometheus text format."""
    try:
        metrics.INDEX.set(len(services.live.retriever().index.entries))
    except Exception:  # noqa: BLE001 - without an index there are no entries
        metrics.INDEX.set(0)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _context(index: OpenIndex, contact: Contact | None) -> dict[str, object]:
    meta = index.faq
    return {
        "faq_title": meta.title,
        "source_url": meta.source_url,
        "contact": contact_for(meta, contact),
        "version": __version__,
        "openapi_url": "/docs",
        "example_questions": [entry.question for entry in opening_entries(index)],
    }


def _sections(index: OpenIndex) -> list[dict[str, object]]:
    sections: dict[str, list[dict[str, object]]] = {}
    for entry in index.entries:
        row = _row(entry, deep_link(entry, index.faq.source_url, index.twins))
        sections.setdefault(entry.section, []).append(row)
    return [{"title": title, "entries": rows} for title, rows in sections.items()]


def _row(entry: Entry, url: str) -> dict[str, object]:
    html = _markdown.render(entry.answer_md)
    return {"id": entry.id, "question": entry.question, "answer_html": Markup(html), "url": url}  # noqa: S704
