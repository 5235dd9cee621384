"""Heavy libraries load when they are used, not when the service starts."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "transformers", "sentence_transformers", "langchain", "langchain_core", "langchain_openai")


@pytest.mark.parametrize("module", ["app.web.main", "app.cli", "ingest.cli", "evals.cli", "app.encoders"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
