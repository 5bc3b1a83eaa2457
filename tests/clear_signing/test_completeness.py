"""No function or typed data of a principal is without words. A new one fails here until it has some."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from peculium.chain.abi import load_abi
from peculium.explain.intents import ARGUMENT_RULES, FUNCTIONS, LABELS, ORDERS, TYPED_DATA
from toolchain.typed_data import type_strings

CONTRACTS = Path(__file__).parents[2] / "contracts"
INTERFACES = {
    "AgentWallet": ("IPrincipalControl",),
    "AgentWalletFactory": ("IAgentWalletFactory",),
    "RevocationSwitch": ("IRevocationSwitch",),
}
"""Interfaces of which every function that changes something is for the principal, unless it is in `OTHERS`."""
OTHERS = {
    "AgentRegistry": {"anchorMandate": "a wallet", "enroll": "a wallet"},
    "AgentWallet": {
        "act": "a relayer",
        "call": "the agent",
        "cancelAction": "the agent",
        "cancelRequest": "the agent",
        "closeAuthorizations": "anyone",
        "executeUserOp": "the EntryPoint",
        "expireCall": "anyone",
        "expireRequest": "anyone",
        "initialize": "the factory",
        "pay": "the agent",
        "payBatch": "the agent",
        "preauthorize": "the agent",
        "requestCall": "the agent",
        "requestPayment": "the agent",
        "resign": "the agent",
        "validateUserOp": "the EntryPoint",
    },
    "AgentWalletFactory": {},
    "FleetBudget": {"onCharge": "a wallet", "onClose": "a wallet"},
    "PrincipalPaymaster": {"postOp": "the EntryPoint", "validatePaymasterUserOp": "the EntryPoint"},
    "RevocationSwitch": {"resign": "a wallet", "revokeUnlinked": "the registry", "sync": "anyone"},
}
"""Functions that change something, with those who call them instead of a principal."""
OTHER_TYPES = {
    "Action": "the agent",
    "AgentWalletSet": "the new wallet",
    "Credential": "an issuer",
    "CredentialRevocation": "an issuer",
    "EIP712Domain": "nobody",
    "ReceiveWithAuthorization": "the agent, or a wallet",
    "TransferWithAuthorization": "the agent, or a wallet",
}
"""Types that somebody else signs."""


def changing(contract):
    return {
        entry["name"]
        for entry in load_abi(contract)
        if entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure")
    }


def declared(text, only=""):
    """The names of functions in Solidity that change something; with `only`, those that have a modifier of this name."""
    heads = re.findall(r"function (\w+)\(([^{;]*)[{;]", text)
    return {name for name, head in heads if not re.search(r"\b(view|pure|internal|private)\b", head) and only in head}


@pytest.mark.parametrize("contract", FUNCTIONS)
def test_every_function_that_changes_something_has_words_or_is_not_the_principals(contract):
    assert changing(contract) == FUNCTIONS[contract].keys() | OTHERS[contract].keys()
    assert not FUNCTIONS[contract].keys() & OTHERS[contract].keys()


def test_every_function_for_the_principal_alone_has_words():
    found = set()
    for path in CONTRACTS.rglob("*.sol"):
        if not {".cache", "mocks"} & set(path.relative_to(CONTRACTS).parts):
            found |= declared(path.read_text(), only="onlyPrincipal")
    assert {"withdraw", "setMandate", "revokeAll", "setBudget", "approveCall", "setGasTerms"} <= found
    assert found - set().union(*FUNCTIONS.values()) == set()


@pytest.mark.parametrize("contract", INTERFACES)
def test_every_function_of_the_principals_interfaces_has_words(contract):
    for interface in INTERFACES[contract]:
        found = declared((CONTRACTS / "interfaces" / f"{interface}.sol").read_text())
        assert len(found) > 1
        assert found - FUNCTIONS[contract].keys() == found & OTHERS[contract].keys()


def test_every_type_that_the_contracts_hash_has_words_or_is_not_the_principals():
    encoded = type_strings()
    inner = {name for each in encoded.values() for name in re.findall(r"(\w+)\(", each)[1:]}
    signed = set().union(*TYPED_DATA.values())
    assert encoded.keys() - inner - OTHER_TYPES.keys() == signed
    assert not signed & OTHER_TYPES.keys()


def test_names_of_numbers_are_those_of_the_contracts():
    texts = "".join(path.read_text() for path in (CONTRACTS / "interfaces").glob("*.sol"))

    def members(enum):
        (found,) = re.findall(rf"enum {enum} {{([^}}]*)}}", texts)
        return [each.strip() for each in found.split(",")]

    assert [each.lower().replace(" ", "") for each in ORDERS] == [each.lower() for each in members("Order")]
    assert len(ARGUMENT_RULES) == len(members("ArgumentKind"))


def test_no_label_is_left_over():
    from toolchain import clear_signing

    used = set()

    def note(owner, name):
        used.add(f"{owner}.{name}" if f"{owner}.{name}" in LABELS else name)
        return LABELS.get(f"{owner}.{name}") or LABELS[name]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clear_signing, "label_of", note)
        clear_signing.files()
    assert LABELS.keys() - used == set()
