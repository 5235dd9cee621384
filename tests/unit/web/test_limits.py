"""The rate limiter: an honest token bucket with a bounded memory."""

from __future__ import annotations

from app.web import limits
from app.web.limits import RateLimiter, client_key


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_client_may_burst_then_waits_its_turn() -> None:
    clock = Clock()
    limiter = RateLimiter(6, clock)
    assert [limiter.wait("a") for _ in range(6)] == [0.0] * 6
    assert limiter.wait("a") == 10.0
    clock.now = 10.0
    assert limiter.wait("a") == 0.0
    assert limiter.wait("b") == 0.0


def test_memory_is_bounded(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(limits, "MAX_CLIENTS", 10)
    limiter = RateLimiter(6, Clock())
    for n in range(100):
        limiter.wait(str(n))
    assert len(limiter._buckets) == 10


def test_an_ipv6_subscriber_is_one_client() -> None:
    assert client_key("2001:db8:1:2::1") == client_key("2001:db8:1:2:ffff::9")
    assert client_key("2001:db8:1:2::1") != client_key("2001:db8:1:3::1")
    assert client_key("192.0.2.7") == "192.0.2.7"
    assert client_key("testclient") == "testclient"
