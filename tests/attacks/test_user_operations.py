"""U: user operations (ERC-4337): fees for an allied bundler, replays, and other roles at the EntryPoint."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hexbytes import HexBytes

from peculium import NATIVE, Call, EntryPoint, GasTerms, Pay, PrincipalPaymaster, SelfBundler, WalletCall, errors
from peculium.operations import ENTRY_POINT
from tests.attacks.conftest import AMPLE, PERIOD, TAKE
from verification.testing.actions import action_of
from verification.testing.contracts import deploy_published

GWEI = 10**9
LIMIT, WINDOW = Decimal("0.01"), Decimal("0.02")
"""Fee limits of one operation and of a day (ether)."""


@pytest.fixture
def deposited(entry_point, rogue, relayer):
    """Puts ten more ether of the wallet into its deposit, where no transfer shows their use."""
    entry_point.deposit_to(relayer, rogue.wallet.address, 10)


@pytest.fixture
def at_most(pays):
    """An operation at the fee limit. Most of it is preVerificationGas, which the bundler gets unused."""

    def build(amount="0.5", gas=10_000_000, **fields):
        rest = gas - 300_000 - fields.get("call_gas_limit", 300_000)
        return pays(amount, fee=int(LIMIT * 10**18) // gas, pre_verification_gas=rest, **fields)

    return build


# U01 to U08: the wallet's ether


def test_u01_a_huge_pre_verification_gas(attack, rogue, pays, bundler, web3, relayer):
    """Offers an allied bundler a billion gas of preVerificationGas at one gwei, for nothing."""
    with attack.refused(errors.OperationCostExceeded, limit=10**16):
        bundler.send(pays(fee=GWEI, pre_verification_gas=999_000_000))
    # The same in parts below the limit, until the window is used up.
    attack.may_extract(1, WINDOW)
    for _ in range(2):
        with attack.accepted():
            bundler.send(pays("0.5", fee=GWEI, pre_verification_gas=9_400_000))
    with attack.refused(errors.WindowLimitExceeded):
        bundler.send(pays("0.5", fee=GWEI, pre_verification_gas=9_400_000))


def test_u02_a_huge_priority_fee(attack, pays, bundler):
    """Offers a priority fee of a thousand times the usual price, for little gas."""
    attack.may_extract(1, LIMIT)
    with attack.refused(errors.OperationCostExceeded):
        bundler.send(pays(fee=10**6 * GWEI))
    with attack.refused(errors.OperationCostExceeded):
        bundler.send(pays(fee=10**16 // 660_000 + 1))
    with attack.accepted():
        bundler.send(pays(fee=10**16 // 660_000))


def test_u03_a_bundle_of_many_operations(attack, rogue, at_most, bundler):
    """Puts ten operations into one bundle, each at the limit. All are validated before the first is executed."""
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


def test_u04_operations_with_different_nonce_keys(attack, rogue, at_most, bundler):
    """Uses a different nonce key for each operation, in one bundle and in several."""
    attack.may_extract(2, WINDOW)
    operations = [at_most(nonce_key=nonce_key) for nonce_key in (0, 1, 2**64 - 1)]
    with attack.refused(errors.WindowLimitExceeded):
        bundler.send_all(operations)
    for operation in operations[:2]:
        with attack.accepted():
            bundler.send(operation)
    with attack.refused(errors.WindowLimitExceeded):
        bundler.send(operations[2])


def test_u05_operations_of_other_periods(attack, at_most, bundler, now, time_travel):
    """Charges operations to future, past and impossible periods, to reach an empty window."""
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
    # An operation that waits for its period fails then too, while the window still counts the others.
    later = at_most(period=current + 7)
    time_travel(to=(current + 7) * PERIOD + 1)
    with attack.refused(errors.WindowLimitExceeded):
        bundler.send(later)


def test_u06_fees_paid_by_the_deposit(attack, rogue, deposited, at_most, bundler, entry_point):
    """Lets the deposit pay, which the wallet's balance doesn't show."""
    attack.watch(rogue)
    attack.may_extract(2, WINDOW)
    for _ in range(2):
        with attack.accepted():
            bundler.send(at_most())
    with attack.refused(errors.WindowLimitExceeded):
        bundler.send(at_most())


@pytest.mark.parametrize("action", ["withdrawTo", "depositTo", "addStake", "unlockStake", "withdrawStake"])
def test_u06_calls_of_the_deposit(action, attack, rogue, deposited, operate, bundler, entry_point, accomplice):
    """Makes the wallet withdraw or increase its deposit by a call of the EntryPoint."""
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
        bundler.wait(bundler.send(operate(rogue.wallet, rogue.agent, rogue.wallet.action(Call(ENTRY_POINT, data)))))


def test_u07_failing_operations_that_burn_gas(attack, rogue, operate, bundler, usdc, accomplice):
    """Executes failing operations again and again, each with all the gas that it may use."""
    attack.may_extract(0, WINDOW)
    action = rogue.wallet.action(Pay(usdc.address, accomplice.address, 1))
    fee = 10**16 // 10_000_000
    for nonce_key in range(2):
        operation = operate(rogue.wallet, rogue.agent, action, nonce_key=nonce_key, fee=fee, call_gas_limit=9_640_000)
        with attack.refused(errors.PayeeNotListed):
            bundler.wait(bundler.send(operation))
    with attack.refused(errors.WindowLimitExceeded):
        operation = operate(rogue.wallet, rogue.agent, action, nonce_key=2, fee=fee, call_gas_limit=9_640_000)
        bundler.send(operation)


def test_u08_a_prefund_outside_the_entry_point(attack, rogue, pays, bundler, accomplice, colluder):
    """Calls the wallet's validation in place of the EntryPoint, to receive the prefund."""
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
    """Burns gas after a stop that validation can't see: by one operation before it is copied, and by a bundle."""
    # Within the window: the first operation copies the stop, and no money moves.
    attack.may_extract(0, WINDOW)
    first = at_most(call_gas_limit=100_000)
    many = [bundler.sign(replace(first, nonce=first.nonce + i), rogue.agent) for i in range(3)]
    getattr(suite.switch, stop)(principal)
    hashes = bundler.send_all(many[:2])
    # The first operation copies the stop, and the second finds it copied.
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
        bundler.send(at_most(nonce_key=5))


