"""What was asked, as staff read it: on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from app.core.ports import AnswerRecord, Feedback
from app.store.counts import EntryCount, read_period
from app.store.database import Database
from app.store.inbox import Filters, Inbox
from app.store.repository import SqlStore, purge
from app.store.tables import answers, metadata


def record(answer_id: str, message: str, **given: object) -> AnswerRecord:
    values: dict[str, object] = {
        "conversation_id": "c1.signature",
        "outcome": "abstained",
        "entry_ids": (),
        "confidence": 0.12,
        "generator": "verbatim",
        "index_version": "v1",
        "total_ms": 12.0,
    }
    return AnswerRecord(answer_id=answer_id, message=message, **{**values, **given})  # type: ignore[arg-type]


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    store = SqlStore(url)
    store.record_answer(record("a1", "Où garer mon vélo ?"))
    store.record_answer(
        record("a2", "Comment payer l'Inscription ?", outcome="answered", entry_ids=("paiement",), confidence=0.97)
    )
    store.record_answer(
        record("a3", "un parking à vélos", conversation_id="c2", outcome="clarification", confidence=0.6)
    )
    store.record_answer(record("a4", "bonjour", outcome="smalltalk", confidence=0.0, conversation_id="c3"))
    store.flush()
    yield store
    store.close()


@pytest.fixture
def inbox(store: SqlStore) -> Inbox:
    return Inbox(store.database)


def asked(inbox: Inbox, **filters: object) -> list[str]:
    return [row.answer_id for row in inbox.page(Filters(**filters)).rows]  # type: ignore[arg-type]


def test_newest_first_and_page_by_page(inbox: Inbox) -> None:
    first = inbox.page(Filters(), size=3)
    assert [row.answer_id for row in first.rows] == ["a4", "a3", "a2"]
    assert first.total == 4
    second = inbox.page(Filters(), before=first.older, size=3)
    assert [row.answer_id for row in second.rows] == ["a1"]
    assert second.older is None


def test_every_filter_alone_and_together(inbox: Inbox, store: SqlStore) -> None:
    store.add_feedback(Feedback("a2", "down", None, None))
    today = datetime.now(UTC).date()
    assert asked(inbox, outcome="abstained") == ["a1"]
    assert asked(inbox, vote="down") == ["a2"]
    assert asked(inbox, entry="paiement") == ["a2"]
    assert asked(inbox, low=5, high=7) == ["a3"]
    assert asked(inbox, low=7, high=5) == asked(inbox, low=7, high=5, outcome="clarification") == []
    assert asked(inbox, todo=True) == ["a3", "a1"]
    assert asked(inbox, first=today, last=today) == ["a4", "a3", "a2", "a1"]
    assert asked(inbox, first=today + timedelta(days=1)) == []
    assert asked(inbox, last=today - timedelta(days=1)) == []
    assert asked(inbox, words="velo", todo=True, outcome="clarification", low=6) == ["a3"]


def test_an_outcome_with_some_confidences_pages_like_any_other(inbox: Inbox) -> None:
    for filters in (Filters(outcome="answered", low=1), Filters(outcome="clarification", low=5, high=7, todo=True)):
        every = inbox.page(Filters(outcome=filters.outcome)).rows
        wanted = [row.id for row in every if filters.low <= int(row.confidence * 10) <= filters.high]
        assert wanted
        found: list[int] = []
        before = None
        while True:
            page = inbox.page(filters, before, size=1)
            assert page.total == len(wanted)
            found += [row.id for row in page.rows]
            if (before := page.older) is None:
                break
        assert found == wanted
        assert [row.id for row in inbox.rows(filters)] == wanted


def test_words_are_found_without_case_or_accents_by_their_beginning(inbox: Inbox) -> None:
    assert asked(inbox, words="VELO") == ["a3", "a1"]
    assert asked(inbox, words="inscr payer") == ["a2"]
    assert asked(inbox, words="vélo payer") == []
    assert asked(inbox, words='"; drop table answers; --') == []
    assert len(asked(inbox, words="&|!():*'")) == 4  # no word at all: no filter


def test_votes_are_counted_and_a_changed_one_is_not_counted_twice(store: SqlStore) -> None:
    store.add_feedback(Feedback("a2", "down", None, None))
    store.add_feedback(Feedback("a2", "up", None, "merci"))
    today = datetime.now(UTC).date()
    period = read_period(store.database, today, today)
    assert period.entries["paiement"] == EntryCount(answered=1, up=1, down=0)
    assert period.outcomes == {"abstained": 1, "answered": 1, "clarification": 1, "smalltalk": 1}
    assert period.percentile(0.5) == pytest.approx(12.0, rel=0.1)


def test_a_conversation_can_be_erased_by_either_form_of_its_id(inbox: Inbox, store: SqlStore) -> None:
    store.add_feedback(Feedback("a1", "down", None, "une remarque"))
    assert inbox.erase_conversation("c1.signature") == 2
    assert asked(inbox) == ["a4", "a3"]
    assert asked(inbox, words="payer") == []
    with store.database.read() as connection:
        assert connection.execute(sa.text("select count(*) from feedback")).scalar() == 0


def test_a_purge_deletes_what_is_old_and_leaves_the_counts(inbox: Inbox, store: SqlStore) -> None:
    old = datetime.now(UTC) - timedelta(days=91)
    with store.database.begin() as connection:
        connection.execute(sa.update(answers).where(answers.c.answer_id == "a1").values(created_at=old))
    assert purge(store.database, 90) == 1
    assert asked(inbox, words="velo") == ["a3"]
    today = datetime.now(UTC).date()
    assert read_period(store.database, today, today).outcomes["abstained"] == 1


def test_what_was_dealt_with_is_no_longer_to_do(inbox: Inbox) -> None:
    row = inbox.page(Filters(outcome="abstained")).rows[0]
    assert inbox.mark([row.id], "seen") == 1
    assert asked(inbox, todo=True) == ["a3"]
    assert inbox.mark_alike("un parking à vélos", "variant") == 1
    assert asked(inbox, todo=True) == []


def test_an_export_reads_everything_in_pieces(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.inbox.EXPORTED", 2)
    assert [row.answer_id for row in inbox.rows(Filters())] == ["a4", "a3", "a2", "a1"]


def test_the_migrations_and_the_tables_agree(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from app.store.search import OWN_NAMES

    def ours(thing: object, name: str | None, *_: object) -> bool:
        return not (name or "").startswith(OWN_NAMES)

    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        assert compare_metadata(context, metadata) == []


def test_answers_kept_before_the_console_stay(url: str) -> None:
    from alembic import command
    from alembic.config import Config

    from app.store import migrations
    from app.store.database import make_engine, migrate

    engine = make_engine(url)
    config = Config()
    config.set_main_option("script_location", next(iter(migrations.__path__)))
    if engine.dialect.name == "sqlite":
        from pathlib import Path

        Path(str(engine.url.database)).parent.mkdir(parents=True, exist_ok=True)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        row = "('a1', 'c1', '2026-01-02 03:04:05+00:00', 'answered', 'e1 e2', 0.87, 'verbatim', 'v', 12.0)"
        connection.execute(sa.text(f"insert into answers values {row}"))
        connection.execute(
            sa.text(
                "insert into feedback (answer_id, created_at, vote) values ('a1', '2026-01-02 03:05:00+00:00', 'up')"
            )
        )
    migrate(engine)
    engine.dispose()
    database = Database(url)
    database.open()
    found = Inbox(database).page(Filters()).rows
    assert [(row.answer_id, row.vote, row.entry_ids, row.message) for row in found] == [("a1", "up", ("e1", "e2"), "")]
    assert asked(Inbox(database), low=8, high=8) == ["a1"]
    assert found[0].at.date() == date(2026, 1, 2)
    database.close()
