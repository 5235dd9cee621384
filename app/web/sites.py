"""Several FAQs in one service: an application of its own for each site, under `/f/<slug>`.

`Sites` stands before the service's own application and hands it whatever isn't a site's. A site's application is
made by the same function as the service's, from the settings of its file, with its own index, store, limits,
conversations and accounts; they share the encoder and the process. A file that is wrong, new, changed or gone
concerns its site alone: it is opened beside the others, and swapped whole.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import structlog
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app import __version__, sites_messages
from app.core.errors import GuichetError
from app.core.site import CURRENT_SITE
from app.settings import Settings
from app.sites import SiteFile, check_apart, check_whole, prefix_of, settings_from, settings_of, site_files
from app.web import messages, metrics
from app.web.limits import SecurityHeadersMiddleware
from app.web.paths import inner_path, prefix
from app.web.problems import RETRY_AFTER_S, respond
from app.web.schemas import HealthResponse, SiteHealth

OPENING_S = 20.0
"""Time the service waits for its sites before it takes requests (s); those not open by then open later."""
FAREWELL_S = 30.0
"""Time that requests of a site's former application have to end (s)."""
AT_ONCE = 2
"""Sites opened at the same time."""
LOOKS = 3
"""Looks in a row that find a file the same, or gone, before it is taken up or let go: it may be being written."""

Make = Callable[[Settings], FastAPI]
"""Makes a site's application from its settings."""
State = Literal["ok", "opening", "broken"]

_log = structlog.get_logger(__name__)
_PREFIX = "/f/"
_ALWAYS = ("/api/health", "/api/ready", "/metrics")
"""What a monitor asks: answered however busy the site is."""


@dataclass
class Running:
    """A site's application while it runs: its lifespan is a task, ended by `stop`."""

    app: FastAPI
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    requests: int = 0

    def begin(self) -> None:
        """A request comes in."""
        self.requests += 1
        self.idle.clear()

    def end(self) -> None:
        """A request has been answered."""
        self.requests -= 1
        if not self.requests:
            self.idle.set()

    async def start(self) -> None:
        """Begin its lifespan; raises what its start raises."""
        opened = asyncio.get_running_loop().create_future()
        self.task = asyncio.create_task(self._live(opened))
        await opened

    async def _live(self, opened: asyncio.Future[None]) -> None:
        try:
            async with self.app.router.lifespan_context(self.app):
                opened.set_result(None)
                await self.stop.wait()
        except Exception as error:  # noqa: BLE001 - whoever starts it is told; a failed end is logged
            if opened.done():
                _log.error("site.end_failed", exc_info=error)
            else:
                opened.set_exception(error)

    async def close(self, within_s: float) -> None:
        """Let the requests under way end, then the application."""
        if self.requests:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.idle.wait(), within_s)
        self.stop.set()
        if self.task is not None:
            await asyncio.wait([self.task])


@dataclass
class Site:
    """What there is of a site: its file as it was last looked at, what runs, and what is wrong with the file."""

    slug: str
    digest: str = ""
    taken: str = ""
    """The digest of the file whose settings hold."""
    running: Running | None = None
    problem: GuichetError | None = None
    opening: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def state(self) -> State:
        """Whether it answers. A file that became wrong leaves the application of the former one in place."""
        if self.running is not None:
            return "ok"
        return "broken" if self.problem else "opening"

    def refuse(self, error: GuichetError) -> None:
        """Remember what is wrong, and log it once."""
        if str(error) != str(self.problem):
            kept = self.running is not None
            _log.error("site.refused", site=self.slug, reason=str(error), mend=error.mend, former_settings_kept=kept)
        self.problem = error

    def health(self) -> HealthResponse:
        """How it stands, as /api/ready says it."""
        reason = str(self.problem) if self.problem else None
        if reason and self.running is not None:
            reason = sites_messages.KEPT.format(reason=reason)
        if self.running is None:
            return HealthResponse(status="not_ready", version=__version__, reason=reason or messages.SITE_OPENING)
        live = self.running.app.state.services.live
        reason = reason or (str(live.problem) if live.problem else None)
        try:
            version = live.retriever().index.version
        except GuichetError as error:
            return HealthResponse(status="not_ready", version=__version__, reason=str(error))
        return HealthResponse(status="ok", version=__version__, index_version=version, reason=reason)


