"""Files for wallets that show words instead of data (ERC-7730), one for the functions or typed data of each contract."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from peculium.errors import InvalidInput
from peculium.units import to_address

_FOLDER = files("peculium.deployments").joinpath("erc7730")


def descriptor_names() -> tuple[str, ...]:
    """Returns the names of the descriptors, such as `calldata-AgentWallet` and `eip712-RevocationSwitch`."""
    return tuple(sorted(each.name.removesuffix(".json") for each in _FOLDER.iterdir() if each.name.endswith(".json")))


def descriptor(name: str, deployments: Iterable[tuple[int, str]] = ()) -> dict[str, Any]:
    """Returns a descriptor, for the addresses that it has and for further ones (chain id, address).

    The addresses of the suite are the same on every chain, and the descriptors have them for every known network. A
    principal adds those of its own: wallets, a paymaster, a fleet budget. Raises `InvalidInput` for a name that isn't one of
    `descriptor_names`, or a malformed address.
    """
    if name not in descriptor_names():
        raise InvalidInput(f"There is no such descriptor. Known: {', '.join(descriptor_names())}.")
    content: dict[str, Any] = json.loads(_FOLDER.joinpath(f"{name}.json").read_text())
    (binding,) = content["context"].values()
    for chain_id, address in deployments:
        added = {"chainId": chain_id, "address": to_address(address)}
        if added not in binding["deployments"]:
            binding["deployments"].append(added)
    return content
