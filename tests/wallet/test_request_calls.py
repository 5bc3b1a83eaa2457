"""Requested calls: the agent asks for a call that no rule allows, and the principal approves or refuses exactly that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from eth_utils import keccak

from peculium import NATIVE, Request, errors
from peculium.mandate import ZERO_HASH
from verification.testing.addresses import SUITE_GETTERS, ZERO_ADDRESS
from verification.testing.durations import DAY
from verification.testing.refusals import refuses
from verification.testing.requests import asked

USD = 10**6
TERMS = {"max_requests": 3, "max_request_age": timedelta(days=2)}
FORBIDDEN_TARGETS = {
    "Multicall3": "0xcA11bde05977b3631167028862bE2a173976CA11",
    "Permit2": "0x000000000022D473030F116dDEE9F6B43aC78BA3",
    "CREATE2 deployer": "0x4e59b44847b379578588920cA78FbF26c0B4956C",
}


@pytest.fixture
def created(checkpoint, new_agent):
    """The mandate allows three pending requests of at most two days, and no calls."""
    return checkpoint.share("created", lambda: new_agent(**TERMS))


# Requesting


@pytest.mark.parametrize("caller", ["stranger", "principal", "payee"])
def test_refuses_requests_by_others_than_the_agent_key(caller, created, trade, request):
    account = request.getfixturevalue(caller)
    with refuses(errors.NotAgentKey, caller=account.address):
        created.wallet.request_call(account, 0, trade)


@pytest.mark.parametrize("slot", [3, 4, 255])
def test_refuses_a_slot_beyond_the_last(slot, created, trade):
    """I24."""
    with refuses(errors.InvalidRequestSlot, slot=slot, slots=3):
        created.wallet.request_call(created.agent, slot, trade)


@pytest.mark.parametrize("first", ["payment", "call"])
def test_refuses_a_slot_that_holds_a_request_of_any_kind(first, created, trade, usdc, payee, now):
    """Payments and calls wait in the same slots."""
    payment = Request(usdc.address, payee.address, 1, now() + DAY)
    if first == "payment":
        created.wallet.request_payment(created.agent, 0, payment)
        with refuses(errors.RequestSlotTaken, slot=0):
            created.wallet.request_call(created.agent, 0, trade)
    else:
        created.wallet.request_call(created.agent, 0, trade)
        with refuses(errors.RequestSlotTaken, slot=0):
            created.wallet.request_payment(created.agent, 0, payment)


@pytest.mark.parametrize(
    "name",
    [
        "nobody",
        "zero",
        "token",
        "other token",
        "pulled token",
        "wallet",
        "implementation",
        *SUITE_GETTERS,
        *FORBIDDEN_TARGETS,
    ],
)
def test_refuses_a_forbidden_target(name, created, trade, usdc, dai, deploy, stranger, web3, suite):
    """I6. Otherwise a person could be talked into an approval of a token."""
    pulled = deploy("MockStablecoin", "Unlisted", "UN", 6)
    known = {
        "nobody": stranger.address,
        "zero": ZERO_ADDRESS,
        "token": usdc.address,
        "other token": dai.address,
        "pulled token": pulled.address,
        "wallet": created.wallet.address,
        "implementation": suite.factory.read("IMPLEMENTATION"),
        **FORBIDDEN_TARGETS,
    }
    target = known.get(name) or created.wallet.read(name)
    if name in FORBIDDEN_TARGETS:
        web3.provider.make_request("anvil_setCode", [target, "0x00"])
    changes = {"pull_token": pulled.address} if name == "pulled token" else {}
    with refuses(errors.TargetRefused, target=target):
        created.wallet.request_call(created.agent, 0, replace(trade, target=target, **changes))


@pytest.mark.parametrize(
    "function",
    [
        "approve(address,uint256)",
        "increaseAllowance(address,uint256)",
        "setApprovalForAll(address,bool)",
        "setOperator(address,bool)",
        "authorizeOperator(address)",
    ],
)
def test_refuses_a_request_to_let_somebody_else_move_tokens(function, created, trade, deploy, stranger):
    """Also of a token that no budget lists: what an approval will cost can't be seen when it is given."""
    token = deploy("MockStablecoin", "Unlisted", "UN", 6)
    selector = keccak(text=function)[:4]
    with refuses(errors.ApprovalRequested, target=token.address, selector=selector):
        created.wallet.request_call(
            created.agent, 0, replace(trade, target=token.address, data=selector + bytes(12) + bytes(52))
        )


