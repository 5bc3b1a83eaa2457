"""`setMandate`: refuses a mandate that the wallet can't enforce, and enforces all others exactly."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from eth_utils import to_checksum_address

from peculium import Budget, Token, WalletCall, Window, errors
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

USD = 10**6


def install(created, mandate, by=None):
    """Sends the mandate without the checks of `AgentWallet.set_mandate`."""
    return created.wallet.send(by or created.principal, "setMandate", mandate.as_tuple())


@pytest.fixture
def budget(usdc, payee):
    """Creates a budget, by default with one token. Keyword arguments override its fields."""

    def make(**overrides):
        fields = {
            "currency": "EUR",
            "payment_limit": 100,
            "lifetime_limit": 10_000,
            "windows": (Window(timedelta(days=1), Decimal(500)),),
            "tokens": (Token(usdc.address, 6),),
            "payees": (payee.address,),
        }
        return Budget(**{**fields, **overrides})

    return make


# Caller, principal and epoch


@pytest.mark.parametrize("caller", ["agent", "stranger", "guardian", "payee", "other_principal"])
def test_refuses_callers_other_than_the_principal(caller, created, following, request):
    """I12."""
    account = request.getfixturevalue(caller)
    with refuses(errors.NotPrincipal, caller=account.address, principal=created.principal.address):
        install(created, following(), by=account)


def test_refuses_a_mandate_of_another_principal(created, following, other_principal):
    with refuses(errors.PrincipalMismatch, given=other_principal.address, expected=created.principal.address):
        install(created, following(principal=other_principal.address))


@pytest.mark.parametrize("epoch", [1, 2**64 - 1])
def test_refuses_a_mandate_of_another_epoch(epoch, created, following):
    with refuses(errors.EpochMismatch, given=epoch, expected=0):
        install(created, following(epoch=epoch))


def test_refuses_a_mandate_of_the_new_epoch_after_revoke_all(created, suite, following):
    """I8. A wallet keeps its epoch: a new mandate can't revive it."""
    suite.switch.revoke_all(created.principal)
    with refuses(errors.EpochMismatch, given=1, expected=0):
        install(created, following(epoch=1))


@pytest.mark.parametrize("key", ["zero", "principal", "wallet"])
def test_refuses_an_invalid_agent_key(key, created, following):
    address = {"zero": ZERO_ADDRESS, "principal": created.principal.address, "wallet": created.wallet.address}[key]
    with refuses(errors.InvalidAgentKey, agent_key=address):
        install(created, following(agent_key=address))


def test_new_wallet_of_the_new_epoch_pays(suite, new_agent, other_principal, other_agent, usdc, payee):
    suite.switch.revoke_all(other_principal)
    later = new_agent(by=other_principal, key=other_agent)
    later.wallet.pay(later.agent, usdc.address, payee.address, 1)
    assert usdc.balance(payee.address) == 1


# Validity


@pytest.mark.parametrize("length", [0, -1])
def test_refuses_an_end_at_or_before_the_start(length, created, following, now):
    begins = now() + 1000
    with refuses(errors.ValidityInverted, valid_from=begins, valid_until=begins + length):
        install(created, following(valid_from=begins, valid_until=begins + length))


@pytest.mark.parametrize(("offset", "refused"), [(-1, False), (0, True), (1, True)])
def test_validity_must_end_in_the_future(offset, refused, created, following, now, time_travel):
    """I21."""
    ends = now() + 1000
    mandate = following(valid_from=now(), valid_until=ends)
    time_travel(to=ends + offset)
    arguments = ("setMandate", mandate.as_tuple())
    if refused:
        with refuses(errors.ValidityPast, valid_until=ends, timestamp=ends + offset):
            created.wallet.read(*arguments, sender=created.principal.address)
    else:
        created.wallet.read(*arguments, sender=created.principal.address)


# Round


@pytest.mark.parametrize("given", [0, 1, 3, 2**32 - 1])
def test_refuses_a_mandate_of_another_round(given, created, following, new_mandate):
    """I31. Two mandates were installed, so the round is 2."""
    install(created, following())
    assert created.wallet.round == 2
    with refuses(errors.RoundEnded, given=given, expected=2):
        install(created, new_mandate().in_round(given))


def test_refuses_to_install_a_mandate_twice(created, following):
    """I16, I31."""
    first = following()
    install(created, first)
    with refuses(errors.RoundEnded, given=1, expected=2):
        install(created, first)
    install(created, following())
    with refuses(errors.RoundEnded, given=1, expected=3):
        install(created, first)


def test_refuses_a_mandate_of_the_round_that_refuse_all_ended(created, following):
    """I31."""
    mandate = following()
    created.wallet.refuse_all(created.principal)
    with refuses(errors.RoundEnded, given=1, expected=2):
        install(created, mandate)
    install(created, mandate.in_round(2))


