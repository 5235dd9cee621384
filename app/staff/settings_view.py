"""The settings as staff may see them: secrets are never shown, nor passwords within addresses."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretStr

from app.settings import Settings


def settings_view(settings: Settings) -> list[dict[str, Any]]:
    """Name, value, default and meaning of each, whether it was changed."""
    rows = []
    for name, field in Settings.model_fields.items():
        value, default = getattr(settings, name), field.default
        rows.append(
            {
                "name": f"GUICHET_{name.upper()}",
                "value": shown(value),
                "default": shown(default),
                "changed": value != default,
                "meaning": field.description or "",
            }
        )
    return rows


def shown(value: object) -> str:
    """A value to show."""
    if value is None or value == "":
        return ""
    if isinstance(value, SecretStr):
        return "••••••••"
    if isinstance(value, bool):
        return "oui" if value else "non"
    text = str(value)
    if "://" not in text or "@" not in text:
        return text
    parts = urlsplit(text)
    if parts.password is None:
        return text
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username}:••••@{host}"))
