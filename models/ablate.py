"""Train short variants of the recipe over several seeds and print what each choice is worth.

    python models/ablate.py [--seeds N] [--steps N] [--only NAME ...] [--datasets DIR]

Batches are half the shipped run's and steps a tenth: the table compares choices, it does not
say how good the shipped encoder is. Recall@1 by fusion on the questions marked "dev": those of
models/dev (both FAQs, answers cut at 300 characters) and those of evals/retrieval_sets. Each
result is kept in models/work/ablation/ and not computed again.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import mean, stdev

import numpy as np
import torch
import train
from encoder_training import dev, learn, student

from evals.retrieval import Dataset, figures, read_datasets

ANSWER = 300
FOLDER = train.WORK / "ablation"
BASE = learn.Recipe(steps=24, topic_size=28, questions_size=32, answers_size=10)
VARIANTS: Mapping[str, Mapping[str, object]] = {
    "as shipped: Q, A": {},
    "no questions without an answer": {"unanswered": 0.0},
    "one without an answer for each four": {"unanswered": 0.25},
    "no variants as passages": {"variants": 0.0},
    "with T (distillation): Q, T, Q, A": {"cycle": "QTQA"},
    "T alone": {"cycle": "T"},
    "T alone, squared error": {"cycle": "T", "topic_loss": "squares"},
    "T alone, contrast without teacher": {"cycle": "T", "topic_loss": "contrast"},
    "Q alone (question to question)": {"cycle": "Q"},
    "A alone (question to answer)": {"cycle": "A"},
    "batches at random, no hard negatives": {"cluster": 1},
    "without prompts": {"prompts": False},
    "Matryoshka loss, 128 of 384 dimensions": {"matryoshka": 0.5},
    "six of twelve layers": {"layers": 6},
}
MADE_UP, VARIANTS_TOO, SEPARATION = "made-up FAQs", "with variants", "AUROC, no answer"
Sets = Mapping[str, Sequence[Dataset]]
Scores = dict[str, float]


def score(model: student.Student, sets: Sets) -> Scores:
    """Recall@1 by fusion on each set, and how far apart what has no answer lies, where a set knows that."""
    found = {name: dev.score(model, datasets) for name, datasets in sets.items()}
    return {name: one.fusion for name, one in found.items()} | {
        VARIANTS_TOO: found[MADE_UP].variants,
        SEPARATION: found[MADE_UP].separation,
    }


def token_vectors(model: student.Student, texts: Sequence[str]) -> list[torch.Tensor]:
    """Normalised vectors of each text's tokens, the special ones left out."""
    found = []
    with torch.no_grad():
        for text in texts:
            ids, mask = model.batch([text], 512)
            rows = model.bert(input_ids=ids, attention_mask=mask).last_hidden_state[0, 1 : int(mask.sum()) - 1]
            found.append(torch.nn.functional.normalize(rows.float(), dim=-1))
    return found


def late_interaction(model: student.Student, datasets: Sequence[Dataset]) -> tuple[float, float]:
    """Recall@1 by the entries' questions: by cosine, and by MaxSim over token vectors (Khattab & Zaharia, 2020)."""
    cosine, late = [], []
    for dataset in datasets:
        asked = [query.text for query in dataset.queries]
        scores = model.encode_queries(asked) @ model.encode_passages(dataset.questions).T
        passages = token_vectors(model, model.as_passages(dataset.questions))
        sums = np.array(
            [
                [float((query @ passage.T).max(1).values.mean()) for passage in passages]
                for query in token_vectors(model, model.as_queries(asked))
            ]
        )
        for recalls, values in ((cosine, scores), (late, sums)):
            order = np.argsort(-values, axis=1, kind="stable")[:, :10]
            ranked = [[dataset.ids[at] for at in row] for row in order]
            recalls.extend(figures(ranked, dataset.queries)["R@1"])
    return mean(cosine), mean(late)


def run(changes: Mapping[str, object], seed: int, options: argparse.Namespace, sets: Sets) -> Scores:
    """Train one variant with one seed, or read what it gave before."""
    recipe = replace(BASE, seed=seed, steps=options.steps, **changes)  # type: ignore[arg-type]
    key = json.dumps(asdict(recipe), sort_keys=True)
    path = FOLDER / "results.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if key not in known:
        log = train.Log(FOLDER / "log.txt")
        texts, vectors = train.prepare(options.datasets, options.threads, log, recipe)
        model = student.open_student(train.WORK)
        model.prompts = recipe.prompts
        model.keep_layers(recipe.layers)
        if recipe.steps:
            learn.train(model, train.make_batches(texts, vectors, options.datasets, recipe), recipe, None, log)
        known[key] = score(model, sets)
        if not changes:
            known[key] |= dict(zip(("cosine", "MaxSim"), late_interaction(model, sets[MADE_UP]), strict=True))
        log(f"{changes} seed {seed}: {known[key]}")
        path.write_text(json.dumps(known, indent=1), encoding="utf-8")
    found: Scores = known[key]
    return found


def main() -> None:
    """Run what is asked and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=BASE.steps)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="*", help="names of variants")
    parser.add_argument("--datasets", type=Path, default=train.ROOT.parent / "shared" / "datasets")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    FOLDER.mkdir(parents=True, exist_ok=True)
    sets = {
        "models/dev": [dataset.shortened(ANSWER) for dataset in dev.read_dev(train.WORK / "beir")],
        MADE_UP: read_datasets(train.ROOT / "evals" / "retrieval_sets", "dev"),
    }
    untrained = run({}, 0, argparse.Namespace(**(vars(options) | {"steps": 0})), sets)
    columns = [*sets, VARIANTS_TOO, SEPARATION]
    print("| variant | " + " | ".join(columns) + " |\n|---" + "|---" * len(columns) + "|")
    print("| untrained | " + " | ".join(f"{100 * untrained[name]:.1f}" for name in columns) + " |")
    for name in options.only or VARIANTS:
        found = [run(VARIANTS[name], seed, options, sets) for seed in range(1, options.seeds + 1)]
        spread = [
            (mean(f[key] for f in found), stdev(f[key] for f in found) if len(found) > 1 else 0) for key in columns
        ]
        print(f"| {name} | " + " | ".join(f"{100 * m:.1f} ± {100 * s:.1f}" for m, s in spread) + " |", flush=True)
        if not VARIANTS[name]:
            both = " / ".join(f"{100 * mean(f[key] for f in found):.1f}" for key in ("cosine", "MaxSim"))
            print(f"| {name}, by the question alone: cosine / MaxSim | – | {both} |", flush=True)


if __name__ == "__main__":
    main()
