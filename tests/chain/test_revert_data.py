"""Reverts become the same exception in every form in which nodes report them."""

from __future__ import annotations

import pytest
from eth_abi import encode
from eth_utils import keccak

from peculium import errors
from peculium.chain.refusals import refusal_of_node
from peculium.chain.text import LONGEST, foreign
from peculium.errors import NodeRefused, UnknownRevert

ADDRESS = "0x" + "22" * 20
NOT_PRINCIPAL = (
    "0x" + keccak(text="NotPrincipal(address,address)")[:4].hex() + encode(["address"] * 2, [ADDRESS] * 2).hex()
)
TEXT = "0x08c379a0" + encode(["string"], ["Vault: closed today"]).hex()
HASH = "0x" + "ab" * 32

FORMS = {
    "geth": (3, "execution reverted", "{}"),
    "Erigon": (-32000, "execution reverted", "{}"),
    "Besu": (-32000, "Execution reverted", "{}"),
    "Nethermind": (-32015, "VM execution error.", "Reverted {}"),
    "OpenEthereum": (-32015, "VM execution error.", "Reverted {}"),
    "Anvil": (3, "execution reverted: custom error", "{}"),
    "Hardhat": (
        -32603,
        "VM Exception while processing transaction",
        {"message": "reverted", "txHash": HASH, "data": "{}"},
    ),
    "Hardhat without data": (-32603, "reverted with an unrecognized custom error (return data: {})", None),
    "Ganache": (
        -32000,
        "VM Exception while processing transaction: revert",
        {HASH: {"error": "revert", "return": "{}"}},
    ),
    "a provider": (-32603, "execution reverted", {"code": 3, "data": {"data": "{}"}}),
    "a provider with the original error": (-32603, "failed", {"originalError": {"code": 3, "data": "{}"}}),
    "a message": (-32000, "execution reverted: {}", None),
}


def filled(form, data):
    if isinstance(form, str):
        return form.replace("{}", data)
    return {name: filled(value, data) for name, value in form.items()} if isinstance(form, dict) else form


@pytest.mark.parametrize(("code", "message", "data"), FORMS.values(), ids=FORMS)
def test_finds_the_contract_s_error(code, message, data):
    refused = NodeRefused("", code, filled(message, NOT_PRINCIPAL), filled(data, NOT_PRINCIPAL))
    assert type(refusal_of_node(refused)) is errors.NotPrincipal


@pytest.mark.parametrize(("code", "message", "data"), FORMS.values(), ids=FORMS)
def test_finds_the_contract_s_text(code, message, data):
    error = refusal_of_node(NodeRefused("", code, filled(message, TEXT), filled(data, TEXT)))
    assert isinstance(error, UnknownRevert)
    assert error.arguments["reason"] == "Vault: closed today"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (-32000, "execution reverted"),
        (3, "anything"),
        (-32000, "out of gas"),
        (-32000, "gas required exceeds allowance (30000000)"),
        (-32000, "invalid opcode: MCOPY"),
        (-32003, "EVM error NotActivated"),
    ],
)
def test_an_execution_that_failed_without_data_is_an_unknown_revert(code, message):
    assert isinstance(refusal_of_node(NodeRefused("", code, message)), UnknownRevert)


@pytest.mark.parametrize(
    ("code", "message", "data"),
    [
        (-32601, "the method eth_call does not exist", None),
        (-32602, "invalid argument 0", None),
        (-32000, f"header {HASH} not found", None),
        (-32000, "missing trie node", HASH[2:]),
    ],
)
def test_another_error_of_the_node_is_no_revert(code, message, data):
    assert isinstance(refusal_of_node(NodeRefused("", code, message, data)), NodeRefused)


def test_text_of_a_node_cannot_change_the_terminal_or_flood_it():
    hostile = "\x1b[2Jpaid\u202e" + "x" * 10_000
    shown = foreign(hostile)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert len(shown) == LONGEST + 1
