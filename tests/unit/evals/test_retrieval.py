from __future__ import annotations

import json
from pathlib import Path

import ir_measures
import numpy as np
import pytest
from typer.testing import CliRunner

from app.core.errors import BadSource
from evals import encoder_cli
from evals.encoders import measure_all
from evals.noise import KINDS
from evals.retrieval import FUSION, MEASURES, WAYS, embed, figures, measure, rank, read_dataset, read_datasets
from tests.fakes import FakeEncoder

ENTRIES = {
    "a": ("Comment payer ?", "Par carte ou par chèque."),
    "b": ("Quels sont les horaires ?", "Du lundi au vendredi."),
    "c": ("Où se trouve la mairie ?", "Place de la République."),
}
ASKED = {"q1": ("payer par chèque", "a"), "q2": ("horaires du lundi", "b"), "q3": ("où est la mairie", "c")}


def write(folder: Path, *, judged: str | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    corpus = [{"_id": key, "title": title, "text": text} for key, (title, text) in ENTRIES.items()]
    queries = [
        {"_id": key, "text": text, "split": "dev" if key == "q1" else "test"} for key, (text, _) in ASKED.items()
    ]
    for name, rows in (("corpus", corpus), ("queries", queries)):
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    lines = "".join(f"{key}\t{entry}\t1\n" for key, (_, entry) in ASKED.items())
    (folder / "qrels.tsv").write_text(judged or "query-id\tcorpus-id\tscore\n" + lines, encoding="utf-8")
    return folder


def test_a_folder_in_beirs_layout_is_read(tmp_path: Path) -> None:
    dataset = read_dataset(write(tmp_path / "faq"))
    assert dataset.name == "faq"
    assert dataset.ids == ("a", "b", "c")
    assert dataset.questions[0] == "Comment payer ?"
    assert [(query.id, query.relevant) for query in dataset.queries] == [
        ("q1", {"a"}), ("q2", {"b"}), ("q3", {"c"}),
    ]  # fmt: skip


def test_beirs_own_place_for_judgements_is_read_too(tmp_path: Path) -> None:
    folder = write(tmp_path / "faq")
    (folder / "qrels").mkdir()
    (folder / "qrels.tsv").rename(folder / "qrels" / "test.tsv")
    assert len(read_dataset(folder).queries) == 3


def test_a_split_is_chosen(tmp_path: Path) -> None:
    folder = write(tmp_path / "faq")
    assert [query.id for query in read_dataset(folder, "dev").queries] == ["q1"]
    with pytest.raises(BadSource, match="aucune question"):
        read_dataset(folder, "train")


def test_a_folder_of_folders_is_several_datasets(tmp_path: Path) -> None:
    for name in ("un", "deux"):
        write(tmp_path / name)
    assert [dataset.name for dataset in read_datasets(tmp_path)] == ["deux", "un"]
    with pytest.raises(BadSource, match="aucun jeu"):
        read_datasets(tmp_path / "un" / "nulle part")


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("corpus.jsonl", '{"_id": "a", "text": "x"}\n{"_id": "b"}\n', "corpus.jsonl:2"),
        ("queries.jsonl", "pas du JSON\n", "queries.jsonl:1"),
        ("queries.jsonl", "[1]\n", "queries.jsonl:1"),
        ("qrels.tsv", "query-id\tcorpus-id\tscore\nq1\ta\tbeaucoup\n", "qrels.tsv:2"),
        ("qrels.tsv", "query-id\tcorpus-id\tscore\nq1\tnulle-part\t1\n", "nulle-part"),
    ],
)
def test_a_bad_line_is_named_with_its_mend(tmp_path: Path, name: str, content: str, place: str) -> None:
    folder = write(tmp_path / "faq")
    (folder / name).write_text(content, encoding="utf-8")
    with pytest.raises(BadSource) as found:
        read_dataset(folder)
    assert place in str(found.value)
    assert found.value.mend


