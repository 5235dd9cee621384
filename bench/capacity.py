"""What a core carries, worked out from the processor time that an answer costs (docs/capacity.md)."""

from __future__ import annotations

import argparse
import json
import re

from app.settings import ROOT

PAGE = ROOT / "docs" / "capacity.md"
FIGURES = ROOT / "docs" / "figures" / "bench.json"
_FIGURES = re.compile(r"(?<=<!-- figures -->\n).*(?=<!-- /figures -->)", re.DOTALL)
CLIENTS = 8
"""Of the load whose processor time counts: busy, not overrun."""


def table(utilisation: float = 0.5, peak: float = 0.15, questions: float = 2.5) -> list[str]:
    """Lines of Markdown: a row a system."""
    bench = json.loads(FIGURES.read_text())
    head = ["one core", "CPU ms an answer", "questions/s at most", "planned", "questions a day", "visitors a day"]
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    for row in bench["systems"]:
        load = next(load for load in row["load"] if load["clients"] == CLIENTS)
        each = load["server_cpu_s"] / max(1, load["answered"]) * 1e3
        most = 1e3 / max(each, 1e-9)
        planned = most * utilisation
        day = planned * 3600 / peak
        cells = [row["name"], f"{each:.1f}", f"{most:.0f}", f"{planned:.0f}", f"{day:,.0f}", f"{day / questions:,.0f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def write() -> None:
    """Put the table into the page."""
    told = "\n".join(["", *table(), "", ""])
    PAGE.write_text(_FIGURES.sub(lambda _: told, PAGE.read_text()))


def main() -> None:
    """Print the table for other assumptions."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--utilisation", type=float, default=0.5)
    arguments.add_argument("--peak", type=float, default=0.15, help="share of a day's questions in its busiest hour")
    arguments.add_argument("--questions", type=float, default=2.5, help="a visitor asks")
    given = arguments.parse_args()
    print("\n".join(table(given.utilisation, given.peak, given.questions)))


if __name__ == "__main__":
    main()
