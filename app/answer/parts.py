"""Several questions in one message: when to answer them apart, and how.

A cut (app/answer/clauses.py) only counts when its parts, each searched on its own, are better
served than the whole (see `several`). How likely a part's entry answers it is a fitted
chance (app/answer/chances.py): more is known of a part than of a question alone, as what the
whole message found speaks for or against it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.answer import phrases
from app.answer.chances import certainty, chances
from app.answer.clauses import MAX_PARTS, Part, joints, split
from app.answer.compose import Composed, compose_for_all
from app.answer.find import Find, Found
from app.answer.leaning import is_dependent, signs_of
from app.answer.quoting import as_typed, naming
from app.answer.smalltalk import reply_to
from app.core.french import clean
from app.core.types import Hit

SHARED = 0.3
"""Share of the first entry's score above which a message is tried for two questions though one was answered. Of 423
development messages .728 had all their parts answered at .7, .749 at .45, .752 at this, and no single question fared
worse."""

NEAREST = 3
"""Entries found for the whole message that speak for a part."""

HEADED = 0.4
"""What a wrong answer to a part costs, as a share of what it costs on its own: it stands under the FAQ's own
question beside the answers to the others, so that the visitor sees what was answered in its stead. On the development
messages 77 of 113 had all their parts answered at a half, for parts that stand alone only; 83 at this, for all."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part and the reading of it that found most."""

    part: Part
    found: Found


def several(whole: Found, find: Find) -> tuple[Piece, ...]:
    """What each question of a message found; nothing when the message is better answered whole."""
    # Question words are recognised as they were understood: "coment", "kel".
    message = whole.retrieval.reading.text
    parts = split(message)
    if len(parts) > 1:
        return apart(parts, whole, find)
    if whole.answers and not _is_shared(whole):
        return ()
    for pair in joints(message):
        pieces = apart(pair, whole, find)
        if len(answering(pieces)) == len(pair):
            return pieces
    return ()


def _is_shared(whole: Found) -> bool:
    """Whether a second entry, with another question, is nearly as good for the whole message."""
    first, *others = whole.retrieval.hits
    return any(hit.score >= SHARED * first.score for hit in others if hit.entry.question != first.entry.question)


def apart(parts: Sequence[Part], whole: Found, find: Find) -> tuple[Piece, ...]:
    """What each part of a message found; nothing when the message is better answered whole."""
    pieces = [piece for piece in read(parts, whole, find) if piece.found.answers or not piece.part.wish]
    return tuple(_as_typed(piece, whole) for piece in pieces) if _pays(whole, pieces) else ()


def _as_typed(piece: Piece, whole: Found) -> Piece:
    """A part that may have to be quoted, with the words that the visitor typed."""
    read, message = whole.retrieval.reading.text, clean(whole.text)
    if piece.found.answers or read == message:
        return piece
    typed = as_typed(piece.part.question, read, message)
    return Piece(replace(piece.part, typed=typed), piece.found)


def read(parts: Sequence[Part], whole: Found, find: Find) -> list[Piece]:
    """The likeliest reading of each part that is a question."""
    pieces: list[Piece] = []
    for part in parts:
        if reply_to(part.question) is None:
            pieces.append(max(readings(part, pieces, whole, find), key=lambda piece: piece.found.decision.confidence))
    return pieces


def readings(part: Part, before: Sequence[Piece], whole: Found, find: Find) -> list[Piece]:
    """A part alone, with its context, and with the part before that it may lean on, each with its fitted chance."""
    texts = list(part.readings)
    if before and is_dependent(part.question):
        texts.append(f"{before[-1].found.text} {part.question}")
    taken = {piece.found.entry_id for piece in before if piece.found.answers}
    alone, *others = map(find, texts)
    # With the words of another part a reading may merely find that one's entry again.
    own = [alone, *(other for other in others if other.entry_id not in taken)]
    return [_judged(part, found, whole) for found in own]


def _judged(part: Part, found: Found, whole: Found) -> Piece:
    """What a reading found, with the verdict that its fitted chance calls for."""
    if found.decision.verdict == "abstain":
        # What is about nothing in the FAQ stays so: what the other parts found is no reason to ask back about it.
        return Piece(part, found)
    chance = chances().part.probability(features(part, found, whole))
    if not part.wish:
        found = replace(found, costs=replace(found.costs, wrong_answer=found.costs.wrong_answer * HEADED))
    if part.stands and not signs_of(part.question)["leans"] and found.text == part.question:
        # It is as sure as it would be in a message of its own, whatever stands beside it.
        chance = max(chance, found.decision.confidence)
    return Piece(part, found.with_chance(chance))


