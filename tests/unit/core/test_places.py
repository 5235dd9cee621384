from __future__ import annotations

import csv

import pytest

from app.core.french import lexical_tokens
from app.core.places import TABLE, place_terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("j'habite à Tarbes", {"p:65", "p:occitanie", "p:france"}),
        ("jhabite a tarbes", {"p:65", "p:occitanie", "p:france"}),
        ("Je vis en Haute-Garonne", {"p:31", "p:occitanie", "p:france"}),
        ("je suis dans le 32", {"p:32", "p:occitanie", "p:france"}),
        ("Je demeure dans le Lot", {"p:46", "p:occitanie", "p:france"}),
        ("un lot de photocopies pas cher", set()),
        ("Cher monsieur, je viens au nord", set()),
        ("résidant en Côte d'Ivoire", {"p:cote-d-ivoire", "p:etranger"}),
        ("depuis la France", {"p:france"}),
        ("le 12 mars à 18 h", set()),
        ("la réunion de rentrée", set()),
        ("j'habite La Réunion", {"p:974", "p:la-reunion", "p:france"}),
        ("", set()),
    ],
)
def test_a_place_stands_for_what_it_belongs_to(text: str, terms: set[str]) -> None:
    assert set(place_terms(text)) == terms


def test_places_are_index_terms() -> None:
    assert {"p:65", "f:habit"} <= set(lexical_tokens("J'habite Tarbes"))


def test_the_table_is_whole() -> None:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    codes = {row["department"] for row in rows if row["kind"] == "department"}
    assert len(codes) == 101
    assert {row["department"] for row in rows if row["kind"] == "town"} <= codes
    assert len({(row["place"], row["kind"]) for row in rows}) == len(rows)
