"""A service with a console over a small FAQ on disk, and staff who are signed in to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from starlette.testclient import TestClient

from app.settings import Settings
from app.staff.desk import Desk
from app.store.accounts import Role
from app.store.repository import SqlStore
from app.web.auth import hash_password
from app.web.main import create_app
from app.wiring import Services, build_services
from ingest.workshop import FaqWorkshop
from tests.fakes import FakeEncoder
from tests.settings_values import values

PASSWORD = "une phrase assez longue"
FAQ = """---
title: FAQ d’essai
contact_email: accueil@ecole.example
---

## Inscription

### Quels sont les modes de paiement ?

Par chèque ou par carte bancaire, à l’accueil.

### Puis-je m’inscrire sans le baccalauréat ?

<!-- guichet:
variantes:
- pas de bac
-->

Oui, sous réserve des prérequis.

## Études

### Combien de sessions d’examen y a-t-il par an ?

Deux sessions par année universitaire.
"""
GAPS = """# Hors FAQ

## Restauration
- Y a-t-il une cantine ?
- distributeur de boissons
"""
CASES = (
    '{"id": "c1", "question": "comment régler par carte bancaire", "kind": "paraphrase", '
    '"entries": ["quels-sont-les-modes-de-paiement"], "facts": [], "topic": "", "split": "dev"}\n'
)


@dataclass
class Institution:
    """Everything of one service, in a folder."""

    folder: Path
    app: FastAPI
    links: list[str] = field(default_factory=list)

    @property
    def faq(self) -> Path:
        return self.folder / "faq" / "faq.md"

    @property
    def desk(self) -> Desk:
        found: Desk = self.app.state.desk
        return found

    def signed_in(self, role: Role, client: TestClient | None = None) -> TestClient:
        """A client of somebody with that role."""
        assert self.desk.database.ready.wait(30)
        login = f"{role}@ecole.example"
        if self.desk.accounts.by_login(login) is None:
            self.desk.accounts.add_user(login, role.capitalize(), role, hash_password(PASSWORD))
        client = client or TestClient(self.app, raise_server_exceptions=False)
        user = self.desk.accounts.by_login(login)
        assert user is not None
        client.cookies.set("guichet_session", self.desk.accounts.open_session(user[0].id))
        return client

    def csrf(self, client: TestClient) -> str:
        session = self.desk.accounts.session(client.cookies["guichet_session"])
        assert session is not None
        return session.csrf

    def post(self, client: TestClient, path: str, **data: object) -> object:
        given = {"csrf": self.csrf(client), **data}
        return client.post(path, data=given, headers={"Accept": "text/html"}, follow_redirects=False)

    def ask(self, client: TestClient, message: str) -> dict[str, object]:
        answer = client.post("/api/chat", json={"message": message})
        self.app.state.services.store.flush()
        found: dict[str, object] = answer.json()
        return found


def settings_in(folder: Path, **given: object) -> Settings:
    """Settings with every path inside `folder`, and a FAQ, gaps and cases written there."""
    (folder / "faq").mkdir()
    (folder / "faq" / "faq.md").write_text(FAQ, "utf-8")
    (folder / "faq" / "hors_faq.md").write_text(GAPS, "utf-8")
    (folder / "cases").mkdir()
    (folder / "cases" / "in_scope.jsonl").write_text(CASES, "utf-8")
    given = {**values(folder), **given}
    return Settings(_env_file=None, **given)  # type: ignore[arg-type]


def institution_in(folder: Path, **given: object) -> Institution:
    """A service over a fresh index; its lifespan is the caller's to run."""
    settings = settings_in(folder, **given)
    workshop = FaqWorkshop(settings)
    workshop.build(workshop.read(), settings.index_dir, FakeEncoder())
    links: list[str] = []
    app = create_app(settings, wire=wire, announce=links.append)
    return Institution(folder, app, links)


def wire(settings: Settings) -> Services:
    """A real store beneath, a fake encoder above."""
    return partial(build_services, store=SqlStore(settings.database_url), encoder=FakeEncoder)(settings)
