"""`guichet staff …` and `guichet purge`: what the console does, from the machine itself.

Whoever may run commands here may read the database anyway: no password is asked for, but changes are
written down under the account that `--as` names.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, cast

import orjson
import typer

from app import messages
from app.core.errors import GuichetError
from app.core.workshop import ChangeRefused
from app.site_option import SiteOption
from app.sites import load_settings, prefix_of
from app.staff import exports, overview, publishing, trial
from app.staff.desk import Desk, open_desk
from app.staff.sources import sources_of
from app.store.accounts import ROLES, SCOPES, Scope, User
from app.store.database import Database
from app.store.drafts import Draft
from app.store.inbox import Filters
from app.store.repository import purge as purge_database
from app.terminal import err, out, print_json, table
from app.wiring import build_services

staff_app = typer.Typer(help="Console du personnel, en ligne de commande.", no_args_is_help=True)
As = Annotated[str | None, typer.Option("--as", help="Compte au nom duquel agir ; par défaut, un administrateur.")]


class NoSuchAccount(GuichetError):
    """There is no account of that name."""


@contextmanager
def desk(*, index: bool = True) -> Iterator[Desk]:
    """The desk over the settings' database and index."""
    settings = load_settings()
    services = build_services(settings)
    if index:
        services.live.refresh()
    database = Database(settings.database_url)
    database.open()
    try:
        yield open_desk(services, database)
    finally:
        database.close()


def _user(at: Desk, login: str | None) -> User:
    if login is None:
        found = next((u for u in at.accounts.users() if u.active and u.role == "administrateur"), None)
    else:
        known = at.accounts.by_login(login)
        found = known[0] if known else None
    if found is None:
        raise NoSuchAccount(messages.NO_ACCOUNT, mend=messages.NO_ACCOUNT_MEND)
    return found


def _draft(at: Desk, number: int) -> Draft:
    draft = at.drafts.get(number)
    if draft is None:
        raise ChangeRefused(messages.NO_SUCH_DRAFT.format(number=number))
    return draft


def purge(
    days: Annotated[int | None, typer.Option(help="Par défaut, GUICHET_RETENTION_DAYS.", min=1)] = None,
    _site: SiteOption = None,
) -> None:
    """Efface les questions et les avis plus anciens que la durée de conservation."""
    with desk(index=False) as at:
        gone = purge_database(at.database, days or at.settings.retention_days)
        if gone:
            at.audit.note("", "purge", "", str(gone))
    out.print(messages.PURGED.format(n=gone), highlight=False)


@staff_app.callback()
def _staff(_site: SiteOption = None) -> None:
    """Console du personnel, en ligne de commande."""


@staff_app.command()
def link(login: Annotated[str | None, typer.Argument(help="Compte ; sans, le premier administrateur.")] = None) -> None:
    """Donne un lien, valable une fois, pour créer le premier compte ou choisir un mot de passe."""
    with desk(index=False) as at:
        if login is None and not at.accounts.is_empty():
            raise NoSuchAccount(messages.HAS_ADMINISTRATOR, mend=messages.HAS_ADMINISTRATOR_MEND)
        user = _user(at, login) if login else None
        secret = at.accounts.make_link(user.id if user else None)
        below = prefix_of(at.settings.site) if at.settings.site else ""
        base = at.settings.public_url or f"http://localhost:{at.settings.port}{below}"
        out.print(f"{base.rstrip('/')}/console/bienvenue/{secret}", highlight=False, soft_wrap=True)


