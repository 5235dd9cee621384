"""What a message leans on that was said before: "et en ligne ?" means little on its own.

Rules say whether a message can lean on others at all, retrieval whether it does: the
combined text must be surer of its entry than the message alone. A complete question is never read
together with what came before, nor one about something the FAQ has no word for: after
a question about payment, "et le parking ?" must not be answered with the means of payment.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from app.answer.find import Find, Found
from app.answer.smalltalk import reply_to
from app.core.french import clean, fold, salient_words, stems
from app.core.types import Entry

REMEMBERED = 6
"""A visitor's last messages that are kept of a conversation."""
LOOK_BACK = 3
"""Messages that a follow-up is read together with at most."""
FEW = 2
"""Up to this many salient words a message without a verb may be the rest of a question."""
MANY = 5
"""Above this many, what a pronoun stands for is in the message itself."""
BARE = 3
"""Up to this many, a pronoun alone makes the message lean on what came before."""
KNOWN = 0.65
"""Share of a message's words, by weight, that the FAQ must know: the rest can't be about it."""
NEAREST = 3
"""An entry among this many of the message's own best is one that the message may mean."""
SHARED = 0.5
"""Share of a message's stems that an entry must hold to be meant, wherever it ranks."""

_COURTESY = re.compile(
    r"(?:(?:bonjour|bonsoir|ok(?:ay)?|d'accord|merci(?: beaucoup)?|parfait|super|tres bien|ah|oh|euh|oui|non)\b"
    r"[ ,.!;]*)+"
)
_NEW_TOPIC = re.compile(
    r"(?:et )?(?:sinon|par ailleurs|au fait|au passage|rien a voir|"
    r"(?:j'ai )?(?:une )?(?:toute )?autre (?:question|chose)|changement de sujet|je change de sujet)\b"
)
_LINK = re.compile(r"(?:et|mais|donc|alors|du coup|dans ce cas|meme|ou alors|ou bien|pareil|idem)\b")
_REFERENCE = re.compile(
    r"\b(?:ca|cela|ceci|eux|celui|celle|ceux|celles|lequel|laquelle|lesquel(?:le)?s|"
    r"ces? derniers?|ces dernieres|cette derniere|"
    r"l'un|l'autre|les deux|la-bas|la-dedans|quand meme|dans ce cas|du coup|a la place|l[ea] (?:mien|sien)(?:ne)?|"
    r"quel(?:le)?s? (?:est|sont) (?:son|sa|ses|leurs?)|j'en|j'y|m'y|s'y|y en a|en ai|en avoir|en ont)\b"
    r"|(?<![-\w])(?:je|tu|il|on|nous|vous|faut) (?:l'|(?:le|la|les|lui|leur) (?!plus\b|moins\b|meme\b))"
)
_COMPLETE = re.compile(
    r"-(?:je|tu|il|elle|on|nous|vous|ils|elles|ce)\b|\best[- ]ce qu|\b(?:j'|(?:je|on) )"
    r"|\b(?:quel(?:le)?s?|ou|comment|quand|combien|que|qui) (?:est|sont|se|faut|[a-z']*[a-z](?:er|ir|re))\b"
)
"""A verb with its subject: "Acceptez-vous la CB ?" has few words and asks all the same."""


def resolve(message: str, history: Sequence[str], find: Find) -> Found:
    """The message as it is best understood: alone, or with what it leans on."""
    best = own = find(message)
    if own.answers or own.retrieval.coverage < KNOWN:
        return own
    for text in combined(message, history):
        found = find(text)
        if found.decision.verdict == "abstain" or found.decision.confidence <= best.decision.confidence:
            continue
        if _means(message, own, found):
            best = found
    return best


def is_dependent(message: str) -> bool:
    """Whether a message may be incomplete without what was said before."""
    text = _bare(message)
    if _NEW_TOPIC.match(text):
        return False
    content = len(salient_words(message))
    if _LINK.match(text) or (content <= FEW and not _COMPLETE.search(text)):
        return True
    return content <= MANY and bool(_REFERENCE.search(text))


def combined(message: str, history: Sequence[str]) -> tuple[str, ...]:
    """Texts to try in the message's stead, oldest words first; none when it stands alone.

    The message before; if that was a follow-up too, the chain back to the one that
    named the topic, and that one alone.
    """
    said = [text for text in map(clean, history[-REMEMBERED:]) if stands(text)]
    if not said or not is_dependent(message):
        return ()
    chain = [said[-1]]
    for earlier in said[-2 : -LOOK_BACK - 1 : -1]:
        if not is_dependent(chain[0]):
            break
        chain.insert(0, earlier)
    return tuple(dict.fromkeys([f"{said[-1]} {message}", " ".join([*chain, message]), f"{chain[0]} {message}"]))


def stands(message: str) -> bool:
    """Whether a message says something that others can lean on: small talk doesn't."""
    return bool(message) and reply_to(message) is None


def _bare(message: str) -> str:
    text = fold(message).strip()
    match = _COURTESY.match(text)
    return text[match.end() :] if match else text


def _means(message: str, own: Found, found: Found) -> bool:
    """Whether the message itself, not only what came before, speaks for the entry found."""
    text = _bare(message)
    entry = found.decision.choices[0].entry
    if entry.id in [hit.entry.id for hit in own.retrieval.hits[:NEAREST]]:
        return True
    if _REFERENCE.search(text) and (_LINK.match(text) or len(salient_words(message)) <= BARE):
        return True
    asked = stems(message)
    return bool(_LINK.match(text)) and len(asked & _vocabulary(entry)) >= SHARED * len(asked)


def _vocabulary(entry: Entry) -> set[str]:
    return stems(" ".join([entry.section, entry.question, *entry.variants, entry.answer_md]))


@dataclass(slots=True)
class _Said:
    """A conversation's messages, oldest first, and when the last one came."""

    messages: tuple[str, ...]
    at: float


class Conversations:
    """What visitors said lately, in this process's memory alone: nothing reaches a disk or a log.

    Bounded: REMEMBERED messages each, `most` conversations (0 keeps none), each forgotten `idle_s` seconds after
    its last message. The lock makes it safe from any thread; nothing waits while it is held.
    """

    def __init__(self, most: int, idle_s: float, clock: Callable[[], float] = monotonic) -> None:
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
        """Add a message; small talk is not worth it."""
        if not self._most or not stands(message):
            return
        with self._lock:
            self._forget_idle()
            said = self._said.pop(conversation_id, None)
            messages = (*(said.messages if said else ()), message)[-REMEMBERED:]
            self._said[conversation_id] = _Said(messages, self._clock())
            while len(self._said) > self._most:
                self._said.popitem(last=False)

    def __len__(self) -> int:
        return len(self._said)

    def _forget_idle(self) -> None:
        """Oldest first, so that only what is forgotten is looked at."""
        limit = self._clock() - self._idle_s
        while self._said and next(iter(self._said.values())).at < limit:
            self._said.popitem(last=False)
