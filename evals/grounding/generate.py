"""`python -m evals.grounding.generate OUT.jsonl`: what the configured model writes for the bench's entries.

Each entry gets one of its questions and, every third time, also a question of another entry of its FAQ: what a
model makes of the wrong entry. The model is the one that GUICHET_LLM_BASE_URL and GUICHET_LLM_MODEL name, the prompt
the product's own. Sentences come one a line, unlabelled; a person labels them (evals/grounding/model.jsonl).
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from app.answer.chain import ChainGenerator
from app.answer.server_model import ServerModel
from app.answer.verify import without_marks
from app.core.errors import GenerationFailed
from app.core.markdown import split_sentences
from app.settings import Settings
from evals.grounding.rows import Split, read_entries, read_rows

SEED = 7
EVERY = 3
"""One question in so many is put to a wrong entry too."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the entry that the model is given, and whether that is the one it was written for."""

    entry: str
    question: str
    right: bool
    split: Split


def questions() -> list[Asked]:
    """One question for each entry of the bench, and wrong entries among them, in a fixed random order."""
    chance = random.Random(SEED)  # noqa: S311 (reproducible, no secret)
    by_entry: dict[str, list[str]] = {}
    splits: dict[str, Split] = {}
    for row in read_rows():
        by_entry.setdefault(row.entry, []).append(row.question)
        splits[row.entry] = row.split
    names = sorted(by_entry)
    found = []
    for at, name in enumerate(names):
        found.append(Asked(name, chance.choice(by_entry[name]), right=True, split=splits[name]))
        if at % EVERY == 0:
            others = [o for o in names if o != name and _faq(o) == _faq(name) and splits[o] == splits[name]]
            found.append(Asked(name, chance.choice(by_entry[chance.choice(others)]), right=False, split=splits[name]))
    chance.shuffle(found)
    return found


def _faq(name: str) -> str:
    return name.split("/")[0] if "/" in name else ""


async def write(out: Path) -> None:
    """Ask the model each question not yet in `out`, and add its sentences there as they come."""
    settings, entries = Settings(), read_entries()
    model = ServerModel(
        base_url=settings.llm_base_url or "",
        model=settings.llm_model or "",
        api_key=settings.llm_api_key,
        timeout_s=settings.llm_timeout_s,
        max_tokens=settings.llm_max_tokens,
    )
    chain = ChainGenerator(model)
    done = {(row["entry"], row["question"]) for row in _written(out)}
    for asked in questions():
        if (asked.entry, asked.question) in done:
            continue
        text = ""
        try:
            async for piece in chain.stream(asked.question, [entries[asked.entry]]):
                text += piece
        except GenerationFailed:
            text = text.rsplit(".", 1)[0] + "." if "." in text else ""
        with out.open("ab") as file:
            for sentence in _sentences(text):
                row = {"entry": asked.entry, "question": asked.question, "right": asked.right,
                       "split": asked.split, "sentence": sentence}  # fmt: skip
                file.write(orjson.dumps(row) + b"\n")
    await chain.aclose()


def _written(out: Path) -> Iterator[dict[str, str]]:
    if out.exists():
        yield from (orjson.loads(line) for line in out.read_bytes().splitlines())


def _sentences(text: str) -> Iterator[str]:
    for line in text.splitlines():
        for sentence in split_sentences(line):
            if bare := without_marks(sentence).strip():
                yield bare


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1])))
