"""What becomes of what visitors type, on a page that the widget links to where the site names none of its own.

The facts are this service's: read from its settings, so that the page can't say other than what is done.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.answer.contact import contact_for
from app.answer.conversation import REMEMBERED
from app.settings import Settings
from app.web.dependencies import ServicesDep
from app.web.templating import render

PATH = "/donnees-personnelles"

router = APIRouter()


@router.get(PATH, include_in_schema=False)
async def privacy(request: Request, services: ServicesDep) -> HTMLResponse:
    """Which data there are, where and how long; whom to ask."""
    faq, settings = services.live.retriever().index.faq, services.settings
    facts = {
        "faq_title": faq.title,
        "contact": contact_for(faq, services.assistant.contact),
        "followed": REMEMBERED if settings.conversations else 0,
        "idle_min": f"{settings.conversation_idle_min:g}",
        "shared": settings.conversations_shared and settings.database_url.startswith("postgresql"),
        "cached": settings.encoder_cache,
        "limited": settings.rate_limit_per_minute > 0,
        "keeps_questions": settings.keep_questions,
        "retention_days": settings.retention_days,
        "model": _model(settings),
    }
    return render(request, "privacy.html", facts)


def _model(settings: Settings) -> dict[str, str] | None:
    """The language model that may word an answer, and the machine it runs on; None without one."""
    if settings.llm_local:
        return {"name": settings.llm_local.rstrip("/").rpartition("/")[2], "host": ""}
    if settings.llm_base_url and settings.llm_model:
        return {"name": settings.llm_model, "host": urlsplit(settings.llm_base_url).hostname or ""}
    return None
