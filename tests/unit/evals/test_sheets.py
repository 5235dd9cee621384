"""Staff take the questions out to a spreadsheet and bring them back: nothing lost, nothing bad let in."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.errors import BadSource
from app.core.types import Entry
from evals import sheet_messages as said
from evals.cases import KINDS, Case, load_cases
from evals.imported import STAFF, take, weigh
from evals.places import CASES
from evals.sheets import SUFFIXES, read_sheet, write_sheet

PAYING = Case("c1", "je paie comment", "paraphrase", ("modes-de-paiement",), ("chèque|carte",), "", "dev")
AFTER = Case("c2", "et par chèque ?", "followup", ("modes-de-paiement",), (), "", "dev", ("Bonjour", "je paie comment"))
FAR = Case("c3", "recette du cassoulet", "far", (), (), "cuisine", "test")
TALK = Case("c4", "=1+1", "smalltalk", (), (), "", "test")
KNOWN = (PAYING, AFTER, FAR, TALK)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cases = tmp_path / "cases"
    cases.mkdir()
    rows = [{name: getattr(case, name) for name in Case.__slots__ if getattr(case, name) != ()} for case in KNOWN]
    filled = [{"entries": [], "facts": [], **row} for row in rows]
    (cases / "a.jsonl").write_text("\n".join(json.dumps(row) for row in filled) + "\n", "utf-8")
    return cases


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_goes_out_comes_back(tmp_path: Path, entries: tuple[Entry, ...], suffix: str) -> None:
    path = tmp_path / f"questions{suffix}"
    write_sheet(path, KNOWN, entries)
    assert [row.case for row in read_sheet(path, KNOWN)] == list(KNOWN)


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=40)
said_texts = texts.map(lambda text: " ".join(text.split())).filter(lambda text: text and "\ufffe" not in text)


@given(question=said_texts, fact=said_texts, kind=st.sampled_from(KINDS), suffix=st.sampled_from(SUFFIXES))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_survives_a_spreadsheet(tmp_path: Path, question: str, fact: str, kind: str, suffix: str) -> None:
    case = Case("c9", question, kind, ("x", "y"), (fact,), "", "test")  # type: ignore[arg-type]
    path = tmp_path / f"q{suffix}"
    write_sheet(path, [case], [])
    assert [row.case for row in read_sheet(path, [])] == [case]


def test_no_cell_runs_as_a_formula(tmp_path: Path, entries: tuple[Entry, ...]) -> None:
    write_sheet(tmp_path / "q.xlsx", KNOWN, entries)
    sheet = openpyxl.load_workbook(tmp_path / "q.xlsx").worksheets[0]
    assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}
    write_sheet(tmp_path / "q.csv", KNOWN, entries)
    assert ";'=1+1;" in (tmp_path / "q.csv").read_text("utf-8-sig")


def test_every_case_that_ships_survives_a_spreadsheet(tmp_path: Path) -> None:
    shipped = load_cases(CASES)
    for suffix in SUFFIXES:
        write_sheet(tmp_path / f"q{suffix}", shipped, [])
        assert [row.case for row in read_sheet(tmp_path / f"q{suffix}", shipped)] == list(shipped)


def test_staff_add_and_change_questions(folder: Path, tmp_path: Path, entries: tuple[Entry, ...]) -> None:
    known, by_id = load_cases(folder), {entry.id: entry for entry in entries}
    sheet = tmp_path / "q.csv"
    sheet.write_text(
        "question;genre;entrées attendues;identifiant\n"
        "je voudrais régler en plusieurs fois;situation vécue;modes-de-paiement;\n"
        "comment est-ce que je paie;reformulation;modes-de-paiement;c1\n",
        "utf-8",
    )
    brought = weigh(sheet, read_sheet(sheet, known), known, by_id)
    assert brought.faults == ()
    take(folder, brought)
    after = {case.id: case for case in load_cases(folder)}
    assert after["c1"] == replace(PAYING, question="comment est-ce que je paie", facts=())
    assert after["c5"] == Case(
        "c5", "je voudrais régler en plusieurs fois", "situation", ("modes-de-paiement",), (), "", "dev"
    )
    assert [after[case.id] for case in (AFTER, FAR, TALK)] == [AFTER, FAR, TALK]
    assert (folder / STAFF).read_text("utf-8").count("\n") == 1


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (";est-ce que je peux payer;reformulation;nulle-part;;;", "nulle-part"),
        (";je paie comment;reformulation;modes-de-paiement;;;", "question répétée"),
        (";Quels sont les modes de paiement;reformulation;modes-de-paiement;;;", "fuite"),
        (";combien je dois payer;reformulation;modes-de-paiement;piscine;;", "piscine"),
        (";parking;hors FAQ, sujet proche;;;;", "un thème va avec near et far"),
    ],
)
def test_a_faulty_row_brings_in_nothing(
    folder: Path, tmp_path: Path, entries: tuple[Entry, ...], row: str, told: str
) -> None:
    known = load_cases(folder)
    sheet = tmp_path / "q.csv"
    sheet.write_text(";".join(said.COLUMNS.values()) + "\n" + row + "\n", "utf-8")
    brought = weigh(sheet, read_sheet(sheet, known), known, {entry.id: entry for entry in entries})
    assert any(told in fault for fault in brought.faults)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "vide"),
        ("question;part\nx;dev\n", "genre"),
        ("question;genre\nx;inconnu\n", r"q\.csv:2"),
        ("question;genre\n;SMS\n", "vide"),
        ("question;genre;part\nx;SMS;hier\n", "hier"),
    ],
)
def test_a_sheet_that_holds_no_cases_is_refused_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    sheet = tmp_path / "q.csv"
    sheet.write_text(text, "utf-8")
    with pytest.raises(BadSource, match=told):
        read_sheet(sheet, KNOWN)


def test_the_same_identifier_twice_is_refused(folder: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "q.csv"
    sheet.write_text("identifiant;question;genre\nc4;un;politesse\nc4;deux;politesse\n", "utf-8")
    with pytest.raises(BadSource, match="ligne 2"):
        weigh(sheet, read_sheet(sheet, KNOWN), KNOWN, {})
