"""Refusals as exceptions: each error of our contracts has a class of its name, and says what to do with its own arguments."""

from __future__ import annotations

import json
import pickle
import string

import pytest
from eth_abi import encode
from eth_utils import function_abi_to_4byte_selector

from peculium import ContractError, PeculiumError, decode_refusal, exceptions
from peculium.contract import CONTRACTS, load_abi
from peculium.exceptions import UnknownRevert, class_of, snake_case

# Errors that our ABIs inherit, and that none of our functions lets an agent, principal or counterparty run into in a way
# that the package could say more about than its name.
FROM_LIBRARIES = {
    "AddressEmptyCode",
    "CloneArgumentsTooLong",
    "Create2EmptyBytecode",
    "DelegateAndRevert",
    "ERC721IncorrectOwner",
    "ERC721InsufficientApproval",
    "ERC721InvalidApprover",
    "ERC721InvalidOperator",
    "ERC721InvalidOwner",
    "ERC721InvalidReceiver",
    "ERC721InvalidSender",
    "FailedCall",
    "FailedDeployment",
    "InsufficientBalance",
    "InvalidShortString",
    "OutOfRangeAccess",
    "PostOpReverted",
    "SenderAddressResult",
    "SignatureValidationFailed",
    "StringTooLong",
}

ERRORS = {
    entry["name"]: entry
    for name in CONTRACTS
    for entry in load_abi(name)
    if entry["type"] == "error" and entry["name"] not in FROM_LIBRARIES
}
SAMPLES = {
    "address": "0x" + "11" * 20,
    "bytes32": b"\x07" * 32,
    "bytes16": b"\x07" * 16,
    "bytes4": b"\x07" * 4,
    "bytes": b"",
    "string": "USD",
    "bool": True,
}


def sample(type_):
    return SAMPLES.get(type_, 7)


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_an_error_has_its_own_class_in_one_group(name):
    found = class_of(name)
    assert found is not None
    assert found.__name__ == name
    assert len(found.__bases__) == 1
    assert found.__bases__[0] in exceptions._GROUPS
    assert issubclass(found, PeculiumError)


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_a_sentence_uses_only_arguments_that_there_are(name):
    found = class_of(name)
    fields = {field.split("!")[0] for _, field, _, _ in string.Formatter().parse(found.template) if field}
    assert fields <= {snake_case(entry["name"]) for entry in ERRORS[name]["inputs"]}
    assert "template" in vars(found)
    assert found.template.endswith(".")


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_revert_data_becomes_the_exception_with_its_arguments(name):
    entry = ERRORS[name]
    types = [each["type"] for each in entry["inputs"]]
    values = [sample(type_) for type_ in types]
    selector = function_abi_to_4byte_selector({**entry, "type": "function"})
    error = decode_refusal(selector + encode(types, values))
    assert type(error) is class_of(name)
    assert error.arguments == {snake_case(e["name"]): v for e, v in zip(entry["inputs"], values, strict=True)}
    for argument, value in error.arguments.items():
        assert getattr(error, argument) == value
    assert "?" not in str(error)
    assert "{" not in str(error)
    shown = json.loads(json.dumps(error.as_dict()))
    assert (shown["error"], shown["message"]) == (name, str(error))


# Only of errors with more than numbers: where ape is loaded, as in tests, it makes eth_abi read missing numbers as zero.
@pytest.mark.parametrize(
    "name",
    sorted(n for n, entry in ERRORS.items() if any("int" not in each["type"] for each in entry["inputs"])),
)
def test_revert_data_without_its_arguments_is_told_as_malformed(name):
    entry = ERRORS[name]
    selector = function_abi_to_4byte_selector({**entry, "type": "function"})
    error = decode_refusal(selector)
    assert type(error) is UnknownRevert
    assert error.reason == f"malformed data 0x{selector.hex()}"


def test_no_class_is_left_over():
    """An error that was removed from the contracts takes its class along."""
    ours = {
        found.__name__
        for found in vars(exceptions).values()
        if isinstance(found, type) and class_of(found.__name__) is not None
    }
    in_abis = {entry["name"] for name in CONTRACTS for entry in load_abi(name) if entry["type"] == "error"}
    assert ours <= in_abis | {"ERC20InsufficientBalance"}


@pytest.mark.parametrize(
    "name", ["Stopped", "ContractError", "UnknownRevert", "PeculiumError", "Nonsense", "re", "Any"]
)
def test_what_is_no_error_of_ours_has_no_class(name):
    assert class_of(name) is None


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no reason was given"),
        (bytes.fromhex("08c379a0") + encode(["string"], ["paused"]), "paused"),
        (bytes.fromhex("4e487b71") + encode(["uint256"], [0x11]), "panic 0x11"),
        (bytes.fromhex("12345678"), "0x12345678"),
        (b"\1", "0x01"),
        (bytes.fromhex("08c379a0") + b"\1", "malformed data 0x08c379a001"),
    ],
)
def test_other_refusals_are_told_in_their_own_words(data, reason):
    error = decode_refusal(data)
    assert type(error) is UnknownRevert
    assert error.reason == reason
    assert reason in str(error)


def test_an_argument_that_is_missing_hides_no_error():
    assert "?" in str(exceptions.PaymentLimitExceeded(charge=1))


def test_an_attribute_that_there_is_not_is_none_of_its_arguments():
    with pytest.raises(AttributeError):
        _ = exceptions.PaymentLimitExceeded(charge=1).limit


def test_an_exception_survives_being_copied():
    error = exceptions.PaymentLimitExceeded(charge=2, limit=1)
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.arguments, str(copy)) == (type(error), error.arguments, str(error))


@pytest.mark.parametrize(
    ("solidity", "python"),
    [("validUntil", "valid_until"), ("agentURI", "agent_uri"), ("a", "a"), ("chainId2", "chain_id2")],
)
def test_names_are_spelled_as_python_spells_them(solidity, python):
    assert snake_case(solidity) == python


def test_a_group_catches_its_members_and_no_others():
    assert issubclass(exceptions.AgentIsPaused, exceptions.Stopped)
    assert issubclass(exceptions.WindowLimitExceeded, exceptions.OverLimit)
    assert not issubclass(exceptions.NotAgentKey, exceptions.OverLimit)
    assert not issubclass(exceptions.InvalidInput, ContractError)
    assert issubclass(exceptions.InvalidInput, ValueError)


def test_the_entry_points_code_comes_with_advice():
    error = exceptions.FailedOp(opIndex=0, reason="AA25 invalid account nonce")
    assert str(error).startswith("AA25 invalid account nonce. ")
    assert "ask the EntryPoint for the next one" in str(error)


def test_what_a_contract_said_is_worth_more_than_that_the_entry_point_refused():
    inner = function_abi_to_4byte_selector({**ERRORS["OperationCostExceeded"], "type": "function"}) + encode(
        ["uint256", "uint256"], [2, 1]
    )
    selector = function_abi_to_4byte_selector({**ERRORS["FailedOpWithRevert"], "type": "function"})
    data = selector + encode(["uint256", "string", "bytes"], [0, "AA23 reverted", inner])
    error = decode_refusal(data)
    assert type(error) is exceptions.OperationCostExceeded
    assert error.arguments == {"cost": 2, "limit": 1}
