"""Questions and answers in JSON, CSV and Excel files."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.errors import BadSource
from ingest.lint import lint
from ingest.model import ParsedFaq
from ingest.parse import parse_file, parse_paths


def write(tmp_path: Path, name: str, content: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(tmp_path: Path, name: str, content: str | bytes) -> ParsedFaq:
    return parse_paths([write(tmp_path, name, content)])


FRENCH = (
    "Rubrique;Question;Réponse;Variantes;Public;Valide jusqu'au;URL;Interne\r\n"
    'Été;"Où payer ?";"Ici :\n- en ligne\n- à l’accueil";"Régler où ? | Payer ?";soir;30/06/2027;https://a.fr;x\r\n'
    ";;;;;;;\r\n"
    'Hiver;"Quand ?";"Lundi\nMardi";;;;;\r\n'
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_csv_as_excel_writes_it(tmp_path: Path, encoding: str) -> None:
    faq = read(tmp_path, "faq.csv", FRENCH.encode(encoding))
    pay, when = faq.faq_entries
    assert (pay.section, pay.question, pay.audience, pay.url) == ("Été", "Où payer ?", "soir", "https://a.fr")
    assert pay.answer_md == "Ici :\n\n- en ligne\n- à l’accueil"
    assert pay.variants == ("Régler où ?", "Payer ?")
    assert pay.valid_until == date(2027, 6, 30)
    assert when.answer_md == "Lundi  \nMardi"
    assert [e.line for e in faq.entries] == [2, 6]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("faq.csv", "question,answer\nA ?,b\n"),
        ("faq.csv", "sep=;\nquestion;answer\nA ?;b\n"),
        ("faq.csv", "Notre FAQ;\n;\nintitulé;réponse\nA ?;b\n"),
        ("faq.tsv", "Q\tR\nA ?\tb\n"),
        ("faq.csv", "réponse;question\nb;A ?\n"),
    ],
)
def test_other_tables(tmp_path: Path, name: str, text: str) -> None:
    (entry,) = read(tmp_path, name, text).faq_entries
    assert (entry.question, entry.answer_md) == ("A ?", "b")


def test_excel(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Question", "Réponse", "Identifiant", "Valable jusqu’au", "Section"])
    sheet.append(["Où ?", "**Ici** [là](https://a.fr)", "ou-1", datetime(2027, 6, 30), 2.0])  # noqa: DTZ001
    sheet.append([None, None, None, None, None])
    sheet.append(["Combien ?", 12, None, None, "B"])
    book.save(tmp_path / "faq.xlsx")
    faq = parse_paths([tmp_path / "faq.xlsx"])
    assert [(e.id, e.question, e.answer_md, e.section) for e in faq.faq_entries] == [
        ("ou-1", "Où ?", "**Ici** [là](https://a.fr)", "2"),
        ("combien", "Combien ?", "12", "B"),
    ]
    assert faq.faq_entries[0].valid_until == date(2027, 6, 30)
    assert [e.line for e in faq.entries] == [2, 4]


def test_json(tmp_path: Path) -> None:
    content = {
        "title": "FAQ",
        "source_url": "https://a.fr/faq",
        "entries": [
            {"question": "Où ?", "réponse": "Ici [x](/y)", "variantes": ["Où ça ?", "À quel endroit ?"]},
            {"question": "Quand ?", "answer": "Là", "valid_until": "2027-01-01", "rubrique": "S"},
        ],
    }
    faq = read(tmp_path, "faq.json", json.dumps(content, indent=2, ensure_ascii=False))
    assert faq.meta.title == "FAQ"
    assert faq.meta.source_url == "https://a.fr/faq"
    assert faq.faq_entries[0].variants == ("Où ça ?", "À quel endroit ?")
    assert faq.faq_entries[0].answer_md == "Ici [x](https://a.fr/y)"
    assert faq.faq_entries[1].section == "S"
    assert [e.line for e in faq.entries] == [5, 13]


@pytest.mark.parametrize(
    ("name", "content", "line", "words"),
    [
        ("faq.json", "[\n{,}]", 2, "JSON"),
        ("faq.json", '{"a": 1}', 1, "liste"),
        ("faq.json", '[\n{"question": "A ?", "answer": "b"},\n{"answer": "c"}]', 3, "n° 2"),
        ("faq.json", "[1]", 1, "n° 1"),
        ("faq.json", "[" * 100_000, 1, "JSON"),
        ("faq.json", "[]", None, "aucune question"),
        ("faq.csv", "a;b\nc;d\n", 1, "colonnes"),
        ("faq.csv", b"\xff\x00\x00\xff", 1, "texte"),
        ("faq.csv", "question;réponse\n", None, "aucune question"),
        ("faq.xlsx", b"PK\x03\x04 nope", None, "Excel"),
        ("faq.xlsx", b"", None, "Excel"),
    ],
)
def test_what_can_be_wrong(tmp_path: Path, name: str, content: str | bytes, line: int | None, words: str) -> None:
    with pytest.raises(BadSource) as caught:
        read(tmp_path, name, content)
    assert caught.value.line == line
    assert words in str(caught.value)
    assert caught.value.mend
    assert "{" not in str(caught.value)


def test_cells_are_checked_like_text(tmp_path: Path) -> None:
    text = "question;réponse;valide jusqu'au;id;url\nA ?;[x](#);31/02/2027;Pas Bon;a.fr\nB ?;;;;\nA ?;encore;;;\n"
    found = {(f.code, f.line, f.severity) for f in lint(read(tmp_path, "faq.csv", text), today=date(2026, 1, 1))}
    assert found == {
        ("dead-link", 2, "warning"),
        ("bad-date", 2, "error"),
        ("bad-id", 2, "error"),
        ("bad-url", 2, "error"),
        ("no-answer", 3, "warning"),
        ("duplicate-question", 4, "error"),
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(
    suffix=st.sampled_from([".csv", ".tsv", ".json", ".xlsx", ".md"]),
    data=st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace")),
        st.text(alphabet='question;,réponse\n"\t[]{}:', max_size=200).map(
            lambda t: ("question;réponse\n" + t).encode()
        ),
        st.recursive(
            st.none() | st.text(max_size=9) | st.integers(),
            lambda c: (
                st.lists(c, max_size=4)
                | st.dictionaries(st.sampled_from(["question", "answer", "entries", "url", "id"]), c, max_size=4)
            ),
            max_leaves=12,
        ).map(lambda v: json.dumps(v).encode()),
    ),
)
def test_no_bytes_crash_it(tmp_path: Path, suffix: str, data: bytes) -> None:
    path = write(tmp_path, f"faq{suffix}", data)
    try:
        parse_file(path)
    except BadSource as error:
        if not error.mend:
            raise
