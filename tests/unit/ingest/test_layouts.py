"""Which parts of a file are questions, layout by layout."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ingest.model import ParsedFaq
from ingest.parse import parse_file, parse_text
from tests.unit.ingest.shared import LAYOUTS, needs_shared


def rows(faq: ParsedFaq) -> list[tuple[str, str, str]]:
    return [(e.section, e.question, e.answer_md) for e in faq.faq_entries]


@needs_shared
def test_every_known_file_gives_its_number_of_questions() -> None:
    with (LAYOUTS / "EXPECTED.tsv").open(encoding="utf-8", newline="") as handle:
        expected = {row["file"]: int(row["expected_questions"]) for row in csv.DictReader(handle, delimiter="\t")}
    assert len(expected) == 18
    found = {name: len(parse_file(LAYOUTS / name).entries) for name in expected}
    assert found == expected


@needs_shared
def test_no_mark_of_a_layout_is_left_in_answers() -> None:
    for path in LAYOUTS.rglob("*.md"):
        for parsed in parse_file(path).entries:
            for mark in (
                "<div",
                "<a ",
                "</",
                "{%",
                "%}",
                ":level:",
                ".. ",
                "<!--",
                "&nbsp;",
                "\\xa0",
                "<sup",
            ):
                assert mark not in parsed.entry.answer_md, (path, parsed.line)
                assert mark not in parsed.entry.question, (path, parsed.line)


def test_headings() -> None:
    faq = parse_text(
        "# FAQ – École\n\nBonjour.\n\n## Inscription\n\n### Comment ?\n\nAinsi.\n\n### Quand ?\n\nDemain.\n"
    )
    assert rows(faq) == [("Inscription", "Comment ?", "Ainsi."), ("Inscription", "Quand ?", "Demain.")]
    assert faq.meta.title == "FAQ – École"
    assert [(e.line, e.answer_line) for e in faq.entries] == [(7, 9), (11, 13)]


def test_numbered_headings_lose_their_numbers() -> None:
    faq = parse_text("## 1. Un ?\n\na\n\n## 2) Deux ?\n\nb\n\n## 2.1 Trois ?\n\nc\n\n## 2 formations ou une ?\n\nd\n")
    assert [e.question for e in faq.faq_entries] == ["Un ?", "Deux ?", "Trois ?", "2 formations ou une ?"]


def test_headings_of_unequal_levels() -> None:
    faq = parse_text("### FAQ: un\n\n#### A ?\n\na\n\n## FAQ: deux\n\n### B ?\n\nb\n\n#### C ?\n\nc\n\n#### D ?\n\nd\n")
    assert [(e.section, e.question) for e in faq.faq_entries] == [
        ("Un", "A ?"),
        ("Deux", "B ?"),
        ("Deux", "C ?"),
        ("Deux", "D ?"),
    ]


def test_subheadings_belong_to_the_answer() -> None:
    faq = parse_text("## A ?\n\na\n\n### Étape 1\n\nb\n\n### Et si je change d'avis ?\n\nc\n\n## B ?\n\nd\n")
    assert rows(faq) == [
        ("", "A ?", "a\n\n### Étape 1\n\nb\n\n### Et si je change d'avis ?\n\nc"),
        ("", "B ?", "d"),
    ]


def test_a_question_that_only_introduces_others_is_a_section() -> None:
    faq = parse_text("## Comment m'inscrire ?\n\n### En ligne ?\n\na\n\n### Sur place ?\n\nb\n")
    assert rows(faq) == [
        ("Comment m'inscrire ?", "En ligne ?", "a"),
        ("Comment m'inscrire ?", "Sur place ?", "b"),
    ]


def test_an_article_is_no_faq() -> None:
    article = (
        "# Je déménage, que faire ?\n\nIntro.\n\n## Que faire d'abord ?\n\n"
        "#### 1. Écrire\n\na\n\n#### 2. Attendre\n\nb\n"
    )
    assert rows(parse_text(article)) == []


def test_a_title_that_asks_is_no_question() -> None:
    faq = parse_text("# Des questions ?\n\nLes voici.\n\n## Un ?\n\na\n\n## Deux ?\n\nb\n")
    assert [e.question for e in faq.faq_entries] == ["Un ?", "Deux ?"]


def test_one_question_a_file() -> None:
    assert rows(parse_text("# Comment payer ?\n\nPar chèque.\n")) == [("", "Comment payer ?", "Par chèque.")]


def test_a_heading_with_a_guichet_comment_is_a_question() -> None:
    faq = parse_text("## Inscription\n\n### Modes de paiement\n<!-- guichet: id=payer -->\n\nPar chèque.\n")
    assert rows(faq) == [("Inscription", "Modes de paiement", "Par chèque.")]
    assert faq.faq_entries[0].id == "payer"


def test_comments_and_code_hold_no_questions() -> None:
    faq = parse_text("<!--\n## Faux ?\n\nx\n-->\n\n```\n## Faux aussi ?\n```\n\n## Vrai ?\n\na <!-- ## Non ? --> b\n")
    assert rows(faq) == [("", "Vrai ?", "a b")]


def test_underlined_headings() -> None:
    faq = parse_text("Un ?\n----\n\na\n\nDeux ?\n----\n\nb\n")
    assert [e.question for e in faq.faq_entries] == ["Un ?", "Deux ?"]


def test_paragraphs() -> None:
    text = "## Vie\n\nUn ?\n\na\n\n- et la liste ?\n\n> et la citation ?\n\nJe suis là. Puis-je ?\n\nb\nc ?\n\nc\n"
    assert [(e.section, e.question) for e in parse_text(text).faq_entries] == [
        ("Vie", "Un ?"),
        ("Vie", "Je suis là. Puis-je ?"),
        ("Vie", "b c ?"),
    ]


def test_headings_are_stronger_than_paragraphs() -> None:
    faq = parse_text("## Un ?\n\na\n\nVraiment ?\n\nb\n\n## Deux ?\n\nc\n")
    assert rows(faq) == [("", "Un ?", "a\n\nVraiment ?\n\nb"), ("", "Deux ?", "c")]


def test_one_heading_does_not_hide_a_file_of_paragraphs() -> None:
    paragraphs = "".join(f"Question {n} ?\n\nRéponse {n}.\n\n" for n in "abcdef")
    faq = parse_text(f"## Vie\n\n{paragraphs}### Une nouvelle ?\n\nSa réponse.\n")
    assert len(faq.entries) == 7
    assert rows(faq)[-1] == ("Vie", "Une nouvelle ?", "Sa réponse.")


def test_labels() -> None:
    text = (
        "## S\n\nQ : Un ?\nR : a\n\nencore\n\nQ: Deux ?\nR: b\nQ: Trois\nR: c\n\n"
        "**Question 4 :** Quatre ?\n\n**Réponse :** d *e*\n\n**Q : Cinq ?**\n\n**R : tout gras**\n"
    )
    assert rows(parse_text(text)) == [
        ("S", "Un ?", "a\n\nencore"),
        ("S", "Deux ?", "b"),
        ("S", "Trois", "c"),
        ("S", "Quatre ?", "d *e*"),
        ("S", "Cinq ?", "**tout gras**"),
    ]
    assert [e.line for e in parse_text(text).entries] == [3, 8, 10, 13, 17]


def test_bold_lines() -> None:
    text = "## S\n\n**Un ?**\n\na\n\n**Deux ?**\\\nb\n\n**Trois ?**\nc [d](https://a.fr)\n\n**Note** : e\n"
    assert rows(parse_text(text)) == [
        ("S", "Un ?", "a"),
        ("S", "Deux ?", "b"),
        ("S", "Trois ?", "c [d](https://a.fr)\n\n**Note** : e"),
    ]


def test_details() -> None:
    text = (
        "# FAQ\n\n<details>\n\n<summary>Un ?</summary>\n\na **b**\n\n</details>\n\n## S\n\n"
        "<details><summary><b>Deux</b> &amp; plus</summary>\nc <a href='https://a.fr/?x=1&amp;y'>d</a>\n"
        "</details>\n"
        "<details>\n<summary>Trois</summary>\n\ne\n\n<details><summary>f ?</summary>g</details>\n\n"
        "**h ?**\n\n</details>\n\nhors\n"
    )
    assert rows(parse_text(text)) == [
        ("", "Un ?", "a **b**"),
        ("S", "Deux & plus", "c [d](https://a.fr/?x=1&y)"),
        ("S", "Trois", "e\n\nf ?\n\ng\n\n**h ?**"),
    ]


def test_one_fold_in_an_answer_does_not_make_a_file_of_folds() -> None:
    fold = "<details>\n<summary>Le détail</summary>\n\nd\n\n</details>"
    faq = parse_text(f"## A ?\n\na\n\n{fold}\n\n## B ?\n\nb\n\n## C ?\n\nc\n\n## D ?\n\nd\n")
    assert [e.question for e in faq.faq_entries] == ["A ?", "B ?", "C ?", "D ?"]
    assert faq.faq_entries[0].answer_md == "a\n\nLe détail\n\nd"


def test_directives() -> None:
    text = (
        "# Page, que faire ?\n\n<!--\n.. question:: Faux ?\n\n"
        "    x\n-->\n\n.. section:: Santé\n    :tags: a\n\n"
        ".. question:: La 1<sup>re</sup> ?\n    :level: 3\n\n"
        "    a\n\n    - b\n        - c\n\n.. autre:: x\n\n"
        "## Vie\n\nFaux encore ?\n\n.. question:: Deux ?\n\n   d\n"
    )
    faq = parse_text(text)
    assert rows(faq) == [("Santé", "La 1re ?", "a\n\n- b\n  - c"), ("Vie", "Deux ?", "d")]
    assert [(e.line, e.answer_line) for e in faq.entries] == [(12, 15), (26, 28)]


def test_section_titles() -> None:
    titles = ("FAQ: formations", "FAQ – Vie", "❓ Aide", "2. Payer", "Foire aux questions", "Foire aux jeux")
    text = "".join(f"## {title}\n\n### Q{n} ?\n\na\n\n" for n, title in enumerate(titles))
    sections = [e.section for e in parse_text(text).faq_entries]
    assert sections == ["Formations", "Vie", "Aide", "Payer", "", "Foire aux jeux"]


def test_the_address_at_the_very_end_is_the_pages() -> None:
    faq = parse_text("Un ?\n\na\n\n<https://a.fr/faq>\n")
    assert faq.meta.source_url == "https://a.fr/faq"
    assert rows(faq) == [("", "Un ?", "a")]


@pytest.mark.parametrize(
    "text",
    [
        "---\nsource_url: https://b.fr\n---\n\nUn ?\n\na\n\n<https://a.fr/faq>\n",
        "Un ?\n\n<https://a.fr/faq>\n",
        "Un ?\n\na\n\nVoir <https://a.fr/faq>\n",
    ],
)
def test_other_addresses_belong_to_the_answer(text: str) -> None:
    assert "<https://a.fr/faq>" in parse_text(text).faq_entries[0].answer_md


def test_text_that_no_question_holds_is_reported() -> None:
    faq = parse_text("# FAQ\n\nIntro.\n\n## A\n\n### Q ?\n\na\n\n## B\n\nPerdu.\n")
    assert [(p.code, p.line) for p in faq.problems] == [("section-without-question", 11)]


def test_order_of_files_and_folders(tmp_path: Path) -> None:
    from ingest.parse import parse_paths

    (tmp_path / "b.md").write_text("---\nsource_url: https://b.fr\n---\n### B ?\n\nb\n", encoding="utf-8")
    (tmp_path / "a.md").write_text("---\nsource_url: https://a.fr\n---\n### A ?\n\na\n", encoding="utf-8")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "c.json").write_text('[{"question": "C ?", "réponse": "c"}]', encoding="utf-8")
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    (tmp_path / ".cache.md").write_text("### X ?\n\nx", encoding="utf-8")
    faq = parse_paths([tmp_path, tmp_path / "a.md"])
    assert [e.question for e in faq.faq_entries] == ["A ?", "B ?", "C ?"]
    assert faq.meta.source_url == "https://a.fr"
    # The second page's entries keep their own page's address.
    assert [e.url for e in faq.faq_entries] == [None, "https://b.fr", None]
    assert [(s.path.name, s.entries, len(s.sha256)) for s in faq.sources] == [
        ("a.md", 1, 64),
        ("b.md", 1, 64),
        ("c.json", 1, 64),
    ]
