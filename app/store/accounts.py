"""Staff's accounts: users, sessions, one-time links and API tokens. No secret is kept, only what it hashes to."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast, get_args

import sqlalchemy as sa

from app.core.errors import GuichetError
from app.store.database import Database, aware, inserted_id, maybe_aware, now
from app.store.tables import links, sessions, tokens, users

Role = Literal["lecteur", "editeur", "administrateur"]
ROLES: tuple[Role, ...] = get_args(Role)
"""From the least to the most; each may do what those before it may."""

Scope = Literal["questions", "faq", "publication", "evaluations", "administration"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

SESSION_IDLE = timedelta(hours=12)
SESSION_LIFE = timedelta(days=7)
LINK_LIFE = timedelta(hours=48)
AHEAD = timedelta(days=1)
"""By how much a time may lie ahead of the clock: one from further ahead was written while the clock was wrong,
and would otherwise keep a session or a link alive for years."""
_SEEN_EVERY = timedelta(minutes=5)
_OURS = "gch_"
"""What tokens begin with, so that one found in a file is known for what it is."""


class AccountRefused(GuichetError):
    """An account can't be made or changed like that."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody of the staff. `has_password` is False for who signs in through the institution alone."""

    id: int
    login: str
    name: str
    role: Role
    active: bool
    has_password: bool
    created_at: datetime
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Session:
    """A user who is signed in, and the secret their forms carry."""

    user: User
    csrf: str


@dataclass(frozen=True, slots=True)
class Token:
    """An API token: what it may do, for whom, until when."""

    id: int
    user: User
    name: str
    hint: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