def site_health(request: Request) -> dict[str, SiteHealth] | None:
    """How every site of the service stands; None where it has no sites, or for a site itself."""
    sites: Sites | None = getattr(request.app.state, "sites", None)
    if sites is None:
        return None
    found = {slug: site.health() for slug, site in sites.all().items()}
    return {
        slug: SiteHealth(status=one.status, index_version=one.index_version, reason=one.reason)
        for slug, one in found.items()
    }


class Sites:
    """The sites of a service, by slug."""

    def __init__(self, base: Settings, make: Make) -> None:
        self._base = base
        self._make = make
        self._sites: dict[str, Site] = {}
        self._accepted: dict[str, Settings] = {"": base}
        self._places = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._seen: dict[str, tuple[str | None, int]] = {}
        """Of each site the digest of its file, None when it is gone, and how many looks in a row found that."""
        self.problem: GuichetError | None = None
        """Why the folder can't be read."""

    def get(self, slug: str) -> Site | None:
        """The site, or None."""
        return self._sites.get(slug)

    def all(self) -> Mapping[str, Site]:
        """Every site, by slug."""
        return dict(sorted(self._sites.items()))

    async def open(self) -> None:
        """Open all sites, waiting for `OPENING_S` at most."""
        opening = await self.look(after=1)
        if opening:
            await asyncio.wait(opening, timeout=OPENING_S)

    async def look(self, after: int = LOOKS) -> list[asyncio.Task[None]]:
        """Take up files that are new, changed or mended, let go of those that are gone; the tasks that do so.

        What was found is acted upon at the `after`-th look in a row that finds it.
        """
        try:
            files = await asyncio.to_thread(site_files, self._base)
            self.problem = None
        except GuichetError as error:
            if str(error) != str(self.problem):
                _log.error("sites.unreadable", reason=str(error), mend=error.mend)
            self.problem = error
            return []
        missing = self._sites.keys() - {file.slug for file in files}
        gone = [self._begin(self._forget(slug), slug) for slug in missing if self._looks(slug, None) >= after]
        found = [await self._take_up(file) for file in files if self._looks(file.slug, file.digest) >= after]
        return [*gone, *(task for task in found if task is not None)]

    def _looks(self, slug: str, digest: str | None) -> int:
        """How many looks in a row have found a file so."""
        before, times = self._seen.get(slug, (None, 0))
        times = times + 1 if before == digest else 1
        self._seen[slug] = (digest, times)
        return times

    async def watch(self, every_s: float) -> None:
        """Look again and again."""
        while True:
            await asyncio.sleep(every_s)
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - the watcher must outlive any single failure
                _log.error("sites.watch_failed", exc_info=error)

    async def aclose(self) -> None:
        """Close every site, all at once."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(site.running.close(0) for site in self._sites.values() if site.running))

    async def _take_up(self, file: SiteFile) -> asyncio.Task[None] | None:
        """Begin opening a site whose file has changed, or that isn't open for what was wrong with it."""
        site = self._sites.setdefault(file.slug, Site(file.slug))
        if site.digest == file.digest and site.problem is None:
            return None
        others = {slug: known for slug, known in self._accepted.items() if slug != file.slug}
        try:
            if site.running is not None and site.taken != file.digest:
                check_whole(file.path, file.content)
            settings = await asyncio.to_thread(_settings, self._base, file)
            await asyncio.to_thread(check_apart, settings, others, file.path)
        except GuichetError as error:
            site.refuse(error)
            site.digest = file.digest
            return None
        if site.digest == file.digest and site.opening.locked():
            return None
        site.digest = site.taken = file.digest
        self._accepted[file.slug] = settings
        return self._begin(self._open(site, settings), file.slug)

    async def _open(self, site: Site, settings: Settings) -> None:
        """Make the site's application and put it in the place of the former one."""
        async with site.opening, self._places:
            try:
                running = Running(await asyncio.to_thread(self._make, settings))
                await running.start()
            except GuichetError as error:
                site.refuse(error)
                return
            except Exception as error:  # noqa: BLE001 - whatever it is, it concerns this site alone
                _log.error("site.crashed", site=site.slug, exc_info=error)
                site.problem = GuichetError(messages.SITE_CRASHED)
                return
            former, site.running, site.problem = site.running, running, None
        _log.info("site.open", site=site.slug)
        if former is not None:
            await former.close(FAREWELL_S)

    async def _forget(self, slug: str) -> None:
        site = self._sites.pop(slug, None)
        self._accepted.pop(slug, None)
        self._seen.pop(slug, None)
        if site is None:
            return
        async with site.opening:
            if site.running is not None:
                await site.running.close(FAREWELL_S)
        metrics.forget(slug)
        _log.info("site.gone", site=slug)

    def _begin(self, work: Coroutine[Any, Any, None], slug: str) -> asyncio.Task[None]:
        context = contextvars.copy_context()
        context.run(CURRENT_SITE.set, slug)
        task = asyncio.get_running_loop().create_task(work, name=f"guichet-site-{slug}", context=context)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _settings(base: Settings, file: SiteFile) -> Settings:
    """The settings of the very content that was looked at."""
    return settings_from(base, file.slug, file.content) if file.digest else settings_of(base, file.slug)


