"""Who answers: the assistant over the live index, a version or a FAQ not yet published, or another machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from app.core.errors import BadSource, ModelUnavailable
from app.core.ports import Encoder
from app.core.types import Style
from app.search import versions
from app.search.decide import Costs
from app.search.index import OpenIndex, open_index
from app.search.live import LiveIndex
from app.search.retriever import HybridRetriever
from app.settings import Settings
from app.sites import load_settings
from app.wiring import Services, build_services, make_encoder
from evals import quality_messages as messages
from evals.askers import Asker, InProcess, Remote
from evals.cases import Split
from evals.withheld import without_withheld
from ingest.build import build_index
from ingest.gaps import FILE, parse_gaps
from ingest.parse import parse_paths

_NEVER = 1_000_000
"""Failures after which a model would be left alone: an evaluation asks again instead."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command was asked for."""

    split: Split
    style: Style = "verbatim"
    model: str | None = None
    index: str | None = None
    faq: Path | None = None
    url: str | None = None
    token: str | None = None
    repeat: int = 1
    jobs: int = 1
    seed: int = 0
    perturb: bool = False
    sample: int | None = None

    def told(self) -> dict[str, Any]:
        """What a run keeps of it: no token, nor how many questions were put at once."""
        left_out = ("token", "jobs", "index")
        return {k: str(v) if isinstance(v, Path) else v for k, v in asdict(self).items() if k not in left_out}


@dataclass(frozen=True, slots=True)
class Backend:
    """Who answers; `services`, `index` and `encoder` are None when it is another machine."""

    asker: Asker
    settings: Settings
    services: Services | None = None
    encoder: Encoder | None = None
    index: OpenIndex | None = None
    """As it is published; the assistant's lacks the gaps that cover the test split's topics (withheld.py)."""


class _Fixed(LiveIndex):
    """A version that stays, whatever is published."""

    def __init__(self, settings: Settings, encoder: Encoder, retriever: HybridRetriever) -> None:
        super().__init__(settings.index_dir, lambda: encoder)
        self._fixed = retriever

    def retriever(self) -> HybridRetriever:
        """The version chosen."""
        return self._fixed


@contextmanager
def backend(wanted: Wanted, settings: Settings | None = None) -> Iterator[Backend]:
    """Whom to ask. Raises BadSource, ModelUnavailable, or what keeps the index from opening."""
    settings = settings or load_settings()
    if wanted.url:
        if urlsplit(wanted.url).scheme not in ("http", "https"):
            raise BadSource(Path("--url"), None, messages.BAD_URL)
        yield Backend(Remote(wanted.url, wanted.token, wanted.style), settings)
        return
    settings = settings.model_copy(update=_model(wanted, settings))
    encoder = make_encoder(settings)
    if wanted.faq is None:
        yield _here(wanted, settings, encoder)
        return
    with TemporaryDirectory(prefix="guichet-eval-") as folder:
        settings = settings.model_copy(update={"index_dir": Path(folder)})
        _build(wanted.faq, settings, encoder)
        yield _here(wanted, settings, encoder)


def _model(wanted: Wanted, settings: Settings) -> dict[str, Any]:
    """The settings of the model that is evaluated, which is not left alone after failures."""
    changed: dict[str, Any] = {"llm_circuit_failures": _NEVER, "style": wanted.style}
    if wanted.model:
        changed["llm_model"] = wanted.model
    if wanted.style == "generated" and not settings.model_copy(update=changed).llm_configured:
        raise ModelUnavailable(messages.NO_MODEL, mend=messages.NO_MODEL_MEND)
    return changed


def _here(wanted: Wanted, settings: Settings, encoder: Encoder) -> Backend:
    services = build_services(settings, encoder=lambda: encoder)
    services.prepare_model()
    if wanted.index:
        index = _published(settings, wanted.index)
    else:
        services.live.refresh()
        index = services.live.retriever().index
    services = _pinned(services, encoder, without_withheld(index))
    return Backend(InProcess(services.assistant, wanted.style), settings, services, encoder, index)


def _published(settings: Settings, version: str) -> OpenIndex:
    if version not in versions.list_versions(settings.index_dir):
        raise BadSource(settings.index_dir / version, None, messages.NO_VERSION, mend=messages.NO_VERSION_MEND)
    index = open_index(settings.index_dir / version)
    costs = Costs(settings.cost_wrong_answer, settings.cost_needless_refusal, settings.cost_question_back)
    return replace(index, decision=replace(index.decision, costs=costs))


def _pinned(services: Services, encoder: Encoder, index: OpenIndex) -> Services:
    live = _Fixed(services.settings, encoder, HybridRetriever(index, encoder))
    return replace(services, live=live, assistant=replace(services.assistant, live=live.retriever))


def _build(faq: Path, settings: Settings, encoder: Encoder) -> None:
    """An index of a FAQ that isn't published, where `settings` says."""
    parsed = parse_paths([faq])
    gaps = parse_gaps(settings.gaps or (faq if faq.is_dir() else faq.parent) / FILE)
    decision = settings.decision.read_bytes()
    build_index(
        parsed.meta, parsed.faq_entries, index_dir=settings.index_dir, decision=decision, encoder=encoder, gaps=gaps
    )
