"""An agent of a canonical registry of ERC-8004, as a counterparty sees it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from web3 import Web3

from peculium.argument_order import require_order
from peculium.canonical.identity import identity_registry
from peculium.canonical.reference import AgentReference
from peculium.canonical.registration_file import RegistrationFile
from peculium.contract import Read, read_all
from peculium.counterparty import Counterparty
from peculium.counterparty import check as check_account
from peculium.credentials import SignedCredential
from peculium.errors import ContractError, InvalidInput, clean, quote
from peculium.errors.redaction import ADDRESS, NODE
from peculium.mandate import ZERO_ADDRESS
from peculium.network import Network
from peculium.suite import Suite
from peculium.units import to_address

KEY = "canonicalAgent"
"""Metadata of our registry in which an agent names its canonical one, as text."""


@dataclass(frozen=True)
class CanonicalAgent:
    """What the chain says about an agent of a registry of ERC-8004."""

    reference: AgentReference
    owner: str | None
    """Address that owns the agent; None if there is no such agent."""
    wallet: str | None
    """Address that the agent names as its wallet; None without one."""
    uri: str
    """URI of the registration file. Its owner's words."""
    file: RegistrationFile | None
    """The registration file, if it is within its URI. Its owner's words."""
    file_problem: str
    """Why there is no file; empty if there is one."""
    named_back: str
    """The agent that our registry names as that of the wallet, cleaned; empty without one."""
    counterparty: Counterparty | None
    """What `peculium.check` says of the wallet: all of it, if the wallet is one of the suite; None without a wallet."""

    @property
    def is_wallet(self) -> bool:
        """Whether the agent's wallet runs our code, so that its mandate is enforced."""
        return self.counterparty is not None and self.counterparty.is_wallet

    @property
    def linked(self) -> bool:
        """Whether the link holds in both directions: the agent names the wallet, and the wallet's agent names it back."""
        return self.is_wallet and self.named_back == str(self.reference)

    @property
    def live(self) -> bool:
        """Whether the link holds and the agent can act under its mandate."""
        return self.linked and self.counterparty is not None and self.counterparty.live

    @property
    def problem(self) -> str:
        """The sentence why the agent isn't live; empty if it is."""
        found = self.counterparty
        if self.owner is None:
            return f"The registry {self.reference.registry} has no agent {self.reference.agent_id}."
        if found is None:
            return "The agent names no wallet. Nothing limits what it does."
        if not found.is_wallet:
            return f"{self.wallet} isn't a wallet of this suite. Nothing limits what it does."
        if found.agent_id is None:
            return f"No agent of our registry acts with the wallet {self.wallet}, so nobody names this one back."
        if not self.linked:
            said = quote(self.named_back) if self.named_back else "none"
            return f"The wallet's agent {found.agent_id} names another canonical agent: {said}. Bind them, or don't trust it."
        return "" if found.refusal is None else str(found.refusal)

    @property
    def active_differs(self) -> bool:
        """Whether the registration file says `active` of an agent that isn't live, or the reverse.

        False for the agents of others than this suite, of which the chain doesn't say whether they are active.
        """
        return self.is_wallet and self.file is not None and self.file.active != self.live

    def as_dict(self) -> dict[str, Any]:
        """Returns all of it JSON-ready; always with the same keys."""
        return {
            "reference": str(self.reference),
            "chain_id": self.reference.chain_id,
            "registry": self.reference.registry,
            "agent_id": self.reference.agent_id,
            "owner": self.owner,
            "wallet": self.wallet,
            "is_wallet": self.is_wallet,
            "linked": self.linked,
            "live": self.live,
            "problem": self.problem or None,
            "named_back": self.named_back or None,
            "uri": self.uri,
            "file": None if self.file is None else self.file.as_dict(),
            "file_problem": self.file_problem or None,
            "active_differs": self.active_differs,
            "counterparty": None if self.counterparty is None else self.counterparty.as_dict(),
        }

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield str(self.reference)
        yield f"  owner: {self.owner or 'there is no such agent'}"
        yield f"  wallet: {self.wallet or 'none'}{', one of this suite' if self.is_wallet else ''}"
        yield f"  linked in both directions: {'yes' if self.linked else 'no'}"
        yield f"  live: {'yes' if self.live else 'no. ' + self.problem}"
        if self.file is not None:
            says = "active" if self.file.active else "not active"
            yield f"  registration file: {quote(self.file.name)}, {says}{', unlike the chain' if self.active_differs else ''}"
        elif self.owner is not None:
            yield f"  registration file: {self.file_problem}"
        if self.is_wallet:
            yield from (f"  {line}" for line in str(self.counterparty).splitlines())


def check(
    agent: AgentReference | str,
    network: Network | Suite | Web3 | str,
    *,
    credentials: Sequence[str | bytes | SignedCredential] = (),
    issuers: Sequence[str] = (),
    registry: str | None = None,
) -> CanonicalAgent:
    """Returns who owns an agent of the canonical registry, which wallet it names, and whether the link holds both ways.

    `agent` is eip155:chain:registry:id. If its wallet is one of the suite, the answer has the whole check of it, with the
    credentials that are asked for (see `peculium.check`). `registry` is the address of a registry that you trust instead of
    the canonical one. Agents that don't exist or aren't linked are an answer, not an error.

    Raises `InvalidInput` for a malformed reference, and for one of another registry: that one could say anything. Raises
    `WrongChain` for an agent of another chain, and `ChainUnavailable` if the chain doesn't answer.
    """
    require_order("check(agent, network)", agent=(agent, ADDRESS), network=(network, NODE))
    reference, chain = AgentReference.of(agent), Network.of(network)
    reference.require_chain(chain.node.chain_id())
    contract = identity_registry(chain, registry)
    if contract.address != reference.registry:
        raise InvalidInput(
            f"{reference.registry} isn't the registry {contract.address} that is trusted on chain {reference.chain_id}, and could "
            "say anything. Pass an agent of that one, or registry= if you trust the other."
        )
    functions = ("ownerOf", "getAgentWallet", "tokenURI")
    try:
        (owner, wallet, uri), _ = read_all(
            chain.node, [Read(contract, each, (reference.agent_id,)) for each in functions]
        )
    except ContractError:
        # ERC-721: each of these reverts for an agent that doesn't exist.
        return CanonicalAgent(reference, None, None, "", None, "", "", None)
    file, problem = _file(uri)
    known = None if wallet == ZERO_ADDRESS else to_address(wallet)
    found = None if known is None else check_account(known, chain, credentials=credentials, issuers=issuers)
    return CanonicalAgent(reference, to_address(owner), known, uri, file, problem, _named_back(chain, found), found)


def _file(uri: str) -> tuple[RegistrationFile | None, str]:
    try:
        return RegistrationFile.of_uri(uri), ""
    except InvalidInput as problem:
        return None, str(problem)


def _named_back(network: Network, found: Counterparty | None) -> str:
    if found is None or found.agent_id is None:
        return ""
    value = bytes(network.suite.registry.read("getMetadata", found.agent_id, KEY))
    return clean(value.decode(errors="replace"))
