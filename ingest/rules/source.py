"""What the parser noticed, as findings."""

from __future__ import annotations

from collections.abc import Iterator

from ingest.finding import Finding, finding
from ingest.model import ParsedFaq


def check(faq: ParsedFaq) -> Iterator[Finding]:
    """One finding for each of the parser's problems."""
    ids = {(parsed.path, parsed.line): parsed.entry.id for parsed in faq.entries}
    for problem in faq.problems:
        entry_id = ids.get((problem.path, problem.entry_line)) if problem.entry_line else None
        yield finding(
            problem.code,
            problem.path,
            problem.line,
            entry_id=entry_id,
            error=problem.severity == "error",
            **dict(problem.values),
        )
