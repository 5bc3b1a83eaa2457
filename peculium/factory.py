"""The wallet factory, which creates an agent with its wallet and mandate in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from eth_account.messages import encode_typed_data
from hexbytes import HexBytes

from peculium.contract import Contract, Receipt, Signer, send_transaction
from peculium.mandate import Mandate
from peculium.registry import AgentCheck, AgentRegistry, check_of
from peculium.signatures import low_s
from peculium.units import to_address, to_bytes32, to_timestamp, to_uint

_CLONE_PREFIX = bytes.fromhex("363d3d373d3d3d363d73")
_CLONE_SUFFIX = bytes.fromhex("5af43d82803e903d91602b57fd5bf3")
"""The code of a minimal clone (ERC-1167), before and after the implementation's address."""


@dataclass(frozen=True)
class Creation:
    """A signed order to create an agent. Anyone can submit it."""

    mandate: Mandate
    salt: int
    """0 to 2**96 - 1; distinguishes the wallets of one principal and agent key."""
    wallet: str
    """The wallet's future address."""
    agent_uri: str
    """URI of the agent's registration file (ERC-8004)."""
    statement_hash: bytes
    """keccak256 of the statement of liability (32 bytes)."""
    deadline: int
    """Last second in which it can be submitted (unix seconds, inclusive)."""
    acceptance: bytes = b""
    """The principal's signature of the liability (`enrollment_typed_data`)."""
    principal_signature: bytes = b""
    """The principal's signature of the mandate."""
    agent_signature: bytes = b""
    """The agent key's signature of the mandate."""

    def enrollment(self) -> tuple[Any, ...]:
        """Returns the registration as argument of a contract call: the struct `Enrollment`."""
        return (
            self.agent_uri,
            self.statement_hash,
            self.deadline,
            low_s(self.acceptance),
            low_s(self.principal_signature),
            low_s(self.agent_signature),
        )


@dataclass(frozen=True)
class WalletCheck:
    """What registry and factory know about a wallet."""

    agent: AgentCheck
    """What the registry knows about the agent that acts with it."""
    is_wallet: bool
    """Whether the factory created it, so that its code enforces the mandate."""

    @property
    def active(self) -> bool:
        """Whether the agent can act now, with a wallet that enforces its mandate."""
        return self.agent.active and self.is_wallet


@dataclass(frozen=True)
class CreatedWallet:
    """The result of `create_wallet`."""

    wallet: str
    """The wallet's address."""
    receipt: Receipt

    def __str__(self) -> str:
        return f"The wallet {self.wallet} exists since block {self.receipt.block}; no mandate is in force."


@dataclass(frozen=True)
class CreatedAgent:
    """The result of `create_agent`."""

    agent_id: int
    """The agent's id in the registry."""
    wallet: str
    """The wallet's address."""
    receipt: Receipt


class AgentWalletFactory(Contract):
    """The factory of wallets."""

    abi_name = "AgentWalletFactory"

    def wallet_address(self, principal: str, agent_key: str, salt: int = 0) -> str:
        """Returns the address of a wallet, which may not exist yet.

        It can be funded before: anyone can create the wallet with `create_wallet`, and then its principal can withdraw.
        """
        return str(self.read("walletAddress", to_address(principal), to_address(agent_key), salt))

    def check_wallet(self, wallet: str) -> WalletCheck:
        """Returns all that a counterparty needs to know before it deals with a wallet, in one call."""
        answer, is_wallet = self.read("checkWallet", to_address(wallet))
        return WalletCheck(check_of(answer), is_wallet)

    def is_wallet(self, wallet: str) -> bool:
        """Whether this factory created the wallet, which proves its code."""
        return bool(self.read("isWallet", to_address(wallet)))

    def create_wallet(self, signer: Signer, principal: str, agent_key: str, salt: int = 0) -> CreatedWallet:
        """Creates a wallet without a mandate, or does nothing if it exists. `signer` only pays the gas.

        Only the principal can move what it holds. `agent_key` and `salt` are part of the address; `create_agent` with the
        same makes it the wallet of an agent.
        """
        arguments = to_address(principal), to_address(agent_key), salt
        receipt = self.send(signer, "createWallet", *arguments)
        return CreatedWallet(self.wallet_address(*arguments), receipt)

    def creation_data(self, principal: str, agent_key: str, salt: int = 0) -> bytes:
        """Returns the calldata of `create_wallet`: the factory data of an operation of the principal."""
        return bytes(HexBytes(self.call_data("createWallet", to_address(principal), to_address(agent_key), salt)))

    def agent_creation_data(self, creation: Creation) -> bytes:
        """Returns the calldata of `create_agent`, for a call by the wallet or by anybody else."""
        arguments = creation.mandate.as_tuple(), creation.salt, creation.enrollment()
        return bytes(HexBytes(self.call_data("createAgent", *arguments)))

    def wallet_code(self, principal: str, agent_key: str, salt: int = 0) -> bytes:
        """Returns the code of a wallet, which may not exist yet: a clone (ERC-1167) and its three arguments."""
        implementation = bytes.fromhex(to_address(self.read("IMPLEMENTATION"))[2:])
        arguments = bytes.fromhex(to_address(principal)[2:] + to_address(agent_key)[2:]) + to_uint(
            salt, 96, "salt"
        ).to_bytes(12)
        return _CLONE_PREFIX + implementation + _CLONE_SUFFIX + arguments

    def prepare(
        self,
        registry: AgentRegistry,
        mandate: Mandate,
        principal: Signer,
        agent: Signer,
        agent_uri: str,
        statement_hash: bytes,
        deadline: datetime | int,
        salt: int = 0,
    ) -> Creation:
        """Signs the creation of an agent: the principal signs liability and mandate, the agent key signs the mandate.

        `statement_hash` is keccak256 of the statement of liability (32 bytes). `deadline` is inclusive; an `int` is unix
        seconds. If the keys are on different machines, sign `AgentRegistry.enrollment_typed_data` and
        `Mandate.typed_data` there, and build a `Creation`.
        """
        wallet = self.wallet_address(mandate.principal, mandate.agent_key, salt)
        statement = to_bytes32(statement_hash, "statement_hash")
        until = to_timestamp(deadline)
        enrollment = registry.enrollment_typed_data(
            mandate.principal, wallet, agent_uri, statement, mandate.epoch, until
        )
        signable = mandate.signable(wallet, self.node.chain_id())
        return Creation(
            mandate=mandate,
            salt=salt,
            wallet=wallet,
            agent_uri=agent_uri,
            statement_hash=statement,
            deadline=until,
            acceptance=bytes(principal.sign_message(encode_typed_data(full_message=enrollment)).signature),
            principal_signature=bytes(principal.sign_message(signable).signature),
            agent_signature=bytes(agent.sign_message(signable).signature),
        )

    def create_agent(self, signer: Signer, creation: Creation) -> CreatedAgent:
        """Creates the agent, and its wallet unless it exists. `signer` only pays the gas.

        Raises `AlreadyInitialized` if the wallet already had a mandate, and an `InvalidMandate` error before anything is sent if the mandate contradicts itself.
        """
        creation.mandate.check()
        data = HexBytes(self.agent_creation_data(creation)).to_0x_hex()
        receipt = send_transaction(self.web3, signer, self.address, data)
        created = receipt.event("AgentCreated").arguments
        return CreatedAgent(created["agentId"], created["wallet"], receipt)
