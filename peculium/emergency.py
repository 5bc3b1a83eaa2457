"""The exact calls that stop agents and take the money out, in forms that other software than this understands."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote as percent

from eth_utils.abi import collapse_if_tuple
from hexbytes import HexBytes

from peculium.contract import Contract
from peculium.mandate import NATIVE
from peculium.orders import KeptOrder
from peculium.signatures import low_s
from peculium.switch import RevocationSwitch
from peculium.units import to_address
from peculium.wallet import AgentWallet


@dataclass(frozen=True)
class EmergencyCall:
    """A call to make by hand. Its arguments are simple values: no structs."""

    title: str
    effect: str
    """What it does, in one sentence."""
    contract: Contract
    function: str
    arguments: tuple[Any, ...]
    chain_id: int
    sender: str | None = None
    """Who must send it; None: anybody."""

    @property
    def signature(self) -> str:
        """The function with its types: `pause(address,address)`."""
        return f"{self.function}({','.join(self._types())})"

    @property
    def data(self) -> bytes:
        """The calldata."""
        return bytes(HexBytes(self.contract.call_data(self.function, *self.arguments)))

    def cast(self) -> str:
        """Returns the line for Foundry's `cast`, which asks for the key. The variable ETH_RPC_URL names the node."""
        sender = ["--from", self.sender] if self.sender else []
        words = [self.contract.address, self.signature, *map(_word, self.arguments)]
        return shlex.join(["cast", "send", "--interactive", *sender, *words])

    def link(self) -> str:
        """Returns the link that wallets on a phone open (EIP-681)."""
        pairs = zip(self._types(), self.arguments, strict=True)
        given = "&".join(f"{type_}={percent(_word(value))}" for type_, value in pairs)
        link = f"ethereum:{self.contract.address}@{self.chain_id}/{self.function}"
        return f"{link}?{given}" if given else link

    def _types(self) -> list[str]:
        (entry,) = (
            each
            for each in self.contract.abi
            if (each["type"], each.get("name")) == ("function", self.function)
            and len(each["inputs"]) == len(self.arguments)
        )
        return [collapse_if_tuple(each) for each in entry["inputs"]]


def stops_of_all(switch: RevocationSwitch, principal: str) -> list[EmergencyCall]:
    """Returns the calls that stop all agents of a principal."""
    by, chain_id = to_address(principal), switch.node.chain_id()
    pause = (
        "All agents stop until you call unpauseAll. Nothing that they signed, queued or began moves money meanwhile."
    )
    revoke = "All agents stop for ever, however many there are. Nothing that they signed moves money any more."
    return [
        EmergencyCall("Pause all agents", pause, switch, "pauseAll", (by,), chain_id, by),
        EmergencyCall("Revoke all agents", revoke, switch, "revokeAll", (by,), chain_id, by),
    ]


def stops_of(switch: RevocationSwitch, principal: str, wallet: str, name: str) -> list[EmergencyCall]:
    """Returns the calls that stop one agent."""
    by, agent, chain_id = to_address(principal), to_address(wallet), switch.node.chain_id()
    until = "This agent stops until you call unpause."
    return [
        EmergencyCall(f"Pause {name}", until, switch, "pause", (by, agent), chain_id, by),
        EmergencyCall(f"Revoke {name}", "This agent stops for ever.", switch, "revoke", (by, agent), chain_id, by),
    ]


def withdrawals_of(
    wallet: AgentWallet, principal: str, tokens: Sequence[tuple[str, str]], name: str
) -> list[EmergencyCall]:
    """Returns the calls that take the money out of a wallet, which a stop doesn't hinder. `tokens` are symbols and addresses."""
    by, chain_id = to_address(principal), wallet.node.chain_id()
    return [
        EmergencyCall(
            f"Withdraw all {'native currency' if token == NATIVE else symbol} of {name}",
            "It goes to you. This also works after a stop.",
            wallet,
            "withdrawAll",
            (token, by),
            chain_id,
            by,
        )
        for symbol, token in tokens
    ]


def submission_of(switch: RevocationSwitch, kept: KeptOrder) -> EmergencyCall:
    """Returns the call that submits a signed order. Anybody can send it."""
    order, whom = kept.order, "all agents" if kept.order.kind.for_all else kept.order.wallet
    arguments = (int(order.kind), order.principal, order.wallet, order.epoch, order.signer, order.nonce)
    how = "pauses" if kept.kind.startswith("pause") else "revokes for ever"
    return EmergencyCall(
        f"Submit the signed order {kept.kind}",
        f"It {how} {whom}. Any account with gas money can send it, once. Whoever has this sheet can.",
        switch,
        "submitOrder",
        (*arguments, low_s(order.signature)),
        kept.chain_id,
    )


def _word(value: Any) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)
