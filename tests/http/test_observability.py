"""What operators see: ids of requests, logs without visitors' words or secrets, parts that are ready, traces."""

from __future__ import annotations

import json
import logging
import logging.config
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.testclient import TestClient
from uvicorn.config import LOGGING_CONFIG

from app.core.errors import EncoderUnavailable
from app.logs import configure_logging, take_over_libraries
from app.settings import Settings
from app.web import traces
from app.web.main import create_app
from app.wiring import Services, build_services
from tests.serving import ROOT, guichet, serving

WORDS = "zanzibarre"
"""A word that nothing but a visitor's message holds."""


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


@pytest.fixture
def breaking(
    settings: Settings, wire: Callable[[Settings], Services], capsys: pytest.CaptureFixture[str]
) -> Iterator[TestClient]:
    """A client of a service in which a search for the word crashes, quoting it. Logs to the stderr that is captured."""
    app = create_app(settings, wire=wire)
    with TestClient(app, raise_server_exceptions=False) as client:
        retriever = client.app.state.services.live.retriever()  # type: ignore[attr-defined]

        def crash(query: str, *_: object, **__: object) -> None:
            raise KeyError(query)

        object.__setattr__(retriever, "search", crash) if not hasattr(retriever, "__dict__") else setattr(
            retriever, "search", crash
        )
        yield client


def test_a_request_has_an_id_of_the_proxy_s_or_of_its_own(client: TestClient) -> None:
    assert client.get("/api/health", headers={"X-Request-ID": "proxy-12345678"}).headers["X-Request-ID"] == (
        "proxy-12345678"
    )
    for given in ("", "court", "x" * 65, "a b c d e f g", 'x"><script>1'):
        own = client.get("/api/health", headers={"X-Request-ID": given}).headers["X-Request-ID"]
        assert re.fullmatch(r"[0-9a-f]{32}", own)
    assert client.get("/rien").headers["X-Request-ID"]


def test_a_crash_is_logged_by_its_id_type_and_place_and_without_what_was_typed(
    breaking: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("info")  # to the standard error of this test
    answer = breaking.get("/api/search", params={"q": WORDS}, headers={"X-Request-ID": "essai-0001"})
    assert answer.status_code == 500
    err = capsys.readouterr().err
    assert WORDS not in err
    told = [line for line in lines(err) if line.get("request_id") == "essai-0001"]
    crash = next(line for line in told if line["event"] == "request.crashed")
    assert crash["error"] == "KeyError"
    assert any("crash" in place for place in crash["at"])  # type: ignore[union-attr]
    assert next(line for line in told if line["event"] == "http.request")["route"] == "/api/search"


def test_requests_are_counted_by_route_never_by_what_was_typed(client: TestClient) -> None:
    for path in (f"/api/entries/{WORDS}", f"/{WORDS}", f"/api/search?q={WORDS}", f"/faq?q={WORDS}"):
        client.get(path)
    text = client.get("/metrics").text
    assert WORDS not in text
    assert 'route="/api/entries/{entry_id}"' in text
    assert 'guichet_ready{part="index"} 1.0' in text


def test_ready_tells_which_part_is_not(settings: Settings, wire: Callable[[Settings], Services]) -> None:
    def no_encoder() -> None:
        raise EncoderUnavailable("Le modèle manque.", mend="Réinstallez.")

    with TestClient(create_app(settings, wire=wire)) as client:
        assert client.get("/api/ready").json()["parts"] == {"index": "ok", "encoder": "ok"}
    broken = lambda given: build_services(given, encoder=no_encoder)  # type: ignore[arg-type,return-value]  # noqa: E731
    with TestClient(create_app(settings, wire=broken)) as client:
        answer = client.get("/api/ready")
        assert answer.status_code == 503
        assert answer.json()["parts"]["encoder"] == "Le modèle manque."
    shutil.rmtree(settings.index_dir)
    with TestClient(create_app(settings, wire=wire)) as client:
        parts = client.get("/api/ready").json()["parts"]
        assert parts["encoder"] == "ok"
        assert "Aucun index" in parts["index"]


def test_an_answer_is_traced_step_by_step_and_without_its_words(client: TestClient) -> None:
    exporter = InMemorySpanExporter()
    traces.start(None, exporter)
    try:
        headers = {"X-Request-ID": "trace-0001"}
        client.post("/api/chat", json={"message": f"Quels sont les modes de paiement, {WORDS} ?"}, headers=headers)
    finally:
        traces.stop()
    spans = {span.name: span for span in exporter.get_finished_spans()}
    whole = spans.pop("guichet.answer")
    assert {"guichet.search", "guichet.decide"} <= spans.keys()
    assert whole.attributes is not None
    assert whole.attributes["guichet.request_id"] == "trace-0001"
    for span in spans.values():
        assert span.parent is not None
        assert span.parent.span_id == whole.context.span_id
        assert whole.start_time <= span.start_time <= span.end_time <= whole.end_time  # type: ignore[operator]
    assert WORDS not in "".join(span.to_json() for span in exporter.get_finished_spans())


def test_traces_are_off_and_not_loaded_by_default() -> None:
    code = "import sys, app.web.main, app.web.traces as t; t.start(None); print('opentelemetry.sdk' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.fixture
def logging_restored() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in ("", "uvicorn", "uvicorn.error")]
    before = [(logger, list(logger.handlers), logger.level, logger.propagate) for logger in loggers]
    yield
    for logger, handlers, level, propagate in before:
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


