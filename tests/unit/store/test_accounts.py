"""Accounts, sessions, links, tokens and drafts: on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from app.store.accounts import AccountRefused, Accounts
from app.store.audit import Audit
from app.store.database import Database
from app.store.drafts import DraftChanged, Drafts
from app.store.tables import links, sessions, tokens, users


@pytest.fixture
def accounts(database: Database) -> Accounts:
    return Accounts(database)


def test_no_secret_is_kept(accounts: Accounts, database: Database) -> None:
    user = accounts.add_user("Claire@Exemple.fr", "Claire", "administrateur", "un hachage")
    secrets = [
        accounts.open_session(user.id),
        accounts.make_link(user.id),
        accounts.make_token(user.id, "x", ["faq"])[1],
    ]
    with database.read() as connection:
        kept = [str(row) for table in (users, sessions, links, tokens) for row in connection.execute(sa.select(table))]
    assert not any(secret in row for secret in secrets for row in kept)


def test_a_login_is_the_same_whatever_its_case(accounts: Accounts) -> None:
    accounts.add_user("Claire@Exemple.fr", "Claire", "lecteur")
    assert accounts.by_login(" CLAIRE@exemple.FR ") is not None
    with pytest.raises(AccountRefused):
        accounts.add_user("claire@exemple.fr", "Une autre", "lecteur")


def test_the_last_administrator_stays(accounts: Accounts) -> None:
    first = accounts.add_user("a", "A", "administrateur")
    with pytest.raises(AccountRefused):
        accounts.change_user(first.id, role="lecteur")
    with pytest.raises(AccountRefused):
        accounts.change_user(first.id, active=False)
    accounts.add_user("b", "B", "administrateur")
    accounts.change_user(first.id, active=False)
    assert not accounts.is_empty()


def test_a_session_ends_with_the_account_the_password_and_time(accounts: Accounts, database: Database) -> None:
    accounts.add_user("a", "A", "administrateur")
    user = accounts.add_user("b", "B", "editeur")
    secret = accounts.open_session(user.id)
    assert accounts.session(secret) is not None
    assert accounts.session(secret + "x") is None
    accounts.change_user(user.id, active=False)
    assert accounts.session(secret) is None
    accounts.change_user(user.id, active=True)
    secret = accounts.open_session(user.id)
    accounts.set_password(user.id, "autre")
    assert accounts.session(secret) is None
    secret = accounts.open_session(user.id)
    with database.begin() as connection:
        connection.execute(sa.update(sessions).values(seen_at=datetime.now(UTC) - timedelta(hours=13)))
    assert accounts.session(secret) is None


def test_a_link_serves_once(accounts: Accounts) -> None:
    secret = accounts.make_link(None)
    assert accounts.link(secret) == (None,)
    assert accounts.use_link(secret)
    assert not accounts.use_link(secret)
    assert accounts.link(secret) is None


def test_a_token_ends_at_its_date_and_with_its_account(accounts: Accounts) -> None:
    accounts.add_user("a", "A", "administrateur")
    user = accounts.add_user("b", "B", "editeur")
    _, secret = accounts.make_token(user.id, "nuit", ["questions", "faq"])
    found = accounts.token(secret)
    assert found is not None
    assert found.scopes == ("questions", "faq")
    _, old = accounts.make_token(user.id, "vieux", ["faq"], datetime.now(UTC) - timedelta(seconds=1))
    assert accounts.token(old) is None
    accounts.change_user(user.id, active=False)
    assert accounts.token(secret) is None


def test_two_windows_cannot_overwrite_each_other(database: Database) -> None:
    drafts = Drafts(database)
    user = Accounts(database).add_user("a", "A", "editeur")
    draft = drafts.begin(user.id, "A", {"faq.md": "é" * 1000})
    changed = drafts.change(draft, [{"kind": "variant"}])
    assert changed.revision == 1
    assert changed.base == {"faq.md": "é" * 1000}
    with pytest.raises(DraftChanged):
        drafts.change(draft, [])
    drafts.set_effect(draft, {"n": 1})
    assert drafts.of(user.id) == changed  # the effect was of an older revision
    drafts.close(changed, "published")
    assert drafts.of(user.id) is None


def test_the_log_only_grows(database: Database) -> None:
    audit = Audit(database)
    for n in range(3):
        audit.note("Claire", "publish", str(n))
    assert [event.subject for event in audit.page()] == ["2", "1", "0"]
    assert [event.subject for event in audit.page(before=audit.page()[0].id)] == ["1", "0"]
