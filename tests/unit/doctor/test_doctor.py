"""`guichet doctor`: a sound installation passes, and each thing that may be wrong with one is told with its mend."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from app.cli import app
from app.doctor import command, content, installation
from app.doctor.findings import Finding
from app.search import versions
from app.settings import Settings
from app.store.accounts import Accounts
from app.store.database import Database, now
from app.store.repository import SqlStore
from app.store.tables import answers
from ingest.workshop import FaqWorkshop
from tests.fake_llm_server import fake_llm
from tests.fakes import FakeEncoder
from tests.http.staff import settings_in


@dataclass
class Patient:
    """An installation and what the doctor finds in it."""

    settings: Settings

    def find(self, **changed: object) -> dict[str, list[Finding]]:
        found: dict[str, list[Finding]] = {}
        for one in command.examine(self.settings.model_copy(update=changed)):
            found.setdefault(one.part, []).append(one)
        return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def patient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Patient:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("GUICHET_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr("app.wiring.make_encoder", lambda _: FakeEncoder())
    monkeypatch.setattr(installation, "LOW_MB", 1)  # this machine may have little left
    settings = settings_in(tmp_path, secret="x" * 32, port=free_port())
    workshop = FaqWorkshop(settings)
    workshop.build(workshop.read(), settings.index_dir, FakeEncoder())
    database = Database(settings.database_url)
    database.open()
    Accounts(database).add_user("a@ecole.example", "A", "administrateur", "x")
    database.close()
    return Patient(settings)


def test_a_sound_installation_has_nothing_to_mend(patient: Patient) -> None:
    found = patient.find()
    assert {one.state for part in found.values() for one in part} == {"ok"}, found
    assert len(found) >= 15
    assert found["Index et FAQ"][0].told == "L’index est celui de la FAQ."


def damage_index(settings: Settings) -> None:
    path = settings.index_dir / versions.current_version(settings.index_dir) / versions.ENTRIES
    path.write_bytes(path.read_bytes()[:-3])


def spoil_faq(settings: Settings) -> None:
    settings.faq.write_text("### Une question ?\n\n### Une question ?\n", "utf-8")


def edit_faq(settings: Settings) -> None:
    settings.faq.write_text(settings.faq.read_text("utf-8").replace("Deux sessions", "Trois sessions"), "utf-8")


def no_administrator(settings: Settings) -> None:
    execute(settings, "UPDATE users SET active = 0")


def older_schema(settings: Settings) -> None:
    execute(settings, "UPDATE alembic_version SET version_num = '0001'")


def newer_schema(settings: Settings) -> None:
    execute(settings, "UPDATE alembic_version SET version_num = '9999'")


def execute(settings: Settings, statement: str) -> None:
    engine = sa.create_engine(settings.database_url)
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def damage_database(settings: Settings) -> None:
    path = Path(str(sa.make_url(settings.database_url).database))
    path.write_bytes(b"not a database, whatever its name says" * 100)


def old_question(settings: Settings) -> None:
    store = SqlStore(settings.database_url)
    store.flush()
    row = {c.name: "" for c in answers.columns if isinstance(c.type, sa.String | sa.Text)}
    row |= {"answer_id": "a", "created_at": now() - timedelta(days=200), "confidence": 0.5, "band": 5, "total_ms": 1.0}
    with store.database.begin() as connection:
        connection.execute(sa.insert(answers), [row])
    store.close()


def future_faq(settings: Settings) -> None:
    later = (now() + timedelta(days=3)).timestamp()
    os.utime(settings.faq, (later, later))


def remove_index(settings: Settings) -> None:
    (settings.index_dir / "CURRENT").unlink()


@pytest.mark.parametrize(
    ("harm", "part", "state", "mend"),
    [
        (damage_index, "Index", "failed", "guichet ingest"),
        (remove_index, "Index", "failed", "guichet ingest"),
        (spoil_faq, "FAQ", "failed", "guichet ingest --check"),
        (edit_faq, "Index et FAQ", "warning", "guichet ingest"),
        (no_administrator, "Console", "warning", "guichet staff link"),
        (older_schema, "Base de données", "warning", "Sauvegardez"),
        (newer_schema, "Base de données", "failed", "sauvegarde"),
        (damage_database, "Base de données", "failed", "sauvegarde"),
        (old_question, "Conservation", "warning", "guichet purge"),
        (future_faq, "Horloge", "failed", "heure"),
    ],
)
def test_what_is_wrong_is_told_with_its_mend(
    patient: Patient, harm: Callable[[Settings], None], part: str, state: str, mend: str
) -> None:
    harm(patient.settings)
    found = patient.find()
    assert [one.state for one in found[part]] == [state], found[part]
    assert mend in found[part][0].mend
    others = {name for name, all_ in found.items() if any(one.state == "failed" for one in all_)}
    assert others <= {part}


@pytest.mark.parametrize(
    ("changed", "part", "state"),
    [
        ({"secret": None}, "Secrets", "warning"),
        ({"public_url": "http://faq.ecole.example"}, "Adresses", "warning"),
        ({"allowed_origins": "http://www.ecole.example"}, "Adresses", "warning"),
        ({"oidc_issuer": "https://cas.example", "oidc_client_id": "g"}, "Adresses", "failed"),
        ({"llm_base_url": "http://127.0.0.1:1/v1"}, "Modèle de langue", "warning"),
        ({"llm_base_url": "http://127.0.0.1:1/v1", "llm_model": "m"}, "Modèle de langue", "warning"),
        ({"database_url": "postgresql://u:motdepasse@127.0.0.1:1/g"}, "Base de données", "failed"),
        ({"faq": Path("/nulle/part.md")}, "FAQ", "failed"),
    ],
)
def test_settings_that_cannot_work_are_told(
    patient: Patient, changed: dict[str, object], part: str, state: str
) -> None:
    found = patient.find(**changed)
    assert found[part][0].state == state, found[part]
    assert found[part][0].mend
    assert "motdepasse" not in str(found)


def test_a_slip_in_a_setting_s_name_is_told(patient: Patient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("GUICHET_ALLOWED_ORIGIN=https://a.example\nGUICHET_PORT=8000\n")
    (tmp_path / ".env").chmod(0o644)
    found = patient.find()
    assert "GUICHET_ALLOWED_ORIGIN." in found["Réglages"][0].told
    assert "chmod 600" in found["Secrets"][0].mend


def test_a_port_in_use_is_told(patient: Patient) -> None:
    with socket.create_server(("127.0.0.1", patient.settings.port)), pytest.MonkeyPatch.context() as patch:
        patch.setattr(installation, "TIMEOUT_S", 0.2)
        found = patient.find()
    assert found["Port"][0].state == "failed"


def test_little_space_and_folders_without_the_right_to_write(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "FULL_MB", 10**9)
    monkeypatch.setattr(installation, "LOW_MB", 10**9)
    monkeypatch.setattr("os.access", lambda *_: False)
    found = patient.find()
    assert {one.state for one in found["Disque"]} == {"failed"}
    assert {one.state for one in found["Droits d’écriture"]} == {"failed"}


def test_a_check_that_crashes_leaves_the_others(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content.Content, "faq", lambda *_: 1 / 0)
    found = patient.find()
    assert found["FAQ"][0].state == "failed"
    assert found["Index"][0].state == "ok"


def test_the_model_server_is_asked_for_its_models_and_followed_nowhere(patient: Patient) -> None:
    with fake_llm() as llm:
        found = patient.find(llm_base_url=llm.base_url, llm_model="faux")["Modèle de langue"]
        assert found[0].state == "warning"  # this one only chats
        assert llm.elsewhere == ["/v1/models"]  # asked once, and nothing else


def test_the_command_ends_with_a_code_and_speaks_json(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "Settings", lambda: patient.settings)
    fine = CliRunner().invoke(app, ["doctor"])
    assert fine.exit_code == 0, fine.output
    remove_index(patient.settings)
    broken = CliRunner().invoke(app, ["doctor", "--json"])
    assert broken.exit_code == 1
    value = json.loads(broken.output)
    assert value["failed"] == 1
    assert {"part", "state", "told", "mend", "site"} == set(value["findings"][0])
