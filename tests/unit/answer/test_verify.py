"""The verifier: what may be shown of what a model wrote."""

from __future__ import annotations

import pytest

from app.answer.verify import check_sentence
from app.answer.verify.lexicon import stemmed
from app.answer.verify.tables import rows_of
from app.answer.verify.thesaurus import are_near
from app.core.types import Entry

ENTRY = Entry(
    "x",
    "Puis-je m’inscrire sans le bac ?",
    "Oui. Certaines formations sont accessibles sans le bac, sous réserve des prérequis.\n\n"
    "Les frais sont de 1 200,50 € par an, à régler à <compta@ecole.example> ou "
    "[en ligne](https://ecole.example/payer). "
    "Il n’est pas possible de payer en espèces.",
    "Inscription",
)


@pytest.mark.parametrize(
    "sentence",
    [
        "Oui, certaines formations sont accessibles sans le bac, sous réserve des prérequis [1].",
        "Les frais sont de 1200,50 € par an, à régler à compta@ecole.example ou [en ligne](https://ecole.example/payer).",
        "Il n’est pas possible de payer en espèces. [1]",
    ],
)
def test_what_the_entry_says_passes(sentence: str) -> None:
    check = check_sentence(sentence, [ENTRY])
    assert check.ok, check.reason
    assert check.carrier == 0


@pytest.mark.parametrize(
    "sentence",
    [
        "Les frais sont de 1 300 € par an.",
        "Non, certaines formations ne sont pas accessibles sans le bac.",
        "Oui, certaines formations sont accessibles sans le bac.",
        "Il est possible de payer en espèces.",
        "Les frais sont à régler à autre@ecole.example.",
        "Les frais sont à régler sur https://pirate.example/payer.",
        "Les frais sont à régler [en ligne](https://pirate.example).",
        "Certaines formations sont accessibles sans le bac avec le BTS.",
        "Le restaurant universitaire ouvre à midi et sert des frites.",
        "",
    ],
)
def test_what_the_entry_does_not_say_is_refused(sentence: str) -> None:
    check = check_sentence(sentence, [ENTRY])
    assert not check.ok
    assert check.reason


HALL = Entry(
    "h",
    "Faut-il rendre les clés de la salle ?",
    "Les clés se déposent dans la boîte aux lettres. Le gardien ne se déplace pas après 22 heures.",
)


@pytest.mark.parametrize("opening", ["Oui", "Non"])
def test_the_source_s_own_sentence_passes_behind_a_yes_or_no_whatever_the_score(opening: str) -> None:
    sentence = f"{opening}, le gardien ne se déplace pas après 22 heures."
    check = check_sentence(sentence, [HALL], "Le gardien vient-il la nuit ?", least=1.0)
    assert check.ok, check.reason
    assert check.sentence.endswith("e gardien ne se déplace pas après 22 heures.")
    assert not check.sentence.startswith("Oui")


def test_a_rewording_passes_by_the_score_alone() -> None:
    sentence = "Déposez les clés dans la boîte aux lettres."
    assert check_sentence(sentence, [HALL], least=0.01).ok
    assert not check_sentence(sentence, [HALL], least=1.0).ok


def test_nothing_passes_without_an_entry() -> None:
    assert not check_sentence("Les frais sont de 12 €.", []).ok


