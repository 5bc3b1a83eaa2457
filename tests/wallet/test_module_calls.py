"""The functions that the wallet declares and a module runs: the declarations match, and views stay views."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from peculium import errors, send_transaction
from peculium.devnet import artifact
from verification.testing.refusals import refuses

SOURCE = (Path(__file__).parents[2] / "contracts" / "AgentWallet.sol").read_text()
MODULES = {"MANDATE_MODULE": "MandateModule", "POWERS_MODULE": "PowersModule", "VIEWS_MODULE": "ViewsModule"}
# Name, modifier and module of each function that the wallet delegates.
DELEGATED = re.findall(r"function (\w+)\([^{;]*?\b(use|useView)\((\w+)\)", SOURCE)
# Functions that each contract of a wallet's code has for itself.
COMMON = {"ENTRY_POINT", "REGISTRY", "SWITCH", "WRITER"}
COMMON |= {"authority", "eip712Domain", "mandateHash", "principal"}
PURE = {"callRequestHash", "requestHash"}
# Errors of libraries, which the interface doesn't declare.
FROM_LIBRARIES = {
    "AddressEmptyCode",
    "FailedCall",
    "InsufficientBalance",
    "InvalidPeriod",
    "InvalidShortString",
    "LifetimeLimitExceeded",
    "OperationCostExceeded",
    "OutOfRangeAccess",
    "ReentrancyGuardReentrantCall",
    "SafeERC20FailedOperation",
    "StringTooLong",
    "WindowLimitExceeded",
}
# Reads the calldata, makes a static call with it, and returns whether that succeeded.
STATIC_CALL = "36600080376000600036600073{}5afa60005260206000f3"


def entries(contract, kind):
    return {entry["name"]: entry for entry in artifact(contract).abi if entry["type"] == kind}


def shape(parameters):
    """Types of parameters, with the names of the members of structs."""
    return [
        (each["internalType"], [(member["name"], *shape([member])) for member in each.get("components", ())])
        for each in parameters
    ]


def signature(function):
    return shape(function["inputs"]), shape(function["outputs"]), function["stateMutability"]


def names(function):
    return [each["name"] for each in function["inputs"]]


def test_the_wallet_has_exactly_the_functions_of_its_interface():
    wallet, declared = (
        {name: signature(each) for name, each in entries(contract, "function").items()}
        for contract in ("AgentWallet", "IAgentWallet")
    )
    # Narrower than in the standards.
    for name in ("onERC721Received", "onERC1155Received", "onERC1155BatchReceived", "supportsInterface"):
        assert wallet[name] == (*declared.pop(name)[:2], "pure")
        del wallet[name]
    assert wallet == declared


def test_the_wallet_has_the_events_and_errors_of_its_interface():
    assert entries("AgentWallet", "event") == entries("IAgentWallet", "event")
    declared, wallet = entries("IAgentWallet", "error"), entries("AgentWallet", "error")
    assert wallet.keys() - declared.keys() == FROM_LIBRARIES
    assert declared.items() <= wallet.items()


@pytest.mark.parametrize("module", MODULES.values())
@pytest.mark.parametrize("kind", ["event", "error"])
def test_the_abi_of_the_wallet_has_the_events_and_errors_of_its_modules(module, kind):
    found = entries(module, kind)
    assert found
    assert found.items() <= entries("AgentWallet", kind).items()


def test_the_expression_finds_every_delegated_function():
    assert len(DELEGATED) == len(re.findall(r"\b(?:use|useView)\(", SOURCE)) == 34
    assert len({name for name, _, _ in DELEGATED}) == len(DELEGATED)


@pytest.mark.parametrize(("name", "modifier", "module"), DELEGATED, ids=[name for name, _, _ in DELEGATED])
def test_a_delegated_function_is_declared_as_in_its_module(name, modifier, module):
    declared, implemented = entries("AgentWallet", "function")[name], entries(MODULES[module], "function")[name]
    assert signature(declared) == signature(implemented)
    assert names(declared) == names(implemented)
    assert (modifier == "useView") == (declared["stateMutability"] == "view")


@pytest.mark.parametrize(("variable", "module"), MODULES.items())
def test_every_function_of_a_module_runs_through_the_wallet(variable, module):
    delegated = {name for name, _, used in DELEGATED if used == variable}
    assert entries(module, "function").keys() - delegated - COMMON <= PURE


@pytest.fixture
def static_call(created, web3):
    """Whether a static call by an account succeeds. The account has code for the duration of the call."""

    def call(sender, function, *arguments):
        data = created.wallet.call_data(function, *arguments)
        code = "0x" + STATIC_CALL.format(created.wallet.address.removeprefix("0x"))
        answer = web3.eth.call({"to": sender.address, "data": data}, "latest", {sender.address: {"code": code}})
        return bool(int.from_bytes(answer))

    return call


def views(created, usdc, payee, now):
    authorization = (0, usdc.address, payee.address, 1, 0, now() + 3600, *[bytes(32)] * 3)
    return {
        "pendingRequests": (),
        "authorizationDigest": (authorization,),
        "pendingAuthorizations": ("USD",),
        "chequeNonce": (usdc.address, 0, 0),
        "chequesLeft": (usdc.address,),
        "chequesOutstanding": (usdc.address,),
        "chequeBook": (usdc.address,),
        "isValidSignature": (bytes(32), b""),
        "lastMandateHash": (),
        "round": (),
        "mandatePointer": (),
        "grant": (),
        "remaining": ("USD",),
        "spent": ("USD",),
        "paidTo": ("USD", payee.address),
        "chargeOf": (usdc.address, 1),
        "isPayee": (usdc.address, payee.address),
    }


def test_a_view_runs_in_a_static_call_and_its_transaction_changes_nothing(
    created, static_call, usdc, payee, now, stranger, web3
):
    def changed(transaction):
        tracer = {"tracer": "prestateTracer", "tracerConfig": {"diffMode": True}}
        answer = web3.provider.make_request("debug_traceTransaction", [transaction, tracer])
        return {address for address, state in answer["result"]["post"].items() if "storage" in state}

    refusal = created.wallet.send(created.principal, "refuseAll")
    assert changed(refusal.transaction) == {created.wallet.address.lower()}
    calls = views(created, usdc, payee, now)
    assert calls.keys() == {name for name, modifier, _ in DELEGATED if modifier == "useView"}
    for name, arguments in calls.items():
        if name in ("chequesLeft", "chequesOutstanding", "chequeBook"):
            with refuses(errors.NoChequeBook, token=usdc.address):
                created.wallet.read(name, *arguments)
            assert not static_call(stranger, name, *arguments)
            continue
        assert static_call(stranger, name, *arguments), name
        receipt = send_transaction(web3, stranger, created.wallet.address, created.wallet.call_data(name, *arguments))
        assert (receipt.events, changed(receipt.transaction)) == ((), set()), name


def test_a_change_in_a_module_fails_in_a_static_call(created, static_call):
    """Of a caller that may make the change."""
    created.wallet.read("refuseAll", sender=created.principal.address)
    assert static_call(created.principal, "lastMandateHash")
    assert not static_call(created.principal, "refuseAll")


def test_a_module_returns_and_reverts_with_its_own_data(created, usdc, payee, stranger):
    assert created.wallet.read("chargeOf", usdc.address, 7) == 7
    with refuses(errors.CurrencyNotBudgeted, currency="EUR"):
        created.wallet.read("remaining", "EUR")
    with refuses(errors.NotPrincipal, caller=stranger.address, principal=created.principal.address):
        created.wallet.send(stranger, "refuseAll")


def test_a_module_receives_no_native_currency(created, stranger):
    """A delegated function that isn't payable refuses it, as if its code were in the wallet."""
    with pytest.raises(errors.UnknownRevert):
        created.wallet.send(created.principal, "refuseAll", value=1)
