"""Any bytes as a question file, or as the sheet that staff bring, give cases or a fault with its place and mend."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import BadSource
from app.core.types import Entry
from evals.cases import KINDS, Case, lint_cases, load_cases
from evals.facts import fault, states
from evals.imported import STAFF, line_of, take, weigh
from evals.sheets import read_sheet, write_sheet
from evals.suggest import read_log
from tests.fuzzing import fuzz

WORD = st.sampled_from(
    ["modes-de-paiement", "x", "", " ", "é", "\u2028", "\x00", "\ud800", "a\nb", "(a+)+$", "dev", *KINDS]
)
VALUES = st.recursive(
    st.one_of(WORD, st.text(max_size=20), st.integers(), st.floats(), st.none(), st.booleans()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORD, inner, max_size=2),
    max_leaves=6,
)
ROWS = st.fixed_dictionaries(
    {
        "id": WORD | VALUES,
        "question": st.text(min_size=1, max_size=30) | VALUES,
        "kind": st.sampled_from(KINDS) | VALUES,
        "entries": st.lists(WORD, max_size=2) | VALUES,
        "facts": st.lists(WORD | st.text(max_size=12), max_size=2) | VALUES,
        "topic": WORD | VALUES,
        "split": st.sampled_from(["dev", "test"]) | VALUES,
    },
    optional={"history": st.lists(WORD, max_size=2) | VALUES, "autre": VALUES},
)
SOUND = {"id": "c1", "question": "je paie comment", "kind": "sms", "entries": ["modes-de-paiement"], "facts": [],
         "topic": "", "split": "dev"}  # fmt: skip
LINES = st.one_of(
    ROWS.map(lambda row: json.dumps(row).encode()),
    ROWS.map(lambda row: json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogatepass")),
    st.binary(max_size=60),
    st.builds(lambda at, byte: _put(json.dumps(SOUND).encode(), at, byte), st.integers(0, 120), st.binary(max_size=2)),
    st.sampled_from([b"[" * 3000, b"9" * 5000, b'{"id":1,"id":2}', b"NaN", b"\xef\xbb\xbf{}", b'"' * 99]),
)


def _put(line: bytes, at: int, piece: bytes) -> bytes:
    return line[:at] + piece + line[at + 1 :]


def told(error: BadSource, path: Path, lines: int, *, placed: bool = False) -> None:
    assert error.path == path
    assert 1 <= (error.line or (0 if placed else 1)) <= lines
    assert error.mend
    assert len(str(error)) < 1000


def folder_in(factory: pytest.TempPathFactory) -> Path:
    folder = factory.getbasetemp() / "cases"
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    return folder


@fuzz(120)
@given(lines=st.lists(LINES, min_size=1, max_size=3))
def test_any_bytes_as_a_question_file(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    folder = folder_in(tmp_path_factory)
    content = b"\n".join(lines)
    (folder / "a.jsonl").write_bytes(content)
    try:
        cases = load_cases(folder)
    except BadSource as error:
        told(error, folder / "a.jsonl", content.count(b"\n") + 1, placed=True)
        return
    for case in cases:
        assert json.loads(line_of(case).encode())["id"] == case.id
    for sentence in lint_cases(cases, ["x"]):
        sentence.encode()


def test_a_folder_by_that_name_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").mkdir()
    with pytest.raises(BadSource, match="illisible") as caught:
        load_cases(tmp_path)
    assert caught.value.mend


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\xef\xbb\xbf" + json.dumps(SOUND).encode() + b"\r\n")
    assert [case.id for case in load_cases(tmp_path)] == ["c1"]


CELLS = st.one_of(
    WORD,
    st.text(max_size=20),
    st.sampled_from(
        ["question", "genre", "identifiant", "part", "décision", "garder", "c99999999999", "=1+1", "'", '"']
    ),
)
TABLES = st.lists(st.lists(CELLS, max_size=5), max_size=4)
HEADS = st.permutations(["question", "genre", "entrées attendues", "faits attendus", "identifiant", "part", "thème"])


def _csv(head: list[str], table: list[list[str]]) -> bytes:
    return "\n".join(";".join(row) for row in [head, *table]).encode("utf-8", "surrogatepass")


def _xlsx(head: list[str], table: list[list[str]]) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in [head, *table]:
        cells = [cell.encode("utf-8", "replace").decode() for cell in row]
        book.active.append(["".join(c for c in cell if c.isprintable() or c == "\n") for cell in cells])
    book.save(file)
    return file.getvalue()


@fuzz(50)
@given(
    sheet=st.one_of(
        st.tuples(st.just(".csv"), st.binary(max_size=200)),
        st.tuples(st.just(".csv"), st.builds(_csv, HEADS, TABLES)),
        st.tuples(st.just(".xlsx"), st.binary(max_size=200)),
        st.tuples(st.just(".xlsx"), st.builds(_xlsx, HEADS, TABLES)),
        st.tuples(
            st.just(".xlsx"),
            st.builds(
                _put, st.just(_xlsx(["question", "genre"], [["x", "sms"]])), st.integers(0, 6000), st.binary(max_size=2)
            ),
        ),
    )
)
def test_any_bytes_as_a_sheet_bring_cases_whole_or_not_at_all(
    tmp_path_factory: pytest.TempPathFactory, entries: tuple[Entry, ...], sheet: tuple[str, bytes]
) -> None:
    folder = folder_in(tmp_path_factory)
    (folder / "a.jsonl").write_text(
        json.dumps({**SOUND, "question": "je paie\u2028 comment"}, ensure_ascii=False) + "\n", "utf-8"
    )
    known = load_cases(folder)
    path = tmp_path_factory.getbasetemp() / f"feuille{sheet[0]}"
    path.write_bytes(sheet[1])
    try:
        brought = weigh(path, read_sheet(path, known), known, {entry.id: entry for entry in entries})
    except BadSource as error:
        told(error, path, 10**6)
        return
    if not brought.faults:
        take(folder, brought)
        after = load_cases(folder)
        assert {case.id for case in (*brought.added, *brought.changed)} <= {case.id for case in after}


@fuzz(50)
@given(
    content=st.one_of(st.binary(max_size=200), st.lists(LINES, max_size=3).map(b"\n".join)),
    suffix=st.sampled_from([".jsonl", ".csv"]),
)
def test_any_bytes_as_a_log(tmp_path_factory: pytest.TempPathFactory, content: bytes, suffix: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"journal{suffix}"
    path.write_bytes(content)
    try:
        read_log(path)
    except BadSource as error:
        told(error, path, content.count(b"\n") + content.count(b"\r") + 1)


@fuzz(100)
@given(fact=st.text(alphabet="ab1(){}[]|*+?.^$\\,0-9wds:<=!>éPR&", max_size=30))
def test_any_pattern_as_a_fact_ends(fact: str) -> None:
    wrong = fault(fact)
    wrong.encode()
    assert not (wrong and states("aaaa", fact) and "temps" not in wrong)


@pytest.mark.parametrize("fact", ["(a|aa)+$", "a{999999999}", "((a{9}){99}){99}", "(?R)", "(" * 200, "x" * 400])
def test_a_pattern_that_would_take_for_ever_is_refused(fact: str) -> None:
    case = Case("c1", "je paie", "sms", ("x",), (fact,), "", "dev")
    assert any("expression régulière" in sentence for sentence in lint_cases([case], ["x"]))
    assert not states("a" * 200 + "!", fact)


def test_a_text_with_other_line_ends_survives_a_second_import(tmp_path: Path, entries: tuple[Entry, ...]) -> None:
    """As a JSON line it holds U+2028 as it is; the file is still one line."""
    folder = tmp_path / "cases"
    folder.mkdir()
    (folder / STAFF).write_bytes(line_of(Case("c1", "je paie\u2028 comment", "sms", ("x",), (), "", "dev")).encode())
    known = load_cases(folder)
    sheet = tmp_path / "q.csv"
    write_sheet(sheet, [Case("", "recette du cassoulet", "far", (), (), "cuisine", "test")], entries)
    take(folder, weigh(sheet, read_sheet(sheet, known), known, {entry.id: entry for entry in entries}))
    assert len(load_cases(folder)) == 2


def test_a_bomb_of_a_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "q.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 210_000_000)
    with pytest.raises(BadSource):
        read_sheet(path, [])
