"""The comment under a question, and what is said of a wrong one."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.comment import parse_comment, parse_date
from ingest.lint import lint
from ingest.parse import parse_text


def test_the_form_in_the_contract() -> None:
    extras = parse_comment(
        " guichet: id=mode-paiement; audience=soir; url=https://a.fr/b?x=1;y=2; valid_until=2027-06-30\n"
        "variantes:\n- Est-ce que je peux régler en ligne ?\n* Payer en 3 fois ; c'est possible ?\n"
    )
    assert extras.id == "mode-paiement"
    assert extras.audience == "soir"
    assert extras.url == "https://a.fr/b?x=1;y=2"
    assert extras.valid_until == date(2027, 6, 30)
    assert extras.variants == ["Est-ce que je peux régler en ligne ?", "Payer en 3 fois ; c'est possible ?"]
    assert extras.troubles == []


@pytest.mark.parametrize(
    "text",
    [
        "guichet\nidentifiant : a-b\npublic: soir\nvalide jusqu’au: 30/06/2027\nvariantes: Un ? | Deux ?",
        "guichet: variantes:\n- Un ?\n- Deux ?\nid=a-b;audience=soir;valid_until=2027-06-30",
        (
            'Guichet:\n\n  id = "a-b"\n  audience = soir\n\n  variantes :\n'
            "    - Un ?\n\n    - Deux ?\n\n  validité = 2027-06-30"
        ),
    ],
)
def test_other_ways_to_write_it(text: str) -> None:
    extras = parse_comment(text)
    assert (extras.id, extras.audience, extras.valid_until) == ("a-b", "soir", date(2027, 6, 30))
    assert extras.variants == ["Un ?", "Deux ?"]
    assert extras.troubles == []


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("guichet: idd=x", "unknown-key", 0),
        ("guichet:\nid=x\nvalid_until=2027-02-31", "bad-date", 2),
        ("guichet:\nvalid_until=demain", "bad-date", 1),
        ("guichet: id=Mode Paiement", "bad-id", 0),
        ("guichet: url=tarifs.html", "bad-url", 0),
        ("guichet: id=", "empty-key", 0),
        ("guichet:\nbonjour", "comment-syntax", 1),
    ],
)
def test_troubles(text: str, code: str, line: int) -> None:
    (trouble,) = parse_comment(text).troubles
    assert (trouble.code, trouble.line) == (code, line)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2027-06-30", date(2027, 6, 30)),
        ("1/6/2027", date(2027, 6, 1)),
        ("2027-6-30", None),
        ("31/02/2027", None),
        ("", None),
    ],
)
def test_dates(text: str, day: date | None) -> None:
    assert parse_date(text) == day


@given(st.text(max_size=200))
def test_any_comment_is_read(text: str) -> None:
    parse_comment("guichet:" + text)


def test_where_a_comment_may_stand() -> None:
    faq = parse_text(
        "### A ? <!-- guichet: id=a1 -->\n\na\n\n### B ?\n<!-- guichet: id=b1 -->\n\nb\n\n"
        "### C ?\n\nc\n\n<!-- guichet: id=c1 -->\n\nd\n\n### D ?\n\n<!-- note: id=non -->\ne\n"
    )
    assert [e.id for e in faq.faq_entries] == ["a1", "b1", "c1", "d"]
    assert [e.answer_md for e in faq.faq_entries] == ["a", "b", "c\n\nd", "e"]


def test_a_comment_glued_to_a_question_paragraph() -> None:
    faq = parse_text("Un ?\n<!-- guichet: id=u1 -->\na\n\nDeux ?\n\nb\n")
    assert [(e.id, e.question, e.answer_md) for e in faq.faq_entries] == [
        ("u1", "Un ?", "a"),
        ("deux", "Deux ?", "b"),
    ]


def test_findings_name_the_line_and_the_mend() -> None:
    faq = parse_text(
        "<!-- guichet: id=perdu -->\n\n### A ?\n<!-- guichet:\nid=a1\n"
        "couleur=bleu\nvalid_until=2027-13-01\n-->\n\na\n\n"
        "### B ?\n<!-- guichet: id=b1 -->\n<!-- guichet: id=b2 -->\n\nb\n"
    )
    found = {(f.code, f.line): f for f in lint(faq, today=date(2026, 11, 23))}
    assert set(found) == {("stray-comment", 1), ("unknown-key", 6), ("bad-date", 7), ("second-comment", 14)}
    assert found["bad-date", 7].severity == "error"
    assert "2027-13-01" in found["bad-date", 7].message
    assert found["bad-date", 7].entry_id == "a1"
    assert found["unknown-key", 6].severity == "warning"
    assert "couleur" in found["unknown-key", 6].message


def test_an_unclosed_comment_blocks() -> None:
    faq = parse_text("### A ?\n\na\n\n<!-- oups\n\n### B ?\n\nb\n")
    (problem,) = lint(faq, today=date(2026, 1, 1))
    assert (problem.code, problem.line, problem.severity) == ("unclosed-comment", 5, "error")