@pytest.mark.parametrize("data", [b"", b"\x09\x5e\xa7"], ids=["nothing", "three bytes"])
def test_calldata_without_a_selector_is_no_approval(data, created, trade):
    created.wallet.request_call(created.agent, 0, replace(trade, data=data))


def test_refuses_to_pull_the_native_currency(created, trade):
    units = list(trade.as_tuple(6))
    units[3] = NATIVE
    with refuses(errors.TokenNotListed, token=NATIVE):
        created.wallet.send(created.agent, "requestCall", 0, tuple(units))
    units[4] = 0
    created.wallet.send(created.agent, "requestCall", 0, tuple(units))


@pytest.mark.parametrize(("ahead", "fits"), [(0, False), (1, True), (2 * DAY, True), (2 * DAY + 1, False)])
def test_expiry_is_in_the_future_and_at_most_the_maximum_age(ahead, fits, created, trade, now, time_travel):
    """I21."""
    time_travel(seconds=10)
    moment = now()
    arguments = ("requestCall", 0, replace(trade, expires_at=moment + ahead).as_tuple(6))
    if fits:
        created.wallet.read(*arguments, sender=created.agent.address)
        return
    with refuses(errors.InvalidRequestExpiry, expires_at=moment + ahead, latest=moment + 2 * DAY):
        created.wallet.read(*arguments, sender=created.agent.address)


def test_pending_call_has_all_fields_and_does_nothing(created, pending_trade, usdc, venue):
    (pending,) = created.wallet.pending_requests()
    assert (pending.slot, pending.request.target, pending.request.pull) == (0, venue.address, 5_000)
    assert bytes.fromhex(pending_trade.data[2:]) == bytes(pending.request.data)
    assert created.wallet.read("callRequestHash", pending_trade.as_tuple(6)) == pending.request_hash
    assert (usdc.balance(venue.address), created.wallet.spent("USD")) == (0, 0)


def test_event_has_round_and_time_which_an_approval_names(created, trade, now):
    event = created.wallet.request_call(created.agent, 1, trade).event("CallRequested").arguments
    assert (event["slot"], event["round"], event["askedAt"]) == (1, created.wallet.round, now())
    assert event["requestHash"] == created.wallet.read("callRequestHash", trade.as_tuple(6))
    assert tuple(event["request"].values()) == trade.as_tuple(6)


# Approving


@pytest.mark.parametrize("caller", ["agent", "stranger", "guardian"])
def test_refuses_approval_by_others_than_the_principal(
    caller, created, pending_trade, approve, suite, guardian, request
):
    suite.switch.set_guardian(created.principal, guardian.address)
    with refuses(errors.NotPrincipal):
        approve(pending_trade, by=request.getfixturevalue(caller))


