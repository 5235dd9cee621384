"""A sieve finds what trying every pattern finds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.answer import misuse
from app.core.sieve import Sieve, words_of
from app.settings import ROOT
from evals.cases import load_cases


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"\bdrop table\b", {"drop ta"}),
        (r"(?:ignor|oubli)(?:e[rsz]?|s)\b.{0,40}\bprompts?\b", {"prompt"}),
        (r"chat|chien", {"chat", "chien"}),
        (r"chat|\d+", set()),
        (r"(?:chat)?\d", set()),
        (r"(?!chat)[a-z]+", set()),
        (r"(?i:chat)", set()),
        (r"chats?\b", {"chat"}),
        (r"c[ah]at+e", {"caa", "cha"}),
        (r"(?:ab){2,}", {"ab"}),
    ],
)
def test_the_words_a_pattern_needs(pattern: str, words: set[str]) -> None:
    assert words_of(pattern) == words


def test_the_first_pattern_that_matches_counts_whatever_its_words() -> None:
    sieve = Sieve([(r"a\d", "one"), (r"\d\d", "two"), (r"b", "three")])
    assert sieve.first("b 42 a1") == "one"
    assert sieve.first("b 42") == "two"
    assert sieve.first("b") == "three"
    assert sieve.first("c") is None


def trying_all(text: str) -> str | None:
    return next(
        (phrase for patterns, phrase in misuse._RULES_IN_ORDER if any(re.search(each, text) for each in patterns)), None
    )


def test_every_rule_against_misuse_is_sifted() -> None:
    assert all(words_of(pattern.pattern) for pattern in misuse._REFUSALS.patterns)


def test_what_is_refused_is_what_some_rule_matches() -> None:
    texts = {misuse.fold(case.question) for case in load_cases(ROOT / "evals" / "cases", split="dev")}
    refused = [text for text in texts if trying_all(text)]
    assert len(refused) > 20
    assert [text for text in texts if misuse._REFUSALS.first(text) != trying_all(text)] == []


PIECES = sorted({run for each in misuse._REFUSALS.patterns for run in re.findall(r"[a-z' -]{3,}", each.pattern)})


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6), st.sampled_from(["", " ", ", ", " moi "]))
def test_nothing_a_rule_would_match_slips_through(pieces: list[str], between: str) -> None:
    text = between.join(pieces)
    assert misuse._REFUSALS.first(text) == trying_all(text)
