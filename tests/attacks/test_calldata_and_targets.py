"""B: calldata that wallet and target decode differently, and targets that do more than they seem to."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from eth_abi import encode
from eth_account import Account
from eth_utils import keccak
from hexbytes import HexBytes

from peculium import NATIVE, AgentWallet, Argument, Call, Contract, Pay, Resign, errors, send_transaction
from tests.attacks.conftest import AMPLE, TAKE
from verification.testing.addresses import SUITE_GETTERS, ZERO_ADDRESS
from verification.testing.call_rules import call_rule
from verification.testing.durations import DAY

NO_REASON = "no reason was given"
TWO = "take(bytes,uint256[])"


def word(number):
    return (number % 2**256).to_bytes(32)


@pytest.fixture
def with_rules(attack, new_rogue, fund, usdc):
    """Creates agents with their own call rules on allied targets. The attack watches their wallets.

    A rule that names no token is in dollars.
    """
    count = itertools.count()

    def create(*rules, **overrides):
        key = Account.from_key(keccak(text=f"rogue {next(count)}"))
        fund(key.address, 100)
        rules = [rule if rule.token else replace(rule, token=usdc.address) for rule in rules]
        agent = new_rogue(key=key, calls=tuple(rules), **overrides)
        attack.watch(agent)
        return agent

    return create


# B01 to B03: calldata


@pytest.mark.parametrize("offset", [0, 31, 33, 64, 96, 2**64, 2**255, 2**256 - 32])
def test_b01_an_offset_that_points_to_other_words(offset, attack, with_rules, target):
    """Points the offset of an argument before its words, behind them, and past the end of the address space."""
    rule = call_rule(target.address, "take(bytes)", (Argument.any_bytes(),))
    mine = with_rules(rule)
    with attack.refused(errors.ArgumentRefused, index=0):
        mine.wallet.call(mine.agent, target.address, rule.selector + word(offset) + word(1) + b"a" + bytes(31))


MALFORMED = {
    "both offsets at the first": (word(64) + word(64) + word(0) + word(0), errors.ArgumentRefused),
    "the offsets exchanged": (word(96) + word(64) + word(0) + word(0), errors.ArgumentRefused),
    "a gap between them": (word(64) + word(128) + word(0) + word(0) + word(0), errors.ArgumentRefused),
    "a length of everything": (word(64) + word(96) + word(-1) + word(0), errors.ArgumentRefused),
    "a length that overflows": (word(64) + word(96) + word(0) + word(2**251), errors.ArgumentRefused),
    "a length beyond the end": (word(64) + word(96) + word(0) + word(2), errors.InvalidCalldataLength),
    "bytes behind the end": (word(64) + word(96) + word(0) + word(0) + b"\1", errors.InvalidCalldataLength),
    "a word behind the end": (word(64) + word(96) + word(0) + word(0) + word(1), errors.InvalidCalldataLength),
    "bytes in the padding": (word(64) + word(128) + word(1) + word(1) + word(0), errors.PaddingNotZero),
    "no second argument": (word(64) + word(96) + word(0), errors.InvalidCalldataLength),
    "nothing at all": (b"", errors.InvalidCalldataLength),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_b01_overlapping_arguments(name, attack, with_rules, target):
    """Encodes two dynamic arguments in ways that Solidity reads but never writes."""
    rule = call_rule(target.address, TWO, (Argument.any_bytes(), Argument.any_words()))
    mine = with_rules(rule)
    tail, refusal = MALFORMED[name]
    with attack.refused(refusal):
        mine.wallet.call(mine.agent, target.address, rule.selector + tail)


@pytest.mark.parametrize("bits", [1 << 160, 1 << 255, (2**96 - 1) << 160])
def test_b02_dirty_bits_above_an_address(bits, attack, rogue, with_rules, target, usdc, payee, accomplice, web3):
    """Sets bits above an address, so that code that compares and code that masks see different payees."""
    mine = with_rules(call_rule(target.address, "take(address)", (Argument.any_address(),)))
    dirty = word(int(accomplice.address, 16) | bits)
    with attack.refused(errors.ArgumentRefused, index=0):
        mine.wallet.call(mine.agent, target.address, mine.mandate.calls[0].selector + dirty)
    listed = with_rules(call_rule(target.address, "take(address)", (Argument.listed_payee(),)))
    dirty = word(int(payee.address, 16) | bits)
    with attack.refused(errors.ArgumentRefused, index=0):
        listed.wallet.call(listed.agent, target.address, mine.mandate.calls[0].selector + dirty, pull=1)
    paying = HexBytes(rogue.wallet.call_data("pay", usdc.address, payee.address, 1, bytes(32)))
    with attack.refused(errors.UnknownRevert, reason=NO_REASON):
        send_transaction(web3, rogue.agent, rogue.wallet.address, paying[:36] + dirty + paying[68:])


def test_b03_truncated_and_appended_calldata(attack, rogue, usdc, payee, accomplice, relayer, web3, target, now):
    """Truncates a payment at any byte, and appends another sender as trusted forwarders do (ERC-2771)."""
    attack.may_extract("0.000001")
    paying = bytes(HexBytes(rogue.wallet.call_data("pay", usdc.address, payee.address, 1, bytes(32))))
    for length in (1, 3, 4, 5, 36, 67, 68, 99, 100, 131):
        with attack.refused(errors.UnknownRevert, reason=NO_REASON):
            send_transaction(web3, rogue.agent, rogue.wallet.address, paying[:length])
    # Appended bytes change nothing: the agent key still has to send it, and the listed payee receives it.
    tail = bytes(HexBytes(rogue.agent.address))
    with attack.refused(errors.NotAgentKey, caller=accomplice.address):
        send_transaction(web3, accomplice, rogue.wallet.address, paying + tail)
    with attack.accepted():
        send_transaction(web3, rogue.agent, rogue.wallet.address, paying + bytes(HexBytes(accomplice.address)))
    with attack.refused(errors.InvalidCalldataLength):
        rogue.wallet.call(rogue.agent, target.address, TAKE + tail)


@pytest.mark.parametrize("length", [0, 3, 4, 36, 131])
def test_b03_a_truncated_signed_action(length, attack, rogue, usdc, payee, relayer, now):
    """Signs a truncated payment and relays it."""
    whole = rogue.wallet.action(Pay(usdc.address, payee.address, 1))

    class Cut(AgentWallet):
        """Signs whatever is left."""

        def action(self, action):
            return whole[:length]

    action = Cut(rogue.wallet.web3, rogue.wallet.address).sign_action(rogue.agent, Resign(), deadline=now() + DAY)
    expected, arguments = (errors.NotAnAction, {}) if length < 4 else (errors.UnknownRevert, {"reason": NO_REASON})
    with attack.refused(expected, **arguments):
        rogue.wallet.act(relayer, action)
    assert not rogue.wallet.is_action_spent(action.nonce)


# B05 to B08: targets


def test_b05_a_listed_selector_on_an_unlisted_target(attack, with_rules, colluder, usdc, dai, accomplice):
    """Lists `transfer` of the agent's own contract, and calls `transfer` of the dollar token."""
    rule = call_rule(colluder.address, "transfer(address,uint256)", (Argument.any_address(), Argument.any()))
    mine = with_rules(rule)
    for token in (usdc, dai):
        with attack.refused(errors.CallNotListed, target=token.address, selector=rule.selector):
            mine.wallet.call(mine.agent, token.address, token.call_data("transfer", accomplice.address, 1))


