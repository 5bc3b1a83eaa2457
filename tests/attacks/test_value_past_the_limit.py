"""A: more than the limits: by splitting, waiting, wrong accounting and uncharged transfers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import NATIVE, Argument, Call, LimitedPayee, Pay, Token, Window, errors
from peculium.keys import sign_with
from peculium.mandate import ZERO_HASH, typed_data
from peculium.operations import ENTRY_POINT
from peculium.wallet.cheques import sign_cheque
from tests.attacks.conftest import SETTLE, TAKE, USDC
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.call_rules import call_rule
from verification.testing.durations import DAY

TOKEN_FUNCTIONS = {
    "transfer(address,uint256)": ["accomplice", "one"],
    "transferFrom(address,address,uint256)": ["wallet", "accomplice", "one"],
    "approve(address,uint256)": ["accomplice", "one"],
    "increaseAllowance(address,uint256)": ["accomplice", "one"],
    "permit(address,address,uint256,uint256,bytes)": ["wallet", "accomplice", "one", "one", "nothing"],
    SETTLE: ["wallet", "accomplice", "one", "one", "one", "word", "nothing"],
}
UNUSUAL_FUNCTIONS = {
    "burn(uint256)": "42966c68",
    "ERC-777 send": "9bd9bbc6",
    "ERC-1363 transferAndCall": "1296ee62",
    "DAI's move": "bb35783b",
    "DAI's push": "b753a98c",
    "DAI's pull": "f2d5d56b",
}


# A01 to A08: transfers that are not charged


@pytest.mark.parametrize("function", TOKEN_FUNCTIONS)
def test_a01_a02_calls_to_functions_of_a_token(function, attack, rogue, usdc, accomplice, relayer, bundler, now):
    """Calls every function of the token that transfers or approves: directly, relayed and by the EntryPoint."""
    known = {
        "wallet": rogue.wallet.address,
        "accomplice": accomplice.address,
        "one": 1,
        "nothing": b"",
        "word": bytes(32),
    }
    data = usdc.call_data(function, *(known[name] for name in TOKEN_FUNCTIONS[function]))
    with attack.refused(errors.CallNotListed, target=usdc.address):
        rogue.wallet.call(rogue.agent, usdc.address, data)
    action = rogue.wallet.sign_action(rogue.agent, Call(usdc.address, data), deadline=now() + DAY)
    with attack.refused(errors.CallNotListed, target=usdc.address):
        rogue.wallet.act(relayer, action)
    with attack.refused(errors.CallNotListed, target=usdc.address):
        bundler.perform(rogue.wallet, rogue.agent, Call(usdc.address, data))


@pytest.mark.parametrize("name", UNUSUAL_FUNCTIONS)
def test_a01_transfer_functions_of_unusual_tokens(name, attack, rogue, usdc, regrant):
    """Calls an unusual function that moves money, and asks the principal to list it."""
    with attack.refused(errors.CallNotListed):
        rogue.wallet.call(rogue.agent, usdc.address, "0x" + UNUSUAL_FUNCTIONS[name] + "00" * 96)
    with attack.refused(errors.TargetRefused, target=usdc.address):
        regrant(calls=(call_rule(usdc.address, "0x" + UNUSUAL_FUNCTIONS[name], token=usdc.address),))


def test_a03_accumulated_approvals(attack, rogue, take, target, usdc, accomplice):
    """Has the same amount approved again and again without pulling, to pull the sum later."""
    for _ in range(4):
        with attack.accepted():
            take()
    assert rogue.wallet.spent("USD") == 400
    pull = ("transferFrom", rogue.wallet.address, accomplice.address, 1)
    with attack.refused(errors.UnknownRevert, reason="ERC20: transfer amount exceeds allowance"):
        usdc.read(*pull, sender=target.address)


def test_a04_an_unused_approval_after_the_revocation(attack, rogue, vault, usdc, suite, accomplice):
    """Pulls one of a hundred approved dollars, and the rest after the revocation."""
    attack.may_extract(1)
    with attack.accepted():
        data = vault.call_data("deposit", usdc.address, 10**6)
        rogue.wallet.call(rogue.agent, vault.address, data, pull=100)
    suite.switch.revoke(rogue.principal, rogue.wallet.address)
    with attack.refused(errors.UnknownRevert, reason="ERC20: transfer amount exceeds allowance"):
        usdc.read("transferFrom", rogue.wallet.address, accomplice.address, 1, sender=vault.address)
    assert rogue.wallet.spent("USD") == 100


def test_a05_a_permit_signed_by_the_agent(attack, rogue, usdc, accomplice, relayer, now):
    """Signs a permit (EIP-2612) for the wallet, in plain form and encoded as a cheque."""
    types = {"owner": "address", "spender": "address", "value": "uint256", "nonce": "uint256", "deadline": "uint256"}
    fields = (rogue.wallet.address, accomplice.address, 10**12, 0, now() + DAY)
    members = {"Permit": [{"name": name, "type": type_} for name, type_ in types.items()]}
    message = dict(zip(types, fields, strict=True))
    data = typed_data((USDC.name, USDC.version), usdc.web3.eth.chain_id, usdc.address, members, "Permit", message)
    signature = sign_with(rogue.agent, data)
    cheque = sign_cheque(rogue.wallet, rogue.agent, usdc.address, accomplice.address, 1, USDC, 0).signature
    for encoded in (signature, signature + b"\0", b"", cheque, cheque[:260] + signature):
        with attack.refused(errors.UnknownRevert, reason="EIP2612: invalid signature"):
            permit = (*fields[:3], fields[4], encoded)
            usdc.send(relayer, "permit(address,address,uint256,uint256,bytes)", *permit)


@pytest.mark.parametrize("to", ["payee", "accomplice"])
def test_a05_an_uncharged_authorization(to, attack, rogue, authorize, settle, request):
    """Signs a transfer (EIP-3009) that was never charged, and settles it."""
    later = authorize(100, to=request.getfixturevalue(to).address)
    signature = sign_with(rogue.agent, later.typed_data(rogue.wallet.address, rogue.wallet.web3.eth.chain_id))
    for encoded in (signature, signature + b"\0", b"\0"):
        with attack.refused(errors.UnknownRevert, reason="FiatTokenV2: invalid signature"):
            settle(rogue.wallet, later, encoded)


def test_a06_ether_with_calldata_of_another_rule(attack, rogue, target, colluder, accomplice):
    """Sends the ether of one call rule with other calldata, to another target, or without calldata."""
    for to, data in ((colluder, b""), (colluder, b"\1\2\3\4"), (accomplice, TAKE)):
        with attack.refused(errors.CallNotListed):
            rogue.wallet.call(rogue.agent, to.address, data, value="0.01")
    with attack.refused(errors.CallValueExceeded, value=1, limit=0):
        rogue.wallet.call(rogue.agent, target.address, TAKE, value="0.000000000000000001")
    with attack.refused(errors.CallValueExceeded):
        rogue.wallet.call(rogue.agent, colluder.address, TAKE, value="0.100000000000000001")


@pytest.mark.parametrize("selector", ["00000000", "00000001", "ffffffff"])
@pytest.mark.parametrize("sentinel", [ZERO_ADDRESS, ZERO_ADDRESS[:-1] + "1", "0x" + "ff" * 20])
def test_a08_wildcard_targets_and_selectors(selector, sentinel, attack, rogue):
    """Calls the values that other projects use for "any target" and "any function"."""
    with attack.refused(errors.CallNotListed):
        rogue.wallet.call(rogue.agent, sentinel, "0x" + selector)


# A09 to A12: wrong accounting


def test_a09_two_payments_that_fit_only_alone(attack, rogue, usdc, payee, pay, drain):
    """Pays slightly more than half of the rest twice: in one batch, and in two transactions."""
    attack.may_extract(500)
    rogue.wallet.pay_batch(rogue.agent, [Pay(usdc.address, payee.address, 99)] * 4)
    half = rogue.wallet.remaining("USD").window / 2 + Decimal("0.000001")
    with attack.refused(errors.WindowLimitExceeded):
        rogue.wallet.pay_batch(rogue.agent, [Pay(usdc.address, payee.address, half)] * 2)
    with attack.accepted():
        pay(half)
    with attack.refused(errors.WindowLimitExceeded):
        pay(half)
    drain()


def test_a10_a_counter_reset_by_a_new_mandate(attack, rogue, pay, drain, regrant, budgets, new_mandate, powers):
    """Has the mandate set again, lifted and set, with other windows and units, to reset the counter."""
    attack.may_extract(500)
    drain()
    spent = rogue.wallet.spent("USD")
    old = rogue.mandate
    regrant()
    with attack.refused(errors.WindowLimitExceeded, remaining=0):
        pay("0.000001")
    rogue.wallet.lift_mandate(rogue.principal)
    regrant()
    with attack.refused(errors.WindowLimitExceeded, remaining=0):
        pay("0.000001")
    hours = replace(budgets[0], windows=(Window(timedelta(hours=8), 500),))
    regrant(budgets=(hours, budgets[1]), cheque_books=())
    # No cheque was used, and nothing is reserved any more.
    assert drain() == 2
    with attack.refused(errors.WindowLimitExceeded, remaining=0):
        pay("0.000001")
    with attack.refused(errors.BudgetDecimalsChanged):
        regrant(budgets=(replace(budgets[0], decimals=8), budgets[1]), cheque_books=())
    with attack.refused(errors.RoundEnded):
        rogue.wallet.set_mandate(rogue.principal, old)
    assert rogue.wallet.spent("USD") >= spent


@pytest.mark.parametrize("power", [48, 96, 128, 160, 256])
def test_a11_amounts_that_a_cast_truncates(power, attack, rogue, usdc, payee, take, target, authorize):
    """Pays, pulls and authorizes amounts around powers of two that an unchecked cast truncates to almost nothing."""
    wallet, agent = rogue.wallet, rogue.agent
    for units in (2**power - 1, 2**power, 2**power + 1):
        if units >= 2**256:
            continue
        expected = errors.AmountTooLarge if units >= 2**128 else errors.PaymentLimitExceeded
        with attack.refused(expected):
            wallet.send(agent, "pay", usdc.address, payee.address, units, ZERO_HASH)
        with attack.refused(expected):
            wallet.send(agent, "payBatch", [(usdc.address, payee.address, units, ZERO_HASH)])
        with attack.refused(expected):
            wallet.send(agent, "call", target.address, 0, 0, TAKE, units, ZERO_HASH)
        with attack.refused(expected):
            wallet.preauthorize(agent, replace(authorize(), amount=units))


def test_a12_amounts_that_round_to_zero(attack, new_rogue, deploy, budgets, other_agent, payee):
    """Pays a hundred times less than the smallest charged unit, in a token with 24 decimals."""
    fine = deploy("MockStablecoin", "Fine Dollar", "FINE", 24)
    tokens = (*budgets[0].tokens, Token(fine.address, 24))
    mine = new_rogue(key=other_agent, budgets=(replace(budgets[0], tokens=tokens), budgets[1]))
    fine.send(mine.agent, "mint", mine.wallet.address, 10**30)
    attack.watch(mine, fine)
    attack.may_extract("0.0001")
    for units in (1, 10**18 - 1):
        with attack.accepted():
            before = mine.wallet.spent("USD")
            mine.wallet.send(mine.agent, "payBatch", [(fine.address, payee.address, units, ZERO_HASH)] * 50)
            assert mine.wallet.spent("USD") - before == Decimal("0.00005")
    with attack.refused(errors.ZeroAmount):
        mine.wallet.send(mine.agent, "pay", fine.address, payee.address, 0, ZERO_HASH)


# A14 to A17: waiting


def test_a14_the_window_limit_before_and_after_midnight(attack, rogue, drain, pay, now, time_travel):
    """Takes the whole window in the last seconds of a day, and tries every hour until a day has passed."""
    attack.may_extract(500)
    midnight = (now() // DAY + 1) * DAY
    time_travel(to=midnight - 10)
    assert drain() > 400
    for second in (0, 1, 2, *range(3600, DAY - 20, 3600), DAY - 20):
        time_travel(to=midnight + second)
        with attack.refused(errors.WindowLimitExceeded, remaining=0):
            pay("0.000001")


def test_a14_the_window_limit_at_every_bucket_boundary(attack, rogue, drain, web3, now, time_travel):
    """For three days, takes what is available just before, at and after each bucket boundary."""
    width = DAY // 8
    start = (now() // width + 1) * width
    for edge in range(start, start + 3 * DAY, width):
        time_travel(to=edge - 3)
        for second in (edge - 1, edge, edge + 1):
            if second > now():
                time_travel(to=second)
            with attack.accepted():
                drain()
    paid = [
        (web3.eth.get_block(event.block)["timestamp"], Decimal(event.arguments["charge"]) / 10**6)
        for event in rogue.wallet.payments()
    ]
    in_a_day = [sum(amount for when, amount in paid if end - DAY < when <= end) for end, _ in paid]
    assert max(in_a_day) <= 500
    # Three days, and the start of a fourth.
    attack.may_extract(4 * 500)


def test_a17_block_timestamps_shifted_by_seconds(attack, rogue, usdc, payee, drain, pay, time_travel):
    """Takes the window, and shifts the block time by twelve seconds around its end and the mandate's."""
    attack.may_extract(500)
    end = rogue.mandate.valid_until
    time_travel(to=end - DAY - 60)
    drain()
    first = rogue.wallet.payments()[0].block
    opened = rogue.wallet.web3.eth.get_block(first)["timestamp"]
    for nudge in (-12, -1):
        time_travel(to=opened + DAY + nudge)
        with attack.refused(errors.WindowLimitExceeded, remaining=0):
            rogue.wallet.would_refuse(rogue.agent.address, usdc.address, payee.address, "0.000001")
    time_travel(to=end)
    with attack.refused(errors.MandateExpired, timestamp=end, valid_until=end):
        rogue.wallet.would_refuse(rogue.agent.address, usdc.address, payee.address, 1)


