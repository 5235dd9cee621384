"""Threads that sites take turns on."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from threading import Event

import pytest

from app.core.site import CURRENT_SITE
from app.web.fairness import FairExecutor


@pytest.fixture
def pool() -> Iterator[FairExecutor]:
    with FairExecutor(2, thread_name_prefix="essai") as made:
        yield made


def submit(pool: FairExecutor, site: str, call: object, *args: object) -> Future[object]:
    token = CURRENT_SITE.set(site)
    try:
        return pool.submit(call, *args)  # type: ignore[arg-type]
    finally:
        CURRENT_SITE.reset(token)


def test_a_crowd_at_one_site_keeps_another_from_nothing(pool: FairExecutor) -> None:
    gate, done = Event(), list[str]()
    submit(pool, "foule", gate.wait, 10)
    crowd = [submit(pool, "foule", done.append, "foule") for _ in range(200)]
    calm = [submit(pool, "calme", done.append, "calme") for _ in range(5)]
    for one in calm:
        one.result(10)
    assert pool.waiting("foule") == 200  # one thread is left to the others, though the crowd came first
    gate.set()
    for one in crowd:
        one.result(10)


def test_sites_take_turns() -> None:
    gate, done = Event(), list[str]()
    with FairExecutor(1) as pool:
        submit(pool, "c", gate.wait, 10)
        for site in "aaaabb":
            submit(pool, site, done.append, site)
        gate.set()
    assert "".join(done) == "ababaa"


def test_a_site_alone_gets_all_its_work_done(pool: FairExecutor) -> None:
    assert [f.result(10) for f in [submit(pool, "", pow, n, 2) for n in range(500)]] == [n * n for n in range(500)]


def test_failures_and_cancelled_calls_free_the_thread(pool: FairExecutor) -> None:
    gate = Event()
    held = [submit(pool, site, gate.wait, 10) for site in "ab"]
    failing, cancelled = submit(pool, "a", int, "x"), submit(pool, "a", int, "1")
    assert cancelled.cancel()
    gate.set()
    with pytest.raises(ValueError, match="invalid literal"):
        failing.result(10)
    for one in held:
        one.result(10)
    assert submit(pool, "a", int, "3").result(10) == 3


def test_one_thread_serves_every_site() -> None:
    with FairExecutor(1) as pool:
        found = [submit(pool, site, str.upper, site) for site in "abcabc"]
        assert [one.result(10) for one in found] == list("ABCABC")
