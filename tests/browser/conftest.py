"""The real service on a port of its own, sites that embed it, and Chromium to look at them with."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.chat import Chat
from tests.browser.relay import Relay, relaying
from tests.browser.site_server import Sites, serving_sites
from tests.serving import ROOT, guichet, serving

WIDGET = ROOT / "app" / "widget"
NewChat = Callable[..., Chat]


@pytest.fixture(scope="session")
def sites() -> Iterator[Sites]:
    with serving_sites() as running:
        yield running


@pytest.fixture(scope="session")
def base_url(tmp_path_factory: pytest.TempPathFactory, sites: Sites) -> Iterator[str]:
    """Address of a server with a freshly built index, no rate limit, and the sites on its list."""
    folder = tmp_path_factory.mktemp("service")
    built = guichet(folder, "ingest")
    assert built.returncode == 0, built.stderr
    with serving(folder, GUICHET_ALLOWED_ORIGINS=sites.origin) as server:
        sites.guichet = server.base_url
        yield server.base_url


@pytest.fixture
def relay(sites: Sites, base_url: str) -> Iterator[Relay]:
    """The sites reach the service through a proxy that can fail."""
    with relaying(base_url) as relay:
        sites.guichet = relay.origin
        yield relay
        sites.guichet = base_url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium where it is installed, else the one Playwright fetched.

    Not for the whole session: Playwright's event loop would be in the way of other tests' loops.
    """
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser, base_url: str) -> Iterator[BrowserContext]:
    """A visitor's fresh browser."""
    context = browser.new_context(
        base_url=base_url, locale="fr-FR", viewport={"width": 1280, "height": 860}, reduced_motion="reduce"
    )
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page; fails the test when it logged an error of its own."""
    page = context.new_page()
    crashes = watch(page)
    yield page
    assert crashes == []


@pytest.fixture
def chat(page: Page) -> Chat:
    """The conversation on the demo page, opened."""
    page.goto("/")
    return Chat(page).open()


def watch(page: Page) -> list[str]:
    """What goes wrong on the page from now on: exceptions, and what a security policy stopped."""
    crashes: list[str] = []
    page.on("pageerror", lambda error: crashes.append(str(error)))
    page.on("console", lambda said: crashes.append(said.text) if "Content Security" in said.text else None)
    return crashes


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The widget's own development tools, from its lock file."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    modules = WIDGET / "node_modules"
    if not (modules / "axe-core").is_dir() or not (modules / "esbuild").is_dir():
        install = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(install, cwd=WIDGET, capture_output=True, text=True, timeout=110, check=False)
        if done.returncode != 0:
            pytest.skip(f"npm could not install the widget's tools: {done.stderr.strip()[-200:]}")
    return modules


@pytest.fixture(scope="session")
def axe_source(node_modules: Path) -> str:
    return (node_modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
