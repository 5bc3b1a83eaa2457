"""Access control: a table lists every function of the wallet with its allowed caller (I6, I12)."""

from __future__ import annotations

import pytest
from eth_utils import keccak

from peculium import Pay, UserOperation, errors, send_transaction
from peculium.contract import load_abi
from peculium.devnet import artifact
from peculium.errors import ContractError
from peculium.operations import EXECUTE
from verification.testing.addresses import SUITE_GETTERS, ZERO_ADDRESS
from verification.testing.refusals import refuses

AGENT, PRINCIPAL, FACTORY, PENDING, SIGNED, RELAYER, EITHER, ENTRY_POINT, ANYBODY = (
    "agent key",
    "principal",
    "factory",
    "pending principal",
    "anybody with the principal's signature",
    "anybody with the agent key's signature",
    "agent key or principal",
    "EntryPoint",
    "anybody, to remove what has ended",
)

ALLOWED_CALLERS = {
    "pay": AGENT,
    "payBatch": AGENT,
    "call": AGENT,
    "requestPayment": AGENT,
    "requestCall": AGENT,
    "cancelRequest": AGENT,
    "preauthorize": AGENT,
    "resign": AGENT,
    "act": RELAYER,
    "cancelAction": EITHER,
    "validateUserOp": ENTRY_POINT,
    "executeUserOp": ENTRY_POINT,
    "approveRequest": PRINCIPAL,
    "refuseRequest": PRINCIPAL,
    "refuseAll": PRINCIPAL,
    "approveRequestSigned": SIGNED,
    "approveCall": PRINCIPAL,
    "approveCallSigned": SIGNED,
    "expireRequest": ANYBODY,
    "expireCall": ANYBODY,
    "closeAuthorizations": ANYBODY,
    "execute": PRINCIPAL,
    "executeBatch": PRINCIPAL,
    "cancelNonce": PRINCIPAL,
    "withdraw": PRINCIPAL,
    "withdrawAll": PRINCIPAL,
    "offerHandOver": PRINCIPAL,
    "setMandate": PRINCIPAL,
    "liftMandate": PRINCIPAL,
    "acceptHandOver": PENDING,
    "initialize": FACTORY,
    "executeSigned": SIGNED,
    "setMandateSigned": SIGNED,
}

VIEWS = {
    "ENTRY_POINT",
    "MANDATE_MODULE",
    "POWERS_MODULE",
    "VIEWS_MODULE",
    "FACTORY",
    "REGISTRY",
    "SWITCH",
    "WRITER",
    "actionDigest",
    "authorizationDigest",
    "authority",
    "callRequestHash",
    "chargeOf",
    "chequeBook",
    "chequeNonce",
    "chequesLeft",
    "chequesOutstanding",
    "eip712Domain",
    "grant",
    "isActionSpent",
    "isNonceSpent",
    "isPayee",
    "isValidSignature",
    "lastMandateHash",
    "mandateHash",
    "mandatePointer",
    "onERC1155BatchReceived",
    "onERC1155Received",
    "onERC721Received",
    "operationGas",
    "paidTo",
    "pendingAuthorizations",
    "pendingHandOver",
    "pendingRequests",
    "principal",
    "remaining",
    "requestHash",
    "round",
    "spent",
    "suite",
    "supportsInterface",
}

PAYABLE = {"execute", "executeBatch", "executeSigned"}

REFUSAL = {
    PRINCIPAL: errors.NotPrincipal,
    PENDING: errors.NotPendingPrincipal,
    FACTORY: errors.NotFactory,
    SIGNED: errors.BadPrincipalSignature,
    AGENT: errors.NotAgentKey,
    RELAYER: errors.BadAgentSignature,
    EITHER: errors.NotAgentKeyOrPrincipal,
    ENTRY_POINT: errors.NotEntryPoint,
}

FUNCTIONS = [entry for entry in load_abi("AgentWallet") if entry["type"] == "function"]


@pytest.fixture
def arguments(created, usdc, payee, stranger, new_mandate, now):
    """Arguments with which each function would benefit a stranger."""
    wider = new_mandate(stranger_payment_limit=100, stranger_window_limit=500).in_round(created.wallet.round).as_tuple()
    enrollment = ("", bytes(32), 2**256 - 1, b"", b"", b"")
    transfer = usdc.call_data("transfer", stranger.address, 1)
    request = (usdc.address, stranger.address, 1, bytes(32), now() + 3600)
    call = (usdc.address, 0, transfer, ZERO_ADDRESS, 0, 0, bytes(32), now() + 3600)
    action = created.wallet.action(Pay(usdc.address, payee.address, 1))
    operation = UserOperation(created.wallet.address, created.wallet.nonce_key() << 64, EXECUTE + bytes(4) + action)
    authorization = (0, usdc.address, stranger.address, 1, 0, now() + 3600, *[bytes(32)] * 3)
    return {
        "pay": (usdc.address, payee.address, 1, bytes(32)),
        "payBatch": ([(usdc.address, payee.address, 1, bytes(32))],),
        "call": (usdc.address, 0, 0, transfer, 0, bytes(32)),
        "requestPayment": (0, request),
        "requestCall": (0, call),
        "cancelRequest": (0, bytes(32)),
        "approveRequest": (0, request, 1),
        "approveCall": (0, call, 1),
        "refuseRequest": (0, bytes(32)),
        "refuseAll": (),
        "approveRequestSigned": (0, request, 1, 0, now() + 3600, b""),
        "approveCallSigned": (0, call, 1, 0, now() + 3600, b""),
        "expireRequest": (0, request),
        "expireCall": (0, call),
        "preauthorize": (authorization, bytes(32)),
        "closeAuthorizations": (keccak(text="USD"), [authorization]),
        "act": (created.wallet.call_data("resign"), (ZERO_ADDRESS, ZERO_ADDRESS, 0, 0, now() + 3600, 0), b""),
        "cancelAction": (0,),
        "validateUserOp": (operation.packed(), bytes(32), 1),
        "executeUserOp": (operation.packed(), bytes(32)),
        "resign": (),
        "execute": (usdc.address, 0, transfer),
        "executeBatch": ([(usdc.address, 0, transfer)],),
        "cancelNonce": (0,),
        "withdraw": (usdc.address, stranger.address, 1),
        "withdrawAll": (usdc.address, stranger.address),
        "offerHandOver": (stranger.address, now() + 3600),
        "setMandate": (wider,),
        "liftMandate": (),
        "acceptHandOver": (),
        "initialize": (wider, enrollment),
        "executeSigned": ([(usdc.address, 0, transfer)], 0, 0, now() + 3600, b""),
        "setMandateSigned": (wider, b"", b""),
    }