@staff_app.command()
def users(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Liste les comptes."""
    with desk(index=False) as at:
        found = at.accounts.users()
    if as_json:
        print_json([asdict(user) for user in found])
        return
    rows = [(u.login, u.name, u.role, "✓" if u.active else "") for u in found]
    table(messages.USER_COLUMNS, rows)


@staff_app.command(name="user-add")
def user_add(
    login: str,
    name: Annotated[str, typer.Option(help="Nom affiché.")] = "",
    role: Annotated[str, typer.Option(help="lecteur, editeur ou administrateur.")] = "lecteur",
) -> None:
    """Ouvre un compte et donne le lien par lequel choisir son mot de passe."""
    if role not in ROLES:
        raise typer.BadParameter(", ".join(ROLES))
    with desk(index=False) as at:
        user = at.accounts.add_user(login, name, role)
        at.audit.note("", "user", user.login, role)
    link(user.login)


@staff_app.command(name="user-set")
def user_set(
    login: str,
    role: Annotated[str | None, typer.Option(help="Nouveau rôle.")] = None,
    active: Annotated[bool | None, typer.Option("--open/--close", help="Ouvre ou ferme l’accès.")] = None,
) -> None:
    """Change un rôle ou un accès."""
    if role is not None and role not in ROLES:
        raise typer.BadParameter(", ".join(ROLES))
    with desk(index=False) as at:
        user = _user(at, login)
        if role is not None or active is not None:
            at.accounts.change_user(user.id, role=role, active=active)
            at.audit.note("", "role" if role else "active", user.login, role or str(active))


@staff_app.command()
def token(
    name: str,
    scope: Annotated[list[str], typer.Option(help=f"Portée, plusieurs fois au besoin : {', '.join(SCOPES)}.")],
    who: As = None,
    days: Annotated[int, typer.Option(help="Durée (0 : sans fin).", min=0)] = 365,
) -> None:
    """Crée un jeton d’API et l’affiche, cette fois seulement."""
    if unknown := set(scope) - set(SCOPES):
        raise typer.BadParameter(", ".join(sorted(unknown)))
    with desk(index=False) as at:
        user = _user(at, who)
        until = datetime.now(UTC) + timedelta(days=days) if days else None
        _, secret = at.accounts.make_token(user.id, name, [cast(Scope, one) for one in scope], until)
        at.audit.note(user.name, "token", name, " ".join(scope))
    out.print(secret, highlight=False, soft_wrap=True)


@staff_app.command()
def tokens() -> None:
    """Liste les jetons."""
    with desk(index=False) as at:
        rows = [(str(t.id), t.name, t.user.login, " ".join(t.scopes), t.hint) for t in at.accounts.tokens()]
    table(messages.TOKEN_COLUMNS, rows)


@staff_app.command(name="token-revoke")
def token_revoke(number: int) -> None:
    """Révoque un jeton."""
    with desk(index=False) as at:
        name = at.accounts.revoke_token(number)
        if name:
            at.audit.note("", "revoke", name)


@staff_app.command()
def questions(
    outcome: Annotated[str, typer.Option(help="answered, clarification, abstained…")] = "",
    vote: Annotated[str, typer.Option(help="up ou down.")] = "",
    entry: Annotated[str, typer.Option(help="Entrée qui a répondu.")] = "",
    words: Annotated[str, typer.Option(help="Débuts de mots.")] = "",
    first: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    last: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    low: Annotated[int, typer.Option(help="Confiance minimale, en dixièmes.", min=0, max=9)] = 0,
    high: Annotated[int, typer.Option(help="Confiance maximale, en dixièmes.", min=0, max=9)] = 9,
    todo: Annotated[bool, typer.Option("--todo", help="À traiter seulement.")] = False,
    form: Annotated[str, typer.Option("--format", help="table, csv ou jsonl.")] = "table",
) -> None:
    """Liste ou exporte les questions reçues, les plus récentes d’abord."""
    days = (first.date() if first else None, last.date() if last else None)
    wanted = Filters(outcome, vote, entry, words, *days, low, high, todo)
    with desk(index=False) as at:
        if form != "table":
            write = exports.as_csv if form == "csv" else exports.as_json_lines
            for piece in write(at.inbox.rows(wanted)):
                sys.stdout.buffer.write(piece)
            return
        rows = [
            (str(r.id), f"{r.at.astimezone():%d/%m/%Y %H:%M}", messages.OUTCOMES[r.outcome], r.message)
            for r in at.inbox.page(wanted).rows
        ]
    table(messages.QUESTION_COLUMNS, rows)


@staff_app.command()
def themes() -> None:
    """Réunit par sens les questions restées sans réponse."""
    with desk() as at:
        found, whole = overview.gaps(at, datetime.now(UTC))
        while not whole:
            found, whole = overview.gaps(at, datetime.now(UTC))
    table(messages.THEME_COLUMNS, [(t.name, str(t.size), f"{t.trend:+d}", t.example) for t in found])


@staff_app.command(name="overview")
def show_overview(days: Annotated[int, typer.Option(min=1, max=366)] = 30) -> None:
    """Montre les chiffres du tableau de bord, en JSON."""
    with desk(index=False) as at:
        seen = overview.overview(at, datetime.now(UTC).date(), days)
    print_json(
        {
            "questions": seen.questions,
            "outcomes": dict(seen.now.outcomes),
            "satisfaction": seen.satisfaction,
            "latency_ms": {"p50": seen.now.percentile(0.5), "p95": seen.now.percentile(0.95)},
            "model_failures": seen.now.failures,
            "entries": [(entry_id, asdict(count)) for entry_id, count in seen.top],
        }
    )


@staff_app.command()
def erase(conversation: str) -> None:
    """Efface une conversation, par son numéro."""
    with desk(index=False) as at:
        gone = at.inbox.erase_conversation(conversation)
        at.audit.note("", "erase", conversation, str(gone))
    out.print(messages.ERASED.format(n=gone), highlight=False)


@staff_app.command(name="test")
def try_question(
    question: str,
    what_if: Annotated[str, typer.Option(help="Ce qui change, en JSON, comme le champ de l’API.")] = "{}",
) -> None:
    """Pose une question et montre toute la trace, en JSON ; rien n’est gardé."""
    with desk() as at:
        changed = trial.WhatIf(**orjson.loads(what_if))

        async def both() -> dict[str, Any]:
            seen = await trial.ask(at, question)
            other = await trial.ask(at, question, changed) if changed else None
            return {"now": asdict(seen), "what_if": asdict(other) if other else None}

        print_json(asyncio.run(both()))


@staff_app.command()
def drafts() -> None:
    """Liste les brouillons en cours."""
    with desk(index=False) as at:
        rows = [
            (str(d.id), d.author, str(len(d.changes)), f"{d.updated_at.astimezone():%d/%m %H:%M}")
            for d in at.drafts.open()
        ]
    table(messages.DRAFT_COLUMNS, rows)


@staff_app.command()
def change(
    changes: Annotated[str, typer.Argument(help="Changements en JSON, « - » pour l’entrée standard.")], who: As = None
) -> None:
    """Ajoute des changements au brouillon, comme POST /api/staff/drafts."""
    given = orjson.loads(sys.stdin.buffer.read() if changes == "-" else changes)
    with desk(index=False) as at:
        user = _user(at, who)
        draft = publishing.add_changes(at, user, given)
        at.audit.note(user.name, "draft", str(draft.id), f"{len(given)}")
    out.print(messages.IN_DRAFT.format(number=draft.id, n=len(draft.changes)), highlight=False)


@staff_app.command()
def diff(number: int) -> None:
    """Montre ce qu’un brouillon change dans les fichiers."""
    with desk(index=False) as at:
        view = publishing.view(at, _draft(at, number))
    for name, lines in view.diff.items():
        out.print(name, style="bold", highlight=False)
        for line in lines:
            out.print(f"{line.kind} {line.text}", markup=False, highlight=False, soft_wrap=True)
    for remark in view.checked.errors:
        err.print(f"{remark.path}:{remark.line} : {remark.message}", style="red", markup=False)
    if view.conflict:
        err.print(messages.CONFLICT, style="red")
        raise typer.Exit(1)


@staff_app.command()
def effect(number: int) -> None:
    """Calcule l’effet d’un brouillon sur les réponses, en JSON."""
    with desk() as at:
        draft = _draft(at, number)
        progress = at.effects.run(sources_of(at), draft)
        if progress.error:
            raise ChangeRefused(progress.error)
        print_json(dict(_draft(at, number).effect))


@staff_app.command()
def publish(number: int, note: Annotated[str, typer.Option(help="Ce qui change.")] = "", who: As = None) -> None:
    """Publie un brouillon."""
    with desk() as at:
        done = publishing.publish(at, _draft(at, number), _user(at, who), note)
    out.print(messages.DRAFT_PUBLISHED.format(version=done.version), highlight=False, soft_wrap=True)


@staff_app.command()
def rebase(number: int) -> None:
    """Reprend un brouillon sur la version actuelle de la FAQ."""
    with desk(index=False) as at:
        draft = publishing.rebase(at, _draft(at, number))
    out.print(messages.IN_DRAFT.format(number=draft.id, n=len(draft.changes)), highlight=False)


@staff_app.command()
def discard(number: int) -> None:
    """Abandonne un brouillon."""
    with desk(index=False) as at:
        at.drafts.close(_draft(at, number), "discarded")


@staff_app.command(name="versions")
def show_versions() -> None:
    """Liste les publications de la console, la plus récente d’abord."""
    with desk(index=False) as at:
        rows = [
            (str(p.id), f"{p.at.astimezone():%d/%m/%Y %H:%M}", p.author, p.version, p.state, p.note)
            for p in at.drafts.publications()
        ]
    table(messages.PUBLICATION_COLUMNS, rows)


@staff_app.command()
def rollback(number: int, who: As = None) -> None:
    """Remet en service une publication, sources comprises."""
    with desk() as at:
        done = publishing.rollback(at, number, _user(at, who))
    out.print(messages.ROLLED_BACK.format(version=done.version), highlight=False, soft_wrap=True)


@staff_app.command(name="case")
def add_case(
    question: str,
    entry: Annotated[list[str] | None, typer.Option(help="Entrée attendue ; aucune : la FAQ n’y répond pas.")] = None,
    kind: Annotated[str, typer.Option(help="paraphrase, keyword, sms… ; near ou far sans entrée.")] = "paraphrase",
) -> None:
    """Ajoute un cas au jeu de questions."""
    with desk(index=False) as at:
        case_id = at.evaluator.add_case(question, kind if entry or kind in ("near", "far") else "near", entry or [])
        at.audit.note("", "case", case_id, question)
    out.print(case_id, highlight=False)


@staff_app.command()
def audit(before: Annotated[int | None, typer.Option(help="Numéro avant lequel lire.")] = None) -> None:
    """Montre qui a changé quoi."""
    with desk(index=False) as at:
        rows = [
            (f"{e.at.astimezone():%d/%m/%Y %H:%M}", e.actor, e.action, e.subject, e.detail[:80])
            for e in at.audit.page(before)
        ]
    table(messages.AUDIT_COLUMNS, rows)
