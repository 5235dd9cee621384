"""The wordings of an index embedded as questions, and the classes learnt from them (app/search/classes.py)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from app.core.ports import Encoder, Vectors
from app.core.spelling import READING
from app.core.types import Entry, Passage
from app.search.classes import MOST, Classes
from app.search.gaps import Gaps
from app.search.index import OpenIndex, asked_rows, own_words, wordings_of
from app.search.ngrams import NGrams
from ingest import embedding


def as_read(passages: Sequence[Passage], encoder: Encoder, live: OpenIndex | None) -> list[Passage]:
    """The same with variants read as a visitor's question is: what imitates visitors is mended as they are.

    How `live` has read its own is taken over.
    """
    words = tuple(own_words(passages))
    known = _readings(encoder.fingerprint, words)
    if live is not None and _read_alike(live, encoder) and tuple(own_words(live.passages)) == words:
        variants = (text for entry in live.entries for text in entry.variants)
        then = (passage.text for passage in live.passages if passage.kind == "variant")
        known.update(zip(variants, then, strict=True))
    read = _reading(encoder, words)
    found = [replace(p, text=read(p.text)) if p.kind == "variant" else p for p in passages]
    if len(known) > 2 * MOST:
        known.clear()
    return found


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
    words = tuple(own_words(passages))
    wordings = [*map(_reading(encoder, words), texts(passages, gaps))]
    known = _known(live, encoder)
    missing = [text for text in dict.fromkeys(wordings) if text not in known]
    known.update(embedding.embed(missing, encoder.knowing(words), None, progress, threads, asked=True))
    vectors = np.ascontiguousarray([known[text] for text in wordings], dtype=np.float32)
    return Classes.learn(vectors, owner, len(entries), NGrams.of(wordings))


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


def _known(live: OpenIndex | None, encoder: Encoder) -> dict[str, Vectors]:
    """The vectors, shape (d,), of wordings that the live version has, by how they were read.

    None that another encoder made, or that was read in another way.
    """
    if live is None or live.classes is None or not _read_alike(live, encoder):
        return {}
    read = _reading(encoder, tuple(own_words(live.passages)))
    return dict(zip(map(read, texts(live.passages, live.gaps)), live.classes.vectors, strict=True))


def _read_alike(live: OpenIndex, encoder: Encoder) -> bool:
    """Whether this encoder and this program would have read what it holds as it was read."""
    return (live.manifest.encoder_fingerprint, live.manifest.reading) == (encoder.fingerprint, READING)


def _reading(encoder: Encoder, words: tuple[str, ...]) -> Callable[[str], str]:
    """How wordings of a FAQ of these `words` of its own are read; remembered from one ingest to the next."""
    known, reader = _readings(encoder.fingerprint, words), encoder.knowing(words)

    def read(text: str) -> str:
        if text not in known:
            known[text] = reader.read(text).asked
        return known[text]

    return read


@lru_cache(maxsize=2)
def _readings(_fingerprint: str, _words: tuple[str, ...]) -> dict[str, str]:
    return {}
