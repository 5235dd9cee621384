"""Questions about known entries, with what an answer to them must contain.

One JSON object a line in narrow.jsonl. Half are about this project's FAQ, half about made-up ones
(evals/retrieval_sets), whose answers are long prose. Splits go by entry, and by made-up FAQ.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from app.core.types import Entry
from evals.cases import Split
from evals.retrieval import read_datasets

HERE = Path(__file__).parent
QUESTIONS = HERE / "narrow.jsonl"
MADE_UP = HERE.parent / "retrieval_sets"
OWN = "faq_fr"
"""The name of this project's FAQ among the others."""

Breadth = Literal["narrow", "broad"]
Faqs = Mapping[str, Mapping[str, Entry]]
"""Entries by FAQ and id."""

_SAME = str.maketrans({"\u00a0": " ", "\u202f": " ", "’": "'"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about an entry: `needs` are all that its answer must contain, as regular expressions.

    `conditions` are those of the needs that change the meaning of the others.
    """

    id: str
    question: str
    faq: str
    entry: str
    breadth: Breadth
    needs: tuple[str, ...]
    conditions: tuple[str, ...]
    split: Split

    def missing(self, text: str) -> tuple[str, ...]:
        """The needs that a text doesn't contain, without regard to case or typography."""
        plain = text.translate(_SAME)
        return tuple(need for need in self.needs if not re.search(need, plain, re.IGNORECASE))


def load_questions(path: Path = QUESTIONS, split: Split | None = None) -> tuple[Asked, ...]:
    """The questions, those of one split when it is named."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    asked = map(_asked, rows)
    return tuple(one for one in asked if split in (None, one.split))


def _asked(row: dict[str, Any]) -> Asked:
    needs, conditions = tuple(row["needs"]), tuple(row["conditions"])
    return Asked(row["id"], row["question"], row["faq"], row["entry"], row["breadth"], needs, conditions, row["split"])


def made_up() -> dict[str, dict[str, Entry]]:
    """The made-up FAQs as entries."""
    return {
        dataset.name: {
            number: Entry(number, question, answer)
            for number, question, answer in zip(dataset.ids, dataset.questions, dataset.answers, strict=True)
        }
        for dataset in read_datasets(MADE_UP)
    }


def lint_questions(asked: Sequence[Asked], faqs: Faqs) -> list[str]:
    """What is wrong with the questions, one sentence each; [] when they are sound."""
    return [*_repeated([one.id for one in asked]), *_without_entry(asked, faqs), *_in_both_splits(asked)]


def _repeated(ids: Collection[str]) -> Iterator[str]:
    seen: set[str] = set()
    for number in ids:
        if number in seen:
            yield f"{number} : identifiant répété"
        seen.add(number)


def _without_entry(asked: Sequence[Asked], faqs: Faqs) -> Iterator[str]:
    for one in asked:
        entry = faqs.get(one.faq, {}).get(one.entry)
        if entry is None:
            yield f"{one.id} : l’entrée « {one.entry} » n’est pas dans {one.faq}"
        elif missing := one.missing(entry.answer_md):
            yield f"{one.id} : l’entrée elle-même ne contient pas {', '.join(missing)}"
        if strangers := set(one.conditions) - set(one.needs):
            yield f"{one.id} : conditions absentes des besoins : {', '.join(sorted(strangers))}"
        if not one.needs:
            yield f"{one.id} : rien n’est attendu de la réponse"


def _in_both_splits(asked: Sequence[Asked]) -> Iterator[str]:
    splits: dict[str, set[Split]] = defaultdict(set)
    for one in asked:
        splits[f"{one.faq}/{one.entry}" if one.faq == OWN else one.faq].add(one.split)
    for place, found in splits.items():
        if len(found) > 1:
            yield f"{place} est dans les deux parts"
