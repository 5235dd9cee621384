"""Known gaps that cover the test split's topics, left out of what is measured and fitted; see withheld.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from app.search.index import OpenIndex, with_gaps

FILE = Path(__file__).with_name("withheld.toml")


@cache
def covering() -> Mapping[str, tuple[str, ...]]:
    """The titles of the gaps that cover each topic of the test split's near misses; none for some."""
    with FILE.open("rb") as file:
        return {topic: tuple(titles) for topic, titles in tomllib.load(file).items()}


def without_withheld(index: OpenIndex) -> OpenIndex:
    """The index as if nobody had listed the topics that measure it."""
    if index.gaps is None:
        return index
    titles = {title for titles in covering().values() for title in titles}
    return with_gaps(index, index.gaps.without(topics=titles))
