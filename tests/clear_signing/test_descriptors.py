"""The ERC-7730 files: of the schema's form, up to date, and a wallet that reads them shows every value."""

from __future__ import annotations

import copy
import itertools
import json
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest
from eth_abi import encode
from eth_utils import to_checksum_address

from peculium import Budget, InvalidInput, Mandate, Token, Window
from peculium.chain.abi import load_abi
from peculium.deployments import networks, suite_addresses
from peculium.deployments.descriptors import descriptor, descriptor_names
from peculium.explain.intents import FUNCTIONS, LONGEST_INTENT, LONGEST_LABEL, ORDERS, TYPED_DATA
from peculium.explain.meaning import meaning_of
from peculium.mandate import NATIVE
from tests.clear_signing.conftest import (
    SOMEBODY,
    Screen,
    call,
    example,
    formats,
    found,
    functions,
    kind_of,
    leaves,
    named,
    selector,
    type_of,
)
from toolchain import clear_signing
from toolchain.typed_data import type_strings

SCHEMA = json.loads((Path(clear_signing.__file__).parent / "erc7730" / "schema.json").read_text())
OWN = ("calldata-FleetBudget", "calldata-PrincipalPaymaster")
"""Descriptors of contracts of which each principal has its own."""

BUDGET = Budget("USD", "1.5", 1000, (Window(timedelta(days=1), 10),), (Token(SOMEBODY, 6),), payees=("0x" + "99" * 20,))
MANDATE = Mandate(SOMEBODY, "0x" + "77" * 20, 1_000, 2_000, (BUDGET,), epoch=1, terms_uri="https://terms.example")
PARAMETERS = {
    "addressName": {"types"},
    "amount": set(),
    "calldata": {"calleePath", "amountPath"},
    "date": {"encoding"},
    "duration": set(),
    "enum": {"$ref"},
    "raw": set(),
    "tokenAmount": {"tokenPath"},
}
"""What a value of each format needs."""


def errors(content):
    return list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(content))


def test_unknown_descriptor_is_refused():
    with pytest.raises(InvalidInput, match="calldata-AgentWallet"):
        descriptor("../addresses")


def test_malformed_address_is_refused():
    with pytest.raises(InvalidInput):
        descriptor("calldata-AgentWallet", [(1, "0x12")])


@pytest.mark.parametrize("spoil", ["key", "format", "parameter", "address"])
def test_schema_finds_a_spoiled_descriptor(spoil):
    content = copy.deepcopy(descriptor("calldata-AgentWallet"))
    assert errors(content) == []
    shown = content["display"]["formats"]["withdraw(address token,address to,uint256 amount)"]
    if spoil == "key":
        shown["intention"] = shown.pop("intent")
    elif spoil == "format":
        shown["fields"][2]["format"] = "money"
    elif spoil == "parameter":
        shown["fields"][2]["params"]["tokenPaths"] = shown["fields"][2]["params"].pop("tokenPath")
    else:
        content["context"]["contract"]["deployments"][0]["address"] = "0x12"
    assert errors(content)


@pytest.mark.parametrize("name", descriptor_names())
def test_descriptor_fits_the_schema(name):
    assert errors(descriptor(name, [(1, SOMEBODY)] if name in OWN else [])) == []


def test_values_have_the_parameters_of_their_format():
    for _, _, content in formats():
        for field in content["fields"]:
            optional = {"nativeCurrencyAddress"} if field["format"] == "tokenAmount" else set()
            assert field.get("params", {}).keys() - optional == PARAMETERS[field["format"]]


def test_descriptors_are_those_of_the_contracts():
    carried = {path.name: path.read_text() for path in clear_signing.TARGET.glob("*.json")}
    assert carried == {name: clear_signing.text_of(content) for name, content in clear_signing.files().items()}


@pytest.mark.parametrize("name", [each for each in descriptor_names() if each not in OWN])
def test_descriptor_has_the_address_on_every_known_network(name):
    kind, contract = kind_of(name)
    binding = descriptor(name)["context"]["contract" if kind == "calldata" else "eip712"]
    everywhere = [{"chainId": each.chain_id, "address": suite_addresses()[contract]} for each in networks().values()]
    assert binding["deployments"] == everywhere


@pytest.mark.parametrize("name", OWN)
def test_descriptor_of_a_principals_own_contract_has_no_address_until_one_is_added(name):
    assert descriptor(name)["context"]["contract"]["deployments"] == []
    twice = descriptor(name, [(10, SOMEBODY), (10, SOMEBODY)])
    assert [each["chainId"] for each in twice["context"]["contract"]["deployments"]] == [10]


def test_wallets_are_known_by_the_event_of_their_factory():
    factory = descriptor("calldata-AgentWallet")["context"]["contract"]["factory"]
    assert factory["deployments"][0]["address"] == suite_addresses()["AgentWalletFactory"]
    event = next(each for each in load_abi("AgentWalletFactory") if each.get("name") == "WalletCreated")
    assert factory["deployEvent"].replace(" indexed", "") == (
        "WalletCreated(" + ",".join(f"{each['type']} {each['name']}" for each in event["inputs"]) + ")"
    )


@pytest.mark.parametrize(("contract", "entry"), functions())
def test_wallet_shows_every_value_of_a_call(contract, entry):
    counter = itertools.count(1)
    values = [_small(each, example(each, counter)) for each in entry["inputs"]]
    types = [type_of(each) for each in entry["inputs"]]
    screen = Screen(contract, selector(entry) + encode(types, values))
    shown = [value for field in screen.fields for value in found(field["path"], screen.values)]
    wanted = [*leaves(named(entry["inputs"], values)), *([0] if entry["stateMutability"] == "payable" else [])]
    assert sorted(map(str, shown)) == sorted(map(str, wanted))
    assert len(screen.lines()) == len(wanted)
    assert "{" not in screen.words()


