"""Changing sources as an author would: one entry's lines and nothing else, whatever the layout."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.workshop import ChangeRefused
from app.settings import ROOT, Settings
from ingest.workshop import FaqWorkshop

PLAIN = "# FAQ\n\n## Un\n\n{}\n\nÀ Toulouse.\n\n{}\n\nLe soir.\n\n## Deux\n\n{}\n\nTous.\n"
QUESTIONS = ("Où aller ?", "Quand venir ?", "Qui vient ?")
LAYOUTS = {
    "headings": PLAIN.format(*(f"### {question}" for question in QUESTIONS)),
    "paragraphs": PLAIN.format(*QUESTIONS),
    "bold": PLAIN.format(*(f"**{question}**" for question in QUESTIONS)),
}


def workshop(folder: Path, text: str) -> FaqWorkshop:
    (folder / "faq.md").write_text(text, "utf-8")
    return FaqWorkshop(Settings(_env_file=None, faq=folder / "faq.md", index_dir=folder / "index"))


def entries(made: FaqWorkshop, files: object) -> dict[str, tuple[str, tuple[str, ...], str]]:
    found = made.check(files)  # type: ignore[arg-type]
    return {p.entry.id: (p.entry.question, p.entry.variants, p.entry.answer_md) for p in found.entries}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_variant_goes_to_its_entry_in_every_layout(tmp_path: Path, layout: str) -> None:
    made = workshop(tmp_path, LAYOUTS[layout])
    before = made.read()
    after = made.apply(before, [{"kind": "variant", "entry": "quand-venir", "text": "à quelle heure"}])
    wanted = entries(made, before)
    wanted["quand-venir"] = ("Quand venir ?", ("à quelle heure",), "Le soir.")
    assert entries(made, after) == wanted
    assert (tmp_path / "faq.md").read_text("utf-8") == LAYOUTS[layout]  # nothing is written


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_edit_keeps_the_id_and_the_others(tmp_path: Path, layout: str) -> None:
    made = workshop(tmp_path, LAYOUTS[layout])
    before = made.read()
    change = {
        "kind": "edit",
        "entry": "ou-aller",
        "question": "Où se rendre ?",
        "answer": "À **Albi**.\n\n- lundi\n- mardi",
        "variants": ["adresse"],
        "valid_until": "2030-01-31",
    }
    after = entries(made, made.apply(before, [change]))
    assert after.pop("ou-aller")[:2] == ("Où se rendre ?", ("adresse",))
    others = entries(made, before)
    del others["ou-aller"]
    assert after == others


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_entry_is_added_to_its_section_and_removed(tmp_path: Path, layout: str) -> None:
    made = workshop(tmp_path, LAYOUTS[layout])
    change = {"kind": "add", "question": "Comment payer ?", "answer": "Par chèque.", "section": "Un", "variants": []}
    after = made.apply(made.read(), [change])
    assert [p.entry.id for p in made.check(after).entries] == ["ou-aller", "quand-venir", "comment-payer", "qui-vient"]
    assert made.check(after).entry("comment-payer").entry.section == "Un"  # type: ignore[union-attr]
    back = made.apply(after, [{"kind": "remove", "entry": "comment-payer", "was": ""}])
    assert entries(made, back) == entries(made, made.read())


def test_every_entry_of_the_real_faq_can_be_edited_without_touching_another() -> None:
    made = FaqWorkshop(Settings(_env_file=None, faq=ROOT / "data" / "faq_fr.md"))
    files = made.read()
    for placed in made.check(files).entries[::6]:
        after = made.apply(files, [{"kind": "variant", "entry": placed.entry.id, "text": "une formulation inédite"}])
        diff = set(after["faq_fr.md"].split("\n")) - set(files["faq_fr.md"].split("\n"))
        assert diff <= {"- une formulation inédite", "<!-- guichet:", "variantes:", "-->"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "variant", "entry": "ou-aller", "text": "OÙ ALLER ?"}, "déjà"),
        ({"kind": "variant", "entry": "inconnue", "text": "x"}, "n’a pas"),
        ({"kind": "variant", "entry": "ou-aller", "text": "  "}, "vide"),
        ({"kind": "edit", "entry": "ou-aller", "was": "autre", "question": "Q ?", "answer": "R."}, "modifiée ailleurs"),
        (
            {"kind": "edit", "entry": "ou-aller", "question": "Où ?", "answer": "R.", "valid_until": "demain"},
            "pas une date",
        ),
        ({"kind": "add", "question": "Où aller ?", "answer": "R."}, "contient déjà"),
        ({"kind": "add", "question": "Neuve ?", "answer": " "}, "vide"),
        ({"kind": "text", "path": "../etc/passwd", "was": "", "text": ""}, "n’est pas une source"),
        ({"kind": "text", "path": "faq.md", "was": "faux", "text": ""}, "modifié ailleurs"),
        ({"kind": "gap", "topic": " ", "text": "x"}, "sujet"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, change: dict[str, str], words: str) -> None:
    made = workshop(tmp_path, LAYOUTS["headings"])
    with pytest.raises(ChangeRefused, match=words):
        made.apply(made.read(), [change])


@pytest.mark.parametrize("text", ["--> fin", "<!-- guichet: id=x -->", "- liste", "a\nb", "## titre", "### Autre ?"])
def test_a_variant_cannot_break_out_of_its_line(tmp_path: Path, text: str) -> None:
    made = workshop(tmp_path, LAYOUTS["headings"])
    try:
        after = made.apply(made.read(), [{"kind": "variant", "entry": "ou-aller", "text": text}])
    except ChangeRefused:
        return
    assert len(made.check(after).entries) == 3
    assert len(made.check(after).entry("ou-aller").entry.variants) == 1  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "answer", ["### Une autre question ?\n\nRéponse.", "<!-- guichet: id=pris -->\nR.", "texte <!-- sans fin"]
)
def test_an_answer_cannot_become_another_entry(tmp_path: Path, answer: str) -> None:
    made = workshop(tmp_path, LAYOUTS["headings"])
    change = {"kind": "edit", "entry": "ou-aller", "question": "Où aller ?", "answer": answer, "variants": []}
    try:
        after = made.apply(made.read(), [change])
    except ChangeRefused:
        return
    assert [p.entry.id for p in made.check(after).entries] == ["ou-aller", "quand-venir", "qui-vient"]


def test_a_gap_is_added_to_its_topic_or_begins_one(tmp_path: Path) -> None:
    made = workshop(tmp_path, LAYOUTS["headings"])
    (tmp_path / "hors_faq.md").write_text("# Hors\n\n## Parking\n- où me garer ?\n\n## Cantine\n- manger\n", "utf-8")
    changes = [
        {"kind": "gap", "topic": "parking", "text": "un garage à vélos"},
        {"kind": "gap", "topic": "Crèche", "text": "une crèche ?"},
    ]
    found = made.check(made.apply(made.read(), changes)).gaps
    assert [(gap.topic, gap.phrasings) for gap in found] == [
        ("Parking", ("où me garer ?", "un garage à vélos", "Parking")),
        ("Cantine", ("manger", "Cantine")),
        ("Crèche", ("une crèche ?", "Crèche")),
    ]
