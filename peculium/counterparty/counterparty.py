"""The counterparty: who an agent is, who answers for it, and what it may do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from peculium.counterparty.evidence import collect
from peculium.counterparty.parts import Block, HeldCredential, Liability
from peculium.credentials import CredentialStatus
from peculium.decision import Decision
from peculium.errors import (
    AgentNotActive,
    ContractError,
    NoLiveCredential,
    NoPeculiumWallet,
    TokenNotListed,
    digits,
    quote,
)
from peculium.errors.text import duration
from peculium.lookup import Lookup
from peculium.mandate import Mandate
from peculium.network import Network
from peculium.plain import as_plain, mandate_dict
from peculium.registry import Status
from peculium.units import Amount, from_timestamp, to_address, to_timestamp
from peculium.wallet import AgentWallet, Remaining


@dataclass(frozen=True)
class Counterparty:
    """What the chain says about an account, as of one block. `check` makes it; it doesn't change afterwards."""

    address: str | None
    """The account that acts: the agent's wallet. None for an agent without one."""
    block: Block
    """The block whose state this is."""
    registry: str
    """Address of the registry that was asked."""
    status: Status
    """Whether the agent can act, and if not, why; `UNKNOWN` if the account acts for no agent."""
    is_wallet: bool
    """Whether the account is a wallet of the suite's factory, so that its code enforces the mandate. Both the factory's answer
    and the account's code say so."""
    agent_id: int | None = None
    """The agent's id in the registry; None if there is no agent."""
    uri: str | None = None
    """URI of the agent's registration file (ERC-8004). Its owner's words: nobody checks them."""
    principal: str | None = None
    """Address of the account that answers for the agent; None if nobody does."""
    liability: Liability | None = None
    """The principal's acceptance; None if nobody answers, or the node doesn't show its event."""
    wallet_principal: str | None = None
    """Address of the account that owns the money in the wallet; None for other accounts than wallets."""
    mandate_hash: bytes | None = None
    """Hash of the mandate in force in the wallet (32 bytes), or of the one that a bare key has signed; None without one."""
    mandate: Mandate | None = None
    """The mandate in force; None without one, for a bare key, and if the node doesn't show the event that has it."""
    limits: Mapping[str, Remaining] = field(default_factory=dict)
    """What the mandate allows now, by currency. Stops aren't considered: see `live`."""
    credentials: tuple[HeldCredential, ...] = ()
    """The credentials that were asked for and found, live or not."""
    missing: tuple[str, ...] = ()
    """The schemas that were asked for, for which there is no live credential of a trusted issuer."""
    network: Network | None = field(default=None, repr=False, compare=False)

    # Is it live?

    @property
    def live(self) -> bool:
        """Whether the agent could act in that block, with a wallet that enforces its mandate."""
        return self.is_wallet and self.status is Status.ACTIVE

    @property
    def agent_key(self) -> str | None:
        """Address of the key that acts under the mandate in force; None if that mandate isn't known."""
        return None if self.mandate is None else self.mandate.agent_key

    @property
    def refusal(self) -> NoPeculiumWallet | AgentNotActive | None:
        """The error that `require_live` raises; None if the agent is live."""
        if self.agent_id is None and self.address is None:
            return NoPeculiumWallet(f"The registry {self.registry} has no such agent.")
        if self.address is None:
            return NoPeculiumWallet(f"Agent {self.agent_id} has no wallet. Nothing limits what it does.")
        if not self.is_wallet:
            known = (
                f"Agent {self.agent_id} acts with {self.address}, which" if self.agent_id is not None else self.address
            )
            return NoPeculiumWallet(f"{known} isn't a wallet of this suite. Nothing limits what it does.", self.address)
        if self.status is not Status.ACTIVE:
            return AgentNotActive(agent_id=self.agent_id, wallet=self.address, status=self.status.name)
        return None

    def require_live(self) -> Self:
        """Returns the counterparty itself. Raises `NoPeculiumWallet` or `AgentNotActive` if the agent isn't live."""
        if (refusal := self.refusal) is not None:
            raise refusal
        return self

    def require_credentials(self) -> Self:
        """Returns the counterparty itself. Raises `NoLiveCredential` if a credential that was asked for is missing."""
        for schema in self.missing:
            raise NoLiveCredential(subject=self.address, schema=schema)
        return self

    # What may it do?

    def may_pay(self, token: str, payee: str, amount: Amount) -> Decision:
        """Asks the chain whether the agent could pay `amount` (whole tokens) to a payee now: limits, payees, stops, balance.

        `token` is an address, or the symbol of a token that the mandate lists. The answer is the wallet's own, of a simulation.
        Nothing is reserved: it can change with the next block. Raises `InvalidInput` for a malformed argument, and
        `ChainUnavailable` if there is no answer.
        """
        to = to_address(payee)
        if (refusal := self.refusal) is not None:
            return Decision(False, refusal)
        if self.mandate is None or self.network is None or self.address is None:
            raise NoPeculiumWallet("The mandate in force can't be read from this node. Use another node.", self.address)
        wallet = AgentWallet(self.network.web3, self.address)
        paid = Lookup(wallet).token(token)
        if self.mandate.budget_of(paid) is None:
            return Decision(False, TokenNotListed(token=paid))
        try:
            wallet.would_refuse(self.mandate.agent_key, paid, to, amount)
        except ContractError as error:
            return Decision(False, error)
        return Decision(True)

    # Shown

    def as_dict(self) -> dict[str, Any]:
        """Returns all of it JSON-ready: amounts as text in whole units, times in UTC (ISO 8601), lengths of time in seconds."""
        refusal = self.refusal
        return {
            "address": self.address,
            "live": self.live,
            "status": as_plain(self.status),
            "is_wallet": self.is_wallet,
            "reason": None if refusal is None else str(refusal),
            "block": as_plain(self.block),
            "agent": {"id": self.agent_id, "registry": self.registry, "uri": self.uri, "key": self.agent_key},
            "principal": self.principal,
            "wallet_principal": self.wallet_principal,
            "liability": as_plain(self.liability),
            "mandate_hash": as_plain(self.mandate_hash),
            "mandate": None if self.mandate is None else mandate_dict(self.mandate),
            "limits": {currency: _limits(remaining) for currency, remaining in self.limits.items()},
            "credentials": [each.as_dict() for each in self.credentials],
            "missing": list(self.missing),
        }

    def as_evidence(self) -> dict[str, Any]:
        """Returns what a third party needs to verify the check again, JSON-ready: see `verify_evidence`.

        Reads events and transactions from the chain. Raises `NoPeculiumWallet` for another account than a wallet.
        """
        if not self.is_wallet or self.network is None:
            raise self.refusal or NoPeculiumWallet("The check has no network.", self.address)
        return collect(self, self.network)

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        name = "No agent" if self.agent_id is None else f"Agent {self.agent_id}"
        yield f"{name}, {self.address or 'no wallet'} on chain {self.block.chain_id}, block {self.block.number}"
        yield f"  live: {'yes' if self.live else 'no. ' + str(self.refusal)}"
        if self.principal is not None:
            statement = f" under the statement 0x{self.liability.statement_hash.hex()}" if self.liability else ""
            yield f"  {self.principal} answers for it{statement}"
        elif self.wallet_principal is not None:
            yield f"  nobody answers for it; the money is {self.wallet_principal}'s"
        if self.uri:
            yield f"  registration file: {quote(self.uri)}"
        if self.mandate is not None:
            start, end = (_moment(each) for each in (self.mandate.valid_from, self.mandate.valid_until))
            yield f"  mandate of the key {self.mandate.agent_key}, from {start} until {end}"
        for currency, remaining in self.limits.items():
            yield f"  {_sentence(currency, remaining)}"
        for each in self.credentials:
            state = "live" if each.status is CredentialStatus.VALID else each.status.name
            yield f"  credential {quote(each.schema)} of {each.credential.issuer}: {state}"
        for schema in self.missing:
            yield f"  no live credential {quote(schema)} of a trusted issuer"


def _limits(remaining: Remaining) -> dict[str, Any]:
    return {**as_plain(remaining), "now": digits(remaining.now), "now_to_stranger": digits(remaining.now_to_stranger)}


def _sentence(currency: str, remaining: Remaining) -> str:
    windows = ", ".join(
        f"{digits(each.remaining)} of {digits(each.limit)} left in {duration(int(each.length.total_seconds()))}"
        for each in remaining.windows
    )
    strangers = "nothing" if remaining.strangers is None else f"up to {digits(remaining.strangers.payment)}"
    return (
        f"{currency}: up to {digits(remaining.payment)} a payment, {strangers} to strangers; {windows}, "
        f"{digits(remaining.lifetime)} of {digits(remaining.lifetime_limit)} left for life"
    )


def _moment(value: datetime | int) -> str:
    return f"{from_timestamp(to_timestamp(value)):%Y-%m-%d %H:%M:%S} UTC"
