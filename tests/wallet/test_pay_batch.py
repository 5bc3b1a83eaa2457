"""`payBatch`: makes all payments or none, by the rules and the ledger of `pay`."""

from __future__ import annotations

import pytest

from peculium import Contract, Pay, Token, errors
from verification.testing.durations import DAY
from verification.testing.refusals import refuses
from verification.testing.snapshots import revert

USD = 10**6


@pytest.mark.parametrize("size", [0, 101])
def test_refuses_an_empty_or_too_large_batch(size, created, usdc, payee):
    with refuses(errors.InvalidBatchSize, size=size, maximum=100):
        created.wallet.pay_batch(created.agent, [Pay(usdc.address, payee.address, "0.01")] * size)


@pytest.mark.parametrize("caller", ["principal", "stranger", "payee", "guardian"])
def test_refuses_callers_other_than_the_agent_key(caller, created, usdc, payee, request):
    account = request.getfixturevalue(caller)
    with refuses(errors.NotAgentKey, caller=account.address, agent_key=created.agent.address):
        created.wallet.pay_batch(account, [Pay(usdc.address, payee.address, 1)])


def test_refuses_a_batch_without_a_mandate(created, usdc, payee):
    created.wallet.lift_mandate(created.principal)
    with refuses(errors.NoMandate):
        created.wallet.pay_batch(created.agent, [Pay(usdc.address, payee.address, 1)])


@pytest.mark.parametrize(
    ("stop", "expected"),
    [
        ("pause", errors.AgentIsPaused),
        ("pause_all", errors.PrincipalIsPaused),
        ("revoke", errors.AgentIsRevoked),
        ("revoke_all", errors.EpochEnded),
    ],
)
def test_refuses_a_batch_after_each_kind_of_stop(stop, expected, created, suite, usdc, payee):
    """I8."""
    subject = () if stop.endswith("_all") else (created.wallet.address,)
    getattr(suite.switch, stop)(created.principal, *subject)
    with refuses(expected, principal=created.principal.address):
        created.wallet.pay_batch(created.agent, [Pay(usdc.address, payee.address, 1)])


@pytest.mark.parametrize(
    ("moment", "expected"), [("before", errors.MandateNotYetValid), ("after", errors.MandateExpired)]
)
def test_refuses_a_batch_outside_the_validity_of_the_mandate(
    moment, expected, new_agent, now, time_travel, usdc, payee
):
    """I21."""
    created = new_agent(valid_from=now() + 1000)
    if moment == "after":
        time_travel(to=created.mandate.valid_until)
    with refuses(expected):
        created.wallet.pay_batch(created.agent, [Pay(usdc.address, payee.address, 1)])


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("nothing", errors.ZeroAmount),
        ("token", errors.TokenNotListed),
        ("payee", errors.PayeeNotListed),
        ("limit", errors.PaymentLimitExceeded),
        ("funds", errors.ERC20InsufficientBalance),
    ],
)
def test_refuses_the_whole_batch_for_one_invalid_payment(
    place, fault, expected, created, usdc, dai, payee, stranger, deploy
):
    token, to, amount = usdc.address, payee.address, 1
    if fault == "nothing":
        amount = 0
    if fault == "token":
        token = deploy("MockStablecoin", "Other", "OTH", 6).address
    if fault == "payee":
        to = stranger.address
    if fault == "limit":
        amount = "100.000001"
    if fault == "funds":
        token = dai.address
        created.wallet.withdraw_all(created.principal, token, created.principal.address)
    payments = [Pay(usdc.address, payee.address, 1)] * 2
    payments.insert(place, Pay(token, to, amount))
    with refuses(expected):
        created.wallet.pay_batch(created.agent, payments)
    assert usdc.balance(payee.address) == 0
    assert created.wallet.spent("USD") == 0


def test_refuses_a_batch_whose_sum_exceeds_the_window_limit(created, usdc, dai, payee):
    """I2."""
    tokens = [usdc.address, dai.address] * 3
    payments = [Pay(token, payee.address, 100) for token in tokens]
    with refuses(errors.WindowLimitExceeded, charge=100 * USD, remaining=0):
        created.wallet.pay_batch(created.agent, payments)
    created.wallet.pay_batch(created.agent, payments[:5])
    assert created.wallet.remaining("USD").window == 0


def test_refuses_a_batch_whose_sum_exceeds_the_lifetime_limit(new_agent, usdc, payee, time_travel):
    """I3."""
    created = new_agent(lifetime_limit=600)
    payments = [Pay(usdc.address, payee.address, 100)] * 5
    created.wallet.pay_batch(created.agent, payments)
    time_travel(seconds=2 * DAY)
    with refuses(errors.LifetimeLimitExceeded, charge=100 * USD, remaining=0):
        created.wallet.pay_batch(created.agent, payments[:2])


@pytest.mark.parametrize("size", [1, 2, 100])
def test_pays_every_payment_up_to_the_maximum_size(size, created, usdc, payee):
    created.wallet.pay_batch(created.agent, [Pay(usdc.address, payee.address, "0.01")] * size)
    assert usdc.read("balanceOf", payee.address) == size * 10_000
    assert created.wallet.read("spent", "USD") == size * 10_000


