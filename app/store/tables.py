"""What is kept: visits, counts by day, staff's accounts, drafts and publications, and who changed what.

What a visitor typed is redacted before it gets here. Counts by day hold nothing of a visitor's and outlive the
answers they count.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""A row number: SQLite numbers rows by itself for Integer alone."""


def _time(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


answers = Table(
    "answers",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("answer_id", String(64), nullable=False, unique=True),
    Column("conversation_id", String(64), nullable=False),
    _time("created_at"),
    Column("outcome", String(20), nullable=False),
    Column("message", Text, nullable=False),
    Column("folded", Text, nullable=False),
    Column("entry_id", String(200), nullable=False),
    Column("near_id", String(200), nullable=False),
    Column("entry_ids", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("band", Integer, nullable=False),
    Column("generator", String(200), nullable=False),
    Column("failure", String(40), nullable=False),
    Column("index_version", String(40), nullable=False),
    Column("total_ms", Float, nullable=False),
    Column("vote", String(8), nullable=False),
    Column("handled", String(16), nullable=False),
    Index("ix_answers_created_at", "created_at"),
    Index("ix_answers_conversation_id", "conversation_id"),
    Index("ix_answers_outcome_id", "outcome", "id"),
    Index("ix_answers_outcome_band_id", "outcome", "band", "id"),
    Index("ix_answers_entry_id_id", "entry_id", "id"),
    Index("ix_answers_vote_id", "vote", "id", sqlite_where=text("vote <> ''"), postgresql_where=text("vote <> ''")),
    Index("ix_answers_handled_id", "handled", "id"),
)
"""`message` is redacted, `folded` the same without case or accents, for the search; `entry_id` answered,
`near_id` came nearest when none did; `band` is the tenth that `confidence` lies in, 0 to 9; `handled` is
"todo" for what staff are to look at, then what they did about it. Rows are numbered in the order of `created_at`."""

feedback = Table(
    "feedback",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column(
        "answer_id",
        String(64),
        ForeignKey("answers.answer_id", ondelete="CASCADE"),
        nullable=False,
        unique=True,
    ),
    _time("created_at"),
    Column("vote", String(8), nullable=False),
    Column("reason", String(200)),
    Column("comment", Text),
)

daily_outcomes = Table(
    "daily_outcomes",
    metadata,
    Column("day", Date, primary_key=True),
    Column("outcome", String(20), primary_key=True),
    Column("n", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
)

daily_entries = Table(
    "daily_entries",
    metadata,
    Column("day", Date, primary_key=True),
    Column("entry_id", String(200), primary_key=True),
    Column("answered", Integer, nullable=False),
    Column("up", Integer, nullable=False),
    Column("down", Integer, nullable=False),
)
"""Votes on answers without an entry are counted under the entry ""."""

daily_latency = Table(
    "daily_latency",
    metadata,
    Column("day", Date, primary_key=True),
    Column("bucket", Integer, primary_key=True),
    Column("n", Integer, nullable=False),
)
"""Answers by the logarithm of their duration (app/store/counts.py)."""

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("login", String(200), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("role", String(16), nullable=False),
    Column("password_hash", String(300)),
    Column("subject", String(500), unique=True),
    Column("active", Boolean, nullable=False),
    _time("created_at"),
    _time("seen_at", nullable=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", Integer, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    _time("created_at"),
    _time("seen_at"),
)

links = Table(
    "links",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", Integer, ForeignKey("users.id", ondelete="CASCADE")),
    _time("created_at"),
    _time("expires_at"),
)
"""One-time links to choose a password; without a user it creates the first administrator."""

tokens = Table(
    "tokens",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("user_id", Integer, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("hint", String(16), nullable=False),
    Column("scopes", String(300), nullable=False),
    _time("created_at"),
    _time("expires_at", nullable=True),
    _time("used_at", nullable=True),
)

audit = Table(
    "audit",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    _time("at"),
    Column("actor", String(200), nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("detail", Text, nullable=False),
)

drafts = Table(
    "drafts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("user_id", Integer, ForeignKey("users.id", ondelete="SET NULL"), index=True),
    Column("author", String(200), nullable=False),
    Column("state", String(16), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("base", LargeBinary, nullable=False),
    Column("changes", Text, nullable=False),
    Column("effect", Text, nullable=False),
    Column("note", Text, nullable=False),
    _time("created_at"),
    _time("updated_at"),
)
"""`base` holds the sources that the draft began from, `changes` what it does to them, `effect` what
the last preview showed, for which revision."""

publications = Table(
    "publications",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _time("at"),
    Column("author", String(200), nullable=False),
    Column("note", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", String(40), nullable=False, index=True),
    Column("before", LargeBinary, nullable=False),
    Column("after", LargeBinary, nullable=False),
)
"""`before` and `after` hold the sources; a row in state "pending" was interrupted."""
