"""What speaks for and against a claim, as numbers: the rules' verdicts and what they weigh.

A rule that fails is strong evidence on sentences like those it was written for and weak on others; how much of the
claim the source holds, what of the source is left out, and which limits differ speak on any. `score.py` weighs them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import pairwise

from app.answer.verify.align import FIXED, Alignment
from app.answer.verify.blends import blended
from app.answer.verify.clauses import Clause
from app.answer.verify.conditions import dropped_condition
from app.answer.verify.figures import impossible_figure, mismatched_figures, unsupported_figure
from app.answer.verify.lexicon import verbs
from app.answer.verify.near import turned_round
from app.answer.verify.polarity import NAMES, unlicensed_marker, wrong_force, wrong_sign
from app.answer.verify.rivals import contrasted, rival_figure, within_exception
from app.answer.verify.roles import wrong_role
from app.answer.verify.sources import Keys
from app.answer.verify.thesaurus import thesaurus
from app.answer.verify.tokens import Token, is_agent
from app.answer.verify.vectors import distances

Rule = Callable[[Alignment], str]
RULES: tuple[Rule, ...] = (
    unsupported_figure, impossible_figure, mismatched_figures, rival_figure, within_exception, contrasted,
    wrong_role, blended, wrong_sign, turned_round, wrong_force, unlicensed_marker, dropped_condition,
)  # fmt: skip
"""In the order in which a failing one is told as the reason."""
_ASSERTED = 0.4
"""Share of a source clause's words from which on the claim is about what it says."""
_MAY = frozenset(["peut", "peuvent", "pourra", "pourront", "pourrait"])
_VISITOR = frozenset(["vous", "on", "je", "nous", "se", "s", "etre"])
_KINDS = ("named", "number", "address", "fixed", "agent", "soft", "verb", "other")


def evidence(alignment: Alignment, verdicts: Sequence[str], missing: str) -> Mapping[str, float]:
    """The features of a claim by name; `verdicts` are those of RULES, `missing` that of the words."""
    values: dict[str, float] = {
        f"fails_{rule.__name__}": bool(verdict) for rule, verdict in zip(RULES, verdicts, strict=True)
    }
    values["fails_words"] = bool(missing)
    values["failed"] = sum(values.values())
    tokens = [token for support in alignment.supports for token in support.clause.tokens]
    content = [token for support in alignment.supports for token in support.clause.content]
    said = frozenset[str]().union(*(token.keys for token in tokens))
    asserted = [clause for unit in alignment.units for clause in unit.clauses if _is_asserted(clause, said)]
    values |= _uncarried(alignment, content)
    values |= _left_out(alignment, asserted, said)
    values |= _limits(alignment, asserted)
    values |= _order(alignment, content)
    values |= _nearness(alignment, content, asserted, said)
    values["reordered"] = values["turned"] * (not values["lacks"]) * (not values["left"])
    values["agents_turned"] = _agents_turned(alignment)
    values["others_may"] = _others_may(alignment, asserted)
    values["clauses"] = len(alignment.supports)
    values["situations"] = sum(support.situation for support in alignment.supports)
    values["asked"] = sum(bool(token.keys & alignment.asked) for token in content) / max(1, len(content))
    values["figures"] = sum(token.kind == "number" for token in content)
    return {name: float(value) for name, value in values.items()}


def _is_asserted(clause: Clause, said: Keys) -> bool:
    content = clause.content
    return bool(content) and sum(bool(t.keys & said) for t in content) >= _ASSERTED * len(content)


def _uncarried(alignment: Alignment, content: Sequence[Token]) -> dict[str, float]:
    """What of the claim the source sentences lack, by kind of word."""
    lacking = [token for support in alignment.supports for token in support.missing]
    kinds = [_kind(token) for token in lacking]
    values: dict[str, float] = {f"lacks_{kind}": kinds.count(kind) for kind in _KINDS}
    values["words"] = len(content)
    values["lacks"] = len(lacking)
    values["lacks_asked"] = sum(bool(token.keys & alignment.asked) for token in lacking)
    values["covered"] = 1 - len(lacking) / max(1, len(content))
    return values


def _kind(token: Token) -> str:
    if token.kind in ("address", "number"):
        return token.kind
    if token.named:
        return "named"
    if token.keys & FIXED:
        return "fixed"
    if is_agent(token):
        return "agent"
    if token.soft:
        return "soft"
    return "verb" if token.folded in thesaurus().by_form or token.folded in _infinitives() else "other"


@cache
def _infinitives() -> frozenset[str]:
    return frozenset(verbs())


