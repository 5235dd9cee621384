"""The fuzzer of the FAQ reader runs, finds nothing in a while, and would tell if there were something."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving import ROOT

pytestmark = pytest.mark.slow
pytest.importorskip("atheris", reason="atheris has no wheel for this Python and platform")
RUNS = 500 * int(os.environ.get("FUZZ_TIMES", "1"))


def run(*arguments: str, code: str = "from security.fuzz_faq import main; main()") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)


@pytest.mark.timeout(700)
def test_the_faq_reader_takes_any_bytes(tmp_path: Path) -> None:
    done = run("--runs", str(RUNS), "--seconds", "600", "--corpus", str(tmp_path / "corpus"))
    assert done.returncode == 0, done.stderr[-2000:]
    assert f"Done {RUNS}" in done.stderr or "DONE" in done.stderr


def test_a_reader_that_crashes_is_told(tmp_path: Path) -> None:
    code = (
        "import security.fuzz_faq as it\n"
        "def broken(text):\n    if '###' in text:\n        raise KeyError(text)\n"
        "it._gaps = broken\nit.main()"
    )
    done = run("--runs", "2000", "--corpus", str(tmp_path / "corpus"), code=code)
    assert done.returncode == 77, done.stderr[-500:]
    assert list(tmp_path.glob("crash-*"))
