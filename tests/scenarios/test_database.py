"""Failing stories are kept for whoever runs next, and forgotten when they are mended."""

from __future__ import annotations

import pytest
from fakeredis import FakeStrictRedis
from hypothesis.database import DirectoryBasedExampleDatabase
from hypothesis.extra.redis import RedisExampleDatabase

from verification.scenarios.campaign import run, shrunk
from verification.scenarios.database import KEY, Unusable, database_at, keep, retell, stories_in
from verification.scenarios.injected_faults import planted
from verification.scenarios.setup import own_cast

OLD = [("an action of long ago", {"wallet": "wallet 0"})]


@pytest.fixture(scope="module")
def cast():
    with own_cast() as everybody:
        yield everybody


@pytest.fixture(params=["folder", "server"])
def database(request, tmp_path):
    """Both kinds."""
    if request.param == "folder":
        return DirectoryBasedExampleDatabase(tmp_path / "stories")
    return RedisExampleDatabase(FakeStrictRedis())


def test_a_server_that_does_not_answer_says_what_to_do():
    with pytest.raises(Unusable, match=r"No Redis server answers at redis://127\.0\.0\.1:1"):
        database_at("redis://127.0.0.1:1")


def test_an_address_that_is_none_says_what_to_do():
    with pytest.raises(Unusable, match="A folder would do too"):
        database_at("http://127.0.0.1")


def test_a_path_is_a_folder(tmp_path):
    keep(database_at(str(tmp_path)), OLD)
    assert [steps for _, steps in stories_in(database_at(str(tmp_path)))] == [OLD]


def test_a_failing_story_is_told_first_until_it_is_mended(cast, database):
    with planted("I12: a guardian restores"):
        found = shrunk(cast, run(cast, 1, 200).failure)
        keep(database, found.steps)
        mended, again = retell(cast, database)
        assert (mended, again.steps, again.difference) == (0, found.steps, found.difference)
    assert retell(cast, database) == (1, None)
    assert list(stories_in(database)) == []


def test_a_story_in_words_of_long_ago_is_forgotten(cast, database):
    keep(database, OLD)
    assert retell(cast, database) == (1, None)
    assert list(database.fetch(KEY)) == []
