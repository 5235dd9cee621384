"""The table of figures: packaged encoders side by side, on what training did not see."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from app.encoders.onnx import OnnxEncoder
from encoder_training import dev, sources
from encoder_training.measure import (
    NOISES,
    Asked,
    Corpus,
    Figures,
    Views,
    figures,
    make_corpus,
    measure_asked,
    noised,
    view,
)
from evals.metrics import paired_bootstrap

Found = dict[str, list[float]]
SEED = 7
LONG = 1_000
"""Characters from which an answer is long."""
SHOWN = ("R@1", "R@3", "R@10", "MRR@10", "nDCG@10")
RESIDENT = """
import sys; from pathlib import Path; from app.encoders.onnx import OnnxEncoder
OnnxEncoder(Path(sys.argv[1])).encode_queries(["Comment puis-je m'inscrire à une formation ?"])
print([line.split()[1] for line in open("/proc/self/status") if line.startswith("VmRSS")][0])
"""


def measure(folder: Path, datasets: Path) -> Found:
    """Every figure of one packaged encoder, question by question."""
    encoder = OnnxEncoder(folder, threads=2, cache_size=0)
    found: Found = {}
    for name, dataset in dev.FAQS.items():
        corpus = make_corpus(datasets, dataset)
        views = view(encoder, corpus)
        for split in ("dev", "test"):
            asked = dev.read_asked(name, split)
            for way, made in measure_asked(encoder, views, corpus, asked).items():
                keep(found, f"{name} {split}, {way}", made)
        add_noise(found, encoder, views, corpus, name)
        if dataset == sources.SHEETS:
            add_long(found, encoder, views, corpus, name)
    add_documents(found, encoder, datasets)
    return pooled(found) | found


def pooled(found: Found) -> Found:
    """The figures of both FAQs together, for each set that both have."""
    first, second = dev.FAQS
    names = [name.removeprefix(first) for name in found if name.startswith(f"{first} ")]
    return {f"both{name}": found[first + name] + found[second + name] for name in names if second + name in found}


def keep(found: Found, name: str, made: Figures) -> None:
    """Add the figures under `name`."""
    found.update({f"{name} | {key}": values for key, values in made.items()})


def add_noise(found: Found, encoder: OnnxEncoder, views: Views, corpus: Corpus, name: str) -> None:
    """Questions of both splits, with each kind of noise, by fusion."""
    asked = dev.read_asked(name)
    for kind, questions in [("as written", asked), *((kind, noised(asked, kind, SEED)) for kind in NOISES)]:
        queries = encoder.encode_queries([item.text for item in questions])
        made = figures(queries, [views.question, views.both], corpus, questions)
        keep(found, f"{name} {kind}, fusion", made)


def add_long(found: Found, encoder: OnnxEncoder, views: Views, corpus: Corpus, name: str) -> None:
    """Questions of both splits among the entries with long answers alone, by question and answer."""
    rows = [number for number, answer in enumerate(corpus.answers) if len(answer) >= LONG]
    ids = [corpus.ids[number] for number in rows]
    long = Corpus(corpus.name, ids, [corpus.questions[n] for n in rows], [corpus.answers[n] for n in rows])
    asked = [item for item in dev.read_asked(name) if item.entry in set(ids)]
    queries = encoder.encode_queries([item.text for item in asked])
    label = f"{len(ids)} long answers"
    keep(found, f"{label}, question+answer", figures(queries, views.both[rows], long, asked))
    keep(found, f"{label}, fusion", figures(queries, [views.question[rows], views.both[rows]], long, asked))


def add_documents(found: Found, encoder: OnnxEncoder, datasets: Path) -> None:
    """Official questions of documents kept out of training, ranked by the documents' texts."""
    held_out = sources.read_held_out(dev.HELD_OUT, datasets)
    for name in (sources.SHEETS, sources.ENCYCLOPAEDIC):
        corpus = make_corpus(datasets, name)
        entries = [entry for entry in sources.read_entries(datasets, name) if not held_out.allows(entry)]
        asked = [Asked(entry.question, entry.document) for entry in entries]
        passages = encoder.encode_passages(corpus.answers)
        queries = encoder.encode_queries([item.text for item in asked])
        keep(found, f"{name} question → document", figures(queries, passages, corpus, asked))