def test_b05_a_selector_collision_with_burn(attack, with_rules, colluder, usdc):
    """Lists a harmless function with the selector of `burn(uint256)`, and calls the token with it."""
    harmless = call_rule(colluder.address, "collate_propagate_storage(bytes16)", (Argument.any(),))
    assert harmless.selector.hex() == "42966c68"
    mine = with_rules(harmless)
    with attack.refused(errors.CallNotListed, target=usdc.address):
        mine.wallet.call(mine.agent, usdc.address, harmless.selector + word(10**12))


@pytest.mark.parametrize("part", ["itself", *SUITE_GETTERS])
def test_b06_the_suite_as_a_call_target(part, attack, rogue, regrant, usdc):
    """Calls the wallet itself or a contract of the suite in the wallet's name, listed or not."""
    address = rogue.wallet.address if part == "itself" else rogue.wallet.read(part)
    for data in (rogue.wallet.call_data("liftMandate"), rogue.wallet.call_data("execute", ZERO_ADDRESS, 0, b"")):
        with attack.refused(errors.CallNotListed, target=address):
            rogue.wallet.call(rogue.agent, address, data)
    with attack.refused(errors.TargetRefused, target=address):
        regrant(calls=(call_rule(address, "liftMandate()", token=usdc.address),))


@pytest.mark.parametrize(
    "forwarder",
    [
        "0xcA11bde05977b3631167028862bE2a173976CA11",
        "0x000000000022D473030F116dDEE9F6B43aC78BA3",
        "0x4e59b44847b379578588920cA78FbF26c0B4956C",
    ],
    ids=["Multicall3", "Permit2", "CREATE2 deployer"],
)
def test_b07_a_well_known_forwarder_as_a_target(forwarder, attack, regrant, web3, usdc):
    """Lists a contract that calls anything for anybody."""
    web3.provider.make_request("anvil_setCode", [forwarder, "0x6000"])
    with attack.refused(errors.TargetRefused, target=forwarder):
        regrant(calls=(call_rule(forwarder, "run(bytes)", token=usdc.address),))


