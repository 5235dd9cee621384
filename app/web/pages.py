"""The pages people open: the demo page, the FAQ with its search, the API docs, and the service's own state."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse
from markupsafe import Markup
from prometheus_client import CONTENT_TYPE_LATEST

from app import __version__
from app.answer.cite import best_quote
from app.answer.contact import contact_for
from app.core.french import clean
from app.core.types import Contact
from app.search.decide import decide
from app.search.index import OpenIndex
from app.search.retriever import HybridRetriever
from app.web import messages, metrics
from app.web.dependencies import ServicesDep
from app.web.listing import listed, outline
from app.web.paths import prefix
from app.web.readiness import NEEDED, OK, ready_parts
from app.web.schemas import MAX_MESSAGE, HealthResponse, ProblemResponse
from app.web.sites import site_health
from app.web.templating import render
from app.web.widget import opening_suggestions

STATIC = Path(__file__).with_name("static")
SWAGGER = Path(str(files("fastapi_offline"))) / "static"
FOUND, FOUND_UNSURE = 5, 3
"""Entries that a search of the FAQ page shows, and when none of them may be the right one."""
KEYWORDS = 2
"""Most words of a search for a word rather than of a question."""

router = APIRouter()


@router.get("/", include_in_schema=False)
async def demo(request: Request, services: ServicesDep) -> HTMLResponse:
    """A page that embeds the widget as a site would, and that is of use without it."""
    index = services.live.retriever().index
    offered = opening_suggestions(services.settings, index, request.app.state.most_asked)
    context = _context(index, services.assistant.contact)
    return render(request, "demo.html", {**context, "offered": offered, "sections": outline(index)})


@router.get("/faq", include_in_schema=False)
async def faq(
    request: Request,
    services: ServicesDep,
    q: str = "",
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    entree: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    """All entries by section, a page at a time where they are many, and a search, without JavaScript.

    `entree` is the id of an entry whose page is wanted.
    """
    retriever = services.live.retriever()
    listing = await run_in_threadpool(listed, retriever.index, page, entree)
    context = _context(retriever.index, services.assistant.contact)
    structured = Markup(_structured(listing.sections))  # noqa: S704 - escaped for a script element
    query = clean(q)[:MAX_MESSAGE]
    found = await services.assistant.workers.run(_search, retriever, query) if query else None
    filled = {**context, "listing": listing, "structured": structured, "query": query, "found": found}
    return render(request, "faq.html", filled)


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> HTMLResponse:
    """Swagger UI, from our own address."""
    root = prefix(request.scope)
    return get_swagger_ui_html(
        openapi_url=f"{root}{request.app.openapi_url}",
        title=f"{request.app.title} – API",
        swagger_js_url=f"{root}/docs/assets/swagger-ui-bundle.js",
        swagger_css_url=f"{root}/docs/assets/swagger-ui.css",
        swagger_favicon_url=f"{root}/static/favicon.svg",
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
async def ready(request: Request, services: ServicesDep) -> Response:
    """Which parts are there. 503 while questions can't be answered, and once told to stop.

    A store that is away or a site that isn't ready is told, and is no reason for a 503.
    """
    if request.app.state.draining.is_set():
        body = HealthResponse(status="not_ready", version=__version__, reason=messages.DRAINING)
        return JSONResponse(body.dump(), 503, {"Retry-After": "5"})
    parts, sites = ready_parts(services), site_health(request)
    missing = next((told for part, told in parts.items() if part in NEEDED and told != OK), None)
    if missing:
        body = HealthResponse(status="not_ready", version=__version__, reason=missing, sites=sites, parts=parts)
        return JSONResponse(body.dump(), 503, {"Retry-After": "5"})
    index = services.live.retriever().index
    problem = services.live.problem or services.cluster.problem
    reason = str(problem) if problem else None
    body = HealthResponse(
        status="ok", version=__version__, index_version=index.version, reason=reason, sites=sites, parts=parts
    )
    return JSONResponse(body.dump())


@router.get("/metrics", include_in_schema=False)
async def prometheus(services: ServicesDep) -> Response:
    """Prometheus text format."""
    return Response(metrics.exposition(services.settings.site), media_type=CONTENT_TYPE_LATEST)


def _context(index: OpenIndex, contact: Contact | None) -> dict[str, object]:
    meta = index.faq
    return {
        "faq_title": meta.title,
        "source_url": meta.source_url,
        "contact": contact_for(meta, contact),
        "version": __version__,
        "openapi_url": "/docs",
    }


def _search(retriever: HybridRetriever, query: str) -> dict[str, object]:
    """The entries nearest to a question, whether one of them answers it, and whether a word was looked for.

    A word alone ("payer") is no question: that the FAQ can't answer it would be no news.
    """
    retrieval = retriever.search(query, FOUND)
    decision = decide(retrieval, retriever.index.decision)
    is_known = any(hit.lexical_rank is not None for hit in retrieval.hits[:1])
    is_keyword = is_known and len(query.split()) <= KEYWORDS and not query.endswith("?")
    is_sure = decision.verdict != "abstain"
    rows = [
        {
            "id": hit.entry.id,
            "question": hit.entry.question,
            "section": hit.entry.section,
            "quote": best_quote(hit),
        }
        for hit in retrieval.hits[: FOUND if is_sure or is_keyword else FOUND_UNSURE]
    ]
    return {"hits": rows, "is_sure": is_sure, "is_keyword": is_keyword}


def _structured(sections: list[dict[str, Any]]) -> str:
    """The entries for search engines: schema.org FAQPage as JSON-LD, fit for a script element."""
    questions = [
        {
            "@type": "Question",
            "name": row["question"],
            "acceptedAnswer": {"@type": "Answer", "text": str(row["answer_html"])},
        }
        for section in sections
        for row in section["entries"]
    ]
    page = {"@context": "https://schema.org", "@type": "FAQPage", "inLanguage": "fr", "mainEntity": questions}
    told = orjson.dumps(page).decode()
    for mark in "<>&\u2028\u2029":
        told = told.replace(mark, f"\\u{ord(mark):04x}")
    return told