# A24 to A28: other counters


def test_a24_the_window_limit_in_every_token(attack, rogue, usdc, dai, usdt, drain, payee):
    """Takes the window in one token, then in the next."""
    attack.may_extract(500)
    for token in (usdc, usdt, dai):
        rogue.wallet.pay(rogue.agent, token.address, payee.address, 100)
    drain()
    for token in (dai, usdt):
        with attack.refused(errors.WindowLimitExceeded, remaining=0):
            rogue.wallet.pay(rogue.agent, token.address, payee.address, "0.000001")


def test_a27_every_way_to_pay_in_one_window(
    attack, rogue, vault, usdc, payee, relayer, now, authorize, settle, bundler, take, colluder, drain
):
    """Pays a hundred in every way, direct, relayed, by operation, pulled and authorized, and then the rest."""
    wallet, agent = rogue.wallet, rogue.agent
    attack.may_extract(500, ether="0.02")
    payment = (usdc.address, payee.address, 99)
    wallet.pay(agent, *payment)
    wallet.act(relayer, wallet.sign_action(agent, Pay(*payment), deadline=now() + DAY))
    wallet.call(agent, vault.address, vault.call_data("deposit", usdc.address, 99 * 10**6), pull=99)
    bundler.perform(wallet, agent, Pay(*payment))
    later = authorize(99)
    wallet.preauthorize(agent, later)
    settle(wallet, later)
    drain()
    cheque = sign_cheque(wallet, agent, usdc.address, payee.address, 1, USDC, 0)
    settle(wallet, cheque.authorization, cheque.signature)
    attack.charged_in_advance(1)
    with attack.refused(errors.WindowLimitExceeded):
        wallet.pay(agent, *payment)
    with attack.refused(errors.WindowLimitExceeded):
        wallet.act(relayer, wallet.sign_action(agent, Pay(*payment), deadline=now() + DAY))
    with attack.refused(errors.WindowLimitExceeded):
        take(99)
    with attack.refused(errors.WindowLimitExceeded):
        bundler.perform(wallet, agent, Pay(*payment))
    with attack.refused(errors.WindowLimitExceeded):
        wallet.preauthorize(agent, authorize(99))
    with attack.refused(errors.UnknownRevert, reason="FiatTokenV2: invalid signature"):
        second = sign_cheque(wallet, agent, usdc.address, payee.address, 1, USDC, 1)
        settle(wallet, second.authorization, second.signature)


