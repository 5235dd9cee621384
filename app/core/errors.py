"""Errors the core raises. They know nothing of HTTP or of exit codes' printing."""

from __future__ import annotations

from pathlib import Path


class GuichetError(Exception):
    """Base class: `str(error)` is one sentence; `mend` says what to do about it."""

    mend: str = ""

    def __init__(self, message: str, *, mend: str = "") -> None:
        super().__init__(message)
        if mend:
            self.mend = mend


class BadSource(GuichetError):
    """A FAQ source can't be read; carries the place for the author."""

    def __init__(self, path: Path, line: int | None, message: str, *, mend: str = "") -> None:
        super().__init__(message, mend=mend)
        self.path = path
        self.line = line

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else str(self.path)
        return f"{place} : {self.args[0]}"


class IndexMissing(GuichetError):
    """There is no published index to open."""


class IndexCorrupt(GuichetError):
    """An index version does not match its manifest, or is of another format."""


class EncoderMismatch(GuichetError):
    """The index was made by another encoder than the one that would read it."""


class EncoderUnavailable(GuichetError):
    """The configured encoder can't be loaded (missing files or packages)."""


class PublishFailed(GuichetError):
    """An index could not be written: disk full or read-only, a folder that isn't ours. The live one stays."""


class IngestBusy(GuichetError):
    """Another ingest holds the index folder's lock."""


class GenerationFailed(GuichetError):
    """The language model gave nothing usable in time; `reason` is the word to count it by.

    The reasons stand in app/answer/failures.py.
    """

    def __init__(self, message: str, *, reason: str = "unverified", mend: str = "") -> None:
        super().__init__(message, mend=mend)
        self.reason = reason


class ModelUnavailable(GuichetError):
    """The configured language model can't be loaded or served (missing files or packages)."""


class StoreUnavailable(GuichetError):
    """The database can't take a write right now."""
