"""Unanswered questions gathered by meaning, with a name, a size and a trend.

Average-linkage clusters: two groups join while the mean cosine of their questions exceeds a threshold. The
vectors are centred first, on what the FAQ's questions and the gathered ones have in common: all that an institution
is asked is alike in tone and subject, and only what is left tells themes apart. On the phrasings of the known gaps
(605 in 77 topics, meant to be as unlike as people can put a question) pairs of a group belong together twice as often
as with plain cosines at the same recall; words in common beside the vectors did not help.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock, Thread
from time import monotonic

import numpy as np
import numpy.typing as npt

from app.core.french import fold, salient_words
from app.core.ports import Encoder
from app.staff import messages
from app.store.inbox import Asked

NEAR = 0.42
"""Mean cosine of centred vectors from which questions are one theme."""

PRIOR = 50
"""As how many questions what the FAQ's own have in common counts."""

LATEST = 600
"""Unanswered questions that are gathered: the latest."""

REMEMBERED = 5000
"""Vectors kept at hand."""

MANY = 80
"""Questions not seen before that a page waits for; more are encoded in the background."""

CALM_S = 30.0
"""Time for which many questions aren't gathered anew (s)."""

GONE = -2.0
"""Stands for the cosine with a group that no longer is one."""

LIKELY = 0.05
"""Confidence below which the nearest entry is no suggestion."""

DAYS = 30
WEEK = timedelta(days=7)


Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Theme:
    """Questions that mean about the same. `trend` is this week's number less the week's before."""

    name: str
    example: str
    rows: tuple[Asked, ...]
    size: int
    trend: int
    near_id: str
    """The entry that came nearest most often, where it is at all likely; "" for none."""

    @property
    def key(self) -> int:
        """The number of its newest question, by which it is linked."""
        return self.rows[0].id


class Themes:
    """Gathers questions; remembers their vectors."""

    def __init__(self) -> None:
        self._vectors: OrderedDict[str, Floats] = OrderedDict()
        self._lock = Lock()
        self._encoding = False
        self._last: tuple[float, object, list[Theme]] = (-CALM_S, None, [])

    def of(self, rows: Sequence[Asked], encoder: Encoder, centre: Floats, now: datetime) -> tuple[list[Theme], bool]:
        """The themes of these questions, largest first, and whether they are all there is to know.

        `centre` is the mean vector of the FAQ's questions, shape (d,).
        Where many were never seen before, they are encoded in the background and the last themes returned.
        """
        texts = list(dict.fromkeys(row.message for row in rows))
        with self._lock:
            at, last, themes = self._last
            key = (encoder.fingerprint, tuple(row.id for row in rows), now.date())
            if last == key or (themes and len(texts) > MANY and monotonic() - at < CALM_S):
                return themes, not self._encoding
            missing = [text for text in texts if self._name(encoder, text) not in self._vectors]
            if len(missing) > MANY:
                if not self._encoding:
                    self._encoding = True
                    Thread(target=self._encode_later, args=(missing, encoder), daemon=True).start()
                return themes, False
            self._encode(missing, encoder)
            themes = self._gathered(texts, rows, encoder, centre, now)
            self._last = (monotonic(), key, themes)
            return themes, True

    def _gathered(
        self, texts: Sequence[str], rows: Sequence[Asked], encoder: Encoder, centre: Floats, now: datetime
    ) -> list[Theme]:
        if not texts:
            return []
        vectors = np.array([self._vectors[self._name(encoder, text)] for text in texts], dtype=np.float32)
        by_text: dict[str, list[Asked]] = {}
        for row in rows:
            by_text.setdefault(row.message, []).append(row)
        counts = Counter(word for text in texts for word in _words(text))
        groups = gather(centred(vectors, centre), NEAR)
        themes = [_theme([texts[at] for at in group], vectors[group], by_text, counts, now) for group in groups]
        return sorted(themes, key=lambda theme: (-theme.size, -theme.key))

    def _encode_later(self, texts: Sequence[str], encoder: Encoder) -> None:
        try:
            self._encode(texts, encoder)
        finally:
            self._encoding = False

    def _encode(self, texts: Sequence[str], encoder: Encoder) -> None:
        while len(self._vectors) > REMEMBERED:
            self._vectors.popitem(last=False)
        for text in texts:
            self._vectors[self._name(encoder, text)] = encoder.encode_queries([text])[0]

    @staticmethod
    def _name(encoder: Encoder, text: str) -> str:
        return f"{encoder.fingerprint} {text}"


