"""`guichet eval --beir DIR`: retrieval alone, by the whole retriever, on any data set in BEIR's layout.

Each data set becomes an index of its own in a temporary folder: a title is an entry's question, a text its answer.
What ranks is what ranks for visitors: encoder, BM25 and their fitted weights.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from app.core.french import clean
from app.core.ports import Encoder
from app.core.types import Entry, FaqMeta
from app.search.index import open_index
from app.search.retriever import HybridRetriever
from app.search.versions import current_version
from app.settings import Settings
from app.terminal import err, out, print_json, table
from app.wiring import make_encoder
from evals import messages
from evals import quality_messages as quality
from evals.environment import environment
from evals.kept import ENVIRONMENT, RESULTS, SUMMARY
from evals.metrics import ndcg_at_k, paired_bootstrap, recall_at_k, reciprocal_rank
from evals.retrieval import Dataset, Figures, read_datasets
from ingest.build import build_index

DEPTH = 10
MEASURES = ("R@1", "R@3", "R@5", "MRR@10", "nDCG@10")


def evaluate(folder: Path, runs: Path, *, as_json: bool = False) -> None:
    """Measure every data set of `folder`, keep the rankings under `runs`, print the figures."""
    settings = Settings()
    encoder = make_encoder(settings)
    kept = runs / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-beir"
    kept.mkdir(parents=True)
    found: dict[str, Figures] = {}
    with (kept / RESULTS).open("wb") as file:
        for dataset in read_datasets(folder):
            err.print(messages.MEASURING.format(encoder=encoder.id, data=dataset.name), style="dim", highlight=False)
            rankings = ranked(dataset, settings, encoder)
            found[dataset.name] = figures(dataset, rankings)
            for query, ranking in zip(dataset.queries, rankings, strict=True):
                row = {"dataset": dataset.name, "query": query.id, "asked": query.text, "ranking": ranking}
                file.write(orjson.dumps({**row, "relevant": sorted(query.relevant)}) + b"\n")
    values = {name: _summary(each) for name, each in found.items()}
    asked = {"style": "verbatim", "url": None, "split": "beir", "beir": str(folder)}
    (kept / ENVIRONMENT).write_bytes(orjson.dumps(environment(settings, None, [], asked), default=str))
    (kept / SUMMARY).write_bytes(orjson.dumps({"split": "beir", "datasets": values}, option=orjson.OPT_INDENT_2))
    if as_json:
        print_json({"run": kept.name, "datasets": values})
        return
    table([quality.DATASET, messages.COUNT, *MEASURES], [_row(name, each) for name, each in found.items()])
    if len(found) > 1:
        pooled = {name: [value for each in found.values() for value in each[name]] for name in MEASURES}
        table([quality.ALL_DATASETS, messages.COUNT, *MEASURES], [_row("", pooled)])
    out.print(messages.INTERVALS, style="dim", highlight=False)
    out.print(messages.WRITTEN.format(folder=kept), highlight=False, soft_wrap=True)


def ranked(dataset: Dataset, settings: Settings, encoder: Encoder) -> list[list[str]]:
    """Ids of the best entries for each query, best first."""
    ids = {f"e{number}": entry_id for number, entry_id in enumerate(dataset.ids)}
    entries = [
        Entry(name, question, answer, content_hash=hashlib.sha256(f"{question}\n{answer}".encode()).hexdigest())
        for name, question, answer in zip(ids, dataset.questions, dataset.answers, strict=True)
    ]
    with TemporaryDirectory(prefix="guichet-beir-") as folder:
        place = Path(folder)
        build_index(
            FaqMeta(dataset.name), entries, index_dir=place, decision=settings.decision.read_bytes(), encoder=encoder
        )
        retriever = HybridRetriever(open_index(place / current_version(place)), encoder)
        return [
            [ids[hit.entry.id] for hit in retriever.search(clean(query.text), DEPTH).hits] for query in dataset.queries
        ]


def figures(dataset: Dataset, rankings: Sequence[Sequence[str]]) -> Figures:
    """Every measure of each query."""
    found: Figures = {name: [] for name in MEASURES}
    for query, ranking in zip(dataset.queries, rankings, strict=True):
        for k in (1, 3, 5):
            found[f"R@{k}"].append(recall_at_k(ranking, query.relevant, k))
        found["MRR@10"].append(reciprocal_rank(ranking, query.relevant, DEPTH))
        found["nDCG@10"].append(ndcg_at_k(ranking, query.relevant, DEPTH))
    return found


def _summary(found: Figures) -> dict[str, dict[str, float]]:
    intervals = {name: paired_bootstrap(values, [0.0] * len(values), resamples=2_000) for name, values in found.items()}
    return {
        name: {"n": len(found[name]), "mean": each.mean, "low": each.low, "high": each.high}
        for name, each in intervals.items()
    }


def _row(name: str, found: Figures) -> list[str]:
    cells = [f"{each['mean']:.3f} [{each['low']:.2f}–{each['high']:.2f}]" for each in _summary(found).values()]
    return [name, str(len(next(iter(found.values())))), *cells]
