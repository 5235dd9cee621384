"""The question set: its loader, its lint, and the real files under both."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.errors import BadSource
from app.core.french import fold
from app.core.types import Entry
from evals.cases import (
    IN_SCOPE_KINDS,
    KINDS,
    OTHER_KINDS,
    SPLITS,
    Case,
    lint_cases,
    load_cases,
)
from ingest.parse import parse_paths

ROOT = Path(__file__).parents[3]
LEANING = ("multi", "followup")
"""Kinds whose questions stand for more, or less, than one entry's question."""
GOOD = {
    "id": "c1",
    "question": "Puis-je payer par chèque ?",
    "kind": "paraphrase",
    "entries": ["paiement"],
    "facts": ["chèque"],
    "topic": "",
    "split": "dev",
}


def _write(folder: Path, *lines: object, name: str = "a.jsonl") -> Path:
    text = "\n".join(x if isinstance(x, str) else json.dumps(x, ensure_ascii=False) for x in lines)
    (folder / name).write_text(text + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def real() -> tuple[Case, ...]:
    return load_cases(ROOT / "evals" / "cases")


@pytest.fixture(scope="module")
def entries() -> dict[str, Entry]:
    return {entry.id: entry for entry in parse_paths([ROOT / "data" / "faq_fr.md"]).faq_entries}


def test_a_line_becomes_a_case(tmp_path: Path) -> None:
    (case,) = load_cases(_write(tmp_path, "", GOOD, "  "))
    assert case == Case("c1", "Puis-je payer par chèque ?", "paraphrase", ("paiement",), ("chèque",), "", "dev")
    assert case.in_scope


def test_a_follow_up_comes_with_what_was_said_before(tmp_path: Path) -> None:
    after = GOOD | {"question": "et par chèque ?", "kind": "followup", "history": ["Comment payer ?"]}
    (case,) = load_cases(_write(tmp_path, after))
    assert case.history == ("Comment payer ?",)


def test_files_come_by_name_and_filters_apply(tmp_path: Path) -> None:
    _write(tmp_path, GOOD | {"id": "z", "split": "test"}, name="b.jsonl")
    _write(tmp_path, GOOD, GOOD | {"id": "c2", "kind": "sms"})
    assert [case.id for case in load_cases(tmp_path)] == ["c1", "c2", "z"]
    assert [case.id for case in load_cases(tmp_path, split="dev")] == ["c1", "c2"]
    assert [case.id for case in load_cases(tmp_path, kinds=("sms",))] == ["c2"]
    assert load_cases(tmp_path, kinds=()) == ()
    with pytest.raises(ValueError, match="unknown split: prod"):
        load_cases(tmp_path, split="prod")
    with pytest.raises(ValueError, match="unknown kind: smss"):
        load_cases(tmp_path, kinds=["smss"])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{oops", "JSON illisible"),
        ("[1]", "pas un objet"),
        ({k: v for k, v in GOOD.items() if k != "facts"}, "« facts » manque"),
        (GOOD | {"fact": []}, "champ inconnu : fact"),
        (GOOD | {"question": " "}, "« question »"),
        (GOOD | {"kind": "poem"}, "« kind »"),
        (GOOD | {"split": "prod"}, "« split »"),
        (GOOD | {"entries": "paiement"}, "« entries »"),
        (GOOD | {"facts": [1]}, "« facts »"),
        (GOOD | {"facts": [""]}, "« facts »"),
        (GOOD | {"topic": None}, "« topic »"),
        (GOOD | {"history": "Bonjour"}, "« history »"),
        (GOOD | {"history": [""]}, "« history »"),
    ],
)
def test_a_bad_line_is_named_with_its_mend(tmp_path: Path, line: object, message: str) -> None:
    _write(tmp_path, GOOD, "", line)
    with pytest.raises(BadSource, match=message) as caught:
        load_cases(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'a.jsonl'}:3 ")
    assert caught.value.mend


def test_bytes_that_are_no_utf8_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(json.dumps(GOOD).encode() + b"\n\xe9t\xe9\n")
    with pytest.raises(BadSource, match=r"a\.jsonl:2 : JSON illisible"):
        load_cases(tmp_path)


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadSource, match="aucun fichier"):
        load_cases(tmp_path / "nowhere")


PAID = Case("c1", "Puis-je payer par chèque ?", "paraphrase", ("paiement",), ("chèque",), "", "dev")
PARK = Case("c2", "Où se garer ?", "near", (), (), "parking", "dev")
AFTER = replace(PAID, id="c4", question="et en ligne ?", kind="followup", history=("Comment payer ?",))