def latency(folder: Path) -> float:
    """Median milliseconds of one query on one thread."""
    encoder = OnnxEncoder(folder, threads=1, cache_size=0)
    times = []
    for _ in range(300):
        start = time.perf_counter()
        encoder.encode_queries(["Comment puis-je m'inscrire à une formation ?"])
        times.append(1000 * (time.perf_counter() - start))
    return float(np.median(times[50:]))


def cosines(folder: Path, reference: Path, texts: Sequence[str]) -> tuple[float, float]:
    """Mean and least cosine of the 8-bit vectors to the float32 graph's."""
    packed = OnnxEncoder(folder, cache_size=0)
    from encoder_base import check, files

    exact = check.Runner(reference, folder / "tokenizer.json")
    made = packed.encode_queries(texts)
    prompt = files.PROMPTS["query"]
    values = [float(row @ exact(prompt + text)) for row, text in zip(made, texts, strict=True)]
    return float(np.mean(values)), float(np.min(values))


def costs(folder: Path, reference: Path) -> dict[str, float]:
    """Size, latency, memory, and what 8 bits cost."""
    texts = [item.text for name in dev.FAQS for item in dev.read_asked(name)]
    command = [sys.executable, "-c", RESIDENT, str(folder.resolve())]
    root = Path(__file__).resolve().parents[2]
    resident = subprocess.run(command, check=True, capture_output=True, text=True, cwd=root).stdout
    found = {
        "MB on disk": sum(path.stat().st_size for path in folder.iterdir()) / 1e6,
        "ms a query, p50": latency(folder),
        "MB resident": int(resident) / 1024,
    }
    if reference.exists():
        mean, least = cosines(folder, reference, texts)
        found |= {"int8/float32 cosine, mean": mean, "int8/float32 cosine, least": least}
    return found


def cached(path: Path, make: Callable[[], Found]) -> Found:
    """The figures in `path`, made when there are none."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(make()), encoding="utf-8")
    found: Found = json.loads(path.read_text(encoding="utf-8"))
    return found


def run(folders: Sequence[Path], datasets: Path, work: Path) -> None:
    """Measure each folder, print the table of the first against the second, keep both as JSON."""
    all_found, all_costs = [], []
    for number, folder in enumerate(folders):
        print(f"measuring {folder.name}", file=sys.stderr, flush=True)
        path = work / "measured" / f"{OnnxEncoder(folder).fingerprint[:16]}.json"
        all_found.append(cached(path, partial(measure, folder, datasets)))
        reference = work / ("float32.onnx" if number == 0 and len(folders) > 1 else "candidate-float32.onnx")
        all_costs.append(costs(folder, reference))
    rows = table(all_found)
    print("\n".join(rows))
    for name in all_costs[0]:
        values = " | ".join(f"{found.get(name, float('nan')):.4g}" for found in all_costs)
        print(f"| {name} | {values} |")
    summary = {"folders": [str(folder.name) for folder in folders], "table": rows, "costs": all_costs}
    (work / "measured" / "report.json").write_text(json.dumps(summary, ensure_ascii=False, indent=1))


def table(found: Sequence[Found]) -> list[str]:
    """Markdown rows, one a set: each figure of each encoder, and the last less the first with its interval."""
    sets = dict.fromkeys(name.partition(" | ")[0] for name in found[0])
    rows = [f"| set | n | {' | '.join(SHOWN)} | R@1 difference | nDCG@10 difference |"]
    rows.append("|---" * (len(SHOWN) + 4) + "|")
    for label in sets:
        count = len(found[0][f"{label} | R@1"])
        means = [" → ".join(f"{100 * np.mean(each[f'{label} | {key}']):.1f}" for each in found) for key in SHOWN]
        gains = [percent(found[-1][f"{label} | {key}"], found[0][f"{label} | {key}"]) for key in ("R@1", "nDCG@10")]
        rows.append(f"| {label} | {count} | {' | '.join(means + gains)} |")
    return rows


def percent(a: Sequence[float], b: Sequence[float]) -> str:
    """Mean of a less mean of b in points, with its 95 % bootstrap interval."""
    found = paired_bootstrap(a, b, resamples=5_000)
    return f"{100 * found.mean:+.1f} [{100 * found.low:+.1f}, {100 * found.high:+.1f}]"
