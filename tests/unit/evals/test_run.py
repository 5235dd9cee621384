"""The evaluation tells right from wrong, and the gate catches a planted loss."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.core.errors import BadSource
from app.wiring import Services
from evals import messages
from evals.cases import Case
from evals.gate import broken
from evals.run import rates, run, scores


def case(question: str, kind: str, *entries: str, facts: tuple[str, ...] = (), after: tuple[str, ...] = ()) -> Case:
    return Case(question, question, kind, entries, facts, "" if entries else "t", "test", after)  # type: ignore[arg-type]


CASES = [
    case("Quels sont les modes de paiement ?", "paraphrase", "modes-de-paiement", facts=("chèque",)),
    case("Combien de sessions d’examen par an ?", "paraphrase", "sans-baccalaureat"),
    case("Où trouver ma salle de cours ?", "situation", "salle-soir"),
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
def figures(services: Services) -> dict[str, float]:
    results = asyncio.run(run(services.assistant, CASES, lambda: None))
    return {**{rate.name: rate.value for rate in rates(results)}, **scores(results)}


def test_each_outcome_is_counted_where_it_belongs(figures: dict[str, float]) -> None:
    assert figures["answered_right"] == pytest.approx(1 / 3)
    assert figures["answered_wrong"] == pytest.approx(1 / 3)
    assert figures["right_or_offered"] == pytest.approx(2 / 3)
    assert figures["asked_back"] == pytest.approx(1 / 3)
    assert figures["facts_shown"] == 1.0
    assert figures["far_answered"] == 0.0
    assert figures["talk_right"] == 1.0
    assert figures["multi_one_part_right"] == 1.0
    assert figures["multi_all_parts"] == 0.5
    assert figures["multi_some_part_wrong"] == 0.0
    assert figures["followup_right"] == 0.5
    assert figures["followup_answered_right"] == 0.5
    assert figures["followup_answered_wrong"] == 0.0
    assert set(figures) <= set(messages.LABELS)


def test_the_gate_names_what_broke(figures: dict[str, float], tmp_path: Path) -> None:
    gate = tmp_path / "gate.toml"
    gate.write_text("[floors]\nanswered_right = 0.9\nrecall_at_3 = 0.0\n[ceilings]\nanswered_wrong = 0.1\n")
    told = broken(figures, gate)
    assert len(told) == 2
    assert messages.LABELS["answered_right"] in told[0]
    gate.write_text("[floors]\nanswered_right = 0.1\n")
    assert broken(figures, gate) == []


@pytest.mark.parametrize("content", ["[floors", "[floors]\ninconnue = 1", "[floors]\nrecall_at_1 = 'x'"])
def test_a_bad_gate_is_told(figures: dict[str, float], tmp_path: Path, content: str) -> None:
    gate = tmp_path / "gate.toml"
    gate.write_text(content)
    with pytest.raises(BadSource, match=r"gate\.toml"):
        broken(figures, gate)
