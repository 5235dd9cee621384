"""The FAQ as on its first day, before anybody wrote variants: what retrieval finds without them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from app.core.french import clean
from app.core.ports import Encoder
from app.search.classes import Classes
from app.search.dense import DenseIndex
from app.search.discriminant import precision_of
from app.search.fuse import PassageMap
from app.search.index import OpenIndex, asked_rows, discriminant_of, texts_by_entry
from app.search.layout import Layout, counts_of
from app.search.lexical import LexicalIndex
from app.search.retriever import HybridRetriever
from evals.cases import Case


def without_variants(index: OpenIndex) -> OpenIndex:
    """The index less its variants, rebuilt in memory."""
    kept = [passage for passage in index.passages if passage.kind != "variant"]
    vectors = index.dense.vectors()[[passage.id for passage in kept]]
    passages = tuple(replace(passage, id=number) for number, passage in enumerate(kept))
    passage_map, dense = PassageMap.of(passages, [entry.id for entry in index.entries]), DenseIndex.build(vectors)
    rows = asked_rows(passages)
    precision = precision_of(vectors[rows], passage_map.entry[rows])
    return replace(
        index,
        passages=passages,
        layout=Layout.of(counts_of(passages, [entry.id for entry in index.entries])),
        dense=dense,
        lexical=LexicalIndex.build([passage.text for passage in passages]),
        lexical_entries=LexicalIndex.build(texts_by_entry(index.entries, passages)),
        precision=precision,
        discriminant=discriminant_of(passages, passage_map, dense, precision),
        passage_map=passage_map,
        classes=_of_questions(index),
        decision=index.decision.day_one or index.decision,
    )


def _of_questions(index: OpenIndex) -> Classes | None:
    """What is learnt from the entries' own questions and the gaps."""
    if index.classes is None:
        return None
    own = [index.passages[row].kind == "question" for row in asked_rows(index.passages)]
    gaps = len(index.classes.owner) - len(own)
    return index.classes.of(np.array(own + [True] * gaps))


def found_first(index: OpenIndex, encoder: Encoder, cases: Sequence[Case]) -> list[bool]:
    """Whether a right entry comes first, for each case, without variants."""
    retriever = HybridRetriever(without_variants(index), encoder)
    return [retriever.search(clean(case.question), 1).hits[0].entry.id in case.entries for case in cases]
