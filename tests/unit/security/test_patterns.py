"""No regular expression takes more than quadratic time, whatever it is given: all compiled ones of app, ingest, evals.

regexploit looks each over for three or more overlapping repetitions. What it can't read or misses is measured: on
strings pumped from the pattern's own characters, doubling the text may multiply the work by four, not by eight or more.
Texts of visitors end at 1,000 characters, where a quadratic search is done in milliseconds.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
import warnings
from collections.abc import Iterator
from re import _parser as sre  # type: ignore[attr-defined]
from types import ModuleType

import pytest

import app
import evals
import ingest
from app.core.sieve import Sieve
from ingest.gaps import parse_gaps_text
from tests.serving import ROOT

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it imports sre_constants by its old name
    from regexploit.ast.sre import SreOpParser
    from regexploit.redos import find

UNREADABLE = re.compile(r"[+*}]\+")
"""Possessive repeats, which regexploit doesn't know and which cannot backtrack."""


def compiled() -> dict[str, re.Pattern[str]]:
    """Every pattern of every module by its place, those in tables and tuples included."""
    found: dict[str, re.Pattern[str]] = {}
    for package in (app, ingest, evals):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if "migrations" in module.name or module.name.endswith((".__main__", "evals.grounding.thesaurus")):
                continue  # commands, and what needs a package that only makes data
            for name, value in _patterns(importlib.import_module(module.name)):
                found.setdefault(value.pattern, value)
                _PLACES.setdefault(value.pattern, f"{module.name}.{name}")
    return {_PLACES[pattern]: value for pattern, value in found.items()}


_PLACES: dict[str, str] = {}


def _patterns(module: ModuleType) -> Iterator[tuple[str, re.Pattern[str]]]:
    def walk(value: object, name: str, depth: int) -> Iterator[tuple[str, re.Pattern[str]]]:
        if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
            yield name, value
        elif isinstance(value, Sieve):
            yield from walk(value.patterns, name, 1)
        elif depth and isinstance(value, dict):
            for key, inner in value.items():
                yield from walk(inner, f"{name}[{key!r}]", depth - 1)
        elif depth and isinstance(value, list | tuple | set | frozenset):
            for at, inner in enumerate(value):
                yield from walk(inner, f"{name}[{at}]", depth - 1)

    for name, value in list(vars(module).items()):
        yield from walk(value, name, 2)


@pytest.fixture(scope="module")
def patterns() -> dict[str, re.Pattern[str]]:
    found = compiled()
    assert len(found) > 200
    return found


def starriness(pattern: re.Pattern[str]) -> int:
    """How many repetitions can fight over the same characters; 3 means cubic time, 10 and more exponential."""
    parsed = SreOpParser().parse_sre(pattern.pattern, pattern.flags & ~re.UNICODE)
    return max((one.starriness for one in find(parsed)), default=0)


@pytest.mark.slow
def test_no_pattern_has_three_repetitions_that_overlap(patterns: dict[str, re.Pattern[str]]) -> None:
    worst = {}
    for place, pattern in patterns.items():
        if UNREADABLE.search(pattern.pattern):
            continue
        if (found := starriness(pattern)) > 2:
            worst[place] = found
    assert worst == {}


def test_the_analyser_sees_what_is_to_be_seen() -> None:
    assert starriness(re.compile(r"(?:a+)+b")) > 2
    assert starriness(re.compile(r"\s*(.+?)\s*x")) > 2


def pumps(pattern: re.Pattern[str]) -> list[str]:
    """The characters and words that a pattern looks for, and a few that it may not."""
    runs: set[str] = set()

    def walk(value: object) -> None:
        if isinstance(value, sre.SubPattern):
            run = ""
            for operation, argument in value:
                if str(operation) == "LITERAL":
                    run += chr(argument)
                    continue
                runs.add(run)
                run = ""
                walk(argument)
            runs.add(run)
        elif isinstance(value, list | tuple):
            if len(value) == 2 and str(value[0]) in ("LITERAL", "RANGE"):
                runs.add(chr(value[1] if isinstance(value[1], int) else value[1][0]))
            for inner in value:
                walk(inner)

    walk(sre.parse(pattern.pattern, pattern.flags & ~re.UNICODE))
    runs.discard("")
    return [*"a1 _\n-", *sorted(runs, key=lambda run: (len(run), run))[:4], *sorted(runs, key=len)[-3:]]


def cost(pattern: re.Pattern[str], text: str) -> float:
    """Processor time of a search (s), the lesser of two."""
    spent = []
    for _ in range(2):
        began = time.process_time()
        pattern.search(text)
        spent.append(time.process_time() - began)
    return min(spent)


def growth(pattern: re.Pattern[str], pump: str) -> float:
    """By how much a search takes longer when the text doubles; 0 where it is done before it can be told."""
    length = 125
    while length <= 1000:
        text = pump * max(1, length // len(pump)) + "\x00"
        if (first := cost(pattern, text)) > 0.003:
            return cost(pattern, pump * max(1, 2 * length // len(pump)) + "\x00") / first
        length *= 2
    return 0.0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_search_grows_faster_than_quadratically(patterns: dict[str, re.Pattern[str]]) -> None:
    worst = {}
    for place, pattern in patterns.items():
        for pump in pumps(pattern):
            if growth(pattern, pump) > 6 and growth(pattern, pump) > 6:  # twice: another process may have interfered
                worst[place, pump] = pattern.pattern
    assert worst == {}


def test_the_measure_sees_what_is_to_be_seen() -> None:
    assert growth(re.compile(r"\s*(.+?)\s*x"), " ") > 6
    assert growth(re.compile(r"a+b"), "a") < 6


def test_a_file_of_unclosed_comments_is_read_in_linear_time() -> None:
    def steps(n: int) -> float:
        began = time.process_time()
        parse_gaps_text("<!-- " * n, ROOT / "hors_faq.md")
        return time.process_time() - began

    steps(1000)
    assert min(steps(40_000) for _ in range(3)) < 8 * min(steps(10_000) for _ in range(3))
