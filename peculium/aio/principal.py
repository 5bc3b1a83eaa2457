"""Generated from `peculium.principal` by `python -m toolchain.aio --update`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from web3 import Web3

from peculium.accounts import PrincipalAccount
from peculium.aio.threads import AsyncPerson, Threads
from peculium.answering.agents import AgentSummary
from peculium.answering.creating import Draft, NewAgent
from peculium.answering.deciding import Decision
from peculium.answering.granting import Granted
from peculium.answering.owning import Migration, Withdrawn
from peculium.answering.stopping import Stop
from peculium.chain.sender import Signer
from peculium.contract import Receipt
from peculium.drafts import MandateDraft
from peculium.explain import Difference
from peculium.factory import CreatedWallet
from peculium.fleet import FleetBudget
from peculium.keys import AgentSigner
from peculium.lookup import AddressBook, Lookup
from peculium.mandate import Mandate
from peculium.network import Network
from peculium.principal import Principal
from peculium.suite import Suite
from peculium.switch import Order, OrderKind, PrincipalState
from peculium.units import Amount
from peculium.wallet import AgentWallet, Approval, PendingRequest, WalletCall

THREADS = Threads("principal")
"""Its own, so that what others wait for never delays it."""


class AsyncPrincipal(AsyncPerson):
    """Answers for agents: grants, watches, decides, stops, and owns the money.

    Wallets are given by address, tokens by address or by the symbol of a token of the mandate, amounts in whole units. What a
    contract refuses is a `ContractError`: it is raised before anything is sent.

    As `Principal`, but awaited; see `peculium.aio`.
    """

    def __init__(
        self,
        account: PrincipalAccount | str,
        network: Network | Suite | Web3 | str,
        *,
        names: AddressBook = None,
        payer: Signer | None = None,
    ) -> None:
        """`account` is a key (`eth_account`, or 0x hex), an `ExternalSigner` or a `Safe`; see also `open_keystore`.

        `names` is an address book: names and their addresses, or the path of a mandate's file with `[names]`. `payer` sends
        what anybody may submit; by default the account itself.
        """
        super().__init__(THREADS)
        self.sync = Principal(account, network, names=names, payer=payer)
        """The blocking `Principal` that does the work."""

    async def pause(self, wallet: str, *, principal: str | None = None, unchecked: bool = False) -> Stop:
        """Pauses one agent until `unpause`. Nothing that it signed, queued or began moves money meanwhile.

        `principal` is by default the agent's own. Raises `NotPrincipalOrGuardian` if this account is neither that principal nor
        a guardian of it. Raises `NoContractHere` for an address without a wallet, and `WrongContract` for another contract: such
        a stop would stop nobody. With `unchecked` it isn't asked what the address is, for a wallet that doesn't exist yet.
        """
        return await self._run(self.sync.pause, wallet, principal=principal, unchecked=unchecked)

    async def unpause(self, wallet: str) -> Receipt:
        """Ends the pause of one agent. Raises `AgentIsRevoked` if the agent is revoked, `NotPrincipal` for another's agent."""
        return await self._run(self.sync.unpause, wallet)

    async def revoke(self, wallet: str, *, principal: str | None = None, unchecked: bool = False) -> Stop:
        """Revokes one agent permanently. The arguments, and what it raises, are as in `pause`."""
        return await self._run(self.sync.revoke, wallet, principal=principal, unchecked=unchecked)

    async def pause_all(self, *, principal: str | None = None) -> Stop:
        """Pauses all agents of the principal, including those created later, until `unpause_all`.

        A guardian names the `principal` whose agents it stops; by default it is this account.
        """
        return await self._run(self.sync.pause_all, principal=principal)

    async def unpause_all(self) -> Receipt:
        """Ends `pause_all`. Agents that were paused one by one stay paused."""
        return await self._run(self.sync.unpause_all)

    async def revoke_all(self, *, principal: str | None = None) -> Stop:
        """Revokes all agents of the principal permanently, in one transaction, however many there are.

        `principal` is as in `pause_all`.
        """
        return await self._run(self.sync.revoke_all, principal=principal)

    async def state(self) -> PrincipalState:
        """Returns what holds for all agents of the principal: epoch, pause, heartbeat."""
        return await self._run(self.sync.state)

    async def appoint_guardian(self, guardian: str) -> Receipt:
        """Appoints a guardian, which can pause and revoke the principal's agents and nothing else."""
        return await self._run(self.sync.appoint_guardian, guardian)

    async def remove_guardian(self, guardian: str) -> Receipt:
        """Removes a guardian."""
        return await self._run(self.sync.remove_guardian, guardian)

    async def guardians(self) -> list[str]:
        """Returns the guardians that are appointed now, in the order of their first appointment."""
        return await self._run(self.sync.guardians)

    async def set_heartbeat(self, interval: timedelta | None) -> Receipt:
        """Requires a check-in at least every `interval`, or the agents are stopped until the next one; None: no heartbeat."""
        return await self._run(self.sync.set_heartbeat, interval)

    async def check_in(self) -> Receipt:
        """Records a check-in."""
        return await self._run(self.sync.check_in)

    async def sign_order(
        self,
        kind: OrderKind,
        wallet: str | None = None,
        nonce: int | None = None,
        *,
        principal: str | None = None,
        unchecked: bool = False,
    ) -> Order:
        """Signs a stop that anyone can submit later. Keep it where it is at hand when your key isn't.

        An order on one agent needs its `wallet`, which is checked as in `pause`. `nonce` is any unused number of 256 bits, by
        default a random one. `principal` and `unchecked` are as in `pause` and `pause_all`.
        """
        return await self._run(self.sync.sign_order, kind, wallet, nonce, principal=principal, unchecked=unchecked)

    async def submit_order(self, order: Order) -> Stop:
        """Submits a signed order, one's own or another principal's."""
        return await self._run(self.sync.submit_order, order)

    async def cancel_order(self, nonce: int) -> Receipt:
        """Cancels a nonce, so that orders signed with it are void."""
        return await self._run(self.sync.cancel_order, nonce)

    async def requests(self, wallet: str) -> list[PendingRequest]:
        """Returns the requests of an agent that wait for a decision, by slot."""
        return await self._run(self.sync.requests, wallet)

    async def approve(self, wallet: str, request: PendingRequest | int) -> Decision:
        """Approves a request, and pays it or makes its call in the same transaction.

        `request` is one of `requests`, or its slot. With a slot, what waits there now is approved: read it before. Raises
        `InvalidInput` if it is no longer there, `RequestExpired` if its time has passed, and what the payment itself raises.
        """
        return await self._run(self.sync.approve, wallet, request)

    async def refuse(self, wallet: str, request: PendingRequest | int) -> Decision:
        """Refuses a request and frees its slot. `request` is one of `requests`, or its slot."""
        return await self._run(self.sync.refuse, wallet, request)

    async def refuse_all(self, wallet: str) -> Receipt:
        """Ends the round: voids all requests, unsettled authorizations and signed mandates of the wallet."""
        return await self._run(self.sync.refuse_all, wallet)

    async def balance(self, wallet: str, token: str) -> Decimal:
        """Returns what a wallet holds of a token (whole tokens). `token` is as in `withdraw`."""
        return await self._run(self.sync.balance, wallet, token)

    async def withdraw(self, wallet: str, token: str, amount: Amount, to: str | None = None) -> Withdrawn:
        """Withdraws `amount` (whole tokens) to `to`, by default to the principal. The mandate doesn't limit it.

        `to` is an address, or a name of the address book. `token` is an address, `NATIVE`, or the symbol of a token of the mandate.
        """
        return await self._run(self.sync.withdraw, wallet, token, amount, to)

    async def withdraw_all(self, wallet: str, token: str, to: str | None = None) -> Withdrawn:
        """Withdraws the whole balance of a token to `to` (an address or a name), by default to the principal."""
        return await self._run(self.sync.withdraw_all, wallet, token, to)

    async def execute(self, wallet: str, calls: Sequence[WalletCall]) -> Receipt:
        """Makes any calls as the wallet: all or none."""
        return await self._run(self.sync.execute, wallet, calls)

    async def fleet_budget(self) -> FleetBudget:
        """Returns the principal's fleet budget: one limit over all wallets whose mandates name it as their guard.

        Deploys it if it doesn't exist; its address depends on the principal alone.
        """
        return await self._run(self.sync.fleet_budget)

    async def fleet_budget_address(self) -> str:
        """Returns the address of the principal's fleet budget, which may not exist yet."""
        return await self._run(self.sync.fleet_budget_address)

    async def approvals(self, wallet: str) -> list[Approval]:
        """Returns the approvals of tokens that stand. They survive a hand-over: read them before you accept a wallet."""
        return await self._run(self.sync.approvals, wallet)

    async def offer(self, wallet: str, new_principal: str, deadline: datetime | int) -> Receipt:
        """Offers the wallet to another principal until `deadline` (inclusive, at most 30 days ahead)."""
        return await self._run(self.sync.offer, wallet, new_principal, deadline)

    async def cancel_offer(self, wallet: str) -> Receipt:
        """Withdraws the offer."""
        return await self._run(self.sync.cancel_offer, wallet)

    async def accept(self, wallet: str, *, approvals: Sequence[Approval] = ()) -> Receipt:
        """Accepts an offered wallet. It ends the mandate; what the wallet holds is yours then.

        Raises `WrongContract` for a contract that the suite's factory didn't create, whatever it says of itself.
        `approvals` are those that you have read and accept; raises `InvalidInput` if others stand.
        """
        return await self._run(self.sync.accept, wallet, approvals=approvals)

    async def migrate(
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
        return await self._run(
            self.sync.migrate, wallet, agent_key, salt=salt, uri=uri, statement=statement, tokens=tokens
        )

    async def sign_as_wallet(self, wallet: str, data: dict[str, Any]) -> bytes:
        """Signs EIP-712 typed data as the wallet (ERC-7739), for contracts that ask the wallet (ERC-1271).

        The signature is bound to this wallet and this chain. Raises `InvalidInput` if the wallet wouldn't accept it.
        """
        return await self._run(self.sync.sign_as_wallet, wallet, data)

    async def grant(self, wallet: str, mandate: Mandate, *, drop_currencies: bool = False) -> Granted:
        """Installs a mandate in place of the present one. Epoch and round are filled in.

        What was spent counts on in the windows and limits of the same currency. Raises `InvalidInput` if the mandate names
        another principal, or drops a currency in which something was spent, unless `drop_currencies` says that this is meant.
        """
        return await self._run(self.sync.grant, wallet, mandate, drop_currencies=drop_currencies)

    async def grant_with_agent(self, wallet: str, mandate: Mandate, agent_key: Signer | AgentSigner | str) -> Granted:
        """As `grant`, with the agent key's own signature. The mandate is anchored in the registry, so that others see it.

        `payer`, or the principal's key, only sends it.
        """
        return await self._run(self.sync.grant_with_agent, wallet, mandate, agent_key)

    async def draft_grant(self, wallet: str, mandate: Mandate) -> MandateDraft:
        """Returns a new mandate for a wallet as a draft, which others read and sign elsewhere. Nothing is signed or sent.

        Epoch and round are filled in. `Agent.draft_grant` does the same on the agent's side.
        """
        return await self._run(self.sync.draft_grant, wallet, mandate)

    async def review_grant(self, draft: MandateDraft) -> list[Difference]:
        """Returns what a draft changes of the mandate in force, with the principal's own names.

        Raises `InvalidInput` if the draft's base isn't in force any more. If no mandate is in force, the list is empty:
        `MandateDraft.explain` then says what the draft allows.
        """
        return await self._run(self.sync.review_grant, draft)

    async def sign_grant(self, draft: MandateDraft) -> MandateDraft:
        """Returns a draft with the principal's signature. Read what `review_grant` returns before. Raises as it does."""
        return await self._run(self.sync.sign_grant, draft)

    async def submit_grant(self, draft: MandateDraft, *, drop_currencies: bool = False) -> Granted:
        """Installs the mandate of a draft that both parties have signed, and anchors it in the registry.

        `payer`, or the principal's key, only sends it. Raises `InvalidInput` if a signature is missing, and as `grant` and
        `review_grant` do. If the agent key can't sign, the principal grants `draft.mandate` with `grant`.
        """
        return await self._run(self.sync.submit_grant, draft, drop_currencies=drop_currencies)

    async def mandate(self, wallet: str) -> Mandate:
        """Returns the mandate in force. Raises `NoMandate` if there is none."""
        return await self._run(self.sync.mandate, wallet)

    async def lift(self, wallet: str) -> Receipt:
        """Ends the mandate in force and the round. The agent can't do anything until another one is granted."""
        return await self._run(self.sync.lift, wallet)

    async def rotate_key(self, wallet: str, new_key: Signer | AgentSigner | str) -> Granted:
        """Grants the mandate in force to another key, given by its address or as account. The old key can't do anything from then on; spending counts on.

        Requests, authorizations and cheques of the old key end with its round.
        """
        return await self._run(self.sync.rotate_key, wallet, new_key)

    async def wallet_address(self, agent_key: Signer | AgentSigner | str, salt: int = 0) -> str:
        """Returns the address of an agent's wallet, which may not exist yet. It can be funded before.

        `agent_key` is the key's address, or its account.
        """
        return await self._run(self.sync.wallet_address, agent_key, salt)

    async def create_wallet(self, agent_key: Signer | AgentSigner | str, salt: int = 0) -> CreatedWallet:
        """Creates a wallet without a mandate, from which the principal can withdraw and nobody else can pay.

        `agent_key` is as in `wallet_address`.
        """
        return await self._run(self.sync.create_wallet, agent_key, salt)

    async def draft(
        self, mandate: Mandate, *, uri: str, statement: str, salt: int = 0, valid_for: timedelta = timedelta(hours=1)
    ) -> Draft:
        """Returns the creation of an agent, to be signed by the principal and the agent key.

        `uri` is that of the agent's registration file (ERC-8004), `statement` the statement of liability. `salt` tells several
        wallets of one key apart. After `valid_for` the signatures are void. The epoch is filled in.
        """
        return await self._run(self.sync.draft, mandate, uri=uri, statement=statement, salt=salt, valid_for=valid_for)

    async def create_agent(
        self,
        mandate: Mandate,
        agent_key: Signer | AgentSigner | str | None = None,
        *,
        uri: str,
        statement: str,
        salt: int = 0,
    ) -> NewAgent:
        """Creates an agent, and its wallet unless it exists, with the principal's and the agent key's signatures.

        `agent_key`, an account or a private key (0x hex), signs that it acts under the mandate. If it is on another machine, use `draft` and `submit`. The other
        arguments are as in `draft`. Raises `AlreadyInitialized` if the wallet had a mandate before: pass another `salt`.
        """
        return await self._run(self.sync.create_agent, mandate, agent_key, uri=uri, statement=statement, salt=salt)

    async def submit(self, draft: Draft) -> NewAgent:
        """Submits a signed draft. Anyone can, and pays the gas. Raises `InvalidInput` if signatures are missing."""
        return await self._run(self.sync.submit, draft)

    async def agents(self, first_block: int = 0) -> list[AgentSummary]:
        """Returns every wallet that the principal owns, oldest first: those created for it, and those handed over to it.

        Read from the factory's and the wallets' events since `first_block`, and from the wallets' present state.
        """
        return await self._run(self.sync.agents, first_block)

    @property
    def address(self) -> str:
        """The principal's address."""
        return self.sync.address

    async def wallet(self, wallet: str | AgentWallet) -> AgentWallet:
        """Returns a wallet of this principal. Raises `NotPrincipal`, which says whose it is, for another one's."""
        return await self._run(self.sync.wallet, wallet)

    async def lookup(self, wallet: AgentWallet) -> Lookup:
        """Returns what finds tokens by their symbols in the wallet's mandate, and payees by name."""
        return await self._run(self.sync.lookup, wallet)

    async def current(self, mandate: Mandate, wallet: AgentWallet | None = None) -> Mandate:
        """Returns the mandate for the principal's present epoch and the wallet's present round.

        Raises `EpochEnded` for a wallet that `revoke_all` has stopped: no mandate brings it back.
        """
        return await self._run(self.sync.current, mandate, wallet)
