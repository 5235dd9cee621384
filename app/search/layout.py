"""Where each entry's passages stand: together, its questions first, then question + answer, then its sentences."""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

import numpy as np
import numpy.typing as npt
import orjson

from app.core.errors import IndexCorrupt
from app.core.types import Passage
from app.search import messages
from app.search.fuse import COLUMNS, TOP, PassageMap

Numbers = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Layout:
    """Of each of n entries the number of its first passage and of those after each kind; every array has shape (n,).

    Passages first … asked-1 put the question, asked … units-1 hold it with its answer, units … end-1 are sentences.
    """

    first: Numbers
    asked: Numbers
    units: Numbers
    end: Numbers

    @classmethod
    def of(cls, counts: npt.NDArray[np.int32]) -> Layout:
        """From how many passages of each kind every entry has, shape (n, 3)."""
        ends = np.cumsum(counts.reshape(-1), dtype=np.intp).reshape(counts.shape)
        first = np.concatenate([[0], ends[:-1, 2]]).astype(np.intp) if len(ends) else ends[:, 2]
        return cls(first, ends[:, 0], ends[:, 1], ends[:, 2])

    def asked_rows(self) -> Numbers:
        """Numbers of the passages that put a question: the entries' own and their variants."""
        sizes = self.asked - self.first
        end = np.cumsum(sizes)
        rows: Numbers = np.arange(end[-1] if len(end) else 0) + np.repeat(self.first - (end - sizes), sizes)
        return rows

    def owners(self, passages: Numbers) -> Numbers:
        """Numbers of the entries that passages speak for."""
        return (np.searchsorted(self.end, passages, side="right")).astype(np.intp)

    def part(self, entries: Numbers) -> tuple[Numbers, Layout]:
        """Numbers of these entries' passages, and the layout of those alone."""
        sizes = self.end[entries] - self.first[entries]
        end = np.cumsum(sizes)
        first = end - sizes
        passages = np.arange(end[-1] if len(end) else 0) + np.repeat(self.first[entries] - first, sizes)
        moved = first - self.first[entries]
        return passages, Layout(first, self.asked[entries] + moved, self.units[entries] + moved, end)

    def passage_map(self) -> PassageMap:
        """What fuse.PassageMap.of makes of the passages themselves."""
        total = int(self.end[-1]) if len(self.end) else 0
        bounds = np.empty((len(self.end), 3, 2), dtype=np.intp)
        for at, bound in enumerate((self.first, self.asked, self.units, self.end)):
            if at < 3:
                bounds[:, at, 0] = bound
            if at:
                bounds[:, at - 1, 1] = bound
        starts = bounds[:, :, 0].reshape(-1)
        sizes = (bounds[:, :, 1] - bounds[:, :, 0]).reshape(-1)
        # The three kinds of the first entry, then those of the second …, less the empty ones.
        kinds = sizes.nonzero()[0]
        kind = kinds.repeat(sizes[kinds])
        entry = kind // 3
        questions, every = _rows(self.first, self.asked, total), _rows(self.first, self.end, total)
        return PassageMap(entry, kind - 3 * entry, questions, every, runs=starts[kinds], once=True)


def _rows(first: Numbers, end: Numbers, filler: int) -> Numbers:
    """The numbers first … end-1 of each entry as rows, at least TOP wide, filled up with `filler`."""
    width = max(TOP, int((end - first).max(initial=0)))
    numbers = first[:, None] + np.arange(width)
    return np.where(numbers < end[:, None], numbers, filler)


def counts_of(passages: Iterable[Passage], entry_ids: Sequence[str]) -> npt.NDArray[np.int32]:
    """How many passages of each kind every entry has, shape (n, 3). Raises ValueError when they are out of order."""
    counts = np.zeros((len(entry_ids), 3), dtype=np.int32)
    position = {entry_id: at for at, entry_id in enumerate(entry_ids)}
    reached = (0, 0)
    for passage in passages:
        place = (position[passage.entry_id], COLUMNS[passage.kind])
        if place < reached:
            raise ValueError(f"passage {passage.id} is out of order")
        reached = place
        counts[place] += 1
    return counts


class PassageFile(Sequence[Passage]):
    """The passages of a file of JSON lines, read when they are asked for. Safe from any thread."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._ends = np.flatnonzero(np.frombuffer(self._bytes, dtype=np.uint8) == ord("\n"))

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, at: int) -> Passage: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Passage]: ...
    def __getitem__(self, at: int | slice) -> Passage | Sequence[Passage]:
        if isinstance(at, slice):
            return tuple(self._read(number) for number in range(*at.indices(len(self))))
        if not -len(self) <= at < len(self):
            raise IndexError(at)
        return self._read(at % len(self))

    def __iter__(self) -> Iterator[Passage]:
        return map(self._read, range(len(self)))

    def _read(self, number: int) -> Passage:
        start = int(self._ends[number - 1]) + 1 if number else 0
        passage = Passage(**orjson.loads(self._bytes[start : int(self._ends[number])]))
        if passage.id != number:
            raise IndexCorrupt(messages.ORDER, mend=messages.REBUILD)
        return passage
