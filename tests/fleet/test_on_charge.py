"""`onCharge`: who may charge the fleet, and its limits over all wallets (I35)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from peculium import AgentWalletFactory, Argument, Pay, Request, SelfBundler, WalletCall, Window, errors
from peculium.devnet.anvil import rpc
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.call_rules import call_rule
from verification.testing.contracts import deploy_modules
from verification.testing.durations import DAY
from verification.testing.fleet import USD, fleet_refuses
from verification.testing.refusals import refuses
from verification.testing.requests import asked
from verification.testing.user_operations import TERMS

BUCKET = DAY // 8


@pytest.fixture
def other_wallet(new_agent, other_principal, other_agent):
    """A genuine wallet of another principal."""
    return new_agent(by=other_principal, key=other_agent).wallet


# Callers


@pytest.mark.parametrize("role", ["stranger", "principal", "agent", "guardian"])
def test_refuses_accounts_without_code(role, request, fleet, charge, state):
    before, caller = state(), request.getfixturevalue(role)
    with refuses(errors.NotAWallet, sender=caller.address):
        fleet.send(caller, "onCharge", charge())
    assert state() == before


@pytest.mark.parametrize("change", ["copy", "other principal", "other salt", "longer", "shorter", "other target"])
def test_refuses_code_that_resembles_a_wallets(change, fleet, agents, charge, web3):
    """A contract can have the code of a wallet, but not at the address that follows from it."""
    code = bytearray(web3.eth.get_code(agents[0].wallet.address))
    changed = {
        "copy": code,
        "other principal": code[:45] + bytes([code[45] ^ 1]) + code[46:],
        "other salt": code[:-1] + bytes([code[-1] ^ 1]),
        "longer": code + b"\0",
        "shorter": code[:-1],
        "other target": code[:10] + bytes([code[10] ^ 1]) + code[11:],
    }[change]
    resembling = "0x00000000000000000000000000000000000c0de3"
    web3.provider.make_request("anvil_setCode", [resembling, "0x" + changed.hex()])
    with refuses(errors.NotAWallet, sender=resembling):
        fleet.read("onCharge", charge(), sender=resembling)


@pytest.mark.parametrize("name", ["factory", "registry", "implementation", "token", "zero", "fleet"])
def test_refuses_other_contracts(name, fleet, charge, suite, usdc):
    sender = {
        "factory": suite.factory.address,
        "registry": suite.registry.address,
        "implementation": suite.factory.read("IMPLEMENTATION"),
        "token": usdc.address,
        "zero": ZERO_ADDRESS,
        "fleet": fleet.address,
    }[name]
    with refuses(errors.NotAWallet, sender=sender):
        fleet.read("onCharge", charge(), sender=sender)


def test_refuses_a_wallet_of_another_factory(web3, fleet, charge, suite, deploy, principal, agent):
    """Whoever deploys a factory chooses what its wallets do."""
    modules = deploy_modules(deploy, suite.registry.address, ZERO_ADDRESS)
    address = deploy("AgentWalletFactory", suite.registry.address, ZERO_ADDRESS, *modules).address
    wallet = AgentWalletFactory(web3, address).create_wallet(principal, principal.address, agent.address).wallet
    with refuses(errors.NotAWallet, sender=wallet):
        fleet.read("onCharge", charge(), sender=wallet)


@pytest.mark.parametrize("pending", [False, True])
def test_refuses_a_charge_for_another_principal(
    pending, fleet, charge, agents, other_wallet, principal, other_principal
):
    """Also from a genuine wallet. A wallet reports the principal that granted its mandate."""
    for wallet in (other_wallet, agents[0].wallet):
        granted = charge(principal=other_principal.address, pending=pending)
        with refuses(
            errors.OtherPrincipal,
            wallet=wallet.address,
            principal=other_principal.address,
            expected=principal.address,
        ):
            fleet.read("onCharge", granted, sender=wallet.address)


@pytest.mark.parametrize("pending", [False, True])
@pytest.mark.parametrize("owner", ["principal", "other_principal"])
def test_no_principal_can_make_its_wallet_invent_a_charge(
    owner, pending, fleet, charge, agents, other_wallet, request, state
):
    """A fleet trusts what genuine wallets say, and only a wallet itself says it."""
    before, caller = state(), request.getfixturevalue(owner)
    wallet = agents[0].wallet if owner == "principal" else other_wallet
    call = WalletCall(fleet.address, 0, fleet.call_data("onCharge", charge(charge=600 * USD, pending=pending)))
    with refuses(errors.ReservedForGuards, target=fleet.address, selector=bytes.fromhex(call.data[2:10])):
        wallet.execute(caller, call)
    assert state() == before


def test_refuses_an_agent_that_lists_the_fleet_as_target(agents, put_mandate, fleet, usdc):
    """An agent has no call of its own to the guard."""
    arguments = (Argument.any(), Argument.any(), Argument.any())
    rule = call_rule(fleet.address, "onClose(bytes32,uint96,bool)", arguments, token=usdc.address)
    with refuses(errors.TargetRefused, target=fleet.address):
        put_mandate(agents[0], calls=[rule])


def test_refuses_the_fleet_as_payee(agents, put_mandate, fleet):
    with refuses(errors.PayeeRefused, payee=fleet.address):
        put_mandate(agents[0], payees=[fleet.address])


# Limits


def test_limits_the_sum_of_several_wallets_at_the_exact_bound(agents, fleet, pay, spend):
    """I35."""
    spend(agents[0], 300)
    spend(agents[1], 250)
    with fleet_refuses(errors.WindowLimitExceeded, charge=50 * USD + 1, remaining=50 * USD, length=DAY):
        pay(agents[2], "50.000001")
    pay(agents[2], 50)
    for agent in agents:
        with fleet_refuses(errors.WindowLimitExceeded, charge=1, remaining=0, length=DAY):
            pay(agent, "0.000001")
    assert fleet.spent("USD") == 600
    assert [agent.wallet.remaining("USD").window for agent in agents] == [200, 250, 450]


def test_limits_the_sum_over_the_lifetime_at_the_exact_bound(agents, fleet, principal, pay, spend, time_travel):
    fleet.set_budget(principal, "USD", 700, [Window(timedelta(days=1), 600)])
    spend(agents[0], 500)
    time_travel(seconds=30 * BUCKET)
    spend(agents[1], 150)
    with fleet_refuses(errors.LifetimeLimitExceeded, charge=50 * USD + 1, remaining=50 * USD):
        pay(agents[2], "50.000001")
    pay(agents[2], 50)
    with fleet_refuses(errors.LifetimeLimitExceeded, charge=1, remaining=0):
        pay(agents[0], "0.000001")


def test_refused_payment_moves_and_counts_nothing(agents, fleet, principal, usdc, payee, pay, state):
    fleet.set_budget(principal, "USD", 5_000, [Window(timedelta(days=1), 50)])
    before = state()
    with fleet_refuses(errors.WindowLimitExceeded, charge=51 * USD, remaining=50 * USD):
        pay(agents[0], 51)
    assert state() == before
    assert (usdc.balance(payee.address), agents[0].wallet.spent("USD")) == (0, 0)


def test_mandates_own_limits_are_checked_first(agents, fleet, principal, pay, spend):
    """The agent learns of the limit that it can look up in its wallet."""
    fleet.set_budget(principal, "USD", 5_000, [Window(timedelta(days=1), 500)])
    spend(agents[0], 500)
    with refuses(errors.WindowLimitExceeded, charge=1, remaining=0, length=DAY):
        pay(agents[0], "0.000001")


def test_wallet_without_this_guard_does_not_count(fleet, new_agent, created, spend):
    spend(new_agent(), 300)
    assert fleet.spent("USD") == 0


@pytest.mark.parametrize("offset", [-1, 0])
def test_capacity_returns_when_the_eighth_further_bucket_ends(
    offset, agents, fleet, spend, usdc, payee, now, time_travel
):
    """I35. A charge counts for at least the window, and at most an eighth longer."""
    spend(agents[0], 500)
    spend(agents[1], 100)
    charged = now()
    returns_at = (charged // BUCKET + 9) * BUCKET
    assert charged + DAY <= returns_at <= charged + DAY + BUCKET
    assert fleet.remaining("USD").windows[0].returns_at.timestamp() == returns_at
    time_travel(next_at=returns_at + offset)
    payment = (usdc.address, payee.address, 100 * USD, bytes(32))
    if offset == 0:
        agents[2].wallet.send(agents[2].agent, "pay", *payment, gas=1_000_000)
        assert fleet.remaining("USD").windows[0].remaining == 500
        return
    # The transaction can't be simulated at its time, so it fails in its block.
    with fleet_refuses(errors.WindowLimitExceeded, charge=100 * USD, remaining=0, length=DAY):
        agents[2].wallet.send(agents[2].agent, "pay", *payment, gas=1_000_000)


# Everything that an agent spends


def test_counts_every_payment_of_a_batch_or_none(agents, fleet, principal, usdc, payee):
    fleet.set_budget(principal, "USD", 5_000, [Window(timedelta(days=1), 150)])
    batch = [Pay(usdc.address, payee.address, 100), Pay(usdc.address, payee.address, 51)]
    with fleet_refuses(errors.WindowLimitExceeded, charge=51 * USD, remaining=50 * USD):
        agents[0].wallet.pay_batch(agents[0].agent, batch)
    assert fleet.spent("USD") == 0
    agents[0].wallet.pay_batch(agents[0].agent, [batch[0], replace(batch[1], amount=50)])
    assert fleet.remaining("USD").now == 0


def test_counts_in_budget_units_and_rounds_up(agents, fleet, dai, payee):
    """One wei of an 18-decimal token charges one unit of a budget with 6 decimals."""
    agents[0].wallet.pay(agents[0].agent, dai.address, payee.address, "1.000000000000000001")
    assert fleet.read("spent", "USD") == USD + 1


def test_counts_what_a_call_pulls(agents, fleet, principal, put_mandate, usdc, dai, deploy, deployer):
    venue = deploy("MockVenue")
    dai.send(deployer, "mint", venue.address, 10**24)
    arguments = tuple(Argument.any() for _ in range(4))
    rule = call_rule(
        venue.address, "swap(address,uint256,address,uint256)", arguments, token=usdc.address, pull_limit=90
    )
    put_mandate(agents[0], calls=[rule])
    fleet.set_budget(principal, "USD", 5_000, [Window(timedelta(days=1), 50)])
    data = venue.call_data("swap", usdc.address, 50 * USD, dai.address, 0)
    with fleet_refuses(errors.WindowLimitExceeded, charge=51 * USD, remaining=50 * USD):
        agents[0].wallet.call(agents[0].agent, venue.address, data, pull=51)
    agents[0].wallet.call(agents[0].agent, venue.address, data, pull=50)
    assert fleet.remaining("USD").now == 0


def test_counts_the_fee_of_a_relayed_action(agents, fleet, principal, put_mandate, usdc, payee, relayer, now):
    put_mandate(agents[0], payees=(payee.address, relayer.address))
    fleet.set_budget(principal, "USD", 5_000, [Window(timedelta(days=1), 12)])
    wallet, key = agents[0].wallet, agents[0].agent
    payment = (usdc.address, payee.address, 10)
    terms = {"deadline": now() + DAY, "relayer": relayer.address}
    dear, cheap = (wallet.sign_action(key, Pay(*payment), fee=(usdc.address, fee), **terms) for fee in (3, 2))
    with fleet_refuses(errors.WindowLimitExceeded, charge=3 * USD, remaining=2 * USD):
        wallet.act(relayer, dear)
    assert fleet.spent("USD") == 0
    wallet.act(relayer, cheap)
    assert (fleet.spent("USD"), usdc.balance(relayer.address)) == (12, 2)


def test_counts_a_payment_by_a_user_operation(agents, fleet, put_mandate, web3, usdc, payee, relayer):
    put_mandate(agents[0], gas_terms=TERMS)
    rpc(web3, "anvil_setBalance", agents[0].wallet.address, hex(10**18))
    bundler = SelfBundler(web3, relayer)
    bundler.perform(agents[0].wallet, agents[0].agent, Pay(usdc.address, payee.address, 10))
    assert (fleet.spent("USD"), usdc.balance(payee.address)) == (10, 10)


def test_refuses_a_user_operation_above_the_limit(
    agents, fleet, principal, put_mandate, web3, usdc, payee, relayer, state
):
    put_mandate(agents[0], gas_terms=TERMS)
    rpc(web3, "anvil_setBalance", agents[0].wallet.address, hex(10**18))
    fleet.set_budget(principal, "USD", 5_000, [Window(timedelta(days=1), 9)])
    before = state()
    with fleet_refuses(errors.WindowLimitExceeded, charge=10 * USD, remaining=9 * USD):
        SelfBundler(web3, relayer).perform(agents[0].wallet, agents[0].agent, Pay(usdc.address, payee.address, 10))
    assert state() == before


def test_does_not_count_what_the_principal_decides(agents, fleet, principal, put_mandate, usdc, stranger, now):
    """No limit applies to the principal's own decision, also not the fleet's."""
    put_mandate(agents[0], max_requests=1, max_request_age=timedelta(days=2))
    wallet = agents[0].wallet
    request = Request(usdc.address, stranger.address, 5_000, now() + DAY)
    wallet.request_payment(agents[0].agent, 0, request)
    wallet.approve_request(principal, 0, request, asked(agents[0]))
    wallet.withdraw(principal, usdc.address, principal.address, 1)
    assert usdc.balance(stranger.address) == 5_000
    assert fleet.spent("USD") == 0


# Pre-authorizations


def test_pending_authorization_counts_at_every_instant(agents, fleet, preauthorize, now, time_travel):
    """It can be settled at any time, so it never leaves a window."""
    preauthorize(agents[0], 100, valid_before=now() + 20 * DAY)
    for seconds in (0, BUCKET, DAY, DAY + BUCKET, 17 * DAY):
        time_travel(seconds=seconds)
        state = fleet.remaining("USD")
        assert (state.pending, state.windows[0].remaining, state.windows[0].returns_at) == (100, 500, None)


def test_pending_authorizations_exhaust_the_fleet(agents, fleet, principal, pay, preauthorize):
    fleet.set_budget(principal, "USD", 5_000, [Window(timedelta(days=1), 150)])
    preauthorize(agents[0], 100)
    with fleet_refuses(errors.WindowLimitExceeded, charge=50 * USD + 1, remaining=50 * USD):
        pay(agents[1], "50.000001")
    with fleet_refuses(errors.WindowLimitExceeded, charge=51 * USD, remaining=50 * USD):
        preauthorize(agents[2], 51)
    preauthorize(agents[2], 50)
    assert (fleet.remaining("USD").pending, fleet.remaining("USD").now) == (150, 0)


# Stops and hand-over


@pytest.mark.parametrize("stop", ["revoke", "pause", "lift", "all"])
def test_stop_keeps_what_was_charged(stop, agents, fleet, suite, principal, spend, state):
    """I11. A stop refills nothing."""
    spend(agents[0], 300)
    before = state()
    if stop == "all":
        suite.switch.revoke_all(principal)
    elif stop == "lift":
        agents[0].wallet.lift_mandate(principal)
    else:
        getattr(suite.switch, stop)(principal, agents[0].wallet.address)
    assert state() == before


def test_other_agents_spend_the_rest_after_a_revocation(agents, fleet, suite, principal, pay, spend):
    spend(agents[0], 300)
    suite.switch.revoke(principal, agents[0].wallet.address)
    with refuses(errors.AgentIsRevoked):
        pay(agents[0], 1)
    spend(agents[1], 300)
    with fleet_refuses(errors.WindowLimitExceeded, charge=1, remaining=0):
        pay(agents[2], "0.000001")


def test_new_agents_after_revoke_all_are_under_the_same_budget(agents, fleet, suite, principal, spend, pay, new_agent):
    """I35. New wallets don't refill the fleet."""
    spend(agents[0], 500)
    suite.switch.revoke_all(principal)
    for agent in agents:
        with refuses(errors.EpochEnded):
            pay(agent, 1)
    successor = new_agent(guard=fleet.address)
    pay(successor, 100)
    with fleet_refuses(errors.WindowLimitExceeded, charge=1, remaining=0):
        pay(successor, "0.000001")


