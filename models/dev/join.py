"""Put the development questions beside their documents, in BEIR's layout, for `guichet encoder compare`.

    python models/dev/join.py [--datasets DIR] [--output DIR]

Writes OUTPUT/asked/{service_public,cdtn}, asked by models/dev, and the same badly typed by hand
in OUTPUT/typed/{service_public,cdtn}; OUTPUT/long, the entries of
service_public with answers of 1,000 characters and more; and OUTPUT/{piaf,sheets}, official
questions that training never saw, ranked by documents whose question is withheld.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "models")]

from encoder_training import dev, sources  # noqa: E402

LONG = 1_000
ANSWER = 1_500
"""Characters kept of an answer: some 330 tokens."""
Row = dict[str, str]


def write(folder: Path, corpus: Iterable[Row], queries: Iterable[Row], judged: Iterable[tuple[str, str]]) -> None:
    """One dataset."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("corpus", corpus), ("queries", queries)):
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    lines = [f"{query}\t{document}\t1\n" for query, document in judged]
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(lines), encoding="utf-8")


def entries_of(datasets: Path, name: str) -> dict[str, sources.Entry]:
    """The entries of a dataset by document; the first question of an answer names it."""
    return {entry.document: entry for entry in reversed(sources.read_entries(datasets, name))}


def as_row(entry: sources.Entry, *, titled: bool) -> Row:
    """A line of corpus.jsonl."""
    answer = sources.squeeze(entry.answer)[:ANSWER]
    return {"_id": entry.document, "title": entry.question if titled else "", "text": answer}


def join_asked(datasets: Path, output: Path) -> None:
    """The questions written by hand, with all entries of their FAQ as candidates."""
    for name, dataset in dev.FAQS.items():
        entries = entries_of(datasets, dataset)
        rows = {row["id"]: row for row in sources.read_lines(dev.FOLDER / name / "queries.jsonl")}
        judged = [(j["query-id"], j["corpus-id"]) for j in sources.read_table(dev.FOLDER / name / "qrels.tsv")]
        corpus = [as_row(entry, titled=True) for entry in entries.values()]
        write(output / "asked" / name, corpus, rows.values(), judged)
        typed = {row["id"]: row["text"] for row in sources.read_table(dev.FOLDER / name / "typed.tsv")}
        write(output / "typed" / name, corpus, [row | {"text": typed[key]} for key, row in rows.items()], judged)
        if dataset == sources.SHEETS:
            long = {document for document, entry in entries.items() if len(sources.squeeze(entry.answer)) >= LONG}
            kept = [(query, document) for query, document in judged if document in long]
            asked = [rows[query] for query, _ in kept]
            write(output / "long", [row for row in corpus if row["_id"] in long], asked, kept)


def join_official(datasets: Path, output: Path) -> None:
    """Official questions of documents kept out of training, ranked by the documents' texts alone."""
    held_out = sources.read_held_out(sources.HELD_OUT, datasets)
    for folder, name in (("sheets", sources.SHEETS), ("piaf", sources.ENCYCLOPAEDIC)):
        asked = [entry for entry in sources.read_entries(datasets, name) if not held_out.allows(entry)]
        queries = [{"id": f"q{number}", "text": entry.question} for number, entry in enumerate(asked)]
        judged = [(f"q{number}", entry.document) for number, entry in enumerate(asked)]
        corpus = [as_row(entry, titled=False) for entry in entries_of(datasets, name).values()]
        write(output / folder, corpus, queries, judged)


def main() -> None:
    """Write all seven."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--datasets", type=Path, default=ROOT.parent / "shared" / "datasets")
    parser.add_argument("--output", type=Path, default=ROOT / "models" / "work" / "beir")
    options = parser.parse_args()
    join_asked(options.datasets, options.output)
    join_official(options.datasets, options.output)
    print(*(path.name for path in sorted(options.output.iterdir())))


if __name__ == "__main__":
    main()
