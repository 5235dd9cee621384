"""Who does what: persons and bodies play the part that the source gives them, and nothing is swapped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from app.answer.verify.align import Alignment, Support
from app.answer.verify.clauses import Clause, verb_at, verb_forms
from app.answer.verify.lexicon import verbs
from app.answer.verify.sources import SourceUnit
from app.answer.verify.tables import word_set
from app.answer.verify.tokens import Token, is_agent

Role = Literal["agent", "patient", "recipient", "other"]

_SAME: dict[Role, set[Role]] = {"patient": {"patient", "recipient"}, "recipient": {"patient", "recipient"}}
"""Parts that another verb turns into each other: "appelez le gardien", "téléphonez au gardien"."""
_BY = frozenset(["par"])
_PRONOUNS = frozenset(["il", "elle", "ils", "elles"])
_TO = frozenset(["a", "au", "aux", "aupres", "chez", "vers"])
_LINKS = word_set("links")
_PASSIVE = frozenset(["est", "sont", "sera", "seront", "etre", "ete", "soit", "soient"])
_DONE = ("é", "és", "ée", "ées", "i", "is", "ie", "ies", "u", "us", "ue", "ues", "it", "its", "ite", "ites",
         "ert", "erts", "erte", "ertes")  # fmt: skip
"""How past participles end."""
_DUTY_OF = frozenset(["appartient", "incombe", "revient"])


def wrong_role(alignment: Alignment) -> str:
    """A person or body that does in the claim what is done to it, or by another, in the source."""
    for support in alignment.supports:
        if _takes_over(support):
            return "« nous » ne fait pas cela dans la source"
        if speaker := _speaks_for_another(support, alignment):
            return f"« {speaker} » ne fait pas cela dans la source"
        for at, role in _roles(support.clause):
            token = support.clause.tokens[at]
            by = at > 0 and support.clause.tokens[at - 1].folded == "par"
            if by and not token.keys & support.unit.keys and not _stands_for(support.unit, token):
                return f"« {token.written} » ne fait pas cela dans la source"
            given = _given([support.unit], token) or _given(alignment.source.units, token)
            if given and role != "other" and "other" not in given and not _SAME.get(role, {role}) & given:
                return f"« {token.written} » ne tient pas ce rôle dans la source"
            if role == "recipient" and _another_receives(token, support):
                return f"« {token.written} » n’est pas à qui s’adresser dans la source"
            if role == "agent" and _another_does(token, support, own=bool(token.keys & alignment.own)):
                return f"« {token.written} » ne fait pas cela dans la source"
    return _swapped(alignment)


def _takes_over(support: Support) -> bool:
    """Whether the claim says of the institution what the source tells the visitor to do."""
    home = _home(support)
    if home is None or not any(token.folded == "nous" for token in support.clause.tokens[:2]):
        return False
    return home.tokens[0].folded.endswith("ez") and not any(token.folded == "nous" for token in home.tokens)


def _speaks_for_another(support: Support, alignment: Alignment) -> str:
    """The institution's name where the source says who else it is that does this; "" elsewhere."""
    content = support.clause.content
    if not content or not content[0].keys & alignment.own or content[0].keys & support.unit.keys:
        return ""
    home = _home(support)
    if home is None:
        return ""
    doers = _doers(support.unit, support.unit.clauses.index(home))
    return content[0].written if any(not token.keys & support.clause.keys for token in doers) else ""


def _given(units: Sequence[SourceUnit], token: Token) -> set[Role]:
    """The parts that a person or body plays in these units."""
    found: set[Role] = set()
    for unit in units:
        for at, clause in enumerate(unit.clauses):
            found.update(role for place, role in _roles(clause) if clause.tokens[place].keys & token.keys)
            if clause.relative and any(doer.keys & token.keys for doer in _doers(unit, at)):
                found.add("agent")
        if _stands_for(unit, token):
            found.add("agent")
    return found


def _roles(clause: Clause) -> Iterator[tuple[int, Role]]:
    """The places of persons and bodies in a clause, with their parts."""
    tokens = clause.tokens
    verb = verb_at(tokens)
    for at, token in enumerate(tokens):
        if _is_agent(token):
            yield at, _role(tokens, at, verb)


def _stands_for(unit: SourceUnit, token: Token) -> bool:
    """Whether a pronoun of this sentence can only mean that person or body of the sentence before."""
    if not any(clause.tokens[0].folded in _PRONOUNS for clause in unit.clauses):
        return False
    named = [other for clause in unit.before for other in clause.tokens if _is_agent(other)]
    return bool(named) and all(other.keys & token.keys for other in named)


def _is_agent(token: Token) -> bool:
    return token.kind == "content" and is_agent(token)


