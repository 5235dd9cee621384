"""The command: every check, whatever becomes of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import Annotated

import typer

from app.doctor import content, installation
from app.doctor import messages as m
from app.doctor.findings import Finding, failed
from app.settings import Settings
from app.terminal import out, print_json

Check = Callable[[Settings], Iterable[Finding]]


def checks(settings: Settings) -> list[tuple[str, Check]]:
    """All checks with the part they look at, in the order in which to mend."""
    served = content.Content(settings)
    return [
        (m.PYTHON, installation.python),
        (m.SETTINGS, installation.settings),
        (m.SECRETS, installation.secrets),
        (m.WRITING, installation.writing),
        (m.DISK, installation.disk),
        (m.CLOCK, installation.clock),
        (m.FAQ, served.faq),
        (m.INDEX, served.index),
        (m.ENCODER, served.encoder),
        (m.STORE, served.store),
        (m.MODEL, served.model),
        (m.ADDRESSES, installation.addresses),
        (m.PORT, installation.port),
    ]


def examine(settings: Settings) -> Iterator[Finding]:
    """The findings of every check; one that fails itself is a finding."""
    for part, check in checks(settings):
        try:
            yield from check(settings)
        except Exception as error:  # noqa: BLE001 - the other checks are still of use
            yield failed(part, m.CRASHED.format(reason=f"{type(error).__name__} : {error}"), m.CRASHED_MEND)


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Sortie JSON.")] = False) -> None:
    """Contrôle l’installation et dit quoi corriger ; code 1 si quelque chose empêche le service."""
    found = list(examine(Settings()))
    failures = sum(one.state == "failed" for one in found)
    warnings = sum(one.state == "warning" for one in found)
    if as_json:
        print_json({"failed": failures, "warnings": warnings, "findings": [asdict(one) for one in found]})
        raise typer.Exit(1 if failures else 0)
    styles = {"ok": "green", "warning": "yellow", "failed": "red"}
    for one in found:
        line = f"{m.STATES[one.state]} {one.part} — {one.told}"
        out.print(line, style=styles[one.state], markup=False, highlight=False, soft_wrap=True)
        if one.mend:
            out.print(f"  → {one.mend}", markup=False, highlight=False, soft_wrap=True)
    end = m.FAILURES.format(n=failures) if failures else m.WARNINGS.format(n=warnings) if warnings else m.FINE
    out.print(f"\n{end}", style="bold", highlight=False)
    raise typer.Exit(1 if failures else 0)
