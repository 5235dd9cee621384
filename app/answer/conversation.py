"""What a message leans on that was said before: "et en ligne ?" means little on its own.

A message that may lean on others is read alone and in several ways together with them; two fitted chances
(app/answer/chances.py) say how likely each reading's entry is what is meant, from how sure the
search is of it, from what the words say (app/answer/leaning.py), and from how much the message itself, not only
what came before, speaks for the entry: after a question about payment, "et le parking ?" must not be
answered with the means of payment.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Lock
from time import monotonic
from typing import Protocol

from app.answer.chances import certainty, chances
from app.answer.find import Find, Found
from app.answer.leaning import is_dependent, opens_topic, signs_of
from app.answer.smalltalk import reply_to
from app.core.errors import GuichetError
from app.core.french import clean, stems
from app.core.types import Entry

REMEMBERED = 8
"""A visitor's last messages that are kept of a conversation, small talk among them."""
RECALL_S = 0.1
"""Time that an answer waits to hear what was said to other replicas (s)."""
AWAY_S = 5.0
"""Time for which other replicas aren't asked after that failed (s)."""
QUEUED = 1000
"""Messages that may wait to be told to other replicas; more are kept here alone."""
SURELY = 0.95
"""Confidence from which a message that seems to lean on nothing is understood without what came before. On the
development conversations, cross-validated, 1.2 % of the follow-ups were answered wrongly with it and 3.4 % without;
more new topics were asked back about."""
LOOK_BACK = 3
"""Messages that a follow-up is read together with at most."""


@dataclass(frozen=True, slots=True)
class Read:
    """A message in a conversation: found alone, what came before found, and found together."""

    alone: Found
    before: Found
    together: tuple[Found, ...]


def resolve(message: str, history: Sequence[str], find: Find) -> Found:
    """The message as it is best understood: alone, or with what it leans on."""
    alone = find(message)
    if not history or stands_alone(alone):
        return alone
    read = read_after(alone, history, find)
    return chosen(read) if read else alone


def stands_alone(found: Found) -> bool:
    """Whether a message needs nothing said before it.

    It announces another topic; or it leans on nothing, and it is about a known gap or an entry surely answers it.
    """
    if opens_topic(found.text):
        return True
    clear = found.decision.gap is not None or (found.answers and found.decision.confidence >= SURELY)
    return clear and not signs_of(found.text)["leans"]


def read_after(alone: Found, history: Sequence[str], find: Find) -> Read | None:
    """The message read with what was said before; None when nothing was said that a message can lean on."""
    chain = standing(history)
    if not chain:
        return None
    message = alone.text
    before = find(" ".join(chain))
    if len(chain) > 1 and not before.answers:
        before = find(chain[0])
    texts = [f"{chain[-1]} {message}", " ".join([*chain, message]), f"{chain[0]} {message}"]
    if before.retrieval.hits:
        texts.append(f"{before.retrieval.hits[0].entry.question} {message}")
    return Read(alone, before, tuple(map(find, dict.fromkeys(texts))))


def standing(history: Sequence[str]) -> tuple[str, ...]:
    """The last message that small talk didn't only answer, and, if it was a follow-up, those back to its topic."""
    chain: list[str] = []
    for text in map(clean, reversed(history[-REMEMBERED:])):
        if text and reply_to(text) is None:
            chain.insert(0, text)
            if len(chain) == LOOK_BACK or not is_dependent(text):
                break
    return tuple(chain)


def chosen(read: Read) -> Found:
    """The likeliest reading, with the verdict that the chances of all of them call for."""
    fitted = chances()
    alone = fitted.alone.probability(features_alone(read))
    rated = [(alone, read.alone)]
    rated += [(fitted.combined.probability(features_together(read, found)), found) for found in read.together]
    rated.sort(key=lambda pair: -pair[0])
    chance, best = rated[0]
    return best.with_chance(chance, rated[1:])


def features_alone(read: Read) -> Mapping[str, float]:
    """What speaks for the entry found for the message alone, by name, each about 0 to 1."""
    return {
        **signs_of(read.alone.text),
        "certainty": certainty(read.alone.decision.confidence),
        "coverage": read.alone.retrieval.coverage,
        "same": float(read.alone.entry_id == read.before.entry_id),
    }


def features_together(read: Read, found: Found) -> Mapping[str, float]:
    """What speaks for the entry found for the message with what was said before."""
    alone = read.alone
    signs = signs_of(alone.text)
    near = _near_first(alone, found.entry_id)
    coverage = alone.retrieval.coverage
    return {
        **signs,
        "certainty": certainty(found.decision.confidence),
        "certainty_alone": certainty(alone.decision.confidence),
        "certainty_before": certainty(read.before.decision.confidence),
        "near_alone": near,
        "agrees": float(alone.entry_id == found.entry_id),
        "same": float(found.entry_id == read.before.entry_id),
        "covered": _covered(alone.text, found),
        "coverage": coverage,
        "gap": alone.decision.features.get("gap_lead", 0.0),
        "leans_near": signs["leans"] * near,
        "leans_covered": signs["leans"] * coverage,
        "refers_shortly": signs["refers"] * (1 - signs["length"]),
    }