def test_b07_an_unknown_forwarder_as_a_target(attack, with_rules, colluder, usdc, dai, payee, accomplice, relayer):
    """Lists a forwarder that moves the wallet's money: with a pull, without one, and back into the wallet."""
    take = call_rule(colluder.address, "take()", (), pull_limit=100)
    perform = call_rule(colluder.address, "perform((address,uint256,bytes)[])", (Argument.any_words(),), pull_limit=100)
    mine = with_rules(take, perform)
    attack.may_extract(100)
    inner = [
        (usdc, usdc.call_data("transferFrom", mine.wallet.address, accomplice.address, 10**8)),
        (usdc, usdc.call_data("transferFrom", mine.wallet.address, accomplice.address, 1)),
        (dai, dai.call_data("transferFrom", mine.wallet.address, accomplice.address, 1)),
        (mine.wallet, mine.wallet.call_data("withdraw", usdc.address, accomplice.address, 1)),
        (mine.wallet, mine.wallet.call_data("pay", usdc.address, payee.address, 1, bytes(32))),
    ]
    steps = [(contract.address, 0, bytes(HexBytes(data))) for contract, data in inner]
    # No rule can describe an array of structs, so the call is refused whatever it contains.
    with attack.refused(errors.InvalidCalldataLength):
        data = perform.selector + encode(["(address,uint256,bytes)[]"], [steps])
        mine.wallet.call(mine.agent, colluder.address, data, pull=100)
    # A forwarder prepared by somebody else still acts, and receives what was charged.
    colluder.send(relayer, "arm", steps)
    with attack.accepted():
        mine.wallet.send(mine.agent, "call", colluder.address, 0, 0, TAKE, 10**8, bytes(32), gas=AMPLE)
    attack.inner_calls(
        colluder.read("results"),
        None,
        errors.UnknownRevert,
        errors.UnknownRevert,
        errors.NotPrincipal,
        errors.ReentrancyGuardReentrantCall,
    )


def test_b08_a_target_that_would_overwrite_storage(attack, with_rules, deploy, web3):
    """Calls a target that would overwrite the principal, the mandate and all counters under `delegatecall`."""
    scribbler = deploy("StorageScribbler")
    mine = with_rules(call_rule(scribbler.address, "take()"))
    slots = range(scribbler.read("SLOTS"))
    before = [bytes(web3.eth.get_storage_at(mine.wallet.address, slot)) for slot in slots]
    with attack.accepted():
        mine.wallet.call(mine.agent, scribbler.address, TAKE)
    assert [bytes(web3.eth.get_storage_at(mine.wallet.address, slot)) for slot in slots] == before
    assert all(any(web3.eth.get_storage_at(scribbler.address, slot)) for slot in slots)


@pytest.mark.parametrize("part", ["implementation", "MANDATE_MODULE", "POWERS_MODULE"])
def test_b08_direct_calls_to_implementation_and_modules(part, attack, rogue, suite, usdc, accomplice, new_mandate):
    """Initializes the implementation or a module, or calls its open functions, to control the code of all wallets."""
    address = suite.factory.read("IMPLEMENTATION") if part == "implementation" else rogue.wallet.read(part)
    # As any contract: of what is no wallet, a wallet's binding says no more than that.
    code = AgentWallet(rogue.wallet.web3, address)
    enrollment = ("", bytes(32), 2**255, b"", b"", b"")
    mandate = new_mandate(principal=accomplice.address).as_tuple()
    request = (usdc.address, accomplice.address, 1, bytes(32), 2**34)
    asked = (usdc.address, 0, b"", usdc.address, 0, 0, bytes(32), 2**34)
    authorization = (0, usdc.address, accomplice.address, 1, 0, 2**34, *[bytes(32)] * 3)
    attempts = {
        "implementation": {
            "initialize": ((mandate, enrollment), errors.NotFactory),
            "execute": ((usdc.address, 0, b""), errors.NotPrincipal),
            "acceptHandOver": ((), errors.NotPendingPrincipal),
            "pay": ((usdc.address, accomplice.address, 1, bytes(32)), errors.NoMandate),
        },
        "POWERS_MODULE": {
            "call": ((usdc.address, 0, 0, TAKE, 0, bytes(32)), errors.NoMandate),
            "preauthorize": ((authorization, bytes(32)), errors.NoMandate),
        },
        "MANDATE_MODULE": {
            "setMandate": ((mandate,), errors.NotPrincipal),
            "requestPayment": ((0, request), errors.NoMandate),
            "requestCall": ((0, asked), errors.NoMandate),
            "approveRequest": ((0, request, 0), errors.NotPrincipal),
            "approveCall": ((0, asked, 0), errors.NotPrincipal),
            "refuseAll": ((), errors.NotPrincipal),
        },
    }[part]
    for function, (arguments, refusal) in attempts.items():
        with attack.refused(refusal):
            Contract.send(code, accomplice, function, *arguments)


