"""`guichet sites …`: list, check and add the FAQs that one service answers from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from app import sites_messages as messages
from app.core.errors import BadSource, GuichetError
from app.settings import Settings
from app.sites import (
    SUFFIX,
    SitesMissing,
    all_sites,
    check_slug,
    folder_of,
    prefix_of,
    settings_of,
    variable_of,
)
from app.terminal import err, out, print_json, table

sites_app = typer.Typer(help="Plusieurs FAQ dans un même service (GUICHET_SITES_DIR).", no_args_is_help=True)
JsonOption = Annotated[bool, typer.Option("--json", help="Sortie JSON.")]
Slug = Annotated[str, typer.Argument(metavar="NOM", help="Nom du site, tel qu’il sera dans l’adresse.")]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something about a site that somebody should mend. An "error" keeps the site, or its next index, from working."""

    severity: str
    message: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A site as `list` and `check` show it."""

    slug: str
    address: str
    faq: str
    index_version: str
    entries: int
    troubles: tuple[Trouble, ...]

    @property
    def state(self) -> str:
        """One word."""
        if any(trouble.severity == "error" for trouble in self.troubles):
            return messages.STATE_BROKEN
        return messages.STATE_WARNING if self.troubles else messages.STATE_OK


@sites_app.command(name="list")
def list_sites(as_json: JsonOption = False) -> None:
    """Liste les sites, leur adresse, leur index et ce qui ne va pas."""
    base = Settings()
    found = [_checked(base, slug, settings) for slug, settings in all_sites(base)]
    if as_json:
        print_json([asdict(site) for site in found])
        return
    if not found:
        out.print(messages.NO_SITES.format(folder=folder_of(base)), highlight=False, soft_wrap=True)
        return
    rows = [(s.slug, s.address, s.faq, s.index_version, str(s.entries or ""), s.state) for s in found]
    table(messages.COLUMNS, rows)
    _show_settings_errors(found)


@sites_app.command()
def check(
    slug: Annotated[str | None, typer.Argument(metavar="NOM", help="Site ; par défaut, tous.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Vérifie réglages, foire aux questions et index de chaque site ; code 1 si l’un ne peut servir."""
    base = Settings()
    if slug is not None:
        settings_of(base, slug)  # its own error, and its exit code, where it is the only one asked for
    found = [
        _checked(base, name, settings, thoroughly=True) for name, settings in all_sites(base) if slug in (None, name)
    ]
    if as_json:
        print_json([asdict(site) for site in found])
    else:
        for site in found:
            _show(site)
    if any(site.state == messages.STATE_BROKEN for site in found):
        raise typer.Exit(1)


@sites_app.command()
def add(
    slug: Slug,
    institution: Annotated[str, typer.Option(help="Nom de l’établissement.")] = "",
    faq: Annotated[
        Path | None, typer.Option(help="Foire aux questions qui existe déjà ; sans, une ébauche est créée.")
    ] = None,
    label: Annotated[str, typer.Option("--contact", help="Nom du contact.")] = "",
    email: Annotated[str, typer.Option("--contact-email", help="Courriel du contact.")] = "",
    url: Annotated[str, typer.Option("--contact-url", help="Page du contact.")] = "",
    origin: Annotated[
        list[str] | None, typer.Option(help="Site web qui affiche l’assistant ; plusieurs fois au besoin.")
    ] = None,
) -> None:
    """Crée un site : son fichier de réglages et, au besoin, une foire aux questions à compléter."""
    base = Settings()
    if base.sites_dir is None:
        folder_of(base)  # says what to set
        raise SitesMissing(messages.NOT_CONFIGURED)
    path = base.sites_dir / f"{slug}{SUFFIX}"
    check_slug(slug, path)
    if path.exists():
        raise BadSource(path, None, messages.EXISTS.format(slug=slug), mend=messages.EXISTS_MEND)
    placed = str(faq.absolute()) if faq else f"{slug}/faq.md"
    text = messages.TEMPLATE.format(
        slug=slug,
        institution=_line("institution", institution),
        faq=_quoted(placed),
        contact_label=_line("contact_label", label),
        contact_email=_line("contact_email", email),
        contact_url=_line("contact_url", url),
        origins=json.dumps(origin or [], ensure_ascii=False),
        variable=variable_of(slug, "llm_api_key"),
    )
    base.sites_dir.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    try:
        settings = settings_of(base, slug)
    except GuichetError:
        path.unlink()
        raise
    if not faq and not settings.faq.exists():
        settings.faq.parent.mkdir(parents=True, exist_ok=True)
        contact = f"contact_email: {email}\n" if email else ""
        title = institution or messages.FAQ_TITLE
        settings.faq.write_text(messages.FAQ_TEMPLATE.format(title=title, contact=contact), "utf-8")
    out.print(messages.ADDED.format(slug=slug, path=path), markup=False, highlight=False, soft_wrap=True)
    told = messages.NEXT.format(faq=settings.faq, slug=slug, address=_address(base, slug))
    out.print(told, markup=False, highlight=False, soft_wrap=True)


