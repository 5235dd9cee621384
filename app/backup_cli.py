"""`guichet backup` and `guichet restore`: sources, question set and database, each site's too, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app import messages
from app.backup import Part, bring_back, save
from app.core.errors import GuichetError
from app.core.site import CURRENT_SITE
from app.settings import Settings
from app.site_option import SiteOption
from app.sites import SUFFIX, all_sites, folder_of, settings_of
from app.terminal import err, out


def backup(path: Annotated[Path, typer.Argument(help="Fichier .tar.gz à écrire.")], _site: SiteOption = None) -> None:
    """Sauvegarde la FAQ, le jeu de questions et la base, et ceux de chaque site, sans arrêter le service."""
    base, only = Settings(), CURRENT_SITE.get()
    broken: dict[str, GuichetError] = {}
    if only:
        parts = [Part(only, settings_of(base, only))]
    else:
        parts = [Part("", base)]
        for slug, found in all_sites(base) if base.sites_dir else ():
            if isinstance(found, GuichetError):
                broken[slug] = found
            else:
                parts.append(Part(slug, found))
    saved = save(path, parts, {slug: folder_of(base) / f"{slug}{SUFFIX}" for slug in broken})
    told = {"rows": saved.rows, "tables": saved.tables, "files": saved.files, "path": path}
    sentence = messages.BACKED_UP_SITES if saved.sites else messages.BACKED_UP
    out.print(sentence.format(**told, sites=saved.sites), highlight=False, soft_wrap=True)
    for slug, error in broken.items():
        err.print(messages.SITE_LEFT_OUT.format(slug=slug, reason=error), style="red", markup=False, soft_wrap=True)
        err.print(messages.MEND.format(mend=error.mend), markup=False, highlight=False, soft_wrap=True)
    if broken:
        raise typer.Exit(1)


def restore(
    path: Annotated[Path, typer.Argument(help="Sauvegarde à restaurer.")],
    database_only: Annotated[bool, typer.Option("--database-only", help="Ne touche pas aux fichiers.")] = False,
    _site: SiteOption = None,
) -> None:
    """Restaure une sauvegarde, ou un seul de ses sites, dans une base vide ; n’écrase aucun fichier qui en diffère."""
    done = bring_back(path, Settings(), only=CURRENT_SITE.get() or None, database_only=database_only)
    sentence = messages.RESTORED_SITES if done.sites else messages.RESTORED
    told = {"rows": done.rows, "files": done.files, "sites": done.sites}
    out.print(sentence.format(**told), highlight=False, soft_wrap=True)
