"""What differs between two runs beside their answers: where to look for the cause of a change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evals import quality_messages as messages

NAMED = 5
_SILENT = frozenset(("index_dir", "database_url", "host", "port", "log_level", "index_poll_s", "index_keep"))
"""Settings that change no answer."""


def causes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """French sentences, likeliest cause of a change in the answers first."""
    return [*_entries(before, after), *_parts(before, after), *_settings(before, after), *_code(before, after)]


def _entries(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    old, new = before.get("entries") or {}, after.get("entries") or {}
    if not old or not new:
        return
    differing = {
        messages.ENTRIES_DELETED: sorted(set(old) - set(new)),
        messages.ENTRIES_ADDED: sorted(set(new) - set(old)),
        messages.ENTRIES_CHANGED: sorted(entry for entry in old if entry in new and old[entry] != new[entry]),
    }
    for sentence, ids in differing.items():
        if ids:
            shown = ", ".join(ids[:NAMED]) + (" …" if len(ids) > NAMED else "")
            yield sentence.format(n=len(ids), entries=shown)


def _parts(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name, sentence in messages.PARTS_CHANGED.items():
        if before.get(name) and after.get(name) and before[name] != after[name]:
            yield sentence
    if before.get("model") != after.get("model"):
        yield messages.MODEL_CHANGED.format(before=before.get("model") or "–", after=after.get("model") or "–")


def _settings(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    old, new = before.get("settings") or {}, after.get("settings") or {}
    for name in old:
        if name in new and old[name] != new[name] and name not in _SILENT:
            yield messages.SETTING_CHANGED.format(name=f"GUICHET_{name.upper()}", before=old[name], after=new[name])


def _code(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    if before.get("commit") != after.get("commit") or before.get("dirty") or after.get("dirty"):
        old, new = (f"{run.get('commit', '')[:10] or '–'}{'+' if run.get('dirty') else ''}" for run in (before, after))
        if old != new:
            yield messages.CODE_CHANGED.format(before=old, after=new)
