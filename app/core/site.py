"""Which site of the service the work at hand is for; "" for the service's own FAQ.

Set where a request of a site comes in and where its background work begins; threads started with
`asyncio.to_thread` and tasks inherit it. It only labels and shares out: nothing is looked up by it.
"""

from __future__ import annotations

from contextvars import ContextVar

CURRENT_SITE: ContextVar[str] = ContextVar("guichet_site", default="")