def test_a28_a_second_agent_without_the_principals_consent(
    attack, rogue, suite, new_mandate, other_agent, accomplice, now
):
    """Registers a second agent of the principal and sets a wider mandate, with its own signatures."""
    mandate = new_mandate(agent_key=other_agent.address)
    forged = suite.factory.prepare(
        suite.registry, mandate, rogue.agent, other_agent, "", bytes(32), now() + 3600, salt=77
    )
    with attack.refused(errors.BadAcceptanceSignature):
        suite.factory.create_agent(rogue.agent, forged)
    strangers = {"stranger_payment_limit": 10_000, "stranger_window_limit": 10_000}
    wider = new_mandate(**strangers, payment_limit=10_000, window_limit=10_000).in_round(rogue.wallet.round)
    with attack.refused(errors.NotPrincipal):
        rogue.wallet.set_mandate(rogue.agent, wider)
    signable = wider.signable(rogue.wallet.address, rogue.wallet.web3.eth.chain_id)
    signature = bytes(rogue.agent.sign_message(signable).signature)
    with attack.refused(errors.BadPrincipalSignature):
        rogue.wallet.set_mandate_signed(rogue.agent, wider, signature, signature)


def test_a28_the_same_key_under_another_principal(attack, rogue, suite, new_mandate, accomplice, now):
    """Registers the agent key again, as an agent of an accomplice."""
    mandate = new_mandate(principal=accomplice.address, agent_key=rogue.agent.address)
    mine = suite.factory.prepare(suite.registry, mandate, accomplice, rogue.agent, "", bytes(32), now() + 3600, salt=78)
    with attack.refused(errors.AgentKeyTaken, agent_key=rogue.agent.address):
        suite.factory.create_agent(accomplice, mine)


