"""What a run was made with: enough to make it again, and no secret."""

from __future__ import annotations

import hashlib
import http.client
import platform
import subprocess
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
from pydantic import SecretStr

from app import __version__
from app.search.index import OpenIndex
from app.search.versions import GAPS
from app.settings import ROOT, Settings
from evals.askers import DIRECT
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
        "index_version": manifest.version if manifest else remote_version(asked),
        "encoder": {"id": manifest.encoder_id, "fingerprint": manifest.encoder_fingerprint} if manifest else {},
        "source_hash": manifest.source_hash if manifest else "",
        "decision_hash": manifest.decision_hash if manifest else "",
        "gaps_hash": manifest.files.get(GAPS, "") if manifest else "",
        "entries": {entry.id: entry.content_hash for entry in index.entries} if index else {},
        "sections": {entry.id: entry.section for entry in index.entries} if index else {},
        "audiences": {entry.id: entry.audience or "" for entry in index.entries} if index else {},
        "questions": {entry.id: entry.question for entry in index.entries} if index else {},
        "model": _model(settings) if asked["style"] != "verbatim" and not asked["url"] else None,
        "settings": {name: _shown(name, getattr(settings, name)) for name in Settings.model_fields},
    }


def _model(settings: Settings) -> dict[str, Any] | None:
    """The model's name and what its server or its folder says of it, as a fingerprint; None where there is none."""
    if settings.llm_local:
        folder = Path(settings.llm_local)
        config = folder / "config.json"
        digest = hashlib.sha256(config.read_bytes()).hexdigest() if config.is_file() else ""
        sizes = {p.name: p.stat().st_size for p in sorted(folder.glob("*.safetensors"))} if digest else {}
        return {"name": settings.llm_local, "config": digest, "weights": sizes}
    if not settings.llm_configured:
        return None
    return {
        "name": settings.llm_model,
        "server": _shown("llm_base_url", settings.llm_base_url),
        "card": _card(settings),
    }


def _card(settings: Settings) -> dict[str, Any]:
    """What the server's list of models says of it; {} where it says nothing."""
    key = settings.llm_api_key.get_secret_value() if settings.llm_api_key else ""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    found = _json(f"{str(settings.llm_base_url).rstrip('/')}/models", headers)
    cards = found.get("data", []) if isinstance(found.get("data"), list) else []
    named = (card for card in cards if isinstance(card, dict) and card.get("id") == settings.llm_model)
    return {k: v for k, v in next(named, {}).items() if isinstance(v, str | int | float | bool)}


def remote_version(asked: Mapping[str, Any]) -> str:
    """The index version that a service says it has; "" where it says nothing, the questions will tell."""
    found = _json(f"{str(asked['url']).rstrip('/')}/api/health", {}) if asked.get("url") else {}
    return str(found.get("index_version") or "")


def _json(url: str, headers: dict[str, str]) -> dict[str, Any]:
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - http or https: a setting, or checked before
    try:
        with DIRECT.open(request, timeout=5) as response:
            found = orjson.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


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