# B09 to B14: targets and payees that change


def test_b09_a_listed_target_that_changes_its_code(
    attack, rogue, vault, colluder, usdc, dai, web3, relayer, accomplice
):
    """Lists an honest vault, then replaces its code by code that steals."""
    attack.may_extract(500)
    web3.provider.make_request("anvil_setCode", [vault.address, web3.eth.get_code(colluder.address).to_0x_hex()])
    evil = type(colluder).__new__(type(colluder))
    evil.bind(web3, vault.address, colluder.abi)
    steals = [
        (token.address, 0, token.call_data("transferFrom", rogue.wallet.address, accomplice.address, units))
        for token, units in ((usdc, 10**8), (usdc, 1), (dai, 1))
    ]
    evil.send(relayer, "arm", steals)
    data = vault.call_data("deposit", usdc.address, 10**8)
    arguments = (vault.address, 0, 0, data, 10**8, bytes(32))
    for _ in range(4):
        with attack.accepted():
            rogue.wallet.send(rogue.agent, "call", *arguments, gas=AMPLE)
    assert [success for success, _ in evil.read("results")] == [True, False, False] * 4
    with attack.refused(errors.WindowLimitExceeded):
        rogue.wallet.send(rogue.agent, "call", *arguments, gas=AMPLE)


def test_b10_a_payee_that_gets_code(attack, rogue, colluder, payee, usdc, web3, relayer, now):
    """Lists an account that gets code before it is paid (EIP-7702), and acts during the payment."""
    attack.may_extract(0, "0.1")
    web3.provider.make_request("anvil_setCode", [payee.address, web3.eth.get_code(colluder.address).to_0x_hex()])
    grown = type(colluder).__new__(type(colluder))
    grown.bind(web3, payee.address, colluder.abi)
    action = rogue.wallet.sign_action(rogue.agent, Pay(usdc.address, payee.address, 100), deadline=now() + DAY)
    again = rogue.wallet.call_data("act", action.action, action.relay(), action.signature)
    home = rogue.wallet.call_data("withdrawAll", usdc.address, payee.address)
    grown.send(relayer, "arm", [(rogue.wallet.address, 0, again), (rogue.wallet.address, 0, home)])
    with attack.accepted():
        rogue.wallet.send(rogue.agent, "pay", NATIVE, payee.address, 10**17, bytes(32), gas=AMPLE)
    attack.inner_calls(grown.read("results"), errors.ReentrancyGuardReentrantCall, errors.NotPrincipal)


def test_b14_a_target_that_fails_after_the_charge(attack, rogue, target, usdc, take, relayer, now):
    """Makes the target fail after the charge, called directly and relayed, so that some effect might remain."""
    pull = usdc.call_data("transferFrom", rogue.wallet.address, target.address, 101 * 10**6)
    for _ in range(10):
        target.send(relayer, "arm", usdc.address, pull, 1, True)
        with attack.refused(errors.UnknownRevert, reason="ERC20: transfer amount exceeds allowance"):
            take(100)
    action = rogue.wallet.sign_action(rogue.agent, Call(target.address, TAKE, 0, 100), deadline=now() + DAY)
    with attack.refused(errors.UnknownRevert, reason="ERC20: transfer amount exceeds allowance"):
        rogue.wallet.act(relayer, action)
    assert rogue.wallet.spent("USD") == 0
    assert not rogue.wallet.is_action_spent(action.nonce)


# B15 to B20: limits of the call rules


def test_b15_a_pull_of_ether(attack, with_rules, regrant, colluder):
    """Pulls ether, so that it is charged as a pull and approved to an address that is no token."""
    rule = call_rule(colluder.address, "take()", value_limit="0.1", token=NATIVE)
    mine = with_rules(rule)
    for value in (0, 10**16):
        with attack.refused(errors.PullLimitExceeded, charge=10**8, limit=0):
            mine.wallet.send(mine.agent, "call", colluder.address, 0, value, TAKE, 10**8, bytes(32))
    with attack.refused(errors.NativeNotPullable, target=colluder.address):
        regrant(calls=(replace(rule, pull_limit=1),))