# A31 to A40: deposits, batches and payee limits


@pytest.mark.parametrize("strangers", [False, True])
def test_a31_a_deposit_at_the_entry_point(strangers, attack, rogue, regrant, budgets, entry_point, accomplice):
    """Pays ether into the EntryPoint for itself to withdraw, by a payment or a listed function."""
    if strangers:
        ether = replace(budgets[1], payees=(), stranger_payment_limit="0.1", stranger_window_limit="0.2")
        regrant(budgets=(budgets[0], ether))
    with attack.refused(errors.PayeeNotListed, payee=ENTRY_POINT):
        rogue.wallet.pay(rogue.agent, NATIVE, ENTRY_POINT, "0.1")
    with attack.refused(errors.CallNotListed, target=ENTRY_POINT):
        data = entry_point.call_data("depositTo", accomplice.address)
        rogue.wallet.call(rogue.agent, ENTRY_POINT, data, value="0.1")
    with attack.refused(errors.TargetRefused, target=ENTRY_POINT):
        deposit = call_rule(ENTRY_POINT, "depositTo(address)", (Argument.any(),), value_limit="0.1", token=NATIVE)
        regrant(calls=(deposit,))
    with attack.refused(errors.PayeeRefused, payee=ENTRY_POINT):
        regrant(budgets=(budgets[0], replace(budgets[1], payees=(ENTRY_POINT,))))


