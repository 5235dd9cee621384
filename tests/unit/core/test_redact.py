"""Personal data never reaches the store."""

from __future__ import annotations

import pytest

from app.core.redact import redact


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("écrire à Jean.Dupont+x@mail.example.fr svp", "écrire à [e-mail] svp"),
        ("06 12 34 56 78", "[téléphone]"),
        ("+33 6 12 34 56 78 ou 05.61.00.00.00", "[téléphone] ou [téléphone]"),
        ("mon numéro 1 85 05 78 006 084 36", "mon numéro [n° de sécurité sociale]"),
        ("mon numéro étudiant 20231234567", "mon numéro étudiant [numéro]"),
        ("je m'appelle Marie Durand et je veux payer", "[nom] et je veux payer"),
    ],
)
def test_personal_data_is_replaced(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize("text", ["en 2025/2026", "750 €", "UE 452", "RNCP 35077", "le 31 mars 2021"])
def test_ordinary_figures_stay(text: str) -> None:
    assert redact(text) == text
