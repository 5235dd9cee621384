"""Links that lead nowhere, and addresses that are no links."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.finding import Finding, about, answer_lines, without_labels
from ingest.inline import PLACEHOLDER
from ingest.model import ParsedFaq

_PLACEHOLDER = re.compile(rf"\[([^\[\]\n]{{1,300}})\]\(\s{{0,5}}<?{PLACEHOLDER.pattern}>?\s{{0,5}}\)", re.IGNORECASE)
_SCHEME = re.compile(
    r"\[([^\[\]\n]{1,300})\]\(\s{0,5}<?((?!https?:|mailto:|tel:)[a-z][a-z0-9+.-]{1,20}:[^)\s]{0,300})",
    re.IGNORECASE,
)
_ENDINGS = "fr|com|org|net|eu|info|edu|io|be|ch|ca|lu|re|nc|pf|gp|mq|gf|yt|bzh|paris|corsica"
_DOMAIN = re.compile(
    rf"(?<![\w@/.:-])((?:[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?\.){{1,4}}(?:{_ENDINGS}))(?![\w@-]|\.\w)((?:/[^\s<>()\[\],;]{{0,300}})?)",
    re.IGNORECASE,
)


def check(faq: ParsedFaq) -> Iterator[Finding]:
    """Placeholder links, schemes no visitor can follow, domains without a link."""
    for parsed in faq.entries:
        for line in answer_lines(parsed):
            for match in _PLACEHOLDER.finditer(line.raw):
                if line.text[match.start()] == "[":
                    yield about(parsed, "dead-link", line.number, label=match[1].strip())
            for match in _SCHEME.finditer(line.raw):
                yield about(parsed, "unsafe-link", line.number, label=match[1].strip(), url=match[2])
        seen: set[str] = set()
        for line in answer_lines(parsed):
            for match in _DOMAIN.finditer(without_labels(line)):
                domain = (match[1] + match[2]).rstrip(".")
                if domain.lower() not in seen:
                    seen.add(domain.lower())
                    yield about(parsed, "bare-domain", line.number, domain=domain)