def test_the_figures_agree_with_ir_measures(tmp_path: Path) -> None:
    dataset = read_dataset(write(tmp_path / "faq"))
    encoder = FakeEncoder(dimension=16)
    views = embed(encoder, dataset)
    vectors = encoder.encode_queries([query.text for query in dataset.queries])
    qrels = [ir_measures.Qrel(query.id, entry, 1) for query in dataset.queries for entry in query.relevant]
    names = {"R@1": "R@1", "R@3": "R@3", "R@10": "R@10", "MRR@10": "RR@10", "nDCG@10": "nDCG@10"}
    assert set(names) == set(MEASURES)
    for way in WAYS:
        ranked = rank(vectors, views.of(way), dataset.ids)
        ours = figures(ranked, dataset.queries)
        run = [
            ir_measures.ScoredDoc(query.id, entry, -float(at))
            for query, row in zip(dataset.queries, ranked, strict=True)
            for at, entry in enumerate(row)
        ]
        theirs = ir_measures.calc_aggregate([ir_measures.parse_measure(name) for name in names.values()], qrels, run)
        for mine, name in names.items():
            assert np.mean(ours[mine]) == pytest.approx(theirs[ir_measures.parse_measure(name)]), (way, mine)


def test_the_mean_of_both_cosines_ranks_in_fusion(tmp_path: Path) -> None:
    dataset = read_dataset(write(tmp_path / "faq"))
    encoder = FakeEncoder()
    found = measure(encoder, dataset, embed(encoder, dataset))
    assert found[FUSION]["R@1"] == [1, 1, 1]


def test_noise_is_the_same_each_time_and_changes_the_questions(tmp_path: Path) -> None:
    dataset = read_dataset(write(tmp_path / "faq"))
    once, twice = (dataset.noised(KINDS["typos"], 3) for _ in range(2))
    assert once == twice
    assert once != dataset
    assert [query.relevant for query in once.queries] == [query.relevant for query in dataset.queries]


def test_figures_of_several_datasets_are_pooled(tmp_path: Path) -> None:
    for name in ("un", "deux"):
        write(tmp_path / name)
    found = measure_all(FakeEncoder(), read_datasets(tmp_path), with_noise=True)
    assert all(len(values) == 6 for way in WAYS for values in found.found[way].values())
    assert set(found.noised) == set(KINDS)


def test_the_questions_that_come_along_are_whole_and_split_by_faq() -> None:
    datasets = read_datasets(encoder_cli.OWN)
    assert len(datasets) == 16
    assert sum(len(dataset.queries) for dataset in datasets) == 576
    assert [len(read_datasets(encoder_cli.OWN, split)) for split in ("dev", "test")] == [8, 8]
    for split in ("dev", "test"):
        own = [
            path.parent for path in encoder_cli.OWN.glob("*/queries.jsonl") if f'"{split}"' in path.read_text("utf-8")
        ]
        assert len(own) == 8


@pytest.mark.slow
def test_the_command_compares_the_packaged_encoder_with_itself(tmp_path: Path) -> None:
    folder = write(tmp_path / "faq")
    done = CliRunner().invoke(encoder_cli.encoder_app, ["compare", "packaged", "--data", str(folder), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["figures"]["faq"]["packaged"]["found"]["fusion"]["R@1"] == [1, 1, 1]
    assert set(found["figures"]["faq"]["packaged"]["noised"]) == set(KINDS)
    assert found["costs"]["packaged"]["megabytes"] < 40
    shown = CliRunner().invoke(encoder_cli.encoder_app, ["compare", "packaged", "--data", str(folder)])
    assert "3 questions sur 3 entrées" in shown.stdout


def test_an_unreadable_folder_is_the_callers_mistake(tmp_path: Path) -> None:
    done = CliRunner().invoke(encoder_cli.encoder_app, ["compare", "packaged", "--data", str(tmp_path)])
    assert isinstance(done.exception, BadSource)
