"""`pay`: transfers to a listed payee, in a listed token, within every limit; otherwise reverts."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from eth_utils import to_checksum_address

from peculium import NATIVE, Budget, Token, Window, errors
from peculium.errors import ContractError
from peculium.mandate import ZERO_HASH
from verification.testing.addresses import adjacent_addresses
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

USD = 10**6


# Checks, in the order of the wallet


class PaymentAttempt:
    """A valid payment of one dollar. Tests make it invalid."""

    def __init__(self, created, caller, token, payee):
        self.created, self.caller, self.token, self.payee, self.amount = created, caller, token, payee, USD

    def make(self):
        arguments = (self.token, self.payee, self.amount, ZERO_HASH)
        self.created.wallet.read("pay", *arguments, sender=self.caller)


ORDER = (
    errors.NoMandate,
    errors.NotAgentKey,
    errors.MandateExpired,
    errors.AgentIsPaused,
    errors.ZeroAmount,
    errors.TokenNotListed,
    errors.PayeeNotListed,
    errors.PaymentLimitExceeded,
    errors.WindowLimitExceeded,
    errors.LifetimeLimitExceeded,
)


@pytest.mark.parametrize("first", range(len(ORDER)), ids=[error.__name__ for error in ORDER])
def test_reverts_with_the_error_of_the_earliest_failed_check(
    first, new_agent, suite, usdc, payee, stranger, deploy, time_travel
):
    created = new_agent(window_limit=500, lifetime_limit=600)
    attempt = PaymentAttempt(created, created.agent.address, usdc.address, payee.address)
    wrong = set(ORDER[first:])

    # Faults are added from the last check to the first: each one hides those of later checks.
    created.wallet.pay(created.agent, usdc.address, payee.address, 100)
    time_travel(seconds=2 * DAY)
    for _ in range(5):
        created.wallet.pay(created.agent, usdc.address, payee.address, 100)
    if errors.WindowLimitExceeded not in wrong:
        time_travel(seconds=2 * DAY)
    if errors.PaymentLimitExceeded in wrong:
        attempt.amount = 101 * USD
    if errors.PayeeNotListed in wrong:
        attempt.payee = stranger.address
    if errors.TokenNotListed in wrong:
        attempt.token = deploy("MockStablecoin", "Other", "OTH", 6).address
    if errors.ZeroAmount in wrong:
        attempt.amount = 0
    if errors.AgentIsPaused in wrong:
        suite.switch.pause(created.principal, created.wallet.address)
    if errors.MandateExpired in wrong:
        time_travel(to=created.mandate.valid_until)
    if errors.NotAgentKey in wrong:
        attempt.caller = stranger.address
    if errors.NoMandate in wrong:
        created.wallet.lift_mandate(created.principal)

    with refuses(ORDER[first]):
        attempt.make()


@pytest.mark.parametrize("caller", ["principal", "stranger", "payee", "guardian", "other_agent"])
def test_refuses_callers_other_than_the_agent_key(caller, created, usdc, payee, request):
    account = request.getfixturevalue(caller)
    with refuses(errors.NotAgentKey, caller=account.address, agent_key=created.agent.address):
        created.wallet.pay(account, usdc.address, payee.address, 1)


@pytest.mark.parametrize("side", [0, 1])
def test_refuses_addresses_adjacent_to_the_agent_key(created, usdc, payee, side):
    caller = adjacent_addresses(created.agent.address)[side]
    with refuses(errors.NotAgentKey, caller=caller, agent_key=created.agent.address):
        created.wallet.read("pay", usdc.address, payee.address, 1, ZERO_HASH, sender=caller)


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("pause", errors.AgentIsPaused),
        ("pause_all", errors.PrincipalIsPaused),
        ("revoke", errors.AgentIsRevoked),
        ("revoke_all", errors.EpochEnded),
    ],
)
@pytest.mark.parametrize("by_guardian", [False, True])
def test_refuses_a_payment_after_each_kind_of_stop(level, expected, by_guardian, created, suite, guardian, usdc, payee):
    """I8."""
    signer = created.principal
    if by_guardian:
        suite.switch.set_guardian(created.principal, guardian.address)
        signer = guardian
    subject = () if level.endswith("_all") else (created.wallet.address,)
    getattr(suite.switch, level)(signer, *subject, principal=created.principal.address)
    with refuses(expected, principal=created.principal.address):
        created.wallet.pay(created.agent, usdc.address, payee.address, 1)


def test_refuses_a_revoked_agent_under_a_new_mandate(created, suite, replace_mandate, usdc, payee):
    """I8."""
    suite.switch.revoke(created.principal, created.wallet.address)
    replace_mandate(created)
    with refuses(errors.AgentIsRevoked, principal=created.principal.address, wallet=created.wallet.address):
        created.wallet.pay(created.agent, usdc.address, payee.address, 1)


@pytest.mark.parametrize(
    "code",
    ["0x", "0x00", "0x60006000fd", "0xfe", "0x5b600056", "0x600160005260106010f3"],
    ids=["is gone", "returns nothing", "reverts", "is invalid", "burns all gas", "returns too little"],
)
def test_refuses_a_payment_when_the_switch_is_unreadable(code, created, suite, web3, usdc, payee):
    """I15."""
    web3.provider.make_request("anvil_setCode", [suite.switch.address, code])
    with pytest.raises(ContractError):
        created.wallet.would_refuse(created.agent.address, usdc.address, payee.address, 1)


def test_refuses_a_zero_amount(created, usdc, payee):
    with refuses(errors.ZeroAmount):
        created.wallet.pay(created.agent, usdc.address, payee.address, 0)


@pytest.mark.parametrize("amount", [2**128, 2**256 - 1])
def test_refuses_an_amount_above_128_bits_before_charging(amount, created, usdc, payee):
    with refuses(errors.AmountTooLarge, amount=amount, maximum=2**128 - 1):
        created.wallet.send(created.agent, "pay", usdc.address, payee.address, amount, ZERO_HASH)


def test_refuses_the_largest_amount_without_overflow(created, dai, usdc, payee):
    largest = 2**128 - 1
    for token, charge in ((usdc, largest), (dai, -(-largest // 10**12))):
        with refuses(errors.PaymentLimitExceeded, charge=charge, limit=100 * USD):
            created.wallet.send(created.agent, "pay", token.address, payee.address, largest, ZERO_HASH)


def test_refuses_an_unlisted_token(created, payee, deploy):
    other = deploy("MockStablecoin", "Other", "OTH", 6)
    with refuses(errors.TokenNotListed, token=other.address):
        created.wallet.pay(created.agent, other.address, payee.address, 1)


def test_refuses_the_native_currency_without_a_budget_for_it(created, payee):
    with refuses(errors.TokenNotListed, token=NATIVE):
        created.wallet.send(created.agent, "pay", NATIVE, payee.address, 1, ZERO_HASH)


def test_refuses_an_unlisted_payee(created, usdc, stranger):
    """I6."""
    with refuses(errors.PayeeNotListed, payee=stranger.address, token=usdc.address):
        created.wallet.pay(created.agent, usdc.address, stranger.address, 1)


def address(number):
    return to_checksum_address(f"0x{number:040x}")


def test_refuses_a_payee_that_only_another_budget_lists(new_agent, usdc, dai, payee, stranger):
    """I6."""

    def budget(currency, token, listed):
        window = Window(timedelta(days=1), 500)
        return Budget(currency, 100, 10_000, (window,), (Token(token.address, token.decimals),), (listed.address,))

    created = new_agent(budgets=(budget("USD", usdc, payee), budget("EUR", dai, stranger)))
    created.wallet.pay(created.agent, dai.address, stranger.address, 1)
    with refuses(errors.PayeeNotListed, payee=payee.address, token=dai.address):
        created.wallet.pay(created.agent, dai.address, payee.address, 1)
    assert (created.wallet.spent("USD"), created.wallet.spent("EUR")) == (0, 1)


@pytest.mark.parametrize(("level", "undo"), [("pause", "unpause"), ("pause_all", "unpause_all")])
def test_agent_pays_again_after_unpause(level, undo, created, suite, usdc, payee):
    subject = () if level.endswith("_all") else (created.wallet.address,)
    getattr(suite.switch, level)(created.principal, *subject)
    getattr(suite.switch, undo)(created.principal, *subject)
    created.wallet.pay(created.agent, usdc.address, payee.address, 1)
    assert usdc.balance(payee.address) == 1


@pytest.mark.parametrize(("offset", "dormant"), [(-1, False), (0, True), (1, True)])
def test_agent_is_dormant_from_the_second_of_the_missed_heartbeat(
    offset, dormant, created, suite, usdc, payee, time_travel, now
):
    """I21."""
    suite.switch.set_heartbeat(created.principal, timedelta(days=1))
    due = now() + DAY
    time_travel(to=due + offset)
    agent = created.agent.address
    if dormant:
        with refuses(errors.PrincipalIsDormant, dormant_since=due, timestamp=due + offset):
            created.wallet.would_refuse(agent, usdc.address, payee.address, 1)
    else:
        created.wallet.would_refuse(agent, usdc.address, payee.address, 1)


@pytest.mark.parametrize(("offset", "valid"), [(-1, False), (0, True), (1, True)])
def test_mandate_is_valid_from_its_first_second(offset, valid, new_agent, now, pay_at, usdc, payee):
    """I21."""
    begins = now() + 1000
    created = new_agent(valid_from=begins)
    if valid:
        pay_at(created, begins + offset, 1)
        assert usdc.balance(payee.address) == 1
    else:
        with refuses(errors.MandateNotYetValid, timestamp=begins + offset, valid_from=begins):
            pay_at(created, begins + offset, 1)


@pytest.mark.parametrize(("offset", "valid"), [(-1, True), (0, False), (1, False)])
def test_mandate_is_invalid_from_the_second_of_its_end(offset, valid, created, pay_at, usdc, payee):
    """I21."""
    ends = created.mandate.valid_until
    if valid:
        pay_at(created, ends + offset, 1)
        assert usdc.balance(payee.address) == 1
    else:
        with refuses(errors.MandateExpired, timestamp=ends + offset, valid_until=ends):
            pay_at(created, ends + offset, 1)


@pytest.mark.parametrize("count", [1, 2, 3, 8, 60])
def test_finds_each_listed_payee_and_no_adjacent_address(count, new_agent, usdc):
    """I6. Sixty payees exceed what a payment reads at once, so the wallet looks them up one by one."""
    payees = [address(0x1000 * (i + 1)) for i in range(count)]
    created = new_agent(payees=payees)
    for payee in payees:
        assert created.wallet.read("isPayee", usdc.address, payee)
        for neighbor in (int(payee, 16) - 1, int(payee, 16) + 1):
            assert not created.wallet.read("isPayee", usdc.address, address(neighbor))
    created.wallet.pay(created.agent, usdc.address, payees[-1], 1)
    assert usdc.balance(payees[-1]) == 1


# Effects of a payment


def test_refuses_an_amount_that_rounds_up_past_the_limit(created, dai, payee):
    """I1."""
    with refuses(errors.PaymentLimitExceeded, charge=100 * USD + 1, limit=100 * USD):
        created.wallet.send(created.agent, "pay", dai.address, payee.address, 100 * 10**18 + 1, ZERO_HASH)


def test_refuses_a_payment_above_the_balance_without_charging(created, dai, payee):
    created.wallet.withdraw_all(created.principal, dai.address, created.principal.address)
    with refuses(errors.ERC20InsufficientBalance, sender=created.wallet.address, balance=0, needed=10**18):
        created.wallet.pay(created.agent, dai.address, payee.address, 1)
    assert created.wallet.spent("USD") == 0


@pytest.mark.parametrize("token_name", ["usdc", "dai", "usdt"])
@pytest.mark.parametrize("amount", ["0.000001", "1", "99.999999"])
def test_transfers_and_charges_the_amount_in_every_token(token_name, amount, created, payee, request):
    """I4."""
    token = request.getfixturevalue(token_name)
    before = token.balance(created.wallet.address)
    created.wallet.pay(created.agent, token.address, payee.address, amount)
    assert token.balance(payee.address) == Decimal(amount)
    assert token.balance(created.wallet.address) == before - Decimal(amount)
    assert created.wallet.spent("USD") == Decimal(amount)


@pytest.mark.parametrize(
    ("units", "charge"), [(1, 1), (10**12 - 1, 1), (10**12, 1), (10**12 + 1, 2), (100 * 10**18, 100 * USD)]
)
def test_charge_is_rounded_up(units, charge, created, dai, payee):
    """I4."""
    receipt = created.wallet.send(created.agent, "pay", dai.address, payee.address, units, ZERO_HASH)
    assert receipt.event("PaymentMade").arguments["charge"] == charge
    assert created.wallet.read("spent", "USD") == charge
    assert dai.read("balanceOf", payee.address) == units


@pytest.mark.parametrize(
    ("token_decimals", "budget_decimals", "units", "charge"),
    [(0, 18, 1, 10**18), (6, 18, 1, 10**12), (18, 0, 1, 1), (18, 18, 1, 1), (2, 6, 1, 10**4), (18, 0, 10**18 + 1, 2)],
)
def test_charges_by_the_scale_between_zero_and_eighteen_decimals(
    token_decimals, budget_decimals, units, charge, new_agent, deploy, payee, relayer
):
    """I4."""
    token = deploy("MockStablecoin", "Scaled", "SCL", token_decimals)
    created = new_agent(tokens=[Token(token.address, token_decimals)], decimals=budget_decimals)
    token.send(relayer, "mint", created.wallet.address, 10**24)
    created.wallet.send(created.agent, "pay", token.address, payee.address, units, ZERO_HASH)
    assert created.wallet.read("spent", "USD") == charge
    assert token.read("balanceOf", payee.address) == units


@pytest.mark.parametrize(
    ("ref", "written"),
    [
        ("invoice 7", b"invoice 7".ljust(32, b"\0")),
        (b"\x07" * 32, b"\x07" * 32),
        ("a decision that takes more than thirty-two bytes", None),
    ],
)
def test_event_has_token_payee_ref_amount_and_charge(ref, written, created, dai, payee, web3):
    receipt = created.wallet.pay(created.agent, dai.address, payee.address, "1.5", ref)
    event = receipt.event("PaymentMade")
    assert event.address == created.wallet.address
    assert event.arguments == {
        "token": dai.address,
        "payee": payee.address,
        "ref": written or bytes(web3.keccak(text=ref)),
        "amount": 15 * 10**17,
        "charge": 1_500_000,
    }
    assert [each.arguments for each in created.wallet.payments()] == [event.arguments]


def test_leaves_no_allowance(created, usdc, dai, usdt, payee):
    """I7."""
    for token in (usdc, dai, usdt):
        created.wallet.pay(created.agent, token.address, payee.address, 1)
        assert token.events("Approval") == []
        assert token.read("allowance", created.wallet.address, payee.address) == 0


def test_refund_does_not_reduce_the_charge(created, usdc, payee):
    """I4."""
    created.wallet.pay(created.agent, usdc.address, payee.address, 100)
    usdc.transfer(payee, created.wallet.address, 100)
    assert created.wallet.spent("USD") == 100
    assert created.wallet.remaining("USD").window == 400


def test_would_refuse_sends_no_transaction(created, usdc, payee, web3):
    block = web3.eth.block_number
    created.wallet.would_refuse(created.agent.address, usdc.address, payee.address, 1)
    assert web3.eth.block_number == block
    assert created.wallet.spent("USD") == 0
