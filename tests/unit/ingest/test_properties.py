"""The parser on text that nobody would write."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import BadSource
from app.core.inline import scan
from app.core.markdown import plain_text, split_blocks
from ingest.lint import lint
from ingest.model import ParsedFaq
from ingest.parse import parse_text
from tests.unit.ingest.shared import SHARED, needs_shared

PIECES = st.sampled_from(
    [
        "### A ?\n", "## S\n", "# T ?\n", "Un ?\n\n", "\n", "\n\n", "- ",
        "  - ", "1. ", "> ", "**", "*", "`", "```\n", "[", "]", "(",
        ")", "](#)", "<", ">", "<b>", "</b>", "<br>", "<details>", "</details>",
        "<summary>", "</summary>", "<!-- guichet: id=a",
        "; valid_until=2027-01-01", " -->", "<!--", ".. question:: Q ?\n",
        "    ", ":level: 3\n", "Q : ", "R : ", "\\", "$", "\\pm ",
        "| a | b |\n|---|---|\n", "---\n", "===\n", "mot ", "é", "?", ":",
        "https://a.fr/", "x@y.fr", "&amp;", "&#0;", "{% a %}\n",
        "\u00a0", "\u202e", "\ud800", "\x00", "{#id}", "  \n", "[a]: b\n", "variantes:\n", "2025/2026", "![",
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=40).map("".join))
DAY = date(2026, 11, 23)


def read(text: str) -> ParsedFaq:
    try:
        return parse_text(text)
    except BadSource as error:
        if not error.mend:
            raise
        return parse_text("")


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_any_text_is_read_and_checked(text: str) -> None:
    faq = read(text)
    ids = [e.id for e in faq.faq_entries]
    assert len(set(ids)) == len(ids)
    lines = (
        text.count("\n")
        + text.count("\r")
        + text.count("\x0b")
        + text.count("\x0c")
        + text.count("\x85")
        + text.count("\u2028")
        + text.count("\u2029")
        + 1
    )
    for parsed in faq.entries:
        assert 1 <= parsed.line <= parsed.answer_line <= lines
        assert parsed.entry.question.strip()
        assert "\n" not in parsed.entry.question
        assert not any(
            url.lower().startswith(("javascript:", "data:", "file:")) for url in scan(parsed.entry.answer_md).urls
        )
        plain_text(parsed.entry.answer_md).encode()
    for finding in lint(faq, today=DAY):
        assert 1 <= finding.line <= lines
        assert finding.message
        assert finding.mend


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_canonical_answers_read_back_the_same(text: str) -> None:
    """An answer in canonical form, put under a question again, is left as it is."""
    for parsed in read(f"### Question ?\n\n{text}\n\n### Autre ?\n\nx").entries:
        answer = parsed.entry.answer_md
        if (
            any(b.kind in ("heading", "code", "quote") for b in split_blocks(answer))
            or parsed.entry.question != "Question ?"
            or any(mark in answer for mark in (".. question::", "{%"))
        ):
            continue
        again = read(f"### Question ?\n\n{answer}\n\n### Autre ?\n\nx").entries[0]
        # Two lists in a row become one: blank lines don't count.
        assert plain_text(again.entry.answer_md).split() == plain_text(answer).split()


@needs_shared
def test_naughty_strings_are_text() -> None:
    strings = json.loads((SHARED / "hostile" / "naughty_strings.json").read_text(encoding="utf-8"))
    for string in strings:
        faq = parse_text(f"### Question ?\n\n{string}\n\n### Autre ?\n\n{string}\n")
        for parsed in faq.entries:
            assert "<script" not in parsed.entry.answer_md.lower().replace("\\<", "")
        lint(faq, today=DAY)


BAITS = {
    "nested lists": lambda n: "".join("  " * (i % 100) + "- a\n" for i in range(n // 50)),
    "nested quotes": lambda n: ">" * n,
    "emphasis": lambda n: "*a **b " * (n // 6),
    "brackets": lambda n: "[" * n,
    "images": lambda n: "![" * (n // 2),
    "comments": lambda n: "<!-- " * (n // 5),
    "tags": lambda n: "<a <b>" * (n // 6),
    "folds": lambda n: "<details>\n" * (n // 10),
    "addresses": lambda n: "a@b.c@" * (n // 6),
    "urls": lambda n: "https://a.b/" * (n // 12),
    "colons": lambda n: " :(" * (n // 3),
    "spaces": lambda n: " " * n + "x",
    "no-break spaces": lambda n: "\u00a0" * n + "?",
    "backticks": lambda n: "".join("`" * (i % 200 + 1) + "a" for i in range(n // 100)),
    "dollars": lambda n: "$a " * (n // 3),
    "digits": lambda n: "1" * n,
    "dates": lambda n: "jusqu’au 1 " * (n // 11),
    "questions": lambda n: "# A ?\n\n" * (n // 7),
    "bold questions": lambda n: "**A ?**\n\n" * (n // 9),
    "paragraphs": lambda n: "A ?\n\n" * (n // 5),
    "keys": lambda n: "### A ?\n<!-- guichet: " + "a=b; " * (n // 5) + "-->",
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("bait", BAITS)
def test_hostile_text_does_not_hang(bait: str) -> None:
    faq = read("### Q ?\n\n" + BAITS[bait](30_000))
    assert len(faq.entries) <= 30_001
    lint(faq, today=DAY)
