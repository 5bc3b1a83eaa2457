"""`call`: a target that calls back, takes more than its pull, stops the agent, or wastes gas."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from eth_utils import keccak

from peculium import NATIVE, Argument, Budget, Contract, Token, WalletCall, Window, errors
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.call_rules import call_rule
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

TAKE = keccak(text="take()")[:4]


@pytest.fixture
def armed(new_agent, target, usdc, principal):
    """Creates an agent that may call the target, and arms the target. If it `bubbles`, it passes on a revert."""

    def arm(to, data, bubbles=True, **fields):
        rule = call_rule(target.address, "take()", token=usdc.address, pull_limit=50)
        created = new_agent(calls=(rule,), **fields)
        target.send(principal, "arm", to if isinstance(to, str) else to(created), data(created), 1, bubbles)
        return created, rule.selector

    return arm


@pytest.mark.parametrize("function", ["pay", "payBatch", "call", "requestPayment", "resign", "act"])
def test_target_cannot_act_as_the_agent_by_calling_back(function, armed, target, usdc, payee, now):
    """C01, I20."""
    request = (usdc.address, target.address, 1, bytes(32), now() + DAY)
    arguments = {
        "pay": (usdc.address, payee.address, 1, bytes(32)),
        "payBatch": ([(usdc.address, payee.address, 1, bytes(32))],),
        "call": (target.address, 0, 0, b"1234", 0, bytes(32)),
        "requestPayment": (0, request),
        "resign": (),
        "act": (b"1234", (ZERO_ADDRESS, ZERO_ADDRESS, 0, 0, 2**40, 0), b""),
    }[function]
    created, selector = armed(
        lambda created: created.wallet.address,
        lambda created: created.wallet.call_data(function, *arguments),
        bubbles=False,
    )
    created.wallet.call(created.agent, target.address, selector)
    assert (target.read("callsMade"), target.read("lastSuccess")) == (1, False)
    assert created.wallet.spent("USD") == 0
    created.wallet.pay(created.agent, usdc.address, payee.address, 1)


def test_reverts_if_the_target_uses_an_older_approval(armed, target, usdc):
    """I4. Otherwise, more tokens would leave the wallet than are charged."""
    created, selector = armed(
        usdc.address, lambda created: usdc.call_data("transferFrom", created.wallet.address, target.address, 9)
    )
    approve = usdc.call_data("approve", target.address, 10**9)
    created.wallet.execute(created.principal, WalletCall(usdc.address, 0, approve))
    with refuses(errors.TokenTookMore, token=usdc.address, taken=9, amount=0):
        created.wallet.call(created.agent, target.address, selector)
    assert usdc.balance(target.address) == 0


@pytest.mark.parametrize("token_address", ["0x" + "00" * 18 + "c0de", "0x" + "ff" * 20], ids=["low", "high"])
def test_sent_value_does_not_cover_a_token_that_the_target_takes(
    token_address, new_agent, new_mandate, target, dai, payee, principal, relayer, web3
):
    """I4. The token's address lies below or above the one that stands for the native currency."""
    token = copy(dai)
    token.bind(web3, web3.to_checksum_address(token_address), dai.abi)
    web3.provider.make_request("anvil_setCode", [token.address, web3.eth.get_code(dai.address).to_0x_hex()])
    ether = Budget("ETH", 1, 5, (Window(timedelta(days=1), 2),), (Token(NATIVE, 18),), (payee.address,), decimals=18)
    dollars = replace(new_mandate().budgets[0], tokens=(Token(token.address, 18),))
    rule = call_rule(target.address, "take()", token=NATIVE, value_limit=Decimal("0.5"))
    created = new_agent(budgets=(dollars, ether), calls=(rule,))
    web3.provider.make_request("anvil_setBalance", [created.wallet.address, hex(10**19)])
    token.send(relayer, "mint", created.wallet.address, 10)
    created.wallet.execute(principal, WalletCall(token.address, 0, token.call_data("approve", target.address, 10)))
    transfer_data = token.call_data("transferFrom", created.wallet.address, target.address, 9)
    target.send(principal, "arm", token.address, transfer_data, 1, True)
    with refuses(errors.TokenTookMore, token=token.address, taken=9, amount=0):
        created.wallet.call(created.agent, target.address, rule.selector, value="0.5")


