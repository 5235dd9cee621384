"""What a retrieval shows, as named numbers: the inputs of the fitted models that decide (app/search/decide.py)."""

from __future__ import annotations

import math

from app.core.ports import Retrieval
from app.core.types import Passage
from app.core.wanted import carries, wanted
from app.search.fuse import DENSITY_RANGE, FEATURES
from app.search.wording import WORDINGS, overlap

ASKING_FEATURES = ("length", "broad", "stated", "yes_no", "asks_kind", "lacks_kind")
"""What the question looks like: its length (1 from LONG words on), whether it asks broadly, states rather than asks,
wants a yes or no, asks for a kind of thing (an amount, a time, a place…), and whether the first entry's
answer has nothing of that kind."""

COVER_FEATURES = ("coverage", "entry_coverage", "text_coverage", "missing", "rarest_missing")
"""What covers the question's words: the shares that the FAQ and that the first hit's entry know, with and without
its variants; how many its entry lacks (1 from MANY on), and how much the rarest of those tells."""

CLASS_FEATURES = ("belonging_other", "belongs")
"""How far the question belongs at most to another entry found, one that asks something else, and how far to some entry
rather than to the known gaps (app/search/classes.py); 0 where an index has learnt no classes."""

FEATURE_NAMES = (*FEATURES, "best", "margin", "short", "overlap", *CLASS_FEATURES, *COVER_FEATURES, *ASKING_FEATURES)
"""Inputs of the scope model: the first hit's evidence, its fused score, its lead over the
best entry that asks something else, whether the question is one or two words, the share of stems that it
has in common with the wording found (wording.overlap; 0 for a sentence of an answer), and the above."""

LONG, MANY, TELLING = 30, 6, 10.0
"""Words, words, and a weight in BM25 that count as 1."""


GAP_FEATURES = ("gap", "gap_agreement", "gap_lead", "gap_agreement_lead", "gap_density_lead", "overlap_lead")
"""Further inputs where gaps are known: how near the nearest gap is, by its best phrasing and by its best
few, by how much it is nearer than the first hit's question and variants are, by how much likelier
it is than the likeliest entry, and by how much less of the question its phrasings have in common than the wording
found."""


SURENESS_FEATURES = ("share", "share_logit", "overlap_margin")
"""Further inputs of the model of how sure the first hit is: its share among the hits, as a logit too, and
by how much more its wording has in common with the question than the next ones'."""

RIVALS, SMALLEST = 5, 1e-6
"""Hits that are compared by their wording, and the least share whose logit is taken."""


def scope_features(retrieval: Retrieval) -> dict[str, float]:
    """The features of a retrieval by name; all zero when nothing was found.

    Those of gaps are there only when gaps are known.
    """
    if not retrieval.hits:
        return dict.fromkeys(FEATURE_NAMES, 0.0)
    first = retrieval.hits[0]
    asked = first.entry.question
    shared = _overlap(retrieval.reading.asked, first.passage)
    others = (hit.score for hit in retrieval.hits if hit.entry.question != asked)
    second = max(others, default=0.0)
    return {
        **{name: first.features[name] for name in FEATURES},
        "best": first.score,
        "margin": first.score - second,
        "short": float(retrieval.words <= 2),
        "overlap": shared,
        **_class_features(retrieval),
        **_cover_features(retrieval),
        **_asking_features(retrieval),
        **_gap_features(retrieval, shared),
    }


def _overlap(asked: str, passage: Passage) -> float:
    return overlap(asked, passage.text) if passage.kind in WORDINGS else 0.0


def _cover_features(retrieval: Retrieval) -> dict[str, float]:
    cover = retrieval.cover
    missing, rarest = min(cover.missing, MANY) / MANY, min(cover.rarest_missing / TELLING, 1.0)
    values = (retrieval.coverage, cover.by_entry, cover.by_text, missing, rarest)
    return dict(zip(COVER_FEATURES, values, strict=True))


def _asking_features(retrieval: Retrieval) -> dict[str, float]:
    text = retrieval.reading.text
    asked = wanted(text)
    lacks = bool(asked.kinds) and not carries(retrieval.hits[0].entry.answer_md, asked)
    length = min(len(text.split()), LONG) / LONG
    values = (length, asked.broad, asked.stated, asked.yes_no, bool(asked.kinds), lacks)
    return dict(zip(ASKING_FEATURES, map(float, values), strict=True))


def _gap_features(retrieval: Retrieval, shared: float) -> dict[str, float]:
    gap, first = retrieval.gap, retrieval.hits[0].features
    if gap is None:
        return {}
    density_lead = max(-1.0, min(1.0, gap.density_lead / DENSITY_RANGE))
    asked = retrieval.reading.asked
    overlap_lead = shared - max(overlap(asked, text) for text in gap.gap.phrasings)
    leads = (gap.score - first["question"], gap.agreement - first["agreement"], density_lead, overlap_lead)
    return dict(zip(GAP_FEATURES, (gap.score, gap.agreement, *leads), strict=True))


def _class_features(retrieval: Retrieval) -> dict[str, float]:
    first, *others = retrieval.hits
    rivals = [hit.features["belonging"] for hit in others if hit.entry.question != first.entry.question]
    return dict(zip(CLASS_FEATURES, (max(rivals, default=0.0), retrieval.belongs), strict=True))


def sureness_features(retrieval: Retrieval, features: dict[str, float], share: float) -> dict[str, float]:
    """`features` and what tells besides whether the first hit is the right one; `share` is its own, in [0, 1]."""
    asked, first = retrieval.reading.asked, retrieval.hits[0]
    others = [hit.passage for hit in retrieval.hits[1:RIVALS] if hit.entry.question != first.entry.question]
    rival = max((_overlap(asked, passage) for passage in others), default=0.0)
    share_logit = math.log(max(share, SMALLEST) / max(1 - share, SMALLEST))
    values = (share, share_logit, features["overlap"] - rival)
    return {**features, **dict(zip(SURENESS_FEATURES, values, strict=True))}
