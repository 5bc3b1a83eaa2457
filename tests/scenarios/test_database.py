"""Failing scenarios are stored, run first the next time, and deleted once they pass."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
from hypothesis.database import DirectoryBasedExampleDatabase

from verification.scenarios.campaign import run_campaign, shrink_failure
from verification.scenarios.database import KEY, DatabaseUnusable, open_database, save, stored
from verification.scenarios.injected_faults import inject
from verification.scenarios.replay import rerun
from verification.scenarios.setup import deploy_fixtures

OUTDATED = [("an action that no longer exists", {"wallet": "wallet 0"})]


@pytest.fixture(scope="module")
def fixtures():
    with deploy_fixtures() as deployed:
        yield deployed


@pytest.fixture
def database(tmp_path):
    return DirectoryBasedExampleDatabase(tmp_path / "scenarios")


def test_redis_without_the_package_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(DatabaseUnusable, match="pip install redis"):
        open_database("redis://127.0.0.1:1")


def test_unreachable_redis_server_suggests_a_folder(monkeypatch):
    class Redis:
        """The part of redis that opens a connection; the package itself is optional."""

        @classmethod
        def from_url(cls, url: str) -> Redis:
            return cls()

        def ping(self) -> None:
            raise ConnectionError("connection refused")

    redis = ModuleType("redis")
    redis.Redis, redis.RedisError = Redis, ConnectionError
    monkeypatch.setitem(sys.modules, "redis", redis)
    monkeypatch.delitem(sys.modules, "hypothesis.extra.redis", raising=False)
    with pytest.raises(DatabaseUnusable, match=r"No Redis server answers at redis://127\.0\.0\.1:1 .*Pass a folder"):
        open_database("redis://127.0.0.1:1")


def test_path_opens_a_folder(tmp_path):
    save(open_database(str(tmp_path)), OUTDATED)
    assert [steps for _, steps in stored(open_database(str(tmp_path)))] == [OUTDATED]


def test_failing_scenario_is_rerun_until_it_passes(fixtures, database):
    with inject("I12: a guardian unpauses an agent"):
        found = shrink_failure(fixtures, run_campaign(fixtures, 1, 200).failure)
        save(database, found.steps)
        fixed, again = rerun(fixtures, database)
        assert (fixed, again.steps, again.difference) == (0, found.steps, found.difference)
    assert rerun(fixtures, database) == (1, None)
    assert list(stored(database)) == []


def test_deletes_a_scenario_with_an_unknown_action(fixtures, database):
    save(database, OUTDATED)
    assert rerun(fixtures, database) == (1, None)
    assert list(database.fetch(KEY)) == []
