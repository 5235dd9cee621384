"""`guichet ingest`: check the FAQ, show what would change, publish a new index."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.core.errors import BadSource, GuichetError
from app.core.types import Gap
from app.core.workers import usable_cores
from app.encoders import open_encoder, side_by_side
from app.search import publishing, versions
from app.search.decide import DecisionModel
from app.search.follower import sharing
from app.search.shared import open_shared
from app.settings import Settings
from app.site_option import SiteOption
from app.sites import all_sites, load_settings
from ingest import cli_messages as messages
from ingest.build import Built, Changes, build_index, changes_since
from ingest.gaps import FILE, parse_gaps
from ingest.lint import Finding, lint
from ingest.parse import ParsedFaq, parse_paths

out = Console()
err = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Add the command to the `guichet` program."""
    app.command(name="ingest")(ingest)


def ingest(
    faq: Annotated[list[Path] | None, typer.Argument(help="Fichiers ou dossiers ; par défaut GUICHET_FAQ.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Vérifie seulement ; code 1 s’il y a une erreur.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Montre ce qui changerait, sans publier.")] = False,
    if_stale: Annotated[
        bool, typer.Option("--if-stale", help="Ne fait rien après un retour en arrière voulu.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Sortie JSON.")] = False,
    _site: SiteOption = None,
    every_site: Annotated[
        bool, typer.Option("--every-site", help="Pour chaque site de GUICHET_SITES_DIR, l’un après l’autre.")
    ] = False,
) -> None:
    """Lit la foire aux questions, la vérifie et publie un nouvel index."""
    wanted = _Wanted(faq=faq, check=check, dry_run=dry_run, if_stale=if_stale, as_json=as_json)
    code = _each_site(wanted) if every_site else _ingest(load_settings(), wanted)
    if check or code:
        raise typer.Exit(code)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What was asked for on the command line."""

    faq: list[Path] | None
    check: bool
    dry_run: bool
    if_stale: bool
    as_json: bool


def _each_site(wanted: _Wanted) -> int:
    """Every site of the service; what is wrong with one keeps no other from its index. The worst exit code."""
    if wanted.faq:
        raise BadSource(wanted.faq[0], None, messages.ONE_SITE, mend=messages.ONE_SITE_MEND)
    worst = 0
    for slug, settings in all_sites(Settings()):
        err.print(messages.SITE.format(slug=slug), style="bold", markup=False, highlight=False)
        try:
            if isinstance(settings, GuichetError):
                raise settings
            code = _ingest(settings, wanted)
        except GuichetError as error:
            err.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
            if error.mend:
                err.print(f"→ {error.mend}", markup=False, highlight=False, soft_wrap=True)
            code = 2 if isinstance(error, BadSource) else 3
        worst = max(worst, code)
    return worst


def _ingest(settings: Settings, wanted: _Wanted) -> int:
    """Check and publish one FAQ; the exit code. Raises BadSource."""
    if wanted.if_stale:
        _catch_up(settings)
    if wanted.if_stale and publishing.is_pinned(settings.index_dir):
        live = versions.current_version(settings.index_dir)
        err.print(messages.PINNED.format(version=live), highlight=False, soft_wrap=True)
        return 0
    paths = wanted.faq or [settings.faq]
    parsed, gaps = parse_paths(paths), parse_gaps(settings.gaps or _beside(paths[0]))
    findings = lint(parsed, today=datetime.now(UTC).astimezone().date())
    errors = [f for f in findings if f.severity == "error"]
    if wanted.check or errors:
        _report(parsed, findings if wanted.check else errors, wanted.as_json)
        return 1 if errors else 0
    if wanted.dry_run:
        _show_changes(changes_since(publishing.open_live(settings.index_dir), parsed.faq_entries), wanted.as_json)
        return 0
    built = _build(settings, parsed, gaps)
    _show_built(built, len(findings), wanted.as_json)
    return 0


def _catch_up(settings: Settings) -> None:
    """Begin from what is live for every machine, a version that staff hold included."""
    if (shared := open_shared(settings)) is not None:
        shared.pull(settings.index_dir)
        shared.close()


def _beside(faq: Path) -> Path:
    """Where the known gaps of a FAQ stand when no setting says so."""
    return (faq if faq.is_dir() else faq.parent) / FILE


def _build(settings: Settings, parsed: ParsedFaq, gaps: Sequence[Gap]) -> Built:
    encoder = open_encoder(settings.encoder, threads=settings.encoder_threads, cache_size=0)
    decision = _decision(settings.decision)
    threads = max(1, usable_cores() // settings.encoder_threads) if side_by_side(encoder) else 1
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    shared = open_shared(settings)
    with (
        sharing(shared, settings.index_dir, settings.index_keep) as share,
        Progress(*columns, console=err, transient=True) as bar,
    ):
        task = bar.add_task(messages.EMBEDDING, total=None)
        return build_index(
            parsed.meta,
            parsed.faq_entries,
            index_dir=settings.index_dir,
            decision=decision,
            encoder=encoder,
            gaps=gaps,
            keep=settings.index_keep,
            dense=settings.index_type,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
            share=share,
            threads=threads,
        )


def _decision(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadSource(path, None, messages.NO_DECISION, mend=messages.NO_DECISION_MEND) from error
    DecisionModel.from_json(content, path)
    return content


def _report(parsed: ParsedFaq, findings: list[Finding], as_json: bool) -> None:
    if as_json:
        rows = [
            {
                "path": str(f.path),
                "line": f.line,
                "severity": f.severity,
                "code": f.code,
                "message": f.message,
                "mend": f.mend,
                "entry_id": f.entry_id,
            }
            for f in findings
        ]
        sys.stdout.write(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    for f in findings:
        place = f"{_shown(f.path)}:{f.line}"
        colour = "red" if f.severity == "error" else "yellow"
        label = messages.SEVERITY[f.severity]
        out.print(
            f"{place} : {label} : {f.message}",
            style=colour,
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        out.print(f"    → {f.mend}", markup=False, highlight=False, soft_wrap=True)
    counts = Counter(f.severity for f in findings)
    summary = messages.SUMMARY.format(entries=len(parsed.entries), errors=counts["error"], warnings=counts["warning"])
    out.print(summary, highlight=False)


def _shown(path: Path) -> Path:
    """The path as one would type it from here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _show_changes(changes: Changes, as_json: bool) -> None:
    rows = {"added": changes.added, "changed": changes.changed, "removed": changes.removed}
    if as_json:
        sys.stdout.write(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    if not changes:
        out.print(messages.NO_CHANGE)
    for kind, ids in rows.items():
        for entry_id in ids:
            out.print(f"{messages.CHANGE[kind]} {entry_id}", markup=False, highlight=False)


def _show_built(built: Built, findings: int, as_json: bool) -> None:
    if as_json:
        value = {
            "version": built.version,
            "entries": built.entries,
            "passages": built.passages,
            "embedded": built.embedded,
            "published": built.published,
            "findings": findings,
        }
        sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    sentence = messages.PUBLISHED if built.published else messages.UP_TO_DATE
    told = sentence.format(
        version=built.version, entries=built.entries, passages=built.passages, embedded=built.embedded
    )
    out.print(told, highlight=False, soft_wrap=True)
    if findings:
        out.print(messages.FINDINGS.format(count=findings), highlight=False)
