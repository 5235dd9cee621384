"""The gate: which figures a run must reach, read from gate.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from app.core.errors import BadSource
from evals import messages


def broken(figures: Mapping[str, float], path: Path) -> list[str]:
    """One French sentence a limit that the figures cross. Raises BadSource on a bad file."""
    try:
        gate = tomllib.loads(path.read_text("utf-8"))
        floors = {str(k): float(v) for k, v in gate.get("floors", {}).items()}
        ceilings = {str(k): float(v) for k, v in gate.get("ceilings", {}).items()}
    except (OSError, tomllib.TOMLDecodeError, TypeError, ValueError, AttributeError) as error:
        raise BadSource(path, None, messages.BAD_GATE.format(reason=error)) from error
    for name in (*floors, *ceilings):
        if name not in figures:
            raise BadSource(path, None, messages.UNKNOWN_FIGURE.format(name=name))
    return [
        messages.FAILED_FLOOR.format(label=messages.LABELS[name], value=figures[name], limit=limit)
        for name, limit in floors.items()
        if figures[name] < limit
    ] + [
        messages.FAILED_CEILING.format(label=messages.LABELS[name], value=figures[name], limit=limit)
        for name, limit in ceilings.items()
        if figures[name] > limit
    ]
