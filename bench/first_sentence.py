"""When the visitor reads the first verified sentence, over when the model has written it.

A model server that writes at a fixed rate says sentences of the FAQ itself. The same request goes to it
directly and through Guichet, in turn; both clocks run from the request to the first whole sentence.
"""

from __future__ import annotations

import http.client
import json
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from app.answer.chain import HUMAN, SYSTEM, as_data
from app.core.markdown import plain_text, split_blocks, split_sentences
from app.core.types import Entry
from app.settings import ROOT
from bench.server import Running, serving
from ingest.parse import parse_paths
from tests.fake_llm_server import FakeLlm, fake_llm, tokens

RATES = (20.0, 50.0)
"""Tokens a second: a small model on a few cores, and one on a graphics card under load."""

QUESTIONS = 15
MODEL = "faux"
MARK = " [1]."
SHORTEST = 60
"""Characters of a sentence that stands for an answer's first."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds to the model's own first sentence, and to the verified one; and the sentence's tokens."""

    own: float
    verified: float
    length: int


def measure() -> dict[float, list[Timing]]:
    """The timings of each rate."""
    with fake_llm() as llm:
        environment = {
            "GUICHET_LLM_BASE_URL": llm.base_url,
            "GUICHET_LLM_MODEL": MODEL,
            "GUICHET_LLM_TIMEOUT_S": "60",
            "GUICHET_RATE_LIMIT_PER_MINUTE": "0",
            "GUICHET_ENCODER_CACHE": "0",
            "GUICHET_STYLE": "generated",
        }
        command = ["-m", "app.cli", "serve", "--port", "{port}"]
        with serving(command, "/api/ready", **environment) as guichet:
            asked = list(_answerable(guichet, llm))
            return {rate: [_time(guichet, llm, entry, said, rate) for entry, said in asked] for rate in RATES}


def _answerable(guichet: Running, llm: FakeLlm) -> Iterator[tuple[Entry, str]]:
    """Entries with what the model will say: two plain sentences of theirs that the verifier lets through."""
    llm.tokens_per_s = None
    found = 0
    for entry in parse_paths([ROOT / "data" / "faq_fr.md"]).faq_entries:
        sentences = [
            plain_text(sentence).strip()
            for block in split_blocks(entry.answer_md)
            if block.kind == "paragraph" and "](" not in block.text and "<" not in block.text
            for sentence in split_sentences(block.text)
        ]
        plain = [sentence for sentence in sentences if len(sentence) >= SHORTEST and sentence.endswith(".")][:2]
        if len(plain) < 2:
            continue
        llm.says = said = " ".join(sentence[:-1] + MARK for sentence in plain)
        if _ask(guichet, entry.question).generator == MODEL:
            yield entry, said
            found += 1
        if found == QUESTIONS:
            return


def _time(guichet: Running, llm: FakeLlm, entry: Entry, said: str, rate: float) -> Timing:
    llm.says, llm.tokens_per_s = said, rate
    first = said.index(MARK) + len(MARK)
    own = _ask_model(llm, entry, first)
    return Timing(own, _ask(guichet, entry.question).first_s, len(tokens(said[:first])))


def _ask_model(llm: FakeLlm, entry: Entry, length: int) -> float:
    """Seconds until the model itself has written `length` characters."""
    given = {"mark": "0" * 16, "entries": as_data([entry]), "question": entry.question}
    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": HUMAN.format(**given)}]
    text = ""
    for seconds, event in _events(llm.base_url, "/v1/chat/completions", {"messages": messages, "stream": True}):
        if event != "[DONE]":
            text += json.loads(event)["choices"][0]["delta"].get("content", "")
        if len(text) >= length:
            return seconds
    raise RuntimeError("the model ended before its first sentence")


@dataclass(frozen=True, slots=True)
class _Told:
    first_s: float
    generator: str


def _ask(guichet: Running, question: str) -> _Told:
    """Seconds until the first delta of Guichet's stream, and who wrote the answer."""
    first, last = 0.0, "{}"
    for seconds, event in _events(guichet.base_url, "/api/chat", {"message": question}):
        first = first or (seconds if set(json.loads(event)) == {"text"} else 0.0)
        last = event
    return _Told(first, json.loads(last).get("generator", ""))


def _events(base_url: str, path: str, body: object) -> Iterator[tuple[float, str]]:
    """Each `data:` of an event stream with the seconds since the request."""
    connection = http.client.HTTPConnection(base_url.removeprefix("http://").removesuffix("/v1"), timeout=60)
    headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
    began = time.perf_counter()
    connection.request("POST", path, json.dumps(body), headers)
    response = connection.getresponse()
    if response.status != 200:
        raise RuntimeError(f"{response.status}: {response.read(200)!r}")
    while line := response.readline():
        if line.startswith(b"data: "):
            yield time.perf_counter() - began, line.removeprefix(b"data: ").decode().strip()
    connection.close()


def show(timings: dict[float, list[Timing]], out: Console) -> None:
    """One row a rate: medians, and the ratio of each question's two times."""
    table = Table("first sentence, one client", "tokens", "model s", "verified s", "ratio p50", "ratio max")
    for rate, taken in timings.items():
        ratios = [timing.verified / timing.own for timing in taken]
        table.add_row(
            f"{rate:g} tokens/s, {len(taken)} questions",
            f"{statistics.median(timing.length for timing in taken):.0f}",
            f"{statistics.median(timing.own for timing in taken):.3f}",
            f"{statistics.median(timing.verified for timing in taken):.3f}",
            f"{statistics.median(ratios):.3f}",
            f"{max(ratios):.3f}",
        )
    out.print(table)


if __name__ == "__main__":
    show(measure(), Console(width=120))
