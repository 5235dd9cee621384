"""The editors' guide tells the truth: its examples are read as it says."""

from __future__ import annotations

import re
from datetime import date

from ingest.comment import KEYS
from ingest.lint import lint
from ingest.parse import parse_text
from tests.unit.ingest.shared import ROOT

GUIDE = (ROOT / "docs" / "guide-redacteurs.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```markdown\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


def test_examples_are_read_without_a_remark() -> None:
    assert len(EXAMPLES) == 4
    for example in EXAMPLES[:3]:
        faq = parse_text(example)
        assert len(faq.entries) == 1
        assert lint(faq, today=date(2026, 11, 23)) == []


def test_the_comment_example_sets_what_it_shows() -> None:
    (entry,) = parse_text(EXAMPLES[2]).faq_entries
    assert (entry.id, entry.audience, entry.valid_until) == ("modes-de-paiement", "soir", date(2027, 6, 30))
    assert len(entry.variants) == 3
    assert entry.answer_md == "Nous proposons deux modes de paiement."


def test_the_front_matter_example_is_known_in_full() -> None:
    faq = parse_text(EXAMPLES[3] + "\n### A ?\n\na\n")
    assert faq.problems == ()
    meta = faq.meta
    assert all((meta.source_url, meta.contact_label, meta.contact_email, meta.contact_url))


def test_every_key_is_explained() -> None:
    for key in set(KEYS.values()) - {"variants"} | {"variantes"}:
        assert f"| `{key}` |" in GUIDE
