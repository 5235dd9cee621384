"""The sites of a service: one settings file each, `<slug>.toml` in GUICHET_SITES_DIR.

A site's settings are `Settings` like the service's own. What a file doesn't say comes from the service, but for what
makes a site another one (its FAQ, index, database, contact, origins, accounts): that is never taken over, and stands
in a folder of the site's own. A secret may be given by the environment instead, as
`GUICHET_SITE_<SLUG>__<SETTING>`.
"""

from __future__ import annotations

import difflib
import hashlib
import hmac
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from app import settings_messages
from app import sites_messages as messages
from app.core.errors import BadSource, GuichetError
from app.core.site import CURRENT_SITE
from app.settings import Settings
from app.settings_checks import first_fault
from app.site_calls import UNCLEAR, forbidden

SUFFIX = ".toml"
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
MAX_SLUG = 40
MAX_BYTES = 64 * 1024
"""Largest settings file that is read."""
MAX_NAME = 60
"""Longest name of a setting that is looked for and shown."""

OF_SERVICE = frozenset(
    {
        "drain_s",
        "host",
        "port",
        "workers",
        "queue",
        "shutdown_s",
        "trusted_proxies",
        "log_level",
        "encoder",
        "encoder_threads",
        "encoder_lone_threads",
        "encoder_cache",
        "sites_dir",
        "sites_data_dir",
        "sites_may_call",
        "site_requests",
    }
)
"""Settings of the process that all sites share: refused in a site's file."""

LOCAL_MODEL = frozenset({"llm_local", "llm_device", "llm_threads"})
"""A model in this process would be loaded once a site."""

OF_SITE = frozenset(
    {
        "faq",
        "gaps",
        "index_dir",
        "index_name",
        "database_url",
        "cases",
        "runs",
        "institution",
        "contact_label",
        "contact_email",
        "contact_url",
        "allowed_origins",
        "frame_ancestors",
        "secret",
        "public_url",
        "privacy_url",
        "publish_git",
        "widget_title",
        "widget_welcome",
        "widget_suggestions",
        "oidc_issuer",
        "oidc_client_id",
        "oidc_client_secret",
        "oidc_roles",
        *LOCAL_MODEL,
    }
)
"""Settings that make a site another one: never taken over from the service."""

_JOINED = {"allowed_origins": ", ", "frame_ancestors": ", ", "oidc_roles": ", ", "widget_suggestions": " | "}
"""Settings that are one text in the environment and may be a list in a file, and what stands between its parts."""

_PATHS = frozenset({"faq", "gaps", "index_dir", "decision", "cases", "runs"})
_OWN = ("index_dir", "database_url")
"""What no two sites may have in common."""

_CHAIN = re.compile(r"(?:\.[ \t]*[\w-]+[ \t]*){100}")
"""A name of names of names…, as no setting has it."""
_AT_LINE = re.compile(r"\s*\(at line (\d+), column \d+\)|\s*\(at end of document\)")


class NoSuchSite(BadSource):
    """There is no settings file of that name."""


class SitesMissing(GuichetError):
    """No folder of sites is set, or it is not there."""


class SiteSettings(Settings):
    """Settings read from a site's file: nothing of it comes from `GUICHET_*` of the environment."""

    model_config = SettingsConfigDict(env_file=None, extra="forbid")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment under the site's own prefix, then what the file and the service say."""
        return env_settings, init_settings


@dataclass(frozen=True, slots=True)
class SiteFile:
    """A settings file as it stands: its site, and its content with a digest; "" when it can't be read."""

    slug: str
    path: Path
    digest: str
    content: bytes = field(default=b"", repr=False)


def prefix_of(slug: str) -> str:
    """The path prefix under which a site is served."""
    return f"/f/{slug}"


def variable_of(slug: str, name: str) -> str:
    """The environment variable that gives a site's setting."""
    return f"GUICHET_SITE_{slug.upper().replace('-', '_')}__{name.upper()}"


def check_slug(slug: str, path: Path) -> None:
    """Raise BadSource for a name that can't be part of an address."""
    if len(slug) > MAX_SLUG or not SLUG.fullmatch(slug):
        raise BadSource(path, None, messages.BAD_NAME.format(name=slug), mend=messages.BAD_NAME_MEND)


