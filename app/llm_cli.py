"""`guichet llm`: a language model on this machine."""

from __future__ import annotations

import signal
import socket
import threading
from pathlib import Path
from typing import Annotated

import typer

from app import messages
from app.llm_server import Serving, ensure_is, read_card, running
from app.settings import Settings
from app.terminal import err

llm_app = typer.Typer(help="Un modèle de langue sur cette machine.", no_args_is_help=True)


@llm_app.callback()
def _root() -> None:
    """A group with one command stays a group."""


@llm_app.command()
def serve(
    file: Annotated[Path, typer.Argument(help="Fichier GGUF du modèle.")],
    host: Annotated[str, typer.Option(help="Adresse d’écoute.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port d’écoute (0 = un port libre).", min=0, max=65535)] = 8080,
    name: Annotated[str | None, typer.Option(help="Nom du modèle ; par défaut, celui de sa fiche.")] = None,
    context: Annotated[int, typer.Option(help="Jetons pour une question et sa réponse.", min=1024)] = 4096,
    parallel: Annotated[int, typer.Option(help="Réponses rédigées en même temps.", min=1)] = 1,
    threads: Annotated[
        int | None, typer.Option(help="Fils d’exécution ; par défaut GUICHET_LLM_THREADS.", min=1)
    ] = None,
    sha256: Annotated[
        str | None, typer.Option(help="Empreinte SHA-256 attendue : un autre fichier n’est pas servi.")
    ] = None,
) -> None:
    """Sert un modèle GGUF par le serveur compatible OpenAI de llama.cpp (demande « guichet[llm] »)."""
    settings = Settings()
    key = settings.llm_api_key.get_secret_value() if settings.llm_api_key else None
    _ensure_free(host, port)
    card = read_card(file)
    if sha256:
        ensure_is(file, sha256)
    err.print(messages.LOADING_MODEL.format(card=card), highlight=False, soft_wrap=True)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    how = Serving(host, port, context, parallel, threads or settings.threads_for_a_model, key)
    with running(file, name or card.name, how) as address:
        err.print(messages.MODEL_SERVED.format(name=name or card.name), highlight=False, soft_wrap=True)
        err.print(f"  GUICHET_LLM_BASE_URL={address}/v1", markup=False, highlight=False, soft_wrap=True)
        err.print(f"  GUICHET_LLM_MODEL='{name or card.name}'", markup=False, highlight=False, soft_wrap=True)
        stop.wait()


def _ensure_free(host: str, port: int) -> None:
    """Tell of a port in use before gigabytes are read: llama.cpp would share it with the other server."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise typer.BadParameter(messages.PORT_TAKEN.format(port=port), param_hint="--port") from error