def _role(tokens: Sequence[Token], at: int, verb: int | None) -> Role:
    before = at - 1
    while before >= 0 and (tokens[before].folded in _LINKS or tokens[before].folded.endswith("ement")):
        before -= 1
    link = tokens[before].folded if before >= 0 else ""
    if link in _BY:
        return "agent"
    if link in _TO:
        duty = any(token.folded in _DUTY_OF for token in tokens[:before]) or [t.folded for t in tokens[:before]][
            -2:
        ] == ["ce", "est"]
        return "agent" if duty else "recipient"
    if before >= 0 and tokens[before].folded in verbs():
        return "patient"
    if verb is None or (before >= 0 and tokens[before].kind == "function" and before != verb and link != "que"):
        return "other"
    passive = any(
        token.folded in _PASSIVE and after.written.lower().endswith(_DONE)
        for token, after in zip(tokens[verb : verb + 4], tokens[verb + 1 : verb + 5], strict=False)
    )
    if at < verb:
        return "other" if before >= 0 else "patient" if passive else "agent"
    return "patient" if before in (verb, verb + 1) and not passive else "other"


def _another_receives(token: Token, support: Support) -> bool:
    """Whether the source clause that says the same names others to turn to."""
    others = [t for t in support.clause.content if not t.named and not is_agent(t)]
    shares = [(sum(bool(t.keys & o.keys) for t in others for o in c.tokens), c) for c in support.unit.clauses]
    best = max((share for share, _ in shares), default=0)
    if not best:
        return False
    said = support.clause.keys
    for home in (clause for share, clause in shares if share == best):
        named = [home.tokens[at] for at, role in _roles(home) if role == "recipient"]
        if not named or token.keys & home.keys or any(other.keys & said for other in named):
            return False
    return True


def _another_does(token: Token, support: Support, *, own: bool) -> bool:
    """Whether the source clause nearest to the claim's names another doer; `own` is the institution itself."""
    others = [t for t in support.clause.content if not t.named and not t.keys & token.keys]
    scored = [
        (sum(bool(t.keys & o.keys) for t in others for o in clause.tokens), at)
        for at, clause in enumerate(support.unit.clauses)
    ]
    best = max((score for score, _ in scored), default=0)
    if best < 1:
        return False
    nearest = [at for score, at in scored if score == best]
    if all(_orders(support.unit.clauses[at]) for at in nearest):
        return True
    doers = [_doers(support.unit, at) for at in nearest]
    if (
        not any(doers)
        and all(is_passive(support.unit.clauses[at]) for at in nearest)
        and not is_passive(support.clause)
    ):
        return not own
    named = [row for row in doers if row]
    return bool(named) and all(not any(token.keys & doer.keys for doer in row) for row in named)


def is_passive(clause: Clause, auxiliaries: frozenset[str] = _PASSIVE) -> bool:
    """Whether a clause says what is done without an active verb: "est adressé"."""
    return any(
        token.folded in auxiliaries
        and any(after.written.lower().split()[0].endswith(_DONE) for after in clause.tokens[at + 1 : at + 4])
        for at, token in enumerate(clause.tokens)
    )


def _orders(clause: Clause) -> bool:
    """Whether a clause tells the visitor to do something: "Signalez-le"."""
    first = clause.tokens[0]
    return first.kind in ("content", "light") and first.folded.endswith("ez") and first.folded in verb_forms()


def _doers(unit: SourceUnit, at: int) -> list[Token]:
    """Who acts in a source clause; the antecedent of a relative one."""
    clause = unit.clauses[at]
    row = [clause.tokens[place] for place, role in _roles(clause) if role == "agent"]
    if not row and at and not clause.relative and verb_at(clause.tokens) in (0, 1):
        return _doers(unit, at - 1)
    if not row and clause.relative and at:
        before = [token for token in unit.clauses[at - 1].tokens if _is_agent(token)]
        return before[-3:]
    return row


def _swapped(alignment: Alignment) -> str:
    """Two clauses of the claim that have exchanged a word of the source."""
    rows = [(s, _home(s, 1)) for s in alignment.supports if s.clause.content]
    for at, (first, home) in enumerate(rows):
        for second, other in rows[at + 1 :]:
            if home is None or other is None or home is other:
                continue
            gone = _strays(first.clause, home, other)
            come = _strays(second.clause, other, home)
            if gone and come:
                return f"« {gone} » et « {come} » ont changé de place"
    return ""


def _home(support: Support, least: int = 2) -> Clause | None:
    """The source clause that shares most with the claim's, at least so many words."""
    scored = [(sum(bool(t.keys & o.keys) for t in support.clause.content for o in clause.tokens), -at, clause)
              for at, clause in enumerate(support.unit.clauses)]  # fmt: skip
    score, _, clause = max(scored, key=lambda row: row[:2], default=(0, 0, None))
    return clause if score >= least else None


def _strays(clause: Clause, home: Clause, other: Clause) -> str:
    own = frozenset().union(*(token.keys for token in home.tokens))
    foreign = frozenset().union(*(token.keys for token in other.tokens))
    return next((t.written for t in clause.content if t.keys & foreign and not t.keys & own), "")
