"""Why a model's answer did not come about: a word to count by, and the sentence for the trace."""

from __future__ import annotations

from typing import Literal, get_args

from app.core.errors import GenerationFailed

Failure = Literal[
    "unreachable", "refused", "overloaded", "redirected", "garbled", "empty", "cut", "timeout", "crashed",
    "loading", "circuit_open", "queue_full", "queue_wait", "left_out", "unverified",
]  # fmt: skip
"""The last six are not the model server's doing; all others count against it (`is_the_servers`)."""

_NOT_THE_SERVERS: frozenset[Failure] = frozenset(
    ("loading", "circuit_open", "queue_full", "queue_wait", "left_out", "unverified")
)
_SENTENCES: dict[Failure, str] = {
    "unreachable": "le serveur du modèle est injoignable",
    "refused": "le serveur du modèle a refusé la demande",
    "overloaded": "le serveur du modèle est surchargé",
    "redirected": "le serveur du modèle renvoie ailleurs ; aucune redirection n’est suivie",
    "garbled": "la réponse du serveur du modèle est illisible",
    "empty": "le modèle n’a rien écrit",
    "cut": "la réponse du modèle s’est interrompue",
    "timeout": "le modèle n’a pas fini dans le temps imparti",
    "crashed": "le modèle est en panne",
    "loading": "le modèle n’est pas chargé",
    "circuit_open": "le modèle est laissé au repos après plusieurs échecs",
    "queue_full": "trop de visiteurs attendent le modèle",
    "queue_wait": "aucune place ne s’est libérée à temps",
    "left_out": "le modèle n’a pas répondu à toutes les questions",
    "unverified": "ce que le modèle a écrit n’est pas dans la foire aux questions",
}
REASONS: tuple[Failure, ...] = get_args(Failure)


def failed(reason: Failure, detail: str = "") -> GenerationFailed:
    """The error to raise; `detail` (a status, an exception's name) must hold nothing of a question or a key."""
    sentence = _SENTENCES[reason]
    return GenerationFailed(f"{sentence} ({detail})" if detail else sentence, reason=reason)


def is_the_servers(error: GenerationFailed) -> bool:
    """Whether a failure speaks against the model server: those open the circuit.

    A sentence that the verifier refuses does not: the server answered in time, and visitors who
    provoke refusals must not be able to switch the model off for others.
    """
    return error.reason not in _NOT_THE_SERVERS
