"""The `guichet` command. `ingest` and `eval` bring their own subcommands by entry point.

Exit codes: 0 fine, 1 a check failed, 2 wrong usage or bad input, 3 something
the service needs is not there.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import sys
from dataclasses import asdict
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import orjson
import typer
from pydantic import ValidationError

from app import __version__, env_file, messages, replicas, settings_messages
from app.backup_cli import backup, restore
from app.core.errors import BadSource, GuichetError
from app.core.types import Style
from app.core.workers import usable_cores
from app.doctor.command import doctor
from app.llm_cli import llm_app
from app.logs import configure_logging, take_over_libraries
from app.settings import Settings
from app.settings_checks import first_fault
from app.site_option import SiteOption
from app.sites import load_settings
from app.sites_cli import addresses, sites_app
from app.staff_cli import purge, staff_app
from app.terminal import err, out, print_answer, print_json, print_trace, table

app = typer.Typer(
    help="Guichet : des réponses sourcées à partir de votre foire aux questions.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
index_app = typer.Typer(help="Versions de l’index.", no_args_is_help=True)
app.add_typer(index_app, name="index")
app.add_typer(llm_app, name="llm")
app.add_typer(staff_app, name="staff")
app.add_typer(sites_app, name="sites")
app.command(name="purge")(purge)
app.command(name="doctor")(doctor)
app.command(name="backup")(backup)
app.command(name="restore")(restore)

JsonOption = Annotated[bool, typer.Option("--json", help="Sortie JSON.")]
MAX_QUESTION = 1000
ENV_FILE = Path(".env")


def main() -> None:
    """Run the command line; core errors become a sentence, its mend and an exit code."""
    configure_logging("critical")
    for command in entry_points(group="guichet.commands"):
        command.load()(app)
    try:
        env_file.check(ENV_FILE)
        app()
    except GuichetError as error:
        fail(error)
    except ValidationError as error:
        fail(_bad_setting(error))


def _bad_setting(error: ValidationError) -> BadSource | UsageProblem:
    """What is wrong with a setting, and where it is given: in the environment, which goes before the .env file."""
    field, reason = first_fault(error)
    name = f"GUICHET_{field.upper()}"
    told = settings_messages.BAD_VALUE.format(name=name, reason=reason)
    line = None if any(given.upper() == name for given in os.environ) else env_file.line_of(ENV_FILE, name)
    if line is None:
        return UsageProblem(told, mend=settings_messages.BAD_VALUE_MEND)
    return BadSource(ENV_FILE, line, told, mend=settings_messages.BAD_VALUE_MEND)


def fail(error: GuichetError, *, code: int | None = None) -> None:
    """Print an error with its mend and exit: 2 for bad input, else 3."""
    err.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
    if error.mend:
        err.print(messages.MEND.format(mend=error.mend), markup=False, highlight=False, soft_wrap=True)
    sys.exit(code if code is not None else 2 if isinstance(error, BadSource | UsageProblem) else 3)


class UsageProblem(GuichetError):
    """The command was called with something it can't use."""


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Affiche la version.", is_eager=True)] = False,
) -> None:
    if version:
        out.print(__version__, highlight=False)
        raise typer.Exit


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Adresse d’écoute.")] = None,
    port: Annotated[int | None, typer.Option(help="Port d’écoute.", min=0, max=65535)] = None,
) -> None:
    """Sert l’API, la page de démonstration et leur documentation."""
    import uvicorn

    from app.core.memory import few_arenas
    from app.web.connections import KEEP_ALIVE_S, guarded
    from app.web.draining import DrainingServer
    from app.web.main import create_app

    few_arenas()
    settings = Settings()
    replicas.check(settings)
    host, port = host or settings.host, settings.port if port is None else port
    bound = _bind(host, port)
    port = bound.getsockname()[1]
    base = f"http://{'localhost' if host in ('127.0.0.1', '0.0.0.0', '::') else host}:{port}"  # noqa: S104
    err.print(messages.SERVING)
    pages = [("/", messages.DEMO), ("/faq", messages.FAQ_PAGE), ("/docs", messages.API)]
    if settings.console:
        pages.insert(2, ("/console", messages.CONSOLE))
    for path, label in pages:
        err.print(f"  {base}{path}  — {label}", highlight=False, soft_wrap=True)
    for path, label in addresses(settings):
        err.print(f"  {base}{path}  — {label}", markup=False, highlight=False, soft_wrap=True)

    # uvicorn takes them where they are there.
    server = ", ".join(["uvicorn", *(name for name in ("uvloop", "httptools") if find_spec(name))])
    chosen = messages.CHOSEN.format(
        cores=usable_cores(), threads=settings.searches_at_once, queue=settings.queue, server=server
    )
    err.print(chosen, highlight=False, soft_wrap=True)

    def announce(link: str) -> None:
        err.print(
            messages.FIRST_LINK.format(url=f"{settings.public_url or base}{link}"), highlight=False, soft_wrap=True
        )

    take_over_libraries(settings.log_level)
    app = create_app(settings, announce=announce)
    config = uvicorn.Config(
        app,
        http=guarded(settings),
        ws="none",
        log_config=None,
        access_log=False,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=settings.shutdown_s,
        timeout_keep_alive=KEEP_ALIVE_S,
        server_header=False,
    )
    DrainingServer(config, app.state.draining, settings.drain_s).run(sockets=[bound])


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="La question, entre guillemets.")],
    as_json: JsonOption = False,
    trace: Annotated[bool, typer.Option("--trace", help="Montre chaque étape.")] = False,
    style: Annotated[str | None, typer.Option(help="generated ou verbatim.")] = None,
    _site: SiteOption = None,
) -> None:
    """Répond à une question dans le terminal, avec ses sources."""
    from app.answer.assistant import Question
    from app.web.schemas import ChatResponse
    from app.wiring import build_services

    if not question.strip():
        raise UsageProblem(messages.EMPTY_QUESTION)
    if len(question) > MAX_QUESTION:
        raise UsageProblem(messages.LONG_QUESTION.format(limit=MAX_QUESTION))
    services = build_services(load_settings())
    services.live.refresh()
    if style != "verbatim":
        services.prepare_model()
    answer = asyncio.run(services.assistant.answer(Question(question, style=_style(style))))
    if as_json:
        body = ChatResponse.of(answer).model_dump()
        print_json({**body, "trace": asdict(answer.trace)} if trace else body)
        return
    print_answer(answer)
    if trace:
        print_trace(answer)


