"""What several machines must have in common before they serve: told at the start, not by the first visitor who notices.

GUICHET_INDEX_URL says that there are several. One FAQ alone may still be served so from a single machine with a SQLite
file; sites on replicas, and shared conversations, can't.
"""

from __future__ import annotations

from app import messages
from app.core.errors import GuichetError
from app.settings import Settings


class ReplicasApart(GuichetError):
    """Replicas would each keep for themselves what they must share."""


def check(settings: Settings) -> None:
    """Raise ReplicasApart, with the setting to give."""
    if settings.index_url and settings.sites_dir is not None:
        what = messages.SITES_ON_REPLICAS
    elif settings.conversations_shared:
        what = messages.CONVERSATIONS_ON_REPLICAS
    else:
        return
    if not settings.database_url.startswith("postgresql"):
        raise ReplicasApart(messages.APART_STORE.format(what=what), mend=messages.APART_STORE_MEND)
    if settings.secret is None:
        raise ReplicasApart(messages.APART_UNSIGNED.format(what=what), mend=messages.APART_UNSIGNED_MEND)
