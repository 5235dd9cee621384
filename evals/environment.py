"""What a run was made with: enough to make it again, and no secret."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
from pydantic import SecretStr

from app import __version__
from app.search.index import OpenIndex
from app.settings import ROOT, Settings
from evals.cases import Case

_ADDRESSES = ("llm_base_url", "database_url")


def environment(
    settings: Settings, index: OpenIndex | None, cases: Sequence[Case], asked: dict[str, Any]
) -> dict[str, Any]:
    """Commit, index, models, settings and what was asked for; `index` is None when another machine answers."""
    manifest = index.manifest if index else None
    return {
        **asked,
        "commit": _git("rev-parse", "HEAD"),
        "dirty": bool(_git("status", "--porcelain")),
        "version": __version__,
        "python": platform.python_version(),
        "cases": hashlib.sha256(b"".join(orjson.dumps(asdict(case)) for case in cases)).hexdigest(),
        "index_version": manifest.version if manifest else "",
        "encoder": {"id": manifest.encoder_id, "fingerprint": manifest.encoder_fingerprint} if manifest else {},
        "source_hash": manifest.source_hash if manifest else "",
        "decision_hash": manifest.decision_hash if manifest else "",
        "entries": {entry.id: entry.content_hash for entry in index.entries} if index else {},
        "sections": {entry.id: entry.section for entry in index.entries} if index else {},
        "questions": {entry.id: entry.question for entry in index.entries} if index else {},
        "model": settings.llm_model if asked["style"] != "verbatim" else None,
        "settings": {name: _shown(name, getattr(settings, name)) for name in Settings.model_fields},
    }


def _shown(name: str, value: object) -> object:
    """A setting without its secret: keys are only told to be set, addresses lose user and query."""
    if isinstance(value, SecretStr):
        return "***"
    if name in _ADDRESSES and isinstance(value, str):
        parts = urlsplit(value)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return str(value) if isinstance(value, Path) else value


def _git(*arguments: str) -> str:
    """What git says, or "" where there is no repository."""
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
