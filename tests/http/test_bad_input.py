"""Whatever a caller sends gets a 4xx problem with a French sentence, never a 5xx."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from app.answer import assistant
from app.settings import Settings
from app.web.main import create_app
from app.wiring import Services

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "invalid"),
        (b"{", 400, "malformed"),
        (b'{"message": "\xff\xfe"}', 400, "malformed"),
        (b"[]", 422, "invalid"),
        (b'"texte"', 422, "invalid"),
        (b"null", 422, "invalid"),
        (b"{}", 422, "invalid"),
        (b'{"message": ""}', 422, "invalid"),
        (b'{"message": "   \\n\\t "}', 422, "invalid"),
        (b'{"message": "\\u0000\\u0007"}', 422, "invalid"),
        (b'{"message": null}', 422, "invalid"),
        (b'{"message": 12}', 422, "invalid"),
        (b'{"message": ["a"]}', 422, "invalid"),
        (json.dumps({"message": "a" * 1001}).encode(), 422, "invalid"),
        (json.dumps({"message": "a" * 1_000_000}).encode(), 413, "too_large"),
        (b'{"message": "bonjour", "style": "poeme"}', 422, "invalid"),
        (b'{"message": "bonjour", "conversation_id": "' + b"x" * 65 + b'"}', 422, "invalid"),
        (b'{"message": "bonjour", "conversation_id": "a b"}', 422, "invalid"),
        (b"[" * 10_000, 400, "malformed"),
        (b'{"message": "bonjour", "\\ud800": 1}', 200, ""),
        (b'{"message": "bonjour", "inconnu": {"a": [1]}}', 200, ""),
        (b'{"message": "Quels modes de paiement \\ud83d ?"}', 200, ""),
        (b'{"message": "paiement\\u0000 \\u202e en ligne"}', 200, ""),
        (json.dumps({"message": "paiement " * 111}).encode(), 200, ""),
        (json.dumps({"message": "é" * 1000}).encode(), 200, ""),
        (json.dumps({"message": "👩🏽‍🎓" * 100}).encode(), 200, ""),
    ],
)
def test_bodies(client: TestClient, body: bytes, status: int, code: str) -> None:
    response = client.post("/api/chat", content=body, headers=JSON)
    assert response.status_code == status, response.text
    if status >= 400:
        assert response.headers["content-type"] == "application/problem+json"
        problem = response.json()
        assert problem["code"] == code
        assert problem["status"] == status
        assert problem["detail"].endswith((".", "…"))
        assert "Traceback" not in response.text


def test_other_content_types_are_refused(client: TestClient) -> None:
    for kind in ("text/plain", "multipart/form-data", "application/x-www-form-urlencoded", ""):
        response = client.post("/api/chat", content=b'{"message":"bonjour"}', headers={"Content-Type": kind})
        assert response.status_code == 415
        assert response.json()["code"] == "unsupported_media_type"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/chat", 405),
        ("GET", "/rien", 404),
        ("GET", "/api/search", 422),
        ("GET", "/api/search?q=%20", 422),
        ("GET", "/api/search?q=a&k=0", 422),
        ("GET", "/api/search?q=a&k=x", 422),
        ("GET", "/api/search?q=%ff%fe", 200),
        ("GET", "/api/entries/%00", 404),
        ("GET", "/static/../main.py", 404),
        ("GET", "/static/%2e%2e/main.py", 404),
        ("DELETE", "/api/feedback", 405),
    ],
)
def test_paths(client: TestClient, method: str, path: str, status: int) -> None:
    response = client.request(method, path)
    assert response.status_code == status, response.text
    if status >= 400:
        assert response.headers["content-type"] == "application/problem+json"


def test_a_body_without_a_length_is_capped_too(client: TestClient) -> None:
    def chunks():  # type: ignore[no-untyped-def]
        for _ in range(200):
            yield b"x" * 1000

    response = client.post("/api/chat", content=chunks(), headers=JSON)
    assert response.status_code == 413
    assert response.json()["code"] == "too_large"


def test_too_many_questions_are_told_when_to_come_back(
    settings: Settings, wire: Callable[[Settings], Services]
) -> None:
    limited = settings.model_copy(update={"rate_limit_per_minute": 3})
    with TestClient(create_app(limited, wire=wire)) as client:
        codes = [client.post("/api/chat", json={"message": "Bonjour"}).status_code for _ in range(4)]
        assert codes == [200, 200, 200, 429]
        refused = client.post("/api/chat", json={"message": "Bonjour"})
        assert int(refused.headers["Retry-After"]) >= 1
        assert client.get("/api/health").status_code == 200


def test_without_an_index_the_service_says_so(
    settings: Settings, wire: Callable[[Settings], Services], tmp_path
) -> None:
    empty = settings.model_copy(update={"index_dir": tmp_path / "vide"})
    with TestClient(create_app(empty, wire=wire)) as client:
        for accept in ("application/json", "text/event-stream"):
            response = client.post("/api/chat", json={"message": "Bonjour"}, headers={"Accept": accept})
            assert response.status_code == 503
            assert "Retry-After" in response.headers
            assert response.json()["code"] == "index_unavailable"
        assert client.get("/api/ready").status_code == 503
        assert client.get("/api/health").status_code == 200
        assert client.get("/").status_code == 503


def test_a_stream_that_breaks_ends_with_an_error_event(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: str) -> list[str]:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(assistant, "paragraphs", broken)
    response = client.post("/api/chat", json={"message": "Bonjour"}, headers={"Accept": "text/event-stream"})
    assert "event: error" in response.text
    assert "secret" not in response.text


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_an_answer_that_cannot_be_recorded_is_given_all_the_same(
    client: TestClient, accept: str, caplog: pytest.LogCaptureFixture
) -> None:
    services: Services = client.app.state.services  # type: ignore[attr-defined]

    class Broken:
        def record_answer(self, record: object) -> None:
            raise RuntimeError("secret detail")

    client.app.state.services = replace(  # type: ignore[attr-defined]
        services, assistant=replace(services.assistant, store=Broken())
    )
    with capture_logs() as told:
        response = client.post("/api/chat", json={"message": "Merci, zanzibarre"}, headers={"Accept": accept})
    assert response.status_code == 200
    assert "event: error" not in response.text
    assert [line["event"] for line in told if line["log_level"] == "error"] == ["answer.not_recorded"]
    assert "zanzibarre" not in caplog.text + str(told)


def test_security_headers(client: TestClient) -> None:
    for path in ("/api/health", "/rien"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "set-cookie" not in headers
