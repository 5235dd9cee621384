from __future__ import annotations

from pathlib import Path

import pytest

from app.core.errors import BadSource
from app.core.types import Gap
from ingest.gaps import parse_gaps
from ingest.parse import parse_paths

ROOT = Path(__file__).resolve().parents[3]


def write(folder: Path, text: str) -> Path:
    path = folder / "hors_faq.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_topics_phrasings_and_a_redirection_are_read(tmp_path: Path) -> None:
    text = """# Hors FAQ

    Ce fichier…

## Parking
<!-- à revoir
- pas une formulation -->
- Où garer ma voiture ?
* parking gratuit
Redirection : Voyez avec la mairie.

## Sport
- salle de sport
"""
    assert parse_gaps(write(tmp_path, text)) == (
        Gap("Parking", ("Où garer ma voiture ?", "parking gratuit", "Parking"), "Voyez avec la mairie."),
        Gap("Sport", ("salle de sport", "Sport")),
    )


def test_a_title_that_is_a_phrasing_too_is_read_once(tmp_path: Path) -> None:
    assert parse_gaps(write(tmp_path, "## Salle de sport\n- salle de SPORT\n")) == (
        Gap("Salle de sport", ("salle de SPORT",)),
    )


def test_no_file_is_no_gap(tmp_path: Path) -> None:
    assert parse_gaps(tmp_path / "hors_faq.md") == ()


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("## Parking\n- a\n\nun paragraphe\n", 4, "inattendue"),
        ("## Parking\n\n## Sport\n- a\n", 1, "aucune formulation"),
        ("## Parking\n- Où ?\n## Sport\n- où ?\n", 4, "ligne 2"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_mend(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(BadSource, match=said) as found:
        parse_gaps(write(tmp_path, text))
    assert found.value.line == line
    assert found.value.mend


def test_the_file_is_no_part_of_the_faq_beside_it(tmp_path: Path) -> None:
    write(tmp_path, "## Parking\n- Où garer ma voiture ?\n")
    (tmp_path / "faq.md").write_text("### Comment payer ?\n\nPar carte.\n", encoding="utf-8")
    assert [entry.question for entry in parse_paths([tmp_path]).faq_entries] == ["Comment payer ?"]


def test_the_shipped_gaps_are_no_questions_of_the_faq() -> None:
    gaps = parse_gaps(ROOT / "data" / "hors_faq.md")
    assert len(gaps) >= 40
    entries = parse_paths([ROOT / "data" / "faq_fr.md"]).faq_entries
    asked = {text.casefold() for entry in entries for text in (entry.question, *entry.variants)}
    assert asked.isdisjoint(text.casefold() for gap in gaps for text in gap.phrasings)
