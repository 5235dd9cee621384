"""Retrieval alone: a FAQ in BEIR's layout, an encoder, and how well one finds the other.

A folder holds corpus.jsonl (`_id`, `title`: the entry's question, `text`: its
answer), queries.jsonl (`_id`, `text`, and `split` where there are several) and
qrels.tsv (query-id, corpus-id, score), or qrels/test.tsv as BEIR ships it (Thakur
et al., 2021). An entry is ranked by its question, by question and answer together,
or by the mean of both cosines. unanswered.tsv (query-id, corpus-id, text), where it is there, holds what
looks as if the FAQ answered it and doesn't, with the entry it comes near to.
"""

from __future__ import annotations

import csv
import json
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from app.core.errors import BadSource
from app.core.ports import Vectors
from evals import messages
from evals.metrics import auroc, ndcg_at_k, recall_at_k, reciprocal_rank
from evals.noise import Noise

Figures = dict[str, list[float]]
"""One value a query, by measure."""

MEASURES = ("R@1", "R@3", "R@10", "MRR@10", "nDCG@10")
QUESTION, BOTH, FUSION = "question", "question+answer", "fusion"
WAYS = (QUESTION, BOTH, FUSION)
DEPTH = 10
CORPUS = "corpus.jsonl"


class Encodes(Protocol):
    """What of an encoder is needed here."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions."""

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of a FAQ's texts."""


@dataclass(frozen=True, slots=True)
class Query:
    """What a visitor writes, and the entries that answer it."""

    id: str
    text: str
    relevant: frozenset[str]


@dataclass(frozen=True, slots=True)
class Dataset:
    """The entries of a FAQ, in step, and what is asked about them."""

    name: str
    ids: tuple[str, ...]
    questions: tuple[str, ...]
    answers: tuple[str, ...]
    queries: tuple[Query, ...]
    unanswered: tuple[str, ...] = ()
    """Messages that no entry answers."""

    def shortened(self, characters: int) -> Dataset:
        """The same with answers cut after so many characters."""
        return replace(self, answers=tuple(answer[:characters] for answer in self.answers))

    def noised(self, noise: Noise, seed: int) -> Dataset:
        """The same with each query written as `noise` has it; same seed, same text."""
        chances = (random.Random(f"{seed}{query.id}") for query in self.queries)  # noqa: S311 (reproducible, no secret)
        texts = (noise(query.text, chance) or query.text for query, chance in zip(self.queries, chances, strict=True))
        return replace(self, queries=tuple(replace(q, text=t) for q, t in zip(self.queries, texts, strict=True)))


def read_dataset(folder: Path, split: str | None = None) -> Dataset:
    """The dataset in `folder`; only the queries of `split` when one is named.

    Queries that no judgement names are left out, as BEIR does. Raises BadSource.
    """
    dataset = _read(folder, split)
    if not dataset.queries:
        raise BadSource(folder, None, messages.NO_QUERY.format(split=split or "–"), mend=messages.NO_QUERY_MEND)
    return dataset


def _read(folder: Path, split: str | None) -> Dataset:
    entries = {_id(row): row for row in _read_lines(folder / CORPUS)}
    judged = _read_judgements(folder)
    queries = []
    for row in _read_lines(folder / "queries.jsonl"):
        relevant = judged.get(_id(row), frozenset())
        if unknown := sorted(relevant - entries.keys()):
            raise BadSource(
                folder / "qrels.tsv",
                None,
                messages.UNKNOWN_ENTRY.format(query=_id(row), entry=unknown[0]),
                mend=messages.UNKNOWN_ENTRY_MEND,
            )
        if relevant and split in {None, row.get("split", split)}:
            queries.append(Query(_id(row), str(row["text"]), relevant))
    return Dataset(
        name=folder.name,
        ids=tuple(entries),
        questions=tuple(_squeeze(row.get("title") or row["text"]) for row in entries.values()),
        answers=tuple(_squeeze(row["text"]) for row in entries.values()),
        queries=tuple(queries),
        unanswered=_read_unanswered(folder),
    )


def _read_unanswered(folder: Path) -> tuple[str, ...]:
    path = folder / "unanswered.tsv"
    if not path.exists():
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    for number, row in enumerate(rows, start=2):
        if not row.get("text"):
            raise BadSource(path, number, messages.NO_UNANSWERED, mend=messages.NO_UNANSWERED_MEND)
    return tuple(row["text"] for row in rows)


def read_datasets(folder: Path, split: str | None = None) -> tuple[Dataset, ...]:
    """The dataset in `folder`, or those in its subfolders, each ranked among its own entries.

    Subfolders without a query of `split` are left out.
    """
    if (folder / CORPUS).exists():
        return (read_dataset(folder, split),)
    parts = sorted(path.parent for path in folder.glob(f"*/{CORPUS}"))
    if not parts:
        raise BadSource(folder, None, messages.NO_DATASET, mend=messages.BEIR_MEND)
    found = tuple(dataset for part in parts if (dataset := _read(part, split)).queries)
    if not found:
        raise BadSource(folder, None, messages.NO_QUERY.format(split=split or "–"), mend=messages.NO_QUERY_MEND)
    return found


