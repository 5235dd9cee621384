"""The decision: least expected cost, twins told apart by their section."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.errors import BadSource
from app.core.ports import Reading, Retrieval
from app.core.types import Entry, FaqMeta, Hit, Passage
from app.search.decide import Costs, DecisionModel, decide, shares
from app.search.fuse import FEATURES
from app.search.index import open_index
from app.search.scope import ScopeModel
from app.search.versions import current_version
from ingest.build import build_index
from tests.fakes import FakeEncoder

MODEL = DecisionModel(
    weights=dict.fromkeys(FEATURES, 0.0) | {"question": 1.0},
    temperature=30.0,
    scope=ScopeModel(-8.0, {"best": 16.0}),
    scope_with_gaps=ScopeModel(-8.0, {"best": 16.0, "gap_lead": -20.0}),
)


def hit(entry_id: str, score: float, question: str | None = None, section: str = "") -> Hit:
    entry = Entry(entry_id, question or f"Question {entry_id} ?", "Réponse.", section)
    features = dict.fromkeys(FEATURES, 0.0) | {"question": score}
    return Hit(entry, Passage(0, entry_id, "question", entry.question), score, 1, features=features)


def found(*hits: Hit, words: int = 2, twins: Mapping[str, float] | None = None) -> Retrieval:
    return Retrieval(
        Reading("payer inscription"),
        hits,
        "v",
        coverage=1.0,
        words=words,
        timings_ms={},
        twins=twins or {},
    )


def test_a_clear_first_hit_is_answered() -> None:
    decision = decide(found(hit("a", 0.9), hit("b", 0.3)), MODEL)
    assert decision.verdict == "answer"
    assert decision.confidence > 0.95
    assert decision.choices[0].entry.id == "a"


def test_two_close_hits_are_asked_about() -> None:
    decision = decide(found(hit("a", 0.8), hit("b", 0.79), hit("c", 0.2)), MODEL)
    assert decision.verdict == "clarify"
    assert [choice.entry.id for choice in decision.choices] == ["a", "b"]


def test_weak_hits_are_refused() -> None:
    assert decide(found(hit("a", 0.3), hit("b", 0.1)), MODEL).verdict == "abstain"


def worded_like_the_first(*hits: Hit) -> Retrieval:
    one = found(*hits)
    return replace(one, reading=Reading(hits[0].entry.question), cover=replace(one.cover, wording=1.0))


def test_a_question_in_an_entry_s_own_words_is_answered() -> None:
    first, second = hit("a", 0.5, "Quels sont les tarifs ?"), hit("b", 0.49, "Quels financements sont possibles ?")
    decision = decide(worded_like_the_first(first, second), MODEL)
    assert decision.verdict == "answer"
    assert decide(found(first, second), MODEL).verdict == "clarify"


def test_two_entries_in_the_same_words_are_asked_about() -> None:
    first, second = hit("a", 0.8, "Quels sont les tarifs ?"), hit("b", 0.79, "Quels sont vos tarifs ?")
    assert decide(worded_like_the_first(first, second), MODEL).verdict == "clarify"


@pytest.mark.parametrize("retrieval", [found(), found(hit("a", 0.9), words=0)])
def test_nothing_found_or_nothing_asked_is_refused(retrieval: Retrieval) -> None:
    decision = decide(retrieval, MODEL)
    assert (decision.verdict, decision.confidence) == ("abstain", 0.0)


def test_costs_move_the_verdict() -> None:
    retrieval = found(hit("a", 0.62), hit("b", 0.2))
    assert decide(retrieval, replace(MODEL, costs=Costs(wrong_answer=1))).verdict == "answer"
    assert decide(retrieval, replace(MODEL, costs=Costs(wrong_answer=1000))).verdict == "clarify"
    dear = Costs(wrong_answer=1000, question_back=10)
    assert decide(retrieval, replace(MODEL, costs=dear)).verdict == "abstain"


def test_a_likely_entry_that_is_not_sure_is_offered_beside_the_next() -> None:
    decision = decide(found(hit("a", 0.6), hit("b", 0.2)), MODEL)
    assert decision.verdict == "clarify"
    assert [choice.entry.id for choice in decision.choices] == ["a", "b"]


TWINS = (
    hit("soir", 0.80, "Où est ma salle ?", "Cours du soir"),
    hit("alternance", 0.70, "Où est ma salle ?", "Formations en alternance"),
)


def test_twins_answer_side_by_side_when_nothing_tells_which_is_meant() -> None:
    decision = decide(found(*TWINS, hit("c", 0.2), twins={"soir": 0.45, "alternance": 0.55}), MODEL)
    assert decision.verdict == "answer"
    assert {hit.entry.id for hit in decision.answering} == {"soir", "alternance"}


@pytest.mark.parametrize("meant", ["soir", "alternance"])
def test_the_twin_of_the_public_that_asks_answers_alone(meant: str) -> None:
    chances = {"soir": 0.02, "alternance": 0.02} | {meant: 0.98}
    decision = decide(found(*TWINS, twins=chances), MODEL)
    assert decision.verdict == "answer"
    assert [hit.entry.id for hit in decision.answering] == [meant]


def test_twins_that_are_many_are_asked_about() -> None:
    many = tuple(hit(f"public {n}", 0.8, "Où est ma salle ?", f"Public {n}") for n in range(4))
    decision = decide(found(*many, twins={twin.entry.id: 0.25 for twin in many}), MODEL)
    assert decision.verdict == "clarify"
    assert decision.together == 1


def test_twins_further_down_do_not_answer_with_the_first() -> None:
    decision = decide(found(hit("a", 0.95), *TWINS), MODEL)
    assert [hit.entry.id for hit in decision.answering] == ["a"]


def test_shares_sum_to_one() -> None:
    assert sum(shares((hit("a", 0.9), hit("b", 0.5), hit("c", 0.1)), 10.0)) == pytest.approx(1.0)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"weights": {}}', b"not json"])
def test_an_unreadable_decision_file_names_itself_and_the_mend(content: bytes) -> None:
    with pytest.raises(BadSource) as refused:
        DecisionModel.from_json(content, Path("decision.json"))
    assert "decision.json" in str(refused.value)
    assert "evals.fit" in refused.value.mend


def written(**more: object) -> bytes:
    scope = {"intercept": 0.0, "coefficients": {"best": 1.0}}
    weights = dict.fromkeys(FEATURES, 1.0)
    return json.dumps(
        {"weights": weights, "temperature": 9.0, "scope": scope, "scope_with_gaps": scope, **more}
    ).encode()


def test_the_confidence_is_that_of_the_model_of_sureness_where_there_is_one() -> None:
    near = found(hit("a", 0.6), hit("b", 0.59))
    sure = replace(MODEL, sure=ScopeModel(-4.0, {"share": 12.0}))
    assert decide(near, MODEL).verdict == "clarify"
    decision = decide(near, sure)
    assert decision.confidence == pytest.approx(sure.sure.probability({"share": decision.features["share"]}))
    assert decide(found(hit("a", 0.6), hit("b", 0.1)), sure).verdict == "answer"


def test_the_faq_answers_at_least_as_likely_as_its_first_entry() -> None:
    sure = replace(MODEL, sure=ScopeModel(4.0, {"share": 1.0}))
    decision = decide(found(hit("a", 0.1)), sure)
    assert decision.features["in_scope"] == decision.confidence > 0.9


def test_the_model_of_sureness_is_read_and_what_it_reads_is_known() -> None:
    scope = {"intercept": 1.0, "coefficients": {"share_logit": 2.0, "overlap_margin": 1.0}}
    model = DecisionModel.from_json(written(sure=scope), Path("decision.json"))
    assert model.sure == ScopeModel(1.0, {"share_logit": 2.0, "overlap_margin": 1.0})
    assert model.sure_with_gaps is None
    with pytest.raises(BadSource, match="share_logit"):
        DecisionModel.from_json(written(scope=scope), Path("decision.json"))
    gaps = {"intercept": 1.0, "coefficients": {"overlap_lead": 2.0}}
    with pytest.raises(BadSource, match="overlap_lead"):
        DecisionModel.from_json(written(sure=gaps), Path("decision.json"))


def test_numbers_for_the_first_day_come_along() -> None:
    bare = json.loads(written()) | {"temperature": 3.0}
    model = DecisionModel.from_json(written(day_one=bare), Path("decision.json"))
    assert model.temperature == 9.0
    assert model.day_one is not None
    assert model.day_one.temperature == 3.0
    assert DecisionModel.from_json(written(), Path("decision.json")).day_one is None


def test_an_input_that_nobody_computes_is_refused_in_either_model() -> None:
    odd = json.loads(written()) | {"scope": {"intercept": 0.0, "coefficients": {"mood": 1.0}}}
    for content in (json.dumps(odd).encode(), written(day_one=odd)):
        with pytest.raises(BadSource, match="mood"):
            DecisionModel.from_json(content, Path("decision.json"))


def test_an_index_without_variants_decides_by_the_first_day_s_numbers(
    tmp_path: Path, meta: FaqMeta, entries: tuple[Entry, ...]
) -> None:
    content = written(day_one=json.loads(written()) | {"temperature": 3.0})
    varied = tuple(replace(entry, variants=("un", "deux", "trois")) for entry in entries)
    found = []
    for name, those in (("bare", entries), ("varied", varied)):
        folder = tmp_path / name
        build_index(meta, those, index_dir=folder, decision=content, encoder=FakeEncoder())
        found.append(open_index(folder / current_version(folder)).decision.temperature)
    assert found == [3.0, 9.0]
