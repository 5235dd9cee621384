"""Index versions on disk: which there are, which is live, and what each must contain.

A version is a folder `index/<version>/` that holds `manifest.json` and the
files the manifest names with their SHA-256. `index/CURRENT` names the live
one; `index/PINNED` exists while staff hold an older version on purpose.
Nothing here is pickled.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from app.core.errors import IndexCorrupt, IndexMissing
from app.search import messages
from app.search.bounds import MAX_DIMENSION, MAX_MANIFEST, check_npy, unnamed

FORMAT = 2
"""Raised whenever an older program could misread the files."""
APPROXIMATE_FORMAT = 3
"""That of a version whose dense index is approximate (app/search/approximate.py): it has more files, and an older
program would misread it; one with an exact index stays readable to both."""
LOOKED_TWICE_FORMAT = 4
"""That of one whose codes are so coarse that the nearest must be chosen among more than are asked for: a program that
doesn't would miss some."""

MANIFEST = "manifest.json"
ENTRIES = "entries.jsonl"
PASSAGES = "passages.jsonl"
VECTORS = "vectors.faiss"
DECISION = "decision.json"
LEXICAL = "lexical"
LEXICAL_ENTRIES = "lexical_entries"
PRECISION = "precision.npy"
GAPS = "gaps.jsonl"
GAP_VECTORS = "gaps.faiss"
"""The last two only where gaps are known."""
CLASSES, WORDINGS, NGRAMS = "classes.npy", "wordings.npy", "ngrams"
"""Only in a small index."""
EXACT_VECTORS = "vectors.npy"
COUNTS = "passage_counts.npy"
DISCRIMINANT = "discriminant.npy"
LIKELIEST = "discriminant.faiss"
WORDS = "words.txt"
"""These only beside an approximate index: what is worked out at opening where the index is small."""

EXACT_SEARCH: Mapping[str, Any] = {"type": "flat", "wanted": "flat", "recall": 1.0}
"""What a manifest that says nothing of its dense index means."""

_CHECKSUM = "checksum"
_BEFORE_CHECKSUMS = frozenset(
    [
        "format",
        "version",
        "created_at",
        "encoder",
        "source_hash",
        "decision_hash",
        "dense_floor",
        "dense",
        "counts",
        "faq",
        "files",
    ]
)
"""What a manifest of a program that wrote no checksum may say; anything else is a damaged name."""
Stamp = tuple[object, ...]
_VERSION = re.compile(r"^\d{8}T\d{6}Z-[0-9a-f]{8}$")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a version says of itself; `files` maps a relative name to its SHA-256."""

    version: str
    created_at: datetime
    encoder_id: str
    encoder_fingerprint: str
    dimension: int
    source_hash: str
    decision_hash: str
    counts: Mapping[str, int]
    files: Mapping[str, str]
    faq: Mapping[str, str | None]
    dense_floor: float
    """Cosine that 99 of 100 pairs of different entries' questions exceed: what "unrelated" looks like."""
    dense: Mapping[str, Any] = field(default_factory=lambda: dict(EXACT_SEARCH))
    """The type of the dense index and, where it is approximate, its measured recall and the effort that takes."""
    reading: int = 1
    """How its wordings were read before they were embedded; see app/core/spelling.py."""

    @property
    def format(self) -> int:
        """The format that a program must know to read the version."""
        return _format_of(self.dense)

    @property
    def first_look(self) -> int:
        """Passages that the dense index names for the nearest to be chosen from; 0 where it names the nearest."""
        return int(self.dense.get("first_look", 0))

    def to_json(self) -> bytes:
        """Stable, readable JSON."""
        value: dict[str, Any] = {
            "format": self.format,
            "version": self.version,
            "created_at": self.created_at.isoformat(),
            "encoder": {
                "id": self.encoder_id,
                "fingerprint": self.encoder_fingerprint,
                "dimension": self.dimension,
                "reading": self.reading,
            },
            "source_hash": self.source_hash,
            "decision_hash": self.decision_hash,
            "dense_floor": self.dense_floor,
            "dense": dict(self.dense),
            "counts": dict(self.counts),
            "faq": dict(self.faq),
            "files": dict(self.files),
        }
        value[_CHECKSUM] = _checksum(value)
        return orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n"


