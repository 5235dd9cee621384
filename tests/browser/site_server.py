"""Sites that embed the widget, served from an origin of their own: see sites/."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDER = Path(__file__).with_name("sites")
KINDS = {".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript"}
PASTED = """<!doctype html><html lang="fr"><meta charset="utf-8"><title>Page</title><link rel="icon" href="data:,">
<h1>Page</h1>
{tag}"""
STRICT = (
    "default-src 'none'; script-src 'self' {guichet}; connect-src {guichet}; style-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)


class Sites:
    """Where the sites are, the service they embed (set before the first page is asked for), and
    what was pasted into /pasted.html.
    """

    def __init__(self, port: int) -> None:
        self.origin = f"http://127.0.0.1:{port}"
        self.guichet = ""
        self.pasted = ""


@contextmanager
def serving_sites() -> Iterator[Sites]:
    """The sites on a free port of the loopback, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            file = FOLDER / self.path.partition("?")[0].lstrip("/")
            known = file.parent == FOLDER and file.suffix in KINDS and file.is_file()
            pasted = file.stem == "pasted"
            self.send_response(200 if known or pasted else 404)
            if file.stem == "hostile":
                self.send_header("Content-Security-Policy", STRICT.replace("{guichet}", sites.guichet))
            self.send_header("Content-Type", KINDS.get(file.suffix, "text/plain"))
            self.end_headers()
            if pasted:
                self.wfile.write(PASTED.replace("{tag}", sites.pasted).encode())
            if known:
                self.wfile.write(file.read_text(encoding="utf-8").replace("{guichet}", sites.guichet).encode())

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        sites = Sites(server.server_port)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield sites
        finally:
            server.shutdown()
