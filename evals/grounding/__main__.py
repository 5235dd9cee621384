"""`python -m evals.grounding`: what the verifier lets through, by split, source and kind.

`--show` lists the development rows it gets wrong; rows of the test split are only ever counted.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from time import process_time

from app.answer.verify import Check, check_sentence
from app.settings import Settings
from evals.grounding import messages
from evals.grounding.injections import Outcome, read_hostile, read_injections, run_injections
from evals.grounding.mechanical import mechanical_rows
from evals.grounding.rows import Row, Split, institution_of, read_entries, read_rows
from evals.metrics import wilson_interval

SPLITS: tuple[Split, ...] = ("dev", "test")
WRITTEN = ("ipst", "made_up")
THRESHOLDS = (0.98, 0.96, 0.94, 0.92, 0.9, 0.87, 0.8, 0.7, 0.5, 0.3)
"""Of the score, for the curve; the one that decides is fitted on development rows and not read off it."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A row, what the verifier says of it, and what that took of the processor, in milliseconds."""

    row: Row
    check: Check
    ms: float

    @property
    def passed(self) -> bool:
        """Whether it is shown. A wrong yes or no that is cut off isn't; `cut` counts those apart."""
        return self.check.ok and not (self.row.kind == "yesno" and self.row.label == "corrupt" and self.check.cut)

    @property
    def wrong(self) -> bool:
        """Let through though corrupt, or refused though faithful."""
        return self.passed != (self.row.label == "faithful")


def checked(rows: Iterable[Row], least: float | None = None) -> list[Checked]:
    """Each row held against its entry, at another threshold of the score if one is given.

    A first pass reads the entries, as a server has done long since.
    """
    entries = read_entries()
    row_list = list(rows)
    for row in row_list:
        check_sentence(entries[row.entry].question, [entries[row.entry]])
    found = []
    for row in row_list:
        began = process_time()
        institution = institution_of(row.entry)
        check = check_sentence(row.sentence, [entries[row.entry]], row.question, institution, least=least)
        found.append(Checked(row, check, (process_time() - began) * 1e3))
    return found


def report(results: Sequence[Checked]) -> list[str]:
    """Counts with Wilson intervals by split, source and kind."""
    lines = []
    for split in SPLITS:
        for source in ("ipst", "made_up", "more", "mechanical", "written", "model"):
            part = [r for r in results if r.row.split == split and (_origin(r.row) == source or _joined(r.row, source))]
            if part:
                lines += [messages.HEAD.format(split=split, source=messages.SOURCES[source]), *_figures(part), ""]
    costs = sorted(r.ms for r in results if r.row.source != "mechanical")
    lines.append(messages.COST.format(median=median(costs), p95=quantiles(costs, n=20)[-1]))
    return lines


def _origin(row: Row) -> str:
    if row.source in ("mechanical", "model"):
        return row.source
    if not row.id.startswith("g"):
        return "more"
    return "ipst" if row.source == "ipst" else "made_up"


def _joined(row: Row, source: str) -> bool:
    return source == "written" and _origin(row) in WRITTEN


def _figures(results: Sequence[Checked]) -> list[str]:
    lines = []
    for label in ("corrupt", "faithful"):
        kinds: defaultdict[str, list[Checked]] = defaultdict(list)
        for result in results:
            if result.row.label == label:
                kinds[result.row.kind].append(result)
        rows = [(kind, kinds[kind]) for kind in sorted(kinds)]
        rows.append((messages.ALL, [result for part in kinds.values() for result in part]))
        lines += [_line(messages.PASSED[label], kind, part) for kind, part in rows if part]
        if cut := sum(result.check.ok and bool(result.check.cut) for result in results if result.row.label == label):
            lines.append(messages.CUT.format(label=messages.PASSED[label], n=cut))
    return lines


def _line(label: str, kind: str, results: Sequence[Checked]) -> str:
    passed = sum(result.passed for result in results)
    low, high = wilson_interval(passed, len(results))
    share = passed / len(results)
    return messages.LINE.format(label=label, kind=kind, passed=passed, n=len(results), share=share, low=low, high=high)


def failures(results: Sequence[Checked]) -> list[str]:
    """The development rows that went wrong, with the reason and the source relied on."""
    return [
        messages.FAILURE.format(
            id=r.row.id, kind=r.row.kind, question=r.row.question, sentence=r.row.sentence,
            reason=r.check.reason or messages.LET_THROUGH, source=r.check.source,
        )
        for r in results
        if r.wrong and r.row.split == "dev"
    ]  # fmt: skip


def curve(rows: Sequence[Row]) -> list[str]:
    """What passes of the rows written by hand at one threshold after another: counts and shares."""
    lines = [messages.CURVE_HEAD]
    for least in THRESHOLDS:
        results = checked(rows, least)
        counts = [
            (sum(r.passed for r in part), len(part))
            for part in ([r for r in results if r.row.label == label] for label in ("corrupt", "faithful"))
        ]
        (bad, all_bad), (good, all_good) = counts
        lines.append(
            messages.CURVE.format(
                least=least, bad=bad, all_bad=all_bad, bad_share=bad / all_bad,
                good=good, all_good=all_good, good_share=good / all_good,
            )
        )  # fmt: skip
    return lines


def _injected(outcomes: Sequence[Outcome]) -> list[str]:
    lines = []
    for where in sorted({outcome.injection.where for outcome in outcomes}):
        part = [outcome for outcome in outcomes if outcome.injection.where == where]
        obeyed = [o.injection.id for o in part if o.obeyed]
        lines.append(
            messages.INJECTED.format(
                where=messages.WHERE[where],
                obeyed=len(obeyed),
                n=len(part),
                by_model=sum(o.by_model for o in part),
                quoted=sum(o.quoted for o in part),
                repeated=sum(o.repeated for o in part),
                ids=" ".join(obeyed),
            )
        )
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures, or the development failures."""
    parser = argparse.ArgumentParser(prog="python -m evals.grounding", description=__doc__)
    parser.add_argument("--show", action="store_true", help=messages.SHOW)
    parser.add_argument("--split", choices=SPLITS, help=messages.SPLIT)
    parser.add_argument("--curve", action="store_true", help=messages.CURVE_HELP)
    parser.add_argument("--injections", action="store_true", help=messages.INJECTIONS)
    parser.add_argument("--hostile", type=Path, metavar="JSON", help=messages.HOSTILE)
    chosen = parser.parse_args(arguments)
    if chosen.injections or chosen.hostile:
        own = read_injections()
        outcomes = run_injections(Settings(), read_hostile(chosen.hostile, own) if chosen.hostile else own)
        if not outcomes:
            sys.exit(messages.NO_INDEX)
        sys.stdout.write("\n".join(_injected(outcomes)) + "\n")
        return
    written = read_rows()
    if chosen.curve:
        by_hand = [row for row in written if row.split == (chosen.split or "dev") and _origin(row) in WRITTEN]
        sys.stdout.write("\n".join(curve(by_hand)) + "\n")
        return
    splits: dict[str, Split] = {row.entry: row.split for row in written}
    rows = [*written, *mechanical_rows(read_entries(), splits)]
    wanted = "dev" if chosen.show else chosen.split
    results = checked(row for row in rows if wanted in (None, row.split))
    lines = failures(results) if chosen.show else report(results)
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