@pytest.mark.parametrize("name", ["pay", "pay_batch", "call"])
def test_u10_too_little_gas_to_copy_the_stop(
    name, attack, rogue, operate, bundler, suite, principal, usdc, payee, colluder
):
    """Gives the execution the least accepted gas and as much calldata as possible, so that the stop is never copied."""
    from peculium.operations import least_call_gas

    wallet = rogue.wallet
    arguments = {
        "pay": (usdc.address, payee.address, 1),
        "pay_batch": ([Pay(usdc.address, payee.address, 1)] * 100,),
        "call": (colluder.address, TAKE + bytes(20_000)),
    }[name]
    action = wallet.action(action_of(name, *arguments))
    least = least_call_gas(operate(wallet, rogue.agent, action))
    suite.switch.revoke_all(principal)
    with attack.refused(errors.CallGasTooLow, minimum=least):
        bundler.send(operate(wallet, rogue.agent, action, call_gas_limit=least - 1))
    with attack.refused(errors.EpochEnded):
        bundler.wait(bundler.send(operate(wallet, rogue.agent, action, call_gas_limit=least)))
    with attack.refused(errors.AgentStopped):
        bundler.send(operate(wallet, rogue.agent, action, nonce_key=1))


# U11 to U17: replays, and the principal's operations


def test_u11_a_replayed_operation(attack, rogue, pays, bundler, regrant):
    """Sends an operation a second time, and one that was signed under the previous mandate."""
    attack.may_extract(1)
    done = pays()
    kept = pays(nonce_key=3)
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
    """Sends an operation to another EntryPoint: for the same wallet, and for one of the same key that uses it."""
    other = EntryPoint(web3, deploy_published(web3, deployer, "EntryPoint", "0.9").address)
    elsewhere = SelfBundler(web3, relayer, other.address)
    operation = pays()
    # The wallet accepts one EntryPoint only.
    with attack.refused(errors.NotEntryPoint, caller=other.address):
        elsewhere.send(operation)
    with attack.refused(errors.NotEntryPoint, caller=other.address):
        elsewhere.send(elsewhere.sign(operation, rogue.agent))
    # A signature for the other EntryPoint is invalid here.
    with attack.refused(errors.FailedOp, reason="AA24 signature error"):
        bundler.send(replace(operation, signature=elsewhere.sign(operation, rogue.agent).signature))


