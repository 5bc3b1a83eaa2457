"""The wallets of a principal, and since when a wallet exists."""

from __future__ import annotations

from collections.abc import Sequence

from eth_utils import keccak

from peculium.chain.logs import read_logs
from peculium.chain.search import find_creation
from peculium.contract import Read, read_all
from peculium.errors import InvalidInput
from peculium.ledger.logs import padded
from peculium.network import Network
from peculium.registry import Status, check_of
from peculium.units import to_address

_HANDED_OVER = "0x" + keccak(text="HandedOver(address,address)").hex()


def wallets_of(network: Network, principal: str, first_block: int, last_block: int) -> dict[str, int]:
    """Returns the wallets that were created for a principal or handed over to it, with the block of each event.

    Also those that it has handed over to somebody else since.
    """
    factory, node = network.suite.factory, network.node
    decoder = factory._contract.events["WalletCreated"]()
    created = read_logs(node, factory.address, [decoder.topic, None, padded(principal)], first_block, last_block)
    found = {to_address("0x" + log["topics"][1][-40:]): int(log["blockNumber"], 16) for log in created}
    # The wallets emit it themselves. A contract that only pretends is left out by the factory.
    logs = read_logs(node, None, [_HANDED_OVER, None, padded(principal)], first_block, last_block)
    claimed = list(dict.fromkeys(to_address(log["address"]) for log in logs))
    return found | {
        wallet: creation_of(network, wallet)
        for wallet in claimed
        if wallet not in found and is_wallet(network, [wallet])[0]
    }


def is_wallet(network: Network, addresses: Sequence[str]) -> list[bool]:
    """Whether the factory of the suite has created each of these addresses."""
    if not addresses:
        return []
    answers, _ = read_all(network.node, [Read(network.suite.factory, "isWallet", (each,)) for each in addresses])
    return [bool(each) for each in answers]


def creation_of(network: Network, wallet: str) -> int:
    """Returns the block in which a wallet was created. Raises `InvalidInput` if the node can't say."""
    found = find_creation(network.node, wallet)
    if found is None:
        created = network.suite.factory.log("WalletCreated", wallet=wallet)
        found = None if created is None else created.block
    if found is None:
        raise InvalidInput(
            f"The node doesn't say when the wallet {wallet} was created. Pass first_block, or use a node that keeps old states."
        )
    return found


def first_principal(network: Network, wallet: str, first_block: int) -> str:
    """Returns who answered for a wallet in a block."""
    bound = network.suite.wallet(wallet)
    if first_block <= network.node.block_number():
        for event in bound.events("HandedOver", first_block):
            return str(event.arguments["previousPrincipal"])
    return bound.principal


def agent_of(network: Network, wallet: str) -> int | None:
    """Returns the id in the registry of the agent that acts with a wallet, or None if it was never registered."""
    check = check_of(network.suite.registry.read("checkWallet", wallet))
    return None if check.status is Status.UNKNOWN else check.agent_id


def entry_point_of(network: Network) -> str:
    """Returns the EntryPoint of all wallets of a suite."""
    implementation = network.suite.factory.read("IMPLEMENTATION")
    return str(network.suite.wallet(implementation).read("ENTRY_POINT"))
