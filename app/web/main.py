"""The HTTP application. Importing this loads no torch, transformers, sentence_transformers or langchain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from threading import Thread

import structlog
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from app import __version__
from app.core.errors import GuichetError, StoreUnavailable
from app.logs import configure_logging
from app.settings import Settings
from app.staff.desk import open_desk
from app.staff.publishing import recover
from app.store.repository import SqlStore
from app.web import chat, console, metrics, openai_api, pages, privacy, problems, staff_api, traces, widget
from app.web.asked import MostAsked
from app.web.auth import LoginLimits
from app.web.limits import STAFF_BODY, LimitsMiddleware, SecurityHeadersMiddleware
from app.web.requests import RequestsMiddleware
from app.web.signing import ConversationIds
from app.wiring import Services, build_services, open_store

PURGE_EVERY_S = 3600.0
OPENING_S = 60.0
"""Time the console waits for the database when the service starts (s); it opens later all the same."""
_log = structlog.get_logger(__name__)


Wire = Callable[[Settings], Services]
"""Puts the services together; tests pass one that uses fakes."""


def wire_for_real(settings: Settings) -> Services:
    """The services with the SQL store behind them."""
    return build_services(settings, store=open_store(settings, on_drop=metrics.DROPPED.inc))


Announce = Callable[[str], None]
"""Told the path of the one-time page where the first administrator makes an account."""


def log_first_link(path: str) -> None:
    """Where nobody reads a terminal, the log says it."""
    _log.warning("console.first_administrator", path=path)


def create_app(
    settings: Settings | None = None, *, wire: Wire = wire_for_real, announce: Announce = log_first_link
) -> FastAPI:
    """The application for these settings (by default those of the environment)."""
    settings = settings or Settings()
    configure_logging(settings.log_level)
    app = FastAPI(
        title="Guichet",
        version=__version__,
        summary="Réponses sourcées à partir de la foire aux questions d’un établissement.",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.settings = settings
    app.state.wire = wire
    app.state.conversation_ids = ConversationIds(settings.secret)
    app.state.most_asked = MostAsked()
    app.state.announce = announce
    app.state.login_limits = LoginLimits()
    problems.install(app)
    _add_middleware(app, settings)
    app.include_router(chat.router, max_body_size=settings.max_body_bytes)
    app.include_router(openai_api.router, max_body_size=settings.max_body_bytes)
    app.include_router(pages.router)
    app.include_router(widget.router)
    app.include_router(privacy.router)
    if settings.console:
        app.include_router(console.router, max_body_size=STAFF_BODY)
        app.include_router(staff_api.router, max_body_size=STAFF_BODY)
    app.mount("/static", StaticFiles(directory=pages.STATIC), name="static")
    app.mount("/docs/assets", StaticFiles(directory=pages.SWAGGER), name="docs-assets")
    return app


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """Innermost first: what the limits refuse also says which sites may read it."""
    # Pages and styles: a whole FAQ is four times smaller. Answers are small, and not to be kept waiting.
    app.add_middleware(
        GZipMiddleware,
        minimum_size=1024,
        compresslevel=6,
        exclude_content_types=(*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/json", "application/problem+json"),
    )
    app.add_middleware(
        LimitsMiddleware,
        max_body=settings.max_body_bytes,
        per_minute=settings.rate_limit_per_minute,
        global_per_minute=settings.rate_limit_global_per_minute,
        origins=settings.origins,
    )
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.origins,
        allow_methods=("GET", "POST"),
        allow_headers=("Content-Type",),
        expose_headers=("Retry-After",),
        max_age=7200,
    )
    app.add_middleware(
        SecurityHeadersMiddleware, relaxed=("/docs",), framed=widget.EMBED, ancestors=settings.framing_origins
    )
    app.add_middleware(RequestsMiddleware)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(settings.workers, thread_name_prefix="guichet"))
    services: Services = app.state.wire(settings)
    app.state.services = services
    if isinstance(services.store, SqlStore):
        app.state.desk = open_desk(services, services.store.database)
    metrics.watch(services.assistant.generations)
    traces.start(settings.traces)
    await asyncio.to_thread(services.live.refresh)
    tasks = [
        asyncio.create_task(asyncio.to_thread(_warm_up, services)),
        asyncio.create_task(_watch_index(services)),
        asyncio.create_task(_purge(services)),
    ]
    if settings.console and isinstance(services.store, SqlStore):
        # Not one of the searches' threads: it may wait for the database.
        Thread(target=_open_console, args=(app,), name="guichet-console", daemon=True).start()
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        await services.aclose()
        await asyncio.to_thread(traces.stop)


def _warm_up(services: Services) -> None:
    """Search once for a misspelt word, and load a model that runs here, so that no visitor waits for it."""
    with suppress(GuichetError):
        services.live.retriever().search("inscripsionn")
    try:
        services.prepare_model()
    except GuichetError as error:
        _log.error("model.unavailable", reason=str(error), mend=error.mend)


def _open_console(app: FastAPI) -> None:
    """Once the database is there: settle what a killed process left, and let the first administrator in."""
    desk = app.state.desk
    if not desk.database.ready.wait(OPENING_S):
        return
    try:
        recover(desk)
        if desk.accounts.is_empty():
            app.state.announce(f"/console/bienvenue/{desk.accounts.make_link(None)}")
    except GuichetError as error:
        _log.error("console.unsettled", reason=str(error))


async def _watch_index(services: Services) -> None:
    """Take up newly published versions without dropping a request."""
    while True:
        await asyncio.sleep(services.settings.index_poll_s)
        try:
            await asyncio.to_thread(services.live.refresh)
        except Exception as error:  # noqa: BLE001 - the watcher must outlive any single failure
            _log.error("index.watch_failed", exc_info=error)


async def _purge(services: Services) -> None:
    """Enforce the retention period."""
    while True:
        try:
            gone = await asyncio.to_thread(services.store.purge, services.settings.retention_days)
            if gone:
                _log.info("store.purged", answers=gone)
        except StoreUnavailable as error:
            _log.warning("store.purge_failed", reason=str(error))
            await asyncio.sleep(60)
            continue
        await asyncio.sleep(PURGE_EVERY_S)
