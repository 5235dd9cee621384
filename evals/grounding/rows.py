"""The bench's sentences and the entries they were written for.

JSON lines `{"id", "source", "entry", "question", "sentence", "label", "kind", "split"}`: `entry` is an id of
data/faq_fr.md, "<folder>/<_id>" of evals/retrieval_sets, or an id of entries/written.jsonl. Split by entry: no entry
is in both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import orjson

from app.core.types import Entry
from app.settings import ROOT
from evals.retrieval import read_dataset
from ingest.parse import parse_paths

HERE = Path(__file__).parent
WRITTEN = HERE / "entries" / "written.jsonl"
"""Entries of more made-up FAQs that serve this bench only, for development."""
SETS = HERE.parent / "retrieval_sets"
Label = Literal["faithful", "corrupt"]
Split = Literal["dev", "test"]


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence that a model might write for a question, and whether the entry carries it."""

    id: str
    source: str
    entry: str
    question: str
    sentence: str
    label: Label
    kind: str
    split: Split


def read_rows(folder: Path = HERE) -> list[Row]:
    """The rows written by hand, of every file but the injections."""
    rows = []
    for path in sorted(folder.glob("*.jsonl")):
        if path.stem != "injections":
            lines = path.read_text(encoding="utf-8").splitlines()
            rows += [_row(orjson.loads(line)) for line in lines if line.strip()]
    return rows


def _row(value: Mapping[str, str]) -> Row:
    return Row(
        id=value["id"],
        source=value["source"],
        entry=value["entry"],
        question=value["question"],
        sentence=value["sentence"],
        label=cast(Label, value["label"]),
        kind=value["kind"],
        split=cast(Split, value["split"]),
    )


def institution_of(entry: str) -> str:
    """Whose FAQ an entry is of, as its title would say."""
    return entry.split("/")[0].replace("-", " ") if "/" in entry else "l’Ipst-Cnam"


def read_entries() -> dict[str, Entry]:
    """All entries that rows may name, by id."""
    parsed = parse_paths([ROOT / "data" / "faq_fr.md"])
    entries = {parsed_entry.entry.id: parsed_entry.entry for parsed_entry in parsed.entries}
    for folder in sorted(path for path in SETS.iterdir() if path.is_dir()):
        data = read_dataset(folder)
        for own, question, answer in zip(data.ids, data.questions, data.answers, strict=True):
            name = f"{folder.name}/{own}"
            entries[name] = Entry(name, question, answer)
    for line in WRITTEN.read_text(encoding="utf-8").splitlines():
        value = orjson.loads(line)
        entries[value["id"]] = Entry(value["id"], value["question"], value["answer"])
    return entries
