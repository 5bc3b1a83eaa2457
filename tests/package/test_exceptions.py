"""Every error of the contracts has an exception class whose message uses the error's arguments."""

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

# Errors that the ABIs inherit from libraries. Users of the package don't meet them, or the name says it all.
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

NOT_UTF8 = bytes.fromhex("08c379a0") + encode(["bytes"], [b"\xff"])
"""`Error(string)` with a string that isn't UTF-8."""


def sample(type_):
    return SAMPLES.get(type_, 7)


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_error_has_a_class_in_exactly_one_group(name):
    found = class_of(name)
    assert found is not None
    assert found.__name__ == name
    assert len(found.__bases__) == 1
    assert found.__bases__[0] in exceptions._GROUPS
    assert issubclass(found, PeculiumError)


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_message_uses_only_arguments_of_the_error(name):
    found = class_of(name)
    fields = {field.split("!")[0] for _, field, _, _ in string.Formatter().parse(found.template) if field}
    assert fields <= {snake_case(entry["name"]) for entry in ERRORS[name]["inputs"]}
    assert "template" in vars(found)
    assert found.template.endswith(".")


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_revert_data_decodes_to_the_exception_with_its_arguments(name):
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


# Errors with numbers only are left out: ape, which runs the tests, makes eth_abi decode missing numbers as zero.
@pytest.mark.parametrize(
    "name",
    sorted(n for n, entry in ERRORS.items() if any("int" not in each["type"] for each in entry["inputs"])),
)
def test_truncated_revert_data_is_reported_as_malformed(name):
    entry = ERRORS[name]
    selector = function_abi_to_4byte_selector({**entry, "type": "function"})
    error = decode_refusal(selector)
    assert type(error) is UnknownRevert
    assert error.reason == f"malformed data 0x{selector.hex()}"


def test_every_class_belongs_to_an_error_of_the_contracts():
    """A class must go when its error is removed."""
    classes = {
        found.__name__
        for found in vars(exceptions).values()
        if isinstance(found, type) and class_of(found.__name__) is not None
    }
    in_abis = {entry["name"] for name in CONTRACTS for entry in load_abi(name) if entry["type"] == "error"}
    assert classes <= in_abis | {"ERC20InsufficientBalance"}


@pytest.mark.parametrize(
    "name", ["Stopped", "ContractError", "UnknownRevert", "PeculiumError", "Nonsense", "re", "Any"]
)
def test_class_of_returns_none_for_other_names(name):
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
        (NOT_UTF8, f"malformed data 0x{NOT_UTF8.hex()}"),
    ],
)
def test_unknown_revert_data_becomes_the_reason(data, reason):
    error = decode_refusal(data)
    assert type(error) is UnknownRevert
    assert error.reason == reason
    assert reason in str(error)


def test_missing_argument_shows_as_a_question_mark():
    assert "?" in str(exceptions.PaymentLimitExceeded(charge=1))


def test_unknown_attribute_raises_attribute_error():
    with pytest.raises(AttributeError):
        _ = exceptions.PaymentLimitExceeded(charge=1).limit


@pytest.mark.parametrize(
    "error",
    [
        exceptions.PaymentLimitExceeded(charge=2, limit=1),
        exceptions.FailedOp(opIndex=0, reason="AA21 didn't pay prefund"),
        exceptions.BundlerError(-32507, "invalid signature"),
        exceptions.InvalidInput("The amount is negative."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_exception_can_be_pickled(error):
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), vars(copy), str(copy)) == (type(error), vars(error), str(error))


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "1970-01-01 00:00:00 UTC"),
        (1_796_040_000, "2026-11-30 12:00:00 UTC"),
        (2**48 - 1, "281474976710655 (unix seconds)"),
        (2**256 - 1, f"{2**256 - 1} (unix seconds)"),
    ],
)
def test_time_shows_as_a_date_if_there_is_one(seconds, shown):
    assert f"The mandate ended at {shown} (" in str(exceptions.MandateExpired(validUntil=seconds, timestamp=0))


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_message_shows_every_unix_time_as_a_date(name):
    """By the names that the contracts give to arguments in unix seconds."""
    times = {"timestamp", "deadline", "latest", "start", "dormant_since", "expires_at", "valid_before"}
    times |= {"valid_from", "valid_until"}
    shown = {field: spec for _, field, spec, _ in string.Formatter().parse(class_of(name).template) if field}
    assert all(spec == "time" for field, spec in shown.items() if field in times)


@pytest.mark.parametrize(
    ("solidity", "python"),
    [("validUntil", "valid_until"), ("agentURI", "agent_uri"), ("a", "a"), ("chainId2", "chain_id2")],
)
def test_snake_case(solidity, python):
    assert snake_case(solidity) == python


def test_group_catches_only_its_members():
    assert issubclass(exceptions.AgentIsPaused, exceptions.Stopped)
    assert issubclass(exceptions.WindowLimitExceeded, exceptions.OverLimit)
    assert not issubclass(exceptions.NotAgentKey, exceptions.OverLimit)
    assert not issubclass(exceptions.InvalidInput, ContractError)
    assert issubclass(exceptions.InvalidInput, ValueError)


def test_entry_point_code_comes_with_advice():
    error = exceptions.FailedOp(opIndex=0, reason="AA25 invalid account nonce")
    assert str(error).startswith("AA25 invalid account nonce. ")
    assert "ask the EntryPoint for the next one" in str(error)


def test_error_of_the_contract_replaces_that_of_the_entry_point():
    inner = function_abi_to_4byte_selector({**ERRORS["OperationCostExceeded"], "type": "function"}) + encode(
        ["uint256", "uint256"], [2, 1]
    )
    selector = function_abi_to_4byte_selector({**ERRORS["FailedOpWithRevert"], "type": "function"})
    data = selector + encode(["uint256", "string", "bytes"], [0, "AA23 reverted", inner])
    error = decode_refusal(data)
    assert type(error) is exceptions.OperationCostExceeded
    assert error.arguments == {"cost": 2, "limit": 1}
