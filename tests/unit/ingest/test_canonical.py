"""Answers in canonical Markdown."""

from __future__ import annotations

import pytest

from app.core.markdown import links, plain_text
from ingest.parse import parse_text


def answer(markdown: str, *, page: str = "") -> str:
    head = f"---\nsource_url: {page}\n---\n" if page else ""
    text = f"{head}### Question ?\n\n{markdown}\n\n### Autre ?\n\nx\n"
    return parse_text(text).faq_entries[0].answer_md


@pytest.mark.parametrize(
    ("source", "canonical"),
    [
        # lists
        ("* a\n* b\n\n  c", "- a\n- b  \n  c"),
        ("+ a\n    + b\n        + c", "- a\n  - b\n    - c"),
        ("1) un\n2) deux\n   * trois", "1. un\n2. deux\n   - trois"),
        ("3. trois\n4. quatre", "3. trois\n4. quatre"),
        ("Intro :\n- a\n- b", "Intro :\n\n- a\n- b"),
        # line breaks
        ("a\nb", "a b"),
        ("a  \nb", "a  \nb"),
        ("a\\\nb", "a  \nb"),
        ("a<br>b<br/>c", "a  \nb  \nc"),
        # links and addresses
        ('[x](https://a.fr "t")', "[x](https://a.fr)"),
        ("[https://a.fr/b\\\\_c](https://a.fr/b_c)", "<https://a.fr/b_c>"),
        ("[x@a.fr](mailto:x@a.fr)", "<x@a.fr>"),
        ("[écrire](mailto:x@a.fr)", "[écrire](mailto:x@a.fr)"),
        ("Voir https://a.fr/b(c), ou x@a.fr.", "Voir <https://a.fr/b(c)>, ou <x@a.fr>."),
        ("[x](https://a.fr/b(c))", "[x](<https://a.fr/b(c)>)"),
        ("[paiement](#) et [ancre](#x)", "paiement et ancre"),
        ("[Le **site** ](https://a.fr)est là", "[Le **site**](https://a.fr) est là"),
        ("[x][r]\n\n[r]: https://a.fr", "[x](https://a.fr)"),
        ("[tél](tel:+33500000000)", "[tél](tel:+33500000000)"),
        # escapes
        (r"DTS \_ CNAM, 3 \* 4, \[sic\], a\_b", "DTS _ CNAM, 3 * 4, [sic], a_b"),
        (r"\*pas de gras\*", r"\*pas de gras\*"),
        (r"1\. Un" + "\n\n" + r"\- deux", "1\\. Un\n\n\\- deux"),
        ("2025\\. Fin", "2025\\. Fin"),
        ("&lt;b&gt; &amp;nbsp; &eacute;", r"\<b\> \&nbsp; é"),
        # emphasis and code
        ("__gras__ _penché_ ***tout***", "**gras** *penché* ***tout***"),
        ("`code *x*`", "`code *x*`"),
        ("```py\na\n\n## b ?\n```", "```\na\n## b ?\n```"),
        # TeX
        (r"( $\pm 10\%$)", "( ±10\u00a0%)"),
        (r"$a \leq 3 \times 4$, $30^\circ$C, $\approx 5\,000$", "a ≤3 ×4, 30°C, ≈5\u202f000"),
        (r"entre 10$ et 20$, $x^2$ et $\frac{1}{2}$", r"entre 10$ et 20$, $x^2$ et $\frac{1}{2}$"),
        # HTML
        ("<b>Oui</b> <a href='https://a.fr'>là</a> <img src=x onerror=alert(1)>", "Oui [là](https://a.fr)"),
        ("<div class='x'>\n\nTexte\n\n</div>", "Texte"),
        ("<p>Un</p><ul><li>a</li><li>b</li></ul>", "Un\n\n- a\n- b"),
        ("<script>alert(1)</script>", ""),
        ("<style>a{}</style>\n\nTexte <!-- note --> ici", "Texte ici"),
        ("<a href='javascript:alert(1)'>x</a>", "x"),
        ("2 < 3 et 4 > 1", "2 < 3 et 4 > 1"),
        # the rest
        ("> cité  \n> deux\n>\n> trois", "> cité  \n> deux\n\n> trois"),
        ("![plan](plan.png) du site", "plan du site"),
        ("a\n\n---\n\nb", "a\n\nb"),
        ("| Tarif | 2027 |\n|---|---|\n| UE | 10 € |\n| UA | 5 € |", "- UE ; 2027 : 10 €\n- UA ; 2027 : 5 €"),
        ('{% hint style="info" %}\nTexte\n{% endhint %}', "Texte"),
        ("    indenté par mégarde", "indenté par mégarde"),
        ("mutuelle ...) :Rendez  vous", "mutuelle ...) :Rendez vous"),
    ],
)
def test_canonical_form(source: str, canonical: str) -> None:
    assert answer(source) == canonical


def test_canonical_form_is_its_own() -> None:
    once = answer("Un *deux* :\n\n1. a\n   - b  \n     c\n\n[x](https://a.fr) \\*y\\*  \nfin\n\n> d\n\n#### T\n\ne")
    assert answer(once) == once


@pytest.mark.parametrize(
    "attack",
    [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,<script>)",
        "[x](vbscript:x)",
        '<a href="jav&#x09;ascript:alert(1)">x</a>',
        "<a href='file:///etc/passwd'>x</a>",
        "[x](file:///etc/passwd)",
        "<iframe src='https://a.fr'></iframe>x",
        "<svg/onload=alert(1)>x",
        "![x](javascript:alert(1))",
        "<javascript:alert(1)>",
    ],
)
def test_nothing_active_survives(attack: str) -> None:
    made = answer(f"Texte {attack} fin")
    assert links(made) == []
    assert "<" not in made.replace(r"\<", "")


def test_relative_links_are_made_whole_with_the_pages_address() -> None:
    text = "[a](/tarifs) [b](autre.html#x) [c](#ici) [d](#)"
    made = answer(text, page="https://a.fr/faq/index.html?x=1")
    assert links(made) == [
        "https://a.fr/tarifs",
        "https://a.fr/faq/autre.html#x",
        "https://a.fr/faq/index.html?x=1#ici",
    ]
    assert plain_text(made) == "a b c d"
    assert answer("[a](/tarifs)") == "[a](/tarifs)"
