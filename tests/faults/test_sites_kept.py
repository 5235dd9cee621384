"""A service with two sites: looked over, saved and brought back elsewhere, by the commands themselves."""

from __future__ import annotations

import contextvars
import json
import os
import sys
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from app import cli
from app.core.ports import AnswerRecord
from app.store.database import Database
from app.store.repository import SqlStore
from tests import postgres
from tests.serving import environment

FAQ = "# {name}\n\n### Où est l’entrée de {name} ?\n\nRue de {name}, au numéro deux.\n"
SITES = ("mairie", "musee")


@dataclass
class Done:
    """A command that has ended."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def guichet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """The command as it is called, but in this process: it runs a dozen times."""

    def run(folder: Path, *arguments: str, **given: str) -> Done:
        monkeypatch.chdir(folder)
        for name in [name for name in os.environ if name.startswith("GUICHET_")]:
            monkeypatch.delenv(name)
        for name, value in environment(folder, **given).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["guichet", *arguments])
        try:
            contextvars.copy_context().run(cli.main)
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        told = capsys.readouterr()
        return Done(code, told.out, told.err)

    return run


def settings(folder: Path) -> dict[str, str]:
    return {
        "GUICHET_FAQ": str(folder / "faq.md"),
        "GUICHET_CASES": str(folder / "cases"),
        "GUICHET_RUNS": str(folder / "runs"),
        "GUICHET_SITES_DIR": str(folder / "sites"),
        "GUICHET_SECRET": "un secret assez long",
        "GUICHET_PORT": "23507",
    }


def record(url: str, answer: str) -> None:
    store = SqlStore(url)
    store.record_answer(
        AnswerRecord(answer, "c1", "abstained", (), 0.25, "composed", "v1", 1.0, f"question {answer}", "")
    )
    store.flush(10)
    store.close()


def kept(url: str) -> list[str]:
    database = Database(url)
    database.open()
    with database.read() as connection:
        found = [str(row[0]) for row in connection.exec_driver_sql("SELECT answer_id FROM answers")]
    database.close()
    return found


@pytest.mark.slow
def test_each_site_is_looked_over_saved_and_brought_back(tmp_path: Path, guichet: Callable[..., Done]) -> None:
    old, new = tmp_path / "ancien", tmp_path / "neuf"
    (old / "sites").mkdir(parents=True)
    new.mkdir()
    (old / "faq.md").write_text(FAQ.format(name="ville"), "utf-8")
    record(f"sqlite:///{old / 'guichet.db'}", "a-ville")
    for slug in SITES:
        (old / "sites" / slug).mkdir()
        (old / "sites" / slug / "faq.md").write_text(FAQ.format(name=slug), "utf-8")
        (old / "sites" / f"{slug}.toml").write_text(f'institution = "Le {slug}"\n', "utf-8")
        record(f"sqlite:///{old / 'sites' / slug / 'guichet.db'}", f"a-{slug}")
    given = settings(old)

    # Not published yet: the doctor tells it of each site, with the command that mends it.
    done = guichet(old, "doctor", "--json", **given)
    assert done.returncode == 1, done.stderr
    found = {(one["site"], one["part"]): one for one in json.loads(done.stdout)["findings"]}
    assert found["mairie", "Index"]["state"] == "failed"
    assert "guichet ingest --site mairie" in found["mairie", "Index"]["mend"]
    for command in (("ingest",), ("ingest", "--every-site")):
        assert guichet(old, *command, **given).returncode == 0
    done = guichet(old, "doctor", **given)
    assert "mairie · Index et FAQ — L’index est celui de la FAQ." in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0
    (old / "sites" / "musee.toml").write_text("institution = Le musée\n", "utf-8")
    (old / "sites" / "mairie" / "guichet.db").rename(old / "sauve.db")
    (old / "sites" / "mairie" / "guichet.db").write_bytes(b"autre chose " * 500)
    done = guichet(old, "doctor", "--site", "mairie", **given)
    assert (done.returncode, "musee" in done.stdout) == (1, False)
    assert "mairie · Base de données" in done.stdout
    (old / "sauve.db").rename(old / "sites" / "mairie" / "guichet.db")

    # A site whose file is wrong keeps the others from nothing, and isn't left out in silence.
    done = guichet(old, "backup", str(tmp_path / "incomplet.tar.gz"), **given)
    assert done.returncode == 1
    assert "musee.toml:1" in done.stderr
    (old / "sites" / "musee.toml").write_text('institution = "Le musee"\n', "utf-8")
    archive = tmp_path / "s.tar.gz"
    done = guichet(old, "backup", str(archive), **given)
    assert (done.returncode, "2 site(s)" in done.stdout) == (0, True), done.stderr
    with tarfile.open(archive) as made:
        assert not any("index" in name for name in made.getnames())  # made again from the sources

    # Elsewhere, where nothing is; what is in the way of one is in the way of all, before anything is written.
    given = settings(new)
    record(f"sqlite:///{new / 'sites' / 'musee' / 'guichet.db'}", "autre")
    done = guichet(new, "restore", str(archive), **given)
    assert (done.returncode, "contient déjà" in done.stderr) == (3, True), done.stdout + done.stderr
    assert not (new / "guichet.db").exists()
    assert not (new / "sites" / "mairie.toml").exists()
    done = guichet(new, "restore", "--site", "mairie", str(archive), **given)
    assert done.returncode == 0, done.stderr
    assert kept(f"sqlite:///{new / 'sites' / 'mairie' / 'guichet.db'}") == ["a-mairie"]
    assert (new / "sites" / "mairie" / "faq.md").read_text("utf-8") == FAQ.format(name="mairie")
    assert not (new / "sites" / "musee.toml").exists()
    for path in (new / "sites" / "mairie").glob("guichet.db*"):
        path.unlink()
    for path in (new / "sites" / "musee").glob("guichet.db*"):
        path.unlink()
    done = guichet(new, "restore", str(archive), **given)
    assert done.returncode == 0, done.stderr
    for slug, folder in (("ville", new), ("mairie", new / "sites" / "mairie"), ("musee", new / "sites" / "musee")):
        assert kept(f"sqlite:///{folder / 'guichet.db'}") == [f"a-{slug}"]
    assert guichet(new, "ingest", "--site", "musee", **given).returncode == 0
    asked = guichet(new, "ask", "--site", "musee", "Où est l’entrée de musee ?", **given)
    assert "numéro deux" in asked.stdout


@pytest.mark.slow
def test_sites_move_from_files_to_a_common_postgresql(tmp_path: Path, guichet: Callable[..., Done]) -> None:
    """Each in a schema of its own, made at the restoration; what one holds is in nobody else's way."""
    old, new = tmp_path / "ancien", tmp_path / "neuf"
    new.mkdir()
    (old / "sites").mkdir(parents=True)
    (old / "faq.md").write_text(FAQ.format(name="ville"), "utf-8")
    record(f"sqlite:///{old / 'guichet.db'}", "a-ville")
    for slug in SITES:
        (old / "sites" / slug).mkdir()
        (old / "sites" / slug / "faq.md").write_text(FAQ.format(name=slug), "utf-8")
        (old / "sites" / f"{slug}.toml").write_text("# rien de plus\n", "utf-8")
        record(f"sqlite:///{old / 'sites' / slug / 'guichet.db'}", f"a-{slug}")
    archive = tmp_path / "s.tar.gz"
    assert guichet(old, "backup", str(archive), **settings(old)).returncode == 0
    with postgres.running() as server:
        url = postgres.fresh_database(server)
        given = {**settings(new), "GUICHET_DATABASE_URL": url}
        done = guichet(new, "restore", str(archive), **given)
        assert done.returncode == 0, done.stderr
        joint = "&" if "?" in url else "?"
        assert kept(url) == ["a-ville"]
        for slug in SITES:
            assert kept(f"{url}{joint}schema=guichet_{slug}") == [f"a-{slug}"]
        again = guichet(new, "restore", "--database-only", str(archive), **given)
        assert (again.returncode, "contient déjà" in again.stderr) == (3, True)
        saved = guichet(new, "backup", "--site", "musee", str(tmp_path / "musee.tar.gz"), **given)
        assert (saved.returncode, "1 site(s)" in saved.stdout) == (0, True), saved.stderr


def test_a_backup_with_sites_wants_a_folder_for_them(tmp_path: Path, guichet: Callable[..., Done]) -> None:
    (tmp_path / "sites" / "mairie").mkdir(parents=True)
    (tmp_path / "sites" / "mairie.toml").write_text("", "utf-8")
    given = settings(tmp_path)
    record(f"sqlite:///{tmp_path / 'guichet.db'}", "a")
    (tmp_path / "faq.md").write_text(FAQ.format(name="ville"), "utf-8")
    archive = tmp_path / "s.tar.gz"
    assert guichet(tmp_path, "backup", str(archive), **given).returncode == 0
    without = {name: value for name, value in given.items() if name != "GUICHET_SITES_DIR"}
    done = guichet(tmp_path, "restore", str(archive), **without)
    assert done.returncode == 3
    assert "GUICHET_SITES_DIR" in done.stderr
    done = guichet(tmp_path, "restore", "--site", "port", str(archive), **given)
    assert (done.returncode, "port" in done.stderr) == (2, True)