def folder_of(base: Settings) -> Path:
    """The folder of the sites' files. Raises SitesMissing."""
    if base.sites_dir is None:
        raise SitesMissing(messages.NOT_CONFIGURED, mend=messages.NOT_CONFIGURED_MEND)
    if not base.sites_dir.is_dir():
        raise SitesMissing(messages.NO_FOLDER.format(folder=base.sites_dir), mend=messages.NO_FOLDER_MEND)
    return base.sites_dir


def site_files(base: Settings) -> list[SiteFile]:
    """The settings files, by slug; one that can't be read has the digest "". Raises SitesMissing."""
    found = []
    for path in sorted(folder_of(base).glob(f"*{SUFFIX}")):
        try:
            content = path.read_bytes()
            digest = hashlib.sha256(content).hexdigest()
        except OSError:
            content, digest = b"", ""
        found.append(SiteFile(path.name.removesuffix(SUFFIX), path, digest, content))
    return found


def settings_of(base: Settings, slug: str) -> SiteSettings:
    """The settings of a site. Raises SitesMissing, NoSuchSite, or BadSource with the line and the mend."""
    path = folder_of(base) / f"{slug}{SUFFIX}"
    check_slug(slug, path)
    if not path.is_file():
        raise NoSuchSite(
            path,
            None,
            messages.NO_SUCH_SITE.format(slug=slug, folder=path.parent),
            mend=messages.NO_SUCH_SITE_MEND.format(slug=slug),
        )
    return settings_from(base, slug, _content(path))


def settings_from(base: Settings, slug: str, content: bytes) -> SiteSettings:
    """The settings that a site's file with this content would give. Raises as `settings_of`."""
    path = (base.sites_dir or Path()) / f"{slug}{SUFFIX}"
    check_slug(slug, path)
    text = _text(path, content)
    given = _parse(path, text)
    lines = _Lines(path, text)
    for name, value in given.items():
        _known(name, lines)
        _may_call(base, slug, name, value, lines)
    values = {**_inherited(base, given), **_defaults(base, slug), **_placed(path.parent, given, lines)}
    try:
        settings = SiteSettings(_env_prefix=variable_of(slug, ""), **values)
    except ValidationError as error:
        raise _bad_value(error, slug, given, lines) from error
    if base.index_url and "database_url" in given and settings.database_url.startswith("sqlite"):
        raise BadSource(
            path, lines.of_any("database_url"), messages.FILE_ON_REPLICAS, mend=messages.FILE_ON_REPLICAS_MEND
        )
    return settings.of_site(slug)


def check_whole(path: Path, content: bytes) -> None:
    """Raise BadSource for a file that looks cut off: empty, or without an end to its last line.

    What is read then may be sound TOML all the same, `retention_days = 3` of a `30`.
    """
    if not content.strip():
        raise BadSource(path, None, messages.EMPTY, mend=messages.EMPTY_MEND)
    if not content.endswith(b"\n"):
        raise BadSource(path, content.count(b"\n") + 1, messages.CUT_OFF, mend=messages.CUT_OFF_MEND)


def load_settings() -> Settings:
    """The settings a command works with: of the site that `--site` chose, else the service's. Raises as settings_of."""
    site = CURRENT_SITE.get()
    return settings_of(Settings(), site) if site else Settings()


def check_apart(settings: Settings, others: Mapping[str, Settings], path: Path) -> None:
    """Raise BadSource when a site writes where another one does; `others` by slug, "" being the service."""
    for slug, other in others.items():
        shared = [name for name in _OWN if _same(getattr(settings, name), getattr(other, name))]
        if settings.index_url and (settings.index_url, settings.index_name) == (other.index_url, other.index_name):
            shared.append("index_name")
        if shared:
            whose = messages.THE_SITE.format(slug=slug) if slug else messages.THE_SERVICE
            message = messages.SHARED.format(name=shared[0], other=whose)
            raise BadSource(
                path, _Lines(path, _text(path, _content(path))).of(shared[0]), message, mend=messages.SHARED_MEND
            )


