"""The console's templates, with what every page of it needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app import __version__
from app.web.auth import Principal
from app.web.console import messages
from app.web.markdown import to_html
from app.web.paths import inner_path, prefix

_HERE = Path(__file__).with_name("templates")
_env = Environment(
    loader=FileSystemLoader([_HERE, Path(__file__).parents[1] / "templates"]),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates = Jinja2Templates(env=_env)
NBSP = "\u00a0"
_BEFORE = re.compile(r" (?=[?!:;»%€])")


def page(
    request: Request,
    who: Principal | None,
    template: str,
    context: Mapping[str, object] | None = None,
    *,
    status: int = 200,
) -> HTMLResponse:
    """A page of the console, or a fragment of one."""
    desk = getattr(request.app.state, "desk", None)
    draft = desk.drafts.of(who.user.id) if who and desk and "hx-request" not in request.headers else None
    filled = {
        "root": prefix(request.scope),
        "who": who,
        "csrf": who.csrf if who else "",
        "said": messages,
        "version": __version__,
        "path": inner_path(request.scope),
        "done": messages.DONE.get(request.query_params.get("fait", ""), ""),
        "my_draft": draft,
        **(context or {}),
    }
    return _templates.TemplateResponse(request, f"console/{template}", filled, status_code=status)


def see_other(request: Request, path: str, done: str = "", **query: object) -> RedirectResponse:
    """Go on to another page of the console after a change, which says what was done."""
    given = {name: value for name, value in query.items() if value not in (None, "")}
    if done:
        given["fait"] = done
    root = prefix(request.scope)
    return RedirectResponse(f"{root}/console{path}{'?' + urlencode(given) if given else ''}", 303)


def percent(value: float | None, digits: int = 0) -> str:
    """A share as French reads it: « 93 % »."""
    return "–" if value is None else f"{100 * value:.{digits}f}{NBSP}%".replace(".", ",")


def number(value: float | None, digits: int = 0) -> str:
    """A number as French reads it: « 1 234,5 »."""
    if value is None:
        return "–"
    return f"{value:,.{digits}f}".replace(",", "\u202f").replace(".", ",")


def signed(value: float, digits: int = 2) -> str:
    """A difference with its sign."""
    return ("+" if value > 0 else "−" if value < 0 else "") + number(abs(value), digits)


def moment(value: datetime | None) -> str:
    """A time on the server's clock."""
    if value is None:
        return "–"
    local = value.astimezone()
    return f"{day(local.date())}, {local:%H:%M}"


def run_moment(name: str) -> str:
    """When a run was made, from its name (20261126T221507.736809Z-dev); the name itself when it isn't one of ours."""
    try:
        return moment(datetime.strptime(name[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC))
    except ValueError:
        return name


def french_spaces(text: str) -> str:
    """No-break spaces where French wants them and whoever wrote the text typed plain ones."""
    return _BEFORE.sub(NBSP, text).replace("« ", f"«{NBSP}")


def day(value: date | None) -> str:
    """A day: « 26 nov. 2026 »."""
    return f"{value.day}{NBSP}{messages.MONTHS[value.month - 1]} {value.year}" if value else "–"


def milliseconds(value: float | None) -> str:
    """A duration, in the unit that reads best."""
    if value is None:
        return "–"
    return f"{number(value / 1000, 1)}{NBSP}s" if value >= 1000 else f"{number(value, 0 if value >= 10 else 1)}{NBSP}ms"


def plural(count: int, one: str, many: str) -> str:
    """A count with its noun; in French 0 and 1 are singular."""
    return f"{number(count)}{NBSP}{many if count > 1 else one}"


def markdown(text: str) -> Markup:
    """Markdown as HTML; whatever else it holds is text."""
    return Markup(to_html(text))  # noqa: S704 - rendered without raw HTML


def today() -> date:
    """Today, in the zone that counts are kept in."""
    return datetime.now(UTC).date()


def attributes(values: Mapping[str, Any]) -> str:
    """A query string of what isn't empty."""
    return urlencode({name: value for name, value in values.items() if value not in (None, "", False)})


_env.filters.update(
    percent=percent,
    number=number,
    signed=signed,
    moment=moment,
    day=day,
    ms=milliseconds,
    markdown=markdown,
    query=attributes,
    fr=french_spaces,
    run_moment=run_moment,
    rate_pair=lambda rate: (rate[0], rate[2]),
)
_env.globals.update(plural=plural)