class Accounts:
    """The accounts of a database. Every method raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- users -----------------------------------------------------------------------------

    def is_empty(self) -> bool:
        """No administrator can sign in: the first one is still to be made."""
        with self._database.read() as connection:
            able = sa.select(users.c.id).where(users.c.role == "administrateur", users.c.active)
            return connection.execute(able.limit(1)).first() is None

    def users(self) -> list[User]:
        """All users, by name."""
        with self._database.read() as connection:
            return [_user(row) for row in connection.execute(sa.select(users).order_by(users.c.name))]

    def user(self, user_id: int) -> User | None:
        """One user."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(users).where(users.c.id == user_id)).first()
        return _user(row) if row else None

    def by_login(self, login: str) -> tuple[User, str | None] | None:
        """A user and the hash of their password."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(users).where(users.c.login == _login(login))).first()
        return (_user(row), row.password_hash) if row else None

    def add_user(self, login: str, name: str, role: Role, password_hash: str | None = None) -> User:
        """A new user. Raises AccountRefused when the login is taken."""
        row = {
            "login": _login(login),
            "name": name.strip() or login.strip(),
            "role": role,
            "password_hash": password_hash,
            "active": True,
            "created_at": now(),
        }
        with self._database.begin() as connection:
            if connection.execute(sa.select(users.c.id).where(users.c.login == row["login"])).first():
                raise AccountRefused("Cet identifiant est déjà pris.")
            user_id = inserted_id(connection.execute(sa.insert(users).values(**row)))
        found = self.user(user_id)
        assert found is not None
        return found

    def change_user(self, user_id: int, *, role: Role | None = None, active: bool | None = None) -> None:
        """Change a role, or let somebody in or out. Raises AccountRefused rather than leave no administrator."""
        values: dict[str, Any] = {}
        if role is not None:
            values["role"] = role
        if active is not None:
            values["active"] = active
        with self._database.begin() as connection:
            connection.execute(sa.update(users).where(users.c.id == user_id).values(**values))
            able = sa.select(users.c.id).where(users.c.role == "administrateur", users.c.active)
            if connection.execute(able.limit(1)).first() is None:
                raise AccountRefused("Il doit rester au moins un administrateur actif.")
            if active is False:
                connection.execute(sa.delete(sessions).where(sessions.c.user_id == user_id))

    def set_password(self, user_id: int, password_hash: str) -> None:
        """Change a password; whoever was signed in with the old one no longer is."""
        with self._database.begin() as connection:
            connection.execute(sa.update(users).where(users.c.id == user_id).values(password_hash=password_hash))
            connection.execute(sa.delete(sessions).where(sessions.c.user_id == user_id))

    def by_subject(self, subject: str, login: str, name: str, role: Role | None) -> User | None:
        """Who the institution's sign-on says it is: known by subject, then by login; made when `role` is given."""
        with self._database.begin() as connection:
            row = connection.execute(sa.select(users).where(users.c.subject == subject)).first()
            if row is None:
                row = connection.execute(sa.select(users).where(users.c.login == _login(login))).first()
                if row is not None and row.subject not in (None, subject):
                    return None
                if row is None and role is None:
                    return None
            if row is None:
                made = {"login": _login(login), "name": name or login, "role": role, "active": True}
                user_id = inserted_id(
                    connection.execute(sa.insert(users).values(**made, subject=subject, created_at=now()))
                )
            else:
                user_id = row.id
                values = {"subject": subject, **({"role": role} if role else {})}
                connection.execute(sa.update(users).where(users.c.id == user_id).values(**values))
        return self.user(user_id)

    # --- sessions --------------------------------------------------------------------------

    def open_session(self, user_id: int) -> str:
        """Sign a user in; the secret for their cookie. Old sessions are cleared on the way."""
        secret = secrets.token_urlsafe(32)
        moment = now()
        with self._database.begin() as connection:
            stale = sa.or_(
                sessions.c.seen_at < moment - SESSION_IDLE,
                sessions.c.created_at < moment - SESSION_LIFE,
                sessions.c.seen_at > moment + AHEAD,
                sessions.c.created_at > moment + AHEAD,
            )
            connection.execute(sa.delete(sessions).where(stale))
            connection.execute(sa.update(users).where(users.c.id == user_id).values(seen_at=moment))
            connection.execute(
                sa.insert(sessions).values(
                    token_hash=hashed(secret),
                    user_id=user_id,
                    csrf=secrets.token_urlsafe(24),
                    created_at=moment,
                    seen_at=moment,
                )
            )
        return secret

    def session(self, secret: str) -> Session | None:
        """Who a cookie belongs to; None when it is unknown, too old, or its user may no longer come in."""
        moment = now()
        mine = sessions.c.token_hash == hashed(secret)
        columns = (*users.c, sessions.c.csrf, sessions.c.created_at.label("opened"), sessions.c.seen_at.label("last"))
        with self._database.read() as connection:
            query = sa.select(*columns).join_from(sessions, users).where(mine, users.c.active)
            row = connection.execute(query).first()
        if row is None:
            return None
        idle, age = moment - aware(row.last), moment - aware(row.opened)
        if not (-AHEAD <= idle <= SESSION_IDLE and -AHEAD <= age <= SESSION_LIFE):
            return None
        if moment - aware(row.last) > _SEEN_EVERY:
            with self._database.begin() as connection:
                connection.execute(sa.update(sessions).where(mine).values(seen_at=moment))
        return Session(_user(row), row.csrf)

    def close_session(self, secret: str) -> None:
        """Sign out."""
        with self._database.begin() as connection:
            connection.execute(sa.delete(sessions).where(sessions.c.token_hash == hashed(secret)))

    # --- links -----------------------------------------------------------------------------

    def make_link(self, user_id: int | None) -> str:
        """The secret of a link to choose a password with, once; older links for the same user die."""
        secret = secrets.token_urlsafe(32)
        moment = now()
        with self._database.begin() as connection:
            same = links.c.user_id == user_id if user_id is not None else links.c.user_id.is_(None)
            connection.execute(sa.delete(links).where(sa.or_(same, links.c.expires_at < moment)))
            row = {"token_hash": hashed(secret), "user_id": user_id, "created_at": moment}
            connection.execute(sa.insert(links).values(**row, expires_at=moment + LINK_LIFE))
        return secret

    def link(self, secret: str) -> tuple[int | None] | None:
        """Whose password a link may set: (user id,), (None,) for the first administrator, None when it is dead."""
        with self._database.read() as connection:
            moment = now()
            within = links.c.expires_at.between(moment, moment + LINK_LIFE + AHEAD)
            alive = (links.c.token_hash == hashed(secret), within)
            row = connection.execute(sa.select(links.c.user_id).where(*alive)).first()
        return (row.user_id,) if row else None

    def use_link(self, secret: str) -> bool:
        """Use a link up; False when somebody already has."""
        with self._database.begin() as connection:
            return connection.execute(sa.delete(links).where(links.c.token_hash == hashed(secret))).rowcount == 1

    # --- tokens ----------------------------------------------------------------------------

    def make_token(
        self, user_id: int, name: str, scopes: Sequence[Scope], expires_at: datetime | None = None
    ) -> tuple[int, str]:
        """A new token's number and its secret, which is never to be seen again."""
        secret = _OURS + secrets.token_urlsafe(32)
        row = {
            "user_id": user_id,
            "name": name,
            "token_hash": hashed(secret),
            "hint": f"{secret[:8]}…",
            "scopes": " ".join(scopes),
            "created_at": now(),
            "expires_at": expires_at,
        }
        with self._database.begin() as connection:
            return inserted_id(connection.execute(sa.insert(tokens).values(**row))), secret

    def tokens(self) -> list[Token]:
        """All tokens, newest first."""
        with self._database.read() as connection:
            return [_token(row) for row in connection.execute(_TOKENS.order_by(tokens.c.id.desc()))]

    def token(self, secret: str) -> Token | None:
        """What a token's secret opens; None when it is unknown, past its date, or its user may no longer come in."""
        with self._database.read() as connection:
            mine = (tokens.c.token_hash == hashed(secret), users.c.active)
            row = connection.execute(_TOKENS.where(*mine)).first()
        if row is None or ((expires := maybe_aware(row.expires_at)) and expires < now()):
            return None
        found = _token(row)
        if found.used_at is None or now() - found.used_at > _SEEN_EVERY:
            with self._database.begin() as connection:
                connection.execute(sa.update(tokens).where(tokens.c.id == found.id).values(used_at=now()))
        return found

    def revoke_token(self, token_id: int) -> str | None:
        """Delete a token; its name, None when there is none."""
        with self._database.begin() as connection:
            mine = tokens.c.id == token_id
            name = connection.execute(sa.select(tokens.c.name).where(mine)).scalar()
            connection.execute(sa.delete(tokens).where(mine))
        return cast(str | None, name)


_TOKENS: sa.Select[Any] = sa.select(
    *users.c,
    tokens.c.id.label("token_id"),
    tokens.c.name.label("token_name"),
    tokens.c.hint,
    tokens.c.scopes,
    tokens.c.created_at.label("made"),
    tokens.c.expires_at,
    tokens.c.used_at,
).join_from(tokens, users)


def hashed(secret: str) -> str:
    """SHA-256 of a secret. Ours hold 256 random bits: nothing slower is needed to keep them from being guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _login(login: str) -> str:
    return login.strip().casefold()


def _user(row: sa.Row[Any]) -> User:
    return User(
        id=row.id,
        login=row.login,
        name=row.name,
        role=row.role,
        active=bool(row.active),
        has_password=row.password_hash is not None,
        created_at=aware(row.created_at),
        seen_at=maybe_aware(row.seen_at),
    )


def _token(row: sa.Row[Any]) -> Token:
    return Token(
        id=row.token_id,
        user=_user(row),
        name=row.token_name,
        hint=row.hint,
        scopes=cast(tuple[Scope, ...], tuple(row.scopes.split())),
        created_at=aware(row.made),
        expires_at=maybe_aware(row.expires_at),
        used_at=maybe_aware(row.used_at),
    )
