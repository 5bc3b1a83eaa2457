"""`executeSigned`: any account submits calls that the principal has signed. A signature works once, until a deadline."""

from __future__ import annotations

import pytest
from eth_account.messages import encode_typed_data

from peculium import WalletCall, errors
from peculium.mandate import digest_of
from verification.testing.durations import DAY
from verification.testing.refusals import refuses


@pytest.fixture
def calls(usdc, stranger):
    """A transfer of one base unit to a stranger."""
    return [WalletCall(usdc.address, 0, usdc.call_data("transfer", stranger.address, 1))]


@pytest.fixture
def deadline(now):
    """An hour from now."""
    return now() + 3600


def sign(account, wallet, calls, nonce, deadline, min_gas=0):
    """The account's signature of the calls."""
    data = wallet.execute_typed_data(calls, nonce, deadline, min_gas)
    return bytes(account.sign_message(encode_typed_data(full_message=data)).signature)


@pytest.mark.parametrize("signer", ["agent", "stranger", "guardian", "other_principal", "relayer"])
def test_refuses_a_signature_by_another_account(signer, created, calls, deadline, relayer, request):
    """I12."""
    wallet = created.wallet
    signature = sign(request.getfixturevalue(signer), wallet, calls, 0, deadline)
    digest = digest_of(wallet.execute_typed_data(calls, 0, deadline))
    with refuses(errors.BadPrincipalSignature, principal=created.principal.address, digest=digest):
        wallet.execute_signed(relayer, calls, 0, deadline, signature)


@pytest.mark.parametrize("sender", ["principal", "agent"])
def test_requires_the_signature_from_every_sender(sender, created, calls, deadline, request):
    with refuses(errors.BadPrincipalSignature):
        created.wallet.execute_signed(request.getfixturevalue(sender), calls, 0, deadline, b"")


@pytest.mark.parametrize(("offset", "late"), [(-1, False), (0, False), (1, True)])
def test_refuses_a_signature_after_its_deadline(offset, late, created, calls, deadline, relayer, time_travel):
    """I21."""
    wallet = created.wallet
    arguments = (
        [call.as_tuple() for call in calls],
        0,
        0,
        deadline,
        sign(created.principal, wallet, calls, 0, deadline),
    )
    time_travel(to=deadline + offset)
    if late:
        with refuses(errors.DeadlinePassed, deadline=deadline, timestamp=deadline + 1):
            wallet.read("executeSigned", *arguments, sender=relayer.address)
    else:
        wallet.read("executeSigned", *arguments, sender=relayer.address)


@pytest.mark.parametrize("nonce", [0, 1, 2**256 - 1])
def test_refuses_a_replay(nonce, created, calls, deadline, relayer):
    """I16."""
    wallet = created.wallet
    signature = sign(created.principal, wallet, calls, nonce, deadline)
    assert wallet.read("isNonceSpent", nonce) is False
    wallet.execute_signed(relayer, calls, nonce, deadline, signature)
    assert wallet.read("isNonceSpent", nonce) is True
    with refuses(errors.NonceSpent, nonce=nonce):
        wallet.execute_signed(relayer, calls, nonce, deadline, signature)


def test_refuses_another_signature_with_a_spent_nonce(created, calls, deadline, relayer):
    """I16."""
    wallet = created.wallet
    wallet.execute_signed(relayer, calls, 5, deadline, sign(created.principal, wallet, calls, 5, deadline))
    with refuses(errors.NonceSpent, nonce=5):
        wallet.execute_signed(relayer, calls, 5, deadline + 1, sign(created.principal, wallet, calls, 5, deadline + 1))


def test_refuses_a_canceled_nonce(created, calls, deadline, relayer):
    """I16."""
    wallet = created.wallet
    signature = sign(created.principal, wallet, calls, 9, deadline)
    wallet.send(created.principal, "cancelNonce", 9)
    with refuses(errors.NonceSpent, nonce=9):
        wallet.execute_signed(relayer, calls, 9, deadline, signature)


