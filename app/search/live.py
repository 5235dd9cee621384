"""The live index of a running service: swapped whole when a new version is published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Lock

import structlog

from app.core.errors import GuichetError, IndexMissing
from app.core.ports import Encoder
from app.search import messages, versions
from app.search.decide import Costs
from app.search.index import OpenIndex, open_index
from app.search.retriever import HybridRetriever

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

        A version that can't be opened is logged once and the one in use stays.
        """
        with self._lock:
            try:
                name = versions.current_version(self._index_dir)
                if self._retriever is not None and self._retriever.index.version == name:
                    self._problem = None
                    return False
                index = open_index(self._index_dir / name)
                index = replace(index, decision=replace(index.decision, costs=self._costs))
                if self._title:
                    index = replace(index, faq=replace(index.faq, title=self._title))
                self._retriever = HybridRetriever(self._over(index), self._encoder())
            except GuichetError as error:
                if str(error) != str(self._problem):
                    _log.error("index.refused", reason=str(error), mend=error.mend)
                self._problem = error
                return False
            self._problem = None
            _log.info("index.live", version=name, entries=len(self._retriever.index.entries))
            return True
