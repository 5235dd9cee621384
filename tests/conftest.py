"""Fixtures shared by all tests: a small FAQ, an index of it, an application over it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from app.answer import exemplars
from app.core.types import Entry, FaqMeta
from app.settings import ROOT, Settings
from app.wiring import Services, build_services
from ingest.build import build_index
from tests.fakes import FakeEncoder, MemoryStore

# Where byte code may not be kept, each server that a test starts compiles a thousand modules anew: 1.6 s of CPU.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

LEAST = exemplars.LEAST


@pytest.fixture(autouse=True)
def _no_small_talk_by_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words collide in the fake encoder, and three examples are soon near: that is for the tests of examples alone."""
    monkeypatch.setattr(exemplars, "LEAST", 1.1)


META = FaqMeta(
    title="FAQ d’essai",
    source_url="https://ecole.example/faq?page=1",
    contact_label="l’accueil",
    contact_email="accueil@ecole.example",
)
ENTRIES = (
    Entry(
        "modes-de-paiement",
        "Quels sont les modes de paiement ?",
        "Nous proposons trois modes de paiement :\n\n"
        "- En ligne : [paiement en ligne](https://ecole.example/payer)\n"
        "- Par chèque, à l’accueil\n"
        "- Par carte bancaire, sur rendez-vous : <accueil@ecole.example>",
        "Inscription",
    ),
    Entry(
        "sans-baccalaureat",
        "Puis-je m’inscrire sans le baccalauréat ?",
        "Oui. Certaines formations sont accessibles sans le bac, sous réserve des prérequis.",
        "Inscription",
    ),
    Entry(
        "sessions-examen",
        "Combien de sessions d’examen y a-t-il par an ?",
        "Chaque unité comporte deux sessions d’examen par année universitaire.",
        "Études",
    ),
    Entry(
        "salle-alternance",
        "Où trouver ma salle de cours ?",
        "À Toulouse, des écrans sont disponibles aux 2e et 3e étages.",
        "Alternance",
    ),
    Entry(
        "salle-soir",
        "Où trouver ma salle de cours ?",
        "Les salles sont affichées sur l’ENF, rubrique « Planning ».",
        "Cours du soir",
    ),
)


@pytest.fixture
def entries() -> tuple[Entry, ...]:
    return ENTRIES


@pytest.fixture
def meta() -> FaqMeta:
    return META


@pytest.fixture
def decision() -> bytes:
    return (ROOT / "tests" / "data" / "decision.json").read_bytes()


@pytest.fixture
def index_dir(tmp_path: Path, decision: bytes) -> Path:
    """A published index of ENTRIES made by FakeEncoder."""
    folder = tmp_path / "index"
    build_index(META, ENTRIES, index_dir=folder, decision=decision, encoder=FakeEncoder())
    return folder


@pytest.fixture
def settings(index_dir: Path, tmp_path: Path) -> Settings:
    return Settings(
        _env_file=None,
        index_dir=index_dir,
        database_url=f"sqlite:///{tmp_path / 'guichet.db'}",
        rate_limit_per_minute=0,
        index_poll_s=0.05,
    )


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def wire(store: MemoryStore) -> Callable[[Settings], Services]:
    """Services over fakes, for create_app."""
    return partial(build_services, store=store, encoder=FakeEncoder)


@pytest.fixture
def services(settings: Settings, wire: Callable[[Settings], Services]) -> Iterator[Services]:
    built = wire(settings)
    built.live.refresh()
    yield built
    built.store.close()
