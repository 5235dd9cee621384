"""A service by its address, a model, a webhook: real sockets, and what is said when they fail."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import orjson
import pytest

from app.wiring import Services
from evals import askers, webhook
from evals.askers import BackendUnreachable, InProcess, Remote
from evals.cases import Case
from evals.compare import compare
from evals.execute import execute, plan
from evals.kept import Run
from evals.session import Judged
from evals.verdict import Breach
from tests.fakes import FakeGenerator
from tests.unit.evals.test_session import CASES, SUMMARY, asked, by_id

ASKED = Case("a", "Quels sont les modes de paiement ?", "paraphrase", ("modes-de-paiement",), (), "", "test")


@dataclass
class Server:
    """What it is asked, and what it answers in turn: a status, headers and a body."""

    url: str = ""
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def serving(*answers: tuple[int, dict[str, str], bytes]) -> Iterator[Server]:
    found = Server(answers=list(answers))

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            found.asked.append((self.path, dict(self.headers), body))
            status, headers, content = found.answers.pop(0) if len(found.answers) > 1 else found.answers[0]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST  # noqa: N815

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()


DONE = {
    "conversation_id": "k", "answer_id": "i", "outcome": "smalltalk", "answer": "Bonjour !", "sources": [],
    "suggestions": [], "contact": {"label": "l’accueil", "email": None, "url": None}, "confidence": 0.0,
    "generator": "verbatim", "index_version": "v1", "timings_ms": {"total": 1.0}, "ai_generated": True,
}  # fmt: skip
STREAM = (
    b"event: start\ndata: {}\n\n: ping\n\nevent: delta\ndata: {}\n\nevent: done\ndata: " + orjson.dumps(DONE) + b"\n\n"
)


def test_a_service_is_asked_as_a_visitor_with_its_token() -> None:
    with serving((200, {}, STREAM)) as server:
        result = asyncio.run(Remote(server.url, "secret").ask(ASKED))
    path, headers, body = server.asked[0]
    assert (path, headers["Authorization"]) == ("/api/chat", "Bearer secret")
    assert orjson.loads(body) == {"message": ASKED.question, "style": "verbatim"}
    assert result.answer.outcome == "smalltalk"
    assert 0 < result.answer.trace.timings_ms["first_text"] <= result.answer.trace.timings_ms["round_trip"]


def test_a_busy_service_is_waited_for_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(askers, "sleep", waited.append)
    with serving((429, {"Retry-After": "7"}, b""), (503, {"Retry-After": "3"}, b""), (200, {}, STREAM)) as server:
        remote = Remote(server.url)
        asyncio.run(remote.ask(ASKED))
    assert waited == [7, 3]
    assert remote.again == {"a": 1}


@pytest.mark.parametrize(
    "answer",
    [
        (500, {}, b""),
        (302, {"Location": "http://127.0.0.1:9/elsewhere"}, b""),
        (200, {}, b"event: start\ndata: {}\n\n"),
        (200, {}, b'event: error\ndata: {"message": "panne"}\n\n'),
        (200, {}, b"event: done\ndata: {}\n\n"),
        (200, {}, b"<html>"),
    ],
)
def test_a_service_that_does_not_answer_is_an_error_and_never_a_zero(answer: tuple[int, dict[str, str], bytes]) -> None:
    with serving(answer) as server, pytest.raises(BackendUnreachable, match=r"127\.0\.0\.1"):
        asyncio.run(Remote(server.url).ask(ASKED))


def test_nobody_at_the_address_is_an_error() -> None:
    with pytest.raises(BackendUnreachable):
        asyncio.run(Remote("http://127.0.0.1:9").ask(ASKED))


class _Flaky(FakeGenerator):
    """A model whose server fails the first times."""

    def __init__(self, failures: int) -> None:
        super().__init__(["Nous proposons trois modes de paiement [1]."])
        self.failures = failures

    def stream(self, question, entries):  # type: ignore[no-untyped-def]
        from app.answer.failures import failed

        if self.failures:
            self.failures -= 1
            raise failed("overloaded")
        return super().stream(question, entries)


def _with(services: Services, generator: FakeGenerator) -> InProcess:
    from dataclasses import replace

    return InProcess(replace(services.assistant, generator=generator), "generated", pause_s=0.0)


def test_a_model_that_fails_at_times_is_asked_again_and_counted(services: Services, tmp_path: Path) -> None:
    asker = _with(services, _Flaky(2))
    (record,) = asyncio.run(execute(asker, plan([ASKED]), tmp_path, jobs=1, progress=lambda: None))
    assert asker.again == {"a": 2}
    assert record.result.answer.generator == "faux-modele"
    assert record.sound


def test_a_model_that_is_away_is_an_error_that_names_it(services: Services) -> None:
    with pytest.raises(BackendUnreachable, match="faux-modele"):
        asyncio.run(_with(services, _Flaky(99)).ask(ASKED))


def test_a_sentence_that_no_entry_carries_is_kept_with_its_answer(services: Services, tmp_path: Path) -> None:
    from dataclasses import replace

    from evals.grounded import ungrounded

    (record,) = asked(services, tmp_path / "run")[:1]
    entries = services.live.retriever().index.by_id
    lying = replace(record.result.answer, text="Le paiement en espèces est accepté jusqu’à 900 euros. [1]")
    assert record.ungrounded == ()
    assert len(ungrounded(lying, entries, "je paie comment")) == 1


def test_the_summary_reaches_a_chat_and_calls_nobody(services: Services, tmp_path: Path) -> None:
    from dataclasses import replace

    records = asked(services, tmp_path / "run")
    wrong = replace(records[0], result=replace(records[4].result, case=CASES[0]))
    nasty = replace(wrong, ask=replace(wrong.ask, question="<!channel> @here & coucou"))
    before, after = by_id(records), {**by_id(records), "a": [nasty]}
    run = Run(tmp_path / "20260101-test", SUMMARY, {}, (nasty, *records[1:]))
    judged = Judged((Breach("seuil", "trop bas"),), (), ("Le décor a changé.",), compare(before, after), run)
    text = webhook.summary(run, judged, "https://exemple.fr/rapports/")
    with serving((200, {}, b"ok")) as server:
        assert webhook.push(f"{server.url}/hooks/secret", text)
    ((path, headers, body),) = server.asked
    assert (path, headers["Content-Type"], list(orjson.loads(body))) == ("/hooks/secret", "application/json", ["text"])
    assert "<!" not in text
    assert "@here" not in text
    assert all(part in text for part in ("À ne pas publier", "seuil : trop bas", "Le décor a changé."))
    assert text.endswith("https://exemple.fr/rapports/20260101-test/report.html")


def test_a_webhook_that_fails_is_told_without_its_secret(capsys: pytest.CaptureFixture[str]) -> None:
    with serving((404, {}, b"")) as server:
        assert not webhook.push(f"{server.url}/hooks/secret", "x")
    told = capsys.readouterr().err
    assert "127.0.0.1" in told
    assert "secret" not in told
    assert not webhook.push("ftp://exemple.fr", "x")