def refusal_class(wallet, function, arguments, account):
    """The class of the error with which a call reverts, or None."""
    try:
        wallet.read(function, *arguments, sender=account.address)
    except ContractError as refusal:
        return type(refusal)
    return None


ROLES_BY_CALLER = {
    "agent": {AGENT, EITHER},
    "stranger": set(),
    "payee": set(),
    "guardian": set(),
    "other_principal": set(),
    "principal": {PRINCIPAL, EITHER},
}


CALLER_ERRORS = tuple(REFUSAL.values())


@pytest.mark.parametrize("caller", ROLES_BY_CALLER)
@pytest.mark.parametrize("function", ALLOWED_CALLERS)
def test_refuses_callers_that_the_table_does_not_list(function, caller, created, arguments, suite, guardian, request):
    """I6, I12."""
    suite.switch.set_guardian(created.principal, guardian.address)
    account = request.getfixturevalue(caller)
    who = ALLOWED_CALLERS[function]
    if who in ROLES_BY_CALLER[caller] | {ANYBODY}:
        # An allowed caller may still violate the mandate: that reverts with another error.
        assert refusal_class(created.wallet, function, arguments[function], account) not in CALLER_ERRORS
        return
    with refuses(REFUSAL[who]):
        created.wallet.read(function, *arguments[function], sender=account.address)


@pytest.mark.parametrize("contract", SUITE_GETTERS)
@pytest.mark.parametrize(
    "function",
    [name for name, who in ALLOWED_CALLERS.items() if who not in (FACTORY, ANYBODY)],
)
def test_refuses_calls_from_contracts_of_the_suite(function, contract, created, arguments):
    """I6, I12. The EntryPoint may call only `validateUserOp` and `executeUserOp`."""
    if (ALLOWED_CALLERS[function], contract) == (ENTRY_POINT, "ENTRY_POINT"):
        return
    sender = created.wallet.read(contract)
    with refuses(REFUSAL[ALLOWED_CALLERS[function]]):
        created.wallet.read(function, *arguments[function], sender=sender)


@pytest.mark.parametrize(
    "data",
    [
        "0x00000000",
        "0xa9059cbb" + "00" * 64,
        "0x095ea7b3" + "00" * 64,
        "0x8da5cb5b",
        "0x3659cfe6" + "00" * 32,
        "0xff",
    ],
    ids=["zeros", "transfer", "approve", "owner", "upgradeTo", "one byte"],
)
@pytest.mark.parametrize("caller", ["agent", "principal", "stranger"])
def test_refuses_unknown_selectors(data, caller, created, request, web3):
    """I6. The wallet has no fallback for other selectors, no upgrade and no ownership."""
    with pytest.raises(ContractError):
        send_transaction(web3, request.getfixturevalue(caller), created.wallet.address, data)
    assert created.wallet.principal != ZERO_ADDRESS


def test_table_lists_every_function():
    listed = [entry["name"] for entry in FUNCTIONS]
    assert len(listed) == len(set(listed))
    changing = {entry["name"] for entry in FUNCTIONS if entry["stateMutability"] not in ("view", "pure")}
    assert changing == set(ALLOWED_CALLERS)
    assert set(listed) - changing == VIEWS


def test_abi_of_the_package_equals_the_compiled_abi():
    """Otherwise the table could miss a function."""
    compiled = artifact("AgentWallet").abi
    names = sorted({_signature(entry) for entry in compiled if entry["type"] == "function"})
    assert names == sorted(_signature(entry) for entry in FUNCTIONS)
    assert not [entry for entry in compiled if entry["type"] == "fallback"]
    selectors = [keccak(text=name)[:4] for name in names]
    assert len(set(selectors)) == len(selectors)


def _signature(entry):
    return f"{entry['name']}({','.join(_type(each) for each in entry['inputs'])})"


def _type(entry):
    if not entry["type"].startswith("tuple"):
        return entry["type"]
    return f"({','.join(_type(each) for each in entry['components'])}){entry['type'].removeprefix('tuple')}"


def test_only_the_execute_functions_are_payable():
    assert {entry["name"] for entry in FUNCTIONS if entry["stateMutability"] == "payable"} == PAYABLE