def _near_first(found: Found, entry_id: str | None) -> float:
    """The entry's score as a share of the first one's, 0 when it wasn't found."""
    hits = found.retrieval.hits
    score = next((hit.score for hit in hits if hit.entry.id == entry_id), 0.0)
    return score / hits[0].score if hits and hits[0].score > 0 else 0.0


def _covered(message: str, found: Found) -> float:
    """Share of the message's own stems that the entry found knows."""
    asked = stems(message)
    if not asked or not found.decision.choices:
        return 0.0
    return len(asked & _vocabulary(found.decision.choices[0].entry)) / len(asked)


def _vocabulary(entry: Entry) -> set[str]:
    return stems(" ".join([entry.section, entry.question, *entry.variants, entry.answer_md]))


@dataclass(slots=True)
class _Said:
    """A conversation's messages, oldest first, and when the last one came."""

    messages: tuple[str, ...]
    at: float


class Elsewhere(Protocol):
    """Where other replicas find what was said. Its methods raise GuichetError, and may take their time."""

    def remember(self, said: Sequence[tuple[str, str]]) -> None:
        """Add messages, as (conversation's id, message)."""

    def recall(self, conversation_id: str, most: int, idle_s: float) -> tuple[str, ...]:
        """The last messages, oldest first."""

    def forget(self, conversation_id: str) -> None:
        """Forget a conversation."""


class Conversations:
    """What visitors said lately, in this process's memory; nothing reaches a disk or a log.

    With `elsewhere`, other replicas find it too. An answer waits RECALL_S for that at most: then, and while it is
    away, what this process heard itself has to do.

    Bounded: REMEMBERED messages each, `most` conversations (0 keeps none), each forgotten `idle_s` seconds after
    its last message. The lock makes it safe from any thread; nothing waits while it is held.
    """

    def __init__(
        self,
        most: int,
        idle_s: float,
        clock: Callable[[], float] = monotonic,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self._elsewhere = elsewhere if most else None
        self._writing = ThreadPoolExecutor(1, "guichet-said")
        self._reading = ThreadPoolExecutor(4, "guichet-recall")
        self._queued = 0
        self._rests_until = 0.0
        self._most = most
        self._idle_s = idle_s
        self._clock = clock
        self._said: OrderedDict[str, _Said] = OrderedDict()
        self._lock = Lock()

    def history(self, conversation_id: str) -> tuple[str, ...]:
        """What was said in a conversation, oldest first."""
        with self._lock:
            self._forget_idle()
            said = self._said.get(conversation_id)
            return said.messages if said else ()

    def remember(self, conversation_id: str, message: str) -> None:
        """Add a message. Whether it is one to lean on is looked at when another one may (`standing`)."""
        if not self._most or not message.strip():
            return
        with self._lock:
            self._forget_idle()
            said = self._said.pop(conversation_id, None)
            messages = (*(said.messages if said else ()), message)[-REMEMBERED:]
            self._said[conversation_id] = _Said(messages, self._clock())
            while len(self._said) > self._most:
                self._said.popitem(last=False)
        if self._elsewhere is not None and self._queued < QUEUED:
            self._queued += 1
            self._writing.submit(self._tell, self._elsewhere, conversation_id, message)

    async def recalled(self, conversation_id: str) -> tuple[str, ...]:
        """What was said in a conversation, on whichever replica, oldest first."""
        here = self.history(conversation_id)
        if self._elsewhere is None or self._clock() < self._rests_until:
            return here
        loop = asyncio.get_running_loop()
        recall = partial(self._elsewhere.recall, conversation_id, REMEMBERED, self._idle_s)
        try:
            found = await asyncio.wait_for(loop.run_in_executor(self._reading, recall), RECALL_S)
        except (GuichetError, TimeoutError):
            self._rests_until = self._clock() + AWAY_S
            return here
        return found if len(found) >= len(here) else here

    def _tell(self, elsewhere: Elsewhere, conversation_id: str, message: str) -> None:
        try:
            elsewhere.remember([(conversation_id, message)])
        except GuichetError:
            self._rests_until = self._clock() + AWAY_S
        finally:
            self._queued -= 1

    def close(self) -> None:
        """Let what is to be told be told."""
        self._writing.shutdown(wait=True, cancel_futures=self._clock() < self._rests_until)
        self._reading.shutdown(wait=False, cancel_futures=True)

    def forget(self, conversation_id: str) -> None:
        """Forget a conversation; its id may lack the signature (web/signing.py)."""
        name = conversation_id.partition(".")[0]
        with self._lock:
            for known in [known for known in self._said if known.partition(".")[0] == name]:
                del self._said[known]
        if self._elsewhere is not None:
            with suppress(GuichetError):
                self._elsewhere.forget(name)

    def __len__(self) -> int:
        return len(self._said)

    def _forget_idle(self) -> None:
        """Oldest first, so that only what is forgotten is looked at."""
        limit = self._clock() - self._idle_s
        while self._said and next(iter(self._said.values())).at < limit:
            self._said.popitem(last=False)