def all_sites(base: Settings) -> Iterator[tuple[str, SiteSettings | GuichetError]]:
    """Every site with its settings, or what is wrong with its file. Raises SitesMissing."""
    known: dict[str, Settings] = {"": base}
    for file in site_files(base):
        try:
            settings = settings_of(base, file.slug)
            check_apart(settings, known, file.path)
        except GuichetError as error:
            yield file.slug, error
            continue
        known[file.slug] = settings
        yield file.slug, settings


def _same(one: object, other: object) -> bool:
    if isinstance(one, Path) and isinstance(other, Path):
        return one.resolve() == other.resolve()
    return one == other


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = messages.UNREADABLE.format(reason=error.strerror)
        raise BadSource(path, None, reason, mend=messages.UNREADABLE_MEND) from error


def _text(path: Path, content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise BadSource(path, None, messages.TOO_LARGE.format(limit=MAX_BYTES // 1024), mend=messages.TOO_LARGE_MEND)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadSource(path, line, messages.NOT_UTF8, mend=messages.NOT_UTF8_MEND) from error


def _parse(path: Path, text: str) -> dict[str, Any]:
    if chain := _CHAIN.search(text):  # its time would grow with the square of the chain
        line = text.count("\n", 0, chain.start()) + 1
        raise BadSource(path, line, messages.NOT_TOML.format(reason=messages.TOO_DEEP), mend=messages.NOT_TOML_MEND)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: also an integer of too many digits
        found = _AT_LINE.search(str(error))
        line = int(found[1]) if found and found[1] else text.count("\n") + 1
        if isinstance(error, tomllib.TOMLDecodeError):
            reason = _AT_LINE.sub("", str(error))
        else:
            deep = isinstance(error, RecursionError)
            reason, line = messages.TOO_DEEP if deep else messages.LONG_NUMBER, _longest_line(text)
        raise BadSource(path, line, messages.NOT_TOML.format(reason=reason), mend=messages.NOT_TOML_MEND) from error


def _longest_line(text: str) -> int:
    """Where thousands of brackets or digits stand."""
    lines = text.split("\n")
    return max(range(len(lines)), key=lambda at: len(lines[at])) + 1


class _Lines:
    """Where each setting of a file is given: tomllib doesn't tell."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self._text = text
        self._lines: dict[str, int] = {}
        for number, line in enumerate(text.split("\n"), 1):
            if found := re.match(r"""\s*\[*\s*["']?([\w.-]+)["']?\s*[]=.]""", line):
                self._lines.setdefault(found[1].split(".")[0], number)

    def of(self, name: str) -> int | None:
        """The line of a setting; None for one that the file doesn't give."""
        return self._lines.get(name)

    def of_any(self, name: str) -> int:
        """The line of a name however it is written, in quotes and escapes: 1 where even so it isn't found."""
        return self.of(name) or next(self._written_otherwise(name), 1)

    def _written_otherwise(self, name: str) -> Iterator[int]:
        for number, line in enumerate(self._text.split("\n"), 1):
            if line.lstrip()[:1] not in ("", "#"):
                for end in [len(line), *(found.start() for found in re.finditer("=", line))][:50]:
                    with suppress(ValueError, RecursionError):
                        if name in tomllib.loads(line[:end] + ("=0" if end < len(line) else "")):
                            yield number


def _known(name: str, lines: _Lines) -> None:
    """Raise BadSource for a setting that isn't one, or isn't a site's."""
    place = (lines.path, lines.of_any(name))
    if name in LOCAL_MODEL:
        raise BadSource(*place, messages.LOCAL_MODEL.format(name=name), mend=messages.LOCAL_MODEL_MEND)
    if name in OF_SERVICE:
        mend = messages.OF_SERVICE_MEND.format(variable=f"GUICHET_{name.upper()}")
        raise BadSource(*place, messages.OF_SERVICE.format(name=name), mend=mend)
    if name not in Settings.model_fields:
        near = difflib.get_close_matches(name[:MAX_NAME].lower().removeprefix("guichet_"), Settings.model_fields, 1)
        mend = messages.MEANT.format(name=near[0]) if near else messages.UNKNOWN_MEND
        raise BadSource(*place, messages.UNKNOWN.format(name=_shown(name)), mend=mend)


def _shown(name: str) -> str:
    """A name in a sentence: on one line, not longer than it takes to find it."""
    plain = "".join(char if char.isprintable() else "?" for char in name)
    return plain if len(plain) <= MAX_NAME else f"{plain[:MAX_NAME]}…"


def _may_call(base: Settings, slug: str, name: str, value: object, lines: _Lines) -> None:
    """Raise BadSource for an address that this service would connect to without its operator's leave."""
    try:
        server = forbidden(base, name, value)
    except ValueError:
        return  # no address at all: told as any bad value
    if server:
        message = messages.NOT_ALLOWED.format(name=name, server=_shown(server))
        mend = messages.NOT_ALLOWED_MEND.format(server=_shown(server), variable=variable_of(slug, name))
        if server == UNCLEAR:
            message, mend = messages.UNCLEAR.format(name=name), messages.UNCLEAR_MEND
        raise BadSource(lines.path, lines.of_any(name), message, mend=mend)


def _inherited(base: Settings, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the service says; but its key for its own model's server is for nobody else."""
    elsewhere = {"llm_api_key"} if given.get("llm_base_url", base.llm_base_url) != base.llm_base_url else set()
    return {name: getattr(base, name) for name in Settings.model_fields if name not in OF_SITE | elsewhere}


def _defaults(base: Settings, slug: str) -> dict[str, Any]:
    """Everything of a site in one folder; its secret from the service's, so that replicas agree on it."""
    files = folder_of(base) / slug
    made = (base.sites_data_dir or folder_of(base)).absolute() / slug
    values: dict[str, Any] = {
        "faq": files / "faq.md",
        "cases": files / "cases",
        "index_dir": made / "index",
        "index_name": f"site-{slug}",
        "runs": made / "runs",
        "database_url": _database_url(base, slug, made),
    }
    if base.public_url:
        values["public_url"] = base.public_url.rstrip("/") + prefix_of(slug)
    if base.secret:
        key = base.secret.get_secret_value().encode()
        values["secret"] = SecretStr(hmac.digest(key, f"site {slug}".encode(), "sha256").hex())
    return values


def _database_url(base: Settings, slug: str, folder: Path) -> str:
    """A SQLite file of the site's own, or a schema of its own in the service's PostgreSQL database."""
    if not base.database_url.startswith("postgresql"):
        return f"sqlite:///{folder / 'guichet.db'}"
    joint = "&" if "?" in base.database_url else "?"
    return f"{base.database_url}{joint}schema=guichet_{slug.replace('-', '_')}"


def _placed(folder: Path, given: Mapping[str, Any], lines: _Lines) -> dict[str, Any]:
    """The values of a file: lists as one text, paths from the file's folder."""
    placed: dict[str, Any] = {}
    for name, value in given.items():
        joint = _JOINED.get(name)
        if joint and isinstance(value, list) and all(isinstance(part, str) for part in value):
            placed[name] = joint.join(value)
        elif name in _PATHS and isinstance(value, str):
            if not value.strip():
                reason = messages.BAD_VALUE.format(name=name, reason=settings_messages.NO_PATH)
                raise BadSource(lines.path, lines.of_any(name), reason, mend=messages.BAD_VALUE_MEND)
            placed[name] = (folder / value).absolute()
        elif name == "database_url" and isinstance(value, str) and re.match(r"sqlite:///[^/]", value):
            placed[name] = f"sqlite:///{(folder / value.removeprefix('sqlite:///')).absolute()}"
        elif isinstance(value, str | int | float | bool):
            placed[name] = value
        else:
            reason = messages.BAD_VALUE.format(name=name, reason=settings_messages.TEXT)
            raise BadSource(lines.path, lines.of_any(name), reason, mend=messages.BAD_VALUE_MEND)
    return placed


def _bad_value(error: ValidationError, slug: str, given: Mapping[str, Any], lines: _Lines) -> BadSource:
    name, reason = first_fault(error)
    if name in given:
        message = messages.BAD_VALUE.format(name=name, reason=reason)
        return BadSource(lines.path, lines.of_any(name), message, mend=messages.BAD_VALUE_MEND)
    message = messages.BAD_VARIABLE.format(variable=variable_of(slug, name), reason=reason)
    return BadSource(lines.path, None, message, mend=messages.BAD_VALUE_MEND)
