"""The vocabulary of Guichet: immutable values passed between its parts.

Everything here is a frozen, slotted dataclass; pydantic models exist only at
the HTTP border and in the settings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

PassageKind = Literal["question", "variant", "question_answer", "sentence"]
"""What a passage holds: the entry's question, one of its variants, the question
followed by the whole answer, or one sentence (or list item) of the answer."""

Outcome = Literal["answered", "clarification", "abstained", "handoff", "smalltalk", "blocked"]
"""What became of a question; see the HTTP contract in docs/architecture.md."""

Verdict = Literal["answer", "clarify", "abstain"]
"""What the decision step would do with a retrieval, before any text is written."""

Style = Literal["auto", "generated", "verbatim"]
"""How the answer is worded: by a model where one is configured, or from the entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One question of the FAQ with its answer.

    `answer_md` is canonical Markdown (see app/core/markdown.py). `content_hash`
    is the SHA-256 hex digest of everything that is embedded or shown.
    """

    id: str
    question: str
    answer_md: str
    section: str = ""
    variants: tuple[str, ...] = ()
    url: str | None = None
    audience: str | None = None
    valid_until: date | None = None
    content_hash: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A topic that staff know the FAQ doesn't answer, as visitors put it.

    `redirection` is what the institution wants said about it, "" for nothing.
    """

    topic: str
    phrasings: tuple[str, ...]
    redirection: str = ""


_OF_A_FAQ = re.compile(r"\b(?:foire aux questions|questions fréquentes|questions et réponses|faq)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FaqMeta:
    """What the front matter says about the FAQ as a whole."""

    title: str = "Foire aux questions"
    language: str = "fr"
    source_url: str | None = None
    contact_label: str | None = None
    contact_email: str | None = None
    contact_url: str | None = None

    @property
    def institution(self) -> str:
        """Whose FAQ it is: its title without the words for a FAQ; "" where that leaves nothing."""
        return _OF_A_FAQ.sub("", self.title).strip(" –—-:,")


@dataclass(frozen=True, slots=True)
class Passage:
    """A text that stands in the index on behalf of its entry."""

    id: int
    entry_id: str
    kind: PassageKind
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry found for a query, with the passage that spoke best for it.

    `score` is the fused score in [0, 1]; `dense_score` a cosine in [-1, 1];
    `lexical_score` a BM25 score divided by the query's best attainable one, in
    [0, 1]. Ranks start at 1; None means that the retriever did not return it.
    """

    entry: Entry
    passage: Passage
    score: float
    rank: int
    dense_score: float = 0.0
    lexical_score: float = 0.0
    dense_rank: int | None = None
    lexical_rank: int | None = None
    features: Mapping[str, float] = field(default_factory=dict)
    """The named inputs of `score`, each in [0, 1] (see app/search/fuse.py)."""
    unit_scores: tuple[float, ...] = ()
    """Cosine of the query to each unit of the answer (see app/core/units.py); -1 if not looked at."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with a retrieval, and how sure we are.

    `confidence` is the calibrated probability that the first hit answers the
    question. `features` are the named inputs of that estimate, `choices` the
    entries that may be meant, likeliest first: the first `together` of them answer.
    """

    verdict: Verdict
    confidence: float
    features: Mapping[str, float] = field(default_factory=dict)
    choices: tuple[Hit, ...] = ()
    together: int = 1
    """Entries that answer side by side, since they put the same question for publics of which nothing tells which
    one asks."""
    gap: Gap | None = None
    """The known gap that the question is about, when that is why there is no answer."""

    @property
    def answering(self) -> tuple[Hit, ...]:
        """The choices that answer, should the verdict be to answer."""
        return self.choices[: self.together]


@dataclass(frozen=True, slots=True)
class Source:
    """An entry that the shown answer leans on; `n` is its mark in the text."""

    n: int
    entry_id: str
    question: str
    section: str
    url: str
    quote: str
    score: float
    complete: bool = False
    """The shown answer gives the whole of the entry's."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An entry offered as a choice or as a next question."""

    entry_id: str
    question: str
    section: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom a visitor can turn to."""

    label: str
    email: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of a question's way, as staff read it in a trace."""

    name: str
    detail: Mapping[str, object]
    ms: float


@dataclass(frozen=True, slots=True)
class Trace:
    """How an answer came about. Timings are in milliseconds."""

    index_version: str
    steps: tuple[Step, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a visitor is told, with everything needed to check it."""

    conversation_id: str
    answer_id: str
    outcome: Outcome
    text: str
    sources: tuple[Source, ...]
    suggestions: tuple[Suggestion, ...]
    contact: Contact
    confidence: float
    generator: str
    trace: Trace
    ai_generated: bool = True