def test_reverts_if_the_target_revokes_the_agent(armed, target, suite, principal):
    """I8."""
    suite.switch.set_guardian(principal, target.address)
    created, selector = armed(
        suite.switch.address,
        lambda created: suite.switch.call_data("revoke", principal.address, created.wallet.address),
    )
    # The package doesn't believe it: the revert has undone the revocation.
    with refuses(errors.UnknownRevert):
        created.wallet.call(created.agent, target.address, selector)
    with refuses(errors.AgentIsRevoked):
        Contract.send(created.wallet, created.agent, "call", target.address, 0, 0, selector, 0, bytes(32))


@pytest.fixture
def target_as_principal(new_agent, deploy, target, principal, other_agent, usdc):
    """An agent whose principal is a contract that the target owns, and a function that arms the target to use it."""
    contract = deploy("MockContractPrincipal", principal.address)

    class ContractPrincipal:
        """A principal whose owner signs for it."""

        address = contract.address
        sign_message = staticmethod(principal.sign_message)

    created = new_agent(
        by=ContractPrincipal(), key=other_agent, calls=(call_rule(target.address, "take()", token=usdc.address),)
    )
    contract.send(principal, "setOwner", target.address)

    def arm_as_principal(function, *arguments):
        data = contract.call_data("execute", created.wallet.address, 0, created.wallet.call_data(function, *arguments))
        target.send(principal, "arm", contract.address, data, 1, True)

    return created, arm_as_principal


def test_reverts_if_the_target_lifts_the_mandate(target_as_principal, target):
    """I8."""
    created, arm_as_principal = target_as_principal
    arm_as_principal("liftMandate")
    with refuses(errors.MandateChanged, mandate_hash=created.mandate.hash()):
        created.wallet.call(created.agent, target.address, TAKE)
    assert created.wallet.mandate_hash == created.mandate.hash()


@pytest.mark.parametrize("higher", [False, True])
def test_reverts_if_the_target_replaces_the_mandate(higher, target_as_principal, target, new_mandate):
    """I8. The hash of the new mandate is higher or lower."""
    created, arm_as_principal = target_as_principal
    terms = (
        new_mandate(principal=created.principal.address, terms_uri=f"{i}", calls=created.mandate.calls)
        for i in range(99)
    )
    following = (each.in_round(created.wallet.round) for each in terms)
    arm_as_principal(
        "setMandate", next(each for each in following if (each.hash() > created.mandate.hash()) is higher).as_tuple()
    )
    with refuses(errors.MandateChanged, mandate_hash=created.mandate.hash()):
        created.wallet.call(created.agent, target.address, TAKE)
    assert created.wallet.mandate_hash == created.mandate.hash()


@pytest.fixture
def agent_of_bombs(new_agent, target, usdc):
    """An agent that may call functions that harm their caller."""
    calls = tuple(
        call_rule(target.address, function, arguments, token=usdc.address)
        for function, arguments in (
            ("bomb(uint256)", (Argument.any(),)),
            ("failingBomb(uint256)", (Argument.any(),)),
            ("burn()", ()),
        )
    )
    return new_agent(calls=calls)


def test_wallet_does_not_copy_a_return_bomb(agent_of_bombs, target):
    """Returning 100,000 bytes costs at most a tenth more than in a direct call to the target."""
    gas = [
        agent_of_bombs.wallet.call(agent_of_bombs.agent, target.address, target.call_data("bomb", length)).gas_used
        for length in (0, 0, 100_000)
    ]
    gas_of_bomb = target.web3.eth.estimate_gas({"to": target.address, "data": target.call_data("bomb", 100_000)})
    gas_of_empty = target.web3.eth.estimate_gas({"to": target.address, "data": target.call_data("bomb", 0)})
    assert gas[2] - gas[1] < (gas_of_bomb - gas_of_empty) * 1.1


def test_charges_nothing_if_the_target_reverts_with_a_return_bomb(agent_of_bombs, target, usdc):
    with pytest.raises(errors.ContractError):
        agent_of_bombs.wallet.call(agent_of_bombs.agent, target.address, target.call_data("failingBomb", 100_000))
    assert agent_of_bombs.wallet.spent("USD") == 0


@pytest.mark.parametrize("gas", [100_000, 300_000, 3_000_000])
def test_charges_nothing_if_the_target_burns_all_gas(gas, agent_of_bombs, target, usdc, payee):
    """The wallet keeps 1/64 of the gas, which must not let the call succeed."""
    with pytest.raises(errors.ContractError):
        agent_of_bombs.wallet.send(
            agent_of_bombs.agent,
            "call",
            target.address,
            0,
            0,
            target.call_data("burn"),
            0,
            bytes(32),
            gas=gas,
        )
    assert agent_of_bombs.wallet.spent("USD") == 0
    agent_of_bombs.wallet.pay(agent_of_bombs.agent, usdc.address, payee.address, 1)
