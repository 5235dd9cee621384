"""A GGUF file behind llama.cpp's own OpenAI-compatible server, as xllamacpp brings it.

Nothing here generates or answers requests: the file's card is read, the server's parameters are set, it is
started. Both packages come with the `llm` extra and are imported when the command is used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app import messages
from app.core.errors import BadSource, ModelUnavailable

ERRORS_ONLY = 1
"""Verbosity of the server's log: its chattier levels print what visitors ask."""

PROMPT_CACHE_MIB = 256
"""Memory for what it keeps of earlier prompts (MiB); llama.cpp's own default is 8 GiB."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a GGUF file says of itself; "" for what it doesn't."""

    name: str
    size: str
    licence: str

    def __str__(self) -> str:
        facts = ", ".join(filter(None, (self.size, self.licence and messages.LICENCE.format(licence=self.licence))))
        return f"{self.name} ({facts})" if facts else self.name


@dataclass(frozen=True, slots=True)
class Serving:
    """How to serve: `context` tokens for each of `parallel` answers at once, computed on `threads` threads."""

    host: str
    port: int
    context: int
    parallel: int
    threads: int
    api_key: str | None = None


def read_card(path: Path) -> Card:
    """The model card in the file's header. Raises BadSource for what is no GGUF file, ModelUnavailable
    without the extra.
    """
    if not path.is_file():
        raise BadSource(path, None, messages.NO_GGUF, mend=messages.NO_GGUF_MEND)
    try:
        from gguf import GGUFReader
    except ImportError as error:
        raise _not_installed() from error
    try:
        fields = GGUFReader(path).fields
    except (ValueError, OSError, IndexError) as error:
        raise BadSource(path, None, messages.NOT_GGUF, mend=messages.NO_GGUF_MEND) from error

    def told(key: str) -> str:
        field = fields.get(f"general.{key}")
        return " ".join(str(field.contents()).split()) if field else ""

    return Card(told("name") or path.stem, told("size_label"), told("license"))


def ensure_is(path: Path, sha256: str) -> None:
    """Raise BadSource for a file of another SHA-256 (hexadecimal) than the one asked for."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256.strip().lower():
        raise BadSource(path, None, messages.OTHER_GGUF.format(found=found), mend=messages.OTHER_GGUF_MEND)


@contextmanager
def running(path: Path, name: str, how: Serving) -> Iterator[str]:
    """The server's address while the block lasts; it answers under `name`. Raises ModelUnavailable."""
    try:
        import xllamacpp
    except ImportError as error:
        raise _not_installed() from error
    given = xllamacpp.CommonParams()
    given.model.path = str(path)
    given.model_alias = {name}
    given.hostnames, given.port = [how.host], how.port
    given.n_ctx, given.n_parallel = how.context * how.parallel, how.parallel
    given.cpuparams.n_threads = given.cpuparams_batch.n_threads = how.threads
    given.api_keys = [how.api_key] if how.api_key else []
    # No page of another site may use it, and nobody may read what others asked.
    given.cors_origins, given.cors_origins_explicit, given.cors_credentials = "", True, False
    given.endpoint_slots = given.endpoint_props = given.ui = False
    given.verbosity = ERRORS_ONLY
    given.cache_ram_mib = PROMPT_CACHE_MIB
    try:
        server = xllamacpp.Server(given)
    except RuntimeError as error:
        raise ModelUnavailable(messages.NOT_SERVED.format(path=path), mend=messages.NOT_SERVED_MEND) from error
    try:
        yield str(server.listening_address)
    finally:
        del server


def _not_installed() -> ModelUnavailable:
    return ModelUnavailable(messages.NO_LLM_EXTRA, mend=messages.INSTALL_LLM)
