"""What the package knows of public networks and their stablecoins: `networks.toml` and `tokens.toml`, checked when read.

The files are hints. They name chains and tokens for people; what an agent may pay is in its mandate alone.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

from peculium.deployments.entries import Entry
from peculium.errors import InvalidInput, quote
from peculium.units import to_address

MOST_DECIMALS = 18
"""Stablecoins have 6 or 18 decimals; more is a mistake in the file."""

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SYMBOL = re.compile(r"[A-Z][A-Z0-9]{1,10}")


@dataclass(frozen=True)
class KnownNetwork:
    """A public network."""

    name: str
    """As a person types it, such as `base-sepolia`."""
    chain_id: int
    test: bool
    """Whether its money is without value."""
    explorer: str
    """URL of the site on which people look at transactions, without a slash at the end."""
    final: Literal["finalized"] | int
    """The block tag of final blocks, or the number of blocks after which one is final."""
    faucets: tuple[str, ...] = ()
    """URLs of sites that give test money."""
    block_seconds: float | None = None
    """Usual time between two blocks. None if no source confirms it."""
    poa: bool = False
    """Whether block headers are known to have more than 32 bytes of extra data, which web3 rejects by itself."""
    p256: bool | None = None
    """Whether a precompile verifies signatures on P-256. None if no source confirms either."""
    sources: tuple[str, ...] = ()
    """What confirms the entry."""

    @property
    def rpc_variable(self) -> str:
        """The environment variable with the URL of a node, such as `BASE_SEPOLIA_RPC`."""
        return f"{self.name.upper().replace('-', '_')}_RPC"

    def as_dict(self) -> dict[str, Any]:
        """Returns the entry for a program; all of it is JSON."""
        found = asdict(self)
        return {
            **found,
            "faucets": list(self.faucets),
            "sources": list(self.sources),
            "rpc_variable": self.rpc_variable,
        }


@dataclass(frozen=True)
class KnownToken:
    """A stablecoin on one network. A hint: read the token itself before signing anything for it."""

    symbol: str
    chain_id: int
    address: str
    """With its checksum."""
    decimals: int
    source: str
    """What confirms the entry."""
    domain_name: str | None = None
    """Name of the EIP-712 domain. None if no source confirms it."""
    domain_version: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Returns the entry for a program; all of it is JSON."""
        return asdict(self)


def networks() -> Mapping[str, KnownNetwork]:
    """Returns the known networks by name, in the order of the file."""
    return MappingProxyType(_networks())


def network(name: str) -> KnownNetwork:
    """Returns the network of a name. Raises `InvalidInput`, with the likely name, for a name that isn't known."""
    known = _networks()
    try:
        return known[name]
    except KeyError:
        raise InvalidInput(f"No network is named {quote(name)}. {_likely(name, list(known))}") from None


def tokens(chain_id: int) -> Mapping[str, KnownToken]:
    """Returns the known tokens of a chain by symbol; none for a chain that isn't known."""
    return MappingProxyType(_tokens().get(chain_id, {}))


def read_networks(text: str) -> dict[str, KnownNetwork]:
    """Reads networks from TOML. Raises `InvalidInput` that names the entry if one is wrong or contradicts another."""
    found: dict[str, KnownNetwork] = {}
    by_chain: dict[int, str] = {}
    for name, entry in _entries("networks.toml", text):
        read = _network(name, entry)
        if read.chain_id in by_chain:
            raise entry.wrong(f"chain_id {read.chain_id} is that of {by_chain[read.chain_id]} too")
        by_chain[read.chain_id] = name
        found[name] = read
    return found


def read_tokens(text: str, known: Mapping[str, KnownNetwork]) -> dict[int, dict[str, KnownToken]]:
    """Reads tokens from TOML, by chain id and symbol.

    Raises `InvalidInput` that names the entry if one is wrong or contradicts another, or its network isn't in `known`.
    """
    found: dict[int, dict[str, KnownToken]] = {}
    for name, entry in _entries("tokens.toml", text):
        if name not in known:
            raise entry.wrong(f"no network has this name. {_likely(name, list(known))}")
        chain_id = known[name].chain_id
        by_address: dict[str, str] = {}
        for symbol in entry.names():
            inner = entry.table(symbol)
            token = _token(symbol, chain_id, inner)
            if token.address in by_address:
                raise inner.wrong(f"the address is that of {by_address[token.address]} too")
            by_address[token.address] = symbol
            found.setdefault(chain_id, {})[symbol] = token
    return found


def _network(name: str, entry: Entry) -> KnownNetwork:
    if not _NAME.fullmatch(name):
        raise entry.wrong("a name has small letters, digits and single hyphens")
    entry.only("chain_id", "test", "explorer", "faucets", "block_seconds", "final", "poa", "p256", "sources")
    test, faucets = entry.flag("test"), entry.urls("faucets")
    if faucets and not test:
        raise entry.wrong("faucets are for test networks")
    return KnownNetwork(
        name=name,
        chain_id=entry.positive("chain_id"),
        test=test,
        explorer=entry.url("explorer"),
        final=_final(entry),
        faucets=faucets,
        block_seconds=entry.seconds("block_seconds") if entry.has("block_seconds") else None,
        poa=entry.flag("poa") if entry.has("poa") else False,
        p256=entry.flag("p256") if entry.has("p256") else None,
        sources=entry.texts("sources"),
    )


def _final(entry: Entry) -> Literal["finalized"] | int:
    if entry.value("final") == "finalized":
        return "finalized"
    try:
        return entry.positive("final")
    except InvalidInput:
        raise entry.wrong('final is neither "finalized" nor a number of blocks') from None


def _token(symbol: str, chain_id: int, entry: Entry) -> KnownToken:
    if not _SYMBOL.fullmatch(symbol):
        raise entry.wrong("a symbol has 2 to 11 capital letters and digits")
    entry.only("address", "decimals", "domain", "source")
    written = entry.text("address")
    try:
        address = to_address(written)
    except InvalidInput as error:
        raise entry.wrong(str(error).rstrip(".")) from None
    if written != address:
        raise entry.wrong(f"the address isn't written with its checksum, {address}")
    decimals = entry.positive("decimals")
    if decimals > MOST_DECIMALS:
        raise entry.wrong(f"{decimals} decimals are more than {MOST_DECIMALS}")
    domain = entry.table("domain") if entry.has("domain") else None
    if domain is not None:
        domain.only("name", "version")
    return KnownToken(
        symbol=symbol,
        chain_id=chain_id,
        address=address,
        decimals=decimals,
        source=entry.text("source"),
        domain_name=domain.text("name") if domain else None,
        domain_version=domain.text("version") if domain else None,
    )


def _entries(file: str, text: str) -> list[tuple[str, Entry]]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{file} isn't valid TOML: {error}.") from None
    top = Entry(file, "", content)
    return [(name, top.table(name)) for name in content]


def _likely(name: str, known: list[str]) -> str:
    word = str(name).lower().replace("_", "-").replace(" ", "-")
    alike = [word] if word in known else get_close_matches(word, known, 1, 0.75)
    alike = alike or [each for each in known if word and word in each]
    return f"Did you mean {' or '.join(alike)}?" if alike else f"Known: {', '.join(known)}."


@cache
def _networks() -> dict[str, KnownNetwork]:
    return read_networks(files(__package__).joinpath("networks.toml").read_text(encoding="utf-8"))


@cache
def _tokens() -> dict[int, dict[str, KnownToken]]:
    return read_tokens(files(__package__).joinpath("tokens.toml").read_text(encoding="utf-8"), _networks())