@pytest.mark.parametrize("field", ["target", "value", "data", "nonce", "deadline", "more calls", "no calls", "order"])
def test_refuses_a_field_changed_after_signing(field, created, usdc, dai, deadline, relayer, stranger):
    """I16."""
    wallet = created.wallet
    signed = [
        WalletCall(usdc.address, 0, usdc.call_data("transfer", stranger.address, 1)),
        WalletCall(dai.address, 0, dai.call_data("transfer", stranger.address, 2)),
    ]
    signature = sign(created.principal, wallet, signed, 0, deadline)
    first, second = signed
    calls, nonce, until = {
        "target": ([WalletCall(dai.address, 0, first.data), second], 0, deadline),
        "value": ([WalletCall(first.target, 1, first.data), second], 0, deadline),
        "data": ([WalletCall(first.target, 0, usdc.call_data("transfer", relayer.address, 1)), second], 0, deadline),
        "nonce": (signed, 1, deadline),
        "deadline": (signed, 0, deadline + 1),
        "more calls": ([*signed, first], 0, deadline),
        "no calls": ([], 0, deadline),
        "order": ([second, first], 0, deadline),
    }[field]
    with refuses(errors.BadPrincipalSignature):
        wallet.execute_signed(relayer, calls, nonce, until, signature)
    wallet.execute_signed(relayer, signed, 0, deadline, signature)


def test_refuses_a_signature_for_another_wallet(created, new_agent, other_agent, calls, deadline, relayer):
    """I16."""
    other = new_agent(key=other_agent)
    signature = sign(created.principal, other.wallet, calls, 0, deadline)
    with refuses(errors.BadPrincipalSignature):
        created.wallet.execute_signed(relayer, calls, 0, deadline, signature)


def test_refuses_a_signature_for_another_chain(created, calls, deadline, relayer):
    """I16."""
    data = created.wallet.execute_typed_data(calls, 0, deadline)
    data["domain"]["chainId"] += 1
    signature = bytes(created.principal.sign_message(encode_typed_data(full_message=data)).signature)
    with refuses(errors.BadPrincipalSignature):
        created.wallet.execute_signed(relayer, calls, 0, deadline, signature)


def test_refuses_a_signature_of_the_previous_principal(created, calls, deadline, relayer, other_principal, now):
    """I12, I16."""
    wallet = created.wallet
    signature = sign(created.principal, wallet, calls, 0, deadline)
    wallet.offer_hand_over(created.principal, other_principal.address, now() + DAY)
    wallet.accept_hand_over(other_principal)
    with refuses(errors.BadPrincipalSignature, principal=other_principal.address):
        wallet.execute_signed(relayer, calls, 0, deadline, signature)


def test_refuses_less_gas_than_the_principal_signed(created, calls, deadline, relayer, usdc, stranger):
    """Whoever submits it could otherwise make a part of a call fail, and use the signature up."""
    wallet = created.wallet
    signature = sign(created.principal, wallet, calls, 0, deadline, 10**6)
    arguments = ([call.as_tuple() for call in calls], 10**6, 0, deadline, signature)
    with refuses(errors.GasTooLow, minimum=10**6):
        wallet.send(relayer, "executeSigned", *arguments, gas=1_020_000)
    assert wallet.read("isNonceSpent", 0) is False
    with refuses(errors.BadPrincipalSignature):
        wallet.execute_signed(relayer, calls, 0, deadline, signature, min_gas=10**6 - 1)
    wallet.send(relayer, "executeSigned", *arguments, gas=1_100_000)
    assert usdc.read("balanceOf", stranger.address) == 1


@pytest.mark.parametrize("code", ["0x00", "0x60006000fd", "0xfe"], ids=["answers nothing", "reverts", "invalid"])
def test_a_signature_stays_good_when_the_signer_delegates(
    code, created, calls, deadline, relayer, usdc, stranger, web3
):
    """I36. The principal's account gains code (EIP-7702) that knows nothing of its key."""
    web3.provider.make_request("anvil_setCode", [created.principal.address, code])
    signature = sign(created.principal, created.wallet, calls, 0, deadline)
    created.wallet.execute_signed(relayer, calls, 0, deadline, signature)
    assert usdc.read("balanceOf", stranger.address) == 1
    with refuses(errors.BadPrincipalSignature, principal=created.principal.address):
        created.wallet.execute_signed(relayer, calls, 1, deadline, sign(stranger, created.wallet, calls, 1, deadline))


