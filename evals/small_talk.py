"""`python -m evals.small_talk`: what of unruly small talk is recognised, and what questions are taken for it.

Each example of app/answer/small_talk.tsv is asked with itself left out; then every development question. One row for
each pair of limits: the share of the examples without a rule that are recognised, and with the fitting outcome; how
many of the questions (of the FAQ, near it, far from it) would be taken for small talk.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from app.answer.exemplars import LEAD, LEAST, Likeness, examples, likeness
from app.answer.find import finder
from app.answer.smalltalk import reply_to
from app.core.french import clean
from app.search.retriever import HybridRetriever
from app.settings import Settings
from app.wiring import build_services
from evals.cases import load_cases
from evals.fit import CASES, IN_SCOPE, OUT_OF_SCOPE, measured

LEASTS = (LEAST - 0.1, LEAST - 0.05, LEAST, LEAST + 0.05)
LEADS = (LEAD - 0.04, LEAD - 0.02, LEAD, LEAD + 0.02)


def main() -> None:
    """Print the table."""
    services = build_services(Settings())
    services.live.refresh()
    retriever = measured(services.live.retriever())
    talk = list(_examples(retriever))
    find = finder(retriever)
    asked: list[tuple[str, Likeness | None]] = []
    for case in load_cases(CASES, split="dev"):
        if case.kind in (*IN_SCOPE, *OUT_OF_SCOPE) and reply_to(clean(case.question)) is None:
            kind = case.kind if case.kind in OUT_OF_SCOPE else "faq"
            asked.append((kind, likeness(find(clean(case.question)), retriever)))
    sys.stdout.write(f"{len(talk)} examples without a rule; {len(asked)} questions\n")
    sys.stdout.write("least  lead   recognised  fitting   faq  near  far\n")
    for least in LEASTS:
        for lead in LEADS:
            held = [(fits, one) for fits, one in talk if _holds(one, least, lead)]
            taken = [kind for kind, one in asked if _holds(one, least, lead)]
            fitting = sum(fits for fits, _ in held) / max(1, len(held))
            counts = "  ".join(f"{taken.count(kind):4d}" for kind in ("faq", "near", "far"))
            sys.stdout.write(f"{least:.2f}  {lead:5.2f}  {len(held) / len(talk):10.3f}  {fitting:7.3f}  {counts}\n")


def _examples(retriever: HybridRetriever) -> Iterator[tuple[bool, Likeness | None]]:
    """Each example that no rule knows, left out: whether the nearest other one has its outcome."""
    find = finder(retriever)
    for at, example in enumerate(examples()):
        if reply_to(clean(example.text)) is None:
            found = likeness(find(clean(example.text)), retriever, without=at)
            yield found is not None and found.example.outcome == example.outcome, found


def _holds(found: Likeness | None, least: float, lead: float) -> bool:
    return found is not None and found.nearness >= least and found.lead >= lead


if __name__ == "__main__":
    main()
