"""Figures and pictures of the widget: `python -m tests.browser.report [--images]`.

Prints what it weighs and what it costs a page that embeds it; `--images` renews docs/images.
Not a test: long tasks depend on the machine.
"""

from __future__ import annotations

import gzip
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from app.web.widget import BUILT
from tests.browser import pictures
from tests.browser.chat import Chat
from tests.browser.site_server import Sites, serving_sites
from tests.serving import guichet, serving

LOADS = 10
OBSERVE = """window.seen = {shifts: 0, longest: 0, long: 0};
new PerformanceObserver((list) => { for (const e of list.getEntries()) window.seen.shifts += e.value; })
    .observe({type: 'layout-shift', buffered: true});
new PerformanceObserver((list) => { for (const e of list.getEntries()) {
    window.seen.long += 1; window.seen.longest = Math.max(window.seen.longest, e.duration); } })
    .observe({type: 'longtask', buffered: true});"""


def sizes() -> None:
    """What a visitor fetches, compressed."""
    packed = {file.name: len(gzip.compress(file.read_bytes(), 9)) for file in sorted(BUILT.glob("*.js"))}
    for name, size in packed.items():
        say(f"{name}: {size} bytes gzip")
    say(f"loader and panel: {packed['widget.js'] + packed['panel.js']} bytes gzip")


def cost(browser: Browser, sites: Sites) -> None:
    """Long tasks and layout shift of each host page, loaded with the widget and, to compare, without."""
    browser.new_page().goto(f"{sites.origin}/bare.html")  # The browser's own start is nobody's cost.
    for site in ("bare", "hostile", "old_cms"):
        for included in (False, True):
            loads = [load(browser, sites, site, included) for _ in range(LOADS)]
            told = ", ".join(f"{name} {sum(seen[name] for seen in loads):g}" for name in loads[0])
            say(f"{site} {'with' if included else 'without'} the widget, {LOADS} loads: {told}")


def load(browser: Browser, sites: Sites, site: str, included: bool) -> dict[str, float]:
    """What one load of a site shows, and the first opening where the widget is included."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    context.add_init_script(OBSERVE)
    page = context.new_page()
    if not included:
        page.route("**/widget.js", lambda route: route.abort())
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(f"{sites.origin}/{site}.html")
    page.wait_for_load_state("networkidle")
    seen = page.evaluate("window.seen")
    told = {"long tasks": seen["long"], "layout shift": seen["shifts"]}
    if included:
        told["requests before opening"] = len({url for url in requests if url.startswith(sites.guichet)})
        Chat(page).open()
        page.wait_for_load_state("networkidle")
        told["long tasks at opening"] = page.evaluate("window.seen.long") - seen["long"]
        stored = page.evaluate("localStorage.length + sessionStorage.length")
        told["things stored"] = stored + len(context.cookies())
    context.close()
    return told


def say(line: str) -> None:
    """A line of the report."""
    sys.stdout.write(f"{line}\n")


def main() -> None:
    """Figures, and pictures where they are asked for."""
    sizes()
    with tempfile.TemporaryDirectory() as name, serving_sites() as sites, sync_playwright() as playwright:
        folder = Path(name)
        guichet(folder, "ingest").check_returncode()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        with serving(folder, GUICHET_ALLOWED_ORIGINS=sites.origin) as server:
            sites.guichet = server.base_url
            cost(browser, sites)
            if "--images" in sys.argv:
                pictures.take(browser, server.base_url)
        browser.close()


if __name__ == "__main__":
    main()
