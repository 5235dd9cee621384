"""A text is embedded once, unless it reads otherwise the second time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from app.core.ports import Reading, Retrieval
from app.search.retriever import HybridRetriever

SEARCHED, AGAIN = np.zeros((1, 2), dtype=np.float32), np.ones((1, 2), dtype=np.float32)


def asked_again(reading: Reading, second: Reading) -> Any:
    retriever: Any = SimpleNamespace(
        _encoder=SimpleNamespace(read=lambda text: second if text == reading.text else None), vector=lambda text: AGAIN
    )
    found = Retrieval(reading, (), "v", 1.0, 3, {"encode": 0.0}, vector=SEARCHED)
    return HybridRetriever.vector_of(retriever, found)


def test_a_text_that_reads_the_same_is_not_embedded_again() -> None:
    assert asked_again(Reading("quel tarif"), Reading("quel tarif")) is SEARCHED
    assert asked_again(Reading("bonjour, quel tarif", bare="quel tarif"), Reading("x", bare="quel tarif")) is SEARCHED


def test_a_mended_text_that_reads_otherwise_is() -> None:
    assert asked_again(Reading("kel tarif"), Reading("quel tarif")) is AGAIN
