from __future__ import annotations

from evals.unchanged import compare, differences


def row(name: str, **fields: object) -> dict[str, object]:
    return {"id": name, "confidence": 0.5, "steps": [{"hits": [1, 2]}], **fields}


def test_the_same_answers_differ_in_nothing() -> None:
    assert compare([row("a"), row("b")], [row("b"), row("a")]) == {}


def test_a_last_digit_is_a_difference_and_is_shown_with_its_place() -> None:
    after = row("a", confidence=0.5000000000000001, steps=[{"hits": [1, 3]}])
    assert compare([row("a")], [after]) == {"a": ["confidence: 0.5 → 0.5000000000000001", "steps[0].hits[1]: 2 → 3"]}


def test_what_only_one_side_has_is_a_difference() -> None:
    assert list(compare([row("a"), row("b")], [row("a")])) == ["b"]
    assert differences({"x": [1]}, {"x": [1, 2]}) == ["x: [1] → [1, 2]"]
    assert differences({"x": 1}, {"x": 1, "y": 2}) == ["y: None → 2"]
