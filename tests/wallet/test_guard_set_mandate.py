"""A mandate with a guard: which guards are refused, and what they are asked (I34)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from eth_utils import keccak, to_checksum_address

from peculium import Argument, ChequeBook, Floor, LimitedPayee, WalletCall, errors
from verification.testing.addresses import SUITE_GETTERS, ZERO_ADDRESS
from verification.testing.call_rules import call_rule
from verification.testing.durations import DAY
from verification.testing.guards import DESTROYABLE, Behavior, guard_selector, word
from verification.testing.refusals import refuses

DEPLOYER = "0x4e59b44847b379578588920cA78FbF26c0B4956C"
"""Deploys what follows a salt by CREATE2."""
MAX_REASON = 256
"""How much of a guard's answer the error repeats (bytes)."""
ACCEPTS = guard_selector("accepts")
WRONG_ANSWERS = {
    "nothing": b"",
    "zero": bytes(32),
    "another selector": word(guard_selector("onCharge")),
    "only the selector": ACCEPTS,
    "the selector at the end": ACCEPTS.rjust(32, b"\0"),
    "a bit after the selector": ACCEPTS + bytes(27) + b"\1",
    "31 bytes": word(ACCEPTS)[:31],
    "33 bytes": word(ACCEPTS) + b"\0",
    "64 bytes": word(ACCEPTS) * 2,
}


@pytest.fixture
def install(created, following):
    """Sets the default mandate with overrides, past the checks of the package."""

    def set_mandate(**overrides):
        mandate = following(**overrides)
        receipt = created.wallet.send(created.principal, "setMandate", mandate.as_tuple())
        return SimpleNamespace(mandate=mandate, receipt=receipt)

    return set_mandate


# Guards that are refused


def test_refuses_a_guard_beside_a_cheque_book(install, guard, usdc):
    """Nobody asks a guard about cheques."""
    book = ChequeBook(usdc.address, 1, Decimal(1), timedelta(days=1))
    with refuses(errors.GuardBesideChequeBook, guard=guard.address):
        install(guard=guard.address, cheque_books=(book,))


@pytest.mark.parametrize("position", [0, 1, 2])
def test_refuses_each_listed_token_as_guard(position, install, usdc, dai, usdt):
    token = (usdc, dai, usdt)[position]
    with refuses(errors.GuardIsToken, guard=token.address):
        install(guard=token.address)


def test_refuses_the_token_of_a_floor_as_guard(install, usdc, dai, guard, target, new_usdc):
    """A guard that reports the balance which a floor compares could allow any price. It needs no listing."""
    coin = new_usdc()
    terms = {"pull_limit": 1, "token": usdc.address, "arguments": ()}
    rules = (
        call_rule(target.address, "f()", **terms, floor=Floor(dai.address, 1, 1)),
        call_rule(target.address, "f()", **terms, variant=1, floor=Floor(coin.address, 1, 1)),
    )
    with refuses(errors.GuardIsToken, guard=coin.address):
        install(guard=coin.address, calls=rules)
    assert install(guard=guard.address, calls=rules).receipt.event("MandateInstalled")


def test_refuses_the_guard_as_payee(install, guard, payee):
    with refuses(errors.PayeeRefused, payee=guard.address):
        install(guard=guard.address, payees=(guard.address, payee.address))
    with refuses(errors.PayeeRefused, payee=guard.address):
        install(guard=guard.address, limited_payees=(LimitedPayee(guard.address, 5),))
    assert install(payees=(guard.address, payee.address)).receipt.event("MandateInstalled")


def test_refuses_the_guard_as_target_of_a_call(install, guard, usdc):
    rule = call_rule(guard.address, "f()", (Argument.any(),), token=usdc.address)
    with refuses(errors.TargetRefused, target=guard.address):
        install(guard=guard.address, calls=(rule,))
    assert install(calls=(rule,)).receipt.event("MandateInstalled")


@pytest.fixture
def wrong(guard, target, usdc, dai, payee, new_usdc):
    """Mandates whose guard is refused without being asked, by what is wrong with them."""
    coin, book = new_usdc(), ChequeBook(usdc.address, 1, Decimal(1), timedelta(days=1))
    floor = call_rule(target.address, "f()", token=usdc.address, pull_limit=1, floor=Floor(coin.address, 1, 1))
    return {
        "a cheque book": {"guard": guard.address, "cheque_books": (book,)},
        "a token": {"guard": dai.address},
        "a floor's token": {"guard": coin.address, "calls": (floor,)},
        "a payee": {"guard": payee.address},
        "a limited payee": {"guard": guard.address, "limited_payees": (LimitedPayee(guard.address, 5),)},
        "a target": {"guard": target.address, "calls": (floor,)},
        "a token and a cheque book": {"guard": dai.address, "cheque_books": (book,)},
        "a payee and a cheque book": {"guard": payee.address, "cheque_books": (book,)},
    }


