"""The committed files are what the sources build: rebuilt and compared byte by byte, where npm is."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from app.web.widget import BUILT
from tests.browser.conftest import WIDGET

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def node(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["node", *arguments], cwd=WIDGET, capture_output=True, text=True, timeout=120, check=False)


def test_the_committed_files_are_what_the_sources_build(node_modules: Path, tmp_path: Path) -> None:
    done = node("build.mjs", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    names = {file.name for file in BUILT.iterdir()}
    assert {file.name for file in tmp_path.iterdir()} == names
    for name in names:
        assert (tmp_path / name).read_bytes() == (BUILT / name).read_bytes(), f"{name} is stale: run `make widget`"


def test_nothing_is_built_when_nothing_has_changed(node_modules: Path, tmp_path: Path) -> None:
    for file in BUILT.iterdir():
        shutil.copyfile(file, tmp_path / file.name)
    (tmp_path / "panel.js").write_text("untouched")
    assert node("build.mjs", "--if-stale", "--out", str(tmp_path)).stdout == ""
    assert (tmp_path / "panel.js").read_text() == "untouched"
    (tmp_path / "build.json").write_text('{"sources": "older"}')
    assert "panel.js" in node("build.mjs", "--if-stale", "--out", str(tmp_path)).stdout
    assert (tmp_path / "panel.js").read_bytes() == (BUILT / "panel.js").read_bytes()


def test_the_sources_pass_the_type_checker(node_modules: Path) -> None:
    done = node(str(node_modules / "typescript" / "bin" / "tsc"), "--noEmit")
    assert done.returncode == 0, done.stdout
