"""`pay` in adversarial tokens: pays correctly or reverts, and never affects another token (I15, I19, I20)."""

from __future__ import annotations

import pytest
from web3 import Web3

from peculium import Pay, Token, errors
from peculium.errors import ContractError
from peculium.mandate import ZERO_HASH
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

USD = 10**6
FUNDS = 10**12
REENTRANT = Web3.keccak(text="ReentrancyGuardReentrantCall()")[:4]


def listed(token):
    return Token(token.address, 6)


@pytest.fixture
def with_token(new_agent, deploy, relayer, dai):
    """Creates an agent whose mandate lists an adversarial token and a standard one."""

    def make(name, **overrides):
        token = deploy(name)
        created = new_agent(tokens=[listed(token), Token(dai.address, 18)], **overrides)
        token.send(relayer, "mint", created.wallet.address, FUNDS)
        return created, token

    return make


def pay(created, token, payee, amount=100 * USD):
    return created.wallet.send(created.agent, "pay", token.address, payee.address, amount, ZERO_HASH)


def holdings(token, *holders):
    return tuple(token.read("balanceOf", holder) for holder in holders)


# Refusals


def token_call(name, *arguments):
    return lambda token, relayer: token.send(relayer, name, *arguments)


def long_answer(answer):
    def configure(token, relayer):
        token.send(relayer, "setAnswer", answer)
        token.send(relayer, "setFlood", 100_000)

    return configure


REFUSED = {
    "takes more than the payment": ("ExtraFeeToken", None, errors.TokenTookMore),
    "takes one unit more": ("ExtraFeeToken", token_call("setFee", 1), errors.TokenTookMore),
    "returns false": ("ReturnsFalseToken", None, errors.SafeERC20FailedOperation),
    "reverts": ("RevertingToken", None, errors.UnknownRevert),
    "reverts on balanceOf": ("RevertingToken", token_call("setRefusesBalance", True), errors.TokenBalanceUnreadable),
    "reverts with a return bomb": ("ReturnBombToken", None, ContractError),
    "returns one byte": ("ShortReturnToken", None, errors.SafeERC20FailedOperation),
    "returns 31 bytes": (
        "ShortReturnToken",
        token_call("setAnswer", bytes(30) + b"\1"),
        errors.SafeERC20FailedOperation,
    ),
    "returns zero": ("ShortReturnToken", token_call("setAnswer", bytes(32)), errors.SafeERC20FailedOperation),
    "returns two": ("ShortReturnToken", token_call("setAnswer", bytes(31) + b"\2"), errors.SafeERC20FailedOperation),
    "returns 100,000 zeros": ("ShortReturnToken", long_answer(b""), errors.SafeERC20FailedOperation),
    "returns a byte and 100,000 zeros": ("ShortReturnToken", long_answer(b"\1"), errors.SafeERC20FailedOperation),
    "returns a high bit": (
        "ShortReturnToken",
        token_call("setAnswer", b"\x80" + bytes(30) + b"\1"),
        errors.SafeERC20FailedOperation,
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses_a_payment_in_an_adversarial_token_without_charging(case, with_token, relayer, payee, dai):
    """I4, I15, I19."""
    name, configure, expected = REFUSED[case]
    created, token = with_token(name)
    if configure:
        configure(token, relayer)
    amount = 10_000 if case == "takes one unit more" else 100 * USD
    with pytest.raises(ContractError) as caught:
        pay(created, token, payee, amount)
    assert isinstance(caught.value, expected)
    assert created.wallet.read("spent", "USD") == 0
    if expected is not errors.TokenBalanceUnreadable:
        assert holdings(token, created.wallet.address, payee.address) == (FUNDS, 0)
    if expected is errors.TokenTookMore:
        assert caught.value.arguments["taken"] == amount + (1 if amount == 10_000 else USD)
        assert (caught.value.token, caught.value.amount) == (token.address, amount)

    created.wallet.pay(created.agent, dai.address, payee.address, 100)
    assert dai.balance(payee.address) == 100
    assert created.wallet.read("spent", "USD") == 100 * USD


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("0x", errors.TokenBalanceUnreadable),
        ("0x00", errors.TokenBalanceUnreadable),
        ("0x60006000fd", errors.TokenBalanceUnreadable),
        ("0xfe", errors.TokenBalanceUnreadable),
        ("0x600160005260106010f3", errors.TokenBalanceUnreadable),
        ("0x5b600056", ContractError),
    ],
    ids=["is gone", "returns nothing", "reverts", "is invalid", "returns too little", "burns all gas"],
)
def test_refuses_a_token_with_an_unreadable_balance(code, expected, with_token, web3, payee, dai):
    """I15, I19."""
    created, token = with_token("FeeOnTransferToken")
    web3.provider.make_request("anvil_setCode", [token.address, code])
    with pytest.raises(ContractError) as caught:
        pay(created, token, payee)
    assert isinstance(caught.value, expected)
    created.wallet.pay(created.agent, dai.address, payee.address, 100)
    assert created.wallet.read("spent", "USD") == 100 * USD