class SitesMiddleware:
    """Hands each request to its site's application, or to the service's own, in bounds for each."""

    def __init__(self, app: ASGIApp, *, sites: Sites, at_once: int) -> None:
        self._app = app
        self._sites = sites
        self._at_once = at_once
        self._requests: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find whose request it is."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = inner_path(scope)
        if not path.startswith(_PREFIX):
            await self._within("", self._app, scope, receive, send)
            return
        slug, slash, _ = path[len(_PREFIX) :].partition("/")
        site = self._sites.get(slug)
        if site is None:
            await _refuse(404, "not_found", messages.NO_SITE)(scope, receive, send)
        elif not slash:
            query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
            await RedirectResponse(f"{prefix(scope)}{prefix_of(slug)}/{query}", 307)(scope, receive, send)
        elif (running := site.running) is None:
            await _not_open(site, path)(scope, receive, send)
        else:
            inner = {**scope, "root_path": prefix(scope) + prefix_of(slug)}
            running.begin()
            try:
                await self._within(slug, running.app, inner, receive, send)
            finally:
                running.end()

    async def _within(self, slug: str, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Call it, counted and labelled as that site's work."""
        if self._requests[slug] >= self._at_once and inner_path(scope) not in _ALWAYS:
            await _refuse(503, "site_busy", messages.SITE_BUSY)(scope, receive, send)
            return
        self._requests[slug] += 1
        token = CURRENT_SITE.set(slug)
        try:
            await app(scope, receive, send)
        finally:
            CURRENT_SITE.reset(token)
            self._requests[slug] -= 1


def _not_open(site: Site, path: str) -> ASGIApp:
    if path == f"{prefix_of(site.slug)}/api/ready":
        return JSONResponse(site.health().dump(), 503, {"Retry-After": str(RETRY_AFTER_S)})
    if site.state == "opening":
        return _refuse(503, "site_opening", messages.SITE_OPENING)
    return _refuse(503, "site_unavailable", messages.SITE_BROKEN)


def _refuse(status: int, code: str, sentence: str) -> ASGIApp:
    """A problem as JSON, or as a page of the service for somebody who opened an address in a browser."""

    async def refused(scope: Scope, receive: Receive, send: Send) -> None:
        await respond(Request(scope), status, code, sentence)(scope, receive, send)

    return SecurityHeadersMiddleware(refused, relaxed=())