def _small(entry, value):
    # Enums have few values.
    return 2 if entry["name"] in ("order", "kind") else _inner(entry, value)


def _inner(entry, value):
    if entry["type"].endswith("[]") and "components" in entry:
        return [_inner({**entry, "type": "tuple"}, each) for each in value]
    if entry["type"] == "tuple":
        return tuple(_small(each, inner) for each, inner in zip(entry["components"], value, strict=True))
    return value


@pytest.mark.parametrize("contract", TYPED_DATA)
def test_typed_data_is_named_as_the_contracts_hash_it(contract):
    keys = descriptor(f"eip712-{contract}")["display"]["formats"]
    assert list(keys) == [type_strings()[primary] for primary in TYPED_DATA[contract]]


def test_amount_is_shown_with_its_token():
    payee = to_checksum_address("0x" + "77" * 20)
    screen = Screen("AgentWallet", call("AgentWallet", "withdraw", SOMEBODY, payee, 5_000_000))
    assert screen.intent == "Withdraw"
    assert screen.words() == f"The principal withdraws 5000000 base units of {SOMEBODY} to {payee}."
    native = Screen("AgentWallet", call("AgentWallet", "withdraw", NATIVE, payee, 10**18))
    assert native.words() == f"The principal withdraws 1 of the native currency to {payee}."


@pytest.mark.parametrize(("number", "order"), enumerate(ORDERS))
def test_order_is_shown_by_name(number, order):
    submitted = call("RevocationSwitch", "submitOrder", number, SOMEBODY, SOMEBODY, 1, SOMEBODY, 2, b"")
    assert Screen("RevocationSwitch", submitted).words() == f"Submits an order signed by {SOMEBODY}: {order}."


def test_native_currency_of_a_transaction_is_shown():
    calls = [(SOMEBODY, 3 * 10**18, b"\x01")]
    screen = Screen("AgentWallet", call("AgentWallet", "executeBatch", calls), value=9 * 10**18)
    assert screen.lines() == [
        ("Contract", SOMEBODY),
        ("Native currency", "3 of the native currency"),
        ("Call", "b'\\x01'"),
        ("Sent with it", "9 of the native currency"),
    ]


@pytest.mark.parametrize(
    ("name", "key", "content"), [pytest.param(*each, id=f"{each[0]}-{each[1][:30]}") for each in formats()]
)
def test_format_fits_a_small_screen(name, key, content):
    labels = [field["label"] for field in content["fields"]]
    assert 0 < len(content["intent"]) <= LONGEST_INTENT
    assert max(map(len, labels), default=1) <= LONGEST_LABEL
    assert len(set(labels)) == len(labels), labels


def test_names_of_values_fit_a_small_screen():
    for name in descriptor_names():
        for enum in descriptor(name)["metadata"].get("enums", {}).values():
            assert max(map(len, enum.values())) <= LONGEST_LABEL


@pytest.mark.parametrize(("contract", "entry"), functions())
def test_times_are_shown_as_dates_and_lengths(contract, entry):
    key = clear_signing._signature(entry)
    shown = {
        each["path"]: each["format"] for each in descriptor(f"calldata-{contract}")["display"]["formats"][key]["fields"]
    }
    times = [leaf for leaf in clear_signing._leaves_of_abi(entry["name"], entry["inputs"]) if leaf.type == "uint48"]
    assert all(shown[leaf.path] == ("duration" if leaf.name == "interval" else "date") for leaf in times)


BESIDE_THE_PACKAGE = {
    "executeBatch": "the package counts the calls",
    "executeSigned": "likewise",
    "setGuardian": "the package says whether it appoints or removes",
    "submitOrder": "the package has a sentence for each order",
}
"""Functions whose sentence depends on a value in a way that ERC-7730 can't say."""


@pytest.mark.parametrize(("contract", "entry"), functions())
def test_sentence_on_the_device_is_that_of_the_package(contract, entry):
    counter = itertools.count(1)
    values = [_without_reference(each, example(each, counter)) for each in entry["inputs"]]
    calldata = selector(entry) + encode([type_of(each) for each in entry["inputs"]], values)
    meaning = meaning_of(calldata)
    if contract not in ("AgentWallet", "AgentWalletFactory", "RevocationSwitch"):
        # The package has no other sentence for these; it lists the values.
        assert meaning.text.startswith("With ") or meaning.name != f"{contract}.{entry['name']}"
    elif entry["name"] in BESIDE_THE_PACKAGE:
        assert Screen(contract, calldata).words() != meaning.text
    else:
        assert meaning.name == f"{contract}.{entry['name']}"
        assert Screen(contract, calldata).words() == meaning.text


def _without_reference(entry, value):
    # The package adds the agent's own words and the amount that a call may take, if there are any.
    if entry["name"] == "ref":
        return bytes(32)
    if entry["name"] in ("pull", "order", "kind"):
        return 0
    if entry["name"] == "mandate":
        # The package reads it, so it has to be consistent.
        return MANDATE.as_tuple()
    if entry["type"].endswith("[]") and "components" in entry:
        return [_without_reference({**entry, "type": "tuple"}, each) for each in value]
    if entry["type"] == "tuple":
        return tuple(_without_reference(each, inner) for each, inner in zip(entry["components"], value, strict=True))
    return value


def test_descriptors_have_the_words_of_the_intents():
    for name, key, content in formats():
        kind, contract = kind_of(name)
        intents = FUNCTIONS if kind == "calldata" else TYPED_DATA
        intent = intents[contract][key.partition("(")[0]]
        assert (content["intent"], content["interpolatedIntent"]) == (intent.text, intent.sentence)