def test_d05_a_changed_field_of_an_operation(attack, rogue, pays, bundler):
    """Changes what a bundler profits from: fees, limits, calldata, nonce key and paymaster."""
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


@pytest.mark.parametrize("nonce_key", [0, 7, 2**64 - 1])
def test_u13_operations_with_the_principals_nonce_keys(
    nonce_key, attack, rogue, bundler, usdc, accomplice, entry_point, operate
):
    """Signs an operation of the principal's kind as the agent, with any function of the wallet."""
    steal = rogue.wallet.call_data("execute", usdc.address, 0, usdc.call_data("transfer", accomplice.address, 1))
    operation = operate(rogue.wallet, rogue.agent, b"")
    nonce = entry_point.next_nonce(rogue.wallet.address, nonce_key)
    forged = bundler.sign(replace(operation, nonce=nonce, call_data=bytes(HexBytes(steal))), rogue.agent)
    with attack.refused(errors.FailedOp, reason="AA24 signature error"):
        bundler.send(forged)
    # With its own nonce keys and the principal's function.
    own = bundler.sign(replace(operation, call_data=bytes(HexBytes(steal))), rogue.agent)
    with attack.refused(errors.NotAnAgentOperation):
        bundler.send(own)


def test_u14_an_operation_bundled_behind_the_principals(
    attack, rogue, bundler, colluder, usdc, accomplice, operate, principal, relayer
):
    """Bundles its operation behind the principal's, while the EntryPoint is accepted as the principal."""
    attack.may_extract(100)
    honest = bundler.principal_operation(
        rogue.wallet, principal, [WalletCall(usdc.address, 0, usdc.call_data("transfer", accomplice.address, 0))]
    )
    steps = [
        (rogue.wallet.address, 0, rogue.wallet.call_data("withdrawAll", usdc.address, accomplice.address)),
        (rogue.wallet.address, 0, rogue.wallet.call_data("execute", usdc.address, 0, b"")),
        (rogue.wallet.address, 0, rogue.wallet.call_data("offerHandOver", accomplice.address, 2**34)),
    ]
    colluder.send(relayer, "arm", steps)
    action = rogue.wallet.action(Call(colluder.address, TAKE, 0, 100))
    mine = operate(rogue.wallet, rogue.agent, action, call_gas_limit=3_000_000)
    cheap = bundler.sign(replace(honest, max_fee_per_gas=0, max_priority_fee_per_gas=0), principal)
    with attack.accepted():
        for each in bundler.send_all([cheap, mine]):
            bundler.wait(each)
    attack.inner_calls(colluder.read("results"), *[errors.NotPrincipal] * 3)


def test_u15_calls_made_by_the_entry_point_itself(
    attack, rogue, colluder, entry_point, usdc, accomplice, pays, bundler
):
    """Uses the EntryPoint's `delegateAndRevert` for simulations, to call the wallet as the EntryPoint."""
    forged = replace(pays(), nonce=0, signature=b"\1" * 65)
    steps = [
        (rogue.wallet.address, 0, rogue.wallet.call_data("validateUserOp", forged.packed(), bytes(32), 0)),
        (rogue.wallet.address, 0, rogue.wallet.call_data("withdrawAll", usdc.address, accomplice.address)),
        (rogue.wallet.address, 0, rogue.wallet.call_data("withdrawAll", NATIVE, accomplice.address)),
    ]
    perform = bytes(HexBytes(colluder.call_data("perform", steps)))
    with attack.refused_by_other("DelegateAndRevert(bool,bytes)"):
        entry_point.send(accomplice, "delegateAndRevert", colluder.address, perform, gas=AMPLE)


def test_u16_a_hand_over_within_one_bundle(
    attack, rogue, bundler, principal, deploy, other_principal, usdc, accomplice, relayer, now
):
    """Bundles two operations of the principal: the first hands the wallet over, the second takes it back."""
    heir = deploy("MockContractPrincipal", relayer.address)
    rogue.wallet.offer_hand_over(principal, heir.address, now() + 3600)
    accept = heir.call_data("execute", rogue.wallet.address, 0, rogue.wallet.call_data("acceptHandOver"))
    heir.send(relayer, "setOwner", rogue.wallet.address)
    first = bundler.principal_operation(rogue.wallet, principal, [WalletCall(heir.address, 0, accept)])
    steal = rogue.wallet.call_data("withdrawAll", usdc.address, principal.address)
    cheap = replace(first, max_fee_per_gas=0, max_priority_fee_per_gas=0)
    second = replace(cheap, nonce=cheap.nonce + 1, call_data=bytes(HexBytes(steal)))
    hashes = bundler.send_all([bundler.sign(cheap, principal), bundler.sign(second, principal)])
    bundler.wait(hashes[0])
    assert rogue.wallet.principal == heir.address
    attack.watch(rogue)
    with attack.refused(errors.NotPrincipal, caller=ENTRY_POINT, principal=heir.address):
        bundler.wait(hashes[1])


