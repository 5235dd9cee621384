"""Train the packaged encoder, from named inputs to the files that are shipped.

    python models/train.py [--datasets DIR] [--steps N] [--seed N] [--name RUN] [--output DIR]
    python models/train.py --average RUN [RUN ...] [--output DIR]

Base: multilingual-e5-small pruned to French (models/build_encoder.py). Teacher:
all-mpnet-base-v2 on translations by opus-mt-fr-en. Texts: service_public_qr, cdtn_faq
and a little of piaf, without the documents of models/dev/held_out.tsv, and what was
written for training (encoder_training/written). Every step keeps its work in
models/work/ and goes on from there when run again: translations, the teacher's
vectors, the last fifty steps. The averaging with the base is chosen on the questions
of models/dev and evals/retrieval_sets marked "dev" and nothing else; run
`python models/dev/join.py` first.

Needs the extra `guichet[train-encoder]`: build-encoder's, and ctranslate2, sentencepiece.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT)]

import torch  # noqa: E402
from encoder_base import files, vocabulary  # noqa: E402
from encoder_training import batches, dev, learn, sources, student, teacher  # noqa: E402

from app.core.spelling import Speller  # noqa: E402
from evals.retrieval import read_datasets  # noqa: E402

WORK = HERE / "work"
LEXICON = WORK / "lexicon.tsv"
"""French words and their frequencies, by which questions are mended."""
TEXTS_SEED = 20_260_101
WEIGHTS = "weights.pt"
SHARES = (0.5, 0.7, 0.85, 1.0)
"""Weights of the trained model tried in the average with the base."""


class Log:
    """Prints a line and keeps it in a file, with the seconds since the start."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._start = path, time.time()

    def __call__(self, message: str) -> None:
        """Write one line."""
        line = f"{time.time() - self._start:7.0f} s  {message}"
        print(line, flush=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def prepare(datasets: Path, threads: int, log: Log, recipe: learn.Recipe) -> tuple[list[sources.Text], batches.Array]:
    """The texts that the recipe's cycle reads, and the teacher's vectors of their translations.

    Without topics to distil (T) these are the entries' questions alone, which tell what entries are near.
    """
    texts = sources.all_texts(datasets, TEXTS_SEED, more=recipe.more)
    if learn.TOPICS not in recipe.cycle:
        questions = {entry.question for entry in sources.asked_entries(datasets, more=recipe.more)}
        texts = [text for text in texts if text.text in questions]
    log(f"{len(texts)} texts")
    weights = teacher.fetch_translator(WORK / "weights")
    english = teacher.translate([text.text for text in texts], weights, WORK / "english", threads, log)
    weights = teacher.fetch_teacher(WORK / "weights")
    return texts, teacher.embed([english[text.text] for text in texts], weights, WORK / "teacher", log)


def make_batches(
    texts: Sequence[sources.Text], vectors: batches.Array, datasets: Path, recipe: learn.Recipe
) -> dict[str, learn.Batches]:
    """Where each kind of batch comes from."""
    vocabulary.write_lexicon(LEXICON)
    write = batches.Visitors(Speller.read(LEXICON))
    by_text = dict(zip([text.text for text in texts], vectors, strict=True))
    entries = sources.asked_entries(datasets, more=recipe.more)
    known = [entry for entry in entries if entry.question in by_text]
    cluster, near, variants = recipe.cluster, recipe.unanswered, recipe.variants
    sizes = recipe.questions_size, recipe.answers_size
    topics = {learn.TOPICS: batches.Topics(texts, vectors, write, recipe.topic_size, cluster)}
    return {
        **(topics if learn.TOPICS in recipe.cycle else {}),
        learn.QUESTIONS: batches.Asked(
            known, by_text, write, sizes[0], cluster, answers=False, unanswered=near, variants=variants
        ),
        learn.ANSWERS: batches.Asked(known, by_text, write, sizes[1], cluster, answers=True, unanswered=near),
    }


def choose_share(
    model: student.Student, base: student.Weights, trained: student.Weights, shares: Sequence[float], log: Log
) -> float:
    """The share of the trained weights in the average with the base that the dev questions like best."""
    if len(shares) == 1:
        return shares[0]
    questions = [*dev.read_dev(WORK / "beir"), *read_datasets(ROOT / "evals" / "retrieval_sets", "dev")]
    best = (-1.0, 0.0)
    for share in shares:
        model.bert.load_state_dict(student.average([(1 - share, base), (share, trained)]))
        score = dev.score(model, questions)
        log(f"share {share}: {score}")
        best = max(best, (score.headline, share))
    return best[1]


def package(model: student.Student, output: Path, trained: dict[str, object]) -> None:
    """Write the files that are shipped, by the same path as the untrained model's."""
    output.mkdir(parents=True, exist_ok=True)
    vocabulary.make_tokenizer(model.pieces).save(str(output / "tokenizer.json"), pretty=False)
    vocabulary.write_lexicon(output / "lexicon.tsv")
    model.bert.requires_grad_(False).to("cpu").float()
    files.export(model.bert, WORK / "candidate-float32.onnx")
    files.quantise(WORK / "candidate-float32.onnx", output / "model.onnx")
    files.write_config(output, model.bert.config.hidden_size)
    config = json.loads((output / "config.json").read_text(encoding="utf-8")) | {"training": trained}
    text = json.dumps(config, ensure_ascii=False, indent=2) + "\n"
    (output / "config.json").write_text(text, encoding="utf-8")


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options of the command."""
    parser = argparse.ArgumentParser(description="Train the packaged encoder from its named inputs.")
    beside = ROOT.parent / "shared" / "datasets"
    parser.add_argument("--datasets", type=Path, default=beside, help="default: shared/datasets beside this repository")
    recipe = learn.Recipe()
    parser.add_argument("--seed", type=int, default=recipe.seed)
    parser.add_argument("--steps", type=int, default=recipe.steps)
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="other values of the recipe")
    parser.add_argument("--name", default="candidate", help="of the run, whose state goes to models/work/runs/NAME")
    parser.add_argument("--output", type=Path, default=WORK / "candidate", help="default: %(default)s")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--data-only", action="store_true", help="translate and embed, then stop")
    parser.add_argument(
        "--average", nargs="+", metavar="RUN", help="train nothing: average the weights of these runs and package them"
    )
    parser.add_argument(
        "--shares", nargs="+", type=float, default=SHARES, help="of the trained weights, tried on the dev questions"
    )
    parser.add_argument("--no-package", action="store_true", help="score on the dev questions, write no files")
    return parser.parse_args(arguments)


def read_recipe(options: argparse.Namespace) -> learn.Recipe:
    """The recipe with the numbers the command sets."""
    recipe = learn.Recipe(seed=options.seed, steps=options.steps)
    for setting in options.set:
        name, _, value = setting.partition("=")
        kind = type(getattr(recipe, name))
        recipe = replace(recipe, **{name: value == "True" if kind is bool else kind(value)})
    return recipe


def main(arguments: Sequence[str] | None = None) -> None:
    """Prepare, train, choose, package; or measure what was packaged."""
    options = parse_arguments(arguments)
    torch.set_num_threads(options.threads)
    recipe, folder = read_recipe(options), WORK / "runs" / options.name
    log = Log(folder / "log.txt")
    log(f"recipe {json.dumps(asdict(recipe))}")
    texts, vectors = prepare(options.datasets, options.threads, log, recipe)
    if options.data_only:
        return
    model = student.open_student(WORK)
    base = student.weights_of(model.bert)
    if options.average:
        runs = [torch.load(WORK / "runs" / name / WEIGHTS, weights_only=True) for name in options.average]
        trained = student.average([(1 / len(runs), weights) for weights in runs])
    else:
        trained = learn.train(model, make_batches(texts, vectors, options.datasets, recipe), recipe, folder, log)
        torch.save(trained, folder / WEIGHTS)
    share = choose_share(model, base, trained, options.shares, log)
    log(f"{share} of the trained weights, the rest the base's")
    model.bert.load_state_dict(student.average([(1 - share, base), (share, trained)]))
    if not options.no_package:
        facts = {"recipe": asdict(recipe), "runs": options.average, "share": share, "texts": len(texts)}
        package(model, options.output, facts)
        log(f"written to {options.output.name}")


if __name__ == "__main__":
    main()