def _left_out(alignment: Alignment, asserted: Sequence[Clause], said: Keys) -> dict[str, float]:
    """What of the source clauses that the claim is about it doesn't say."""
    known = said | alignment.source.topic
    words = [token for clause in asserted for token in clause.content]
    left = [token for token in words if not token.keys & known]
    whole = [token for unit in alignment.units for clause in unit.clauses for token in clause.content]
    return {
        "left": len(left),
        "left_numbers": sum(token.kind == "number" for token in left),
        "left_fixed": sum(bool(token.keys & FIXED) for token in left),
        "left_agents": sum(token.kind == "content" and is_agent(token) for token in left),
        "left_soft": sum(token.soft for token in left),
        "left_asked": sum(bool(token.keys & alignment.asked) for token in left),
        "left_share": len(left) / max(1, len(words)),
        "source_words": len(whole),
        "source_covered": sum(bool(token.keys & said) for token in whole) / max(1, len(whole)),
        "units": len(alignment.units),
    }


def _limits(alignment: Alignment, asserted: Sequence[Clause]) -> dict[str, float]:
    """Limits and negations that one side has and the other hasn't: 1 where the claim adds it, -1 where it drops it."""
    claimed = frozenset[str]().union(*(support.clause.markers for support in alignment.supports))
    given = frozenset[str]().union(*(unit.markers for unit in alignment.units))
    near = frozenset[str]().union(*(clause.markers for clause in asserted))
    values: dict[str, float] = {}
    for name in NAMES:
        values[f"adds_{name}"] = (name in claimed) - (name in given)
        values[f"differs_{name}"] = (name in claimed) - (name in near)
    denied = sum(support.clause.sign < 0 for support in alignment.supports)
    there = sum(clause.sign < 0 for clause in asserted)
    values |= {"denies": denied, "source_denies": there, "denies_more": denied - there, "odd": (denied + there) % 2}
    values["sentence_denies"] = sum(clause.sign < 0 for unit in alignment.units for clause in unit.clauses)
    return values


def _agents_turned(alignment: Alignment) -> int:
    """Pairs of persons or bodies that stand in one clause of each side, the other way round."""
    count = 0
    for support in alignment.supports:
        named = [token for token in support.clause.content if token.kind == "content" and is_agent(token)]
        for one, other in pairwise(named):
            for clause in (clause for unit in alignment.units for clause in unit.clauses):
                first = [at for at, token in enumerate(clause.content) if token.keys & one.keys]
                second = [at for at, token in enumerate(clause.content) if token.keys & other.keys]
                count += bool(first and second and min(second) < min(first) and max(second) < max(first))
    return count


def _others_may(alignment: Alignment, asserted: Sequence[Clause]) -> int:
    """Clauses in which somebody but the visitor "peut", where the source says that it is so."""
    near = frozenset[str]().union(*(clause.markers for clause in asserted))
    return sum(
        "may" in s.clause.markers
        and "may" not in near
        and any(token.folded in _MAY for token in s.clause.tokens)
        and not any(token.folded in _VISITOR for token in s.clause.tokens)
        for s in alignment.supports
    )


def _nearness(
    alignment: Alignment, content: Sequence[Token], asserted: Sequence[Clause], said: Keys
) -> dict[str, float]:
    """How far the claim's words are from the source's, and the source's that are left out from the claim's."""
    lacking = [token.folded for s in alignment.supports for token in s.missing if token.kind == "content"]
    claimed = [token.folded for token in content if token.kind == "content"]
    entry = [token.folded for token in alignment.source.words]
    clauses = [clause for unit in alignment.units for clause in unit.clauses]
    row = [token for clause in clauses for token in clause.content if token.kind == "content"]
    known = said | alignment.source.topic
    left = [t.folded for c in asserted for t in c.content if t.kind == "content" and not t.keys & known]
    unused = [token.folded for token in row if not token.keys & said]
    far, there = distances(lacking, entry), distances(lacking, unused)
    whole = distances(claimed, [token.folded for token in row])
    return {
        "far": sum(far),
        "farthest": max(far, default=0.0),
        "far_unused": sum(there),
        "farthest_unused": max(there, default=0.0),
        "claim_far": sum(whole) / max(1, len(whole)),
        "claim_farthest": max(whole, default=0.0),
        "left_far": sum(distances(left, claimed)),
    }


def _order(alignment: Alignment, content: Sequence[Token]) -> dict[str, float]:
    """How far the claim's words stand in the source's order, and close together."""
    row = [token for unit in alignment.units for clause in unit.clauses for token in clause.content]
    places = [
        at for at in (next((p for p, o in enumerate(row) if o.keys & token.keys), -1) for token in content) if at >= 0
    ]
    pairs = [(one, other) for at, one in enumerate(places) for other in places[at + 1 :]]
    steps = [other - one for one, other in pairwise(places)]
    return {
        "turned": sum(one > other for one, other in pairs) / max(1, len(pairs)),
        "back": sum(step < 0 for step in steps) / max(1, len(steps)),
        "step": sum(map(abs, steps)) / max(1, len(steps)),
        "leap": max(map(abs, steps), default=0),
    }
