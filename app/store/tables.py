"""What is kept of a visit: which entry answered, and the vote. No word the visitor asked with."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

answers = Table(
    "answers",
    metadata,
    Column("answer_id", String(64), primary_key=True),
    Column("conversation_id", String(64), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("entry_ids", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("generator", String(200), nullable=False),
    Column("index_version", String(40), nullable=False),
    Column("total_ms", Float, nullable=False),
    Index("ix_answers_created_at", "created_at"),
)

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
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("vote", String(8), nullable=False),
    Column("reason", String(200)),
    Column("comment", Text),
)
