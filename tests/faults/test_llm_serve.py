"""`guichet llm serve`: the real command in a process of its own, with and without its packages."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests import tiny_gguf
from tests.serving import ROOT, environment, guichet, serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
needs_packages = pytest.mark.skipif(
    any(importlib.util.find_spec(package) is None for package in ("gguf", "xllamacpp")),
    reason="the extra 'llm' is not installed",
)


def test_without_its_packages_it_says_what_to_install(tmp_path: Path) -> None:
    for package in ("gguf", "xllamacpp"):
        (tmp_path / f"{package}.py").write_text("raise ImportError('not installed')")
    model = tmp_path / "model.gguf"
    model.write_bytes(b"GGUF")
    path = os.pathsep.join([str(tmp_path), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    done = guichet(tmp_path, "llm", "serve", str(model), "--port", "0", PYTHONPATH=path)
    assert done.returncode == 3
    assert "pip install 'guichet[llm]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    done = guichet(tmp_path, "llm", "serve", str(tmp_path / "absent.gguf"), "--port", "0")
    assert done.returncode == 2
    assert "absent.gguf" in done.stderr
    assert "→" in done.stderr


@needs_packages
def test_a_file_of_another_kind_is_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "notes.gguf"
    path.write_text("Ceci n’est pas un modèle.")
    done = guichet(tmp_path, "llm", "serve", str(path), "--port", "0")
    assert done.returncode == 2
    assert "GGUF" in done.stderr


@needs_packages
def test_weights_of_another_digest_are_refused(tmp_path: Path) -> None:
    model = tiny_gguf.write(tmp_path / "model.gguf", "Petit modèle d’essai")
    done = guichet(tmp_path, "llm", "serve", str(model), "--port", "0", "--sha256", "cc324af0" + "0" * 56)
    assert done.returncode == 2
    assert "poids attendus" in done.stderr
    assert "MODEL" not in done.stderr, "nothing was served"


def test_a_port_in_use_is_told_before_anything_is_loaded(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = guichet(tmp_path, "llm", "serve", "model.gguf", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "déjà utilisé" in done.stderr


@needs_packages
def test_it_serves_under_the_name_of_its_card_and_guichet_uses_it(tmp_path: Path) -> None:
    model = tiny_gguf.write(tmp_path / "model.gguf", "Petit modèle d’essai")
    faq = tmp_path / "faq.md"
    faq.write_text(
        "# Essai\n\n### Quels sont les modes de paiement ?\n\nPar chèque ou par carte, à l’accueil.\n", "utf-8"
    )
    assert guichet(tmp_path, "ingest", GUICHET_FAQ=str(faq)).returncode == 0
    command = [sys.executable, "-m", "app.cli", "llm", "serve", str(model), "--port", "0", "--context", "2048"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(tmp_path, GUICHET_LLM_API_KEY="cle-d-essai"),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        try:
            told = ""
            while "GUICHET_LLM_MODEL" not in told and process.poll() is None:
                told += process.stderr.readline()
            assert "Petit modèle d’essai (1K, licence apache-2.0)" in told
            match = re.search(r"GUICHET_LLM_BASE_URL=(http\S+)", told)
            assert match, told
            assert _status(f"{match[1]}/chat/completions") == 401, "whoever has no key is refused"
            request = urllib.request.Request(f"{match[1]}/models", headers={"Authorization": "Bearer cle-d-essai"})
            with urllib.request.urlopen(request, timeout=10) as response:
                assert [m["id"] for m in json.load(response)["data"]] == ["Petit modèle d’essai"]
            with serving(
                tmp_path,
                GUICHET_LLM_BASE_URL=match[1],
                GUICHET_LLM_MODEL="Petit modèle d’essai",
                GUICHET_LLM_API_KEY="cle-d-essai",
                GUICHET_STYLE="generated",
            ) as server:
                answer = server.ask("Quels sont les modes de paiement ?", timeout=30)
                with urllib.request.urlopen(f"{server.base_url}/metrics", timeout=10) as response:
                    metrics = response.read().decode()
            assert answer["generator"] == "verbatim", "a model that says nothing that is in the FAQ is not heard"
            failures = {reason: float(n) for reason, n in re.findall(r'failures_total{reason="(\w+)"} (\S+)', metrics)}
            assert sum(failures.values()) == 1
            assert failures["unreachable"] == failures["refused"] == failures["garbled"] == 0
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)
    assert process.returncode == 0


def _status(url: str) -> int:
    request = urllib.request.Request(url, b'{"messages": []}', {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