@pytest.mark.usefixtures("logging_restored")
@pytest.mark.parametrize("set_up_before", [False, True])
def test_what_libraries_log_comes_out_as_json_too(set_up_before: bool, capsys: pytest.CaptureFixture[str]) -> None:
    if set_up_before:
        logging.config.dictConfig(LOGGING_CONFIG)
    configure_logging("info")
    take_over_libraries("info")
    try:
        raise ValueError(WORDS)
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    err = capsys.readouterr().err
    (line,) = lines(err)
    assert (line["logger"], line["error"], line["level"]) == ("uvicorn.error", "ValueError", "error")
    assert WORDS not in err


SECRETS = {
    "GUICHET_SECRET": "s3cret-signature-0123456789",
    "GUICHET_LLM_API_KEY": "s3cret-llm-0123456789",
    "GUICHET_OIDC_CLIENT_SECRET": "s3cret-oidc-0123456789",
    "GUICHET_DATABASE_URL": "postgresql://guichet:s3cret-db-0123456789@127.0.0.1:1/guichet",
}


@pytest.mark.slow
def test_no_secret_and_no_word_of_a_visitor_s_is_ever_logged(tmp_path: object) -> None:
    """A real server at debug, with every kind of secret, a database that is away, a model that is away, and errors."""
    from pathlib import Path

    folder = Path(str(tmp_path))
    assert guichet(folder, "ingest").returncode == 0
    given = {
        **{name: value for name, value in SECRETS.items() if name != "GUICHET_DATABASE_URL"},
        "GUICHET_LOG_LEVEL": "debug",
        "GUICHET_STYLE": "generated",
        "GUICHET_LLM_BASE_URL": "http://127.0.0.1:1/v1",
        "GUICHET_LLM_MODEL": "faux",
        "GUICHET_OIDC_ISSUER": "http://127.0.0.1:1/oidc",
        "GUICHET_OIDC_CLIENT_ID": "guichet",
        "GUICHET_PUBLIC_URL": "http://127.0.0.1",
    }
    with serving(folder, **given) as server:
        import urllib.error
        import urllib.request

        server.ask(f"Puis-je payer en ligne ? {WORDS}")
        token = "gch_s3cret-token-0123456789"
        calls = [
            ("/api/search?q=" + WORDS, None),
            ("/api/staff/questions", None),
            ("/console/oidc", None),
            ("/api/feedback", {"answer_id": "x", "vote": "up", "comment": WORDS}),
            ("/api/chat", {"message": ""}),
            ("/console/connexion", {"login": WORDS, "password": "s3cret-password"}),
        ]
        crashed: list[str] = []
        for path, body in calls:
            data = None if body is None else json.dumps(body).encode()
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}", "Cookie": f"a={token}"}
            try:
                urllib.request.urlopen(urllib.request.Request(server.base_url + path, data, headers), timeout=20).read()
            except urllib.error.HTTPError as error:
                error.close()
                crashed += [path] if error.code == 500 else []
    assert crashed == []
    log = (folder / "server.log").read_text("utf-8")
    assert "http.request" in log  # the level is debug, and there was something to log
    assert "s3cret" not in log
    assert WORDS not in log
    shown = guichet(folder, "settings", **SECRETS)
    assert "s3cret" not in shown.stdout + shown.stderr