@app.command(name="settings")
def show_settings(as_json: JsonOption = False, _site: SiteOption = None) -> None:
    """Liste chaque réglage, sa valeur, sa valeur par défaut et son sens."""
    settings = load_settings()
    rows = [
        {
            "name": f"GUICHET_{name.upper()}",
            "value": _without_password(getattr(settings, name)),
            "default": str(field.default) if field.default is not None else "",
            "meaning": field.description or "",
        }
        for name, field in Settings.model_fields.items()
    ]
    if as_json:
        print_json(rows)
        return
    names = (messages.SETTING, messages.VALUE, messages.DEFAULT, messages.MEANING)
    table(
        names,
        [(r["name"], r["value"], "=" if r["default"] == r["value"] else r["default"], r["meaning"]) for r in rows],
    )


@index_app.callback()
def _index(_site: SiteOption = None) -> None:
    """Versions de l’index."""


@index_app.command(name="list")
def index_list(as_json: JsonOption = False) -> None:
    """Liste les versions, la plus ancienne d’abord."""
    from app.search import versions

    folder = load_settings().index_dir
    names = versions.list_versions(folder)
    live = versions.current_version(folder) if names else ""
    manifests = [versions.read_manifest(folder / name) for name in names]
    if as_json:
        print_json([{**orjson.loads(m.to_json()), "live": m.version == live} for m in manifests])
        return
    if not manifests:
        out.print(messages.NO_VERSIONS.format(folder=folder), highlight=False)
        return
    columns = (
        messages.VERSION,
        messages.CREATED,
        messages.ENCODER,
        messages.ENTRIES,
        messages.PASSAGES,
        messages.LIVE,
    )
    rows = [
        (
            m.version,
            f"{m.created_at.astimezone():%d/%m/%Y %H:%M}",
            m.encoder_id,
            str(m.counts["entries"]),
            str(m.counts["passages"]),
            "✓" if m.version == live else "",
        )
        for m in manifests
    ]
    table(columns, rows)


@index_app.command(name="rollback")
def index_rollback(
    version: Annotated[str | None, typer.Argument(help="Version ; par défaut, la précédente.")] = None,
) -> None:
    """Remet en service une version antérieure."""
    from app.search.follower import sharing
    from app.search.publishing import NoSuchVersion, rollback
    from app.search.shared import open_shared

    settings = load_settings()
    shared = open_shared(settings)
    try:
        with sharing(shared, settings.index_dir, settings.index_keep):
            if shared is not None:
                shared.fetch_all(settings.index_dir)
            name = rollback(settings.index_dir, version)
    except NoSuchVersion as error:
        raise UsageProblem(str(error), mend=error.mend) from error
    out.print(messages.ROLLED_BACK.format(version=name), highlight=False, soft_wrap=True)


@index_app.command(name="verify")
def index_verify(
    version: Annotated[str | None, typer.Argument(help="Version ; par défaut, toutes.")] = None,
) -> None:
    """Vérifie que chaque fichier correspond au manifeste ; code 1 sinon."""
    from app.core.errors import IndexMissing
    from app.search import versions
    from app.search.index import open_index

    folder = load_settings().index_dir
    names = [version] if version else versions.list_versions(folder)
    if not names:
        versions.current_version(folder)
    failed = False
    for name in names:
        try:
            index = open_index(folder / name)
        except IndexMissing:
            raise
        except GuichetError as error:
            failed = True
            err.print(str(error), style="red", highlight=False, soft_wrap=True)
            continue
        counts = {"entries": len(index.entries), "files": len(index.manifest.files)}
        out.print(messages.VERIFIED.format(version=name, **counts), highlight=False, soft_wrap=True)
    if failed:
        raise typer.Exit(1)


def _without_password(value: object) -> str:
    """A setting as it may be shown: an address without the password in it."""
    return re.sub(r"(://[^/:@\s]*):[^/@\s]*@", r"\1:***@", str(value)) if value is not None else ""


def _bind(host: str, port: int) -> socket.socket:
    """A listening socket, so that a port in use is told before anything is loaded."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise UsageProblem(messages.PORT_TAKEN.format(port=port), mend=messages.PORT_MEND) from error
    return bound


def _style(value: str | None) -> Style | None:
    match value:
        case None:
            return None
        case "generated" | "verbatim" as style:
            return style
        case _:
            raise UsageProblem(messages.STYLE_UNKNOWN.format(style=value), mend=messages.STYLE_MEND)


if __name__ == "__main__":
    main()
