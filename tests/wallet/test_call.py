"""`call`: calls a listed function with arguments that its rule allows, and lets it pull an exact amount."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from eth_abi import encode
from eth_utils import keccak

from peculium import NATIVE, Argument, Budget, Call, CallRule, Token, Window
from peculium import exceptions as errors
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

USD = 10**6
UNRESTRICTED = {
    "any": Argument.any(),
    "address": Argument.any_address(),
    "bytes": Argument.any_bytes(),
    "words": Argument.any_words(),
}


@pytest.fixture
def vault(checkpoint, deploy):
    """A contract that pulls each deposit from the caller."""
    return checkpoint.share("vault", lambda: deploy("MockVault"))


@pytest.fixture
def target(deploy):
    """A contract that accepts any call, and calls back once it is armed."""
    return deploy("MockTarget")


@pytest.fixture
def created(checkpoint, new_agent, vault, usdc):
    """An agent that may deposit up to 50 USDC at a time."""
    rule = CallRule(
        vault.address,
        "deposit(address,uint256)",
        (Argument.equal(usdc.address), Argument.at_most(50 * USD)),
        pull_limit=50,
    )
    return checkpoint.share("created", lambda: new_agent(calls=(rule,)))


@pytest.fixture
def deposit(created, vault, usdc):
    """Deposits whole dollars. The pull equals the deposit unless it is given."""

    def make(amount, pull=None):
        data = vault.call_data("deposit", usdc.address, amount * USD)
        pulled = (usdc.address, amount if pull is None else pull)
        return created.wallet.call(created.agent, vault.address, data, pull=pulled, ref="deposit")

    return make


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


@pytest.mark.parametrize("case", ["target", "selector", "short", "empty", "sentinel", "token", "wallet"])
def test_refuses_an_unlisted_target_or_function(case, created, vault, usdc, stranger):
    """A01, A02, B03, B06, A08."""
    data = bytes.fromhex(vault.call_data("deposit", usdc.address, 1)[2:])
    target, data = {
        "target": (stranger.address, data),
        "selector": (vault.address, keccak(text="withdraw()")[:4]),
        "short": (vault.address, data[:3]),
        "empty": (vault.address, b""),
        "sentinel": ("0x" + "00" * 19 + "01", bytes.fromhex("00000001")),
        "token": (usdc.address, bytes.fromhex(usdc.call_data("transfer", stranger.address, 1)[2:])),
        "wallet": (created.wallet.address, bytes.fromhex(created.wallet.call_data("liftMandate")[2:])),
    }[case]
    with refuses(errors.CallNotListed, target=target, selector=data[:4].ljust(4, b"\0")):
        created.wallet.call(created.agent, target, data)


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


@pytest.mark.parametrize("token", ["unlisted", "native"])
def test_refuses_a_pull_of_an_unlisted_token(token, created, vault, usdc, stranger):
    data = vault.call_data("deposit", usdc.address, 1)
    address = NATIVE if token == "native" else stranger.address
    with refuses(errors.TokenNotListed, token=address):
        created.wallet.send(created.agent, "call", vault.address, 0, data, (address, 1), bytes(32))


def test_refuses_a_pull_of_the_native_currency_even_if_listed(new_agent, new_mandate, vault, usdc, payee, web3):
    """There is no approval of the native currency."""
    ether = Budget("ETH", 1, 5, (Window(timedelta(days=1), 2),), (Token(NATIVE, 18),), (payee.address,), decimals=18)
    arguments = (Argument.any(), Argument.any())
    rule = CallRule(vault.address, "deposit(address,uint256)", arguments, pull_limit=5, decimals=18)
    created = new_agent(budgets=(new_mandate().budgets[0], ether), calls=(rule,))
    web3.provider.make_request("anvil_setBalance", [created.wallet.address, hex(10**19)])
    data = vault.call_data("deposit", usdc.address, 1)
    with refuses(errors.TokenNotListed, token=NATIVE):
        created.wallet.send(created.agent, "call", vault.address, 0, data, (NATIVE, 1), bytes(32))


@pytest.mark.parametrize("caller", ["stranger", "payee", "principal"])
def test_refuses_every_caller_but_the_agent_key(caller, created, vault, usdc, request):
    account = request.getfixturevalue(caller)
    data = vault.call_data("deposit", usdc.address, 1)
    with refuses(errors.NotAgentKey, caller=account.address, agent_key=created.agent.address):
        created.wallet.call(account, vault.address, data)


# Arguments


def rule_on(target, *arguments):
    """A rule on the function `take` of the target."""
    return CallRule(target.address, "take()", arguments)


@pytest.fixture
def try_call(new_agent, target, usdc):
    """Simulates a call with this calldata under a rule on the arguments."""

    agents = {}

    def attempt(arguments, data, pull=(ZERO_ADDRESS, 0)):
        if arguments not in agents:
            agents[arguments] = new_agent(calls=(rule_on(target, *arguments),))
        created = agents[arguments]
        calldata = rule_on(target).selector + data
        words = (target.address, 0, calldata, pull, bytes(32))
        created.wallet.read("call", *words, sender=created.agent.address)

    return attempt


def word(value):
    """A number as 32 bytes."""
    return value.to_bytes(32)


@pytest.mark.parametrize(
    ("rule", "accepted", "refused"),
    [
        (Argument.any(), [0, 2**256 - 1], []),
        (Argument.any_address(), [0, 2**160 - 1], [2**160, 2**256 - 1]),
        (Argument.equal(7), [7], [6, 8, 7 + 2**255]),
        (Argument.one_of(3, 5, 2**255), [3, 5, 2**255], [0, 4, 2**255 + 1]),
        (Argument.at_most(100), [0, 99, 100], [101, 2**256 - 1]),
    ],
    ids=["any", "address", "equal", "one of", "at most"],
)
def test_refuses_an_argument_outside_its_rule(rule, accepted, refused, try_call):
    """B02."""
    for value in accepted:
        try_call((Argument.any(), rule), word(1) + word(value))
    for value in refused:
        with refuses(errors.ArgumentRefused, index=1, word=word(value)):
            try_call((Argument.any(), rule), word(1) + word(value))


def test_refuses_another_address_where_the_rule_requires_this_wallet(new_agent, target, stranger):
    created = new_agent(calls=(rule_on(target, Argument.this_wallet()),))
    wallet_word = int(created.wallet.address, 16)
    for value, is_allowed in ((wallet_word, True), (wallet_word + 2**160, False), (int(stranger.address, 16), False)):
        data = rule_on(target).selector + word(value)
        if is_allowed:
            created.wallet.call(created.agent, target.address, data)
            continue
        with refuses(errors.ArgumentRefused, index=0, word=word(value)):
            created.wallet.call(created.agent, target.address, data)


def test_refuses_an_address_that_is_not_a_payee_of_the_pulled_budget(new_agent, target, usdc, payee, stranger):
    rule = CallRule(target.address, "take()", (Argument.listed_payee(),), pull_limit=1)
    created = new_agent(calls=(rule,))
    listed = int(payee.address, 16)
    for amount in (1, Decimal("0.000001")):
        created.wallet.call(created.agent, target.address, rule.selector + word(listed), pull=(usdc.address, amount))
    for value in (listed + 2**160, int(stranger.address, 16), 0):
        with refuses(errors.ArgumentRefused, index=0, word=word(value)):
            created.wallet.call(created.agent, target.address, rule.selector + word(value), pull=(usdc.address, 1))
    with refuses(errors.ArgumentRefused, index=0, word=word(listed)):
        created.wallet.call(created.agent, target.address, rule.selector + word(listed))


def test_refuses_calldata_of_three_bytes(new_agent, target):
    """Padded with a zero, they would match the listed selector."""
    name = next(name for i in range(10**4) if keccak(text=(name := f"f{i}()"))[3] == 0)
    rule = CallRule(target.address, name, ())
    created = new_agent(calls=(rule,))
    created.wallet.call(created.agent, target.address, rule.selector)
    with refuses(errors.CallNotListed, target=target.address, selector=rule.selector):
        created.wallet.call(created.agent, target.address, rule.selector[:3])


@pytest.mark.parametrize("length", [0, 31, 32, 63, 65, 96])
def test_refuses_calldata_of_another_length(length, try_call):
    """B03."""
    with refuses(errors.InvalidCalldataLength, length=4 + length, expected=4 + 64):
        try_call((Argument.any(), Argument.any()), bytes(length))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (word(64) + word(0), errors.ArgumentRefused),
        (word(31) + word(0), errors.ArgumentRefused),
        (word(0) + word(0), errors.ArgumentRefused),
        (word(32), errors.InvalidCalldataLength),
        (word(32) + word(1), errors.InvalidCalldataLength),
        (word(32) + word(33) + bytes(32), errors.InvalidCalldataLength),
        (word(32) + word(65) + bytes(32), errors.InvalidCalldataLength),
        (word(32) + word(2**255) + bytes(32), errors.ArgumentRefused),
        (word(32) + word(2**256 - 31) + bytes(32), errors.ArgumentRefused),
        (word(32) + word(1) + b"a" + b"\0" * 30 + b"b", errors.PaddingNotZero),
        (word(32) + word(1) + b"a" + bytes(31) + bytes(32), errors.InvalidCalldataLength),
        (word(32) + word(0) + b"\0", errors.InvalidCalldataLength),
    ],
    ids=[
        "offset too far",
        "odd offset",
        "offset to itself",
        "no length",
        "no content",
        "content cut short",
        "content cut short by two words",
        "huge length",
        "length that overflows",
        "dirty padding",
        "a word too many",
        "a byte too many",
    ],
)
def test_refuses_a_dynamic_argument_with_another_encoding(data, expected, try_call):
    """B01, B03."""
    with refuses(expected):
        try_call((UNRESTRICTED["bytes"],), data)


def test_refuses_overlapping_dynamic_arguments(try_call):
    """B01."""
    both = (UNRESTRICTED["bytes"], UNRESTRICTED["bytes"])
    with refuses(errors.ArgumentRefused, index=1, word=word(64)):
        try_call(both, word(64) + word(64) + word(1) + b"a" + bytes(31))


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


@pytest.mark.parametrize("approved", [0, 7, 10**12, 2**256 - 1])
@pytest.mark.parametrize("name", ["usdc", "usdt", "dai"])
def test_restores_the_approval_of_the_principal(approved, name, new_agent, vault, request):
    """E25, I7. Includes USDT, which only changes an approval that is zero."""
    token = request.getfixturevalue(name)
    rule = CallRule(vault.address, "deposit(address,uint256)", (Argument.any(), Argument.any()), pull_limit=50)
    created = new_agent(calls=(rule,))
    if approved:
        approve = token.call_data("approve", vault.address, approved)
        created.wallet.execute(created.principal, Call(token.address, 0, approve))
    data = vault.call_data("deposit", token.address, 10 * 10**token.decimals)
    created.wallet.call(created.agent, vault.address, data, pull=(token.address, 10))
    assert token.read("allowance", created.wallet.address, vault.address) == approved
    with pytest.raises(errors.ContractError):
        created.wallet.call(created.agent, vault.address, data)


def test_sends_and_charges_value(new_agent, new_mandate, target, payee, web3):
    ether = Budget("ETH", 1, 5, (Window(timedelta(days=1), 2),), (Token(NATIVE, 18),), (payee.address,), decimals=18)
    rule = CallRule(target.address, "take()", (), value_limit=Decimal("0.5"))
    created = new_agent(budgets=(new_mandate().budgets[0], ether), calls=(rule,))
    web3.provider.make_request("anvil_setBalance", [created.wallet.address, hex(10**19)])
    created.wallet.call(created.agent, target.address, rule.selector, value="0.5")
    assert web3.eth.get_balance(target.address) == 5 * 10**17
    assert created.wallet.spent("ETH", 18) == Decimal("0.5")
    with refuses(errors.CallValueExceeded, value=5 * 10**17 + 1, limit=5 * 10**17):
        created.wallet.call(created.agent, target.address, rule.selector, value=Decimal("0.5") + Decimal(1).scaleb(-18))


def test_refund_does_not_reduce_the_charge(created, deposit, vault, usdc, relayer):
    """A20."""
    deposit(50)
    usdc.send(relayer, "mint", created.wallet.address, 50 * USD)
    assert created.wallet.spent("USD") == 50


@pytest.mark.parametrize("rules", [1, 2, 3, 64])
def test_applies_the_matching_one_of_many_rules(rules, new_agent, target):
    calls = tuple(CallRule(target.address, f"take{i}()", (Argument.equal(i),)) for i in range(rules))
    created = new_agent(calls=calls)
    for i in {0, rules // 2, rules - 1}:
        created.wallet.call(created.agent, target.address, calls[i].selector + word(i))
        with refuses(errors.ArgumentRefused, index=0, word=word(i + 1)):
            created.wallet.call(created.agent, target.address, calls[i].selector + word(i + 1))
    with refuses(errors.CallNotListed):
        created.wallet.call(created.agent, target.address, keccak(text="other()")[:4])


def test_accepts_dynamic_arguments_as_solidity_encodes_them(try_call):
    kinds = (UNRESTRICTED["any"], UNRESTRICTED["bytes"], UNRESTRICTED["words"], UNRESTRICTED["bytes"])
    for content in (b"", b"x", b"y" * 31, b"z" * 32, b"w" * 33):
        for count in (0, 1, 3):
            values = [1, content, list(range(count)), content[::-1]]
            try_call(kinds, encode(["uint256", "bytes", "uint256[]", "bytes"], values))


# Hostile targets


@pytest.fixture
def armed(new_agent, target, usdc, principal):
    """Creates an agent that may call the target, and arms the target. If it `bubbles`, it passes on a revert."""

    def arm(to, data, bubbles=True, **fields):
        rule = CallRule(target.address, "take()", (), pull_limit=50)
        created = new_agent(calls=(rule,), **fields)
        target.send(principal, "arm", to if isinstance(to, str) else to(created), data(created), 1, bubbles)
        return created, rule.selector

    return arm


@pytest.mark.parametrize("function", ["pay", "payBatch", "call", "requestPayment", "resign", "act"])
def test_target_cannot_use_an_action_of_the_wallet(function, armed, target, usdc, payee, now):
    """C01, I20."""
    request = (usdc.address, target.address, 1, bytes(32), now() + DAY)
    arguments = {
        "pay": (usdc.address, payee.address, 1, bytes(32)),
        "payBatch": ([(usdc.address, payee.address, 1, bytes(32))],),
        "call": (target.address, 0, b"1234", (ZERO_ADDRESS, 0), bytes(32)),
        "requestPayment": (0, request),
        "resign": (),
        "act": (b"1234", (ZERO_ADDRESS, 2**40, ZERO_ADDRESS, 0, 0), b""),
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
    created.wallet.execute(created.principal, Call(usdc.address, 0, approve))
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
    rule = CallRule(target.address, "take()", (), value_limit=Decimal("0.5"))
    created = new_agent(budgets=(dollars, ether), calls=(rule,))
    web3.provider.make_request("anvil_setBalance", [created.wallet.address, hex(10**19)])
    token.send(relayer, "mint", created.wallet.address, 10)
    created.wallet.execute(principal, Call(token.address, 0, token.call_data("approve", target.address, 10)))
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
    with refuses(errors.AgentIsRevoked):
        created.wallet.call(created.agent, target.address, selector)


@pytest.fixture
def target_as_principal(new_agent, deploy, target, principal, other_agent):
    """An agent whose principal is a contract that the target owns, and a function that arms the target to use it."""
    contract = deploy("MockContractPrincipal", principal.address)

    class ContractPrincipal:
        """A principal whose owner signs for it."""

        address = contract.address
        sign_message = staticmethod(principal.sign_message)

    created = new_agent(by=ContractPrincipal(), key=other_agent, calls=(CallRule(target.address, "take()"),))
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
        created.wallet.call(created.agent, target.address, CallRule(target.address, "take()").selector)
    assert created.wallet.mandate_hash == created.mandate.hash()


@pytest.mark.parametrize("higher", [False, True])
def test_reverts_if_the_target_replaces_the_mandate(higher, target_as_principal, target, new_mandate):
    """I8. The hash of the new mandate is higher or lower."""
    created, arm_as_principal = target_as_principal
    terms = (
        new_mandate(principal=created.principal.address, terms_uri=f"{i}", calls=created.mandate.calls)
        for i in range(99)
    )
    following = (each.replacing(created.mandate.hash()) for each in terms)
    arm_as_principal(
        "setMandate", next(each for each in following if (each.hash() > created.mandate.hash()) is higher).as_tuple()
    )
    with refuses(errors.MandateChanged, mandate_hash=created.mandate.hash()):
        created.wallet.call(created.agent, target.address, CallRule(target.address, "take()").selector)
    assert created.wallet.mandate_hash == created.mandate.hash()


@pytest.fixture
def agent_of_bombs(new_agent, target):
    """An agent that may call functions that harm their caller."""
    calls = tuple(
        CallRule(target.address, function, arguments)
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
            target.call_data("burn"),
            (ZERO_ADDRESS, 0),
            bytes(32),
            gas=gas,
        )
    assert agent_of_bombs.wallet.spent("USD") == 0
    agent_of_bombs.wallet.pay(agent_of_bombs.agent, usdc.address, payee.address, 1)
