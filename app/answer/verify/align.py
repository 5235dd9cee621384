"""Which sentences of an entry carry a claim, clause by clause."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from app.answer.verify.clauses import Clause, verb_at
from app.answer.verify.lexicon import agent_groups, agents, stemmed
from app.answer.verify.sources import Keys, SourceText, SourceUnit, keys_in
from app.answer.verify.tables import word_set
from app.answer.verify.tokens import Token, is_agent
from app.core.folding import fold

MOST_UNITS = 2
"""Source sentences that one claim may merge."""

MOST_QUOTED = 3
"""Source sentences that follow each other and that one claim may quote."""
LEAST_HELD = 2
"""Words of a clause that one unit must hold before the clause may take another from a second one."""
DATES = frozenset(stemmed(word) for word in word_set("dates"))
"""Stems of days and months."""
FIXED = DATES | frozenset(stemmed(word) for word in word_set("measures"))
"""Stems of what is said of one thing and not of its neighbour."""
SWEEPING = frozenset(["all", "only", "free"])
"""Classes of markers.tsv whose reach must be one source sentence's."""
SPOKEN = 0.5
"""Share of a refused claim's words that the source sentences must hold to stand in for it."""
WORTH = 1.5
"""Words in common that a second source sentence must bring to be relied on."""
WORDS_A_SOFT_ONE = 2
"""Words of meaning that the source must hold for each word of soft.tsv that it doesn't."""

_MONEY = "~euro"
_COSTING = frozenset(["~payer", "~frais"])
"""What an amount of money says by itself: "coûte 3 euros", "se paie 3 euros"."""
_SITUATION = frozenset(["comme", "puisque", "si", "venant", "habitant"])
_FAMILY = word_set("family")
_HEADS = word_set("situations")
_BEING = frozenset(["etant", "ayant"])


@dataclass(frozen=True, slots=True)
class Support:
    """A clause of the claim and the unit that carries it; what of it nobody carries."""

    clause: Clause
    unit: SourceUnit
    missing: tuple[Token, ...]
    situation: bool = False


@dataclass(frozen=True, slots=True)
class Alignment:
    """A claim laid over an entry."""

    source: SourceText
    supports: tuple[Support, ...]
    asked: Keys = frozenset()
    """Keys of the visitor's question."""
    own: Keys = frozenset()
    """Keys of the institution's name."""

    @property
    def units(self) -> tuple[SourceUnit, ...]:
        """The units relied on, in the entry's order."""
        used = {id(support.unit): support.unit for support in self.supports}
        return tuple(unit for unit in self.source.units if id(unit) in used)

    @property
    def missing(self) -> tuple[Token, ...]:
        """What of the claim the entry doesn't hold; verbs only where there are too many."""
        row = [token for support in self.supports for token in support.missing]
        held = sum(len(support.clause.content) for support in self.supports) - len(row)
        hard = tuple(token for token in row if not token.soft)
        return hard or (tuple(row) if _hard(row, held) else ())

    @property
    def own_words(self) -> str:
        """The source sentences as the entry has them; "" when the claim has too little to do with them."""
        content = [token for support in self.supports for token in support.clause.content]
        if not content or len(content) - len(self.missing) < SPOKEN * len(content):
            return ""
        return " ".join(unit.markdown for unit in self.units if unit.markdown)

    def quotes(self, claim: str) -> bool:
        """Whether a claim is one of the source sentences, or several that follow each other, word for word."""
        words = _bare(claim)
        texts = [_bare(unit.text) for unit in self.source.units if unit.markdown]
        runs = (" ".join(texts[at:end]) for at in range(len(texts)) for end in range(at + 1, at + 1 + MOST_QUOTED))
        return any(words == run for run in runs)

    @property
    def text(self) -> str:
        """The source sentences relied on."""
        return " ".join(unit.text for unit in self.units)


def _bare(text: str) -> str:
    return " ".join(fold(text).split()).replace(". ", " ").rstrip(" .;:")


def align(clauses: Sequence[Clause], source: SourceText, asked: Keys, own: Keys = frozenset()) -> Alignment | None:
    """The units that leave the least of the claim uncarried; None for an entry without text.

    `asked` are the keys of the visitor's question: a clause that only tells their situation may name them.
    `own` are the keys of the institution's name: an entry needn't say who speaks.
    """
    if not source.units or not clauses:
        return None
    situations = [_tells_situation(clauses, at) for at in range(len(clauses))]
    groups = _groups(clauses, situations)
    table = [
        [
            tuple(t for at in group for t in _missing(clauses[at], unit, source, asked, situations[at], own))
            for unit in source.units
        ]
        for group in groups
    ]
    shared = [[sum(_overlap(clauses[at], unit) for at in group) for unit in source.units] for group in groups]
    chosen = _cheapest(table, shared, source.units)
    supports = []
    for place, group in enumerate(groups):
        unit = _carrier(table[place], shared[place], chosen)
        lacking = _unborrowed(table[place][unit], shared[place][unit], [source.units[u] for u in chosen])
        if any(clauses[at].markers & SWEEPING for at in group):
            lacking = table[place][unit]
        for at in group:
            mine = tuple(token for token in lacking if token in clauses[at].content or _part_of(token, clauses[at]))
            supports.append(Support(clauses[at], source.units[unit], mine, situations[at]))
    return Alignment(source, tuple(supports), asked, own)


