"""How much is lost when a question is badly written: each perturbation by name, seeded question by question."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from evals import noise
from evals.cases import IN_SCOPE_KINDS, OUT_OF_SCOPE_KINDS, Case
from evals.noise import Noise
from evals.records import Ask

PERTURBATIONS: Mapping[str, Noise] = {
    "no_accents": noise.no_accents,
    "typos": noise.typos,
    "doubled_letters": noise.doubled_letters,
    "dropped_letters": noise.dropped_letters,
    "by_sound": noise.by_sound,
    "sms": noise.sms,
    "upper": noise.upper,
    "no_punctuation": noise.no_punctuation,
    "politeness": noise.politeness,
    "greeting": noise.greeting,
    "aside": noise.aside,
}
LONGEST = 1000
"""Characters a question may have; a longer perturbed one is cut."""


def perturbed(cases: Sequence[Case], name: str, seed: int) -> list[Ask]:
    """The cases that stand to lose from noise, each perturbed; same seed, same text, whatever the other cases are."""
    disturb = PERTURBATIONS[name]
    return [
        Ask(case, disturb(case.question, random.Random(f"{seed}/{name}/{case.id}"))[:LONGEST], 1, name)  # noqa: S311
        for case in cases
        if case.kind in IN_SCOPE_KINDS + OUT_OF_SCOPE_KINDS
    ]
