"""Likely slips: real words in the wrong place (ingest/rules/slips.py), words written twice,
spacing, and rare near-misses of the FAQ's own vocabulary. Few false alarms matter more than
finding everything.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from rapidfuzz.distance import OSA

from app.core.french import fold, stem
from ingest.finding import Finding, Line, about, all_lines, excerpt
from ingest.lint_messages import REASONS
from ingest.model import ParsedEntry, ParsedFaq
from ingest.rules.slips import SLIPS

MIN_LETTERS = 6
OFTEN = 5
"""How often the likelier word must occur where the rarer one occurs once."""
_WORD = re.compile(r"[^\W\d_]+")
_REPEATED = re.compile(
    r"\b(de|le|la|les|des|un|une|du|à|et|en|pour|que|qui|dans|sur|est|au|aux|par|avec|votre|vos|ce|se|ne)"
    r"[ \u00a0]+\1\b(?![-'’])",
    re.IGNORECASE,
)
_SPACING = re.compile(
    r"[^\W_]{1,40}[ \u00a0\u202f]:[^\W_]{1,40}"
    r"|[^\W\d_]{2,40}:(?=[ \u00a0]|$)"
    r"|\([ \u00a0][^()\n]{0,60}"
    r"|[^()\s]{1,30}[ \u00a0]\)"
)
_SENTENCE_END = re.compile(r"[.!…](?:\s|$)")


def check(faq: ParsedFaq) -> Iterator[Finding]:
    """Slips, repeated words, spacing, rare words; only for French text."""
    if not faq.meta.language.lower().startswith("fr"):
        return
    likelier = rare_near_misses(faq)
    for parsed in faq.entries:
        told: set[tuple[str, str]] = set()
        for line in all_lines(parsed):
            for found in (*_slips(parsed, line), *_rare(parsed, line, likelier)):
                if (found.code, found.message) not in told:
                    told.add((found.code, found.message))
                    yield found
        yield from _spacing(parsed)


def _slips(parsed: ParsedEntry, line: Line) -> Iterator[Finding]:
    for slip in SLIPS:
        for match in slip.pattern.finditer(line.text):
            if slip.unless and slip.unless.search(_sentence(line.text, match.start(), match.end())):
                continue
            reason = REASONS[slip.reason]
            yield about(parsed, "typo", line.number, text=match[0], fix=match.expand(slip.fix), reason=reason)
    for match in _REPEATED.finditer(line.text):
        yield about(parsed, "repeated-word", line.number, text=match[0])


def _sentence(text: str, start: int, end: int) -> str:
    """The sentence around a place, at most 300 characters to either side."""
    before = text[max(0, start - 300) : start]
    after = text[end : end + 300]
    ends = [m.end() for m in _SENTENCE_END.finditer(before)]
    stop = _SENTENCE_END.search(after)
    return before[ends[-1] if ends else 0 :] + text[start:end] + after[: stop.end() if stop else None]


def _spacing(parsed: ParsedEntry) -> Iterator[Finding]:
    """One finding an entry: such quirks come in numbers."""
    found = [(line.number, m[0]) for line in all_lines(parsed) for m in _SPACING.finditer(line.text)]
    if found:
        texts = list(dict.fromkeys(excerpt(text, 40) for _, text in found))
        yield about(parsed, "spacing", found[0][0], text=" », « ".join(texts[:4]))


# --- the FAQ's own vocabulary ----------------------------------------------------------------


def rare_near_misses(faq: ParsedFaq) -> dict[str, str]:
    """Words written once that are one letter away from one written often, with that one.

    Other forms of the same word (same stem, or differing at the end only) don't count.
    """
    counts = Counter(
        word.lower()
        for parsed in faq.entries
        for line in all_lines(parsed)
        for word in _WORD.findall(line.text)
        if len(word) >= MIN_LETTERS and not word.isupper()
    )
    by_shape: dict[str, list[str]] = defaultdict(list)
    for word, count in counts.items():
        if count >= OFTEN:
            for shape in _shapes(word):
                by_shape[shape].append(word)
    found: dict[str, str] = {}
    for word in (w for w, count in counts.items() if count == 1):
        near = {common for shape in _shapes(word) for common in by_shape.get(shape, ())}
        likelier = [common for common in near if _misspelt(word, common)]
        if likelier:
            found[word] = max(likelier, key=lambda common: (counts[common], common))
    return found


def _shapes(word: str) -> set[str]:
    """The word and itself with each letter left out: words one edit apart share one."""
    word = word[:40]
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def _misspelt(word: str, common: str) -> bool:
    """Whether `word` is `common` with an accent, a letter or an order wrong. A letter exchanged
    for another makes a real word too often ("projection", "protection").
    """
    if OSA.distance(word, common) != 1 or stem(word) == stem(common) or word[-1:] != common[-1:]:
        return False
    # So do a changed first letter or ending.
    if word[:1] != common[:1] or word[:-2] == common[: len(word) - 2] or word[:-2] == common[:-2]:
        return False
    return len(word) != len(common) or fold(word) == fold(common) or sorted(word) == sorted(common)


def _rare(parsed: ParsedEntry, line: Line, likelier: dict[str, str]) -> Iterator[Finding]:
    for word in _WORD.findall(line.text):
        fix = likelier.get(word.lower())
        if fix and not word.isupper():
            yield about(parsed, "rare-word", line.number, text=word, fix=fix)
