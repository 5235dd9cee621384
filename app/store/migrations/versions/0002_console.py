"""What the console works with: questions (redacted), counts by day, accounts, drafts, publications, audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.store import search

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_VOTED = sa.text("vote <> ''")


def upgrade() -> None:
    """Number the answers and give them their question; create the rest."""
    op.rename_table("feedback", "old_feedback")
    op.rename_table("answers", "old_answers")
    op.drop_index("ix_answers_created_at", table_name="old_answers")
    if op.get_bind().dialect.name == "postgresql":
        for name in ("pk_answers", "answers_pkey"):
            op.execute(f"ALTER TABLE old_answers DROP CONSTRAINT IF EXISTS {name} CASCADE")
        for name in ("pk_feedback", "feedback_pkey", "uq_feedback_answer_id", "feedback_answer_id_key"):
            op.execute(f"ALTER TABLE old_feedback DROP CONSTRAINT IF EXISTS {name}")
    _answers()
    _copy()
    op.drop_table("old_feedback")
    op.drop_table("old_answers")
    for statement in search.CREATE[op.get_bind().dialect.name]:
        op.execute(sa.text(statement))
    _counts()
    _accounts()
    _work()


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _answers() -> None:
    op.create_table(
        "answers",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("answer_id", sa.String(64), nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        _time("created_at"),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("entry_id", sa.String(200), nullable=False),
        sa.Column("near_id", sa.String(200), nullable=False),
        sa.Column("entry_ids", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("band", sa.Integer, nullable=False),
        sa.Column("generator", sa.String(200), nullable=False),
        sa.Column("failure", sa.String(40), nullable=False),
        sa.Column("index_version", sa.String(40), nullable=False),
        sa.Column("total_ms", sa.Float, nullable=False),
        sa.Column("vote", sa.String(8), nullable=False),
        sa.Column("handled", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_answers"),
        sa.UniqueConstraint("answer_id", name="uq_answers_answer_id"),
    )
    op.create_index("ix_answers_created_at", "answers", ["created_at"])
    op.create_index("ix_answers_conversation_id", "answers", ["conversation_id"])
    op.create_index("ix_answers_outcome_id", "answers", ["outcome", "id"])
    op.create_index("ix_answers_entry_id_id", "answers", ["entry_id", "id"])
    op.create_index("ix_answers_vote_id", "answers", ["vote", "id"], sqlite_where=_VOTED, postgresql_where=_VOTED)
    op.create_index("ix_answers_handled_id", "answers", ["handled", "id"])
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("answer_id", sa.String(64), nullable=False),
        _time("created_at"),
        sa.Column("vote", sa.String(8), nullable=False),
        sa.Column("reason", sa.String(200)),
        sa.Column("comment", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
        sa.UniqueConstraint("answer_id", name="uq_feedback_answer_id"),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answers.answer_id"], name="fk_feedback_answer_id_answers", ondelete="CASCADE"
        ),
    )


def _copy() -> None:
    """Answers kept before have no question."""
    op.execute(
        sa.text(
            "INSERT INTO answers (answer_id, conversation_id, created_at, outcome, message, folded, entry_id, near_id, "
            "entry_ids, confidence, band, generator, failure, index_version, total_ms, vote, handled) "
            "SELECT a.answer_id, a.conversation_id, a.created_at, a.outcome, '', '', '', '', a.entry_ids, "
            "a.confidence, CASE WHEN a.confidence >= 1 THEN 9 ELSE CAST(a.confidence * 10 - 0.5 AS INTEGER) END, "
            "a.generator, '', a.index_version, a.total_ms, COALESCE(f.vote, ''), '' "
            "FROM old_answers a LEFT JOIN old_feedback f ON f.answer_id = a.answer_id ORDER BY a.created_at"
        )
    )
    op.execute(
        sa.text(
            "INSERT INTO feedback (answer_id, created_at, vote, reason, comment) "
            "SELECT answer_id, created_at, vote, reason, comment FROM old_feedback"
        )
    )


def _counts() -> None:
    op.create_table(
        "daily_outcomes",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("day", "outcome", name="pk_daily_outcomes"),
    )
    op.create_table(
        "daily_entries",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("entry_id", sa.String(200), nullable=False),
        sa.Column("answered", sa.Integer, nullable=False),
        sa.Column("up", sa.Integer, nullable=False),
        sa.Column("down", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("day", "entry_id", name="pk_daily_entries"),
    )
    op.create_table(
        "daily_latency",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("bucket", sa.Integer, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("day", "bucket", name="pk_daily_latency"),
    )


def _accounts() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("login", sa.String(200), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.String(300)),
        sa.Column("subject", sa.String(500)),
        sa.Column("active", sa.Boolean, nullable=False),
        _time("created_at"),
        _time("seen_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("login", name="uq_users_login"),
        sa.UniqueConstraint("subject", name="uq_users_subject"),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("csrf", sa.String(64), nullable=False),
        _time("created_at"),
        _time("seen_at"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sessions"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id_users", ondelete="CASCADE"),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_table(
        "links",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("user_id", sa.Integer),
        _time("created_at"),
        _time("expires_at"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_links"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_links_user_id_users", ondelete="CASCADE"),
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("hint", sa.String(16), nullable=False),
        sa.Column("scopes", sa.String(300), nullable=False),
        _time("created_at"),
        _time("expires_at", nullable=True),
        _time("used_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_tokens_token_hash"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_tokens_user_id_users", ondelete="CASCADE"),
    )


def _work() -> None:
    op.create_table(
        "audit",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        _time("at"),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(300), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_table(
        "drafts",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.Integer),
        sa.Column("author", sa.String(200), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("base", sa.LargeBinary, nullable=False),
        sa.Column("changes", sa.Text, nullable=False),
        sa.Column("effect", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        _time("created_at"),
        _time("updated_at"),
        sa.PrimaryKeyConstraint("id", name="pk_drafts"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_drafts_user_id_users", ondelete="SET NULL"),
    )
    op.create_index("ix_drafts_user_id", "drafts", ["user_id"])
    op.create_table(
        "publications",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        _time("at"),
        sa.Column("author", sa.String(200), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("before", sa.LargeBinary, nullable=False),
        sa.Column("after", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_publications"),
    )
    op.create_index("ix_publications_version", "publications", ["version"])


def downgrade() -> None:
    """Back to answers without a question; what only the console has is dropped."""
    for name in ("publications", "drafts", "audit", "tokens", "links", "sessions", "users"):
        op.drop_table(name)
    for name in ("daily_latency", "daily_entries", "daily_outcomes"):
        op.drop_table(name)
    for statement in search.DROP[op.get_bind().dialect.name]:
        op.execute(sa.text(statement))
    with op.batch_alter_table("answers") as batch:
        for name in ("outcome_id", "entry_id_id", "vote_id", "handled_id", "conversation_id"):
            batch.drop_index(f"ix_answers_{name}")
        for name in ("message", "folded", "entry_id", "near_id", "band", "failure", "vote", "handled"):
            batch.drop_column(name)
