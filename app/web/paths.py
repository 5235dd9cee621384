"""Paths as a route sees them, wherever the application is served: at the root, below `/f/<slug>`, behind a proxy."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any


def prefix(scope: MutableMapping[str, Any]) -> str:
    """What stands before the application's own paths; "" at the root."""
    return str(scope.get("root_path", "")).rstrip("/")


def inner_path(scope: MutableMapping[str, Any]) -> str:
    """The path below the prefix: what the routes are written with."""
    path, before = str(scope["path"]), prefix(scope)
    if before and (path == before or path.startswith(before + "/")):
        return path[len(before) :] or "/"
    return path
