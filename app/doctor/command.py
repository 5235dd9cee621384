"""The command: every check, whatever becomes of the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace
from typing import Annotated

import typer

from app import replicas
from app.core.errors import BadSource, GuichetError
from app.core.site import CURRENT_SITE
from app.doctor import content, installation
from app.doctor import messages as m
from app.doctor.findings import Finding, failed, ok, warning
from app.settings import Settings
from app.site_option import SiteOption
from app.sites import OF_SERVICE, SUFFIX, SiteSettings, all_sites, check_whole, folder_of, settings_of, site_files
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


OF_SITE = frozenset((m.WRITING, m.FAQ, m.INDEX, m.ENCODER, m.STORE, m.MODEL, m.ADDRESSES))
"""Parts that a site has for itself; the others are the service's."""


def checks_of_site(settings: Settings) -> list[tuple[str, Check]]:
    """The checks of what a site has for itself."""
    return [(part, check) for part, check in checks(settings) if part in OF_SITE]


def examine(settings: Settings) -> Iterator[Finding]:
    """The findings of every check, of the service and of each of its sites; one that fails itself is a finding."""
    yield from _found(checks(settings), settings)
    try:
        replicas.check(settings)
    except replicas.ReplicasApart as error:
        yield failed(m.REPLICAS, str(error), error.mend)
    if settings.sites_dir is not None:
        yield from examine_sites(settings)


def examine_sites(base: Settings, only: str | None = None) -> Iterator[Finding]:
    """The findings of every site, or of one. Raises NoSuchSite."""
    if only is not None and only not in {file.slug for file in site_files(base)}:
        settings_of(base, only)  # says that there is none
    try:
        sites = list(all_sites(base))
    except GuichetError as error:
        yield failed(m.SITES, str(error), error.mend)
        return
    if only is None:
        yield ok(m.SITES, m.SITES_FINE.format(n=len(sites), folder=base.sites_dir))
    for slug, found in sites:
        if only in (None, slug):
            yield from (_of_site(one, slug) for one in _site(base, slug, found))


def _site(base: Settings, slug: str, found: SiteSettings | GuichetError) -> Iterator[Finding]:
    if isinstance(found, GuichetError):
        yield failed(m.SITE_FILE, str(found), found.mend + m.SITE_KEPT)
        return
    path = folder_of(base) / f"{slug}{SUFFIX}"
    try:
        check_whole(path, path.read_bytes())
    except BadSource as error:
        yield warning(m.SITE_FILE, str(error), error.mend + m.SITE_KEPT)
    else:
        yield ok(m.SITE_FILE, m.SITE_FILE_FINE.format(path=path))
    yield from _found(checks_of_site(found), found)


def _of_site(one: Finding, slug: str) -> Finding:
    """As it is said of a site: commands with `--site`, settings by their names in its file."""
    mend = re.sub(r"guichet (ingest|purge)", rf"guichet \1 --site {slug}", one.mend)
    mend = re.sub(r"guichet (staff|index) ", rf"guichet \1 --site {slug} ", mend)
    if one.part != m.SITE_FILE:  # what is said of the file itself names what it means
        mend = re.sub(r"GUICHET_([A-Z_]+)", lambda name: _in_file(name[1].lower(), slug) or name[0], mend)
    return replace(one, site=slug, mend=mend)


def _in_file(name: str, slug: str) -> str:
    """A setting by its name in a site's file; "" for one that is none's or is given for the whole service."""
    fine = name in Settings.model_fields and name not in OF_SERVICE
    return m.IN_FILE.format(name=name, slug=slug) if fine else ""


def _found(of: Iterable[tuple[str, Check]], settings: Settings) -> Iterator[Finding]:
    for part, check in of:
        try:
            yield from check(settings)
        except Exception as error:  # noqa: BLE001 - the other checks are still of use
            yield failed(part, m.CRASHED.format(reason=f"{type(error).__name__} : {error}"), m.CRASHED_MEND)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Sortie JSON.")] = False, _site: SiteOption = None
) -> None:
    """Contrôle l’installation et ses sites, dit quoi corriger ; code 1 si quelque chose empêche le service."""
    only = CURRENT_SITE.get()
    found = list(examine_sites(Settings(), only) if only else examine(Settings()))
    failures = sum(one.state == "failed" for one in found)
    warnings = sum(one.state == "warning" for one in found)
    if as_json:
        print_json({"failed": failures, "warnings": warnings, "findings": [asdict(one) for one in found]})
        raise typer.Exit(1 if failures else 0)
    styles = {"ok": "green", "warning": "yellow", "failed": "red"}
    for one in found:
        part = m.OF_SITE.format(site=one.site, part=one.part) if one.site else one.part
        line = f"{m.STATES[one.state]} {part} — {one.told}"
        out.print(line, style=styles[one.state], markup=False, highlight=False, soft_wrap=True)
        if one.mend:
            out.print(f"  → {one.mend}", markup=False, highlight=False, soft_wrap=True)
    end = m.FAILURES.format(n=failures) if failures else m.WARNINGS.format(n=warnings) if warnings else m.FINE
    out.print(f"\n{end}", style="bold", highlight=False)
    raise typer.Exit(1 if failures else 0)
