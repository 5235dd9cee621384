"""Sites in one PostgreSQL database: a schema each, in which nothing of another is seen."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.store.accounts import Accounts
from app.store.database import Database
from tests.postgres import fresh_database

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_each_schema_has_its_own_tables_and_accounts(postgres_url: str) -> None:
    url = fresh_database(postgres_url)
    joint = "&" if "?" in url else "?"
    found = [Database(url), *(Database(f"{url}{joint}schema=guichet_{name}") for name in ("mairie", "ecole_2"))]
    for database in found:
        database.open()
    for number, database in enumerate(found):
        assert Accounts(database).is_empty()
        Accounts(database).add_user(f"compte-{number}", "", "lecteur")
    assert [[user.login for user in Accounts(one).users()] for one in found] == [
        ["compte-0"],
        ["compte-1"],
        ["compte-2"],
    ]
    with found[1].read() as connection:
        assert connection.scalar(sa.text("SELECT current_schema()")) == "guichet_mairie"
        assert not connection.scalar(sa.text("SELECT to_regclass('users') = to_regclass('public.users')"))
    for database in found:
        database.close()
