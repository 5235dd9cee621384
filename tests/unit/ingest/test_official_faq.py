"""data/faq_fr.md says what the institution's own source says, word for word."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pytest

from app.core.markdown import links, plain_text
from ingest.lint import lint
from ingest.parse import ParsedFaq, parse_paths
from tests.unit.ingest.shared import DATA, SOURCE, needs_shared

SECTIONS = ("Formations en alternance", "Formations en ligne et/ou en cours du soir")


@pytest.fixture(scope="module")
def data() -> ParsedFaq:
    return parse_paths([DATA])


@pytest.fixture(scope="module")
def source() -> ParsedFaq:
    return parse_paths([SOURCE])


def answer(faq: ParsedFaq, start: str, section: str = "") -> str:
    (found,) = [e.answer_md for e in faq.faq_entries if e.question.startswith(start) and e.section.startswith(section)]
    return found


def test_forty_nine_entries_in_two_sections(data: ParsedFaq) -> None:
    assert Counter(e.section for e in data.faq_entries) == {SECTIONS[0]: 10, SECTIONS[1]: 39}
    assert len({e.id for e in data.faq_entries}) == 49
    assert all(e.answer_md and e.question.endswith("?") for e in data.faq_entries)
    assert data.problems == ()


def test_front_matter(data: ParsedFaq) -> None:
    meta = data.meta
    assert meta.title == "Foire aux questions – Ipst-Cnam"
    assert meta.language == "fr"
    assert meta.contact_email == "contact@ipst-cnam.fr"
    assert meta.contact_label
    assert meta.source_url is not None
    assert meta.source_url.startswith("https://ipst.cnam.fr/contact/foire-aux-questions")
    assert not any(meta.source_url in e.answer_md for e in data.faq_entries)


@needs_shared
def test_the_source_as_it_stands_gives_the_same_entries(data: ParsedFaq, source: ParsedFaq) -> None:
    def official(faq: ParsedFaq) -> list[tuple[str, ...]]:
        return [(e.id, e.section, e.question, e.answer_md) for e in faq.faq_entries]

    assert official(source) == official(data)
    assert source.meta.source_url == data.meta.source_url


@needs_shared
def test_no_word_of_the_source_is_lost(data: ParsedFaq) -> None:
    """Independently of the parser: the words of the two files, Markdown's marks aside."""

    def words(text: str) -> list[str]:
        text = re.sub(r"\]\([^)]*\)", " ", text.replace("\\", "").replace("$pm 10%$", "±10 %"))
        return re.findall(r"[\w’'@%€]+", text)

    body = DATA.read_text(encoding="utf-8").split("---", 2)[2]
    # Variants are our own addition, kept in comments.
    body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    body = body.replace("Formations en ligne", "formations en ligne")
    original = SOURCE.read_text(encoding="utf-8").replace("FAQ:", "")
    page = original.rstrip().rsplit("\n", 1)[1]
    assert words(body) == words(original.replace(page, ""))


@needs_shared
def test_answers_read_the_same(data: ParsedFaq, source: ParsedFaq) -> None:
    for ours, theirs in zip(data.faq_entries, source.faq_entries, strict=True):
        assert plain_text(ours.answer_md) == plain_text(theirs.answer_md)
        assert links(ours.answer_md) == links(theirs.answer_md)


def test_questions_of_two_sentences(data: ParsedFaq) -> None:
    assert answer(data, "Je ne réside pas dans l'un de ces départements. Puis-je néanmoins").startswith("Oui.")


def test_the_same_question_in_two_sections(data: ParsedFaq) -> None:
    twins = [e for e in data.faq_entries if e.question == "Où trouver ma salle de cours ?"]
    assert [e.section for e in twins] == list(SECTIONS)
    assert twins[0].answer_md != twins[1].answer_md
    assert [e.id for e in twins] == [
        "ou-trouver-ma-salle-de-cours-formations-en-alternance",
        "ou-trouver-ma-salle-de-cours-formations-en-ligne-et",
    ]


def test_marks_come_out_as_a_reader_expects(data: ParsedFaq) -> None:
    assert "( ±10\u00a0% )" in answer(data, "Qu'est-ce qu'un crédit")
    payment = answer(data, "Quels sont les modes de paiement")
    assert "DTS IPST _ INSCRIPTION CNAM" in payment
    assert "lien paiement en ligne. Une fois" in payment
    assert "<contact@ipst-cnam.fr>" in payment
    assert "#" not in payment
    guide = "<https://lecnam.net/upload/documentations/2025/09/22/guide_utilisateur.pdf>"
    assert guide in answer(data, "Qu'est-ce que l'ENF")
    financing = answer(data, "Quels financements")
    assert "(CPF)  \nAide Individuelle" in financing
    assert "- Les travailleurs handicapés" in answer(data, "Existe-t-il une limite d'âge")


EXPECTED = {
    ("dead-link", "paiement en ligne"),
    ("dead-link", "page"),
    ("editorial-note", "peut être ajouté ici"),
    ("typo", "« débiter »"),
    ("typo", "« vous auriez »"),
    ("typo", "« cout »"),
    ("typo", "« 3 jour ouvré »"),
    ("typo", "« expérience professionnel »"),
    ("typo", "« du ENIC »"),
    ("typo", "« très peu de domaine »"),
    ("typo", "« Il y existe »"),
    ("typo", "« en directs »"),
    ("spacing", "ligne :Rendez"),
    ("spacing", "UB :452"),
    ("polarity", "Je réside à l'étranger"),
    ("past-date", "2025/2026"),
    ("soon-past-date", "année 2026"),
    ("bare-domain", "MonMaster.gouv.fr"),
    ("conflicting-answers", "Formations en alternance"),
}


def test_the_checks_find_what_is_wrong_with_it(data: ParsedFaq) -> None:
    findings = lint(data, today=date(2026, 11, 23))
    for code, words in EXPECTED:
        assert any(f.code == code and words in f.message for f in findings), (code, words)
    # Nothing but these and a few spaces: staff must not learn to look away.
    rest = [f for f in findings if not any(f.code == c and w in f.message for c, w in EXPECTED)]
    assert {f.code for f in rest} <= {"spacing"}
    assert len(findings) <= 25
    assert {f.severity for f in findings} == {"warning"}


def test_findings_stand_where_the_words_are(data: ParsedFaq) -> None:
    lines = DATA.read_text(encoding="utf-8").split("\n")
    for f in lint(data, today=date(2026, 11, 23)):
        quoted = re.search(r"« ?(.+?) ?»", f.message)
        assert quoted
        if f.code in ("typo", "dead-link", "bare-domain", "past-date", "soon-past-date"):
            assert quoted[1] in lines[f.line - 1]
        assert f.entry_id in {e.id for e in data.faq_entries}
        assert f.mend
