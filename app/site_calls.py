"""Which servers a site's file may have this service connect to: those that the operator allows, and no other.

A site's file names addresses of two kinds. Most are shown, never called: contact, privacy page, origins. The others
make the service open a connection: model, OpenID Connect provider, databases, traces. Whoever may write a site's file
could so reach whatever this machine reaches; hence GUICHET_SITES_MAY_CALL. What the service itself calls, and what the
environment gives for a site, is the operator's word already.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from app.settings import Settings

CALLED = ("llm_base_url", "oidc_issuer", "traces", "database_url", "index_url")
"""Settings whose address is connected to."""
PORTS = {"http": 80, "https": 443, "postgresql": 5432}
UNCLEAR = "?"
OPTIONS = frozenset({"schema", "sslmode"})
"""What the address of a database in a site's file may say behind `?`: libpq would take another host from there."""


def server_of(address: str) -> str:
    """Host and port that an address has this service connect to; "" for a file, UNCLEAR where that can't be told."""
    parts = urlsplit(address)
    scheme = parts.scheme.partition("+")[0]
    if scheme == "sqlite":
        return ""
    names = {pair.partition("=")[0] for pair in parts.query.split("&") if pair}
    if not parts.hostname or (scheme == "postgresql" and not names <= OPTIONS) or "," in parts.netloc:
        return UNCLEAR
    return f"{parts.hostname}:{parts.port or PORTS.get(scheme, 0)}"


def allowed(base: Settings) -> frozenset[str]:
    """The servers that any site's file may name."""
    own = (str(address) for name in CALLED if (address := getattr(base, name)))
    given = (part.strip().lower() for part in base.sites_may_call.split(",") if part.strip())
    return frozenset({*(server for server in map(server_of, own) if server not in ("", UNCLEAR)), *given})


def forbidden(base: Settings, name: str, value: object) -> str:
    """The server that this setting of a site's file would have called and mustn't; "" when it may."""
    if name not in CALLED or not isinstance(value, str) or not value:
        return ""
    server = server_of(value)
    known = allowed(base)
    if not server or server in known or server.rpartition(":")[0] in known:
        return ""
    return server
