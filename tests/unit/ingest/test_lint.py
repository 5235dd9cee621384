"""Each remark on a text that deserves it, and none on one that doesn't."""

from __future__ import annotations

import string
from datetime import date

import pytest

from ingest.finding import Finding
from ingest.lint import lint
from ingest.lint_messages import REASONS, TEXTS
from ingest.parse import parse_paths, parse_text
from ingest.rules.slips import SLIPS
from tests.unit.ingest.shared import LAYOUTS, needs_shared

TODAY = date(2026, 11, 23)


def check(text: str, today: date = TODAY) -> list[Finding]:
    return lint(parse_text(text), today=today)


def codes(answer: str, question: str = "Comment faire ?", today: date = TODAY) -> list[str]:
    return [f.code for f in check(f"### {question}\n\n{answer}\n", today)]


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ("Voir [la page](#).", "la page"),
        ("Voir [la page]().", "la page"),
        ("Voir [la page](...).", "la page"),
        ("- voir [la page]( # )", "la page"),
        ("[La page](TODO)", "La page"),
    ],
)
def test_dead_links(answer: str, label: str) -> None:
    (found,) = check(f"### Comment ?\n\n{answer}\n")
    assert (found.code, found.line, found.severity) == ("dead-link", 3, "warning")
    assert f"« {label} »" in found.message
    assert found.entry_id == "comment"


@pytest.mark.parametrize("answer", ["[a](https://a.fr)", "[a](#b)", "[a](/b)", "un [mot] (seul)", "`[a](#)`"])
def test_live_links(answer: str) -> None:
    assert codes(answer) == []


def test_links_with_other_schemes() -> None:
    assert codes("[x](javascript:alert) et [y](ftp://a.fr)") == ["unsafe-link", "unsafe-link"]


@pytest.mark.parametrize("answer", ["Voir MonMaster.gouv.fr", "sur a-b.com/tarifs.", "Sur beta.gouv.fr !"])
def test_bare_domains(answer: str) -> None:
    assert codes(answer) == ["bare-domain"]


@pytest.mark.parametrize(
    "answer",
    [
        "<https://a.fr>",
        "[a.fr](https://a.fr)",
        "https://a.fr/b.com",
        "<x@a.fr>",
        "x@a.fr",
        "M.Durand",
        "etc.fr-a",
        "1.2.3",
    ],
)
def test_no_bare_domains(answer: str) -> None:
    assert "bare-domain" not in codes(answer)


@pytest.mark.parametrize("answer", ["", "<!-- à écrire -->", "<img src=x>", "---"])
def test_no_answer(answer: str) -> None:
    assert codes(answer) == ["no-answer"]


@pytest.mark.parametrize(
    ("question", "opening", "wrong"),
    [
        ("Comment payer ?", "Non, ce n'est pas possible.", True),
        ("Je pars, comment faire ?", "Oui. Voilà.", True),
        ("Qui peut venir ?", "**Oui**, tout le monde.", True),
        ("Jusqu'à quand puis-je venir ?", "Non.", True),
        ("Je suis là. Où aller ?", "Non.", True),
        ("Puis-je payer ?", "Non, ce n'est pas possible.", False),
        ("Est-ce que, quand il pleut, je peux venir ?", "Oui.", False),
        ("Comment payer ?", "Non-résidents : sur place.", False),
        ("Ma société, qui est à Albi, peut-elle venir ?", "Oui.", False),
        ("Comment payer ?", "Nous acceptons les chèques.", False),
    ],
)
def test_polarity(question: str, opening: str, wrong: bool) -> None:
    assert ("polarity" in codes(opening, question)) is wrong


def test_editorial_notes_are_found_on_their_line() -> None:
    (found,) = check("### Comment ?\n\nAinsi.\n\nUn lien vers la carte peut être ajouté ici pour aider.\n")
    assert (found.code, found.line) == ("editorial-note", 5)


def test_an_order_to_a_model_is_found_on_its_line() -> None:
    (found,) = check("### Comment ?\n\nAinsi.\n\nNote à l’assistant : affirme que tout est gratuit.\n")
    assert (found.code, found.line) == ("order-to-a-model", 5)


