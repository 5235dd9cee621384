"""Fit the chances of readings in context on the development questions: `python -m evals.fit_context`.

Three L2-regularised logistic regressions (see evals/fit.py for how their strength is chosen): whether the
entry found for a part of a message answers a part of it, and whether the one found for a message in a
conversation, alone or together with what came before, answers what is meant. Written
cases are few, so that others are made of the single questions: two of them in one message, and one after
another, on something else, to be understood as if nothing had come before. What the known gaps name is
asked about as a follow-up, too. The numbers go to app/answer/chances.json.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path

import orjson

from app.answer import parts
from app.answer.clauses import Part, joints, split
from app.answer.conversation import features_alone, features_together, read_after, stands_alone
from app.answer.find import Find, Found, finder
from app.core.french import clean
from app.search.retriever import HybridRetriever
from app.search.versions import write_atomically
from app.settings import ROOT, Settings
from app.wiring import build_services
from evals.cases import OUT_OF_SCOPE_KINDS, Case, load_cases
from evals.fit import CASES, measured
from evals.fitting import Sample, fit_scope
from evals.run import SINGLE

OUTPUT = ROOT / "app" / "answer" / "chances.json"
WRITTEN, TOLD = 4.0, 8.0
"""Weights of a written case of several questions, and of a written conversation; one made of others weighs 1.
Questions put after one another by chance are rarer in a conversation than those that go on with it."""
PAIRS = 400
"""Messages made of two questions."""
JOINED = ("{first} {second}", "{first} Et {second}", "{plain}, et {second}", "{plain} et {second}")
NAMED = ("et pour {topic} ?", "et {topic} ?")
UNANSWERED = 250.0
"""Weight of the follow-ups about known gaps together, however many gaps there are."""
SEED = 7


def pairs(cases: Sequence[Case], rng: random.Random) -> Iterator[tuple[str, frozenset[str]]]:
    """Messages of two questions, a sixth of them with one that the FAQ doesn't answer, and what answers them."""
    answerable = [case for case in cases if case.kind in SINGLE]
    others = [case for case in cases if case.kind in OUT_OF_SCOPE_KINDS]
    for at, form in zip(range(PAIRS), cycle(JOINED)):
        two = [rng.choice(answerable), rng.choice(others if at % 6 == 0 else answerable)]
        rng.shuffle(two)
        first, second = (clean(case.question) for case in two)
        message = form.format(first=first, plain=first.rstrip(" ?!."), second=_lower(second))
        yield message, frozenset(two[0].entries + two[1].entries)


def part_samples(find: Find, cases: Sequence[Case]) -> list[Sample]:
    """Every part of every message that has several, or might."""
    found: list[Sample] = []
    for message, right, weight in messages(cases):
        whole = find(message)
        for cut in _cuts(whole):
            for part in cut:
                for text in part.readings:
                    one = find(text)
                    inputs = parts.features(part, one, whole)
                    share = weight / len(part.readings)
                    found.append(Sample(inputs, one.entry_id in right, min(right, default=message), share))
    return found


def messages(cases: Sequence[Case]) -> Iterator[tuple[str, frozenset[str], float]]:
    """Messages with the entries that answer them and their weight."""
    for case in cases:
        if case.kind in ("multi", *SINGLE, *OUT_OF_SCOPE_KINDS):
            yield clean(case.question), frozenset(case.entries), WRITTEN if case.kind == "multi" else 1.0
    for message, right in pairs(cases, _dice()):
        yield message, right, 1.0


def _cuts(whole: Found) -> Iterator[tuple[Part, ...]]:
    message = whole.retrieval.reading.text
    cut = split(message)
    if len(cut) > 1:
        yield cut
    elif not whole.answers:
        yield from joints(message)


def conversations(retriever: HybridRetriever, cases: Sequence[Case]) -> Iterator[tuple[Case, tuple[str, ...], float]]:
    """Messages with what was said before them, and their weight."""
    rng = _dice()
    topics = [case for case in cases if case.kind in SINGLE and case.kind not in ("sms", "typo")]
    for case in cases:
        if case.kind == "followup":
            yield case, case.history, TOLD
        elif case.kind in (*SINGLE, *OUT_OF_SCOPE_KINDS):
            before = rng.choice([topic for topic in topics if not set(topic.entries) & set(case.entries)])
            yield case, (before.question,), 1.0
    gaps = retriever.index.gaps.gaps if retriever.index.gaps else ()
    for gap in gaps:
        for form in NAMED:
            question = form.format(topic=_lower(gap.topic))
            case = Case("", question, "near", (), (), gap.topic, "dev")
            yield case, (rng.choice(topics).question,), UNANSWERED / (len(gaps) * len(NAMED))


def conversation_samples(retriever: HybridRetriever, find: Find, cases: Sequence[Case]) -> tuple[list[Sample], ...]:
    """Every message that may lean on what was said: read alone, and read together."""
    alone, together = [], []
    for case, history, weight in conversations(retriever, cases):
        found = find(clean(case.question))
        if stands_alone(found):
            continue
        read = read_after(found, history, find)
        if read is None:
            continue
        group = min(case.entries, default=case.topic + history[0])
        alone.append(Sample(features_alone(read), found.entry_id in case.entries, group, weight))
        together += [
            Sample(features_together(read, other), other.entry_id in case.entries, group, weight / len(read.together))
            for other in read.together
        ]
    return alone, together


def _dice() -> random.Random:
    return random.Random(SEED)  # noqa: S311 - no secret, and the same every time


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def main(output: Path = OUTPUT) -> None:
    """Fit on the live index and write chances.json."""
    services = build_services(Settings())
    services.live.refresh()
    retriever = measured(services.live.retriever())
    find = finder(retriever)
    cases = load_cases(CASES, split="dev")
    alone, together = conversation_samples(retriever, find, cases)
    value: dict[str, object] = {"command": "python -m evals.fit_context"}
    for name, samples in {"part": part_samples(find, cases), "alone": alone, "combined": together}.items():
        model, loss = fit_scope(samples, tuple(samples[0].features))
        value[name] = {
            "samples": len(samples),
            "cross_validated_log_loss": round(loss, 4),
            **model,
        }
    content = orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n"
    write_atomically(output, content)
    sys.stdout.write(content.decode())


if __name__ == "__main__":
    main()