def test_b16_a_target_without_code(attack, rogue, target, usdc, take, web3):
    """Calls a target that has destroyed itself: every call succeeds, and the approval would remain."""
    code = web3.eth.get_code(target.address).to_0x_hex()
    web3.provider.make_request("anvil_setCode", [target.address, "0x"])
    with attack.refused(errors.TargetHasNoCode, target=target.address):
        take(100)
    web3.provider.make_request("anvil_setCode", [target.address, code])


def test_b17_an_unlisted_payee_in_an_argument(
    attack, with_rules, target, usdc, dai, accomplice, payee, budgets, suite, rogue
):
    """Passes an accomplice, the wallet, a token or the suite as an argument, with a payee list and to strangers."""
    rule = call_rule(target.address, "take(address)", (Argument.listed_payee(),), pull_limit=100)
    mine = with_rules(rule)
    for to in (accomplice.address, mine.wallet.address, usdc.address, ZERO_ADDRESS, rogue.wallet.address):
        with attack.refused(errors.ArgumentRefused, index=0):
            data = rule.selector + word(int(to, 16))
            mine.wallet.call(mine.agent, target.address, data, pull=1)
    strangers = replace(budgets[0], payees=(), stranger_payment_limit=100, stranger_window_limit=500)
    anybody = with_rules(rule, budgets=(strangers, budgets[1]))
    for to in (
        accomplice.address,
        usdc.address,
        dai.address,
        ZERO_ADDRESS,
        *anybody.wallet.read("suite"),
    ):
        with attack.refused(errors.ArgumentRefused, index=0):
            data = rule.selector + word(int(to, 16))
            anybody.wallet.call(anybody.agent, target.address, data, pull=1)


def test_b18_numbers_just_outside_a_rule(attack, with_rules, target, accomplice):
    """Passes numbers just outside a rule: one more, negative, or with the upper half set."""
    rules = {
        "most(uint256)": (Argument.at_most(100), (101, -1, 2**255, 2**128 + 1)),
        "same(uint256)": (Argument.equal(100), (99, 101, 0, 100 + 2**160, 100 << 8)),
        "some(uint256)": (Argument.one_of(1, 5), (0, 2, 4, 6, 1 << 255 | 1)),
        "mine(address)": (Argument.this_wallet(), (0, int(accomplice.address, 16))),
    }
    mine = with_rules(*(call_rule(target.address, name, (argument,)) for name, (argument, _) in rules.items()))
    selectors = {rule.function: rule.selector for rule in mine.mandate.calls}
    for name, (_, numbers) in rules.items():
        for number in (*numbers, int(mine.wallet.address, 16) | 1 << 160 if name == "mine(address)" else numbers[0]):
            with attack.refused(errors.ArgumentRefused, index=0):
                mine.wallet.call(mine.agent, target.address, selectors[name] + word(number))


@pytest.mark.parametrize("function", ["bomb(uint256)", "failingBomb(uint256)"])
def test_b19_a_return_bomb(function, attack, with_rules, target, usdc, payee):
    """The target returns or reverts with a quarter of a megabyte, so that copying it would use up all gas."""
    mine = with_rules(call_rule(target.address, function, (Argument.any(),)))
    size = 250_000
    data = mine.mandate.calls[0].selector + word(size)
    arguments = (target.address, 0, 0, data, 0, bytes(32))
    if function == "bomb(uint256)":
        with attack.accepted():
            mine.wallet.send(mine.agent, "call", *arguments, gas=AMPLE)
    else:
        with attack.refused(errors.UnknownRevert, reason="0x" + "00" * size):
            mine.wallet.send(mine.agent, "call", *arguments, gas=AMPLE)
    mine.wallet.would_refuse(mine.agent.address, usdc.address, payee.address, 100)


def test_b20_a_payment_to_a_target_and_a_call_to_a_payee(attack, rogue, usdc, vault, target, accomplice):
    """Pays a listed target that is no payee, and calls a listed payee that is no target."""
    for to in (vault.address, target.address):
        with attack.refused(errors.PayeeNotListed, payee=to):
            rogue.wallet.pay_batch(rogue.agent, [Pay(usdc.address, to, 1)])
    with attack.refused(errors.CallNotListed, target=accomplice.address):
        rogue.wallet.call(rogue.agent, accomplice.address, TAKE, pull=1)
