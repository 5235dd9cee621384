"""Which parts of the running service are ready, and what is the matter with those that aren't."""

from __future__ import annotations

from app.core.errors import EncoderMismatch, EncoderUnavailable, GuichetError
from app.store.repository import SqlStore
from app.wiring import Services

OK = "ok"
NEEDED = ("index", "encoder")
"""Without these no question is answered. Records wait for a store; without a model answers are composed."""
STORE_AWAY = "La base de données n’est pas ouverte ; les réponses sont données, les avis refusés."
MODEL_RESTS = "Le modèle de langue est laissé au repos après des échecs ; les réponses sont composées."


def ready_parts(services: Services) -> dict[str, str]:
    """For each part, OK or a French sentence: index, encoder, store and, where one is configured, model."""
    parts = {"index": OK, "encoder": OK}
    try:
        services.live.retriever()
    except GuichetError as error:
        part = "encoder" if isinstance(error, EncoderUnavailable | EncoderMismatch) else "index"
        parts[part] = str(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, the answer is "not ready" and why
        parts["index"] = type(error).__name__
    if parts["encoder"] != OK:
        parts["index"] = parts["encoder"]  # an index is taken up with its encoder, or not at all
    store = services.store
    if isinstance(store, SqlStore):
        parts["store"] = OK if store.database.ready.is_set() else STORE_AWAY
    if services.assistant.generator is not None:
        parts["model"] = OK if services.assistant.generations.circuit.state == "closed" else MODEL_RESTS
    return parts


def parts_of(services: Services) -> tuple[str, ...]:
    """The parts that this service has."""
    return tuple(ready_parts(services))


def is_ready(services: Services, part: str) -> bool:
    """Whether a part is ready."""
    return ready_parts(services).get(part) == OK
