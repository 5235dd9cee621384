"""The wordings of an index embedded as questions, and the classes learnt from them (app/search/classes.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from app.core.ports import Encoder, Vectors
from app.core.types import Entry, Passage
from app.search.classes import Classes
from app.search.gaps import Gaps
from app.search.index import OpenIndex, asked_rows, own_words, wordings_of
from ingest import embedding


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
    words = own_words(passages)
    knowing = encoder.knowing(words)
    # What is embedded is a wording as it is read, which depends on the words that the FAQ has.
    wordings = texts(passages, gaps)
    read = {text: knowing.read(text).asked for text in wordings}
    known = _known(live, encoder, words, read)
    missing = [text for text, as_read in read.items() if as_read not in known]
    embedded = embedding.embed(missing, knowing, None, progress, threads, asked=True)
    known.update((read[text], vector) for text, vector in embedded)
    vectors = np.ascontiguousarray([known[read[text]] for text in wordings], dtype=np.float32)
    return Classes.learn(vectors, owner, len(entries))


def wanting(index: OpenIndex) -> bool:
    """Whether a version of before there were classes could have learnt some."""
    exact = index.classes is None and not index.dense.approximate
    return exact and wordings_of(index.passages, index.entries, index.gaps) is not None


def texts(passages: Sequence[Passage], gaps: Gaps | None) -> list[str]:
    """The wordings in the order of Classes."""
    return [passages[row].text for row in asked_rows(passages)] + [text for _, text in (gaps.phrasings if gaps else ())]


def _known(live: OpenIndex | None, encoder: Encoder, words: list[str], read: Mapping[str, str]) -> dict[str, Vectors]:
    """The vectors of the live version's wordings, by how they were read; `read` has how a FAQ of `words` reads some."""
    if live is None or live.classes is None or live.manifest.encoder_fingerprint != encoder.fingerprint:
        return {}
    before = own_words(live.passages)
    known, knowing = read if before == words else {}, encoder.knowing(before)
    as_read = (known.get(text) or knowing.read(text).asked for text in texts(live.passages, live.gaps))
    return dict(zip(as_read, live.classes.vectors, strict=True))
