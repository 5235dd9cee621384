"""The live index of a running service: swapped whole when a new version is published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Lock
from time import monotonic

import structlog

from app.core.errors import GuichetError, IndexCorrupt, IndexMissing
from app.core.memory import give_back
from app.core.ports import Encoder
from app.search import messages, versions
from app.search.decide import Costs
from app.search.index import OpenIndex, open_index
from app.search.retriever import HybridRetriever

RETRY_S = 30.0
"""Time after which a version that was refused is tried again though its files are the same (s)."""
_log = structlog.get_logger(__name__)


class LiveIndex:
    """Holds the retriever of the live version. A question keeps the one it started with."""

    def __init__(
        self,
        index_dir: Path,
        encoder: Callable[[], Encoder],
        costs: Costs | None = None,
        title: str = "",
        over: Callable[[OpenIndex], OpenIndex] = lambda index: index,
    ) -> None:
        """`costs` of the mistakes, by which every version decides (the default ones when None); `title` in place of
        the FAQ's own; `over` may put something between an opened version and its reader.
        """
        self._title = title
        self._over = over
        self._index_dir = index_dir
        self._costs = costs or Costs()
        self._encoder = encoder
        self._lock = Lock()
        self._retriever: HybridRetriever | None = None
        self._problem: GuichetError | None = None
        self._refused: tuple[versions.Stamp, float] | None = None
        """What the refused version looked like, and until when (s) it needn't be looked at again."""

    def retriever(self) -> HybridRetriever:
        """The retriever to use now. Raises IndexMissing, or what kept the index from opening."""
        retriever = self._retriever
        if retriever is None:
            raise self._problem or IndexMissing(messages.NOT_LOADED)
        return retriever

    def read_with(self, encoder: Callable[[], Encoder]) -> None:
        """Read what is opened from now on with another live index's encoder, so that the process holds one."""
        self._encoder = encoder

    def encoder(self) -> Encoder:
        """The encoder that reads every version; loaded when it is first asked for. Raises EncoderUnavailable."""
        return self._encoder()

    @property
    def problem(self) -> GuichetError | None:
        """Why the version on disk could not be taken up, or None."""
        return self._problem

    def refresh(self) -> bool:
        """Take up the published version if it is another one; True when it was.

        A version that can't be opened is logged once and the one in use stays. Where none is in use yet,
        the newest older version that can be opened serves until the live one is mended. A version that was
        refused is opened again when its files change, or after RETRY_S: checking it costs a reading of it all.
        """
        with self._lock:
            name = ""
            try:
                name = versions.current_version(self._index_dir)
                if self._retriever is not None and self._retriever.index.version == name:
                    self._problem = self._refused = None
                    return False
                if self._is_still_refused(name):
                    return False
                self._take_up(name)
            except GuichetError as error:
                self._refuse(name, error)
                return self._retriever is None and self._fall_back(name)
            self._problem = self._refused = None
            return True

    def _take_up(self, name: str) -> None:
        try:
            index = open_index(self._index_dir / name)
            index = replace(index, decision=replace(index.decision, costs=self._costs))
            if self._title:
                index = replace(index, faq=replace(index.faq, title=self._title))
            retriever = HybridRetriever(self._over(index), self._encoder())
        except GuichetError:
            raise
        except Exception as error:  # whatever it is, those who ask are answered from the version in use
            reason = messages.UNREADABLE.format(path=self._index_dir / name, reason=repr(error))
            raise IndexCorrupt(reason, mend=messages.REBUILD) from error
        self._retriever = retriever
        _log.info("index.live", version=name, entries=len(index.entries))
        give_back()

    def _refuse(self, name: str, error: GuichetError) -> None:
        if str(error) != str(self._problem):
            _log.error("index.refused", reason=str(error), mend=error.mend)
        self._problem = error
        self._refused = (versions.stamp(self._index_dir / name), monotonic() + RETRY_S) if name else None

    def _is_still_refused(self, name: str) -> bool:
        """Whether that version was refused as it stands, and not long ago."""
        if self._refused is None:
            return False
        stamp, until = self._refused
        return monotonic() < until and stamp == versions.stamp(self._index_dir / name)

    def _fall_back(self, name: str) -> bool:
        """Serve the newest version before `name` that can be opened; not one that staff went back from."""
        for older in reversed(versions.list_versions(self._index_dir)):
            if name and older >= name:
                continue
            try:
                self._take_up(older)
            except GuichetError:
                continue
            _log.warning("index.older_serves", version=older, instead_of=name)
            return True
        return False
