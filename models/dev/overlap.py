"""How many of its entry's salient words a development question repeats.

    python models/dev/overlap.py [--datasets DIR] [--each]

The share is taken over the shorter of the two sets of stems, the strictest way to
count: a question of three words that repeats one of them has a share of a third.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from app.core.french import stems  # noqa: E402

DATASETS = ROOT.parent / "shared" / "datasets"
FAQS = {"service_public": "service_public_qr", "cdtn": "cdtn_faq"}
"""Folders here, and the datasets whose documents they ask about."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question written by hand, its split and the document that answers it."""

    id: str
    text: str
    split: str
    document: str


def read_lines(path: Path) -> list[dict[str, str]]:
    """The objects of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a tab-separated file with a header."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def read_asked(faq: str) -> list[Asked]:
    """The questions of one FAQ, in the order they are judged in."""
    rows = {row["id"]: row for row in read_lines(FOLDER / faq / "queries.jsonl")}
    judged = read_table(FOLDER / faq / "qrels.tsv")
    return [
        Asked(row["query-id"], rows[row["query-id"]]["text"], rows[row["query-id"]]["split"], row["corpus-id"])
        for row in judged
    ]


def official_questions(dataset: Path) -> dict[str, str]:
    """The official question of each document; of the last one judged where there are several."""
    texts = {row["id"]: row["text"] for row in read_lines(dataset / "queries.jsonl")}
    return {row["corpus-id"]: texts[row["query-id"]] for row in read_table(dataset / "qrels.tsv")}


def share(one: str, other: str) -> float:
    """Part of the shorter text's salient stems that the other has too, 0 to 1."""
    mine, theirs = stems(one), stems(other)
    return len(mine & theirs) / max(1, min(len(mine), len(theirs)))


def main() -> None:
    """Print the mean share of each FAQ and of both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--datasets", type=Path, default=DATASETS)
    parser.add_argument("--each", action="store_true", help="print every question that repeats a word")
    options = parser.parse_args()
    every: list[float] = []
    for faq, dataset in FAQS.items():
        official = official_questions(options.datasets / dataset)
        found = {asked: share(asked.text, official[asked.document]) for asked in read_asked(faq)}
        for asked, value in found.items():
            if options.each and value:
                print(f"{value:.2f}  {asked.id}  {asked.text}  ← {official[asked.document]}")
        every += found.values()
        print(f"{faq}: {len(found)} questions, mean share {sum(found.values()) / len(found):.3f}")
    print(f"both: {len(every)} questions, mean share {sum(every) / len(every):.3f}")


if __name__ == "__main__":
    main()
