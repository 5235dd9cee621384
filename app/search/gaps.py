"""Known gaps: topics that staff know the FAQ doesn't answer, so that no neighbouring entry answers for it.

They stand beside the entries, never among them: a gap is never found, shown or
cited. It only says how near a question is to a topic without an answer.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from app.core.ports import GapHit, Vectors
from app.core.types import Gap
from app.search import versions
from app.search.dense import DenseIndex
from app.search.discriminant import Discriminant, Floats, means_of
from app.search.fuse import rows_of, stretch, top_mean


@dataclass(frozen=True, slots=True)
class Gaps:
    """The gaps of an index version with the vectors of their phrasings."""

    gaps: tuple[Gap, ...]
    dense: DenseIndex
    precision: Floats
    """The entries' own, shape (d, d); see discriminant.precision_of."""
    discriminant: Discriminant
    rows: npt.NDArray[np.intp]
    """Numbers of each gap's phrasings, one row a gap; see fuse.rows_of."""

    @classmethod
    def build(cls, gaps: Sequence[Gap], vectors: Vectors, precision: Floats) -> Gaps:
        """`vectors` hold one row a phrasing, in order."""
        owner = np.repeat(np.arange(len(gaps)), [len(gap.phrasings) for gap in gaps])
        if len(owner) != len(vectors):
            raise ValueError("gaps and their vectors differ in number")
        means = means_of(vectors, owner, len(gaps))
        rows = rows_of([np.flatnonzero(owner == at).tolist() for at in range(len(gaps))], len(owner))
        return cls(tuple(gaps), DenseIndex.build(vectors), precision, Discriminant.of(means, precision), rows)

    @classmethod
    def read(cls, folder: Path, precision: Floats) -> Gaps | None:
        """Open those of a version whose hashes have been checked already; None when it has none."""
        if not (folder / versions.GAPS).exists():
            return None
        lines = (folder / versions.GAPS).read_bytes().splitlines()
        rows: list[dict[str, Any]] = [orjson.loads(line) for line in lines if line]
        gaps = tuple(Gap(**{**row, "phrasings": tuple(row["phrasings"])}) for row in rows)
        return cls.build(gaps, DenseIndex.read(folder / versions.GAP_VECTORS).vectors(), precision)

    @property
    def phrasings(self) -> list[tuple[str, str]]:
        """Those of all gaps, each with its gap's topic, in the order of the vectors."""
        return [(gap.topic, text) for gap in self.gaps for text in gap.phrasings]

    def write(self, folder: Path) -> None:
        """Write both files."""
        (folder / versions.GAPS).write_bytes(b"".join(orjson.dumps(asdict(gap)) + b"\n" for gap in self.gaps))
        self.dense.write(folder / versions.GAP_VECTORS)

    def without(self, *, topics: Collection[str] = (), phrasing: str | None = None) -> Gaps | None:
        """The same less some topics or a single phrasing, as if staff had not listed them; None without any."""
        kept = [topic not in topics and text != phrasing for topic, text in self.phrasings]
        left = [
            replace(gap, phrasings=tuple(text for text in gap.phrasings if text != phrasing))
            for gap in self.gaps
            if gap.topic not in topics
        ]
        left = [gap for gap in left if gap.phrasings]
        return Gaps.build(left, self.dense.vectors()[kept], self.precision) if left else None

    def topics_near(self, query: Vectors, count: int) -> list[str]:
        """The topics of the gaps whose phrasings lie nearest to a query, shape (1, d), nearest first."""
        best = np.maximum.reduceat(np.nan_to_num(self.dense.scores(query), nan=-1.0), self.rows[:, 0])
        return [self.gaps[at].topic for at in np.argsort(-best, kind="stable")[:count].tolist()]

    def nearest(self, query: Vectors, floor: float, best_density: float) -> GapHit:
        """The gap that speaks most of what the query, shape (1, d), asks.

        `floor` is as in fuse.stretch, `best_density` the highest log-density of an entry.
        """
        scores = stretch(self.dense.scores(query), floor)
        best = np.maximum.reduceat(scores, self.rows[:, 0])
        nearest, agreement = int(best.argmax()), float(top_mean(scores, self.rows).max())
        densities = self.discriminant.scores(query)
        lead = float(densities.max()) - best_density
        return GapHit(
            self.gaps[nearest], float(best[nearest]), agreement, lead, agreed=int(densities.argmax()) == nearest
        )
