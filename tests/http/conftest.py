"""An HTTP client over the application, with fakes beneath."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from starlette.testclient import TestClient

from app.settings import Settings
from app.web.main import create_app
from app.wiring import Services


@pytest.fixture
def client(settings: Settings, wire: Callable[[Settings], Services]) -> Iterator[TestClient]:
    with TestClient(create_app(settings, wire=wire), raise_server_exceptions=False) as client:
        yield client