def addresses(base: Settings) -> Iterator[tuple[str, str]]:
    """The path of each site and what to say of it, when the service starts."""
    if base.sites_dir is None:
        return
    for slug, settings in all_sites(base):
        is_broken = isinstance(settings, GuichetError)
        said = messages.SERVED_BROKEN if is_broken else messages.SERVED_SITE
        yield f"{prefix_of(slug)}/", said.format(slug=slug)


def _address(base: Settings, slug: str) -> str:
    return (base.public_url or f"http://localhost:{base.port}").rstrip("/") + prefix_of(slug) + "/"


def _checked(base: Settings, slug: str, settings: Settings | GuichetError, *, thoroughly: bool = False) -> Checked:
    address = _address(base, slug)
    if isinstance(settings, GuichetError):
        return Checked(slug, address, "", "", 0, (Trouble("error", str(settings), settings.mend),))
    version, entries, troubles = _index(slug, settings)
    if thoroughly:
        troubles += _faq(settings)
    return Checked(slug, address, str(settings.faq), version, entries, troubles)


def _index(slug: str, settings: Settings) -> tuple[str, int, tuple[Trouble, ...]]:
    """Version, entries, and what keeps the index from opening."""
    from app.core.errors import IndexMissing
    from app.search import versions
    from app.search.index import open_index

    try:
        version = versions.current_version(settings.index_dir)
        index = open_index(settings.index_dir / version)
    except IndexMissing:
        return "", 0, (Trouble("error", messages.NO_INDEX, messages.NO_INDEX_MEND.format(slug=slug)),)
    except GuichetError as error:
        return "", 0, (Trouble("error", str(error), error.mend),)
    return version, len(index.entries), ()


def _faq(settings: Settings) -> tuple[Trouble, ...]:
    """What the lint says of the FAQ; the part that reads it comes by entry point."""
    from app.staff.desk import port

    workshop = port("workshop", settings)
    try:
        checked = workshop.check(workshop.read())
    except GuichetError as error:
        return (Trouble("error", str(error), error.mend),)
    return tuple(
        Trouble(remark.severity, f"{workshop.folder / remark.path}:{remark.line} : {remark.message}", remark.mend)
        for remark in checked.remarks
    )


def _show(site: Checked) -> None:
    if not site.troubles:
        out.print(messages.SITE_FINE.format(slug=site.slug, entries=site.entries), markup=False, highlight=False)
        return
    out.print(f"{site.slug} : {site.state}", style="bold", markup=False, highlight=False)
    for trouble in site.troubles:
        colour = "red" if trouble.severity == "error" else "yellow"
        out.print(f"  {trouble.message}", style=colour, markup=False, highlight=False, soft_wrap=True)
        if trouble.mend:
            out.print(f"    → {trouble.mend}", markup=False, highlight=False, soft_wrap=True)


def _show_settings_errors(sites: list[Checked]) -> None:
    for site in sites:
        for trouble in site.troubles:
            err.print(f"{site.slug} : {trouble.message}", style="red", markup=False, highlight=False, soft_wrap=True)
            if trouble.mend:
                err.print(f"    → {trouble.mend}", markup=False, highlight=False, soft_wrap=True)


def _line(name: str, value: str) -> str:
    return f"{name} = {_quoted(value)}" if value else f'# {name} = ""'


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
