"""`python -m bench.way`: where the time of a served question goes, from one hand to the next.

One client asks development questions of a server in another process; both read the same clock. Quantiles are of the
spans between two moments: on a machine with other work the tenth in a hundred says what a span costs, the median what
waiting adds. `--serve PORT` is the server's half, with a mark at each moment.
"""

from __future__ import annotations

import argparse
import functools
import statistics
import sys
import tempfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from app.settings import ROOT
from bench.run import poster
from bench.server import serving
from evals.cases import load_cases

QUESTIONS, ROUNDS = 150, 5
MOMENTS = ("sent", "received", "middleware", "assistant", "handed over", "begun", "embedding", "embedded", "back",
           "found", "answered", "got")  # fmt: skip
BESIDE = ("embedding", "under way", "words", "read")
"""What the event loop does while the pass runs: it is woken, sees whether it is small talk, works out the words."""
ENVIRONMENT = {"GUICHET_RATE_LIMIT_PER_MINUTE": "0", "GUICHET_ENCODER_CACHE": "0", "GUICHET_STYLE": "verbatim"}

out = Console(width=110)


def marked(owner: Any, method: str, before: str = "", after: str = "") -> None:
    """Note when a method is called and when it has returned; the first time counts."""
    original: Callable[..., Any] = getattr(owner, method)

    @functools.wraps(original)
    def call(*given: Any, **named: Any) -> Any:
        _moments.setdefault(before, perf_counter())
        try:
            return original(*given, **named)
        finally:
            _moments.setdefault(after, perf_counter())

    setattr(owner, method, call)


def marked_async(owner: type, method: str, before: str = "", after: str = "") -> None:
    """The same for a coroutine."""
    original: Callable[..., Any] = getattr(owner, method)

    @functools.wraps(original)
    async def call(*given: Any, **named: Any) -> Any:
        _moments.setdefault(before, perf_counter())
        try:
            return await original(*given, **named)
        finally:
            _moments.setdefault(after, perf_counter())

    setattr(owner, method, call)


_moments: dict[str, float] = {}


def serve(port: int, kept: Path) -> None:
    """`guichet serve` with its moments written to a file, one line a request."""
    from app import cli
    from app.answer.ahead import Ahead
    from app.answer.assistant import Assistant, _Way
    from app.encoders import onnx
    from app.search.retriever import HybridRetriever
    from app.web.connections import GuardedProtocol
    from app.web.requests import RequestsMiddleware

    received = GuardedProtocol.data_received

    def data_received(self: GuardedProtocol, data: bytes) -> None:
        if _moments:
            with kept.open("ab") as file:
                file.write(orjson.dumps(_moments) + b"\n")
        _moments.clear()
        _moments["received"] = perf_counter()
        received(self, data)

    GuardedProtocol.data_received = data_received  # type: ignore[method-assign]
    marked_async(RequestsMiddleware, "__call__", before="middleware")
    marked_async(Assistant, "answer", before="assistant", after="answered")
    marked_async(Ahead, "begin", before="handed over", after="under way")
    marked_async(Ahead, "arrive", before="words", after="back")
    marked(HybridRetriever, "embed_alone", before="begun")
    marked(HybridRetriever, "prepare", after="read")
    marked(onnx, "_pass", before="embedding", after="embedded")
    marked(_Way, "search_apart", after="found")
    sys.argv = ["guichet", "serve", "--port", str(port)]
    cli.main()


def ask(rounds: int, questions: int) -> list[dict[str, float]]:
    """The moments of each question that was searched."""
    cases = load_cases(ROOT / "evals" / "cases", split="dev")
    asked = [case.question for case in cases if case.in_scope and not case.history][:questions]
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "moments.jsonl"
        environment = {**ENVIRONMENT, "GUICHET_DATABASE_URL": f"sqlite:///{folder}/bench.db"}
        command = ["-m", "bench.way", "--serve", "{port}", "--kept", str(kept)]
        with serving(command, "/api/ready", **environment) as server:
            post = poster(server, "/api/chat")
            for question in asked:
                post(question)
            kept.unlink(missing_ok=True)
            post(asked[0])
            ours = []
            for question in asked * rounds:
                sent = perf_counter()
                post(question)
                ours.append({"sent": sent, "got": perf_counter()})
            post(asked[0])
        theirs = [orjson.loads(line) for line in kept.read_bytes().splitlines()]
    found = [mine | theirs[at - len(ours) :][0] for at, mine in enumerate(ours)]
    return [each for each in found if set(MOMENTS) <= set(each)]


def show(found: list[dict[str, float]]) -> None:
    """Spans between moments, in ms."""
    table = Table("from", "to", "10 %", "25 %", "50 %", title=f"{len(found)} questions, ms")
    for one, other in [*pairwise(MOMENTS), ("sent", "got"), *pairwise(BESIDE)]:
        spans = statistics.quantiles([(each[other] - each[one]) * 1e3 for each in found], n=20)
        table.add_row(one, other, *(f"{spans[at]:.2f}" for at in (1, 4, 9)))
    out.print(table)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", type=int, help="be the server on this port")
    parser.add_argument("--kept", type=Path, help="where the server writes its moments")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    given = parser.parse_args()
    if given.serve is not None:
        serve(given.serve, given.kept)
    else:
        show(ask(given.rounds, given.questions))


if __name__ == "__main__":
    main()
