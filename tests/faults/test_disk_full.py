"""A disk that takes no more, for the index, the sources, the store and the log: nothing half written, nobody left out.

A file system of a few megabytes where it can be mounted (as root), else a limit on the size of files.
"""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.errors import PublishFailed, StoreUnavailable
from app.core.ports import AnswerRecord, Feedback
from app.core.types import Entry, FaqMeta
from app.search import versions
from app.search.index import open_index
from app.store.repository import SqlStore
from ingest.build import build_index
from tests.fakes import FakeEncoder
from tests.faults.institution import QUESTION, published, write
from tests.serving import guichet, serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system of 12 MB."""
    folder = tmp_path / "petit"
    folder.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("a file system can be mounted by root alone")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode()[:100]}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path, leave: int = 0) -> Path:
    """Take all the room there is but `leave` bytes."""
    path = folder / "rempli"
    free = shutil.disk_usage(folder).free - leave
    with path.open("wb") as file:
        try:
            for _ in range(max(0, free // 4096)):
                file.write(b"x" * 4096)
            file.flush()
        except OSError:
            pass
    return path


def record(answer_id: str) -> AnswerRecord:
    return AnswerRecord(answer_id, "c1", "answered", ("a",), 0.9, "verbatim", "v1", 12.0, message="x" * 500)


@pytest.mark.parametrize("room", [0, 5_000, 50_000, 200_000, 300_000])
def test_an_index_that_does_not_fit_is_not_published(
    small: Path, entries: tuple[Entry, ...], meta: FaqMeta, decision: bytes, room: int
) -> None:
    index_dir = small / "index"
    first = build_index(meta, entries, index_dir=index_dir, decision=decision, encoder=FakeEncoder()).version
    filled = fill(small, room)
    try:
        built = build_index(meta, entries[:3], index_dir=index_dir, decision=decision, encoder=FakeEncoder())
    except PublishFailed as error:
        mend = error.mend
        assert "Libérez" in mend or "place libre" in mend
        assert versions.current_version(index_dir) == first
        assert {p.name for p in index_dir.iterdir()} == {first, "CURRENT", ".lock"}, "the room is given back"
    else:
        assert room >= 200_000
        assert built.published
    open_index(index_dir / versions.current_version(index_dir))
    filled.unlink()
    build_index(meta, entries[:2], index_dir=index_dir, decision=decision, encoder=FakeEncoder())
    assert len(open_index(index_dir / versions.current_version(index_dir)).entries) == 2


def test_the_command_says_what_to_mend(small: Path, tmp_path: Path) -> None:
    published(tmp_path)
    shutil.copytree(tmp_path / "index", small / "index")
    before = versions.current_version(small / "index")
    fill(small)
    path = write(tmp_path, "Une autre réponse.")
    done = guichet(tmp_path, "ingest", GUICHET_FAQ=str(path), GUICHET_INDEX_DIR=str(small / "index"))
    assert done.returncode == 3
    assert "Libérez de la place" in done.stderr
    assert "Traceback" not in done.stderr
    assert versions.current_version(small / "index") == before


def test_a_store_that_is_full_refuses_votes_and_recovers(small: Path) -> None:
    """A vote is refused rather than lost; what was acknowledged before is still there, and it goes on afterwards."""
    store = SqlStore(f"sqlite:///{small / 'guichet.db'}")
    assert store.database.ready.wait(60)
    store.record_answer(record("avant"))
    assert store.add_feedback(Feedback("avant", "up", None, None))
    filled = fill(small)
    for n in range(300):
        store.record_answer(record(f"pendant{n}"))
    refused = 0
    for n in range(300):
        try:
            store.add_feedback(Feedback("avant", "down", None, f"{n}" * 1000))
        except StoreUnavailable:
            refused += 1
            break
    assert refused
    filled.unlink()
    assert store.flush(30), "what waited is written once there is room"
    assert store.add_feedback(Feedback("pendant299", "up", None, None))
    store.close()
    connection = sqlite3.connect(small / "guichet.db")
    assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
    assert connection.execute("select count(*) from answers").fetchone() == (301,)
    connection.close()


def test_a_full_disk_under_everything_costs_no_answer(small: Path, tmp_path: Path) -> None:
    """Index, store and log on a full disk: visitors are answered, votes refused with 503, and it recovers."""
    import json
    import urllib.error
    import urllib.request

    published(tmp_path)
    shutil.copytree(tmp_path / "index", small / "index")
    with serving(small, GUICHET_INDEX_DIR=str(small / "index")) as server:
        answer_id = server.ask(QUESTION)["answer_id"]
        filled = fill(small)
        (small / "index" / "CURRENT").unlink()  # something to log about
        for n in range(60):
            assert server.ask(f"{QUESTION} {n}")["answer"]

        def vote() -> int:
            request = urllib.request.Request(
                f"{server.base_url}/api/feedback",
                json.dumps({"answer_id": answer_id, "vote": "up", "comment": "x" * 900}).encode(),
                {"Content-Type": "application/json"},
            )
            try:
                with urllib.request.urlopen(request, timeout=30) as response:
                    return int(response.status)
            except urllib.error.HTTPError as error:
                return error.code if error.headers["Retry-After"] else 599

        votes = {vote() for _ in range(3)}
        assert votes <= {200, 503}
        filled.unlink()
        end = time.monotonic() + 60  # the store looks again every few seconds
        while vote() != 200:
            assert time.monotonic() < end
        assert server.ask(QUESTION)["answer"]


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
sys.argv[1:] = sys.argv[2:]
from app.cli import main
main()
"""


@pytest.mark.parametrize("largest", [0, 1_000, 20_000, 100_000])
def test_files_that_may_not_grow(tmp_path: Path, largest: int) -> None:
    """The same with RLIMIT_FSIZE, where nothing can be mounted: writing fails in the middle of a file."""
    from tests.serving import ROOT, environment

    published(tmp_path)
    before = versions.current_version(tmp_path / "index")
    path = write(tmp_path, "Une autre réponse.")
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(largest), "ingest"],
        cwd=ROOT,
        env=environment(tmp_path, GUICHET_FAQ=str(path)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert "→" in done.stderr
    assert versions.current_version(tmp_path / "index") == before
    open_index(tmp_path / "index" / before)
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
