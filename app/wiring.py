"""The one place that reads the settings and chooses who does what."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from app.answer.assistant import Assistant
from app.answer.circuit import Circuit
from app.answer.conversation import Conversations
from app.answer.generation import Generations
from app.cluster import Cluster, open_cluster
from app.core.ports import Encoder, Generator, Store
from app.core.types import Contact
from app.core.workers import Workers
from app.search.decide import Costs
from app.search.live import LiveIndex
from app.settings import Settings
from app.store.null import NullStore
from app.store.repository import SqlStore

if TYPE_CHECKING:
    from app.answer.chain import Model
    from app.store.shared_state import SharedState


WRITERS, WRITES_WAITING = 2, 64
"""Votes written at once, and votes that may wait for it."""


@dataclass(frozen=True, slots=True)
class Services:
    """What the server and the commands work with."""

    settings: Settings
    assistant: Assistant
    live: LiveIndex
    store: Store
    conversations: Conversations
    writers: Workers
    """The threads that votes are written on: not those of the searches, a database may keep them waiting."""
    prepare_model: Callable[[], None]
    """Loads a model that runs in this process; takes seconds to minutes. Raises ModelUnavailable."""
    cluster: Cluster
    """The index that is shared with other machines."""
    shared_state: SharedState | None = None
    """What is shared with them from moment to moment; None unless the store is PostgreSQL."""

    async def aclose(self) -> None:
        """Write what is queued and let go of every connection."""
        if self.assistant.generator is not None:
            await self.assistant.generator.aclose()
        self.assistant.workers.close()
        self.writers.close()
        await asyncio.to_thread(self.cluster.close)
        await asyncio.to_thread(self.conversations.close)
        await asyncio.to_thread(self.store.close)


def build_services(
    settings: Settings,
    *,
    store: Store | None = None,
    encoder: Callable[[], Encoder] | None = None,
    generator: Generator | None = None,
) -> Services:
    """Wire everything up. Nothing heavy is loaded before `live.refresh()`.

    What is given replaces what the settings would choose.
    """
    costs = Costs(settings.cost_wrong_answer, settings.cost_needless_refusal, settings.cost_question_back)
    cluster = open_cluster(settings)
    live = LiveIndex(
        settings.index_dir,
        cache(encoder or partial(make_encoder, settings)),
        costs,
        settings.institution or "",
        cluster.over,
    )
    cluster.follow(live)
    kept = store or NullStore()
    chosen, prepare = (generator, _nothing) if generator else _generator(settings)
    assistant = Assistant(
        live=live.retriever,
        generator=chosen,
        store=kept,
        style=settings.style,
        contact=_contact(settings),
        generations=_generations(settings),
        keep_questions=settings.keep_questions,
        workers=Workers(settings.searches_at_once, settings.queue),
    )
    state = _shared_state(settings, kept)
    conversations = Conversations(
        settings.conversations,
        settings.conversation_idle_min * 60,
        elsewhere=state if settings.conversations_shared else None,
    )
    writers = Workers(WRITERS, WRITES_WAITING, "guichet-votes")
    return Services(settings, assistant, live, kept, conversations, writers, prepare, cluster, state)


def model_named(settings: Settings, model: str) -> Generator | None:
    """Another model of the server that the settings name; None when they name none. Raises ModelUnavailable."""
    other = settings.model_copy(update={"llm_model": model, "style": "auto"})
    return None if other.llm_local else _generator(other)[0]


def open_store(settings: Settings, on_drop: Callable[[], None] = lambda: None) -> SqlStore:
    """The SQL store of the settings."""
    return SqlStore(settings.database_url, on_drop=on_drop)


def make_encoder(settings: Settings) -> Encoder:
    """The encoder of the settings. Raises EncoderUnavailable."""
    from app.encoders import open_encoder

    return open_encoder(
        settings.encoder,
        threads=settings.encoder_threads,
        lone_threads=settings.encoder_lone_threads,
        cache_size=settings.encoder_cache,
    )


def _shared_state(settings: Settings, store: Store) -> SharedState | None:
    if not isinstance(store, SqlStore) or store.database.dialect != "postgresql":
        return None
    from app.store.shared_state import SharedState

    secret = settings.secret.get_secret_value() if settings.secret else None
    return SharedState(store.database, secret, settings.site)


def _generations(settings: Settings) -> Generations:
    return Generations(
        at_once=1 if settings.llm_local else settings.llm_concurrency,
        queue=settings.llm_queue,
        wait_s=settings.llm_queue_wait_s,
        timeout_s=settings.llm_timeout_s,
        circuit=Circuit(settings.llm_circuit_failures, settings.llm_circuit_rest_s),
    )


def _generator(settings: Settings) -> tuple[Generator | None, Callable[[], None]]:
    """The model and what loads it. Raises ModelUnavailable when a package is missing."""
    if not settings.llm_configured or settings.style == "verbatim":
        return None, _nothing
    from app.answer.chain import ChainGenerator
    from app.answer.verify import thesaurus

    thesaurus()  # Read now rather than while the first visitor waits.
    model, prepare = make_model(settings)
    return ChainGenerator(model), prepare


def make_model(settings: Settings) -> tuple[Model, Callable[[], None]]:
    """The configured language model and what loads it. Raises ModelUnavailable when a package is missing."""
    if settings.llm_local:
        from app.answer.local_model import LocalModel

        local = LocalModel(
            settings.llm_local,
            device=settings.llm_device,
            threads=settings.threads_for_a_model,
            timeout_s=settings.llm_timeout_s,
            max_tokens=settings.llm_max_tokens,
        )
        return local, local.prepare
    from app.answer.server_model import ServerModel

    assert settings.llm_base_url
    assert settings.llm_model
    server = ServerModel(
        base_url=settings.llm_base_url,
        model=settings.llm_model,
        api_key=settings.llm_api_key,
        timeout_s=settings.llm_timeout_s,
        max_tokens=settings.llm_max_tokens,
    )
    return server, _nothing


def _nothing() -> None:
    """What there is to load when no model is loaded here."""


def _contact(settings: Settings) -> Contact | None:
    if not (settings.contact_label or settings.contact_email or settings.contact_url):
        return None
    label = settings.contact_label or settings.contact_email or settings.contact_url
    return Contact(str(label), settings.contact_email, settings.contact_url)