def test_a34_an_unlisted_token_sent_to_the_wallet(attack, rogue, deploy, payee, accomplice, target, regrant, authorize):
    """Sends the wallet its own reentrant token, then pays, calls, pulls and authorizes with it."""
    dropped = deploy("ReentrantToken")
    dropped.send(rogue.agent, "mint", rogue.wallet.address, 10**9)
    dropped.send(rogue.agent, "arm", rogue.wallet.address, rogue.wallet.call_data("resign"), 9, False)
    attack.watch(rogue, dropped)
    with attack.refused(errors.TokenNotListed, token=dropped.address):
        rogue.wallet.pay(rogue.agent, dropped.address, payee.address, 1)
    with attack.refused(errors.CallNotListed, target=dropped.address):
        rogue.wallet.call(rogue.agent, dropped.address, dropped.call_data("transfer", accomplice.address, 1))
    with attack.refused(errors.CallNotListed, target=target.address, variant=3):
        rogue.wallet.call(rogue.agent, target.address, TAKE, pull=1, variant=3)
    with attack.refused(errors.InvalidCallToken, token=dropped.address):
        regrant(calls=(call_rule(target.address, "take()", pull_limit=1, token=dropped.address),))
    with attack.refused(errors.AuthorizationStateUnreadable, token=dropped.address):
        rogue.wallet.preauthorize(rogue.agent, replace(authorize(1), token=dropped.address))