def test_batch_leaves_the_same_state_as_single_payments(created, usdc, payee, web3):
    """I5. Storage, spending and remaining limits are equal."""
    address = created.wallet.address

    def state():
        slots = [web3.eth.get_storage_at(address, slot).hex() for slot in range(8)]
        return slots, created.wallet.read("spent", "USD"), created.wallet.read("remaining", "USD")

    snapshot = web3.provider.make_request("evm_snapshot", [])["result"]
    for amount in (30, 70):
        created.wallet.pay(created.agent, usdc.address, payee.address, amount)
    one_by_one = state()
    revert(web3, snapshot)
    created.wallet.pay_batch(created.agent, [Pay(usdc.address, payee.address, amount) for amount in (30, 70)])
    assert state() == one_by_one
    assert one_by_one[1] == 100 * USD


def test_emits_one_event_per_payment_in_order(created, usdc, dai, payee):
    payments = [Pay(usdc.address, payee.address, 1, "first"), Pay(dai.address, payee.address, 2, "second")]
    receipt = created.wallet.pay_batch(created.agent, payments)
    events = [event.arguments for event in receipt.events if event.name == "PaymentMade"]
    assert events == [
        {"token": usdc.address, "payee": payee.address, "ref": b"first".ljust(32, b"\0"), "amount": USD, "charge": USD},
        {
            "token": dai.address,
            "payee": payee.address,
            "ref": b"second".ljust(32, b"\0"),
            "amount": 2 * 10**18,
            "charge": 2 * USD,
        },
    ]


# Reentrancy: a listed token makes a call of the principal or guardian between two payments


@pytest.fixture
def reentrant_agent(deploy, new_agent, relayer):
    """Creates an agent whose mandate lists a reentrant token."""

    def make():
        token = deploy("ReentrantToken")
        created = new_agent(tokens=[_listed(token)])
        token.send(relayer, "mint", created.wallet.address, 10**12)
        return created, token

    return make


def _listed(token):
    return Token(token.address, token.decimals)


@pytest.mark.parametrize(
    ("stop", "expected"),
    [
        ("pause", errors.AgentIsPaused),
        ("revoke", errors.AgentIsRevoked),
        ("pauseAll", errors.PrincipalIsPaused),
        ("revokeAll", errors.EpochEnded),
    ],
)
def test_refuses_the_whole_batch_after_a_stop_between_its_payments(
    stop, expected, reentrant_agent, suite, relayer, payee
):
    """I8. The token is a guardian, so it can stop the agent during its transfer."""
    created, token = reentrant_agent()
    suite.switch.set_guardian(created.principal, token.address)
    arguments = [created.principal.address] + ([] if stop.endswith("All") else [created.wallet.address])
    token.send(relayer, "arm", suite.switch.address, suite.switch.call_data(stop, *arguments), 1, True)
    payments = [(token.address, payee.address, 10 ** token.read("decimals"), bytes(32))] * 2
    with refuses(expected, principal=created.principal.address):
        Contract.send(created.wallet, created.agent, "payBatch", payments)
    # The package doesn't believe it: the revert has undone the stop.
    with refuses(errors.UnknownRevert):
        created.wallet.send(created.agent, "payBatch", payments)
    assert token.read("balanceOf", payee.address) == 0
    assert created.wallet.spent("USD") == 0


@pytest.mark.parametrize("change", ["lift", "replace"])
def test_refuses_the_whole_batch_after_a_mandate_change_between_its_payments(
    change, deploy, new_agent, new_mandate, relayer, payee, now
):
    """The token is the principal, so it can change the mandate during its transfer."""
    created = new_agent()
    token = deploy("ReentrantToken")
    wallet = created.wallet
    wallet.offer_hand_over(created.principal, token.address, now() + DAY)
    token.send(relayer, "arm", wallet.address, wallet.call_data("acceptHandOver"), 1, True)
    token.send(relayer, "transfer", payee.address, 0)
    assert wallet.principal == token.address

    mandate = new_mandate(principal=token.address, tokens=[_listed(token)]).in_round(wallet.round)
    token.send(relayer, "arm", wallet.address, wallet.call_data("setMandate", mandate.as_tuple()), 1, True)
    token.send(relayer, "transfer", payee.address, 0)
    assert wallet.enforces(mandate)
    token.send(relayer, "mint", wallet.address, 10**12)

    act = wallet.call_data("liftMandate")
    if change == "replace":
        act = wallet.call_data("setMandate", mandate.in_round(wallet.round).as_tuple())
    token.send(relayer, "arm", wallet.address, act, 1, True)
    with refuses(errors.MandateChanged, mandate_hash=mandate.hash()):
        wallet.pay_batch(created.agent, [Pay(token.address, payee.address, 1)] * 2)
    assert token.read("balanceOf", payee.address) == 0
    assert wallet.enforces(mandate)


def test_pays_the_batch_when_the_principal_checks_in_between_its_payments(reentrant_agent, suite, relayer, payee):
    created, token = reentrant_agent()
    token.send(relayer, "arm", suite.switch.address, suite.switch.call_data("checkIn"), 1, True)
    created.wallet.pay_batch(created.agent, [Pay(token.address, payee.address, 1)] * 2)
    assert token.read("callsMade") == 1
    assert token.balance(payee.address) == 2