def _format_of(dense: Mapping[str, Any]) -> int:
    if dense["type"] == "flat":
        return FORMAT
    return LOOKED_TWICE_FORMAT if dense.get("first_look") else APPROXIMATE_FORMAT


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a version. Raises IndexCorrupt when it can't be trusted."""
    path = folder / MANIFEST
    try:
        with path.open("rb") as file:
            data = file.read(MAX_MANIFEST + 1)
        if len(data) > MAX_MANIFEST:
            raise ValueError(f"> {MAX_MANIFEST}")
        value = orjson.loads(data)
        dense = value.get("dense", EXACT_SEARCH)
        if value["format"] != (known := _format_of(dense)):
            raise IndexCorrupt(
                messages.OTHER_FORMAT.format(path=path, found=value["format"], known=known),
                mend=messages.REBUILD,
            )
        expected = value.pop(_CHECKSUM, None)
        if expected != _checksum(value) if expected is not None else not value.keys() <= _BEFORE_CHECKSUMS:
            raise IndexCorrupt(messages.WRONG_HASH.format(path=path), mend=messages.REBUILD)
        encoder = value["encoder"]
        if not 0 < int(encoder["dimension"]) <= MAX_DIMENSION:
            raise ValueError(encoder["dimension"])
        return Manifest(
            version=str(value["version"]),
            created_at=datetime.fromisoformat(value["created_at"]),
            encoder_id=str(encoder["id"]),
            encoder_fingerprint=str(encoder["fingerprint"]),
            dimension=int(encoder["dimension"]),
            source_hash=str(value["source_hash"]),
            decision_hash=str(value["decision_hash"]),
            counts={str(k): int(v) for k, v in value["counts"].items()},
            files={str(k): str(v) for k, v in value["files"].items()},
            faq={str(k): v for k, v in value["faq"].items()},
            dense_floor=float(value["dense_floor"]),
            dense=dense,
            reading=int(encoder.get("reading", 1)),
        )
    except FileNotFoundError:
        raise IndexMissing(messages.NO_FILE.format(path=path), mend=messages.REBUILD) from None
    except (OSError, LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise IndexCorrupt(messages.UNREADABLE.format(path=path, reason=error), mend=messages.REBUILD) from error


def _checksum(value: Mapping[str, Any]) -> str:
    """SHA-256 of a manifest's other fields: it tells a damaged manifest, not a forged one."""
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()


def stamp(folder: Path) -> Stamp:
    """What a version's files look like from outside: it differs once one is mended, moved or replaced."""
    try:
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        found = [(path.as_posix(), path.stat()) for path in files]
    except OSError:
        return (folder.as_posix(),)
    return (folder.as_posix(), *((name, state.st_size, state.st_mtime_ns, state.st_ino) for name, state in found))


def verify_files(folder: Path, manifest: Manifest) -> None:
    """Check every file against the manifest. Raises IndexCorrupt naming the first that differs.

    Runs before FAISS reads anything: `read_index` on an untrusted file is a
    memory-safety surface. A file that the manifest doesn't name is refused too.
    """
    for name, expected in manifest.files.items():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise IndexCorrupt(messages.OUTSIDE.format(version=folder.name), mend=messages.REBUILD)
        try:
            actual = sha256_file(path)
        except OSError as error:
            raise IndexCorrupt(
                messages.MISSING_FILE.format(path=path, reason=error.strerror), mend=messages.REBUILD
            ) from error
        if actual != expected:
            raise IndexCorrupt(messages.WRONG_HASH.format(path=path), mend=messages.REBUILD)
        if path.suffix == ".npy":
            _check_size(path)
    if others := unnamed(folder, manifest.files):
        raise IndexCorrupt(messages.UNNAMED.format(version=folder.name, name=others[0]), mend=messages.REBUILD)


def _check_size(path: Path) -> None:
    try:
        check_npy(path)
    except (OSError, ValueError) as error:
        raise IndexCorrupt(messages.UNREADABLE.format(path=path, reason=error), mend=messages.REBUILD) from error


def sha256_file(path: Path) -> str:
    """SHA-256 hex digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def current_version(index_dir: Path) -> str:
    """Name of the live version. Raises IndexMissing or IndexCorrupt."""
    try:
        with (index_dir / "CURRENT").open(encoding="ascii") as file:
            name = file.read(200).strip()
    except FileNotFoundError:
        raise IndexMissing(messages.NO_INDEX.format(folder=index_dir), mend=messages.NO_INDEX_MEND) from None
    except (OSError, UnicodeDecodeError) as error:
        raise IndexCorrupt(
            messages.UNREADABLE.format(path=index_dir / "CURRENT", reason=error), mend=messages.REBUILD
        ) from error
    if not _VERSION.match(name):
        raise IndexCorrupt(messages.BAD_POINTER.format(path=index_dir / "CURRENT"), mend=messages.REBUILD)
    return name


def list_versions(index_dir: Path) -> list[str]:
    """Names of the published versions, oldest first."""
    if not index_dir.is_dir():
        return []
    return sorted(p.name for p in index_dir.iterdir() if p.is_dir() and _VERSION.match(p.name))


def set_current(index_dir: Path, version: str) -> None:
    """Make a version live in one atomic step."""
    write_atomically(index_dir / "CURRENT", version.encode("ascii") + b"\n")


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, also across a power cut."""
    write_together({path: content})


def write_together(contents: Mapping[Path, bytes]) -> None:
    """Write files whole; on a disk that is full, none of them. Raises OSError."""
    temporaries = {path: path.with_name(f".{path.name}.{os.getpid()}.tmp") for path in contents}
    try:
        for path, temporary in temporaries.items():
            with temporary.open("wb") as file:
                file.write(contents[path])
                file.flush()
                os.fsync(file.fileno())
        for path, temporary in temporaries.items():
            temporary.replace(path)
    except OSError:
        for temporary in temporaries.values():
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
        raise
    for folder in {path.parent for path in contents}:
        sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries, so that renames in it survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
