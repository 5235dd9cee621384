"""`--site`: the option by which a command works on one of the service's sites."""

from __future__ import annotations

from typing import Annotated

import typer

from app import sites_messages as messages
from app.core.site import CURRENT_SITE


def _choose(site: str | None) -> str | None:
    """Remember it for `load_settings`, for the rest of this process."""
    if site is not None:
        CURRENT_SITE.set(site)
    return site


SiteOption = Annotated[str | None, typer.Option("--site", metavar="NOM", help=messages.SITE_OPTION, callback=_choose)]
