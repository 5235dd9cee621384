"""Random requests over staff's API, with a token of each role and none: no 5xx, and nothing beyond the role."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator

import hypothesis
import pytest
from hypothesis.errors import Unsatisfiable
from starlette.testclient import TestClient

from app.store.accounts import ROLES, SCOPES, Role
from tests.fuzzing import TIMES, fuzz
from tests.http.staff import Institution, institution_in

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis.checks import not_a_server_error

EACH = 6
"""Requests an operation, mode and role in `make test`; `make fuzz` multiplies them."""


@pytest.fixture(scope="module")
def institution(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Institution]:
    made = institution_in(tmp_path_factory.mktemp("ecole"))
    with TestClient(made.app, raise_server_exceptions=False):
        for role in ROLES:
            made.signed_in(role)
        yield made


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("role", [None, *ROLES])
def test_staff_s_api_never_breaks(institution: Institution, role: Role | None) -> None:
    headers: dict[str, str] = {}
    if role is not None:
        found = institution.desk.accounts.by_login(f"{role}@ecole.example")
        assert found is not None
        _, secret = institution.desk.accounts.make_token(found[0].id, "essai", list(SCOPES))
        headers = {"Authorization": f"Bearer {secret}"}
    sent: Counter[int] = Counter()

    def ask(case: schemathesis.Case) -> None:
        response = case.call(headers=headers)
        sent[response.status_code] += 1
        case.validate_response(response, checks=[not_a_server_error])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        schema = schemathesis.openapi.from_asgi("/openapi.json", institution.app).include(path_regex="^/api/staff")
        operations = [result.ok() for result in schema.get_all_operations()]
        assert len(operations) > 20
        for operation in operations:
            if operation.path.endswith("/evaluations") and operation.method == "post":
                continue  # starts a process that runs for minutes
            for mode in schemathesis.GenerationMode:
                strategy = operation.as_strategy(generation_mode=mode)
                profile = hypothesis.settings(fuzz(EACH), phases=[hypothesis.Phase.generate])
                try:
                    profile(hypothesis.given(case=strategy)(ask))()
                except Unsatisfiable:
                    assert mode is schemathesis.GenerationMode.NEGATIVE
    assert sum(sent.values()) >= len(operations) * TIMES, sent
    if role is None:
        assert set(sent) <= {400, 401, 403, 404, 405, 413, 415, 422}, sent
        assert sent[401] > sum(sent.values()) / 2
    else:
        assert sent[401] < sum(sent.values()) / 2, sent
        assert sent[200] > 0