@pytest.mark.parametrize("act", ["pause", "blacklist the wallet", "blacklist the payee"])
def test_refuses_a_token_stopped_by_its_issuer_and_pays_in_others(act, created, usdc, dai, payee, send_as):
    """I19."""
    issuer = {"pause": "pauser", "blacklist the wallet": "blacklister", "blacklist the payee": "blacklister"}[act]
    subject = {"pause": (), "blacklist the wallet": (created.wallet.address,), "blacklist the payee": (payee.address,)}[
        act
    ]
    call = usdc.call_data("blacklist" if subject else "pause", *subject)
    send_as(usdc.read(issuer), usdc.address, call)
    with refuses(errors.TokenFrozen if subject else errors.TokenPaused):
        created.wallet.pay(created.agent, usdc.address, payee.address, 1)
    created.wallet.pay(created.agent, dai.address, payee.address, 100)
    assert (created.wallet.spent("USD"), dai.balance(payee.address)) == (100, 100)


# Accepted payments


def test_charges_the_full_amount_when_the_payee_bears_a_fee(with_token, payee):
    """I4. The charge is what leaves the wallet."""
    created, token = with_token("FeeOnTransferToken")
    pay(created, token, payee)
    assert holdings(token, created.wallet.address, payee.address) == (FUNDS - 100 * USD, 99 * USD)
    assert created.wallet.read("spent", "USD") == 100 * USD


def test_charges_a_transfer_that_moves_nothing(with_token, payee):
    """I1, I2. Charging too much is safe, charging too little isn't."""
    created, token = with_token("MovesNothingToken")
    pay(created, token, payee)
    assert holdings(token, created.wallet.address, payee.address) == (FUNDS, 0)
    assert created.wallet.read("spent", "USD") == 100 * USD


@pytest.mark.parametrize(
    "answer", [b"", bytes(31) + b"\1", bytes(31) + b"\1" + bytes(32)], ids=["nothing", "true", "true and more"]
)
def test_pays_in_a_token_that_returns_true_or_nothing(answer, with_token, relayer, payee):
    created, token = with_token("ShortReturnToken")
    token.send(relayer, "setAnswer", answer)
    pay(created, token, payee)
    assert holdings(token, created.wallet.address, payee.address) == (FUNDS - 100 * USD, 100 * USD)
    assert created.wallet.read("spent", "USD") == 100 * USD


def test_wallet_does_not_copy_a_huge_return_value(with_token, relayer, payee, dai):
    """Copying 100,000 bytes would cost the wallet gas on top of what the token itself uses."""
    created, token = with_token("ShortReturnToken")
    token.send(relayer, "setAnswer", bytes(31) + b"\1")
    token.send(relayer, "mint", relayer.address, 1)
    transfer = {"from": relayer.address, "to": token.address, "data": dai.call_data("transfer", payee.address, 1)}
    gas_of_wallet, gas_of_token = [], []
    for length in (32, 32, 100_000):
        token.send(relayer, "setFlood", length)
        gas_of_wallet.append(pay(created, token, payee, 1).gas_used)
        gas_of_token.append(token.web3.eth.estimate_gas(transfer))
    assert gas_of_wallet[2] - gas_of_wallet[1] < (gas_of_token[2] - gas_of_token[1]) * 1.1


@pytest.mark.parametrize("decimals", [0, 18, 255])
def test_charges_by_the_decimals_of_the_mandate(decimals, with_token, relayer, payee):
    """I27. The mandate fixes the scale; a later change in the token has no effect."""
    created, token = with_token("LyingDecimalsToken")
    token.send(relayer, "setDecimals", decimals)
    pay(created, token, payee)
    assert created.wallet.read("spent", "USD") == 100 * USD
    with refuses(errors.PaymentLimitExceeded, charge=100 * USD + 1, limit=100 * USD):
        pay(created, token, payee, 100 * USD + 1)


