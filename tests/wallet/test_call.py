"""`call`: calls a listed function and lets it pull an exact amount."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from eth_utils import keccak

from peculium import NATIVE, Argument, Budget, Token, WalletCall, Window, errors
from verification.testing.call_rules import call_rule
from verification.testing.refusals import refuses

USD = 10**6


@pytest.fixture
def vault(checkpoint, deploy):
    """A contract that pulls each deposit from the caller."""
    return checkpoint.share("vault", lambda: deploy("MockVault"))


@pytest.fixture
def created(checkpoint, new_agent, vault, usdc):
    """An agent that may deposit up to 50 USDC at a time."""
    arguments = (Argument.equal(usdc.address), Argument.at_most(50 * USD))
    rule = call_rule(vault.address, "deposit(address,uint256)", arguments, token=usdc.address, pull_limit=50)
    return checkpoint.share("created", lambda: new_agent(calls=(rule,)))


@pytest.fixture
def deposit(created, vault, usdc):
    """Deposits whole dollars. The pull equals the deposit unless it is given."""

    def make(amount, pull=None):
        data = vault.call_data("deposit", usdc.address, amount * USD)
        pulled = amount if pull is None else pull
        return created.wallet.call(created.agent, vault.address, data, pull=pulled, ref="deposit")

    return make


@pytest.fixture
def agent_with_vault(new_agent, vault):
    """Creates an agent that may deposit a token."""

    def create(token):
        arguments = (Argument.any(), Argument.any())
        terms = {"token": token.address, "pull_limit": 50}
        return new_agent(calls=(call_rule(vault.address, "deposit(address,uint256)", arguments, **terms),))

    return create


# Refusals


@pytest.mark.parametrize("stop", ["revoke", "pause", "lift", "expire"])
def test_refuses_calls_of_a_stopped_agent(stop, created, deposit, suite, time_travel):
    """I8."""
    if stop == "lift":
        created.wallet.lift_mandate(created.principal)
    elif stop == "expire":
        time_travel(to=created.mandate.valid_until)
    else:
        getattr(suite.switch, stop)(created.principal, created.wallet.address)
    expected = {
        "revoke": errors.AgentIsRevoked,
        "pause": errors.AgentIsPaused,
        "lift": errors.NoMandate,
        "expire": errors.MandateExpired,
    }[stop]
    with refuses(expected):
        deposit(1)


@pytest.mark.parametrize("case", ["target", "selector", "variant", "short", "empty", "sentinel", "token", "wallet"])
def test_refuses_an_unlisted_target_or_function(case, created, vault, usdc, stranger):
    """A01, A02, B03, B06, A08."""
    data = bytes.fromhex(vault.call_data("deposit", usdc.address, 1)[2:])
    variant = 1 if case == "variant" else 0
    target, data = {
        "target": (stranger.address, data),
        "variant": (vault.address, data),
        "selector": (vault.address, keccak(text="withdraw()")[:4]),
        "short": (vault.address, data[:3]),
        "empty": (vault.address, b""),
        "sentinel": ("0x" + "00" * 19 + "01", bytes.fromhex("00000001")),
        "token": (usdc.address, bytes.fromhex(usdc.call_data("transfer", stranger.address, 1)[2:])),
        "wallet": (created.wallet.address, bytes.fromhex(created.wallet.call_data("liftMandate")[2:])),
    }[case]
    with refuses(errors.CallNotListed, target=target, selector=data[:4].ljust(4, b"\0"), variant=variant):
        created.wallet.call(created.agent, target, data, variant=variant)


def test_refuses_a_target_that_has_lost_its_code(created, vault, deposit, web3):
    """B09."""
    web3.provider.make_request("anvil_setCode", [vault.address, "0x"])
    with refuses(errors.TargetHasNoCode, target=vault.address):
        deposit(1)


def test_refuses_value_above_the_rule(created, vault, usdc):
    data = vault.call_data("deposit", usdc.address, 1)
    with refuses(errors.CallValueExceeded, value=1, limit=0):
        created.wallet.call(created.agent, vault.address, data, value=Decimal(1).scaleb(-18))


def test_refuses_a_pull_above_the_rule(deposit):
    with refuses(errors.PullLimitExceeded, charge=50 * USD + 1, limit=50 * USD):
        deposit(50, pull=Decimal("50.000001"))
    deposit(50)


def test_refuses_a_pull_above_the_budget(created, deposit, usdc, payee):
    """I5. Payments and calls share one counter."""
    for _ in range(4):
        created.wallet.pay(created.agent, usdc.address, payee.address, 100)
    deposit(50)
    created.wallet.pay(created.agent, usdc.address, payee.address, 1)
    with refuses(errors.WindowLimitExceeded, charge=50 * USD, remaining=49 * USD):
        deposit(50)


def test_refuses_a_pull_of_the_native_currency(new_agent, new_mandate, vault, usdc, payee, web3):
    """There is no approval of the native currency, so its rules have a pull limit of zero."""
    ether = Budget("ETH", 1, 5, (Window(timedelta(days=1), 2),), (Token(NATIVE, 18),), (payee.address,), decimals=18)
    rule = call_rule(vault.address, "deposit(address,uint256)", (Argument.any(), Argument.any()), token=NATIVE)
    created = new_agent(budgets=(new_mandate().budgets[0], ether), calls=(rule,))
    web3.provider.make_request("anvil_setBalance", [created.wallet.address, hex(10**19)])
    data = vault.call_data("deposit", usdc.address, 1)
    with refuses(errors.PullLimitExceeded, charge=1, limit=0):
        created.wallet.call(created.agent, vault.address, data, pull=Decimal(1).scaleb(-18))


def test_reverts_if_the_target_pulls_another_token_than_the_rules(agent_with_vault, vault, usdc, dai):
    """Only the rule's own token is approved."""
    created = agent_with_vault(usdc)
    with pytest.raises(errors.UnknownRevert):
        created.wallet.call(created.agent, vault.address, vault.call_data("deposit", dai.address, 1), pull=1)
    assert created.wallet.spent("USD") == 0


