"""Withdrawals from the command line."""

from __future__ import annotations

import pytest

from peculium.cli.exits import Exit


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("USDC",), "Say which token and how much"),
        (("USDC", "5", "--all"), "Say which token and how much"),
        (("USDX", "5"), "No token of the mandate calls itself"),
        (("USDC", "5 EUR"), 'The amount is in "EUR"; the token is USDC'),
        (("USDC", "five"), "isn't a plain number"),
        (("USDC", "2000000"), "bot holds 1000000 USDC, less than 2000000"),
    ],
)
def test_unclear_or_impossible_amounts_are_refused(peculium, bot, arguments, said):
    ran = peculium("withdraw", "bot", *arguments, "--yes")
    assert ran.exit == Exit.USAGE
    assert said in ran.talk


def test_withdraw_sends_to_the_principal_by_default(peculium, bot, usdc, principal):
    ran = peculium("withdraw", "bot", "USDC", "50 USDC", "--yes")
    assert ran.exit == Exit.OK
    assert "This withdraws 50 USDC from bot" in ran.talk
    assert "999950 is left in the wallet." in ran.out
    assert usdc.balance(principal.address) == 50


def test_withdraw_all_empties_the_wallet(peculium, bot, usdc, dai, usdt, payee):
    ran = peculium("withdraw", "bot", "--all", "--to", "payee", "--yes", "--json")
    assert [each["amount"] for each in ran.json["result"]] == ["1000000"] * 3
    assert [each["left"] for each in ran.json["result"]] == ["0"] * 3
    assert [token.balance(payee.address) for token in (usdc, dai, usdt)] == [10**6] * 3
    assert "Nothing to withdraw" in peculium("withdraw", "bot", "--all", "--yes").out


def test_token_that_refuses_does_not_keep_the_others(peculium, bot, usdc, dai, deployer, principal):
    usdc.send(deployer, "pause")
    ran = peculium("withdraw", "bot", "--all", "--yes", "--json")
    assert ran.exit == Exit.REFUSED
    refused, done, _ = ran.json["result"]
    assert (refused["token"], done["amount"]) == (usdc.address, "1000000")
    assert "error" in refused
    assert dai.balance(principal.address) == 10**6
