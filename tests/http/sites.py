"""A service with a FAQ of its own and two sites, each in a folder, over a fake encoder."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from app.search.versions import write_atomically
from app.settings import Settings
from app.sites import settings_of
from app.staff.desk import Desk
from app.store.accounts import Role
from app.web.auth import hash_password
from app.web.main import Wire, create_app
from app.web.sites import Sites
from ingest.workshop import FaqWorkshop
from tests.fakes import FakeEncoder
from tests.http import staff

LIBRARY = """---
title: Médiathèque municipale
contact_email: pret@mediatheque.example
---

## Prêt

### Combien de livres puis-je emprunter ?

Vous pouvez emprunter dix livres pendant trois semaines.

### Comment prolonger un prêt ?

La prolongation se demande une fois, sur le site ou à l’accueil.
"""
TOWN_HALL = """---
title: Mairie
contact_email: etat-civil@mairie.example
---

## État civil

### Quels documents faut-il pour une carte d’identité ?

Une photographie, un justificatif de domicile et l’ancienne carte.

### Comment déclarer une naissance ?

La naissance se déclare à la mairie dans les cinq jours.
"""
ORIGINS = {"mediatheque": "https://www.mediatheque.example", "mairie": "https://www.mairie.example"}
FAQS = {"mediatheque": LIBRARY, "mairie": TOWN_HALL}


@dataclass
class Service:
    """The application, and where its sites' files are."""

    settings: Settings
    app: FastAPI
    links: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        assert self.settings.sites_dir
        return self.settings.sites_dir

    @property
    def sites(self) -> Sites:
        found: Sites = self.app.state.sites
        return found

    def app_of(self, slug: str) -> FastAPI:
        site = self.sites.get(slug)
        assert site is not None
        assert site.running is not None
        return site.running.app

    def desk_of(self, slug: str) -> Desk:
        found: Desk = self.app_of(slug).state.desk
        return found

    def requests(self, slug: str) -> int:
        site = self.sites.get(slug)
        assert site is not None
        return site.running.requests if site.running else 0

    def build(self, slug: str) -> None:
        build_index(settings_of(self.settings, slug))

    def write(self, slug: str, text: str) -> None:
        """At once, as an editor saves: a file half written would be taken up as it stands."""
        write_atomically(self.folder / f"{slug}.toml", text.encode())

    def signed_in(self, slug: str, role: Role) -> tuple[str, str]:
        """Somebody's session: the cookie's name and value."""
        desk = self.desk_of(slug)
        assert desk.database.ready.wait(30)
        login = f"{role}@{slug}.example"
        user = desk.accounts.by_login(login)
        if user is None:
            desk.accounts.add_user(login, role.capitalize(), role, hash_password(staff.PASSWORD))
            user = desk.accounts.by_login(login)
        assert user is not None
        return f"guichet_session_{slug}", desk.accounts.open_session(user[0].id)


def build_index(settings: Settings) -> None:
    workshop = FaqWorkshop(settings)
    workshop.build(workshop.read(), settings.index_dir, FakeEncoder())


def service_in(folder: Path, *, wire: Wire = staff.wire, **given: object) -> Service:
    """The service, with its sites' FAQs indexed; its lifespan is the caller's to run."""
    sites = folder / "sites"
    settings = staff.settings_in(folder, sites_dir=sites, **given)
    build_index(settings)
    for slug, faq in FAQS.items():
        (sites / slug).mkdir(parents=True)
        (sites / slug / "faq.md").write_text(faq, "utf-8")
        (sites / f"{slug}.toml").write_text(f'allowed_origins = ["{ORIGINS[slug]}"]\n', "utf-8")
        build_index(settings_of(settings, slug))
    links: list[str] = []
    return Service(settings, create_app(settings, wire=wire, announce=links.append), links)


def ask(client: TestClient, slug: str, message: str) -> dict[str, Any]:
    prefix = f"/f/{slug}" if slug else ""
    answer = client.post(f"{prefix}/api/chat", json={"message": message})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def until(true: Callable[[], bool]) -> None:
    """Wait for something that the service does by itself."""
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)
