"""A local OpenAI-compatible server that misbehaves on demand: real sockets, no mocked transport."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

Mode = Literal[
    "good", "down", "slow", "drip", "cut", "empty", "garbage", "html",
    "not_json", "endless", "busy", "redirect", "silent",
]  # fmt: skip

GOOD = ["Oui, certaines ", "formations sont ", "accessibles sans ", "le bac. ", "[1]"]


class FakeLlm:
    """What the server says and what it was asked."""

    def __init__(self, port: int) -> None:
        self.base_url = f"http://127.0.0.1:{port}/v1"
        self.mode: Mode = "good"
        self.pieces = GOOD
        self.requests: list[dict[str, object]] = []


@contextmanager
def fake_llm() -> Iterator[FakeLlm]:  # noqa: C901 - a handler that closes over its server
    """A server on a free port of the loopback, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            llm.requests.append(json.loads(body))
            try:
                self._respond()
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def _respond(self) -> None:
            match llm.mode:
                case "down":
                    self._plain(500, "application/json", b'{"error": {"message": "boom"}}')
                case "busy":
                    self._plain(429, "application/json", b'{"error": {"message": "slow down"}}')
                case "html":
                    self._plain(200, "text/html", b"<html><body>Bad gateway</body></html>")
                case "not_json":
                    self._plain(200, "text/event-stream", b"data: {broken\n\ndata: [DONE]\n\n")
                case "redirect":
                    self.send_response(302)
                    self.send_header("Location", "http://127.0.0.1:9/v1/chat/completions")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                case "silent":
                    time.sleep(3)
                case _:
                    self._stream()

        def _plain(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _stream(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            if llm.mode == "slow":
                time.sleep(3)
            pieces = {"empty": [], "garbage": ["%%% ", "\x00 7 7 ", "lorem ipsum dolor."]}.get(llm.mode, llm.pieces)
            if llm.mode == "endless":
                pieces = ["Oui, certaines formations sont accessibles sans le bac. "] * 20_000
            for at, piece in enumerate(pieces):
                if llm.mode == "cut" and at == 3:
                    return
                if llm.mode == "drip":
                    time.sleep(1)
                self._chunk({"role": "assistant", "content": piece})
            self._chunk({}, "stop")
            self.wfile.write(b"data: [DONE]\n\n")

        def _chunk(self, delta: dict[str, str], finish: str | None = None) -> None:
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            value = {
                "id": "x",
                "object": "chat.completion.chunk",
                "created": 0,
                "model": "faux",
                "choices": [choice],
            }
            self.wfile.write(b"data: " + json.dumps(value).encode() + b"\n\n")
            self.wfile.flush()

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        llm = FakeLlm(server.server_port)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield llm
        finally:
            server.shutdown()
