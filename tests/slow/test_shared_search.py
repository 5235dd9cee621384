"""pgvector's HNSW over the FAQ as shipped finds what FAISS finds: the same entries in the same order."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.shared_search import compare
from tests import postgres

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
EVERY = 12
"""Of the development questions; all of them: `python -m bench.shared_search`."""


def test_hnsw_in_postgresql_finds_the_same_entries_in_the_same_order(tmp_path: Path) -> None:
    with postgres.running(pgvector=True) as server_url:
        found = compare(postgres.fresh_database(server_url), tmp_path, EVERY)
    assert found.asked >= 1.9 * found.questions, found
    assert found.scans >= found.asked, found
    assert found.recall >= 0.98, found
    assert found.same_order == found.questions, found