def test_a35_ether_and_tokens_in_one_call(attack, rogue, colluder, usdc, web3):
    """Takes ether and dollars in the same call until both windows are empty."""
    attack.may_extract(500, "0.2")
    colluder.send(
        rogue.agent,
        "arm",
        [(usdc.address, 0, usdc.call_data("transferFrom", rogue.wallet.address, colluder.address, 100 * 10**6))],
    )
    for _ in range(2):
        with attack.accepted():
            rogue.wallet.call(rogue.agent, colluder.address, TAKE, value="0.1", pull=100)
    with attack.refused(errors.WindowLimitExceeded, charge=10**17, remaining=0):
        rogue.wallet.call(rogue.agent, colluder.address, TAKE, value="0.1", pull=100)
    assert (rogue.wallet.spent("USD"), rogue.wallet.spent("ETH")) == (200, Decimal("0.2"))


def test_a36_a_batch_above_the_maximum_size(attack, rogue, usdc, payee):
    """Splits an amount above the limit into a hundred and one payments, and into a hundred."""
    part = Pay(usdc.address, payee.address, 5)
    with attack.refused(errors.InvalidBatchSize, size=101, maximum=100):
        rogue.wallet.pay_batch(rogue.agent, [part] * 101)
    with attack.refused(errors.InvalidBatchSize, size=0, maximum=100):
        rogue.wallet.pay_batch(rogue.agent, [])
    with attack.refused(errors.WindowLimitExceeded):
        rogue.wallet.pay_batch(rogue.agent, [part] * 100)


def test_a39_the_lifetime_limit_after_a_new_mandate(
    attack, new_rogue, other_agent, budgets, usdc, payee, new_mandate, time_travel
):
    """Reaches the lifetime limit over days, and has the mandate set again."""
    short = (replace(budgets[0], lifetime_limit=600), budgets[1])
    mine = new_rogue(key=other_agent, budgets=short, cheque_books=())
    attack.watch(mine)
    attack.may_extract(600)
    for _ in range(3):
        while left := mine.wallet.remaining("USD").now:
            mine.wallet.pay(mine.agent, usdc.address, payee.address, left)
        time_travel(seconds=2 * DAY)
    with attack.refused(errors.LifetimeLimitExceeded, remaining=0):
        mine.wallet.pay(mine.agent, usdc.address, payee.address, "0.000001")
    again = new_mandate(agent_key=other_agent.address, budgets=short).in_round(mine.wallet.round)
    mine.wallet.set_mandate(mine.principal, again)
    with attack.refused(errors.LifetimeLimitExceeded, remaining=0):
        mine.wallet.pay(mine.agent, usdc.address, payee.address, "0.000001")


def test_a40_a_payee_limit_in_every_token_and_mandate(
    attack, rogue, usdc, dai, usdt, accomplice, regrant, budgets, relayer, now
):
    """Pays an accomplice with a limit of thirty: in each token, relayed, authorized, and under the next mandate."""
    attack.may_extract(30)
    limited = (replace(budgets[0], limited_payees=(LimitedPayee(accomplice.address, 30),)), budgets[1])
    regrant(budgets=limited)
    rogue.wallet.pay(rogue.agent, usdc.address, accomplice.address, 10)
    rogue.wallet.pay(rogue.agent, dai.address, accomplice.address, 20)
    for token in (usdc, dai, usdt):
        with attack.refused(errors.PayeeLimitExceeded, payee=accomplice.address, remaining=0):
            rogue.wallet.pay(rogue.agent, token.address, accomplice.address, "0.000001")
    action = rogue.wallet.sign_action(rogue.agent, Pay(usdc.address, accomplice.address, 1), deadline=now() + DAY)
    with attack.refused(errors.PayeeLimitExceeded):
        rogue.wallet.act(relayer, action)
    regrant(budgets=limited)
    with attack.refused(errors.PayeeLimitExceeded, payee=accomplice.address, remaining=0):
        rogue.wallet.pay(rogue.agent, usdt.address, accomplice.address, "0.000001")
