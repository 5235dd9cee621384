"""Random requests over the whole OpenAPI: no 5xx, ever."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable

import hypothesis
import pytest
from hypothesis.errors import Unsatisfiable
from starlette.testclient import TestClient

from app.settings import Settings
from app.web.main import create_app
from app.wiring import Services

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis.checks import not_a_server_error

REQUESTS = 10_000
_PROFILE = hypothesis.settings(
    deadline=None,
    database=None,
    derandomize=True,
    phases=[hypothesis.Phase.generate],
    suppress_health_check=list(hypothesis.HealthCheck),
)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ten_thousand_random_requests(settings: Settings, wire: Callable[[Settings], Services]) -> None:
    app = create_app(settings, wire=wire)
    sent: Counter[int] = Counter()

    def ask(case: schemathesis.Case) -> None:
        response = case.call()
        sent[response.status_code] += 1
        case.validate_response(response, checks=[not_a_server_error])

    with TestClient(app, raise_server_exceptions=False), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        schema = schemathesis.openapi.from_asgi("/openapi.json", app)
        # Staff's routes are refused before anything of theirs is read: tests/http/test_console_access.py.
        schema = schema.exclude(path_regex="^/api/staff")
        operations = [result.ok() for result in schema.get_all_operations()]
        open_ended = [o for o in operations if o.body or o.query or o.path_parameters]
        assert len(open_ended) >= 5
        for operation in operations:
            for mode in schemathesis.GenerationMode:
                count = REQUESTS // (2 * len(open_ended)) + 1 if operation in open_ended else 2
                strategy = operation.as_strategy(generation_mode=mode)
                try:
                    hypothesis.settings(_PROFILE, max_examples=count)(hypothesis.given(case=strategy)(ask))()
                except Unsatisfiable:
                    assert mode is schemathesis.GenerationMode.NEGATIVE  # nothing that could be wrong
    assert sum(sent.values()) >= REQUESTS * 0.95, sent
    assert sent[200] > 500, sent
