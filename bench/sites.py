"""What sites cost: `python -m bench.sites [--sites 20]`.

Each site is served from a copy of the live index (GUICHET_INDEX_DIR). Printed: processor time to make and open a
site, memory a site, and the processor time of a request to the service's own FAQ with sites over without them, in
turn in one process (the clock of a busy machine says little).
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import shutil
import statistics
import tempfile
from pathlib import Path
from time import perf_counter, process_time

from fastapi import FastAPI

from app.settings import Settings
from app.web.main import create_app

ROUNDS = 400


def resident_mb() -> float:
    """Memory of this process, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


async def get(app: FastAPI, path: str) -> int:
    """One request, straight to the application; its status."""
    status = 0

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, object]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = int(str(message["status"]))

    route, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": route,
        "raw_path": route.encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"bench")],
        "client": ("127.0.0.1", 1),
        "server": ("bench", 80),
    }
    await app(scope, receive, send)  # type: ignore[arg-type]
    return status


async def measure(folder: Path, number: int) -> None:
    """Print the figures."""
    live = Settings().index_dir
    sites = folder / "sites"
    for n in range(number):
        shutil.copytree(live, sites / f"site-{n}" / "index")
        (sites / f"site-{n}.toml").write_text("", "utf-8")
    given: dict[str, object] = {"rate_limit_per_minute": 0, "log_level": "critical", "console": False}
    plain = create_app(Settings(**given, database_url=f"sqlite:///{folder / 'a.db'}"))  # type: ignore[arg-type]
    async with plain.router.lifespan_context(plain):
        await get(plain, "/api/search?q=payer")
        gc.collect()
        before = resident_mb()
        settings = Settings(**given, database_url=f"sqlite:///{folder / 'b.db'}", sites_dir=sites)  # type: ignore[arg-type]
        several = create_app(settings)
        several.state.wire = _sharing(plain, several.state.wire)
        cpu, clock = process_time(), perf_counter()
        async with several.router.lifespan_context(several):
            assert [await get(several, f"/f/site-{n}/api/ready") for n in range(number)] == [200] * number
            cpu, clock = process_time() - cpu, perf_counter() - clock
            gc.collect()
            each = (resident_mb() - before) / (number + 1)
            print(f"opening: {1000 * cpu / (number + 1):.0f} ms of processor a site ({number} sites: {clock:.1f} s)")
            print(f"memory: {each:.1f} MB a site")
            for path in ("/api/health", "/api/search?q=comment+payer"):
                ratio, micro = await _ratio(plain, several, path)
                print(f"GET {path}: {ratio:.3f} of the processor time without sites ({micro:+.0f} µs)")


def _sharing(plain: FastAPI, wire):  # type: ignore[no-untyped-def]
    """Services that read with the encoder that is there already, so that memory is the sites' alone."""

    def shared(settings: Settings):  # type: ignore[no-untyped-def]
        services = wire(settings)
        services.live.read_with(plain.state.services.live.encoder)
        return services

    return shared


async def _ratio(plain: FastAPI, several: FastAPI, path: str) -> tuple[float, float]:
    """Median processor time of `several` over `plain`, and the difference in microseconds; asked in turn."""
    spent: dict[int, list[float]] = {0: [], 1: []}
    for _ in range(ROUNDS):
        for at, app in enumerate((plain, several)):
            began = process_time()
            assert await get(app, path) == 200
            spent[at].append(process_time() - began)
    first, second = (statistics.median(spent[at]) for at in (0, 1))
    return second / first, 1e6 * (second - first)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=20)
    number = parser.parse_args().sites
    with tempfile.TemporaryDirectory(prefix="guichet-sites-") as folder:
        asyncio.run(measure(Path(folder), number))


if __name__ == "__main__":
    main()