def features(part: Part, found: Found, whole: Found) -> Mapping[str, float]:
    """What speaks for a part's entry, by name, each about 0 to 1."""
    hits = whole.retrieval.hits
    hit = next((hit for hit in hits if hit.entry.id == found.entry_id), None)
    confidence = found.decision.confidence
    sure, tentative, alone = certainty(confidence), float(part.tentative), float(found.text == part.question)
    near = hit.score / hits[0].score if hit and hits[0].score > 0 else 0.0
    # The whole may have found an entry for the other part's sake: it only speaks for one that this part is for, too.
    return {
        "certainty": sure,
        "certainty_whole": certainty(whole.decision.confidence),
        "near_first_of_whole": confidence * near,
        "among_whole": confidence * (hit is not None and hit.rank <= NEAREST),
        "wish": float(part.wish),
        "tentative": tentative,
        "tentative_certainty": tentative * sure,
        "alone": alone,
        "alone_certainty": alone * sure,
        "same_as_whole": float(found.entry_id == whole.entry_id),
        "in_scope": found.decision.features.get("in_scope", 0.0),
    }


def _pays(whole: Found, pieces: Sequence[Piece]) -> bool:
    """Whether the parts serve the visitor better: two answers, or one and a question named as open."""
    answered = [piece.found for piece in pieces if piece.found.answers]
    entries = {found.entry_id for found in answered}
    least = min((found.decision.confidence for found in answered), default=0.0)
    if whole.answers and whole.entry_id not in entries and (len(entries) < 2 or whole.decision.confidence > least):
        return False
    left = any(piece.part.stands or _asks_back(piece) for piece in still_open(pieces))
    return len(entries) >= 2 or (len(entries) == 1 and left)


def answering(pieces: Sequence[Piece]) -> list[Hit]:
    """The entries that answer, each once, in the order of the questions."""
    given = (hit for piece in pieces if piece.found.answers for hit in piece.found.decision.answering)
    return list({hit.entry.id: hit for hit in given}.values())


def still_open(pieces: Sequence[Piece]) -> list[Piece]:
    """What is left to say something about: not answered, nor probably meant by what is."""
    given = {hit.entry.id for hit in answering(pieces)}
    return [
        piece
        for piece in pieces
        if not piece.found.answers and not (_asks_back(piece) and piece.found.entry_id in given)
    ]


def suggested(pieces: Sequence[Piece]) -> list[Hit]:
    """The choices of the parts that were not understood for sure; else what is near the answers."""
    given = {hit.entry.id for hit in answering(pieces)}
    unsure = [hit for piece in still_open(pieces) if _asks_back(piece) for hit in piece.found.decision.choices[:2]]
    near = [
        hit
        for piece in pieces
        if piece.found.answers
        for hit in piece.found.retrieval.hits[1:]
        if hit.score >= piece.found.retrieval.hits[0].score / 2
    ]
    return list({hit.entry.id: hit for hit in unsure or near if hit.entry.id not in given}.values())[:MAX_PARTS]


def answers(pieces: Sequence[Piece], urls: Sequence[str] = ()) -> list[Composed]:
    """What each of the `answering` entries has to say to the questions that found it; `urls` are its own pages."""
    found: dict[str, list[tuple[Hit, str]]] = {}
    for piece in pieces:
        for hit in piece.found.decision.answering if piece.found.answers else ():
            found.setdefault(hit.entry.id, []).append((hit, piece.found.retrieval.reading.text))
    pages = urls or [""] * len(found)
    return [
        compose_for_all(asked, n, page) for n, (asked, page) in enumerate(zip(found.values(), pages, strict=True), 1)
    ]


def write(pieces: Sequence[Piece], contact: str, composed: Sequence[Composed] = ()) -> str:
    """One block a part, each under the FAQ's own question and with its own mark; then what stays open."""
    blocks = [side_by_side(answering(pieces), composed or answers(pieces))]
    left = still_open(pieces)
    unsure, missing = ([p for p in left if _asks_back(p) == back] for back in (True, False))
    if unsure:
        blocks.append(naming(_parts(unsure), phrases.NOT_SURE, phrases.NOT_SURE_REST))
    if missing:
        blocks.append(naming(_parts(missing), phrases.NOT_FOUND, phrases.NOT_FOUND_REST))
    if left:
        blocks.append(phrases.ABSTAIN_CONTACT.format(contact=contact))
    return "\n\n".join(blocks)


def side_by_side(hits: Sequence[Hit], composed: Sequence[Composed]) -> str:
    """Each entry's answer under its question, and its section where another puts the same question."""
    questions = [hit.entry.question for hit in hits]
    blocks = []
    for hit, answer in zip(hits, composed, strict=True):
        twin = questions.count(hit.entry.question) > 1
        heading = phrases.IN_SECTION if twin else phrases.HEADING
        title = heading.format(question=hit.entry.question, section=hit.entry.section)
        blocks.append(f"**{title}**\n\n{answer.text}")
    return "\n\n".join(blocks)


def _asks_back(piece: Piece) -> bool:
    return piece.found.decision.verdict == "clarify"


def _parts(pieces: Sequence[Piece]) -> list[Part]:
    return [piece.part for piece in pieces]
