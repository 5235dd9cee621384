"""What is checked of an index file before memory is taken for it.

A file can name a size of its own choosing: an npy header of a million rows, a FAISS vector of a terabyte. Hashes tell
that a file is the one its manifest names; whoever can write the manifest too could still make a server ask for more
memory than it has. So nothing may ask for more than the file's own bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from tokenize import TokenError
from typing import Any

import faiss
import numpy as np

MAX_MANIFEST = 4_000_000
"""Bytes of a manifest, at most: it names a few dozen files."""
MAX_DIMENSION = 65_536
"""Components of a vector, at most."""
_FAISS_LIMIT = Lock()


def unnamed(folder: Path, named: Iterable[str]) -> list[str]:
    """Files of `folder` that `named` lacks, hidden ones aside: a loader could read them unchecked."""
    known = {*named, "manifest.json"}
    found = (path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir())
    return sorted(
        str(name) for name in found if name.as_posix() not in known and not any(p.startswith(".") for p in name.parts)
    )


def check_npy(path: Path) -> None:
    """Raise ValueError unless the header of an npy file describes exactly the bytes that follow it."""
    with path.open("rb") as file:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        try:
            shape, _, dtype = read(file, max_header_size=10_000)
        except (TokenError, SyntaxError, RecursionError, TypeError) as error:  # what numpy's own parser lets through
            raise ValueError(f"{path.name} has no header") from error
        if dtype.hasobject or any(length < 0 for length in shape):
            raise ValueError(f"{path.name} holds objects")
        expected, size = dtype.itemsize, path.stat().st_size - file.tell()
    for length in shape:
        expected *= length
    if expected != size:
        raise ValueError(f"{path.name} announces {expected} bytes and has {size}")


def read_faiss(path: Path, flags: int = 0) -> Any:
    """`faiss.read_index`, with no vector in it larger than the file. Raises RuntimeError.

    The limit is FAISS's own and holds for the whole process, so that files are read one after the other.
    """
    with _FAISS_LIMIT:
        before = faiss.get_deserialization_vector_byte_limit()
        faiss.set_deserialization_vector_byte_limit(max(1, path.stat().st_size))
        try:
            return faiss.read_index(str(path), flags)
        finally:
            faiss.set_deserialization_vector_byte_limit(before)
