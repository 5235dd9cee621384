"""The evaluation's report in a browser with the network off: no request, no violation, a filter that filters."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chat import axe_violations
from tests.serving import guichet

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

BAR = 3_000_000
"""Bytes of a report of 500 cases."""
COSTS = {"GUICHET_COST_WRONG_ANSWER": "1.2", "GUICHET_COST_QUESTION_BACK": "2"}
"""An assistant that would rather be wrong than ask."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs over development questions: 500 of them, the same with other costs, a few badly written too."""
    made = tmp_path_factory.mktemp("evaluation")
    assert guichet(made, "ingest").returncode == 0
    runs = ("--split", "dev", "--runs", str(made / "runs"))
    first = guichet(made, "eval", *runs, "--sample", "500")
    assert first.returncode == 0, first.stdout + first.stderr
    changed = guichet(made, "eval", *runs, "--sample", "500", "--against", "last", **COSTS)
    assert changed.returncode == 1, changed.stdout + changed.stderr
    noised = guichet(made, "eval", *runs, "--sample", "40", "--perturb")
    assert noised.returncode == 0, noised.stdout + noised.stderr
    return made


@pytest.fixture(scope="module")
def reports(folder: Path) -> tuple[Path, Path]:
    """The report of the run that lost, and that of the badly written questions."""
    _, changed, noised = sorted(folder.glob("runs/*/report.html"))
    return changed, noised


def opened(browser: Browser, report: Path, width: int = 1280, scheme: str = "light") -> tuple[Page, list[str]]:
    context = browser.new_context(
        offline=True,
        bypass_csp=True,
        color_scheme=scheme,  # type: ignore[arg-type]
        viewport={"width": width, "height": 800},
    )
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: asked.append(str(error)))
    page.goto(report.as_uri())
    return page, asked


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_the_report_stands_alone(
    browser: Browser, axe_source: str, reports: tuple[Path, Path], which: int, width: int, scheme: str
) -> None:
    page, asked = opened(browser, reports[which], width, scheme)
    assert asked == [reports[which].as_uri()]
    page.evaluate("document.querySelectorAll('details:not(.case)').forEach((each) => { each.open = true; })")
    for case in page.locator(".case").all()[:4]:
        case.locator("summary").click()
        case.locator(".card").wait_for()
    assert axe_violations(page, axe_source) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


def test_questions_are_searched_and_filtered_without_a_server(browser: Browser, reports: tuple[Path, Path]) -> None:
    page, _ = opened(browser, reports[0])
    visible = page.locator(".case:visible")
    everything = visible.count()
    assert everything == 500
    page.get_by_label("Chercher").fill("PARKING")
    expect(visible.first).to_be_visible()
    found = visible.count()
    assert 0 < found < everything
    expect(page.get_by_role("status")).to_have_text(f"{found} question{'s' if found > 1 else ''}")
    page.get_by_label("Chercher").fill("")
    page.get_by_label("Résultat").select_option("mal servies")
    assert 0 < visible.count() < everything
    visible.first.locator("summary").click()
    expect(visible.first.locator(".answer")).to_be_visible()
    page.get_by_label("Chercher").fill("rien de tel nulle part")
    expect(visible).to_have_count(0)
    page.context.close()


def test_the_verdict_the_cause_and_the_changes_stand_before_the_figures(
    browser: Browser, reports: tuple[Path, Path]
) -> None:
    page, _ = opened(browser, reports[0])
    verdict = page.locator(".verdict")
    expect(verdict).to_contain_text("À ne pas publier")
    expect(verdict).to_be_in_viewport()
    expect(page.locator("main")).to_contain_text("GUICHET_COST_WRONG_ANSWER : 10.0 → 1.2")
    change = page.locator("#changements article").first
    expect(change.get_by_text("Avant", exact=True)).to_be_visible()
    expect(change.get_by_text("Après", exact=True)).to_be_visible()
    # every drawing has its figures behind it
    page.evaluate("document.querySelectorAll('figure details').forEach((each) => { each.open = true; })")
    for figure in page.locator("figure").all():
        assert figure.locator("svg[role=img][aria-label]").count() == 1
        assert figure.locator("tbody tr").count() > 0
    page.context.close()


def test_it_prints_without_its_controls(browser: Browser, reports: tuple[Path, Path]) -> None:
    page, _ = opened(browser, reports[0])
    page.emulate_media(media="print")
    expect(page.locator(".verdict")).to_be_visible()
    for hidden in ("nav", "#questions"):
        expect(page.locator(hidden)).to_be_hidden()
    assert page.locator("#changements article:visible").count() <= 10
    page.context.close()


def test_five_hundred_cases_stay_below_the_bar(reports: tuple[Path, Path]) -> None:
    assert max(report.stat().st_size for report in reports) < BAR
