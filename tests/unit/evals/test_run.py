"""The evaluation tells right from wrong, and the gate catches a planted loss."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.core.errors import BadSource
from app.wiring import Services
from evals import messages
from evals.askers import InProcess
from evals.cases import Case
from evals.execute import execute, plan
from evals.gate import hold, read_gate
from evals.records import Record
from evals.run import Rate, averaged, rates, scores


def case(question: str, kind: str, *entries: str, facts: tuple[str, ...] = (), after: tuple[str, ...] = ()) -> Case:
    name = f"{question}/{kind}/{after}"
    return Case(name, question, kind, entries, facts, "" if entries else "t", "test", after)  # type: ignore[arg-type]


CASES = [
    case("Quels sont les modes de paiement ?", "paraphrase", "modes-de-paiement", facts=("chèque", "bitcoin")),
    case("Combien de sessions d’examen par an ?", "paraphrase", "sans-baccalaureat"),
    case("sessions", "situation", "sessions-examen"),
    case("recette du cassoulet toulousain", "far"),
    case("Bonjour", "smalltalk"),
    case(
        "Quels sont les modes de paiement et combien de sessions d’examen y a-t-il par an ?",
        "multi",
        "modes-de-paiement",
        "sessions-examen",
    ),
    case("Quels sont les modes de paiement ?", "multi", "modes-de-paiement", "sans-baccalaureat"),
    case("et par chèque ?", "followup", "modes-de-paiement", after=("Quels sont les modes de paiement ?",)),
    case("et par chèque ?", "followup", "modes-de-paiement", after=("Bonjour",)),
]


@pytest.fixture
def records(services: Services, tmp_path: Path) -> list[Record]:
    asker = InProcess(services.assistant)
    return asyncio.run(execute(asker, plan(CASES), tmp_path, jobs=2, progress=lambda: None))


@pytest.fixture
def figures(records: list[Record]) -> dict[str, float]:
    results = [record.result for record in records]
    return {**{rate.name: rate.value for rate in rates(results)}, **scores(results)}


def test_each_outcome_is_counted_where_it_belongs(figures: dict[str, float]) -> None:
    expected = {
        "answered_right": 1 / 3, "answered_wrong": 1 / 3, "right_or_offered": 2 / 3, "asked_back": 1 / 3,
        "facts_shown": 0.0, "fact_recall": 0.5, "far_answered": 0.0, "talk_right": 1.0, "multi_one_part_right": 1.0,
        "multi_all_parts": 0.5, "multi_some_part_wrong": 0.0, "followup_right": 0.5, "followup_answered_right": 0.5,
        "followup_answered_wrong": 0.0,
    }  # fmt: skip
    assert {name: figures[name] for name in expected} == pytest.approx(expected)
    assert set(figures) <= set(messages.LABELS)


def test_ranks_sources_and_times_are_measured(records: list[Record], figures: dict[str, float]) -> None:
    # wherever each stands
    ranks = [r.result.ranking.index(r.ask.case.entries[0]) + 1 for r in records[:3]]
    assert figures["mrr"] == pytest.approx(sum(1 / rank for rank in ranks) / 3)
    assert figures["recall_at_5"] == 1.0
    # cited: right, wrong, both right, one of two, right; the last follow-up is not answered
    assert figures["source_precision"] == pytest.approx(4 / 5)
    assert figures["source_recall"] == pytest.approx((1 + 0 + 1 + 0.5 + 1) / 5)
    assert 0 < figures["first_text_p50_ms"] <= figures["first_text_p95_ms"]
    assert all(record.ungrounded == () for record in records)


def test_a_repeated_run_counts_the_mean_of_its_attempts() -> None:
    (found,) = averaged([[Rate("mrr", 0.5, 4, 0.3, 0.7)], [Rate("mrr", 1.0, 4, 0.8, 1.0)]])
    assert (found.value, found.low, found.high, found.n) == pytest.approx((0.75, 0.55, 0.95, 4))


def test_the_gate_names_what_broke_and_what_is_close(tmp_path: Path) -> None:
    gate = tmp_path / "gate.toml"
    gate.write_text(
        "[floors]\nanswered_right = {limit = 0.9, margin = 0.1}\nrecall_at_3 = 0.5\nmrr = {limit = 0.9}\n"
        "[ceilings]\nanswered_wrong = {limit = 0.1, margin = 0.05}\n"
    )
    held = hold({"answered_right": 0.85, "recall_at_3": 0.499, "answered_wrong": 0.16}, read_gate(gate))
    assert [messages.LABELS["recall_at_3"] in held.broken[0], messages.LABELS["answered_wrong"] in held.broken[1]] == [
        True,
        True,
    ]
    assert len(held.broken) == 2
    assert len(held.close) == 1
    assert "0,850" in held.close[0]
    assert hold({"answered_right": 0.95, "recall_at_3": 0.5}, read_gate(gate)).close == ()


@pytest.mark.parametrize(
    "content", ["[floors", "[floors]\ninconnue = 1", "[floors]\nmrr = 'x'", "[floors]\nmrr = {limit = 1, marge = 2}"]
)
def test_a_bad_gate_is_told(tmp_path: Path, content: str) -> None:
    gate = tmp_path / "gate.toml"
    gate.write_text(content)
    with pytest.raises(BadSource, match=r"gate\.toml"):
        read_gate(gate)


def test_the_gate_that_ships_is_sound() -> None:
    from evals.places import GATE

    assert len(read_gate(GATE)) > 10
