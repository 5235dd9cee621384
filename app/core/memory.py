"""Giving memory back to the system, where the C library is glibc; elsewhere nothing happens.

Each reload builds a second index beside the first. glibc keeps what is freed, in as many arenas as there are
threads: after some reloads a server held a third more than it used.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

_ARENA_MAX = -8
"""M_ARENA_MAX of malloc.h."""


def few_arenas(most: int = 2) -> None:
    """Let threads share so many heaps. To be called before there are threads."""
    if (libc := _glibc()) is not None:
        libc.mallopt(_ARENA_MAX, most)


def give_back() -> None:
    """Hand what is free to the system; takes some milliseconds."""
    if (libc := _glibc()) is not None:
        libc.malloc_trim(0)


@cache
def _glibc() -> Any:
    try:
        libc = ctypes.CDLL(None)
        libc.malloc_trim  # noqa: B018 - other C libraries lack it
        libc.mallopt  # noqa: B018
    except (OSError, AttributeError, TypeError):
        return None
    return libc