@pytest.mark.parametrize("caller", ["stranger", "payee", "principal"])
def test_refuses_every_caller_but_the_agent_key(caller, created, vault, usdc, request):
    account = request.getfixturevalue(caller)
    data = vault.call_data("deposit", usdc.address, 1)
    with refuses(errors.NotAgentKey, caller=account.address, agent_key=created.agent.address):
        created.wallet.call(account, vault.address, data)


@pytest.mark.parametrize("approved", [1, 7, 10**12, 2**256 - 1])
@pytest.mark.parametrize("name", ["usdc", "usdt", "dai"])
def test_refuses_a_pull_while_the_target_has_an_approval(approved, name, agent_with_vault, vault, request):
    """I7. To put an older approval back after the call could restore what the principal revoked meanwhile."""
    token = request.getfixturevalue(name)
    created = agent_with_vault(token)
    approve = token.call_data("approve", vault.address, approved)
    created.wallet.execute(created.principal, WalletCall(token.address, 0, approve))
    data = vault.call_data("deposit", token.address, 1)
    with refuses(errors.ApprovalStands, token=token.address, target=vault.address, amount=approved):
        created.wallet.call(created.agent, vault.address, data, pull=1)
    assert token.read("allowance", created.wallet.address, vault.address) == approved
    assert created.wallet.spent("USD") == 0
    revoke = token.call_data("approve", vault.address, 0)
    created.wallet.execute(created.principal, WalletCall(token.address, 0, revoke))
    created.wallet.call(created.agent, vault.address, data, pull=1)


def test_reverts_if_the_target_needs_more_than_the_pull(created, deposit, usdc):
    before = usdc.balance(created.wallet.address)
    with pytest.raises(errors.ContractError):
        deposit(20, pull=19)
    assert usdc.balance(created.wallet.address) == before
    assert created.wallet.spent("USD") == 0


def test_reverts_and_charges_nothing_if_the_target_reverts(created, vault, usdc):
    data = vault.call_data("deposit", usdc.address, 5 * USD)
    with pytest.raises(errors.ContractError):
        created.wallet.call(created.agent, vault.address, data)
    assert created.wallet.spent("USD") == 0


# Accepted calls


def test_moves_exactly_the_pull_and_leaves_no_approval(created, deposit, vault, usdc):
    """A03, A04, I7."""
    before = usdc.balance(created.wallet.address)
    receipt = deposit(20)
    assert usdc.balance(created.wallet.address) == before - 20
    assert vault.read("deposits", usdc.address, created.wallet.address) == 20 * USD
    assert usdc.read("allowance", created.wallet.address, vault.address) == 0
    assert created.wallet.spent("USD") == 20
    made = receipt.event("CallMade").arguments
    assert (made["target"], made["selector"], made["value"]) == (
        vault.address,
        keccak(text="deposit(address,uint256)")[:4],
        0,
    )
    paid = receipt.event("PaymentMade").arguments
    assert (paid["payee"], paid["amount"], paid["charge"]) == (vault.address, 20 * USD, 20 * USD)


def test_charges_the_approved_amount_even_if_the_target_pulls_less(created, deposit, vault, usdc):
    """A03, A04."""
    deposit(10, pull=30)
    assert created.wallet.spent("USD") == 30
    assert vault.read("deposits", usdc.address, created.wallet.address) == 10 * USD
    assert usdc.read("allowance", created.wallet.address, vault.address) == 0


@pytest.mark.parametrize("name", ["usdc", "usdt", "dai"])
def test_approval_is_zero_after_the_call(name, agent_with_vault, vault, request):
    """I7. Includes USDT, which requires an approval of zero before a new one, and a target that pulls nothing."""
    token = request.getfixturevalue(name)
    created = agent_with_vault(token)
    for deposited in (10, 9, 0):
        data = vault.call_data("deposit", token.address, deposited * 10**token.decimals)
        created.wallet.call(created.agent, vault.address, data, pull=10)
        assert token.read("allowance", created.wallet.address, vault.address) == 0
    data = vault.call_data("deposit", token.address, 1)
    with pytest.raises(errors.ContractError):
        created.wallet.call(created.agent, vault.address, data)


def test_sends_and_charges_value(new_agent, new_mandate, target, payee, web3):
    ether = Budget("ETH", 1, 5, (Window(timedelta(days=1), 2),), (Token(NATIVE, 18),), (payee.address,), decimals=18)
    rule = call_rule(target.address, "take()", token=NATIVE, value_limit=Decimal("0.5"))
    created = new_agent(budgets=(new_mandate().budgets[0], ether), calls=(rule,))
    web3.provider.make_request("anvil_setBalance", [created.wallet.address, hex(10**19)])
    created.wallet.call(created.agent, target.address, rule.selector, value="0.5")
    assert web3.eth.get_balance(target.address) == 5 * 10**17
    assert created.wallet.spent("ETH") == Decimal("0.5")
    with refuses(errors.CallValueExceeded, value=5 * 10**17 + 1, limit=5 * 10**17):
        created.wallet.call(created.agent, target.address, rule.selector, value=Decimal("0.5") + Decimal(1).scaleb(-18))


def test_refund_does_not_reduce_the_charge(created, deposit, vault, usdc, relayer):
    """A20."""
    deposit(50)
    usdc.send(relayer, "mint", created.wallet.address, 50 * USD)
    assert created.wallet.spent("USD") == 50
