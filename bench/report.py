"""docs/bench.md and its plot, made from the figures that `make bench` and `make bench-scale` keep."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

from rich.console import Group
from rich.table import Table

from app.settings import ROOT
from bench import capacity

FIGURES = ROOT / "docs" / "figures"
PAGE = ROOT / "docs" / "bench.md"
PLOT = "bench.svg"
RUN = (
    "{cores} cores, {load:.0f} processes wanting them before the run; one bare encoder pass {p50:.1f} ms "
    "(p95 {p95:.1f}) between the other calls; packaged encoder {encoder_mb:.0f} MB; a first ingest of the 49 entries "
    "takes {ingest_s:.0f} s. Same model, FAQ, machine and run for all. *CPU ms*: the server's processor time for one "
    "answer, which a busy machine distorts less than the clock."
)
MADE_UP = (
    "Made-up FAQs (bench/made_up.py). *embed*: extrapolated, the number of passages times the processor time of one "
    "over the cores; *index*: all the rest of an ingest, measured, and its processor time; *build*: the most "
    "memory that an ingest took. *recall*: of the ten passages truly nearest to a real question, those looked at. "
    "*same first*, *same ten*: the hybrid search against one over everything. *CPU*: processor time "
    "added to the pass, also as a share of the pass's own: read that where other work makes both dearer."
)
Row = list[str]


def keep(figures: dict[str, Any]) -> None:
    """Write the figures of `make bench`, and the page and plot made of all there are."""
    FIGURES.mkdir(exist_ok=True)
    for row in [*figures["systems"], figures]:
        for name in ("chat", "search", "encoder_ms"):
            if name in row:
                row[name] = {"p50": statistics.median(row[name]), "p95": statistics.quantiles(row[name], n=20)[-1]}
    (FIGURES / "bench.json").write_text(json.dumps(figures, indent=2) + "\n")
    write()


def read() -> dict[str, Any]:
    """All figures that are kept; `scale` is [] before `make bench-scale`."""
    bench, scale = FIGURES / "bench.json", FIGURES / "scale.json"
    return {
        "bench": json.loads(bench.read_text()) if bench.exists() else None,
        "scale": json.loads(scale.read_text()) if scale.exists() else [],
    }


def latency(bench: dict[str, Any]) -> tuple[Row, list[Row]]:
    """Head and rows: a system each, and how many times Guichet's own it takes."""
    head = ["one client", "chat p50 ms", "p95", "search p50 ms", "p95", "chat / encoder pass", "ready s", "memory MB"]
    mine = bench["systems"][0]
    rows = []
    for row in bench["systems"]:
        times = lambda value, own, row=row: "" if row is mine else f" ({value / own:.1f}×)"  # noqa: E731
        rows.append(
            [
                row["name"],
                f"{row['chat']['p50']:.1f}{times(row['chat']['p50'], mine['chat']['p50'])}",
                f"{row['chat']['p95']:.1f}",
                f"{row['search']['p50']:.1f}{times(row['search']['p50'], mine['search']['p50'])}",
                f"{row['search']['p95']:.1f}",
                f"{row['alone']:.2f}",
                f"{row['ready_s']:.1f}{times(row['ready_s'], mine['ready_s'])}",
                f"{row['resident_mb']:.0f}{times(row['resident_mb'], mine['resident_mb'])}",
            ]
        )
    return head, rows


def throughput(bench: dict[str, Any]) -> tuple[Row, list[Row]]:
    """Head and rows: a number of clients each, answers a second by system, and the generator's share."""
    systems = bench["systems"]
    head = [
        "clients",
        *(f"{row['name']}, answers/s" for row in systems),
        "CPU ms an answer",
        "Guichet p95 ms",
        "refused",
        "generator's CPU",
    ]
    rows = []
    for each in zip(*(row["load"] for row in systems), strict=True):
        rates = [load["answered"] / load["seconds"] for load in each]
        own = each[0]["own_cpu_s"] / max(1e-9, each[0]["own_cpu_s"] + each[0]["server_cpu_s"])
        others = [f"{rate:.0f} (Guichet {rates[0] / max(rate, 1e-9):.1f}×)" for rate in rates[1:]]
        cpu = " / ".join(f"{load['server_cpu_s'] / max(1, load['answered']) * 1e3:.1f}" for load in each)
        told = [cpu, f"{each[0]['p95_ms']:.0f}", str(each[0]["refused"]), f"{own:.0%}"]
        rows.append([str(each[0]["clients"]), f"{rates[0]:.0f}", *others, *told])
    return head, rows