def test_refuses_a_call_that_cancels_its_own_nonce(created, deadline, relayer):
    """I16, I20. The nonce is spent before the calls are made."""
    wallet = created.wallet
    inner = [WalletCall(wallet.address, 0, wallet.call_data("cancelNonce", 4))]
    with refuses(errors.NonceSpent, nonce=4):
        wallet.execute_signed(relayer, inner, 4, deadline, sign(created.principal, wallet, inner, 4, deadline))


def test_failed_call_does_not_spend_the_nonce(created, dai, stranger, deadline, relayer, usdc):
    wallet = created.wallet
    calls = [WalletCall(dai.address, 0, dai.call_data("transfer", stranger.address, 10**30))]
    with refuses(errors.ERC20InsufficientBalance):
        wallet.execute_signed(relayer, calls, 0, deadline, sign(created.principal, wallet, calls, 0, deadline))
    assert wallet.read("isNonceSpent", 0) is False


@pytest.mark.parametrize("sender", ["relayer", "agent", "stranger"])
def test_anyone_can_submit_a_signed_batch(sender, created, calls, deadline, usdc, stranger, request):
    wallet = created.wallet
    receipt = wallet.execute_signed(
        request.getfixturevalue(sender), calls, 0, deadline, sign(created.principal, wallet, calls, 0, deadline)
    )
    assert usdc.read("balanceOf", stranger.address) == 1
    assert receipt.event("Executed").arguments["target"] == usdc.address


def test_nonces_can_be_used_in_any_order(created, calls, deadline, relayer, usdc, stranger):
    wallet = created.wallet
    for nonce in (7, 0, 2**200, 3):
        wallet.execute_signed(relayer, calls, nonce, deadline, sign(created.principal, wallet, calls, nonce, deadline))
    assert usdc.read("balanceOf", stranger.address) == 4


def test_signed_batch_calls_the_wallet_as_the_principal(created, deadline, relayer):
    wallet = created.wallet
    calls = [WalletCall(wallet.address, 0, wallet.call_data("liftMandate"))]
    wallet.execute_signed(relayer, calls, 0, deadline, sign(created.principal, wallet, calls, 0, deadline))
    assert wallet.mandate_hash == bytes(32)


@pytest.mark.parametrize("stop", ["revoke", "pause"])
def test_principal_executes_while_the_agent_is_stopped(stop, created, calls, deadline, relayer, suite, usdc, stranger):
    """I18."""
    getattr(suite.switch, stop)(created.principal, created.wallet.address)
    wallet = created.wallet
    wallet.execute_signed(relayer, calls, 0, deadline, sign(created.principal, wallet, calls, 0, deadline))
    assert usdc.read("balanceOf", stranger.address) == 1


@pytest.mark.parametrize(
    ("behavior", "accepted"),
    [(0, True), (1, True), (2, False), (4, False), (5, False), (6, False)],
    ids=["valid signature", "accepts all", "wrong magic", "short data", "no data", "reverts"],
)
def test_contract_principal_signs_by_erc_1271(
    behavior, accepted, created, deploy, send_as, calls, deadline, relayer, usdc, stranger, now
):
    wallet = created.wallet
    contract = deploy("MockContractPrincipal", created.principal.address)
    wallet.offer_hand_over(created.principal, contract.address, now() + DAY)
    send_as(contract.address, wallet.address, wallet.call_data("acceptHandOver"))
    contract.send(relayer, "setBehavior", behavior)
    signature = sign(created.principal, wallet, calls, 0, deadline)
    if accepted:
        wallet.execute_signed(relayer, calls, 0, deadline, signature)
        assert usdc.read("balanceOf", stranger.address) == 1
    else:
        with refuses(errors.BadPrincipalSignature, principal=contract.address):
            wallet.execute_signed(relayer, calls, 0, deadline, signature)
