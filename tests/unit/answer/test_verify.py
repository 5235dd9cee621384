"""The verifier: what may be shown of what a model wrote."""

from __future__ import annotations

import pytest

from app.answer.verify import check_sentence
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
        "Oui, certaines formations sont accessibles sans le bac [1].",
        "Les frais sont de 1200,50 € par an.",
        "Il n’est pas possible de payer en espèces. [1]",
        "Réglez les frais à compta@ecole.example.",
        "Les frais sont à régler [en ligne](https://ecole.example/payer).",
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


def test_nothing_passes_without_an_entry() -> None:
    assert not check_sentence("Les frais sont de 12 €.", []).ok
