"""The question set: what visitors may ask, and what a right answer rests on.

One JSON object a line in evals/cases/*.jsonl. Splits go by entry and, for
questions the FAQ does not answer, by topic, so that nothing fitted on "dev" has
seen an entry or a topic of "test".
"""

from __future__ import annotations

import codecs
import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Literal, get_args

from app.core.errors import BadSource
from app.core.french import fold, words
from evals.facts import fault

Split = Literal["dev", "test"]
InScopeKind = Literal["paraphrase", "situation", "keyword", "typo", "sms", "formal", "multi", "followup"]
OutOfScopeKind = Literal["near", "far"]
OtherKind = Literal["smalltalk", "handoff", "attack"]
Kind = InScopeKind | OutOfScopeKind | OtherKind

SPLITS: tuple[str, ...] = get_args(Split)
IN_SCOPE_KINDS: tuple[str, ...] = get_args(InScopeKind)
OUT_OF_SCOPE_KINDS: tuple[str, ...] = get_args(OutOfScopeKind)
OTHER_KINDS: tuple[str, ...] = get_args(OtherKind)
KINDS = IN_SCOPE_KINDS + OUT_OF_SCOPE_KINDS + OTHER_KINDS


@dataclass(frozen=True, slots=True)
class Case:
    """A question with what is expected of its answer.

    `entries` are all the entries that rightly answer it (each half of a "multi"
    question has its own); empty when the FAQ doesn't answer. `facts` are regular
    expressions, tried without regard to case, that a right answer's text matches,
    all of them. `topic` groups the out-of-scope questions; of a "multi" question it
    may say that the FAQ answers it "partly", of a "followup" that its topic is "new"
    and what was said before must not weigh on it, or that it is "unanswered": it goes
    on with what was said, and the FAQ doesn't. `history` holds the messages that
    a "followup" comes after, oldest first; a line without it has none.
    """

    id: str
    question: str
    kind: Kind
    entries: tuple[str, ...]
    facts: tuple[str, ...]
    topic: str
    split: Split
    history: tuple[str, ...] = ()

    @property
    def in_scope(self) -> bool:
        """Whether the FAQ answers the question."""
        return bool(self.entries)


LONGEST_LINE = 64 * 1024
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_FIELDS = tuple(field.name for field in fields(Case))
_REQUIRED = tuple(field.name for field in fields(Case) if field.default is MISSING)
_LISTS = ("entries", "facts", "history")
UNANSWERED = "unanswered"
"""Marks a follow-up that the FAQ doesn't answer: without entries, whatever came before has one."""
_MARKS = {"multi": ("partly",), "followup": ("new", UNANSWERED)}
"""What `topic` may say beside a topic's name: no topic, so free to occur in both splits."""
_CHOICES = {"kind": KINDS, "split": SPLITS}


def load_cases(folder: Path, split: Split | None = None, kinds: Collection[Kind] | None = None) -> tuple[Case, ...]:
    """The cases of `folder`, in the order of file names and lines.

    `split` and `kinds` keep only those. Raises BadSource, with file, line and
    mend, on the first line that isn't a case, and when there is no file at all.
    """
    _known("split", () if split is None else (split,), SPLITS)
    _known("kind", kinds or (), KINDS)
    paths = sorted(folder.glob("*.jsonl"))
    if not paths:
        raise BadSource(folder, None, "aucun fichier .jsonl", mend="Indiquez le dossier evals/cases.")
    return tuple(
        case
        for path in paths
        for case in read_cases(path)
        if (split is None or case.split == split) and (kinds is None or case.kind in kinds)
    )


def _known(name: str, given: Iterable[str], choices: Sequence[str]) -> None:
    """Raise ValueError rather than let a misspelt filter select nothing."""
    if unknown := sorted(set(given) - set(choices)):
        raise ValueError(f"unknown {name}: {', '.join(unknown)} (one of {', '.join(choices)})")


def read_cases(path: Path) -> Iterator[Case]:
    """The cases of one file. Raises BadSource as `load_cases` does."""
    try:
        data = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    except OSError as error:
        reason = f"fichier illisible ({error.strerror})"
        raise BadSource(
            path, None, reason, mend="Vérifiez que c’est un fichier que ce compte a le droit de lire."
        ) from error
    for number, raw in enumerate(data.split(b"\n"), start=1):
        if not raw.strip():
            continue
        if len(raw) > LONGEST_LINE:
            limit = LONGEST_LINE // 1024
            raise BadSource(path, number, f"la ligne dépasse {limit} ko", mend="Une ligne tient une question.")
        yield _case(_object(raw, path, number), path, number)