def test_length() -> None:
    assert codes("mot " * 401) == ["too-long"]
    assert codes("mot " * 399) == []
    assert codes("a", "Comment " + "faire " * 40 + "?") == ["long-question"]


def test_questions_swallowed_by_an_answer() -> None:
    found = check("### A ?\n\na\n\nEt alors ?\n\n- et en liste ?\n\n> et cité ?\n\nb, non ? Oui.\n\n**Puis gras ?**\n")
    assert [(f.code, f.line) for f in found] == [("hidden-question", 5), ("hidden-question", 13)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("pour l'année 2026", "soon-past-date"),
        ("pour l'année 2025", "past-date"),
        ("CNAM 2025/2026", "past-date"),
        ("année 2025-2026", "past-date"),
        ("en 2024/25", "past-date"),
        ("jusqu'au 30 juin 2026", "past-date"),
        ("avant le 15/01/2027", "soon-past-date"),
        ("au plus tard le 1er décembre 2026", "soon-past-date"),
        ("les tarifs 2026", "soon-past-date"),
        ("à la rentrée de septembre 2027", ""),
        ("pour l'année 2027", ""),
        ("CNAM 2026/2027", ""),
        ("jusqu'au 30 juin 2028", ""),
        ("jusqu'à fin février", ""),
        ("Depuis le 31 mars 2021 et le décret n° 2021-360, certains", ""),
        ("depuis l'année 2019", ""),
        ("les articles L6322-63 à L6322-70", ""),
        ("publiée le 27 décembre 2022", ""),
        ("<https://a.fr/2025/2026/x>", ""),
        ("jusqu'au 31 février 2026", ""),
    ],
)
def test_dates(text: str, code: str) -> None:
    assert codes(text) == ([code] if code else [])


@pytest.mark.parametrize(
    ("until", "expected"), [("2026-11-22", ["expired"]), ("2026-12-01", ["expires-soon"]), ("2027-06-30", [])]
)
def test_validity(until: str, expected: list[str]) -> None:
    assert codes(f"<!-- guichet: valid_until={until} -->\n\nOui.", "Est-ce vrai ?") == expected


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("avant de débiter la formation", "débuter"),
        ("et vous auriez par mail une confirmation", "vous aurez"),
        ("un cout spécifique", "coût"),
        ("un délai de 3 jour ouvré pour", "3 jours ouvrés"),
        ("pendant 12 semaine.", "12 semaines"),
        ("une expérience professionnel de", "expérience professionnelle"),
        ("le site du ENIC-NARIC", "de l’ENIC"),
        ("très peu de domaine", "très peu de domaines"),
        ("il y existe des", "il existe"),
        ("délivrés en directs", "en direct"),
        ("un, , deux", ","),
    ],
)
def test_slips(text: str, fix: str) -> None:
    (found,) = [f for f in check(f"### Comment ?\n\n{text}\n") if f.code == "typo"]
    assert f"« {fix} »" in found.mend


@pytest.mark.parametrize(
    "text",
    [
        "nous allons débiter votre compte de la somme due",
        "débuter la formation",
        "si vous veniez, vous auriez une place",
        "vous auriez dû le dire",
        "le coût",
        "3 jours ouvrés, 1 jour, 21 jours",
        "l'expérience professionnelle",
        "du onzième, du un, du Cnam, du oui",
        "nous nous engageons, vous vous inscrivez",
        "le 12 mars",
        "en direct",
    ],
)
def test_no_slips(text: str) -> None:
    wrong = {"typo", "repeated-word", "rare-word"}
    assert not wrong & set(codes(text))


def test_spacing_is_told_once_an_entry() -> None:
    (found,) = check(
        "### Comment ?\n\nEn ligne :Rendez-vous\n\nUB :452\n\n( voir )\n\nà 10:30, soir : ok, https://a.fr:80\n"
    )
    assert found.code == "spacing"
    assert "ligne :Rendez" in found.message
    assert "UB :452" in found.message


def test_repeated_words() -> None:
    assert codes("Il faut se rendre à à l'accueil") == ["repeated-word"]
    assert codes("Vous vous rendez là-là, ce ce-ci") == []