def test_u17_init_code_for_an_existing_wallet(attack, rogue, pays, bundler, suite, accomplice, prepared_again):
    """Adds init code of its own factory to an operation of an existing wallet."""
    for factory in (accomplice.address, suite.factory.address):
        with attack.refused(errors.FailedOp, reason="AA10 sender already constructed"):
            bundler.send(pays(factory=factory, factory_data=prepared_again))


@pytest.fixture
def prepared_again(suite, new_mandate):
    """The calldata of a second creation."""
    enrollment = ("", bytes(32), 2**34, b"", b"", b"")
    return bytes(HexBytes(suite.factory.call_data("createAgent", new_mandate().as_tuple(), 1, enrollment)))


# A30, U18 to U20: paymasters


def test_a30_a_paymaster_that_pulls_tokens_afterwards(
    attack, rogue, pays, bundler, deploy, entry_point, usdc, dai, relayer, accomplice
):
    """Uses its own paymaster, which takes tokens of the wallet when the operation is settled."""
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


def test_u18_an_empty_paymaster(attack, rogue, pays, bundler, monkeypatch):
    """Names the zero address or a truncated paymaster, so that the wallet would pay without a charge."""
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
    """The principal's paymaster, which sponsors the rogue with the same terms."""
    contract = deploy("PrincipalPaymaster", suite.factory.address, principal.address)
    mine = PrincipalPaymaster(contract.web3, contract.address)
    from datetime import timedelta

    mine.deposit(principal, 10)
    mine.set_gas_terms(principal, rogue.wallet.address, GasTerms(LIMIT, WINDOW, timedelta(days=1)))
    return mine


def test_u19_a_drained_paymaster_of_the_principal(
    attack, rogue, pays, bundler, paymaster, entry_point, suite, principal
):
    """Makes the principal's paymaster pay a billion gas, or the limit again and again, also after a stop of all."""
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
        bundler.send(pays("0.5", nonce_key=9, **fields))
    assert before - entry_point.deposit_of(paymaster.address) <= WINDOW


def test_u20_a_paymaster_of_another_principal(
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
    """Makes a paymaster pay for another principal's wallet, withdraws its deposit, and changes its terms."""
    foreign = new_rogue(by=other_principal, key=other_agent)
    attack.watch(foreign)
    action = foreign.wallet.action(Pay(usdc.address, payee.address, 1))
    fields = {"paymaster": paymaster.address, "paymaster_verification_gas_limit": 300_000, "fee": GWEI}
    with attack.refused(errors.OtherPrincipal):
        bundler.send(operate(foreign.wallet, other_agent, action, **fields))
    for who in (rogue.agent, accomplice, other_principal):
        with attack.refused(errors.NotPrincipal, caller=who.address):
            paymaster.withdraw(who, who.address, 1)
        with attack.refused(errors.NotPrincipal, caller=who.address):
            paymaster.set_gas_terms(who, rogue.wallet.address, GasTerms())


def test_u21_a_bundle_above_the_window_limit(attack, rogue, bundler, operate, usdc, payee):
    """Validates seven payments of a hundred in one bundle, before the first is charged."""
    attack.may_extract(500)
    action = rogue.wallet.action(Pay(usdc.address, payee.address, 99))
    first = operate(rogue.wallet, rogue.agent, action)
    bundle = [bundler.sign(replace(first, nonce=first.nonce + i), rogue.agent) for i in range(7)]
    hashes = bundler.send_all(bundle)
    for each in hashes[:5]:
        with attack.accepted():
            bundler.wait(each)
    for each in hashes[5:]:
        with attack.refused(errors.WindowLimitExceeded):
            bundler.wait(each)


def test_d13_an_operation_outside_the_mandates_time(attack, rogue, pays, bundler, time_travel, regrant, now):
    """Executes an operation of a valid period before the mandate begins, and after it ends."""
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
