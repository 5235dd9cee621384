"""kill -9 at random moments, and a reload every second under load: short here, in full by `-m long`."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.mark.parametrize("times", [4, pytest.param(200, marks=[pytest.mark.long, pytest.mark.timeout(7200)])])
def test_kills_break_no_index_and_lose_no_acknowledged_vote(times: int) -> None:
    from bench.kills import kills

    found = kills(times, seed=3)
    assert found.rounds == times
    assert found.broken == []
    assert found.lost == 0
    assert found.started_again == times - found.while_starting


@pytest.mark.parametrize("minutes", [0.25, pytest.param(30, marks=[pytest.mark.long, pytest.mark.timeout(7200)])])
def test_reloads_under_load_fail_nobody(minutes: float) -> None:
    """How much memory may grow is told by the long run alone: in seconds nothing has settled."""
    from bench.soak import BOUND, soak

    assert soak(minutes, bound=BOUND if minutes >= 30 else 1.0)
