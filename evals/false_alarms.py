"""`python -m evals.false_alarms`: how often the gate cries wolf when nothing but the seed of the faults has changed."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from app.logs import configure_logging
from evals.backend import Wanted
from evals.cases import load_cases
from evals.gate import read_gate
from evals.kept import Run
from evals.places import CASES, GATE
from evals.session import evaluate, judge, quiet

MOST = 1
"""False alarms that may be among twenty seeds."""


def alarms(runs: Path, seeds: int, sample: int | None = None) -> list[tuple[str, ...]]:
    """What the gate says of each seed, against a run with a seed of its own: () each time, were it never wrong."""
    known = load_cases(CASES)
    cases = [case for case in known if case.split == "test"][:sample]
    limits = () if sample else read_gate(GATE)  # set for all of the test questions
    baseline: Run | None = None
    found = []
    for seed in range(seeds + 1):
        wanted = Wanted("test", jobs=2, seed=1_000 + seed, perturb=True)
        measured = evaluate(wanted, cases, known, runs, None, quiet, what_ifs=False)
        if baseline is None:
            baseline = measured.run
            continue
        judged = judge(measured, baseline, limits, ())
        found.append(tuple(breach.detail for breach in judged.broke))
        sys.stdout.write(f"{1_000 + seed}: {'; '.join(found[-1]) or '–'}\n")
        sys.stdout.flush()
    return found


def main() -> None:
    """Count and print; exit with 1 beyond one in twenty."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--sample", type=int, default=None, help="put only so many questions, without limits")
    given = parser.parse_args()
    configure_logging("critical")
    with TemporaryDirectory(prefix="guichet-alarms-") as folder:
        found = alarms(Path(folder), given.seeds, given.sample)
    wrong = sum(map(bool, found))
    sys.stdout.write(f"{wrong} false alarms in {len(found)} runs\n")
    sys.exit(0 if wrong <= MOST * max(1, len(found) // 20) else 1)


if __name__ == "__main__":
    main()