@pytest.mark.parametrize(
    "change",
    [
        {"target": "other"},
        {"data": "0x12345678"},
        {"value": Decimal(1).scaleb(-18)},
        {"pull_token": "other"},
        {"pull": 5_001},
        {"min_gas": 1},
        {"ref": "another"},
        {"expires_at": 1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_refuses_approval_of_a_call_that_is_not_pending(change, created, pending_trade, approve, deploy, usdt, venue):
    """I17. The agent can't replace a call that the principal has read."""
    (field,) = change
    others = {"target": deploy("MockVenue").address, "pull_token": usdt.address}
    if field == "expires_at":
        change = {"expires_at": pending_trade.expires_at + 1}
    changed = replace(pending_trade, **{field: others.get(field, change[field])})
    with refuses(errors.RequestMismatch, slot=0):
        approve(changed)


def test_refuses_approval_as_a_payment(created, pending_trade, usdc, venue, now):
    """The two kinds of requests have hashes of their own."""
    payment = Request(usdc.address, venue.address, 5_000, pending_trade.expires_at, pending_trade.ref)
    with refuses(errors.RequestMismatch, slot=0):
        created.wallet.approve_request(created.principal, 0, payment, asked(created))


def test_refuses_to_make_an_approved_call_twice(created, pending_trade, approve, dai, usdc, venue):
    moment, before = asked(created), dai.balance(created.wallet.address)
    approve(pending_trade)
    with refuses(errors.RequestMismatch, slot=0, pending=ZERO_HASH):
        approve(pending_trade, asked_at=moment)
    assert (usdc.balance(venue.address), dai.balance(created.wallet.address)) == (5_000, before + 4_990)


def test_an_approval_does_not_fit_the_same_call_asked_again(created, pending_trade, approve):
    """I17."""
    first = asked(created)
    created.wallet.refuse_request(created.principal, 0, pending_trade)
    created.wallet.request_call(created.agent, 0, pending_trade)
    with refuses(errors.RequestMismatch, slot=0):
        approve(pending_trade, asked_at=first)
    approve(pending_trade)


@pytest.mark.parametrize("stop", ["revoke", "pause", "revoke_all", "lift", "refuse_all", "expire"])
def test_refuses_approval_after_each_kind_of_stop(
    stop, created, pending_trade, suite, usdc, venue, replace_mandate, time_travel
):
    """I8."""
    wallet, principal, moment = created.wallet, created.principal, asked(created)
    expected = errors.RequestMismatch
    if stop == "lift":
        wallet.lift_mandate(principal)
    elif stop == "refuse_all":
        wallet.refuse_all(principal)
    elif stop == "revoke_all":
        suite.switch.revoke_all(principal)
        expected = errors.EpochEnded
    elif stop == "expire":
        end = pending_trade.expires_at - 10
        replace_mandate(created, **TERMS, valid_until=end)
        wallet.request_call(created.agent, 0, pending_trade)
        moment, expected = asked(created), errors.MandateExpired
        time_travel(to=end)
    else:
        getattr(suite.switch, stop)(principal, wallet.address)
        expected = {"revoke": errors.AgentIsRevoked, "pause": errors.AgentIsPaused}[stop]
    with refuses(expected):
        wallet.approve_request(principal, 0, pending_trade, moment)
    assert usdc.balance(venue.address) == 0


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_call_can_be_approved_until_just_before_its_expiry(offset, created, pending_trade, time_travel):
    """I21."""
    end = pending_trade.expires_at
    time_travel(to=end + offset)
    arguments = ("approveCall", 0, pending_trade.as_tuple(6), asked(created))
    if offset < 0:
        created.wallet.read(*arguments, sender=created.principal.address)
        return
    with refuses(errors.RequestExpired, expires_at=end, timestamp=end + offset):
        created.wallet.read(*arguments, sender=created.principal.address)


# Removing


@pytest.mark.parametrize("by", ["agent", "principal"])
def test_agent_cancels_and_principal_refuses_a_call(by, created, pending_trade):
    account = getattr(created, by)
    remove = created.wallet.cancel_request if by == "agent" else created.wallet.refuse_request
    assert remove(account, 0, pending_trade).event("RequestRemoved").arguments["by"] == account.address
    assert created.wallet.pending_requests() == []


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_anyone_can_remove_a_call_from_its_expiry_on(offset, created, pending_trade, stranger, time_travel):
    """I21."""
    end = pending_trade.expires_at
    time_travel(to=end + offset)
    arguments = ("expireCall", 0, pending_trade.as_tuple(6))
    if offset >= 0:
        created.wallet.read(*arguments, sender=stranger.address)
        return
    with refuses(errors.RequestNotExpired, expires_at=end, timestamp=end + offset):
        created.wallet.read(*arguments, sender=stranger.address)