DORTOIR = Entry(
    "y",
    "Combien coûte une nuit ?",
    "La nuit coûte 26 euros par personne. Les moins de huit ans ne paient que le repas, les onze-quinze ans "
    "paient moitié prix. L’annulation est gratuite jusqu’à quinze jours avant. Aucun crédit n’est consenti.\n\n"
    "- Pour les groupes, la demande se fait sur groupes.example.fr.\n"
    "- Pour les familles, la demande se fait auprès du gardien.",
    "Tarifs",
)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Ma fille a sept ans, que paie-t-elle ?", "À sept ans, votre fille ne paie que le repas."),
        ("Puis-je annuler ?", "Oui, l’annulation est gratuite jusqu’à deux semaines avant."),
        ("Faites-vous crédit ?", "Non, le refuge ne consent aucun crédit."),
        ("Nous sommes une famille.", "Pour les familles, la demande est faite auprès du gardien."),
    ],
)
def test_other_words_for_the_same_pass(question: str, sentence: str) -> None:
    check = check_sentence(sentence, [DORTOIR], question, "Refuge des Aulnes")
    assert check.ok, check.reason


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Ma fille a neuf ans, que paie-t-elle ?", "À neuf ans, votre fille ne paie que le repas."),
        ("Combien coûte une nuit ?", "La nuit coûte 26 euros par groupe."),
        ("Faites-vous crédit ?", "Oui, vous faites crédit."),
        ("Nous sommes une famille.", "Pour les familles, la demande se fait sur groupes.example.fr."),
        ("Nous sommes un groupe.", "Pour les groupes, la demande se fait auprès du gardien."),
        ("Puis-je annuler ?", "L’annulation est payante jusqu’à quinze jours avant."),
    ],
)
def test_the_same_words_for_something_else_are_refused(question: str, sentence: str) -> None:
    assert not check_sentence(sentence, [DORTOIR], question, "Refuge des Aulnes").ok


def test_the_thesaurus_is_asked_about_pairs_and_keeps_opposites_apart() -> None:
    assert are_near("prévenir", "avertir") or are_near("prevenir", "avertir")
    assert are_near("conserves", "gardent")
    assert not are_near("payer", "rembourser")
    assert not are_near("acheteur", "vendeur")


def test_stems_of_the_thesaurus_are_those_of_the_verifier() -> None:
    for root, lemma in list(rows_of("stems.tsv"))[::500]:
        assert stemmed(lemma) == root


PRICES = Entry(
    "y",
    "Quels sont les tarifs ?",
    "Tarif plein : 9 euros. Tarif réduit : 6 euros, pour les étudiants. L’abonnement mensuel coûte 45 euros et "
    "l’abonnement annuel 430 euros.\n\nLes vélos sont interdits dans les bus, à l’exception des vélos pliants. "
    "La meilleure des deux notes est conservée.",
    "Tarifs",
)


@pytest.mark.parametrize(
    "sentence",
    [
        "Le tarif réduit est de 9 euros.",
        "Le tarif plein est de 6 euros.",
        "L’abonnement mensuel coûte 430 euros.",
        "L’abonnement annuel coûte 45 euros.",
        "Les vélos pliants sont interdits dans les bus.",
        "La dernière des deux notes est conservée.",
    ],
)
def test_facts_that_changed_places_are_refused(sentence: str) -> None:
    assert not check_sentence(sentence, [PRICES]).ok


@pytest.mark.parametrize(
    "sentence",
    [
        "Le tarif réduit est de 6 euros.",
        "L’abonnement mensuel coûte 45 euros et l’abonnement annuel 430 euros.",
        "La meilleure des deux notes est conservée.",
    ],
)
def test_facts_in_their_places_pass(sentence: str) -> None:
    check = check_sentence(sentence, [PRICES])
    assert check.ok, check.reason


def test_a_yes_that_the_entry_does_not_give_is_cut_and_the_rest_kept() -> None:
    entry = Entry("z", "Quels sont les horaires ?", "L’accueil est ouvert le samedi, de 9 heures à midi.", "Accueil")
    check = check_sentence(
        "Non, l’accueil est ouvert le samedi, de 9 heures à midi.", [entry], "Ouvrez-vous le samedi ?"
    )
    assert check.ok
    assert (check.cut, check.sentence) == ("Non", "L’accueil est ouvert le samedi, de 9 heures à midi.")


def test_what_leans_on_the_yes_is_not_kept_without_it() -> None:
    entry = Entry("z", "Les chiens sont-ils admis ?", "Les chiens sont admis, sauf au restaurant.", "Accueil")
    assert not check_sentence("Non, sauf au restaurant.", [entry], "Les chiens sont-ils admis ?").ok
