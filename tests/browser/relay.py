"""A proxy between a site and the service that fails as networks do: it cuts streams, or holds them back."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

Mode = Literal["pass", "cut", "cut, then down", "hold"]
"""`cut`: a streamed answer breaks half-way. `cut, then down`: and nothing is answered any more.
`hold`: no byte of a stream gets through, as where a proxy waits for its end.
"""
_HOPS = {"connection", "host", "transfer-encoding", "accept-encoding", "content-length"}


class Relay:
    """Where the proxy is, what it does to the next questions, and how many streams it has seen."""

    def __init__(self, port: int) -> None:
        self.origin = f"http://127.0.0.1:{port}"
        self.mode: Mode = "pass"
        self.streams = 0
        self.ended = threading.Event()


@contextmanager
def relaying(service: str) -> Iterator[Relay]:
    """A proxy of `service` on a free port of the loopback, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            pass

        def relay(self) -> None:
            asks = self.command == "POST" and self.path == "/api/chat"
            streams = asks and self.headers.get("Accept") == "text/event-stream"
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            relay.streams += streams
            if streams and relay.mode == "hold":
                relay.ended.wait(30)
                return self.cut()
            if asks and not streams and relay.mode == "cut, then down":
                return self.cut()
            status, headers, content = self.fetch(body)
            self.send_response(status)
            for name, value in headers:
                if name.lower() not in _HOPS:
                    self.send_header(name, value)
            if streams and relay.mode != "pass":
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                half = content[: len(content) // 2]
                self.wfile.write(f"{len(half):x}\r\n".encode() + half + b"\r\n")
                self.wfile.flush()
                time.sleep(0.2)  # A reset throws away what hasn't been read.
                return self.cut()
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            return None

        do_GET = do_POST = do_OPTIONS = relay  # noqa: N815 - http.server's own names

        def fetch(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
            connection = http.client.HTTPConnection(urlsplit(service).netloc, timeout=60)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOPS}
            connection.request(self.command, self.path, body or None, headers)
            response = connection.getresponse()
            content = response.read()
            connection.close()
            return response.status, response.getheaders(), content

        def cut(self) -> None:
            """Resets the connection, as a lost one looks."""
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args: object) -> None:
            """Connections that break are what this is for."""

    with Server(("127.0.0.1", 0), Handler) as server:
        relay = Relay(server.server_port)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield relay
        finally:
            relay.ended.set()
            server.shutdown()