@pytest.mark.parametrize("index", [10**18 // 2, 10**18 + 1, 3 * 10**18 // 2, 10**18 * 7 // 3])
def test_pays_in_a_rebasing_token_and_charges_the_amount(index, with_token, relayer, payee):
    """I4. Rounding in the token may move a few units less, never more."""
    created, token = with_token("RebasingToken")
    token.send(relayer, "setIndex", index)
    before, _ = holdings(token, created.wallet.address, payee.address)
    pay(created, token, payee, 99_999_999)
    after, _ = holdings(token, created.wallet.address, payee.address)
    assert 99_999_999 - 3 <= before - after <= 99_999_999
    assert created.wallet.read("spent", "USD") == 99_999_999


# Reentrancy


@pytest.mark.parametrize("moment", [0, 1, 2], ids=["before", "after", "before and after"])
@pytest.mark.parametrize("outer", ["pay", "payBatch"])
@pytest.mark.parametrize("inner", ["pay", "payBatch"])
def test_refuses_a_reentrant_payment_by_the_agent_key(
    outer, inner, moment, with_token, replace_mandate, send_as, relayer, payee
):
    """I20. The token is the agent key, so only the reentrancy guard can refuse it."""
    created, token = with_token("ReentrantToken")
    replace_mandate(created, agent_key=token.address, tokens=[listed(token)])
    wallet = created.wallet
    calls = {
        "pay": wallet.call_data("pay", token.address, payee.address, 60 * USD, ZERO_HASH),
        "payBatch": wallet.call_data("payBatch", [(token.address, payee.address, 60 * USD, ZERO_HASH)]),
    }
    token.send(relayer, "setMoment", moment)
    token.send(relayer, "arm", wallet.address, calls[inner], 2, False)
    send_as(token.address, wallet.address, calls[outer])
    called = [event.arguments for event in token.events("CalledBack")]
    assert len(called) == (2 if moment == 2 else 1)
    assert {(each["success"], each["returndata"]) for each in called} == {(False, REENTRANT)}
    assert wallet.read("spent", "USD") == 60 * USD
    assert token.read("balanceOf", payee.address) == 60 * USD


@pytest.mark.parametrize(
    "function",
    [
        "pay",
        "execute",
        "withdraw",
        "withdrawAll",
        "setMandate",
        "liftMandate",
        "offerHandOver",
        "acceptHandOver",
        "resign",
    ],
)
def test_refuses_every_call_of_a_reentrant_token(function, with_token, relayer, payee, usdc, new_mandate):
    """I6, I12, I20."""
    created, token = with_token("ReentrantToken")
    wallet = created.wallet
    arguments = {
        "pay": (usdc.address, payee.address, USD, ZERO_HASH),
        "execute": (usdc.address, 0, usdc.call_data("transfer", token.address, USD)),
        "withdraw": (usdc.address, token.address, USD),
        "withdrawAll": (usdc.address, token.address),
        "setMandate": (
            new_mandate(stranger_payment_limit=100, stranger_window_limit=500).in_round(wallet.round).as_tuple(),
        ),
        "offerHandOver": (token.address, created.mandate.valid_from + DAY),
    }.get(function, ())
    held = usdc.balance(wallet.address)
    token.send(relayer, "arm", wallet.address, wallet.call_data(function, *arguments), 1, False)
    pay(created, token, payee)
    assert token.read("callsMade") == 1
    assert token.read("lastSuccess") is False
    assert wallet.read("spent", "USD") == 100 * USD
    assert wallet.enforces(created.mandate)
    assert (usdc.balance(wallet.address), wallet.principal) == (held, created.principal.address)


def test_refuses_a_payment_during_which_the_principal_withdraws(with_token, relayer, payee, new_mandate, now):
    """I4. The token is the principal. What leaves beyond the payment counts as taken by the token."""
    created, token = with_token("ReentrantToken")
    wallet = created.wallet
    wallet.offer_hand_over(created.principal, token.address, now() + DAY)
    token.send(relayer, "arm", wallet.address, wallet.call_data("acceptHandOver"), 1, True)
    token.send(relayer, "transfer", payee.address, 0)
    mandate = new_mandate(principal=token.address, tokens=[listed(token)]).in_round(wallet.round)
    token.send(relayer, "arm", wallet.address, wallet.call_data("setMandate", mandate.as_tuple()), 1, True)
    token.send(relayer, "transfer", payee.address, 0)
    act = wallet.call_data("withdraw", token.address, relayer.address, 1)
    token.send(relayer, "arm", wallet.address, act, 1, True)
    with refuses(errors.TokenTookMore, token=token.address, taken=100 * USD + 1, amount=100 * USD):
        pay(created, token, payee)
    assert wallet.read("spent", "USD") == 0


def test_pays_the_rest_of_a_batch_when_one_token_moves_nothing(with_token, relayer, payee, dai):
    """I19."""
    created, token = with_token("MovesNothingToken")
    created.wallet.pay_batch(created.agent, [Pay(token.address, payee.address, 1), Pay(dai.address, payee.address, 2)])
    assert (dai.balance(payee.address), created.wallet.spent("USD")) == (2, 3)
