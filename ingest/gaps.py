"""Reading the known gaps: topics as headings of the second level, a list of phrasings under each.

A topic may have a line "redirection: …": what the institution wants said about it.
"""

from __future__ import annotations

import re
from pathlib import Path

from app.core.french import clean, fold
from app.core.types import Gap
from ingest import messages
from ingest.source import bad, decode, read_bytes

FILE = "hors_faq.md"
"""The name of the file, beside the FAQ."""
_TOPIC = re.compile(r"^##+\s+(?P<topic>.+?)\s*#*$")
_PHRASING = re.compile(r"^[-*•]\s+(?P<text>.+)$")
_REDIRECTION = re.compile(r"^redirection\s*:\s*(?P<text>.+)$", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def parse_gaps(path: Path) -> tuple[Gap, ...]:
    """The gaps of a file, in order; none when there is no such file. Raises BadSource with its line."""
    return parse_gaps_text(decode(path, read_bytes(path)), path) if path.exists() else ()


def parse_gaps_text(text: str, path: Path) -> tuple[Gap, ...]:
    """The gaps of a text, as if it stood in `path`. Raises BadSource with its line."""
    end = text.rfind("-->") + 3  # nothing beyond it is a comment: looking for its end there would take n² steps
    text = _COMMENT.sub(lambda match: "\n" * match.group().count("\n"), text[:end]) + text[end:] if end > 2 else text
    topics: list[tuple[str, int, list[str], list[str]]] = []
    seen: dict[str, int] = {}
    for number, raw in enumerate(text.splitlines(), start=1):
        line = clean(raw)
        if match := _TOPIC.match(line):
            topics.append((match["topic"], number, [], []))
        elif not topics:
            # What stands before the first topic tells authors what the file is.
            continue
        elif match := _PHRASING.match(line):
            if first := seen.get(fold(match["text"])):
                raise bad(path, number, messages.GAP_TWICE, first=str(first))
            seen[fold(match["text"])] = number
            topics[-1][2].append(match["text"])
        elif match := _REDIRECTION.match(line):
            topics[-1][3].append(match["text"])
        elif line:
            raise bad(path, number, messages.GAP_LINE)
    for topic, number, phrasings, _ in topics:
        if not phrasings:
            raise bad(path, number, messages.GAP_EMPTY, topic=topic)
    return tuple(Gap(topic, _with_title(topic, phrasings), " ".join(more)) for topic, _, phrasings, more in topics)


def _with_title(topic: str, phrasings: list[str]) -> tuple[str, ...]:
    """The phrasings and, since visitors may name the topic as staff do, its title."""
    return tuple(phrasings if fold(topic) in map(fold, phrasings) else (*phrasings, topic))
