"""The principal's money, and the wallet itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from eth_account.messages import encode_typed_data
from eth_utils import keccak

from peculium.answering.bound import Bound
from peculium.answering.creating import Creating
from peculium.answering.granting import Granting
from peculium.chain.sender import Signer
from peculium.contract import Receipt
from peculium.deployments.artifacts import packaged_artifact
from peculium.deployments.deploy import deploy_fleet_budget
from peculium.deployments.planned import plan_for_principal
from peculium.errors import InvalidInput, PeculiumError, digits
from peculium.fleet import FleetBudget
from peculium.keys import AgentSigner, agent_signer_of
from peculium.mandate import NATIVE, WALLET_DOMAIN
from peculium.plain import as_plain
from peculium.registry import Status
from peculium.token import ERC20
from peculium.units import Amount, to_address
from peculium.wallet import AgentWallet, Approval, WalletCall
from peculium.wallet.mandate_code import not_a_wallet


@dataclass(frozen=True)
class Withdrawn:
    """Money that was withdrawn."""

    wallet: str
    token: str
    to: str
    amount: Decimal
    """Whole tokens."""
    receipt: Receipt

    def as_dict(self) -> dict[str, Any]:
        """Returns the amount as text, the addresses and the transaction."""
        found = {"wallet": self.wallet, "token": self.token, "to": self.to, "amount": self.amount}
        return {**as_plain(found), "transaction": self.receipt.transaction}

    def __str__(self) -> str:
        token = "of the native currency" if self.token == NATIVE else f"of the token {self.token}"
        return (
            f"{digits(self.amount)} {token} went from the wallet {self.wallet} to {self.to}, in block {self.receipt.block} "
            f"(transaction {self.receipt.transaction})."
        )


@dataclass(frozen=True)
class Migration:
    """An agent that moved to a new wallet."""

    old: str
    new: str
    steps: tuple[str, ...]
    """What this run did, in order; empty if an earlier run had done everything."""

    def __str__(self) -> str:
        done = "; ".join(self.steps) or "nothing, because an earlier run had done everything"
        return f"The agent moved from the wallet {self.old} to {self.new}. Done now: {done}."


class Owning(Granting, Creating):
    """The money, and who owns the wallet."""

    def balance(self, wallet: str, token: str) -> Decimal:
        """Returns what a wallet holds of a token (whole tokens). `token` is as in `withdraw`."""
        bound = self.wallet(wallet)
        return self._balance(bound, self._token(bound, token))

    def withdraw(self, wallet: str, token: str, amount: Amount, to: str | None = None) -> Withdrawn:
        """Withdraws `amount` (whole tokens) to `to`, by default to the principal. The mandate doesn't limit it.

        `to` is an address, or a name of the address book. `token` is an address, `NATIVE`, or the symbol of a token of the mandate.
        """
        bound = self.wallet(wallet)
        address, receiver = self._token(bound, token), self._receiver(bound, to)
        receipt = bound.withdraw(self.account, address, receiver, amount)
        return Withdrawn(bound.address, address, receiver, Decimal(amount), receipt)

    def withdraw_all(self, wallet: str, token: str, to: str | None = None) -> Withdrawn:
        """Withdraws the whole balance of a token to `to` (an address or a name), by default to the principal."""
        bound = self.wallet(wallet)
        address, receiver = self._token(bound, token), self._receiver(bound, to)
        amount = self._balance(bound, address)
        return Withdrawn(bound.address, address, receiver, amount, bound.withdraw_all(self.account, address, receiver))

    def execute(self, wallet: str, calls: Sequence[WalletCall]) -> Receipt:
        """Makes any calls as the wallet: all or none."""
        return self.wallet(wallet).execute_batch(self.account, calls)

    def fleet_budget(self) -> FleetBudget:
        """Returns the principal's fleet budget: one limit over all wallets whose mandates name it as their guard.

        Deploys it if it doesn't exist; its address depends on the principal alone.
        """
        factory = self.suite.factory.address
        deployed = deploy_fleet_budget(
            self.network.web3, self._payer(), packaged_artifact("FleetBudget"), factory, self.address
        )
        return FleetBudget(self.network.web3, deployed.address)

    def fleet_budget_address(self) -> str:
        """Returns the address of the principal's fleet budget, which may not exist yet."""
        artifact = packaged_artifact("FleetBudget")
        return plan_for_principal("FleetBudget", artifact, self.suite.factory.address, self.address).address

    # The wallet itself

    def approvals(self, wallet: str) -> list[Approval]:
        """Returns the approvals of tokens that stand. They survive a hand-over: read them before you accept a wallet."""
        return AgentWallet(self.network.web3, wallet).approvals()

    def offer(self, wallet: str, new_principal: str, deadline: datetime | int) -> Receipt:
        """Offers the wallet to another principal until `deadline` (inclusive, at most 30 days ahead)."""
        return self.wallet(wallet).offer_hand_over(self.account, new_principal, deadline)

    def cancel_offer(self, wallet: str) -> Receipt:
        """Withdraws the offer."""
        return self.wallet(wallet).cancel_hand_over(self.account)

    def accept(self, wallet: str, *, approvals: Sequence[Approval] = ()) -> Receipt:
        """Accepts an offered wallet. It ends the mandate; what the wallet holds is yours then.

        Raises `WrongContract` for a contract that the suite's factory didn't create, whatever it says of itself.
        `approvals` are those that you have read and accept; raises `InvalidInput` if others stand.
        """
        bound = AgentWallet(self.network.web3, wallet)
        if not self.suite.factory.is_wallet(bound.address):
            raise not_a_wallet(bound)
        unread = [each for each in bound.approvals() if each not in approvals]
        if unread:
            listed = ", ".join(f"{each.spender} may take token {each.token}" for each in unread)
            raise InvalidInput(
                f"Approvals of the former principal stand: {listed}. Let it set them to zero, or pass approvals=, as read by "
                "Principal.approvals."
            )
        return bound.accept_hand_over(self.account)

    def migrate(
        self,
        wallet: str,
        agent_key: Signer | AgentSigner | str,
        *,
        salt: int,
        uri: str,
        statement: str,
        tokens: Sequence[str] = (),
    ) -> Migration:
        """Moves an agent to a new wallet: revokes the old one, creates the other with its last mandate, moves the money.

        The old agent ends first, because a key acts for one live agent. The new wallet counts from zero, so this is the
        principal's decision to grant the limits anew. `tokens` are further tokens to move besides those of the mandate and the
        native currency. It can be interrupted: the same call does what is left, and a note of the error says what was done.
        """
        old, signer = self.wallet(wallet), agent_signer_of(agent_key)
        steps: list[str] = []
        try:
            return self._migrate(old, signer, salt, uri, statement, tokens, steps)
        except PeculiumError as error:
            error.add_note(f"Done so far: {'; '.join(steps) or 'nothing'}. The same call does the rest.")
            raise

    def _migrate(
        self,
        old: AgentWallet,
        agent_key: Signer | AgentSigner,
        salt: int,
        uri: str,
        statement: str,
        tokens: Sequence[str],
        steps: list[str],
    ) -> Migration:
        mandate = old.last_mandate()
        agent = to_address(agent_key.address)
        target = self.wallet_address(agent, salt)
        if target == old.address:
            raise InvalidInput("The new wallet would be the old one. Pass another salt.")
        if self.suite.registry.check_wallet(old.address).status is not Status.REVOKED:
            self.suite.switch.revoke(self.account, old.address, self.address)
            steps.append(f"revoked {old.address}")
        new = AgentWallet(self.network.web3, target)
        if not (self.network.node.code(target) and any(new.last_mandate_hash)):
            terms = replace(mandate, agent_key=agent)
            self.create_agent(terms, agent_key, uri=uri, statement=statement, salt=salt)
            steps.append(f"created {target}")
        listed = [token.address for budget in mandate.budgets for token in budget.tokens]
        for token in dict.fromkeys([*listed, NATIVE, *(self._token(old, each) for each in tokens)]):
            if self._balance(old, token):
                moved = self.withdraw_all(old.address, token, target)
                steps.append(f"moved {digits(moved.amount)} {self.lookup(old).described(token)}")
        return Migration(old.address, target, tuple(steps))

    def sign_as_wallet(self, wallet: str, data: dict[str, Any]) -> bytes:
        """Signs EIP-712 typed data as the wallet (ERC-7739), for contracts that ask the wallet (ERC-1271).

        The signature is bound to this wallet and this chain. Raises `InvalidInput` if the wallet wouldn't accept it.
        """
        bound = self.wallet(wallet)
        signed = nested_signature(self, bound, data)
        digest = keccak(b"\x19\x01" + _app_separator(data) + bytes(encode_typed_data(full_message=data).body))
        if not bound.is_valid_signature(digest, signed):
            raise InvalidInput(
                "The wallet doesn't accept the signature. Check that the typed data has a domain and a type."
            )
        return signed

    def _receiver(self, wallet: AgentWallet, to: str | None) -> str:
        return self.address if to is None else self.lookup(wallet).payee(to)

    def _token(self, wallet: AgentWallet, token: str) -> str:
        return self.lookup(wallet).token(token)

    def _balance(self, wallet: AgentWallet, token: str) -> Decimal:
        if token == NATIVE:
            wei = int(self.network.node.request("eth_getBalance", wallet.address, "latest"), 16)
            return Decimal(wei).scaleb(-18)
        return ERC20(self.network.web3, token).balance(wallet.address)


