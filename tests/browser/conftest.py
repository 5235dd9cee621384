"""The real service on a port of its own, and Chromium to look at it with."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_S = 90.0


@pytest.fixture(scope="session")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server with a freshly built index and no rate limit."""
    folder = tmp_path_factory.mktemp("service")
    port = _free_port()
    env = os.environ | {
        "GUICHET_RATE_LIMIT_PER_MINUTE": "0",
        "GUICHET_INDEX_DIR": str(folder / "index"),
        "GUICHET_DATABASE_URL": f"sqlite:///{folder / 'guichet.db'}",
    }
    guichet = [sys.executable, "-m", "app.cli"]
    subprocess.run([*guichet, "ingest"], cwd=ROOT, env=env, check=True, capture_output=True)
    with (folder / "serve.log").open("wb") as log:
        server = subprocess.Popen(
            [*guichet, "serve", "--host", "127.0.0.1", "--port", str(port)],
            cwd=ROOT,
            env=env,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_ready(url, server, folder / "serve.log")
            yield url
        finally:
            server.terminate()
            server.wait(timeout=20)


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
    """The demo page, opened; fails the test when the page logged an error of its own."""
    page = context.new_page()
    crashes: list[str] = []
    page.on("pageerror", lambda error: crashes.append(str(error)))
    page.on("console", lambda said: crashes.append(said.text) if "Content Security" in said.text else None)
    page.goto("/")
    yield page
    assert crashes == []


@pytest.fixture(scope="session")
def axe_source(tmp_path_factory: pytest.TempPathFactory) -> str:
    """axe-core's script, fetched from npm for the tests alone."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed: axe-core can't be fetched")
    folder = tmp_path_factory.mktemp("axe")
    install = [
        npm,
        "install",
        "axe-core@4",
        "--prefix",
        str(folder),
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
    ]
    done = subprocess.run(install, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        pytest.skip(f"axe-core could not be fetched from npm: {done.stderr.strip()[-200:]}")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(f"{url}/api/ready", timeout=5) as response:
                if response.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"the server did not get ready:\n{log.read_text(errors='replace')[-2000:]}")
