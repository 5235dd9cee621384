"""Checking a parsed FAQ: what staff should mend before or after publishing.

Each module of ingest/rules has one function `check`, which yields findings.
"""

from __future__ import annotations

from datetime import date

from ingest.finding import Finding
from ingest.model import ParsedFaq
from ingest.rules import answers, dates, links, questions, source, words

__all__ = ["Finding", "lint"]

RULES = (source.check, questions.check, answers.check, links.check, words.check)


def lint(parsed: ParsedFaq, *, today: date) -> list[Finding]:
    """All findings, in the order of the sources' lines. Errors block publication."""
    order = {file.path: at for at, file in enumerate(parsed.sources)}
    found = [finding for rule in RULES for finding in rule(parsed)]
    found.extend(dates.check(parsed, today))
    return sorted(found, key=lambda f: (order.get(f.path, 0), f.line, f.severity, f.code))
