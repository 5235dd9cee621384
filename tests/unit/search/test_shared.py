"""Index versions in a real PostgreSQL with pgvector: published whole, by one at a time, seen at once by all."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from app.core.errors import IndexCorrupt, IngestBusy, StoreUnavailable
from app.core.types import Entry, FaqMeta
from app.search import publishing, versions
from app.search.database_dense import searched_there
from app.search.follower import Follower, sharing
from app.search.index import open_index
from app.search.shared import Publisher, SharedIndex, hnsw_name
from ingest.build import Built, build_index
from tests import postgres
from tests.fakes import FakeEncoder

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    with postgres.running(pgvector=True) as url:
        yield url


@pytest.fixture
def url(server_url: str) -> str:
    return postgres.fresh_database(server_url)


@pytest.fixture
def shared(url: str) -> Iterator[SharedIndex]:
    shared = SharedIndex(url)
    yield shared
    shared.close()


Publish = Callable[..., Built]


@pytest.fixture
def publish(shared: SharedIndex, meta: FaqMeta, entries: tuple[Entry, ...], decision: bytes) -> Publish:
    def publish(folder: Path, answer: str = "", *, keep: int = 5, by: SharedIndex = shared) -> Built:
        changed = (*entries[:-1], replace(entries[-1], answer_md=answer)) if answer else entries
        with sharing(by, folder, keep) as share:
            return build_index(
                meta, changed, index_dir=folder, decision=decision, encoder=FakeEncoder(), keep=keep, share=share
            )

    return publish


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_another_machine_has_the_same_version_bit_for_bit(
    tmp_path: Path, shared: SharedIndex, publish: Publish
) -> None:
    built = publish(tmp_path / "one")
    assert shared.pull(tmp_path / "other")
    assert not shared.pull(tmp_path / "other")
    one, other = (open_index(tmp_path / name / built.version) for name in ("one", "other"))
    assert versions.current_version(tmp_path / "other") == built.version
    assert other.entries == one.entries
    assert np.array_equal(other.dense.vectors(), one.dense.vectors())
    assert other.manifest == one.manifest


def test_a_graph_travels_whole_and_is_searched_from_the_copy(
    tmp_path: Path, shared: SharedIndex, meta: FaqMeta, decision: bytes
) -> None:
    many = tuple(
        Entry(f"e{n}", f"Où est la salle {n} ?", f"Au bâtiment {n * 7} du site {n % 5}.", "S") for n in range(200)
    )
    encoder = FakeEncoder(dimension=256)  # few enough components for the graph to be as good as the whole
    with sharing(shared, tmp_path / "one", 5) as share:
        built = build_index(
            meta, many, index_dir=tmp_path / "one", decision=decision, encoder=encoder, share=share, dense="hnsw"
        )
    shared.pull(tmp_path / "other")
    one, other = (open_index(tmp_path / name / built.version) for name in ("one", "other"))
    assert one.dense.approximate
    assert other.dense.approximate
    assert other.manifest == one.manifest
    over, connections = searched_there(shared, 1)
    wait_for(lambda: connections.free == 1)
    there = over(other)
    vector = encoder.encode_queries(["Où est la salle 42 ?"])
    best = there.dense.nearest(vector, 5)
    assert connections.asked == 0
    assert one.passages[int(best[0])].entry_id == "e42"
    np.testing.assert_array_equal(there.dense.cosines(vector, best), one.dense.cosines(vector, best))
    connections.close()


def test_two_publishers_at_once_are_one_after_the_other_or_refused(
    tmp_path: Path, url: str, shared: SharedIndex, publish: Publish
) -> None:
    publish(tmp_path / "base")
    outcomes: list[str] = []
    together = threading.Barrier(2)

    def machine(number: int) -> None:
        mine = SharedIndex(url)
        for turn in range(8):
            together.wait()
            try:
                outcomes.append(publish(tmp_path / str(number), f"Salle {number}, tour {turn}.", by=mine).version)
            except IngestBusy:
                outcomes.append("busy")
        mine.close()

    machines = [threading.Thread(target=machine, args=(number,)) for number in range(2)]
    for thread in machines:
        thread.start()
    for thread in machines:
        thread.join()
    published = [outcome for outcome in outcomes if outcome != "busy"]
    assert len(outcomes) == 16
    assert len(published) >= 8
    assert len(set(published)) == len(published)
    assert shared.live().version == max(published)
    assert shared.versions() == sorted(shared.versions())[-5:]
    shared.pull(tmp_path / "reader")
    open_index(tmp_path / "reader" / max(published))


def test_who_holds_the_lock_keeps_others_out_and_lets_go_when_killed(
    tmp_path: Path, shared: SharedIndex, url: str, publish: Publish
) -> None:
    other = SharedIndex(url)
    with shared.publisher(), pytest.raises(IngestBusy), other.publisher():
        pass
    with pytest.raises(StoreUnavailable):
        _publish_without_a_lock(shared, other, tmp_path / "killed", publish)
    assert other.live() is None
    assert versions.list_versions(tmp_path / "killed") == []
    publish(tmp_path / "next", by=other)
    other.close()


def _publish_without_a_lock(shared: SharedIndex, other: SharedIndex, folder: Path, publish: Publish) -> None:
    """The session that holds the lock ends while the index is built."""

    def interrupted(self: Publisher, *arguments: object) -> None:
        with other.engine.begin() as connection:
            holders = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            connection.execute(sa.text(holders))
        push(self, *arguments)

    push = Publisher.push
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Publisher, "push", interrupted)
        publish(folder, by=shared)


def test_a_publish_that_fails_halfway_leaves_nothing(
    tmp_path: Path, shared: SharedIndex, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish(tmp_path / "one")

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("halfway")

    monkeypatch.setattr("app.search.shared.Publisher._make_live", fails)
    with pytest.raises(RuntimeError, match="halfway"):
        publish(tmp_path / "one", "Autre salle.")
    monkeypatch.undo()
    assert shared.versions() == [first.version]
    assert versions.current_version(tmp_path / "one") == first.version
    assert publish(tmp_path / "one", "Autre salle.").published


def test_going_back_reaches_every_machine_and_holds(tmp_path: Path, shared: SharedIndex, publish: Publish) -> None:
    first, second = publish(tmp_path / "one"), publish(tmp_path / "one", "Autre salle.")
    shared.pull(tmp_path / "other")
    with sharing(shared, tmp_path / "new", 5):
        shared.fetch_all(tmp_path / "new")
        publishing.rollback(tmp_path / "new")
    assert shared.live().version == first.version
    shared.pull(tmp_path / "other")
    assert versions.current_version(tmp_path / "other") == first.version
    assert publishing.is_pinned(tmp_path / "other")
    assert second.version in versions.list_versions(tmp_path / "other")
    publish(tmp_path / "one")  # exactly what is live again: somebody has ingested, so it is held no longer
    assert not shared.live().pinned


def test_only_so_many_versions_stay_and_their_search_index_goes_with_them(
    tmp_path: Path, shared: SharedIndex, publish: Publish
) -> None:
    built = [publish(tmp_path / "one", f"Salle {n}.", keep=2).version for n in range(4)]
    assert shared.versions() == built[-2:]
    with shared.engine.connect() as connection:
        names = connection.execute(sa.text("SELECT indexname FROM pg_indexes WHERE indexdef LIKE '%hnsw%'")).scalars()
        assert set(names) == {hnsw_name("principal", version) for version in built[-2:]}
    shared.pull(tmp_path / "other")
    assert versions.list_versions(tmp_path / "other") == built[-1:]


def test_two_indexes_in_one_database_do_not_meet(tmp_path: Path, url: str, publish: Publish) -> None:
    other = SharedIndex(url, "musee")
    publish(tmp_path / "one")
    assert other.live() is None
    with other.publisher():
        publish(tmp_path / "one", "Autre salle.")
    other.close()


def test_vectors_that_changed_in_the_database_are_refused(
    tmp_path: Path, shared: SharedIndex, publish: Publish
) -> None:
    publish(tmp_path / "one")
    with shared.engine.begin() as connection:
        connection.execute(sa.text("UPDATE guichet_index.vectors SET embedding = embedding * embedding WHERE id = 3"))
    with pytest.raises(IndexCorrupt):
        shared.pull(tmp_path / "other")
    assert versions.list_versions(tmp_path / "other") == []
    follower = Follower(shared, tmp_path / "other", 60.0, lambda: None)
    follower.catch_up()
    assert isinstance(follower.problem, IndexCorrupt)
    publish(tmp_path / "one", "Autre salle.")
    follower.catch_up()
    assert isinstance(follower.problem, IndexCorrupt)  # not fetched again and again


def test_a_replica_is_told_at_once_and_goes_on_when_the_database_is_away(
    tmp_path: Path, meta: FaqMeta, entries: tuple[Entry, ...], decision: bytes
) -> None:
    with postgres.started(pgvector=True) as (server_url, server):
        shared = SharedIndex(postgres.fresh_database(server_url))
        told: list[str] = []
        folder = tmp_path / "replica"
        # A minute between two looks: within the test only a notification can have told it.
        follower = Follower(
            SharedIndex(shared.engine.url.render_as_string(hide_password=False)),
            folder,
            60.0,
            lambda: told.append(versions.current_version(folder)),
        )
        follower.start()
        for number in range(2):
            with _listening(shared), sharing(shared, tmp_path / "one", 5) as share:
                changed = (*entries[:-1], replace(entries[-1], answer_md=f"Salle {number}."))
                built = build_index(
                    meta, changed, index_dir=tmp_path / "one", decision=decision, encoder=FakeEncoder(), share=share
                )
            wait_for(lambda: built.version in told)  # noqa: B023
        server.send_signal(signal.SIGINT)
        server.wait(timeout=30)
        follower.catch_up()
        assert isinstance(follower.problem, StoreUnavailable)
        assert open_index(folder / versions.current_version(folder)).version == told[-1]
        shared.close()
        follower.close()


@contextmanager
def _listening(shared: SharedIndex) -> Iterator[None]:
    """Wait until somebody listens before anything is published."""
    with shared.engine.connect() as connection:
        query = sa.text("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND state = 'idle'")
        wait_for(lambda: connection.execute(query).scalar() > 0 or bool(connection.rollback()))
    yield


def test_searching_in_the_database_finds_what_the_copy_finds(
    tmp_path: Path, shared: SharedIndex, publish: Publish
) -> None:
    version = publish(tmp_path / "one").version
    over, connections = searched_there(shared, 1)
    local = open_index(tmp_path / "one" / version)
    there = over(local)
    wait_for(lambda: connections.free == 1)
    for question in ("Où est ma salle ?", "payer en ligne", "le bac"):
        vector = FakeEncoder().encode_queries([question])
        found = there.dense.scores(vector)
        assert connections.asked > 0
        np.testing.assert_allclose(found, local.dense.scores(vector), atol=1e-6)
    connections.close()
    np.testing.assert_array_equal(there.dense.scores(vector), local.dense.scores(vector))
