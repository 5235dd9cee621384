"""What several machines share, as the settings choose it; nothing of it stands between a visitor and an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from app.core.errors import GuichetError
from app.search.database_dense import searched_there
from app.search.follower import Follower
from app.search.index import OpenIndex
from app.search.live import LiveIndex
from app.search.shared import SharedIndex, open_shared
from app.settings import Settings


@dataclass(slots=True)
class Cluster:
    """The shared parts of a running service; empty on a single machine."""

    settings: Settings
    shared: SharedIndex | None = None
    over: Callable[[OpenIndex], OpenIndex] = lambda index: index
    """Put between an opened index version and its reader."""
    follower: Follower | None = None
    closing: list[Callable[[], None]] = field(default_factory=list)

    @property
    def problem(self) -> GuichetError | None:
        """Why what the other machines share could not be taken up the last time; None when all is well."""
        return self.follower.problem if self.follower else None

    def follow(self, live: LiveIndex) -> None:
        """Let `live` have what any machine publishes."""
        if self.shared is not None:
            settings = self.settings
            self.follower = Follower(self.shared, settings.index_dir, settings.index_poll_s, live.refresh)

    def start(self) -> None:
        """Take up what is published now, if it can be reached, and go on following it."""
        if self.follower is not None:
            self.follower.catch_up()
            self.follower.start()

    def close(self) -> None:
        """Stop, and let go of every connection."""
        if self.follower is not None:
            self.follower.close()
        for close in self.closing:
            close()


def open_cluster(settings: Settings) -> Cluster:
    """What the settings share. Connects to nothing that isn't there."""
    shared = open_shared(settings)
    if shared is None or settings.index_search == "memory":
        return Cluster(settings, shared)
    over, connections = searched_there(shared, settings.searches_at_once)
    return Cluster(settings, shared, over, closing=[connections.close])
