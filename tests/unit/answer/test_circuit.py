"""The circuit breaker, by a clock that is set by hand."""

from __future__ import annotations

import pytest

from app.answer.circuit import Circuit


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def circuit(clock: Clock) -> Circuit:
    return Circuit(failures=3, rest_s=30, clock=clock)


def fail(circuit: Circuit, times: int) -> None:
    for _ in range(times):
        call = circuit.admit()
        assert call is not None
        circuit.failed(call)


def test_it_opens_after_failures_in_a_row(circuit: Circuit) -> None:
    fail(circuit, 2)
    assert circuit.state == "closed"
    fail(circuit, 1)
    assert circuit.state == "open"
    assert circuit.admit() is None


def test_a_success_in_between_starts_the_count_anew(circuit: Circuit) -> None:
    fail(circuit, 2)
    circuit.succeeded("normal")
    fail(circuit, 2)
    assert circuit.state == "closed"


def test_after_the_rest_one_call_alone_tries(circuit: Circuit, clock: Clock) -> None:
    fail(circuit, 3)
    clock.now += 29.9
    assert circuit.admit() is None
    clock.now += 0.1
    assert circuit.state == "half_open"
    assert circuit.admit() == "probe"
    assert circuit.admit() is None


def test_a_probe_that_succeeds_closes_it(circuit: Circuit, clock: Clock) -> None:
    fail(circuit, 3)
    clock.now += 30
    probe = circuit.admit()
    assert probe == "probe"
    circuit.succeeded(probe)
    assert circuit.state == "closed"
    assert circuit.admit() == "normal"


def test_a_probe_that_fails_opens_it_for_another_rest(circuit: Circuit, clock: Clock) -> None:
    fail(circuit, 3)
    clock.now += 30
    fail(circuit, 1)
    assert circuit.state == "open"
    clock.now += 29.9
    assert circuit.admit() is None
    clock.now += 0.1
    assert circuit.admit() == "probe"


def test_a_probe_that_is_abandoned_makes_room_for_the_next(circuit: Circuit, clock: Clock) -> None:
    fail(circuit, 3)
    clock.now += 30
    probe = circuit.admit()
    assert probe
    circuit.abandoned(probe)
    assert circuit.state == "half_open"
    assert circuit.admit() == "probe"


def test_a_late_failure_neither_prolongs_the_rest_nor_ends_the_probe(circuit: Circuit, clock: Clock) -> None:
    late = circuit.admit()
    assert late == "normal"
    fail(circuit, 3)
    clock.now += 20
    circuit.failed(late)
    clock.now += 10
    assert circuit.admit() == "probe"
    circuit.failed(late)
    assert circuit.admit() is None