def _id(row: Mapping[str, Any]) -> str:
    return str(row.get("_id", row.get("id")))


def _squeeze(text: str) -> str:
    return " ".join(text.split())


def _read_lines(path: Path) -> list[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise BadSource(path, None, messages.NO_FILE, mend=messages.BEIR_MEND) from error
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if not isinstance(row, dict) or "text" not in row or _id(row) == "None":
                raise ValueError("no text or no id")
        except ValueError as error:
            raise BadSource(path, number, messages.NO_LINE, mend=messages.NO_LINE_MEND) from error
        rows.append(row)
    return rows


def _read_judgements(folder: Path) -> dict[str, frozenset[str]]:
    path = folder / "qrels.tsv"
    if not path.exists():
        path = folder / "qrels" / "test.tsv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
    except OSError as error:
        raise BadSource(folder / "qrels.tsv", None, messages.NO_FILE, mend=messages.BEIR_MEND) from error
    found: defaultdict[str, set[str]] = defaultdict(set)
    for number, row in enumerate(rows, start=2):
        try:
            if float(row["score"]) > 0:
                found[row["query-id"]].add(row["corpus-id"])
        except (KeyError, TypeError, ValueError) as error:
            raise BadSource(path, number, messages.NO_JUDGEMENT, mend=messages.NO_JUDGEMENT_MEND) from error
    return {query: frozenset(entries) for query, entries in found.items()}


@dataclass(frozen=True, slots=True)
class Views:
    """An encoder's vectors of the entries, one row each."""

    question: Vectors
    both: Vectors

    def of(self, way: str) -> tuple[Vectors, ...]:
        """The matrices whose cosines are averaged in a way of ranking."""
        return {QUESTION: (self.question,), BOTH: (self.both,), FUSION: (self.question, self.both)}[way]


def embed(encoder: Encodes, dataset: Dataset) -> Views:
    """Embed the entries both ways; one without a title is its text either way."""
    pairs = zip(dataset.questions, dataset.answers, strict=True)
    both = [question if question == answer else f"{question} {answer}" for question, answer in pairs]
    return Views(encoder.encode_passages(dataset.questions), encoder.encode_passages(both))


def rank(queries: Vectors, passages: Sequence[Vectors], ids: Sequence[str], depth: int = DEPTH) -> list[list[str]]:
    """Ids of the `depth` best entries for each query, best first; ties go to the first of the FAQ."""
    scores = np.sum([queries @ part.T for part in passages], axis=0)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :depth]
    return [[ids[number] for number in row] for row in order]


def figures(rankings: Sequence[Sequence[str]], queries: Sequence[Query]) -> Figures:
    """Every measure of each query."""
    found: Figures = {name: [] for name in MEASURES}
    for ranked, query in zip(rankings, queries, strict=True):
        for k in (1, 3, 10):
            found[f"R@{k}"].append(recall_at_k(ranked, query.relevant, k))
        found["MRR@10"].append(reciprocal_rank(ranked, query.relevant, DEPTH))
        found["nDCG@10"].append(ndcg_at_k(ranked, query.relevant, DEPTH))
    return found


def measure(encoder: Encodes, dataset: Dataset, views: Views) -> dict[str, Figures]:
    """The figures of a dataset's queries for each way of ranking."""
    queries = encoder.encode_queries([query.text for query in dataset.queries])
    return {way: figures(rank(queries, views.of(way), dataset.ids), dataset.queries) for way in WAYS}


def found_among_variants(encoder: Encodes, dataset: Dataset) -> list[float]:
    """R@1 of each query when the other queries of an entry stand for it too, as variants do in a FAQ."""
    texts = [query.text for query in dataset.queries]
    queries = encoder.encode_queries(texts)
    own = queries @ encoder.encode_passages(texts).T
    np.fill_diagonal(own, -1.0)
    scores = queries @ encoder.encode_passages(dataset.questions).T
    for at, entry in enumerate(dataset.ids):
        variants = [number for number, query in enumerate(dataset.queries) if entry in query.relevant]
        if variants:
            scores[:, at] = np.maximum(scores[:, at], own[:, variants].max(axis=1))
    first = [dataset.ids[number] for number in scores.argmax(axis=1)]
    return [float(entry in query.relevant) for entry, query in zip(first, dataset.queries, strict=True)]


def separated(encoder: Encodes, dataset: Dataset, views: Views) -> float | None:
    """AUROC of the best score by fusion, a question that is answered against one that isn't, within one FAQ.

    None where the dataset holds none without an answer.
    """
    if not dataset.unanswered:
        return None
    texts = [*(query.text for query in dataset.queries), *dataset.unanswered]
    vectors = encoder.encode_queries(texts)
    best = np.sum([vectors @ part.T for part in views.of(FUSION)], axis=0).max(axis=1)
    return auroc(best.tolist(), [True] * len(dataset.queries) + [False] * len(dataset.unanswered))
