"""The asynchronous check of a counterparty."""

from __future__ import annotations

import asyncio

import peculium
from peculium import aio


def test_answers_as_the_blocking_check_does(created, suite):
    wallet = created.wallet.address
    found = asyncio.run(aio.check(wallet, suite))
    assert found.live
    assert found.as_dict()["principal"] == peculium.check(wallet, suite).as_dict()["principal"]


def test_checks_many_at_once(created, suite, stranger):
    asked = [created.wallet.address, stranger.address, 0]

    async def all_of_them():
        return await asyncio.gather(*(aio.check(each, suite) for each in asked))

    assert [each.live for each in asyncio.run(all_of_them())] == [True, False, True]
