"""What replicas share from moment to moment in PostgreSQL: token buckets, the model's circuit, conversations.

All of it is about the last minutes. The tables are UNLOGGED: they cost little, are in no backup, and are empty after a
crash of the database, which costs nobody anything. Addresses never get here: a bucket's key is a keyed hash. What was
said in a conversation is sealed (AES-256-GCM) under the conversation's own id, whose signed half only the visitor's
page has (web/signing.py): who reads the database can't read it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.store.database import Database

_NONCE = 12
_SCHEMA = """
CREATE SCHEMA IF NOT EXISTS guichet_shared;
CREATE UNLOGGED TABLE IF NOT EXISTS guichet_shared.buckets (
    key bytea PRIMARY KEY, tokens double precision NOT NULL, passed boolean NOT NULL, at timestamptz NOT NULL);
CREATE INDEX IF NOT EXISTS buckets_at ON guichet_shared.buckets (at);
CREATE UNLOGGED TABLE IF NOT EXISTS guichet_shared.circuits (name text PRIMARY KEY, rests_until timestamptz);
CREATE UNLOGGED TABLE IF NOT EXISTS guichet_shared.said (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, conversation bytea NOT NULL, at timestamptz NOT NULL,
    sealed bytea NOT NULL);
CREATE INDEX IF NOT EXISTS said_conversation ON guichet_shared.said (conversation, number);
"""
_REFILLED = "LEAST(:capacity, b.tokens + EXTRACT(EPOCH FROM clock_timestamp() - b.at) * :per_second)"


class SharedState:
    """The shared moments of a PostgreSQL database. Every method raises StoreUnavailable."""

    def __init__(self, database: Database, secret: str | None = None, site: str = "") -> None:
        """`secret` is the one that all replicas have; it keys the hashes of addresses. Each site counts for itself."""
        self._database = database
        self._site = site
        self._key = hashlib.sha256((secret or "").encode()).digest()
        self._known = False
        self._making = Lock()

    def settle(self, bucket: str, per_minute: float, taken: Mapping[str, float]) -> dict[str, float]:
        """Take what clients used up on this machine from their buckets; what all machines together left of them.

        A bucket may owe as much as it holds: who asked several machines at once waits a minute longer, not for ever.
        """
        hashed = {self._hash(bucket, client): client for client in taken}
        keys = sorted(hashed)  # in one order, so that two machines never wait for each other
        query = sa.text(
            "INSERT INTO guichet_shared.buckets AS b (key, tokens, passed, at)"  # noqa: S608
            " SELECT key, GREATEST(:capacity - taken, -:capacity), true, clock_timestamp()"
            " FROM unnest(CAST(:keys AS bytea[]), CAST(:taken AS double precision[])) AS used (key, taken)"
            " ON CONFLICT (key) DO UPDATE SET at = excluded.at, passed = true,"
            f" tokens = GREATEST({_REFILLED} - (:capacity - excluded.tokens), -:capacity)"
            " RETURNING key, tokens"
        )
        values = {
            "capacity": per_minute,
            "per_second": per_minute / 60,
            "keys": keys,
            "taken": [taken[hashed[key]] for key in keys],
        }
        with self._begin() as connection:
            return {hashed[bytes(row.key)]: row.tokens for row in connection.execute(query, values)}

    def take(self, bucket: str, per_minute: float, client: str) -> float:
        """Take one token, now, on all machines: 0 when there was one, else the seconds until there will be."""
        query = sa.text(
            "INSERT INTO guichet_shared.buckets AS b (key, tokens, passed, at)"  # noqa: S608
            " VALUES (:key, :capacity - 1, true, clock_timestamp())"
            " ON CONFLICT (key) DO UPDATE SET at = excluded.at,"
            f" passed = {_REFILLED} >= 1,"
            f" tokens = {_REFILLED} - CASE WHEN {_REFILLED} >= 1 THEN 1 ELSE 0 END"
            " RETURNING passed, tokens"
        )
        per_second = per_minute / 60
        values = {"key": self._hash(bucket, client), "capacity": per_minute, "per_second": per_second}
        with self._begin() as connection:
            row = connection.execute(query, values).one()
        return 0.0 if row.passed else (1 - row.tokens) / per_second

    def rest(self, circuit: str, seconds: float | None) -> None:
        """Tell the others that a server is left alone for so many seconds, or, with None, that it is back."""
        query = sa.text(
            "INSERT INTO guichet_shared.circuits (name, rests_until)"
            " VALUES (:name, clock_timestamp() + make_interval(secs => :seconds))"
            " ON CONFLICT (name) DO UPDATE SET rests_until = excluded.rests_until"
        )
        with self._begin() as connection:
            connection.execute(query, {"name": f"{self._site} {circuit}", "seconds": seconds})

    def resting(self, circuit: str) -> float | None:
        """Seconds for which the others leave a server alone (below 0 when the rest is over); None when it is there."""
        query = sa.text(
            "SELECT EXTRACT(EPOCH FROM rests_until - clock_timestamp())::double precision"
            " FROM guichet_shared.circuits WHERE name = :name"
        )
        with self._begin() as connection:
            found: float | None = connection.execute(query, {"name": f"{self._site} {circuit}"}).scalar()
        return found

    def remember(self, said: Sequence[tuple[str, str]]) -> None:
        """Add messages to conversations, as (full id, message)."""
        query = sa.text(
            "INSERT INTO guichet_shared.said (conversation, at, sealed)"
            " VALUES (:conversation, clock_timestamp(), :sealed)"
        )
        rows = [{"conversation": _row(name), "sealed": _seal(name, message)} for name, message in said]
        with self._begin() as connection:
            connection.execute(query, rows)

    def recall(self, conversation_id: str, most: int, idle_s: float) -> tuple[str, ...]:
        """The last messages of a conversation, oldest first; none after a silence of `idle_s`."""
        query = sa.text(
            "SELECT sealed, at > clock_timestamp() - make_interval(secs => :idle) AS fresh FROM guichet_shared.said"
            " WHERE conversation = :conversation ORDER BY number DESC LIMIT :most"
        )
        values = {"conversation": _row(conversation_id), "most": most, "idle": idle_s}
        with self._begin() as connection:
            rows = connection.execute(query, values).all()
        if not rows or not rows[0].fresh:
            return ()
        opened = (_open(conversation_id, bytes(row.sealed)) for row in reversed(rows))
        return tuple(message for message in opened if message is not None)

    def forget(self, conversation_id: str) -> None:
        """Forget a conversation; its id may lack the signature."""
        with self._begin() as connection:
            query = sa.text("DELETE FROM guichet_shared.said WHERE conversation = :conversation")
            connection.execute(query, {"conversation": _row(conversation_id)})

    def tidy(self, idle_s: float) -> None:
        """Delete conversations after a silence of `idle_s`, and buckets that are full again."""
        silent = sa.text(
            "DELETE FROM guichet_shared.said WHERE conversation IN (SELECT conversation FROM guichet_shared.said"
            " GROUP BY conversation HAVING max(at) < clock_timestamp() - make_interval(secs => :idle))"
        )
        full = sa.text("DELETE FROM guichet_shared.buckets WHERE at < clock_timestamp() - interval '3 minutes'")
        with self._begin() as connection:
            connection.execute(silent, {"idle": idle_s})
            connection.execute(full)

    def _hash(self, bucket: str, client: str) -> bytes:
        return hashlib.blake2b(f"{self._site} {bucket} {client}".encode(), key=self._key, digest_size=16).digest()

    @contextmanager
    def _begin(self) -> Iterator[sa.Connection]:
        if not self._known:
            with self._making, self._database.begin() as connection:
                lock = "SELECT pg_advisory_xact_lock(hashtextextended('guichet shared schema', 0))"
                connection.execute(sa.text(lock))
                connection.exec_driver_sql(_SCHEMA)
            self._known = True
        with self._database.begin() as connection:
            yield connection


def _row(conversation_id: str) -> bytes:
    """Where a conversation is kept: by the half of its id that the other tables know too."""
    name = conversation_id.partition(".")[0]
    return hashlib.blake2b(f"conversation {name}".encode(), digest_size=16).digest()


def _cipher(conversation_id: str) -> AESGCM:
    return AESGCM(hashlib.sha256(f"guichet conversation {conversation_id}".encode()).digest())


def _seal(conversation_id: str, message: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + _cipher(conversation_id).encrypt(nonce, message.encode(), None)


def _open(conversation_id: str, sealed: bytes) -> str | None:
    try:
        return _cipher(conversation_id).decrypt(sealed[:_NONCE], sealed[_NONCE:], None).decode()
    except InvalidTag:
        return None