def _object(raw: bytes, path: Path, line: int) -> dict[str, object]:
    try:
        value: object = json.loads(raw.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:  # ValueError: not UTF-8, not JSON, or a number of too many digits
        reason = "trop d’imbrications" if isinstance(error, RecursionError) else str(error)[:200]
        raise BadSource(
            path, line, f"JSON illisible ({reason})", mend="Écrivez un objet JSON par ligne, en UTF-8."
        ) from error
    if not isinstance(value, dict):
        raise BadSource(path, line, "la ligne n’est pas un objet JSON", mend="Écrivez {…} sur la ligne.")
    return value


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object whose fields are each given once."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("un champ est donné deux fois")
    return found


def _case(value: dict[str, object], path: Path, line: int) -> Case:
    for name in _REQUIRED:
        if name not in value:
            raise BadSource(path, line, f"le champ « {name} » manque", mend=f"Ajoutez-le : {_expected(name)}.")
    if unknown := sorted(set(value) - set(_FIELDS)):
        raise BadSource(
            path, line, f"champ inconnu : {_brief(', '.join(unknown))}", mend=f"Les champs sont {', '.join(_FIELDS)}."
        )
    for name, content in value.items():
        if not _valid(name, content):
            raise BadSource(
                path, line, f"« {name} » ne peut pas valoir {_brief(repr(content))}", mend=f"Il faut {_expected(name)}."
            )
    frozen = {name: tuple(x) if isinstance(x, list) else x for name, x in value.items()}
    return Case(**frozen)  # type: ignore[arg-type]  # every field was checked just above


def _brief(text: str) -> str:
    """Enough of a text to find it, on one line."""
    plain = "".join(char if char.isprintable() else "?" for char in text[:80])
    return plain if len(text) <= 80 else f"{plain}…"


def is_text(value: object) -> bool:
    """Whether it is a text that UTF-8 can hold, without control characters but white space."""
    return isinstance(value, str) and not _UNWRITABLE.search(value)


def _valid(name: str, content: object) -> bool:
    if name in _LISTS:
        return isinstance(content, list) and all(is_text(item) and item for item in content)
    if not isinstance(content, str) or not is_text(content):
        return False
    if name in _CHOICES:
        return content in _CHOICES[name]
    return name == "topic" or bool(content.strip())


def _expected(name: str) -> str:
    """What a field takes, as the mend of an error says it."""
    if name in _LISTS:
        return "une liste de chaînes non vides, [] s’il n’y en a pas"
    if name in _CHOICES:
        return f"l’un de : {', '.join(_CHOICES[name])}"
    if name == "topic":
        marks = "« partly » pour multi, « new » ou « unanswered » pour followup"
        return f"une chaîne : un thème pour near et far, {marks}, sinon vide"
    return "une chaîne non vide"


def lint_cases(cases: Sequence[Case], entry_ids: Collection[str]) -> list[str]:
    """What is wrong with a question set, one sentence each; [] when it is sound.

    Finds repeated ids, questions repeated after folding (case, accents,
    punctuation), entries the FAQ does not have, entries or topics present in
    both splits, invalid regular expressions, and kinds that contradict their
    entries, facts or topic.
    """
    return [
        *_repeated(cases, lambda case: case.id, "identifiant répété"),
        *_repeated(cases, _said, "question répétée"),
        *_unknown_entries(cases, frozenset(entry_ids)),
        *_in_both_splits(cases, lambda case: case.entries, "l’entrée"),
        *_in_both_splits(cases, lambda case: (case.topic,) if _out_of_scope(case) else (), "le thème"),
        *_bad_regexes(cases),
        *_contradictions(cases),
    ]


def _said(case: Case) -> str:
    """All that was said, folded: the same words after another question are another question."""
    return " ".join(words(fold(" ".join((*case.history, case.question)))))


def _repeated(cases: Sequence[Case], key: Callable[[Case], str], what: str) -> Iterator[str]:
    seen: dict[str, Case] = {}
    for case in cases:
        first = seen.setdefault(key(case), case)
        if first is not case:
            yield f"{case.id} : {what}, déjà vu en {first.id} ({key(case)})"


def _unknown_entries(cases: Sequence[Case], entry_ids: frozenset[str]) -> Iterator[str]:
    for case in cases:
        for entry in case.entries:
            if entry not in entry_ids:
                yield f"{case.id} : l’entrée « {entry} » n’est pas dans la FAQ"


def _in_both_splits(cases: Sequence[Case], keys: Callable[[Case], tuple[str, ...]], what: str) -> Iterator[str]:
    firsts: dict[str, dict[str, str]] = defaultdict(dict)
    for case in cases:
        for key in keys(case):
            firsts[key].setdefault(case.split, case.id)
    for key, by_split in firsts.items():
        if len(by_split) > 1:
            yield f"{what} « {key} » est dans les deux parts ({', '.join(by_split.values())})"


def _bad_regexes(cases: Sequence[Case]) -> Iterator[str]:
    for case in cases:
        for fact in case.facts:
            if wrong := fault(fact):
                yield f"{case.id} : expression régulière invalide « {_brief(fact)} » : {wrong}"


def _out_of_scope(case: Case) -> bool:
    return bool(case.topic) and case.kind in OUT_OF_SCOPE_KINDS


def _contradictions(cases: Sequence[Case]) -> Iterator[str]:
    for case in cases:
        wanted = case.kind in IN_SCOPE_KINDS and not (case.kind == "followup" and case.topic == UNANSWERED)
        if case.in_scope != wanted:
            fault = "ne va pas avec des" if case.in_scope else "veut des"
            yield f"{case.id} : le kind {case.kind} {fault} entrées"
        if case.facts and not case.in_scope:
            yield f"{case.id} : des faits sans entrée qui les porte"
        if bool(case.topic) != (case.kind in OUT_OF_SCOPE_KINDS) and case.topic not in _MARKS.get(case.kind, ()):
            marks = "« partly » avec multi, « new » et « unanswered » avec followup"
            yield f"{case.id} : un thème va avec near et far, {marks}"
        if bool(case.history) != (case.kind == "followup"):
            yield f"{case.id} : un historique va avec followup, et avec lui seul"
        if len(set(case.entries)) < len(case.entries):
            yield f"{case.id} : une entrée est citée deux fois"
