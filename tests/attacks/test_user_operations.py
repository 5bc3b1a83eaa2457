"""U: through the EntryPoint of ERC-4337: the wallet's ether for a bundler that works with the agent, and its word for another's."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hexbytes import HexBytes

from peculium import NATIVE, Call, EntryPoint, GasTerms, PrincipalPaymaster, SelfBundler
from peculium import exceptions as errors
from peculium.operations import ENTRY_POINT
from tests.attacks.conftest import AMPLE, PERIOD, TAKE
from verification.testing.contracts import deploy_published

GWEI = 10**9
LIMIT, WINDOW = Decimal("0.01"), Decimal("0.02")
"""What one operation may cost, and all of a day (ether)."""


@pytest.fixture
def deposited(entry_point, rogue, relayer):
    """Ten more ether of the wallet's lie in its deposit, where no transfer of it shows."""
    entry_point.deposit_to(relayer, rogue.wallet.address, 10)


@pytest.fixture
def at_most(pays):
    """An operation that costs just what one may, most of it for nothing: preVerificationGas goes to the bundler, used or not."""

    def build(amount="0.5", gas=10_000_000, **fields):
        rest = gas - 300_000 - fields.get("call_gas_limit", 300_000)
        return pays(amount, fee=int(LIMIT * 10**18) // gas, pre_verification_gas=rest, **fields)

    return build


# U01 to U08: the wallet's ether


def test_u01_gas_before_the_verification(attack, rogue, pays, bundler, web3, relayer):
    """Offers a bundler that works with it a billion of gas, at one gwei, for nothing at all."""
    with attack.refused(errors.OperationCostExceeded, limit=10**16):
        bundler.send(pays(fee=GWEI, pre_verification_gas=999_000_000))
    # And the same in parts, below the limit, until the window is used up.
    attack.may_extract(1, WINDOW)
    for _ in range(2):
        with attack.accepted():
            bundler.send(pays("0.5", fee=GWEI, pre_verification_gas=9_400_000))
    with attack.refused(errors.WindowLimitExceeded):
        bundler.send(pays("0.5", fee=GWEI, pre_verification_gas=9_400_000))


def test_u02_a_priority_fee_of_everything(attack, pays, bundler):
    """Offers a fee of a thousand times what gas costs, as priority, for a little gas."""
    attack.may_extract(1, LIMIT)
    with attack.refused(errors.OperationCostExceeded):
        bundler.send(pays(fee=10**6 * GWEI))
    with attack.refused(errors.OperationCostExceeded):
        bundler.send(pays(fee=10**16 // 660_000 + 1))
    with attack.accepted():
        bundler.send(pays(fee=10**16 // 660_000))


def test_u03_a_bundle_of_many(attack, rogue, at_most, bundler):
    """Puts ten operations into one bundle, all validated before any is carried out, each as dear as one may be."""
    attack.may_extract(2, WINDOW)
    first = at_most()
    many = [bundler.sign(replace(first, nonce=first.nonce + i), rogue.agent) for i in range(10)]
    with attack.refused(errors.WindowLimitExceeded):
        bundler.send_all(many)
    with attack.refused(errors.WindowLimitExceeded):
        bundler.send_all(many[:3])
    with attack.accepted():
        bundler.send_all(many[:2])
    with attack.refused(errors.WindowLimitExceeded):
        bundler.send_all(many[2:3])


def test_u04_lanes_of_nonces(attack, rogue, at_most, bundler):
    """Uses a nonce key of its own for each operation, in one bundle and in many."""
    attack.may_extract(2, WINDOW)
    lanes = [at_most(lane=lane) for lane in (0, 1, 2**64 - 1)]
    with attack.refused(errors.WindowLimitExceeded):
        bundler.send_all(lanes)
    for operation in lanes[:2]:
        with attack.accepted():
            bundler.send(operation)
    with attack.refused(errors.WindowLimitExceeded):
        bundler.send(lanes[2])


def test_u05_a_period_that_is_not_now(attack, at_most, bundler, now, time_travel):
    """Has operations charged to periods to come, long past, or beyond the clock, to come with an empty window."""
    attack.may_extract(2, WINDOW)
    for _ in range(2):
        bundler.send(at_most())
    current = now() // PERIOD
    for period in (current + 1, current + 8):
        with attack.refused(errors.WindowLimitExceeded):
            bundler.send(at_most(period=period))
    for period in (current + 9, current + 1000):
        with attack.refused(errors.FailedOp, reason="AA22 expired or not due"):
            bundler.send(at_most(period=period))
    with attack.refused(errors.InvalidPeriod):
        bundler.send(at_most(period=2**32 - 1))
    for period in (0, current - 1, current - 9):
        with attack.refused(errors.WindowLimitExceeded):
            bundler.send(at_most(period=period))
    # What waits for its period fails then too, for as long as the window counts.
    later = at_most(period=current + 7)
    time_travel(to=(current + 7) * PERIOD + 1)
    with attack.refused(errors.WindowLimitExceeded):
        bundler.send(later)


def test_u06_the_deposit_instead_of_the_wallet(attack, rogue, deposited, at_most, bundler, entry_point):
    """Lets the deposit pay, of which the wallet's balance tells nothing."""
    attack.watch(rogue)
    attack.may_extract(2, WINDOW)
    for _ in range(2):
        with attack.accepted():
            bundler.send(at_most())
    with attack.refused(errors.WindowLimitExceeded):
        bundler.send(at_most())


@pytest.mark.parametrize("action", ["withdrawTo", "depositTo", "addStake", "unlockStake", "withdrawStake"])
def test_u06_the_deposit_itself(action, attack, rogue, deposited, operate, bundler, entry_point, accomplice):
    """Has the wallet take its deposit out, or put more in, by a call of the EntryPoint."""
    attack.watch(rogue)
    arguments = {
        "withdrawTo": (accomplice.address, 10**19),
        "depositTo": (accomplice.address,),
        "addStake": (1,),
        "unlockStake": (),
        "withdrawStake": (accomplice.address,),
    }[action]
    data = entry_point.call_data(action, *arguments)
    with attack.refused(errors.CallNotListed, target=ENTRY_POINT):
        rogue.wallet.call(rogue.agent, ENTRY_POINT, data)
    with attack.refused(errors.CallNotListed, target=ENTRY_POINT):
        bundler.wait(bundler.send(operate(rogue.wallet, rogue.agent, rogue.wallet.action("call", ENTRY_POINT, data))))


def test_u07_operations_that_fail_and_burn(attack, rogue, operate, bundler, usdc, accomplice):
    """Has operations fail when they are carried out, again and again, each for all the gas that it may."""
    attack.may_extract(0, WINDOW)
    action = rogue.wallet.action("pay", usdc.address, accomplice.address, 1)
    fee = 10**16 // 10_000_000
    for lane in range(2):
        operation = operate(rogue.wallet, rogue.agent, action, lane=lane, fee=fee, call_gas_limit=9_640_000)
        with attack.refused(errors.PayeeNotListed):
            bundler.wait(bundler.send(operation))
    with attack.refused(errors.WindowLimitExceeded):
        operation = operate(rogue.wallet, rogue.agent, action, lane=2, fee=fee, call_gas_limit=9_640_000)
        bundler.send(operation)


def test_u08_a_prefund_without_an_operation(attack, rogue, pays, bundler, accomplice, colluder):
    """Asks the wallet to validate something in the EntryPoint's stead, and to pay for it."""
    operation = pays(fee=GWEI)
    arguments = (operation.packed(), bundler.hash(operation), 10**18)
    for who in (accomplice, rogue.agent, rogue.principal):
        with attack.refused(errors.NotEntryPoint, caller=who.address):
            rogue.wallet.send(who, "validateUserOp", *arguments)
        with attack.refused(errors.NotEntryPoint, caller=who.address):
            rogue.wallet.send(who, "executeUserOp", operation.packed(), bytes(32))


# U09 to U13: after a stop


@pytest.mark.parametrize("stop", ["revoke_all", "pause_all"])
def test_u09_operations_after_a_stop_of_all(stop, attack, rogue, at_most, bundler, suite, principal, web3, relayer):
    """Burns gas after a stop that validation may not see: one operation, before it is known, and a bundle of them."""
    # Within the window: the stop is copied by the first, and the money moves for none.
    attack.may_extract(0, WINDOW)
    first = at_most(call_gas_limit=100_000)
    many = [bundler.sign(replace(first, nonce=first.nonce + i), rogue.agent) for i in range(3)]
    getattr(suite.switch, stop)(principal)
    hashes = bundler.send_all(many[:2])
    # The first has copied the stop, and the second finds it.
    refusals = {
        "revoke_all": (errors.EpochEnded, errors.AgentIsRevoked),
        "pause_all": (errors.PrincipalIsPaused, errors.PrincipalIsPaused),
    }
    for each, expected in zip(hashes, refusals[stop], strict=True):
        with attack.refused(expected):
            bundler.wait(each)
    with attack.refused(errors.AgentStopped):
        bundler.send(many[2])
    with attack.refused(errors.AgentStopped):
        bundler.send(at_most(lane=5))


@pytest.mark.parametrize("verb", ["pay", "pay_batch", "call"])
def test_u10_too_little_gas_to_copy_the_stop(
    verb, attack, rogue, operate, bundler, suite, principal, usdc, payee, colluder
):
    """Gives the execution the least gas that is taken, with as much calldata as there is, so that the stop is never copied."""
    from peculium import Payment
    from peculium.operations import least_call_gas

    wallet = rogue.wallet
    arguments = {
        "pay": (usdc.address, payee.address, 1),
        "pay_batch": ([Payment(usdc.address, payee.address, 1)] * 100,),
        "call": (colluder.address, TAKE + bytes(20_000)),
    }[verb]
    action = wallet.action(verb, *arguments)
    least = least_call_gas(operate(wallet, rogue.agent, action))
    suite.switch.revoke_all(principal)
    with attack.refused(errors.CallGasTooLow, minimum=least):
        bundler.send(operate(wallet, rogue.agent, action, call_gas_limit=least - 1))
    with attack.refused(errors.EpochEnded):
        bundler.wait(bundler.send(operate(wallet, rogue.agent, action, call_gas_limit=least)))
    with attack.refused(errors.AgentStopped):
        bundler.send(operate(wallet, rogue.agent, action, lane=1))


# U11 to U18: another's word, and another's way


def test_u11_the_same_operation_again(attack, rogue, pays, bundler, regrant):
    """Sends an operation a second time, and one that was signed under the mandate before."""
    attack.may_extract(1)
    done = pays()
    kept = pays(lane=3)
    with attack.accepted():
        bundler.wait(bundler.send(done))
    with attack.refused(errors.FailedOp, reason="AA25 invalid account nonce"):
        bundler.send(done)
    regrant()
    with attack.refused(errors.OperationOfOtherMandate):
        bundler.send(kept)


def test_u12_another_entry_point(
    attack, rogue, pays, bundler, web3, deployer, deploy, relayer, new_mandate, other_agent, usdc, payee
):
    """Shows an operation to another EntryPoint: to the same wallet, and to one of the same key that listens to that one."""
    other = EntryPoint(web3, deploy_published(web3, deployer, "EntryPoint", "0.9").address)
    elsewhere = SelfBundler(web3, relayer, other.address)
    operation = pays()
    # The wallet knows one EntryPoint only.
    with attack.refused(errors.NotEntryPoint, caller=other.address):
        elsewhere.send(operation)
    with attack.refused(errors.NotEntryPoint, caller=other.address):
        elsewhere.send(elsewhere.sign(operation, rogue.agent))
    # What was signed for the other is worth nothing here.
    with attack.refused(errors.FailedOp, reason="AA24 signature error"):
        bundler.send(replace(operation, signature=elsewhere.sign(operation, rogue.agent).signature))


def test_d05_a_field_of_an_operation(attack, rogue, pays, bundler):
    """Changes what a bundler could change to its advantage: fees, limits, calldata, lane, and the paymaster."""
    operation = pays(fee=1)
    data = operation.call_data
    changes = (
        {"max_fee_per_gas": 2},
        {"max_priority_fee_per_gas": 0},
        {"pre_verification_gas": operation.pre_verification_gas + 1},
        {"call_gas_limit": operation.call_gas_limit + 1},
        {"verification_gas_limit": operation.verification_gas_limit + 1},
        {"call_data": data[:-40] + bytes([data[-40] ^ 1]) + data[-39:]},
        {"nonce": operation.nonce + (1 << 64)},
    )
    for change in changes:
        with attack.refused(errors.FailedOp, reason="AA24 signature error"):
            bundler.send(replace(operation, **change))


@pytest.mark.parametrize("lane", [0, 7, 2**64 - 1])
def test_u13_in_the_principals_lanes(lane, attack, rogue, bundler, usdc, accomplice, entry_point, operate):
    """Signs an operation of the principal's kind, with any of the wallet's functions, as the agent."""
    steal = rogue.wallet.call_data("execute", usdc.address, 0, usdc.call_data("transfer", accomplice.address, 1))
    operation = operate(rogue.wallet, rogue.agent, b"")
    nonce = entry_point.next_nonce(rogue.wallet.address, lane)
    forged = bundler.sign(replace(operation, nonce=nonce, call_data=bytes(HexBytes(steal))), rogue.agent)
    with attack.refused(errors.FailedOp, reason="AA24 signature error"):
        bundler.send(forged)
    # In its own lanes, with the principal's function.
    own = bundler.sign(replace(operation, call_data=bytes(HexBytes(steal))), rogue.agent)
    with attack.refused(errors.NotAnAgentOperation):
        bundler.send(own)


def test_u14_on_the_back_of_the_principals_operation(
    attack, rogue, bundler, colluder, usdc, accomplice, operate, principal, relayer
):
    """Puts an operation of its own behind the principal's in one bundle, when the EntryPoint stands for the principal, and calls
    back from it."""
    attack.may_extract(100)
    honest = bundler.principal_operation(
        rogue.wallet, principal, [Call(usdc.address, 0, usdc.call_data("transfer", accomplice.address, 0))]
    )
    steps = [
        (rogue.wallet.address, 0, rogue.wallet.call_data("withdrawAll", usdc.address, accomplice.address)),
        (rogue.wallet.address, 0, rogue.wallet.call_data("execute", usdc.address, 0, b"")),
        (rogue.wallet.address, 0, rogue.wallet.call_data("offerHandOver", accomplice.address)),
    ]
    colluder.send(relayer, "arm", steps)
    action = rogue.wallet.action("call", colluder.address, TAKE, 0, (usdc.address, 100))
    mine = operate(rogue.wallet, rogue.agent, action, call_gas_limit=3_000_000)
    cheap = bundler.sign(replace(honest, max_fee_per_gas=0, max_priority_fee_per_gas=0), principal)
    with attack.accepted():
        for each in bundler.send_all([cheap, mine]):
            bundler.wait(each)
    attack.inner_calls(colluder.read("results"), *[errors.NotPrincipal] * 3)


def test_u15_in_the_entry_points_voice(attack, rogue, colluder, entry_point, usdc, accomplice, pays, bundler):
    """Has the EntryPoint delegate to itself, which it offers for simulations, and speaks to the wallet as the EntryPoint: it has a
    principal's operation validated with no signature, and calls as the principal."""
    forged = replace(pays(), nonce=0, signature=b"\1" * 65)
    steps = [
        (rogue.wallet.address, 0, rogue.wallet.call_data("validateUserOp", forged.packed(), bytes(32), 0)),
        (rogue.wallet.address, 0, rogue.wallet.call_data("withdrawAll", usdc.address, accomplice.address)),
        (rogue.wallet.address, 0, rogue.wallet.call_data("withdrawAll", NATIVE, accomplice.address)),
    ]
    perform = bytes(HexBytes(colluder.call_data("perform", steps)))
    with attack.refused_by_other("DelegateAndRevert(bool,bytes)"):
        entry_point.send(accomplice, "delegateAndRevert", colluder.address, perform, gas=AMPLE)


def test_u16_the_principal_of_the_moment_before(
    attack, rogue, bundler, principal, deploy, other_principal, usdc, accomplice, relayer
):
    """Has two operations of the principal's in a bundle, of which the first hands the wallet over and the second takes it back."""
    heir = deploy("MockContractPrincipal", relayer.address)
    rogue.wallet.offer_hand_over(principal, heir.address)
    accept = heir.call_data("execute", rogue.wallet.address, 0, rogue.wallet.call_data("acceptHandOver"))
    heir.send(relayer, "setOwner", rogue.wallet.address)
    first = bundler.principal_operation(rogue.wallet, principal, [Call(heir.address, 0, accept)])
    steal = rogue.wallet.call_data("withdrawAll", usdc.address, principal.address)
    cheap = replace(first, max_fee_per_gas=0, max_priority_fee_per_gas=0)
    second = replace(cheap, nonce=cheap.nonce + 1, call_data=bytes(HexBytes(steal)))
    hashes = bundler.send_all([bundler.sign(cheap, principal), bundler.sign(second, principal)])
    bundler.wait(hashes[0])
    assert rogue.wallet.principal == heir.address
    attack.watch(rogue)
    with attack.refused(errors.NotPrincipal, caller=ENTRY_POINT, principal=heir.address):
        bundler.wait(hashes[1])


def test_u17_created_a_second_time(attack, rogue, pays, bundler, suite, accomplice, prepared_again):
    """Gives the operation of a wallet that exists code to create it by, of a factory of its own."""
    for factory in (accomplice.address, suite.factory.address):
        with attack.refused(errors.FailedOp, reason="AA10 sender already constructed"):
            bundler.send(pays(factory=factory, factory_data=prepared_again))


@pytest.fixture
def prepared_again(suite, new_mandate):
    """The calldata of a creation."""
    enrollment = ("", bytes(32), 2**40, b"", b"", b"")
    return bytes(HexBytes(suite.factory.call_data("createAgent", new_mandate().as_tuple(), 1, enrollment)))


# A30, U18 to U20: paymasters


def test_a30_a_paymaster_that_pulls_tokens_afterwards(
    attack, rogue, pays, bundler, deploy, entry_point, usdc, dai, relayer, accomplice
):
    """Has a paymaster of its own pay, which takes tokens of the wallet when the operation is settled."""
    attack.may_extract(1)
    evil = deploy("HostilePaymaster")
    entry_point.deposit_to(relayer, evil.address, 1)
    steals = [
        (token.address, 0, token.call_data("transferFrom", rogue.wallet.address, accomplice.address, 1))
        for token in (usdc, dai)
    ]
    steals.append((rogue.wallet.address, 0, rogue.wallet.call_data("withdrawAll", usdc.address, accomplice.address)))
    evil.send(relayer, "arm", steals)
    operation = pays(
        fee=GWEI,
        paymaster=evil.address,
        paymaster_verification_gas_limit=200_000,
        paymaster_post_op_gas_limit=2_000_000,
    )
    with attack.accepted():
        entry_point.send(relayer, "handleOps", [operation.packed()], relayer.address, gas=AMPLE)
        bundler.wait(bundler.hash(operation))
    attack.inner_calls(evil.read("results"), errors.UnknownRevert, errors.UnknownRevert, errors.NotPrincipal)


def test_u18_nobody_as_the_paymaster(attack, rogue, pays, bundler, monkeypatch):
    """Names nobody as the paymaster, or half a one, so that the wallet doesn't charge, and pays after all."""
    from peculium import UserOperation

    original = UserOperation._message
    for data, reason in (
        (bytes(52), "AA98 invalid paymaster"),
        (bytes(51), "AA93 invalid paymasterAndData"),
        (b"\1", "AA93 invalid paymasterAndData"),
    ):
        monkeypatch.setattr(
            UserOperation, "_message", lambda self, data=data: {**original(self), "paymasterAndData": data}
        )
        with attack.refused(errors.UnknownRevert, reason=reason):
            bundler.send(pays(fee=GWEI, pre_verification_gas=999_000_000))
    monkeypatch.setattr(UserOperation, "_message", original)


@pytest.fixture
def paymaster(deploy, suite, principal, entry_point, rogue):
    """The principal's paymaster, which pays for the rogue within the same terms."""
    contract = deploy("PrincipalPaymaster", suite.factory.address, principal.address)
    mine = PrincipalPaymaster(contract.web3, contract.address)
    from datetime import timedelta

    mine.deposit(principal, 10)
    mine.set_gas_terms(principal, rogue.wallet.address, GasTerms(LIMIT, WINDOW, timedelta(days=1)))
    return mine


def test_u19_the_principals_paymaster_drained(attack, rogue, pays, bundler, paymaster, entry_point, suite, principal):
    """Has the principal's paymaster pay a billion of gas, and as much as one may, again and again, and after a stop of all."""
    attack.may_extract(1)
    before = entry_point.deposit_of(paymaster.address)
    fields = {"paymaster": paymaster.address, "paymaster_verification_gas_limit": 300_000, "fee": GWEI}
    with attack.refused(errors.OperationCostExceeded):
        bundler.send(pays(pre_verification_gas=999_000_000, **fields))
    for _ in range(2):
        with attack.accepted():
            bundler.send(pays("0.5", pre_verification_gas=9_100_000, **fields))
    with attack.refused(errors.WindowLimitExceeded):
        bundler.send(pays("0.5", pre_verification_gas=9_100_000, **fields))
    suite.switch.revoke_all(principal)
    with attack.refused(errors.AgentStopped):
        bundler.send(pays("0.5", lane=9, **fields))
    assert before - entry_point.deposit_of(paymaster.address) <= WINDOW


def test_u20_another_principals_paymaster(
    attack,
    rogue,
    bundler,
    paymaster,
    new_rogue,
    other_principal,
    other_agent,
    operate,
    usdc,
    payee,
    entry_point,
    accomplice,
):
    """Has the paymaster pay for a wallet of another principal's, takes its deposit, and sets its terms."""
    foreign = new_rogue(by=other_principal, key=other_agent)
    attack.watch(foreign)
    action = foreign.wallet.action("pay", usdc.address, payee.address, 1)
    fields = {"paymaster": paymaster.address, "paymaster_verification_gas_limit": 300_000, "fee": GWEI}
    with attack.refused(errors.OtherPrincipal):
        bundler.send(operate(foreign.wallet, other_agent, action, **fields))
    for who in (rogue.agent, accomplice, other_principal):
        with attack.refused(errors.NotPrincipal, caller=who.address):
            paymaster.withdraw(who, who.address, 1)
        with attack.refused(errors.NotPrincipal, caller=who.address):
            paymaster.set_gas_terms(who, rogue.wallet.address, GasTerms())


def test_u21_a_bundle_that_spends_more_than_the_window(attack, rogue, bundler, operate, usdc, payee):
    """Validates seven payments of a hundred in one bundle, before the first is counted."""
    attack.may_extract(500)
    action = rogue.wallet.action("pay", usdc.address, payee.address, 99)
    first = operate(rogue.wallet, rogue.agent, action)
    bundle = [bundler.sign(replace(first, nonce=first.nonce + i), rogue.agent) for i in range(7)]
    hashes = bundler.send_all(bundle)
    for each in hashes[:5]:
        with attack.accepted():
            bundler.wait(each)
    for each in hashes[5:]:
        with attack.refused(errors.WindowLimitExceeded):
            bundler.wait(each)


def test_d13_longer_than_the_mandate(attack, rogue, pays, bundler, time_travel, regrant, now):
    """Has an operation that is good in its period carried out before the mandate begins, and after it ends."""
    regrant(valid_from=now() + 3600)
    with attack.refused(errors.FailedOp, reason="AA22 expired or not due"):
        bundler.send(pays())
    regrant(valid_until=now() + 600)
    kept = pays()
    time_travel(seconds=600)
    with attack.refused(errors.FailedOp, reason="AA22 expired or not due"):
        bundler.send(kept)
    with attack.refused(errors.FailedOp, reason="AA22 expired or not due"):
        bundler.send(pays(fee=GWEI))
