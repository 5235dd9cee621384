"""Years and dates that have passed or soon will have.

Only what an answer depends on is read: school years, years after a word such as
"année" or "tarifs", dates after "jusqu'au" or "avant le". A date in a story
("depuis le 31 mars 2021", "publiée en 2022") goes stale for nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from ingest.finding import Finding, about, all_lines
from ingest.model import ParsedFaq

SOON = timedelta(days=120)
_MONTHS = (
    ("janvier",), ("février", "fevrier"), ("mars",), ("avril",), ("mai",), ("juin",), ("juillet",),
    ("août", "aout"), ("septembre",), ("octobre",), ("novembre",), ("décembre", "decembre"),
)  # fmt: skip
_MONTH_NUMBER = {name: at for at, names in enumerate(_MONTHS, 1) for name in names}
_MONTH = "|".join(_MONTH_NUMBER)
_SCHOOL_YEAR = re.compile(r"(?<![\d/.-])(20\d\d)[ \u00a0]?[/–-][ \u00a0]?(20\d\d|\d\d)(?![\d/.-])")
_YEAR = re.compile(
    r"\b(?:années?|rentrée|sessions?|campagnes?|tarifs?|promotions?|exercice|calendrier|semestre|trimestre"
    r"|printemps|automne|hiver|été)(?: (?:civile|universitaire|scolaire|d['’]examens?|de))?"
    r"(?: (?:printemps|automne))?[ \u00a0](20\d\d)\b(?![ \u00a0]?[/–-][ \u00a0]?\d)",
    re.IGNORECASE,
)
_DEADLINE = re.compile(
    r"\b(?:jusqu['’](?:au|à|en)|avant(?: le| la)?|au plus tard(?: le| en)?|date limite|clôture|échéance"
    r"|expire(?: le)?|valables?(?: jusqu['’]au)?|dernier délai|prévue?s?(?: le| pour| en)?"
    r"|ouvr\w{2,6}(?: le| en)?|à partir du|à compter du)"
    r"[ \u00a0:(]{0,3}(?:le |la |fin |au |lundi |mardi |mercredi |jeudi |vendredi |samedi |dimanche ){0,3}"
    rf"((?:(?:[12]?\d|3[01]|1er)[ \u00a0])?(?:{_MONTH})[ \u00a0]20\d\d|\d{{1,2}}/\d{{1,2}}/20\d\d)",
    re.IGNORECASE,
)
_DAY = re.compile(
    rf"(?:(\d{{1,2}})(?:er)?[ \u00a0])?({_MONTH})[ \u00a0](\d{{4}})|(\d{{1,2}})/(\d{{1,2}})/(\d{{4}})",
    re.IGNORECASE,
)
_STORY = re.compile(
    r"(?:\b(?:depuis|dès|décret|loi|arrêté|circulaire|ordonnance|créée?s?|fondée?s?)\b[^.;]{0,30}"
    r"|n°[ \u00a0]?)$",
    re.IGNORECASE,
)


def check(faq: ParsedFaq, today: date) -> Iterator[Finding]:
    """Expired entries, past or soon-ending years and deadlines."""
    for parsed in faq.entries:
        until = parsed.entry.valid_until
        if until and until < today:
            yield about(parsed, "expired", date=_french(until))
        elif until and until <= today + timedelta(days=30):
            yield about(parsed, "expires-soon", date=_french(until))
        for line in all_lines(parsed):
            for text, end in periods(line.text):
                if end < today:
                    yield about(parsed, "past-date", line.number, text=text)
                elif end <= today + SOON:
                    yield about(parsed, "soon-past-date", line.number, text=text)


def periods(text: str) -> Iterator[tuple[str, date]]:
    """(words, last day) of each year or deadline that a text depends on."""
    for match in _SCHOOL_YEAR.finditer(text):
        first, second = int(match[1]), int(match[2])
        second += 2000 if second < 100 else 0
        if second == first + 1 and not _told(text, match):
            yield match[0], date(second, 8, 31)
    for match in _YEAR.finditer(text):
        if not _told(text, match):
            yield match[0], date(int(match[1]), 12, 31)
    for match in _DEADLINE.finditer(text):
        end = _last_day(match[1])
        if end and not _told(text, match):
            yield match[0], end


def _told(text: str, match: re.Match[str]) -> bool:
    """Whether what stands before makes it a fact of the past ("depuis l'année 2021")."""
    return _STORY.search(text[max(0, match.start() - 45) : match.start()]) is not None


def _last_day(text: str) -> date | None:
    match = _DAY.search(text)
    if not match:
        return None
    try:
        if match[4]:
            return date(int(match[6]), int(match[5]), int(match[4]))
        month, year = _MONTH_NUMBER[match[2].lower()], int(match[3])
        if match[1]:
            return date(year, month, int(match[1]))
        return (date(year, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    except (ValueError, OverflowError):
        return None


def _french(day: date) -> str:
    """30 juin 2027."""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number} {_MONTHS[day.month - 1][0]} {day.year}"