WRONG = (
    "a cheque book",
    "a token",
    "a floor's token",
    "a payee",
    "a limited payee",
    "a target",
    "a token and a cheque book",
    "a payee and a cheque book",
)


@pytest.mark.parametrize("what", WRONG)
def test_package_refuses_with_the_error_of_the_contract(what, wrong, created, install, following, web3):
    """I26. The package raises the same error with the same arguments, and sends nothing."""
    assert tuple(wrong) == WRONG
    with pytest.raises(errors.ContractError) as by_chain:
        install(**wrong[what])
    nonce = web3.eth.get_transaction_count(created.principal.address)
    with pytest.raises(errors.ContractError) as by_package:
        created.wallet.set_mandate(created.principal, following(**wrong[what]))
    assert type(by_package.value) is type(by_chain.value)
    assert by_package.value.arguments == by_chain.value.arguments
    assert web3.eth.get_transaction_count(created.principal.address) == nonce


# Guards that don't accept


@pytest.mark.parametrize("kind", ["account", "precompile", "largest", "delegated to nothing"])
def test_refuses_a_guard_without_code(kind, install, stranger, web3):
    addresses = {"account": stranger.address, "precompile": f"0x{2:040x}", "largest": "0x" + "ff" * 20}
    address = to_checksum_address(addresses.get(kind, "0x" + "77" * 20))
    if kind == "delegated to nothing":
        web3.provider.make_request("anvil_setCode", [address, "0xef0100" + "88" * 20])
    with refuses(errors.GuardRefused, guard=address):
        install(guard=address)


@pytest.mark.parametrize("name", SUITE_GETTERS)
def test_refuses_the_suite_as_guard(name, created, install):
    with refuses(errors.GuardRefused, guard=created.wallet.read(name)):
        install(guard=created.wallet.read(name))


def test_refuses_the_wallet_and_its_principals_account_as_guard(created, install):
    for address in (created.wallet.address, created.principal.address):
        with refuses(errors.GuardRefused, guard=address):
            install(guard=address)