def sizes(scale: list[dict[str, Any]]) -> tuple[Row, list[Row]]:
    """Head and rows: a made-up FAQ each."""
    head = [
        "entries", "passages", "load average", "index", "recall", "embed s", "index s", "its CPU s", "build MB",
        "disk MB", "open s", "memory MB",
        "search adds ms: p50", "p95", "CPU", "of a pass's", "same first entry", "same ten",
    ]  # fmt: skip
    rows = [
        [
            f"{row['entries']:,}", f"{row['passages']:,}", f"{row['load']:.0f}",
            f"{row['type']} {row['effort'] or ''}".strip(),
            f"{row['recall']:.3f}", f"{row['embed_s']:.0f}", f"{row['index_s']:.0f}", f"{row['index_cpu']:.0f}",
            f"{row['build_mb']:.0f}", f"{row['disk_mb']:.0f}",
            f"{row['open_s']:.1f}", f"{row['resident_mb']:.0f}", f"{row['search_p50']:.1f}",
            f"{row['search_p95']:.1f}", f"{row['search_cpu']:.1f}", f"{row['search_cpu'] / row['encode_cpu']:.0%}",
            f"{row['same_first']:.2f}",
            f"{row['same_ten']:.3f}",
        ]
        for row in scale
    ]  # fmt: skip
    return head, rows


def parts(figures: dict[str, Any]) -> list[tuple[Row, list[Row]]]:
    """The tables that there are figures for."""
    found = [latency(figures["bench"]), throughput(figures["bench"])] if figures["bench"] else []
    return [*found, sizes(figures["scale"])] if figures["scale"] else found


def tables(figures: dict[str, Any]) -> Group:
    """For the terminal."""
    made = []
    for head, rows in parts(figures):
        table = Table(*head)
        for row in rows:
            table.add_row(*row)
        made.append(table)
    return Group(*made)


def write() -> None:
    """Write the page and the plot."""
    figures = read()
    bench = figures["bench"]
    lines = ["# Measured", "", "Made by `make bench` and `make bench-scale`; do not edit (bench/report.py).", ""]
    if bench:
        encoder = bench["encoder_ms"]
        told = RUN.format(p50=encoder["p50"], p95=encoder["p95"], **bench)
        lines += [told, ""]
    for head, rows in parts(figures):
        lines += ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
        lines += ["| " + " | ".join(row) + " |" for row in rows] + [""]
    if figures["scale"]:
        lines += [MADE_UP, ""]
    if bench and plot(bench, FIGURES / PLOT):
        lines += [f"![Throughput and latency by number of clients](figures/{PLOT})", ""]
    PAGE.write_text("\n".join(lines).rstrip() + "\n")
    if bench:
        capacity.write()


def plot(bench: dict[str, Any], path: Path) -> bool:
    """Answers a second and p95 by number of clients; False without matplotlib."""
    try:
        import matplotlib as mpl
    except ImportError:
        return False
    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "guichet"
    from matplotlib import pyplot

    figure, (rates, waits) = pyplot.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    for row in bench["systems"]:
        clients = [load["clients"] for load in row["load"]]
        rates.plot(clients, [load["answered"] / load["seconds"] for load in row["load"]], marker="o", label=row["name"])
        waits.plot(clients, [load["p95_ms"] for load in row["load"]], marker="o", label=row["name"])
    for axes, title in ((rates, "answers a second"), (waits, "p95, ms")):
        axes.set(xscale="log", xlabel="clients", title=title)
        axes.set_ylim(bottom=0)
        axes.minorticks_off()
        axes.set_xticks(clients, [str(each) for each in clients])
        axes.grid(alpha=0.3)
    rates.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
    return True


if __name__ == "__main__":
    write()
