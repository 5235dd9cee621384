"""What route functions are handed: the services that wiring put together."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from app.wiring import Services


async def services(request: Request) -> Services:
    """The services of the running application. Async, or FastAPI would call it in a thread."""
    return cast(Services, request.app.state.services)


ServicesDep = Annotated[Services, Depends(services)]