@pytest.mark.parametrize("answer", WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
def test_refuses_any_answer_but_the_selector(answer, install, guard, behave, created):
    behave("accepts", Behavior.ANSWERS, answer)
    with refuses(errors.GuardRefused, guard=guard.address, reason=answer):
        install(guard=guard.address)
    assert created.wallet.mandate_hash == created.mandate.hash()


@pytest.mark.parametrize("length", [0, 4, 32, MAX_REASON, MAX_REASON + 1, 100_000])
@pytest.mark.parametrize("behavior", [Behavior.ANSWERS, Behavior.REVERTS])
def test_repeats_at_most_256_bytes_of_the_reason(behavior, length, install, guard, behave, web3):
    """The rest isn't copied, so that a long reason costs the wallet nothing."""
    reason = bytes(i % 255 for i in range(length))
    code = "0x" + "6201869f" + "5f5f39" + "6201869f" + "5f" + ("f3" if behavior == Behavior.ANSWERS else "fd")
    if length > 10_000:
        web3.provider.make_request("anvil_setCode", [guard.address, code])
        reason = bytes.fromhex(code[2:]).ljust(MAX_REASON, b"\0")
    else:
        behave("accepts", behavior, reason)
    with refuses(errors.GuardRefused, guard=guard.address, reason=reason[:MAX_REASON]):
        install(guard=guard.address)


def test_the_selector_in_a_revert_is_no_agreement(install, guard, behave):
    behave("accepts", Behavior.REVERTS, word(ACCEPTS))
    with refuses(errors.GuardRefused, guard=guard.address, reason=word(ACCEPTS)):
        install(guard=guard.address)


def test_refuses_a_guard_that_burns_all_gas(install, guard, behave, created):
    behave("accepts", Behavior.BURNS_GAS)
    with refuses(errors.GuardRefused, guard=guard.address, reason=b""):
        install(guard=guard.address)
    assert created.wallet.mandate_hash == created.mandate.hash()


def test_a_guard_can_change_nothing_when_it_is_asked_to_accept(install, deploy):
    """The call is static. A `Colluder` counts its calls, which fails."""
    colluder = deploy("Colluder")
    with refuses(errors.GuardRefused, guard=colluder.address, reason=b""):
        install(guard=colluder.address)


def test_names_the_error_of_the_guard(install, guard, behave, created):
    """An error of the contracts is decoded, as that of a fleet budget."""
    behave("accepts", Behavior.REVERTS, keccak(text="ZeroAmount()")[:4])
    with pytest.raises(errors.GuardRefused) as caught:
        install(guard=guard.address)
    assert type(caught.value.refusal) is errors.ZeroAmount
    assert str(caught.value) == f"The guard {guard.address} refuses. {errors.ZeroAmount()}"


def test_asks_after_every_other_rule(install, guard, behave, usdc):
    """A guard sees only a mandate that is otherwise valid."""
    behave("accepts", Behavior.REVERTS)
    with refuses(errors.LimitsContradict):
        install(guard=guard.address, payment_limit=501)
    with refuses(errors.TargetRefused):
        install(guard=guard.address, calls=(call_rule(DEPLOYER, "f()", token=usdc.address),))


# What is asked


def test_asks_once_with_the_wallet_and_the_whole_mandate(install, created, guard, guard_calls):
    made = install(guard=guard.address, max_requests=2, max_request_age=timedelta(days=1))
    (asked,) = guard_calls(made.receipt)
    assert (asked.function, asked.kind, asked.caller) == ("accepts", "STATICCALL", created.wallet.read("WRITER"))
    assert asked.data == guard.call_data("accepts", created.wallet.address, made.mandate.as_tuple())


def test_every_way_to_set_a_mandate_asks(created, following, guard, behave, sign_mandate, relayer, new_agent, usdc):
    behave("accepts", Behavior.REVERTS, b"never")
    with refuses(errors.GuardRefused, guard=guard.address, reason=b"never"):
        new_agent(guard=guard.address, salt=77)
    mandate = following(guard=guard.address)
    signatures = [sign_mandate(account, mandate, created) for account in (created.principal, created.agent)]
    set_signed = ("setMandateSigned", mandate.as_tuple(), *signatures)
    with refuses(errors.GuardRefused, guard=guard.address, reason=b"never"):
        created.wallet.send(relayer, *set_signed)
    data = created.wallet.call_data("setMandate", mandate.as_tuple())
    with refuses(errors.GuardRefused, guard=guard.address, reason=b"never"):
        created.wallet.execute(created.principal, WalletCall(created.wallet.address, 0, data))
    behave("accepts", Behavior.AGREES)
    created.wallet.send(relayer, *set_signed)
    assert created.wallet.grant().guard == guard.address


def test_grant_names_the_guard(created, install, guard):
    assert created.wallet.grant().guard == ZERO_ADDRESS
    made = install(guard=guard.address)
    assert created.wallet.grant().guard == guard.address
    assert created.wallet.last_mandate() == made.mandate
    assert created.wallet.enforces(made.mandate)
    install()
    assert created.wallet.grant().guard == ZERO_ADDRESS


def test_a_guard_that_destroyed_itself_refuses_every_charge(created, following, usdc, payee, web3, principal):
    """It is deployed, accepts, and is gone at the end of the same transaction (EIP-6780)."""
    init_code = bytes.fromhex(f"60{len(DESTROYABLE):02x}600b5f3960{len(DESTROYABLE):02x}5ff300") + DESTROYABLE
    digest = keccak(b"\xff" + bytes.fromhex(DEPLOYER[2:]) + bytes(32) + keccak(init_code))
    guard = to_checksum_address(digest[12:])
    mandate = following(guard=guard)
    created.wallet.execute_batch(
        principal,
        [
            WalletCall(DEPLOYER, 0, bytes(32) + init_code),
            WalletCall(created.wallet.address, 0, created.wallet.call_data("setMandate", mandate.as_tuple())),
            WalletCall(guard, 0, b""),
        ],
    )
    assert (created.wallet.grant().guard, web3.eth.get_code(guard)) == (guard, b"")
    with refuses(errors.GuardRefused, guard=guard, reason=b""):
        created.wallet.pay(created.agent, usdc.address, payee.address, 1)
    created.wallet.withdraw(principal, usdc.address, payee.address, 7)
    assert usdc.balance(payee.address) == 7


def test_round_and_validity_are_as_without_a_guard(install, created, guard, now):
    """A refused guard uses up no round; an agreed one adds one."""
    first = created.wallet.round
    with refuses(errors.GuardRefused):
        install(guard=created.agent.address)
    assert created.wallet.round == first
    install(guard=guard.address, valid_until=now() + DAY)
    assert created.wallet.round == first + 1