def centred(vectors: Floats, centre: Floats) -> Floats:
    """Unit vectors of what tells the questions from what all have in common."""
    common = (vectors.sum(axis=0) + PRIOR * centre) / (len(vectors) + PRIOR)
    left = vectors - common
    result: Floats = (left / np.maximum(np.linalg.norm(left, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return result


def gather(vectors: Floats, threshold: float) -> list[list[int]]:
    """Average-linkage clusters of the rows whose mean cosine exceeds `threshold`, as lists of row numbers."""
    n = len(vectors)
    if n < 2:
        return [[at] for at in range(n)]
    similar = (vectors @ vectors.T).astype(np.float64)
    np.fill_diagonal(similar, GONE)
    groups: list[list[int]] = [[at] for at in range(n)]
    sizes = np.ones(n)
    nearest = similar.argmax(axis=1)
    best = similar[np.arange(n), nearest]
    while best.max() >= threshold:
        a = int(best.argmax())
        b = int(nearest[a])
        # The mean over the pairs of two joined groups is the weighted mean of their means.
        joined = (sizes[a] * similar[a] + sizes[b] * similar[b]) / (sizes[a] + sizes[b])
        joined[similar[a] == GONE] = GONE
        joined[a] = GONE
        similar[a], similar[:, a] = joined, joined
        similar[b], similar[:, b] = GONE, GONE
        sizes[a] += sizes[b]
        groups[a] += groups[b]
        groups[b] = []
        stale = np.flatnonzero((nearest == a) | (nearest == b))
        for row in {a, b, *stale.tolist()}:
            nearest[row] = int(similar[row].argmax())
            best[row] = similar[row, nearest[row]]
    return [sorted(group) for group in groups if group]


def _theme(
    texts: Sequence[str],
    vectors: Floats,
    by_text: dict[str, list[Asked]],
    word_counts: Counter[str],
    now: datetime,
) -> Theme:
    rows = sorted((row for text in texts for row in by_text[text]), key=lambda row: -row.id)
    centre = vectors.mean(axis=0)
    example = texts[int((vectors @ centre).argmax())]
    week = sum(row.at > now - WEEK for row in rows)
    before = sum(now - 2 * WEEK < row.at <= now - WEEK for row in rows)
    near = Counter(row.near_id for row in rows if row.near_id and row.confidence >= LIKELY).most_common(1)
    return Theme(
        name=_name(texts, word_counts) if len(texts) > 1 else _short(example),
        example=example,
        rows=tuple(rows),
        size=len(rows),
        trend=week - before,
        near_id=near[0][0] if near else "",
    )


def _name(texts: Sequence[str], word_counts: Counter[str]) -> str:
    """The words that most of the group's questions share and few others have, as they are most often written."""
    shared = Counter(word for text in texts for word in _words(text))
    written: dict[str, Counter[str]] = {}
    for text in texts:
        for word in salient_words(text):
            written.setdefault(fold(word), Counter())[word.lower()] += 1
    total = sum(word_counts.values())
    weight = {
        word: count * float(np.log(1 + total / word_counts[word]))
        for word, count in shared.items()
        if 2 * count > len(texts) or count >= 3
    }
    best = sorted(weight, key=lambda word: -weight[word])[:3]
    if not best:
        return messages.UNNAMED_THEME
    name = ", ".join(written[word].most_common(1)[0][0] for word in best)
    return name[:1].upper() + name[1:]


def _words(text: str) -> set[str]:
    return {fold(word) for word in salient_words(text) if len(word) > 2}


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59].rstrip() + "…"