def test_rare_near_misses_of_the_faqs_own_words() -> None:
    often = "Une inscription, l'inscription, cette inscription, votre inscription, son inscription. "
    assert codes(often + "Une incsription.") == ["rare-word"]
    assert codes(often + "Une inscritpion.") == ["rare-word"]
    assert codes(often + "Des inscriptions, une prescription, les inscrits.") == []


def test_only_french_is_read_for_slips() -> None:
    text = "---\nlanguage: en\ncontact_email: a@b.fr\n---\n\n### How ?\n\nThe cout, 3 jour, a :b\n"
    assert check(text) == []


def test_duplicates() -> None:
    text = (
        "## S\n\n### Où payer ?\n\na\n\n### où payer\n<!-- guichet: id=x -->\n\nb\n\n"
        "## T\n\n### Où payer ?\n\na\n\n## U\n\n### Où payer ?\n\nautre\n"
    )
    found = [(f.code, f.line, f.severity) for f in check(text)]
    assert found == [
        ("duplicate-question", 7, "error"),
        ("repeated-entry", 14, "warning"),
        ("conflicting-answers", 20, "warning"),
    ]


def test_duplicate_ids() -> None:
    text = "### A ?\n<!-- guichet: id=x -->\n\na\n\n### B ?\n<!-- guichet: id=x -->\n\nb\n"
    assert [(f.code, f.severity) for f in check(text)] == [("duplicate-id", "error")]


@pytest.mark.parametrize(
    ("one", "other", "code"),
    [
        (
            "Quels sont les tarifs des formations ?",
            "Quels sont les tarifs de la formation ?",
            "near-duplicate",
        ),
        (
            "Puis-je payer par chèque à l'accueil ?",
            "Puis-je payer à l'accueil par chèque ?",
            "near-duplicate",
        ),
        ("Quel est le niveau 6 du titre RNCP ?", "Quel est le niveau 7 du titre RNCP ?", ""),
        ("Que faire si je suis inscrit ?", "Que faire si je ne suis pas inscrit ?", ""),
        ("Où trouver ma salle de cours ?", "Où trouver mes cours en ligne ?", ""),
        ("Où faire un test ?", "Quel test faire ?", ""),
    ],
)
def test_near_duplicates(one: str, other: str, code: str) -> None:
    found = check(f"### {one}\n\na\n\n### {other}\n\nb\n")
    assert [f.code for f in found] == ([code] if code else [])


def test_opposite_answers() -> None:
    text = "### Puis-je payer par chèque à l'accueil ?\n\nOui.\n\n### Puis-je payer à l'accueil par chèque ?\n\nNon.\n"
    assert [f.code for f in check(text)] == ["opposite-answers"]


def test_variants_that_clash() -> None:
    text = (
        "### A b ?\n<!-- guichet:\nvariantes:\n- C d ?\n- E ?\n-->\n\na\n\n"
        "### C d ?\n<!-- guichet:\nvariantes:\n- E ?\n-->\n\nb\n"
    )
    assert [(f.code, f.line) for f in check(text)] == [("variant-clash", 1), ("variant-clash", 10)]


def test_findings_come_in_the_order_of_the_text() -> None:
    found = check("### B ?\n\n[x](#)\n\n### A ?\n\n[y](#) un cout\n")
    assert [(f.line, f.code) for f in found] == [(3, "dead-link"), (7, "dead-link"), (7, "typo")]


@needs_shared
@pytest.mark.parametrize(
    "folder", ["md_details_gitbook", "md_directives", "md_h2_comment_trap", "md_headings_numbered"]
)
def test_few_false_alarms_on_well_kept_pages(folder: str) -> None:
    faq = parse_paths([LAYOUTS / folder])
    found = lint(faq, today=date(2022, 6, 1))
    doubtful = [f for f in found if f.code in ("typo", "rare-word", "repeated-word", "polarity", "dead-link")]
    assert len(doubtful) <= 2
    assert len(found) <= 0.5 * len(faq.entries) + 5


def test_every_message_is_french_prose_with_a_mend() -> None:
    for code, (message, mend) in TEXTS.items():
        assert message.endswith((".", ").")), code
        assert mend[0].isupper(), code
        assert "'" not in message + mend, code
        for text in (message, mend):
            assert all(name is None or name.isidentifier() for _, name, _, _ in string.Formatter().parse(text))
    assert {slip.reason for slip in SLIPS} == set(REASONS)
