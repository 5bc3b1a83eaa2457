"""The canonical registries of ERC-8004: `registries.toml`, checked when read."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from peculium.deployments.entries import Entry
from peculium.deployments.networks import KnownNetwork, networks
from peculium.errors import InvalidInput
from peculium.units import to_address


@dataclass(frozen=True)
class KnownRegistries:
    """The canonical registries of ERC-8004 on one chain."""

    chain_id: int
    identity: str
    """Address of the Identity Registry, with its checksum."""
    reputation: str
    """Address of the Reputation Registry, with its checksum."""
    source: str
    """What confirms the entry."""

    def as_dict(self) -> dict[str, Any]:
        """Returns the entry for a program; all of it is JSON."""
        return asdict(self)


def registries() -> Mapping[int, KnownRegistries]:
    """Returns the canonical registries of ERC-8004 by chain id."""
    return MappingProxyType(_registries())


def read_registries(text: str, known: Mapping[str, KnownNetwork]) -> dict[int, KnownRegistries]:
    """Reads registries from TOML. Raises `InvalidInput` that names the entry if one is wrong, or its network isn't known."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"registries.toml isn't valid TOML: {error}.") from None
    top = Entry("registries.toml", "", content)
    found = {}
    for name in content:
        entry = top.table(name)
        if name not in known:
            raise entry.wrong("no network has this name")
        entry.only("identity", "reputation", "source")
        chain_id = known[name].chain_id
        identity, reputation = _address(entry, "identity"), _address(entry, "reputation")
        if identity == reputation:
            raise entry.wrong("identity and reputation are the same address")
        found[chain_id] = KnownRegistries(chain_id, identity, reputation, entry.text("source"))
    return found


def _address(entry: Entry, key: str) -> str:
    written = entry.text(key)
    try:
        address = to_address(written)
    except InvalidInput as error:
        raise entry.wrong(str(error).rstrip(".")) from None
    if written != address:
        raise entry.wrong(f"{key} isn't written with its checksum, {address}")
    return address


@cache
def _registries() -> dict[int, KnownRegistries]:
    return read_registries(files(__package__).joinpath("registries.toml").read_text(encoding="utf-8"), networks())