def test_lint_is_silent_on_a_sound_set() -> None:
    assert lint_cases([PAID, PARK], ["paiement"]) == []
    told = replace(AFTER, id="c5", question="Puis-je payer par chèque ?", topic="new")
    partly = replace(PAID, id="c6", question="Payer ? Se garer ?", kind="multi", topic="partly")
    on = replace(AFTER, id="c8", question="et les fleurs ?", entries=(), facts=(), topic="unanswered")
    other = replace(partly, id="c7", question="Autre ?", split="test", entries=("salle",))
    assert lint_cases([PAID, PARK, AFTER, told, partly, on, other], ["paiement", "salle"]) == []


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (replace(PAID, question="Autre chose ?"), "identifiant répété"),
        (replace(PAID, id="c3", question="puis je payer PAR cheque"), "question répétée, déjà vu en c1"),
        (replace(PAID, id="c3", question="Autre ?", entries=("salle",)), "« salle » n’est pas dans la FAQ"),
        (
            replace(PAID, id="c3", question="Autre ?", split="test"),
            "l’entrée « paiement » est dans les deux parts",
        ),
        (
            replace(PARK, id="c3", question="Autre ?", split="test"),
            "le thème « parking » est dans les deux parts",
        ),
        (replace(PAID, id="c3", question="Autre ?", facts=("(",)), "expression régulière invalide"),
        (replace(PAID, id="c3", question="Autre ?", entries=(), facts=()), "veut des entrées"),
        (replace(PARK, id="c3", question="Autre ?", entries=("paiement",)), "ne va pas avec des entrées"),
        (replace(PARK, id="c3", question="Autre ?", facts=("x",)), "des faits sans entrée"),
        (replace(PARK, id="c3", question="Autre ?", topic=""), "un thème va avec"),
        (replace(PAID, id="c3", question="Autre ?", topic="new"), "un thème va avec"),
        (replace(PAID, id="c3", question="Autre ?", history=("Avant ?",)), "un historique va avec"),
        (replace(AFTER, id="c3", question="Autre ?", topic="unanswered"), "ne va pas avec des entrées"),
        (replace(AFTER, id="c3", question="Autre ?", history=()), "un historique va avec"),
        (replace(PAID, id="c3", question="Autre ?", entries=("paiement", "paiement")), "citée deux fois"),
    ],
)
def test_lint_finds_each_fault(extra: Case, message: str) -> None:
    problems = lint_cases([PAID, PARK, extra], ["paiement"])
    assert len(problems) == 1
    assert message in problems[0]


def test_the_real_cases_pass_the_lint(real: tuple[Case, ...], entries: dict[str, Entry]) -> None:
    assert lint_cases(real, entries) == []


def test_every_entry_has_its_questions(real: tuple[Case, ...], entries: dict[str, Entry]) -> None:
    by_entry = {
        entry: [case for case in real if entry in case.entries and case.kind not in LEANING] for entry in entries
    }
    assert {entry: len(found) for entry, found in by_entry.items() if len(found) < 5} == {}
    for entry, found in by_entry.items():
        kinds = Counter(case.kind for case in found)
        assert kinds["paraphrase"] >= 2, entry
        assert kinds["typo"] + kinds["sms"] >= 1, entry
        assert min(kinds["situation"], kinds["keyword"], kinds["formal"]) >= 1, entry


def test_both_splits_hold_enough_of_everything(real: tuple[Case, ...], entries: dict[str, Entry]) -> None:
    for kinds in (IN_SCOPE_KINDS, ("multi",), ("followup",), ("near",), ("far",), OTHER_KINDS):
        counts = Counter(case.split for case in real if case.kind in kinds)
        assert min(counts[split] for split in SPLITS) >= 20, kinds
    for section in {entry.section for entry in entries.values()}:
        ids = {entry.id for entry in entries.values() if entry.section == section}
        assert {case.split for case in real if ids.intersection(case.entries)} == set(SPLITS)


@pytest.mark.parametrize(
    ("kinds", "least"),
    [
        (tuple(kind for kind in IN_SCOPE_KINDS if kind not in LEANING), 245),
        (("multi",), 45),
        (("followup",), 40),
        (("near",), 80),
        (("far",), 50),
        (("smalltalk", "handoff"), 40),
        (("attack",), 43),
    ],
)
def test_the_set_is_large_enough(real: tuple[Case, ...], kinds: tuple[str, ...], least: int) -> None:
    assert sum(case.kind in kinds for case in real) >= least


def test_every_kind_occurs_and_near_topics_are_many(real: tuple[Case, ...]) -> None:
    assert {case.kind for case in real} == set(KINDS)
    assert len({case.topic for case in real if case.kind == "near"}) >= 40


def test_facts_are_found_in_the_entries_themselves(real: tuple[Case, ...], entries: dict[str, Entry]) -> None:
    """A fact no entry states would fail the right answer."""
    missing = [
        (case.id, fact)
        for case in real
        for fact in case.facts
        if not any(re.search(fact, entries[e].answer_md, re.IGNORECASE) for e in case.entries)
    ]
    assert missing == []


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", fold(text)).strip()


def test_no_question_is_the_faqs_own(real: tuple[Case, ...], entries: dict[str, Entry]) -> None:
    own = {_plain(text) for entry in entries.values() for text in (entry.question, *entry.variants)}
    assert [case.id for case in real if _plain(case.question) in own] == []
