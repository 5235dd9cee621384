"""Embedding many passages: on several threads, and without losing what is done when the process is killed.

A text is embedded alone (docs/adr/0003-one-text-at-a-time.md), so that neither the number of threads nor where a run
before was cut off changes a vector.
"""

from __future__ import annotations

import hashlib
import os
from binascii import crc32
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.core.ports import Encoder, Vectors

BATCH = 64
"""Passages embedded between two reports of progress."""
WORTH_KEEPING = 1000
"""Passages to embed from which on they are kept as they come: some ten seconds' work."""

Progress = Callable[[int, int], None]
"""Called with (passages embedded so far, passages to embed)."""
Vector = npt.NDArray[np.float32]
_NAME = ".vectors-"


def embed(
    texts: Sequence[str],
    encoder: Encoder,
    index_dir: Path | None,
    progress: Progress,
    threads: int,
    *,
    asked: bool = False,
) -> Iterator[tuple[str, Vector]]:
    """Each of `texts`, distinct ones, with its vector, shape (d,); first those that a killed run has left.

    They are `asked` where they are to be embedded as questions. Without `index_dir` nothing is left.
    """
    file = _file(index_dir, encoder) if index_dir and len(texts) >= WORTH_KEEPING else None
    kept = _Kept(file, encoder.dimension)
    missing = [text for text in texts if _digest(text) not in kept.vectors] if kept.vectors else texts
    known = set(texts).difference(missing)
    yield from ((text, kept.vectors[_digest(text)]) for text in known)
    done = len(known)
    progress(done, len(texts))
    encode = encoder.encode_queries if asked else encoder.encode_passages
    batches = [missing[start : start + BATCH] for start in range(0, len(missing), BATCH)]
    for batch, vectors in zip(batches, _encoded(batches, encode, threads), strict=True):
        kept.add(batch, vectors)
        yield from zip(batch, vectors, strict=True)
        done += len(batch)
        progress(done, len(texts))


def forget(index_dir: Path) -> None:
    """Drop what `embed` has kept: it stands in a published version now."""
    for path in index_dir.glob(f"{_NAME}*"):
        with suppress(OSError):
            path.unlink()


def _encoded(
    batches: Sequence[Sequence[str]], encode: Callable[[Sequence[str]], Vectors], threads: int
) -> Iterator[Vectors]:
    if threads == 1 or len(batches) < 2:
        yield from map(encode, batches)
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="guichet-embed") as pool:
        yield from pool.map(encode, batches)


class _Kept:
    """Vectors in a file, one record a text: its digest, its vector, a checksum of both."""

    def __init__(self, path: Path | None, dimension: int) -> None:
        self._path = path
        self.vectors: Mapping[bytes, Vector] = {}
        if path is None:
            return
        self.vectors, sound = _read(path, dimension)
        with suppress(OSError):
            os.truncate(path, sound)  # a killed run may have left half a record

    def add(self, texts: Sequence[str], vectors: Vectors) -> None:
        """Keep these too. A disk that takes no more gets its room back, and nothing is kept any longer."""
        if self._path is None:
            return
        rows = (_digest(text) + row.tobytes() for text, row in zip(texts, vectors, strict=True))
        try:
            with self._path.open("ab") as file:
                file.write(b"".join(row + crc32(row).to_bytes(4) for row in rows))
        except OSError:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
            self._path = None


def _file(index_dir: Path, encoder: Encoder) -> Path:
    """Another encoder's vectors stand in another file."""
    return index_dir / f"{_NAME}{hashlib.sha256(encoder.fingerprint.encode()).hexdigest()[:16]}"


def _read(path: Path, dimension: int) -> tuple[Mapping[bytes, Vector], int]:
    """Vectors by their text's digest, and the bytes up to the first record that isn't whole."""
    try:
        content = memoryview(path.read_bytes())
    except OSError:
        return {}, 0
    size = 16 + 4 * dimension
    found: dict[bytes, Vector] = {}
    for start in range(0, len(content) - size - 3, size + 4):
        row = content[start : start + size]
        if crc32(row).to_bytes(4) != content[start + size : start + size + 4]:
            return found, start
        found[bytes(row[:16])] = np.frombuffer(row[16:], dtype=np.float32)
    return found, len(found) * (size + 4)


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