Missing = tuple[Token, ...]


def _cheapest(table: list[list[Missing]], shared: list[list[int]], units: Sequence[SourceUnit]) -> tuple[int, ...]:
    """The units that leave the least uncarried; the fewer, and the nearer, the better."""
    best: tuple[tuple[int, int, float], tuple[int, ...]] | None = None
    for size in range(1, MOST_UNITS + 1):
        for chosen in combinations(range(len(units)), size):
            hard = soft = overlap = 0
            held = [units[u] for u in chosen]
            for row, near in zip(table, shared, strict=True):
                unit = _carrier(row, near, chosen)
                lacking = _unborrowed(row[unit], near[unit], held)
                softer = sum(token.soft for token in lacking)
                hard, soft, overlap = hard + len(lacking) - softer, soft + softer, overlap + near[unit]
            rank = (hard, soft, WORTH * size - overlap)
            if best is None or rank < best[0]:
                best = (rank, chosen)
    assert best is not None
    return best[1]


def _carrier(row: list[Missing], near: list[int], chosen: Sequence[int]) -> int:
    return min(chosen, key=lambda u: (_weight(row[u]), -near[u]))


def _unborrowed(lacking: Missing, held: int, units: Sequence[SourceUnit]) -> Missing:
    """What is lacking still when a clause well carried by one unit takes a word from another of those used."""
    if not lacking or len(units) < MOST_UNITS or held < LEAST_HELD:
        return lacking
    return tuple(t for t in lacking if not (_may_move(t) and any(t.keys & unit.keys for unit in units)))


def _may_move(token: Token) -> bool:
    return token.kind == "content" and not is_agent(token) and not token.keys & FIXED


def _part_of(token: Token, clause: Clause) -> bool:
    return any(token in other.parts for other in clause.content)


def _groups(clauses: Sequence[Clause], situations: Sequence[bool]) -> list[list[int]]:
    """Clauses to be carried by one unit: a bare adjunct ("le jeudi") goes with what it hangs from."""
    groups: list[list[int]] = []
    waiting: list[int] = []
    for at, clause in enumerate(clauses):
        bare = not clause.sign and not situations[at] and len(clause.content) < 2
        if bare and groups and not situations[groups[-1][-1]]:
            groups[-1].append(at)
        elif bare and at + 1 < len(clauses):
            waiting.append(at)
        else:
            groups.append([*waiting, at])
            waiting = []
    return [*groups, waiting] if waiting else groups


def _missing(
    clause: Clause, unit: SourceUnit, source: SourceText, asked: Keys, situation: bool, own: Keys
) -> tuple[Token, ...]:
    held = unit.held
    priced = any(token.kind == "number" for token in clause.tokens) and _MONEY in keys_in((clause,)) & held
    lacking: list[Token] = []
    for token in clause.content:
        for part in _parts(token, held):
            if _meant(part) & held:
                continue
            if part.kind == "content" and not is_agent(part) and part.keys & source.topic:
                continue
            if part.folded in _FAMILY and part.keys & asked:
                continue
            if (
                part.kind == "content"
                and part.keys & own
                and token in clause.content[:2]
                and (token is clause.content[0] or _acts(token, clause))
            ):
                continue
            if priced and part.keys & _COSTING and part.kind == "content":
                continue
            if situation and part.kind == "content" and (part.soft or part.keys & asked):
                continue
            if situation and part.kind == "number" and part.keys & asked:
                continue
            lacking.append(part)
    return tuple(lacking)


def _meant(token: Token) -> Keys:
    """What must stand in the source: a person is no activity that shares the stem ("enseignant", "enseignement")."""
    if token.named or token.folded not in agents():
        return token.keys
    return frozenset(key for key in token.keys if key[0] == "@" or key in agent_groups())


def _acts(token: Token, clause: Clause) -> bool:
    """Whether a verb follows a word at once: "que la régie vous répond"."""
    at, verb = clause.tokens.index(token), verb_at(clause.tokens)
    return verb is not None and 0 < verb - at <= 2


def _parts(token: Token, held: Keys) -> tuple[Token, ...]:
    """An expression as a whole where the source has it, else word by word."""
    return (token,) if token.keys & held or " " not in token.folded else token.parts


def _hard(missing: Iterable[Token], held: int) -> int:
    """How much is lacking beyond the verbs that a claim of this length may reword."""
    row = list(missing)
    soft = sum(token.soft for token in row)
    return len(row) - soft + max(0, soft - held // WORDS_A_SOFT_ONE)


def _weight(missing: tuple[Token, ...]) -> tuple[int, int]:
    soft = sum(token.soft for token in missing)
    return len(missing) - soft, soft


def _overlap(clause: Clause, unit: SourceUnit) -> int:
    return sum(bool(token.keys & unit.keys) for token in clause.content) + len(clause.markers & unit.markers)


def _tells_situation(clauses: Sequence[Clause], at: int) -> bool:
    """Whether a clause only says whom the claim is for: "Si vous habitez Tarbes, …"."""
    count, first = len(clauses), clauses[at].tokens[0]
    if count == 1:
        return False
    if first.folded in _BEING and at == 1 and count > 2:
        return True
    if at == 0 and clauses[1].tokens[0].folded in _BEING:
        return True
    return first.folded in _SITUATION or (at == 0 and (first.folded in _HEADS or "if" in first.markers))
