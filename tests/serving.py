"""A real server process over a real index, for the tests that need one."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Server:
    """A running `guichet serve`."""

    base_url: str
    process: subprocess.Popen[bytes]

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.base_url + path, timeout=10) as response:
            return json.loads(response.read())

    def ask(self, message: str, *, timeout: float = 10.0) -> dict[str, Any]:
        request = urllib.request.Request(
            self.base_url + "/api/chat",
            json.dumps({"message": message}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=timeout) as response:
            return dict(json.loads(response.read()))


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """The process's environment with every path of Guichet inside `folder`."""
    return {
        **os.environ,
        "GUICHET_INDEX_DIR": str(folder / "index"),
        "GUICHET_DATABASE_URL": f"sqlite:///{folder / 'guichet.db'}",
        "GUICHET_RATE_LIMIT_PER_MINUTE": "0",
        "GUICHET_INDEX_POLL_S": "0.1",
        "PYTHONWARNINGS": "default",
        **settings,
    }


def guichet(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        cwd=ROOT,
        env=environment(folder, **settings),
        capture_output=True,
        text=True,
        timeout=300,
    )


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Server]:
    """A ready server over `folder`'s index, stopped at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "serve", "--port", str(port)],
            cwd=ROOT,
            env=environment(folder, **settings),
            stdout=log,
            stderr=log,
        )
        server = Server(f"http://127.0.0.1:{port}", process)
        try:
            _wait_until_ready(server, folder / "server.log")
            yield server
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait_until_ready(server: Server, log: Path) -> None:
    end = time.monotonic() + 180
    while time.monotonic() < end:
        assert server.process.poll() is None, f"the server ended:\n{log.read_text(errors='replace')[-2000:]}"
        try:
            server.get("/api/ready")
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"not ready:\n{log.read_text(errors='replace')[-2000:]}")
