"""`make bench`: Guichet against the floor and against the reference pipeline, in the same run."""

from __future__ import annotations

import http.client
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.encoders import open_encoder, packaged_folder
from app.settings import ROOT
from bench import first_sentence
from bench.server import Running, serving
from evals.cases import load_cases

QUESTIONS = 300
"""Different questions asked of each system, after WARM_UP."""
WARM_UP = 20
ENVIRONMENT = {
    "GUICHET_RATE_LIMIT_PER_MINUTE": "0",
    "GUICHET_ENCODER_CACHE": "0",
    "GUICHET_STYLE": "verbatim",
}
"""No limit, no cached vectors: every question costs its full price."""

out = Console(width=120)


@dataclass(frozen=True, slots=True)
class Row:
    """Latencies in ms of the floor and of a system, taken in turn; the ratio of the medians when each
    is measured alone; and what the process cost.
    """

    name: str
    floor: list[float]
    taken: list[float]
    alone: float
    ready_s: float
    resident_mb: float


def main() -> None:
    """Measure and print."""
    questions = [c.question for c in load_cases(ROOT / "evals" / "cases") if c.in_scope and not c.history][:QUESTIONS]
    encode = open_encoder("packaged", threads=1, cache_size=0)

    def one_pass(question: str) -> object:
        return encode.encode_queries([question])

    rows: list[Row] = []
    for name, command, ready, path in systems():
        with serving(command, ready, **ENVIRONMENT) as server:
            post = poster(server, path)
            floor, taken = paired(one_pass, post, questions)
            alone = statistics.median(in_a_row(post, questions)) / statistics.median(in_a_row(one_pass, questions))
            rows.append(Row(name, floor, taken, alone, server.ready_s, server.resident_mb()))
    show(rows)
    first_sentence.show(first_sentence.measure(), out)


def systems() -> list[tuple[str, list[str], str, str]]:
    """Name, command, readiness path and chat path of what is measured."""
    found = [
        ("Guichet, composed", ["-m", "app.cli", "serve", "--port", "{port}"], "/api/ready", "/api/chat"),
    ]
    model = reference_folder()
    if model:
        reference = ["-m", "bench.reference", "{port}", str(model)]
        found.append(("LangChain + FAISS + sentence-transformers", reference, "/ready", "/chat"))
    return found


def paired(
    floor: Callable[[str], object], call: Callable[[str], object], questions: list[str]
) -> tuple[list[float], list[float]]:
    """Milliseconds of both calls for each question, in turn: whatever else runs hits both alike."""
    for question in questions[:WARM_UP]:
        floor(question)
        call(question)
    pairs = [(milliseconds(floor, question), milliseconds(call, question)) for question in questions]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def in_a_row(call: Callable[[str], object], questions: list[str]) -> list[float]:
    """Milliseconds of a call, nothing else in between: caches stay warm, which flatters the bare pass most."""
    return [milliseconds(call, question) for question in questions]


def milliseconds(call: Callable[[str], object], question: str) -> float:
    """Duration of one call."""
    began = time.perf_counter()
    call(question)
    return (time.perf_counter() - began) * 1e3


def poster(server: Running, path: str) -> Callable[[str], bytes]:
    """Posts a question over one kept-alive connection."""
    connection = http.client.HTTPConnection(server.base_url.removeprefix("http://"))

    def post(question: str) -> bytes:
        body = json.dumps({"message": question})
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        content = response.read()
        if response.status != 200:
            raise RuntimeError(f"{response.status}: {content[:200]!r}")
        return content

    return post


def reference_folder() -> Path | None:
    """The same model as a sentence-transformers folder; `make encoder` leaves it there."""
    folder = ROOT / "models" / "work" / "sentence-transformers"
    return folder if (folder / "modules.json").exists() else None


def show(rows: list[Row]) -> None:
    """A table with the ratios to the floor of the same run."""
    table = Table(
        "POST of a question, one client", "p50 ms", "p95 ms", "encoder p50 ms", "ratio", "ratio alone", "ready s", "MB"
    )
    for row in rows:
        p50, floor = statistics.median(row.taken), statistics.median(row.floor)
        p95 = statistics.quantiles(row.taken, n=20)[-1]
        cells = (p50, p95, floor, p50 / floor, row.alone, row.ready_s)
        table.add_row(row.name, *(f"{value:.2f}" for value in cells), f"{row.resident_mb:.0f}")
    out.print(table)
    size = sum(file.stat().st_size for file in packaged_folder().iterdir()) / 1e6
    out.print(f"{QUESTIONS} questions; packaged encoder on disk: {size:.1f} MB")


if __name__ == "__main__":
    main()
