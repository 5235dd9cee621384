"""Comparing encoders: what each finds in a dataset, what noise costs it, and what it costs to run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from app.encoders import PACKAGED, open_encoder, packaged_folder
from evals.metrics import Difference, paired_bootstrap
from evals.noise import KINDS
from evals.retrieval import FUSION, Dataset, Encodes, Figures, embed, measure, separated

SEED = 7
WARM_UP, TIMED = 20, 200
QUERY = "Comment puis-je m'inscrire à une formation ?"
RESIDENT = """
import sys
from app.encoders import open_encoder
open_encoder(sys.argv[1]).encode_queries([sys.argv[2]])
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmRSS")))
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one encoder found: figures by way of ranking, and by kind of noise in the way of fusion."""

    found: Mapping[str, Figures]
    noised: Mapping[str, Figures]
    separations: Sequence[float] = ()
    """AUROC of each dataset that holds questions without an answer."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What it takes to run an encoder; None where this machine can't tell."""

    megabytes: float | None
    p50_ms: float
    resident_mb: float | None


def measure_all(encoder: Encodes, datasets: Sequence[Dataset], *, with_noise: bool) -> Measured:
    """Every figure of one encoder over the queries of all datasets, each ranked among its own entries."""
    found: dict[str, Figures] = {}
    noised: dict[str, Figures] = {}
    separations = []
    for dataset in datasets:
        views = embed(encoder, dataset)
        for way, figures in measure(encoder, dataset, views).items():
            _extend(found, way, figures)
        if (separation := separated(encoder, dataset, views)) is not None:
            separations.append(separation)
        for name, noise in KINDS.items() if with_noise else ():
            _extend(noised, name, measure(encoder, dataset.noised(noise, SEED), views)[FUSION])
    return Measured(found, noised, separations)


def _extend(pooled: dict[str, Figures], name: str, figures: Figures) -> None:
    own = pooled.setdefault(name, {measure: [] for measure in figures})
    for key, values in figures.items():
        own[key] += values


def costs(spec: str) -> Costs:
    """Size on disk, median time of one query on one thread, memory of a process that holds the encoder alone."""
    folder = packaged_folder() if spec == PACKAGED else Path(spec)
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6 if folder.is_dir() else None
    # The packaged encoder remembers questions: each is asked once.
    encoder = open_encoder(spec, threads=1, cache_size=0)
    times = []
    for _ in range(WARM_UP + TIMED):
        start = perf_counter()
        encoder.encode_queries([QUERY])
        times.append(1e3 * (perf_counter() - start))
    return Costs(size, median(times[WARM_UP:]), _resident(spec))


def _resident(spec: str) -> float | None:
    if not Path("/proc/self/status").exists():
        return None
    command = [sys.executable, "-c", RESIDENT, spec, QUERY]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout) / 1024


def interval(values: Sequence[float]) -> Difference:
    """Mean of a measure with its bootstrap interval over the queries."""
    return paired_bootstrap(values, [0.0] * len(values))


def gain(first: Figures, other: Figures, name: str) -> Difference:
    """How much `other` is better than `first`, over the same queries."""
    return paired_bootstrap(other[name], first[name])