def _app_separator(data: dict[str, Any]) -> bytes:
    return bytes(encode_typed_data(full_message=data).header)


def nested_signature(principal: Bound, wallet: AgentWallet, data: dict[str, Any]) -> bytes:
    """Returns the principal's ERC-7739 signature of typed data for a wallet.

    It is the signature of `TypedDataSign`, the application's domain separator, the hash of the contents, their type, and the
    type's length (2 bytes).
    """
    primary = data["primaryType"]
    types = {name: members for name, members in data["types"].items() if name != "EIP712Domain"}
    wrapped = {
        "types": {
            "EIP712Domain": data["types"].get("EIP712Domain") or _domain_type(data["domain"]),
            "TypedDataSign": [
                {"name": "contents", "type": primary},
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
                {"name": "salt", "type": "bytes32"},
            ],
            **types,
        },
        "primaryType": "TypedDataSign",
        "domain": data["domain"],
        "message": {
            "contents": data["message"],
            "name": WALLET_DOMAIN[0],
            "version": WALLET_DOMAIN[1],
            "chainId": wallet.node.chain_id(),
            "verifyingContract": wallet.address,
            "salt": bytes(32),
        },
    }
    description = _encoded_type(primary, types).encode()
    contents = bytes(encode_typed_data(full_message=data).body)
    tail = _app_separator(data) + contents + description + len(description).to_bytes(2)
    return principal._sign(wrapped) + tail


def _domain_type(domain: dict[str, Any]) -> list[dict[str, str]]:
    kinds = {
        "name": "string",
        "version": "string",
        "chainId": "uint256",
        "verifyingContract": "address",
        "salt": "bytes32",
    }
    return [{"name": name, "type": type_} for name, type_ in kinds.items() if name in domain]


def _encoded_type(primary: str, types: dict[str, Any]) -> str:
    # The types in the order in which `TypedDataSign` has them. If another one is the first, the name of the contents' type
    # follows (ERC-7739).
    found = [primary]
    for name in found:
        for member in types[name]:
            inner = member["type"].split("[")[0]
            if inner in types and inner not in found:
                found.append(inner)
    ordered = sorted(found)
    text = "".join(
        f"{name}({','.join(member['type'] + ' ' + member['name'] for member in types[name])})" for name in ordered
    )
    return text if ordered[0] == primary else text + primary
