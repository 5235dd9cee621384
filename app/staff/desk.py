"""What the console works with, put together once for a running service or a command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from app.core.errors import GuichetError
from app.core.workshop import Evaluator, Workshop
from app.settings import Settings
from app.staff import messages
from app.staff.effect import Effects
from app.staff.themes import Themes
from app.store.accounts import Accounts
from app.store.audit import Audit
from app.store.database import Database
from app.store.drafts import Drafts
from app.store.inbox import Inbox
from app.wiring import Services

GROUP = "guichet.ports"


class PortMissing(GuichetError):
    """A part of the product that brings what the console needs is not installed."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Services, tables, and the parts that come by entry point, loaded when they are first used."""

    services: Services
    database: Database
    inbox: Inbox
    accounts: Accounts
    audit: Audit
    drafts: Drafts
    open_workshop: Callable[[], Workshop]
    open_evaluator: Callable[[], Evaluator]
    effects: Effects = field(default_factory=Effects)
    themes: Themes = field(default_factory=Themes)

    @property
    def settings(self) -> Settings:
        """The service's settings."""
        return self.services.settings

    @property
    def workshop(self) -> Workshop:
        """The FAQ's sources. Raises PortMissing."""
        return self.open_workshop()

    @property
    def evaluator(self) -> Evaluator:
        """The question set. Raises PortMissing."""
        return self.open_evaluator()


def open_desk(services: Services, database: Database) -> Desk:
    """The desk over these services and this database."""
    settings = services.settings
    return Desk(
        services=services,
        database=database,
        inbox=Inbox(database),
        accounts=Accounts(database),
        audit=Audit(database),
        drafts=Drafts(database),
        open_workshop=cache(lambda: port("workshop", settings)),
        open_evaluator=cache(lambda: port("evaluator", settings)),
    )


def port(name: str, settings: Settings) -> Any:
    """The part of that name, over these settings. Raises PortMissing."""
    found = list(entry_points(group=GROUP, name=name))
    if not found:
        raise PortMissing(messages.NO_PORT.format(name=name), mend=messages.NO_PORT_MEND)
    return found[0].load()(settings)
