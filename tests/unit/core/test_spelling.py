from __future__ import annotations

from pathlib import Path

import pytest

from app.core.spelling import Lexicon, Mend, Speller, sound

WORDS = {
    "comment": 60, "quand": 60, "est": 70, "ce": 70, "que": 70, "payer": 50, "mon": 65, "inscription": 45,
    "inscriptions": 42, "étudiant": 47, "validation": 44, "acquis": 46, "à": 70, "a": 70, "marché": 53, "marche": 52,
    "salarié": 44, "cause": 54, "causé": 38, "diplôme": 46, "condition": 47, "la": 70, "module": 45, "hutte": 32,
    "chute": 43, "le": 70, "pourquoi": 58, "avion": 48, "attestation": 40, "rarissime": 20, "coment": 23,
}  # fmt: skip


@pytest.fixture
def speller() -> Speller:
    return Speller([Lexicon(WORDS)])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("quand payer mon inscripsion", "quand payer mon inscription"),
        ("Inscritpion", "Inscription"),
        ("validasion acki", "validation acquis"),
        ("etudiant salarie", "étudiant salarié"),
        ("atestation", "attestation"),
        ("linscription", "l'inscription"),
        ("dinscripsion", "d'inscription"),
        ("pk payer", "pourquoi payer"),
        ("kan est ce que", "quand est ce que"),
        ("cause", "cause"),
        ("causé", "causé"),
        ("le marche", "le marche"),
        ("rarissime", "rarissime"),
        ("coment payer", "comment payer"),
        ("la chutte", "la chute"),
        ("xyzzy plugh", "xyzzy plugh"),
        ("12 ects, 3e", "12 ects, 3e"),
        ("", ""),
    ],
)
def test_a_word_is_mended_only_when_french_does_not_know_it(speller: Speller, typed: str, meant: str) -> None:
    assert speller.mend(typed)[0] == meant


def test_acronyms_and_names_within_a_sentence_stay(speller: Speller) -> None:
    assert speller.mend("payer la VES à Marche ou Validasion") == ("payer la VES à Marche ou Validasion", ())


def test_shouted_words_come_down_and_what_may_be_an_acronym_does_not(speller: Speller) -> None:
    assert speller.mend("COMMENT PAYER LA VES")[0] == "comment payer la VES"
    assert speller.mend("COMENT PAYER MON INSCRIPSION")[0] == "comment payer mon inscription"


def test_a_faqs_own_words_are_no_misspellings(speller: Speller) -> None:
    assert speller.mend("modula")[0] == "module"
    assert speller.knowing(["Modula"]).mend("modula")[0] == "modula"


def test_a_slip_of_a_faqs_own_word_is_mended(speller: Speller) -> None:
    assert speller.mend("parcoursupp")[0] == "parcoursupp"
    assert speller.knowing(["Parcoursup"]).mend("parcoursupp")[0] == "parcoursup"


def test_a_pronoun_glued_to_its_verb_is_taken_off() -> None:
    speller = Speller([Lexicon({"viens": 50, "comprends": 47, "peg": 20, "juste": 55, "journal": 50})])
    assert speller.mend("jviens, jcomprend")[0] == "je viens, je comprends"
    assert speller.mend("jpeg juste journal jdk jpo json")[0] == "jpeg juste journal jdk jpo json"


def test_a_word_cut_short_is_the_faqs_that_begins_so(speller: Speller) -> None:
    assert speller.mend("une altern")[0] == "une altern"
    knowing = speller.knowing(["alternance", "rencontre"])
    assert knowing.mend("une altern")[0] == "une alternance"
    # A slip of another of its words is that one.
    assert knowing.mend("une rancontre")[0] == "une rencontre"
    assert speller.knowing(["inscrit", "inscription"]).mend("je suis inscri")[0] == "je suis inscrit"


def test_an_acronym_is_no_slip_of_another_word_than_the_faqs(speller: Speller) -> None:
    other = Speller([Lexicon({"ruth": 40, **WORDS})])
    assert other.mend("une rqth")[0] == "une rqth"
    assert other.knowing(["RNCP"]).mend("un titre rnpc")[0] == "un titre rncp"


def test_a_rare_word_that_wants_an_apostrophe_gets_it() -> None:
    speller = Speller([Lexicon({"année": 58, "lannée": 12, "dédit": 22, "dédié": 45})])
    assert speller.mend("dans lannée")[0] == "dans l'année"
    assert speller.mend("un dédit")[0] == "un dédit"


def test_neighbours_are_looked_at_when_the_words_are_mended(speller: Speller) -> None:
    text, mends = speller.mend("Coment on peu payer")
    assert text == "Comment on peut payer"
    assert mends == (Mend("Coment", "Comment"), Mend("on peu", "on peut"))


def test_a_common_word_is_no_slip_of_the_faqs() -> None:
    french = Lexicon({"passe": 53, "passé": 55, "cnav": 20, "étudiant": 47})
    speller = Speller([french]).knowing(["passé", "Cnam", "étudiant"])
    assert speller.mend("mot de passe, relevé cnav, etudiant")[0] == "mot de passe, relevé cnav, étudiant"


def test_addresses_stay() -> None:
    text = "pr.exam@form.fr, https://cnam.fr/exam/diplom.html, www.exam.org"
    assert Speller([Lexicon(WORDS)]).mend(text)[0] == text


def test_the_mends_are_told(speller: Speller) -> None:
    assert speller.mend("Coment payer ?")[1] == (Mend("Coment", "Comment"),)
    assert speller.mend("Comment payer ?")[1] == ()


def test_what_sounds_alike_shares_a_key() -> None:
    assert sound("inscripsion") == sound("inscription")
    assert sound("fotografie") == sound("photographie")
    assert sound("payer") != sound("acquis")


def test_a_lexicon_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "lexicon.tsv").write_text("été\t58\nsoleil\t47\n", encoding="utf-8")
    assert Speller.read(tmp_path / "lexicon.tsv").mend("solleil")[0] == "soleil"


def test_of_very_many_words_only_the_first_may_be_meant_and_all_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.core.spelling.MEANT", 1)
    speller = Speller([Lexicon({})]).knowing(["équivalence", "diplomation"])
    assert speller.mend("une equivalense")[0] == "une équivalence"
    assert speller.mend("une diplomatiom")[0] == "une diplomatiom"
    assert speller.mend("une diplomation")[1] == ()
