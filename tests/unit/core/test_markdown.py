"""Canonical answers: blocks, plain text, links, sentences."""

from __future__ import annotations

import time

import pytest

from app.core.markdown import Block, links, plain_text, split_blocks, split_sentences


def test_blocks_know_what_introduces_them() -> None:
    blocks = split_blocks("Trois modes :\n\n- en ligne\n- par chèque :\n  - au guichet\n\nFin.")
    assert blocks == [
        Block("paragraph", "Trois modes :"),
        Block("item", "en ligne", 0, 0, "-"),
        Block("item", "par chèque :", 0, 0, "-"),
        Block("item", "au guichet", 1, 2, "-", "  "),
        Block("paragraph", "Fin."),
    ]


def test_items_nest_under_numbers_too() -> None:
    source = "1. un\n   - deux\n     - trois\n2. quatre"
    blocks = split_blocks(source)
    assert [(b.text, b.depth, b.lead) for b in blocks] == [
        ("un", 0, None),
        ("deux", 1, 0),
        ("trois", 2, 1),
        ("quatre", 0, None),
    ]
    assert "\n".join(b.as_markdown() for b in blocks) == source


def test_hard_breaks_stay_with_their_block() -> None:
    assert split_blocks("un  \ndeux\n\n- a  \n  b") == [
        Block("paragraph", "un  \ndeux"),
        Block("item", "a  \nb", 0, 0, "-"),
    ]


def test_a_second_list_hangs_from_the_paragraph_before_it() -> None:
    blocks = split_blocks("A :\n\n- a\n\nB :\n\n- b")
    assert [b.lead for b in blocks] == [None, 0, None, 2]


def test_code_is_one_block_and_holds_no_items() -> None:
    blocks = split_blocks("```\n- a\n## b ?\n```")
    assert [b.kind for b in blocks] == ["code"]
    assert plain_text("```\n- a *b*\n```\nfin") == "- a *b*\nfin"


def test_plain_text_is_what_a_reader_sees() -> None:
    answer = "#### Titre\n\n**Oui** : [la page](https://a.fr).  \nMerci\n\n- un *point*\n\n> cité\n\n1\\. pas une liste"
    assert plain_text(answer) == "Titre\n\nOui : la page.\nMerci\n\nun point\n\ncité\n\n1. pas une liste"


def test_emphasis_may_span_a_hard_break_but_no_paragraphs() -> None:
    assert plain_text("**un  \ndeux**") == "un\ndeux"
    assert plain_text("**un\n\ndeux**") == "**un\n\ndeux**"


def test_links_are_told_once_and_placeholders_not_at_all() -> None:
    answer = "[a](https://a.fr) <x@y.fr> [b](mailto:x@y.fr) [c](#) [d](https://a.fr)"
    assert links(answer) == ["https://a.fr", "x@y.fr"]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Oui. Voir M. Durand au 2e étage. Merci !", ["Oui.", "Voir M. Durand au 2e étage.", "Merci !"]),
        ("Le n° 12 etc. Suite", ["Le n° 12 etc. Suite"]),
        ("[Voir ici. Puis là](https://a.fr). Fin.", ["[Voir ici. Puis là](https://a.fr).", "Fin."]),
        ("Un (oui. Non) deux. Trois", ["Un (oui. Non) deux.", "Trois"]),
        ("Sans point", ["Sans point"]),
        ("  ", []),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


@pytest.mark.parametrize("bait", ["(a. B ", "M. ", "[. A", "- a\n", "\n ", "   ", "**a*\n"])
def test_time_stays_linear(bait: str) -> None:
    start = time.process_time()
    text = bait * 50_000
    plain_text(text)
    split_sentences(text)
    split_blocks(text)
    assert time.process_time() - start < 5
