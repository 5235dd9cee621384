"""A local OpenAI-compatible server that misbehaves on demand: real sockets, no mocked transport.

Whatever waits here waits for `release` (or for the end of the block), never for a clock: a client that
gives up in time is told from one that doesn't by the test ending at all.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal, get_args

Failing = Literal[
    "down", "busy", "redirect", "hang_up", "silent", "slow", "drip", "cut", "no_end", "too_long", "empty", "blank",
    "garbage", "html", "html_sentences", "not_json", "not_chat", "endless", "english", "inverted",
]  # fmt: skip
"""Ways to fail: after each, the visitor reads the composed answer."""

Mode = Literal["good", "wrong_mark"] | Failing
FAILING: tuple[str, ...] = get_args(Failing)

GOOD = "Oui, certaines formations sont accessibles sans le bac, sous réserve des prérequis [1]."
SAID: dict[str, str] = {
    "wrong_mark": GOOD.replace("[1]", "[7]"),
    "empty": "",
    "blank": " \n ",
    "garbage": "%%% \x00 7 7 lorem ipsum dolor.",
    "html_sentences": "<p>Oui, certaines <b onclick='x()'>formations</b> sont gratuites.</p>",
    "endless": GOOD.replace("[1]", "") * 1500,
    "english": "Yes, you can enrol in some courses without the baccalaureate [1].",
    "inverted": "Non, aucune formation n’est accessible sans le bac [1].",
}
"""What the model says in a mode, in pieces of a few characters; GOOD in the others."""


class FakeLlm:
    """What the server says and what it was asked."""

    def __init__(self, port: int) -> None:
        self.base_url = f"http://127.0.0.1:{port}/v1"
        self.mode: Mode = "good"
        self.says = GOOD
        self.tokens_per_s: float | None = None
        """None: as fast as the socket takes it."""
        self.requests: list[dict[str, object]] = []
        self.elsewhere: list[str] = []
        """Paths that were asked for after a redirect."""
        self.left = threading.Event()
        """Set when a client went away before the answer's end."""
        self.release = threading.Event()
        """Lets everything go on that waits."""
        self.wait_for_release = False
        """Every answer waits for `release`, then goes on as its mode says."""


def tokens(text: str, length: int = 4) -> list[str]:
    """The text in pieces of four characters, about what a token holds in French."""
    return [text[at : at + length] for at in range(0, len(text), length)]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    llm: FakeLlm

    def log_message(self, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/elsewhere"):
            self.llm.elsewhere.append(self.path)
        else:
            self.llm.requests.append(json.loads(body))
        try:
            self._respond()
        except OSError:
            self.llm.left.set()
            self.close_connection = True

    def do_GET(self) -> None:
        self.llm.elsewhere.append(self.path)
        self._plain(200, "text/html", b"")

    def _respond(self) -> None:
        if self.llm.wait_for_release:
            self.llm.release.wait()
        match self.llm.mode:
            case "down":
                self._plain(500, "application/json", b'{"error": {"message": "boom"}}')
            case "busy":
                self._plain(429, "application/json", b'{"error": {"message": "slow down"}}', {"Retry-After": "1"})
            case "html":
                self._plain(200, "text/html", b"<html><body>Bad gateway</body></html>")
            case "not_json":
                self._plain(200, "text/event-stream", b"data: {broken\n\ndata: [DONE]\n\n")
            case "not_chat":
                self._plain(200, "text/event-stream", b'data: {"choices": [{"delta": 7}]}\n\ndata: [DONE]\n\n')
            case "redirect":
                # 307: a client that follows it sends the question along.
                self._plain(307, "text/plain", b"", {"Location": "/elsewhere/v1/chat/completions"})
            case "hang_up":
                self.close_connection = True
            case "silent":
                self.llm.release.wait()
            case _:
                self._stream()

    def _plain(self, status: int, kind: str, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        mode, began = self.llm.mode, time.monotonic()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        if mode == "slow":
            self.wfile.flush()
            self.llm.release.wait()
        for at, token in enumerate(tokens(SAID.get(mode, self.llm.says)), start=1):
            if mode == "cut" and at == 8:
                return
            if mode == "drip" and at > 3:
                self.llm.release.wait()
            if self.llm.tokens_per_s:
                time.sleep(max(0.0, began + at / self.llm.tokens_per_s - time.monotonic()))
            self._chunk({"role": "assistant", "content": token})
        if mode != "no_end":
            self._chunk({}, "length" if mode == "too_long" else "stop")
            self.wfile.write(b"data: [DONE]\n\n")

    def _chunk(self, delta: dict[str, str], finish: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        value = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "faux", "choices": [choice]}
        self.wfile.write(b"data: " + json.dumps(value).encode() + b"\n\n")
        self.wfile.flush()


@contextmanager
def fake_llm() -> Iterator[FakeLlm]:
    """A server on a free port of the loopback, until the block ends."""
    handler = type("Handler", (_Handler,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        llm = handler.llm = FakeLlm(server.server_port)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield llm
        finally:
            llm.release.set()
            server.shutdown()
