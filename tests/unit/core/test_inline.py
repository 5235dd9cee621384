"""Reading inline Markdown: what shows, where it links, in linear time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.inline import scan


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("**Oui**. *peut-être*", "Oui. peut-être"),
        ("***très*** important", "très important"),
        ("**gras et *penché* ensemble**", "gras et penché ensemble"),
        (r"\*pas de gras\* ni \_souligné\_", "*pas de gras* ni _souligné_"),
        ("5 * 3 * 2 et un mot_composé_ici", "5 * 3 * 2 et un mot_composé_ici"),
        ("**jamais fermé", "**jamais fermé"),
        ("`a*b*` et ``c`d``", "a*b* et c`d"),
        ("`jamais fermé", "`jamais fermé"),
        ("1&nbsp;000 &amp; &#8364; &inconnu;", "1\u00a0000 & € &inconnu;"),
        ("[la *page*](https://a.fr/b)", "la page"),
        ("[avec [crochets]](https://a.fr)", "avec [crochets]"),
        ("[sans adresse] (ici)", "[sans adresse] (ici)"),
        ("<https://a.fr/x?y=1&z=2> <moi@a.fr> <mailto:toi@a.fr>", "https://a.fr/x?y=1&z=2 moi@a.fr toi@a.fr"),
        ("a < b > c <br>", "a < b > c <br>"),
        ('[titre](https://a.fr "infobulle")', "titre"),
        ("", ""),
    ],
)
def test_shown_text(markdown: str, text: str) -> None:
    assert scan(markdown).text == text


@pytest.mark.parametrize(
    ("markdown", "urls"),
    [
        ("[a](https://a.fr/b(c)) puis <https://d.fr>", ("https://a.fr/b(c)", "https://d.fr")),
        ("[a](<https://a.fr/b(c>)", ("https://a.fr/b(c",)),
        ("[a](mailto:x@y.fr) <x@y.fr>", ("mailto:x@y.fr", "x@y.fr")),
        (r"\[a\](https://a.fr)", ()),
        ("`[a](https://a.fr)`", ()),
        ("[a](https://a.fr b)", ()),
    ],
)
def test_addresses(markdown: str, urls: tuple[str, ...]) -> None:
    assert scan(markdown).urls == urls


@given(st.text(alphabet="*_`[]()<>\\&;# ab\n@.:/", max_size=60))
def test_any_text_is_read(text: str) -> None:
    assert len(scan(text).text) <= len(text)


@pytest.mark.parametrize("bait", ["*a ", "**a* ", "[a](", "[", "`a", "``a`", "<a@b.", "&a", "_", "\\", "[a](x(", "]("])
def test_time_stays_linear(bait: str) -> None:
    def seconds(count: int) -> float:
        start = time.process_time()
        scan(bait * count)
        return time.process_time() - start

    seconds(1000)
    # Quadratic time would be a hundredfold.
    assert seconds(20_000) < 40 * max(seconds(2_000), 0.005)
