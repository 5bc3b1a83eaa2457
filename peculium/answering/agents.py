"""All agents of a principal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth_utils import keccak

from peculium.answering.bound import Bound
from peculium.chain.logs import read_logs
from peculium.contract import Read, read_all
from peculium.plain import as_plain
from peculium.registry import Status, check_of
from peculium.units import to_address
from peculium.wallet import AgentWallet

_HANDED_OVER = "0x" + keccak(text="HandedOver(address,address)").hex()


@dataclass(frozen=True)
class AgentSummary:
    """A wallet that the principal answers for."""

    wallet: str
    agent_id: int | None
    """The agent's id in the registry; None if the wallet was never an agent's."""
    status: Status
    mandate_hash: bytes
    """Hash of the mandate in force (32 bytes); zero if there is none."""

    def as_dict(self) -> dict[str, Any]:
        """Returns the summary as values that JSON can hold."""
        found: dict[str, Any] = as_plain(self)
        return found

    def __str__(self) -> str:
        who = "No agent acts" if self.agent_id is None else f"Agent {self.agent_id} ({self.status.name.lower()}) acts"
        mandate = "a mandate is in force" if any(self.mandate_hash) else "no mandate is in force"
        return f"{who} with the wallet {self.wallet}; {mandate}."


class Watching(Bound):
    """All agents of the principal."""

    def agents(self, first_block: int = 0) -> list[AgentSummary]:
        """Returns every wallet that the principal owns, oldest first: those created for it, and those handed over to it.

        Read from the factory's and the wallets' events since `first_block`, and from the wallets' present state.
        """
        factory, web3 = self.suite.factory, self.network.web3
        created = factory.events_with("WalletCreated", first_block, principal=self.address)
        wallets = [AgentWallet(web3, event.arguments["wallet"]) for event in created]
        wallets += [AgentWallet(web3, each) for each in self._handed_over(first_block)]
        unique = list({wallet.address: wallet for wallet in wallets}.values())
        if not unique:
            return []
        for wallet in unique:
            wallet.seen()
        reads = [Read(wallet, name) for wallet in unique for name in ("principal", "mandateHash")]
        checks = [Read(self.suite.registry, "checkWallet", (wallet.address,)) for wallet in unique]
        answers, _ = read_all(self.network.node, [*reads, *checks])
        found = []
        for index, wallet in enumerate(unique):
            owner, mandate = answers[2 * index : 2 * index + 2]
            if owner != self.address:
                continue
            check = check_of(answers[2 * len(unique) + index])
            known = check.status is not Status.UNKNOWN
            found.append(AgentSummary(wallet.address, check.agent_id if known else None, check.status, bytes(mandate)))
        return found

    def _handed_over(self, first_block: int) -> list[str]:
        # The wallets emit it themselves. A contract that only pretends is left out by the factory.
        topics = [_HANDED_OVER, None, "0x" + self.address[2:].lower().rjust(64, "0")]
        logs = read_logs(self.network.node, None, topics, first_block)
        claimed = list(dict.fromkeys(to_address(log["address"]) for log in logs))
        if not claimed:
            return []
        answers, _ = read_all(self.network.node, [Read(self.suite.factory, "isWallet", (each,)) for each in claimed])
        return [wallet for wallet, ours in zip(claimed, answers, strict=True) if ours]
