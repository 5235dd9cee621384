"""The HTTP application. Importing this loads no torch, transformers, sentence_transformers or langchain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from threading import Event, Thread

import structlog
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.types import Receive, Scope, Send

from app import __version__
from app.answer import exemplars
from app.core.errors import GuichetError, StoreUnavailable
from app.logs import configure_logging
from app.settings import Settings
from app.sites import prefix_of
from app.staff.desk import open_desk
from app.staff.publishing import recover
from app.store.repository import SqlStore
from app.web import chat, console, metrics, openai_api, pages, privacy, problems, staff_api, traces, widget
from app.web.asked import MostAsked
from app.web.auth import LoginLimits
from app.web.fairness import FairExecutor
from app.web.limits import STAFF_BODY, LimitsMiddleware, SecurityHeadersMiddleware, limiters_of
from app.web.paths import inner_path
from app.web.readiness import is_ready, parts_of
from app.web.requests import RequestsMiddleware
from app.web.sharing import Sharing
from app.web.signing import ConversationIds
from app.web.sites import Sites, SitesMiddleware
from app.wiring import Services, build_services, open_store

PURGE_EVERY_S = 3600.0
HOUSEKEEPERS = 4
"""Threads for all that no visitor waits for: a new index, the purge, a model that is loaded, staff's views."""
SITES_THREADS = 1000
"""Threads for the routes that wait for the database: more than one site may hold at once (`site_requests`)."""
OPENING_S = 60.0
"""Time the console waits for the database when the service starts (s); it opens later all the same."""
_log = structlog.get_logger(__name__)


Wire = Callable[[Settings], Services]
"""Puts the services together; tests pass one that uses fakes."""


def wire_for_real(settings: Settings) -> Services:
    """The services with the SQL store behind them."""
    return build_services(settings, store=open_store(settings, on_drop=partial(metrics.dropped, settings.site)))


Announce = Callable[[str], None]
"""Told the path of the one-time page where the first administrator makes an account."""


def log_first_link(path: str) -> None:
    """Where nobody reads a terminal, the log says it."""
    _log.warning("console.first_administrator", path=path)


def create_app(
    settings: Settings | None = None, *, wire: Wire = wire_for_real, announce: Announce = log_first_link
) -> FastAPI:
    """The application for these settings (by default those of the environment), and those of its sites."""
    settings = settings or Settings()
    configure_logging(settings.log_level)
    app = make_app(settings, wire=wire, announce=announce, lifespan=_lifespan)
    if settings.sites_dir is not None:
        app.state.sites = Sites(settings, partial(_make_site, app))
        app.add_middleware(SitesMiddleware, sites=app.state.sites, at_once=settings.site_requests)
    return app


Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def make_app(settings: Settings, *, wire: Wire, announce: Announce, lifespan: Lifespan) -> FastAPI:
    """The application that answers from one FAQ: the service's own, or a site's."""
    app = FastAPI(
        title="Guichet",
        version=__version__,
        summary="Réponses sourcées à partir de la foire aux questions d’un établissement.",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.wire = wire
    app.state.conversation_ids = ConversationIds(settings.secret)
    app.state.most_asked = MostAsked()
    app.state.announce = announce
    app.state.draining = Event()
    app.state.limiters = limiters_of(settings.rate_limit_per_minute, settings.rate_limit_global_per_minute)
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


def _make_site(service: FastAPI, settings: Settings) -> FastAPI:
    """The application of a site, which reads with the service's encoder."""

    def wire(settings: Settings) -> Services:
        services: Services = service.state.wire(settings)
        services.live.read_with(service.state.services.live.encoder)
        return services

    def announce(path: str) -> None:
        service.state.announce(prefix_of(settings.site) + path)

    return make_app(settings, wire=wire, announce=announce, lifespan=_serving)


class _PagesGZip(GZipMiddleware):
    """Compression, not looked into for answers, which aren't compressed."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an answer by, and compress the rest where the caller takes it."""
        answers = scope["type"] == "http" and inner_path(scope) == chat.PATH
        await (self.app if answers else super().__call__)(scope, receive, send)


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """Innermost first: what the limits refuse also says which sites may read it."""
    # Pages and styles: a whole FAQ is four times smaller. Answers are small, and not to be kept waiting.
    app.add_middleware(
        _PagesGZip,
        minimum_size=1024,
        compresslevel=6,
        exclude_content_types=(*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/json", "application/problem+json"),
    )
    app.add_middleware(
        LimitsMiddleware,
        max_body=settings.max_body_bytes,
        client=app.state.limiters.get("client"),
        everybody=app.state.limiters.get("everybody"),
        origins=settings.origins,
    )
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.origins,
        allow_methods=("GET", "POST", "DELETE"),
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
    """The process's own: its threads, the service's FAQ, and its sites."""
    settings: Settings = app.state.settings
    sites: Sites | None = getattr(app.state, "sites", None)
    threads = FairExecutor if sites else ThreadPoolExecutor
    asyncio.get_running_loop().set_default_executor(threads(HOUSEKEEPERS, thread_name_prefix="guichet"))
    async with _serving(app), _tracing(settings):
        if sites is None:
            yield
            return
        current_default_thread_limiter().total_tokens = SITES_THREADS
        await sites.open()
        watcher = asyncio.create_task(sites.watch(settings.index_poll_s))
        try:
            yield
        finally:
            watcher.cancel()
            with suppress(asyncio.CancelledError):
                await watcher
            await sites.aclose()


@asynccontextmanager
async def _tracing(settings: Settings) -> AsyncIterator[None]:
    """Traces go to the collector of the settings, where they name one."""
    traces.start(settings.traces)
    try:
        yield
    finally:
        await asyncio.to_thread(traces.stop)


@asynccontextmanager
async def _serving(app: FastAPI) -> AsyncIterator[None]:
    """What one FAQ needs while it is served: services, and the watch over index and retention."""
    settings: Settings = app.state.settings
    services: Services = app.state.wire(settings)
    app.state.services = services
    if isinstance(services.store, SqlStore):
        app.state.desk = open_desk(services, services.store.database)
    metrics.watch(settings.site, services.assistant.generations, services.live)
    metrics.watch_searches(settings.site, services.assistant.workers)
    await asyncio.to_thread(services.cluster.start)
    metrics.watch_parts(settings.site, {part: partial(is_ready, services, part) for part in parts_of(services)})
    await asyncio.to_thread(services.live.refresh)
    tasks = [
        asyncio.create_task(asyncio.to_thread(_warm_up, services)),
        asyncio.create_task(_watch_index(services)),
        asyncio.create_task(_purge(services)),
    ]
    if (state := services.shared_state) is not None:
        app.state.login_limits.state = state
        idle_s = settings.conversation_idle_min * 60
        sharing = Sharing(state, app.state.limiters, services.assistant.generations.circuit, idle_s)
        tasks.append(asyncio.create_task(sharing.run()))
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


def _warm_up(services: Services) -> None:
    """Do what the first visitors would wait for.

    A search for a misspelt word, the examples of small talk, and a model that runs here.
    """
    with suppress(GuichetError):
        retriever = services.live.retriever()
        retriever.search("inscripsionn")
        exemplars.prepare(retriever)
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