# Installation


def test_refuses_an_invalid_mandate_and_keeps_the_old_one(created, following):
    """I27."""
    with refuses(errors.InvalidAgentKey):
        install(created, following(agent_key=ZERO_ADDRESS))
    assert created.wallet.enforces(created.mandate)


@pytest.mark.parametrize(
    "wrong",
    [
        {"agent_key": ZERO_ADDRESS},
        {"valid_from": 9, "valid_until": 9},
        {"payment_limit": 501},
        {"window_length": timedelta(seconds=3601)},
        {"currency": ""},
        {"decimals": 19},
        {"payees": [ZERO_ADDRESS]},
        {"payees": []},
        {"currency": "usd"},
        {"stranger_payment_limit": 5},
        {"stranger_window_limit": 5},
        {"stranger_payment_limit": 101, "stranger_window_limit": 200},
        {"stranger_payment_limit": 5, "stranger_window_limit": 4},
        {"stranger_payment_limit": 5, "stranger_window_limit": 501},
    ],
    ids=str,
)
def test_refuses_in_the_package_with_the_error_of_the_contract(wrong, created, following, web3):
    """I26. The package raises the same error with the same arguments, and sends nothing."""
    mandate = following(**wrong)
    with pytest.raises(errors.ContractError) as by_chain:
        install(created, mandate)
    nonce = web3.eth.get_transaction_count(created.principal.address)
    with pytest.raises(errors.ContractError) as by_package:
        created.wallet.set_mandate(created.principal, mandate)
    assert type(by_package.value) is type(by_chain.value)
    assert by_package.value.arguments == by_chain.value.arguments
    assert web3.eth.get_transaction_count(created.principal.address) == nonce


def test_installs_a_mandate_at_every_bound(created, following, budget, deploy):
    """I27."""
    tokens = [[deploy("MockStablecoin", "T", "T", 6) for _ in range(8)] for _ in range(4)]
    payees = [to_checksum_address(f"0x{(i + 1) << 40:040x}") for i in range(250)]
    lengths = (3600, 8 * (2**24 - 1), DAY, 3608)
    budgets = tuple(
        budget(
            currency="X" * 11 + str(i),
            decimals=(6, 18, 0, 12)[i],
            payees=payees,
            tokens=[Token(token.address, 6) for token in tokens[i]],
            windows=(Window(timedelta(seconds=lengths[i]), Decimal(500)),),
        )
        for i in range(4)
    )
    mandate = following(budgets=budgets)
    created.wallet.set_mandate(created.principal, mandate)
    assert created.wallet.enforces(mandate)
    assert created.wallet.read("isPayee", tokens[3][7].address, payees[249])
    assert not created.wallet.read("isPayee", tokens[3][7].address, to_checksum_address(f"0x{251 << 40:040x}"))


def test_installs_the_largest_limits(created, following, usdc, payee):
    """I27."""
    largest = Decimal("79228162514264337593543.950335")
    mandate = following(payment_limit=largest, window_limit=largest, lifetime_limit=largest)
    install(created, mandate)
    state = created.wallet.remaining("USD")
    assert (state.payment, state.lifetime_limit, state.windows[0].limit) == (largest,) * 3
    created.wallet.pay(created.agent, usdc.address, payee.address, 10**6)
    assert created.wallet.remaining("USD").window == Decimal("79228162514264336593543.950335")


def test_event_contains_the_whole_mandate(created, following, agent):
    mandate = following(valid_from=7)
    arguments = created.wallet.set_mandate(created.principal, mandate).event("MandateInstalled").arguments
    assert arguments["mandateHash"] == mandate.hash()
    assert arguments["agentKey"] == agent.address
    assert arguments["pointer"] == created.wallet.read("mandatePointer")
    assert created.wallet.last_mandate() == mandate


def test_enforces_the_new_mandate_from_then_on(created, following, other_agent, usdc, payee):
    """I27."""
    mandate = following(agent_key=other_agent.address, payment_limit=7)
    created.wallet.set_mandate(created.principal, mandate)
    assert created.wallet.mandate_hash == created.wallet.last_mandate_hash == mandate.hash()
    assert created.wallet.enforces(mandate)
    assert not created.wallet.enforces(created.mandate)
    with refuses(errors.NotAgentKey, caller=created.agent.address, agent_key=other_agent.address):
        created.wallet.pay(created.agent, usdc.address, payee.address, 1)
    created.wallet.pay(other_agent, usdc.address, payee.address, 7)


def test_installs_a_mandate_through_execute(created, following):
    mandate = following()
    call = WalletCall(created.wallet.address, 0, created.wallet.call_data("setMandate", mandate.as_tuple()))
    created.wallet.execute(created.principal, call)
    assert created.wallet.enforces(mandate)
