"""The EIP-712 types of contracts and package agree, so a device shows what the contract hashes (I16, I27)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from eth_account._utils.encode_typed_data.encoding_and_hashing import encode_type

from peculium.authorizations import TRANSFER_TYPES
from peculium.credentials import CREDENTIAL_TYPES
from peculium.mandate import MANDATE_TYPES
from peculium.relays import ACTION_TYPES
from peculium.wallet import REQUEST_TYPES
from peculium.wallet.principal import EXECUTE_TYPES

CONTRACTS = Path(__file__).parents[2] / "contracts"
OURS = [path for path in CONTRACTS.rglob("*.sol") if not {".cache", "mocks"} & set(path.parts)]
CONSTANT = re.compile(r"(\w+_TYPEHASH)\s*=\s*keccak256\(\s*((?:\"[^\"]*\"\s*)+)\)")
PACKAGE = {**MANDATE_TYPES, **ACTION_TYPES, **TRANSFER_TYPES, **CREDENTIAL_TYPES, **REQUEST_TYPES, **EXECUTE_TYPES}


def declared():
    """Every type string of the contracts, with file and constant as test id."""
    for path in sorted(OURS):
        for constant, literals in CONSTANT.findall(path.read_text()):
            yield pytest.param("".join(re.findall(r'"([^"]*)"', literals)), id=f"{path.stem}.{constant}")


def parts(encoded):
    """The members of each type in a type string; the primary type is the first."""
    found = {}
    for name, members in re.findall(r"(\w+)\(([^)]*)\)", encoded):
        pairs = (member.split(" ") for member in members.split(","))
        found[name] = [{"name": member, "type": kind} for kind, member in pairs]
    return found


def test_finds_every_type_hash_of_the_contracts():
    """Without it the tests below could pass on nothing."""
    constants = sum(path.read_text().count("_TYPEHASH =") for path in OURS)
    assert len(list(declared())) == constants > 20


@pytest.mark.parametrize("encoded", declared())
def test_type_string_follows_eip_712(encoded):
    """The primary type first, then all referenced types once, in alphabetical order."""
    types = parts(encoded)
    assert encode_type(next(iter(types)), types) == encoded


@pytest.mark.parametrize("encoded", [each for each in declared() if next(iter(parts(each.values[0]))) in PACKAGE])
def test_package_has_the_same_type(encoded):
    primary = next(iter(parts(encoded)))
    assert encode_type(primary, {name: list(members) for name, members in PACKAGE.items()}) == encoded


def test_every_type_of_the_package_is_in_the_contracts():
    spelled = {next(iter(parts(each.values[0]))) for each in declared()}
    assert set(PACKAGE) - spelled == set()
