"""The wordings of an index embedded as questions, and the classes learnt from them (app/search/classes.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from app.core.ports import Encoder, Vectors
from app.core.spelling import READING
from app.core.types import Entry, Passage
from app.search.classes import Classes
from app.search.gaps import Gaps
from app.search.index import OpenIndex, asked_rows, own_words, wordings_of
from app.search.ngrams import NGrams
from ingest import embedding


def as_read(passages: Sequence[Passage], encoder: Encoder) -> list[Passage]:
    """The same with variants read as a visitor's question is: what imitates visitors is mended as they are."""
    read = _reading(encoder.knowing(own_words(passages)))
    return [replace(p, text=read(p.text)) if p.kind == "variant" else p for p in passages]


def learn(
    entries: Sequence[Entry],
    passages: Sequence[Passage],
    gaps: Gaps | None,
    encoder: Encoder,
    live: OpenIndex | None,
    progress: embedding.Progress,
    threads: int,
) -> Classes | None:
    """The classes of an index; None where its wordings are too many. Vectors that `live` holds are taken over."""
    owner = wordings_of(passages, entries, gaps)
    if owner is None:
        return None
    words, wordings = own_words(passages), texts(passages, gaps)
    reader = encoder.knowing(words)
    known = Known(live, encoder, reader, words)
    missing = [text for text in dict.fromkeys(wordings) if known.of(text) is None]
    known.add(embedding.embed(missing, reader, None, progress, threads, asked=True))
    vectors = np.ascontiguousarray([known.of(text) for text in wordings], dtype=np.float32)
    return Classes.learn(vectors, owner, len(entries), NGrams.of([reader.read(text).asked for text in wordings]))


def wanting(index: OpenIndex) -> bool:
    """Whether a version could have learnt classes that know words, of wordings as they are read now, and hasn't."""
    learnt = index.classes is not None and index.classes.ngrams is not None and index.manifest.reading == READING
    return (
        not learnt
        and not index.dense.approximate
        and wordings_of(index.passages, index.entries, index.gaps) is not None
    )


def texts(passages: Sequence[Passage], gaps: Gaps | None) -> list[str]:
    """The wordings in the order of Classes."""
    return [passages[row].text for row in asked_rows(passages)] + [text for _, text in (gaps.phrasings if gaps else ())]


class Known:
    """The vectors of wordings: the live version's where they still hold, and those embedded since.

    What is embedded is a wording as it is read, which depends on the words that the FAQ has: while they are the same a
    wording is known by its text, and else by how it is read.
    """

    def __init__(self, live: OpenIndex | None, encoder: Encoder, reader: Encoder, words: list[str]) -> None:
        """For a FAQ of these `words` of its own, which `reader` knows.

        Nothing holds that another encoder made, or that was read in another way.
        """
        self._vectors: dict[str, Vectors] = {}
        then: Callable[[str], str] = _as_it_is
        self._as_read = then
        if live is None or live.classes is None:
            return
        if (live.manifest.encoder_fingerprint, live.manifest.reading) != (encoder.fingerprint, READING):
            return
        before = own_words(live.passages)
        if before != words:
            self._as_read, then = _reading(reader), _reading(encoder.knowing(before))
        self._vectors.update(zip(map(then, texts(live.passages, live.gaps)), live.classes.vectors, strict=True))

    def of(self, text: str) -> Vectors | None:
        """Its vector, shape (d,); None when it is to be embedded."""
        return self._vectors.get(self._as_read(text))

    def add(self, embedded: Iterable[tuple[str, Vectors]]) -> None:
        """Know further texts."""
        self._vectors.update((self._as_read(text), vector) for text, vector in embedded)


def _as_it_is(text: str) -> str:
    return text


def _reading(knowing: Encoder) -> Callable[[str], str]:
    return cache(lambda text: knowing.read(text).asked)
