"""Whether the contracts on a chain are those of this package, byte for byte. Anybody can ask; nothing is sent.

The addresses follow from the code (CREATE2), and the code is compared as well, with all its immutables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from web3 import Web3

from peculium.clones import Clone
from peculium.deployments.artifacts import packaged_artifact, packaged_suite
from peculium.deployments.creation import OTHER_CODE, difference_sentence
from peculium.deployments.expected import expected_code, first_difference
from peculium.deployments.manifest import hash_of, manifest_of, read_manifest
from peculium.deployments.planned import FOR_PRINCIPALS, Planned, plan_for_principal, plan_suite
from peculium.errors import NoContractHere, NoPeculiumWallet, WrongChain, WrongContract
from peculium.network import Network
from peculium.operations import ENTRY_POINT
from peculium.suite import Suite
from peculium.units import to_address

State = Literal["same", "differs", "missing"]


@dataclass(frozen=True)
class CheckedContract:
    """A contract, and how its code compares with the package's."""

    name: str
    address: str
    state: State
    code_hash: str
    """keccak256 of the code on the chain (0x hex); empty if there is none."""
    first_byte: int | None = None
    """Position of the first byte that differs; None if none does, and for a wallet."""
    why: str = ""
    """What is wrong, in a sentence; empty if nothing is."""

    def as_dict(self) -> dict[str, Any]:
        """Returns the comparison for a program."""
        return {
            "name": self.name,
            "address": self.address,
            "state": self.state,
            "code_hash": self.code_hash or None,
            "first_byte": self.first_byte,
            "why": self.why or None,
        }


@dataclass(frozen=True)
class Verification:
    """The comparison of all contracts that were asked for."""

    chain_id: int
    entry_point: str
    contracts: tuple[CheckedContract, ...]

    @property
    def same(self) -> bool:
        """Whether the code of all is the package's."""
        return all(each.state == "same" for each in self.contracts)

    def require(self) -> Verification:
        """Returns itself. Raises `NoContractHere` or `WrongContract` for the first contract that isn't the package's."""
        for each in self.contracts:
            if each.state == "missing":
                raise NoContractHere(each.why)
            if each.state == "differs":
                raise WrongContract(f"{each.why} {OTHER_CODE}")
        return self

    def as_dict(self) -> dict[str, Any]:
        """Returns the comparison for a program."""
        return {
            "chain_id": self.chain_id,
            "entry_point": self.entry_point,
            "same": self.same,
            "contracts": [each.as_dict() for each in self.contracts],
        }


def verify_suite(
    network: Network | Suite | Web3 | str,
    *,
    wallets: Sequence[str] = (),
    principals: Sequence[str] = (),
    manifest: str | Path | None = None,
    entry_point: str = ENTRY_POINT,
) -> Verification:
    """Compares the suite on a chain with the package, in one round trip.

    Also compares the code of `wallets` with that of a wallet of the suite's factory, and those of the paymaster and the fleet
    budget of each of `principals` that exist. `entry_point` is that of the suite; another one gives other addresses.
    With a manifest its content must be that of the suite; raises `WrongChain` if it is for another chain, `InvalidInput` if it
    isn't a manifest, and `WrongContract` if it names anything else.
    """
    node = Network.of(network).node
    chain_id, entry = node.chain_id(), to_address(entry_point)
    plan = plan_suite(packaged_suite(), entry)
    suite = {each.name: each.address for each in plan}
    added = [_added(name, suite, each) for each in principals for name in FOR_PRINCIPALS]
    expected = {
        each.address: expected_code(each, packaged_artifact(each.name), suite, entry, chain_id)
        for each in (*plan, *added)
    }
    if manifest is not None:
        hashes = {each.name: hash_of(expected[each.address]) for each in plan}
        _check_manifest(Path(manifest), manifest_of(plan, hashes, entry, chain_id))
    accounts = [to_address(each) for each in wallets]
    codes = node.codes([*expected, *accounts])
    found = [_compared(each, codes[each.address], expected[each.address], chain_id) for each in plan]
    found += [
        _compared(each, codes[each.address], expected[each.address], chain_id) for each in added if codes[each.address]
    ]
    found += [_wallet(each, codes[each], suite, chain_id) for each in accounts]
    return Verification(chain_id, entry, tuple(found))


def verify_wallet(network: Network | Suite | Web3 | str, wallet: str, entry_point: str = ENTRY_POINT) -> Clone:
    """Returns what the code of a wallet says, after a comparison of the suite and the wallet with the package.

    Raises `NoPeculiumWallet`, or as `Verification.require`.
    """
    checked = verify_suite(network, wallets=[wallet], entry_point=entry_point)
    *suite, last = checked.contracts
    Verification(checked.chain_id, checked.entry_point, tuple(suite)).require()
    if last.state != "same":
        raise NoPeculiumWallet(last.why)
    clone = Clone.of(Network.of(network).node.code(last.address))
    assert clone is not None
    return clone


def _added(name: str, suite: Mapping[str, str], principal: str) -> Planned:
    return plan_for_principal(name, packaged_artifact(name), suite["AgentWalletFactory"], principal)


def _compared(planned: Planned, code: bytes, expected: bytes, chain_id: int) -> CheckedContract:
    name, address = planned.name, planned.address
    if not code:
        why = f"{name} isn't on chain {chain_id}: {address} has no code. Deploy it: peculium deploy"
        return CheckedContract(name, address, "missing", "", None, why)
    at = first_difference(code, expected)
    if at is None:
        return CheckedContract(name, address, "same", hash_of(code))
    return CheckedContract(
        name, address, "differs", hash_of(code), at, difference_sentence(name, address, code, expected, at)
    )


def _wallet(address: str, code: bytes, suite: Mapping[str, str], chain_id: int) -> CheckedContract:
    clone = Clone.of(code)
    if not code:
        why = f"There is no wallet at {address} on chain {chain_id}: it has no code. Check address and chain."
        return CheckedContract("wallet", address, "missing", "", None, why)
    if clone is None or clone.implementation != suite["AgentWallet"]:
        runs = "isn't a wallet's" if clone is None else f"runs that of {clone.implementation}"
        why = f"{address} isn't a wallet of this suite: its code {runs}. Don't rely on what it says of itself."
    elif clone.address(suite["AgentWalletFactory"]) != address:
        why = f"{address} isn't a wallet of this suite: its factory would have created it elsewhere. Don't rely on it."
    else:
        return CheckedContract("wallet", address, "same", hash_of(code))
    return CheckedContract("wallet", address, "differs", hash_of(code), None, why)


def _check_manifest(path: Path, expected: Mapping[str, Any]) -> None:
    found = read_manifest(path)
    if found["chain_id"] != expected["chain_id"]:
        raise WrongChain(
            f"The manifest {path} is for chain {found['chain_id']}; the node serves chain {expected['chain_id']}. Use the "
            "manifest of this chain, or another node."
        )
    place = _first_other(found, expected)
    if place:
        raise WrongContract(
            f"The manifest {path} isn't that of this package's suite: {place} differs. Use the version of the package that wrote "
            "it, or deploy again to write it anew."
        )


def _first_other(found: Any, expected: Any, place: str = "") -> str:
    # Where the first difference is, such as contracts.AgentWallet.address; empty if there is none.
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for name in dict.fromkeys((*expected, *found)):
            inner = _first_other(found.get(name), expected.get(name), f"{place}.{name}".lstrip("."))
            if inner:
                return inner
        return ""
    return "" if found == expected else place or "its content"
