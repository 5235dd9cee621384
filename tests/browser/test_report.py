"""The evaluation's report in a browser with the network off: no request, no violation, a filter that filters."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chat import axe_violations
from tests.serving import guichet

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of two runs over the development questions, the second against the first."""
    folder = tmp_path_factory.mktemp("evaluation")
    assert guichet(folder, "ingest").returncode == 0
    for more in ([], ["--against", "last"]):
        done = guichet(folder, "eval", "--split", "dev", "--runs", str(folder / "runs"), "--jobs", "2", *more)
        assert done.returncode == 0, done.stdout + done.stderr
    return max(folder.glob("runs/*/report.html"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_report_stands_alone(browser: Browser, axe_source: str, report: Path, scheme: str, width: int) -> None:
    context = browser.new_context(
        offline=True, bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 800}
    )
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report.as_uri())
    assert asked == [report.as_uri()]
    assert axe_violations(page, axe_source) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    everything = page.locator(".case:visible").count()
    page.get_by_label("Chercher").fill("PARKING")
    expect(page.locator(".case:visible").first).to_be_visible()
    assert 0 < page.locator(".case:visible").count() < everything
    context.close()


def test_the_report_of_an_unchanged_bot_says_so_and_stays_small(report: Path) -> None:
    assert "Pareil que la référence" in report.read_text("utf-8")
    assert report.stat().st_size < 3_000_000