def test_refuses_to_charge_for_a_wallet_that_was_handed_over(
    hand_over, agents, fleet, put_mandate, pay, other_principal, principal, state
):
    """Its old mandate is void, and the fleet accepts none of the new principal's."""
    hand_over()
    before = state()
    with refuses(errors.NoMandate):
        pay(agents[0], 1)
    with fleet_refuses(errors.OtherPrincipal, principal=other_principal.address, expected=principal.address):
        put_mandate(replace(agents[0], principal=other_principal))
    assert state() == before


def test_wallet_that_was_handed_over_leaves_its_charges(hand_over, agents, fleet, pay, spend):
    spend(agents[0], 500)
    hand_over()
    pay(agents[1], 100)
    with fleet_refuses(errors.WindowLimitExceeded, charge=1, remaining=0):
        pay(agents[2], "0.000001")


def test_counts_a_wallet_that_the_principal_took_over(
    fleet, created, other_wallet, principal, other_principal, other_agent, put_mandate, usdc, payee, now
):
    other_wallet.offer_hand_over(other_principal, principal.address, now() + DAY)
    other_wallet.accept_hand_over(principal)
    taken = replace(created.agents[0], wallet=other_wallet, agent=other_agent)
    put_mandate(taken)
    other_wallet.pay(other_agent, usdc.address, payee.address, 30)
    assert fleet.spent("USD") == 30
