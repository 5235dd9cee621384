"""`make bench`: Guichet against the floor and against the reference pipeline, in the same run."""

from __future__ import annotations

import http.client
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.encoders import open_encoder, packaged_folder
from app.settings import ROOT
from bench.server import Running, serving
from evals.cases import load_cases

QUESTIONS = 300
"""Different questions asked of each system, after WARM_UP."""
WARM_UP = 20
out = Console(width=110)


def main() -> None:
    """Measure and print."""
    questions = [c.question for c in load_cases(ROOT / "evals" / "cases") if c.in_scope][:QUESTIONS]
    encode = open_encoder("packaged", threads=1, cache_size=0)
    floor = latencies(lambda q: encode.encode_queries([q]), questions)
    rows: list[tuple[str, list[float], Running | None, float]] = [("one encoder pass", floor, None, 0.0)]
    with serving(
        ["-m", "app.cli", "serve", "--port", "{port}"],
        "/api/ready",
        GUICHET_RATE_LIMIT_PER_MINUTE="0",
        GUICHET_ENCODER_CACHE="0",
        GUICHET_STYLE="verbatim",
    ) as guichet:
        post = poster(guichet, "/api/chat")
        chat = latencies(post, questions)
        rows.append(("Guichet: POST /api/chat, composed", chat, guichet, guichet.resident_mb()))
    again = latencies(lambda q: encode.encode_queries([q]), questions)
    reference_model = reference_folder()
    if reference_model:
        with serving(["-m", "bench.reference", "{port}", str(reference_model)], "/ready") as reference:
            posted = latencies(poster(reference, "/chat"), questions)
            rows.append(
                ("LangChain + FAISS + sentence-transformers", posted, reference, reference.resident_mb())
            )
    show(rows, statistics.median(floor + again))


def latencies(call: Callable[[str], object], questions: list[str]) -> list[float]:
    """Milliseconds of each call, one after the other."""
    for question in questions[:WARM_UP]:
        call(question)
    taken = []
    for question in questions:
        began = time.perf_counter()
        call(question)
        taken.append((time.perf_counter() - began) * 1e3)
    return taken


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


def show(rows: list[tuple[str, list[float], Running | None, float]], floor: float) -> None:
    """A table with ratios to the floor."""
    table = Table("what", "p50 ms", "p95 ms", "p50 / floor", "ready s", "resident MB")
    for name, taken, server, resident in rows:
        p50, p95 = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
        started = (f"{server.ready_s:.2f}", f"{resident:.0f}") if server else ("", "")
        table.add_row(name, f"{p50:.2f}", f"{p95:.2f}", f"{p50 / floor:.2f}", *started)
    out.print(table)
    size = sum(f.stat().st_size for f in packaged_folder().iterdir()) / 1e6
    out.print(f"packaged encoder on disk: {size:.1f} MB")


if __name__ == "__main__":
    main()
