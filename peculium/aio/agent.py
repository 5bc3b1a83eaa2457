"""Generated from `peculium.agent` by `python -m toolchain.aio --update`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from web3 import Web3

from peculium.acting.authorizations import Preauthorized
from peculium.acting.cheques import CashedCheque
from peculium.acting.requests import Asked, RequestOutcome
from peculium.agent import Agent
from peculium.aio.threads import AsyncPerson, Threads
from peculium.authorizations import AuthorizationKind, Domain
from peculium.chain.sender import Signer
from peculium.cheques import Cheque
from peculium.contract import Receipt
from peculium.decision import Decision
from peculium.drafts import MandateDraft
from peculium.history import HistoryEntry
from peculium.journal import Journal
from peculium.keys import AgentSigner
from peculium.lookup import AddressBook
from peculium.mandate import ZERO_ADDRESS, ZERO_HASH, Mandate
from peculium.network import Network
from peculium.overview import AuthorizationState, Overview
from peculium.suite import Suite
from peculium.transports import Transport
from peculium.units import Amount
from peculium.wallet import Action, Pay, PendingRequest

THREADS = Threads("agent")
"""Its own, so that what others wait for never delays it."""


class AsyncAgent(AsyncPerson):
    """Acts with the agent key within the mandate of its wallet.

    Tokens are given by address or by symbol, payees by address or by their names in the address book, amounts in whole units.
    What the wallet refuses is a `ContractError`: it is raised before anything is sent, and costs nothing.

    As `Agent`, but awaited; see `peculium.aio`.
    """

    def __init__(
        self,
        wallet: str,
        key: Signer | AgentSigner | str,
        network: Network | Suite | Web3 | str,
        *,
        names: AddressBook = None,
        via: Transport | None = None,
        journal: Journal | str | Path | None = None,
    ) -> None:
        """`key` is an account, or a private key (0x hex). `via` is who sends its actions; by default its own transactions.

        `names` is an address book: names of payees and their addresses, or the path of a mandate's file with `[names]`.
        `journal` is a file, or its path: what is sent is written down there before, so that a retry sends the same.
        """
        super().__init__(THREADS)
        self.sync = Agent(wallet, key, network, names=names, via=via, journal=journal)
        """The blocking `Agent` that does the work."""

    async def send(self, action: Action, *, once: str | None = None, via: Transport | None = None) -> Receipt:
        """Does an action and waits until it is done; see `Transport.send`."""
        return await self._run(self.sync.send, action, once=once, via=via)

    async def pay(
        self,
        token: str,
        payee: str,
        amount: Amount,
        ref: bytes | str = ZERO_HASH,
        *,
        once: str | None = None,
        via: Transport | None = None,
    ) -> Receipt:
        """Pays `amount` (whole tokens) to a payee. `ref` is a reference such as an invoice number; see `to_ref`.

        With `once` it is paid one time for this key, whatever is retried with the same journal; see `Transport.send`.
        """
        return await self._run(self.sync.pay, token, payee, amount, ref, once=once, via=via)

    async def pay_many(
        self, payments: Sequence[Pay], *, once: str | None = None, via: Transport | None = None
    ) -> Receipt:
        """Makes several payments in one transaction: all or none."""
        return await self._run(self.sync.pay_many, payments, once=once, via=via)

    async def call(
        self,
        target: str,
        data: str | bytes,
        value: Amount = 0,
        pull: Amount = 0,
        variant: int = 0,
        ref: bytes | str = ZERO_HASH,
        *,
        once: str | None = None,
        via: Transport | None = None,
    ) -> Receipt:
        """Calls a function that the mandate lists; see `Call` for the amounts. `target` is an address or a name."""
        return await self._run(self.sync.call, target, data, value, pull, variant, ref, once=once, via=via)

    async def resign(self, *, via: Transport | None = None) -> Receipt:
        """Revokes the agent permanently, by its own decision."""
        return await self._run(self.sync.resign, via=via)

    async def draft_grant(self, mandate: Mandate) -> MandateDraft:
        """Returns a new mandate for this wallet as a draft that the principal reads and signs. Nothing is sent.

        Epoch and round are filled in. The agent's own signature is in it if the mandate names its key.
        """
        return await self._run(self.sync.draft_grant, mandate)

    async def can_pay(self, token: str, payee: str, amount: Amount, ref: bytes | str = ZERO_HASH) -> Decision:
        """Returns whether the wallet would make a payment now, and if not, the error that `pay` would raise. Sends nothing.

        It says nothing about the gas money of whoever sends the payment. Raises `InvalidInput` for arguments that are
        malformed, and `ChainUnavailable`.
        """
        return await self._run(self.sync.can_pay, token, payee, amount, ref)

    async def overview(self) -> Overview:
        """Returns all that the agent can do now: status, limits, money, payees, and what is open.

        It takes one round trip once the mandate is known, and up to two more if requests or authorizations are open.
        """
        return await self._run(self.sync.overview)

    async def history(self, since: datetime | int | None = None) -> list[HistoryEntry]:
        """Returns what left the wallet or was promised since a time (an `int` is unix seconds), oldest first.

        That are payments, calls, authorizations, cheques that were settled, requests that the principal has approved, and its
        withdrawals; not what the principal has done with `execute`, nor the cost of user operations.
        """
        return await self._run(self.sync.history, since)

    async def request_payment(
        self,
        token: str,
        payee: str,
        amount: Amount,
        ref: bytes | str = ZERO_HASH,
        *,
        expires_at: datetime | int | None = None,
        once: str | None = None,
        via: Transport | None = None,
    ) -> Asked:
        """Asks the principal to approve a payment outside the mandate, in any free slot.

        `expires_at` is the end of the time in which it can be approved (exclusive), by default as late as the mandate allows.
        Raises `NoFreeSlot` if all slots are taken.
        """
        return await self._run(
            self.sync.request_payment, token, payee, amount, ref, expires_at=expires_at, once=once, via=via
        )

    async def request_call(
        self,
        target: str,
        data: str | bytes,
        *,
        value: Amount = 0,
        pull_token: str = ZERO_ADDRESS,
        pull: Amount = 0,
        min_gas: int = 0,
        ref: bytes | str = ZERO_HASH,
        expires_at: datetime | int | None = None,
        once: str | None = None,
        via: Transport | None = None,
    ) -> Asked:
        """Asks the principal to approve a call outside the mandate; see `CallRequest`. The rest is as for a payment."""
        return await self._run(
            self.sync.request_call,
            target,
            data,
            value=value,
            pull_token=pull_token,
            pull=pull,
            min_gas=min_gas,
            ref=ref,
            expires_at=expires_at,
            once=once,
            via=via,
        )

    async def cancel_request(self, request: Asked | PendingRequest | int, *, via: Transport | None = None) -> Receipt:
        """Withdraws a request of the agent, given by what `request_payment` returned, or by its slot.

        Raises `RequestMismatch` if the slot holds it no more.
        """
        return await self._run(self.sync.cancel_request, request, via=via)

    async def request_outcome(self, asked: Asked) -> RequestOutcome:
        """Returns what became of a request."""
        return await self._run(self.sync.request_outcome, asked)

    async def preauthorize(
        self,
        token: str,
        payee: str,
        amount: Amount,
        ref: bytes | str = ZERO_HASH,
        *,
        valid_before: datetime | int | None = None,
        kind: AuthorizationKind = AuthorizationKind.TRANSFER,
        domain: Domain | None = None,
        once: str | None = None,
        via: Transport | None = None,
    ) -> Preauthorized:
        """Charges a payment that its payee settles later.

        `valid_before` is its end (exclusive), by default as late as the mandate and the payee's terms allow. `domain` is the
        token's EIP-712 domain, which is read from the token if it isn't given. Raises `WrongDomain`,
        `ContractSignaturesRefused` or a `TokenError` if the token wouldn't settle it, and as `pay` does.
        """
        return await self._run(
            self.sync.preauthorize,
            token,
            payee,
            amount,
            ref,
            valid_before=valid_before,
            kind=kind,
            domain=domain,
            once=once,
            via=via,
        )

    async def open_authorizations(self) -> tuple[AuthorizationState, ...]:
        """Returns the authorizations that aren't closed, in all currencies, oldest first. They count in every window."""
        return await self._run(self.sync.open_authorizations)

    async def close_authorizations(self, *, signer: Signer | None = None) -> list[Receipt]:
        """Closes all authorizations that can be: settled ones leave the windows in time, lapsed ones are released at once.

        Anyone can do that; `signer` pays the gas, by default the agent key. Returns a receipt for each transaction; none if
        there was nothing to close.
        """
        return await self._run(self.sync.close_authorizations, signer=signer)

    async def write_cheque(
        self,
        token: str,
        payee: str,
        amount: Amount,
        *,
        valid_before: datetime | int | None = None,
        domain: Domain | None = None,
        slot: int | None = None,
        once: str | None = None,
    ) -> Cheque:
        """Signs a cheque of `amount` (whole tokens), valid in the present period of the cheque book. Sends nothing.

        `valid_before` is its end (exclusive), by default that of the period. `domain` is the token's EIP-712 domain, which is
        read from the token if it isn't given. `slot` is the number of the cheque in the period; by default one that is
        neither settled nor was written by this object, or by any process with the same journal.

        With `once`, which needs a journal, a key stands for one purchase: the same key gives the same cheque while it can be
        settled, and another one only when no block can settle the last any more. Raises `AlreadyPaid` once it is settled, and
        `OnceMismatch` if the key was used for something else.

        Raises an error instead of a cheque that the wallet or the token wouldn't take: `NoChequeBook` if the mandate has no
        book in the token, `NoFreeSlot` if all cheques of the period are written, `InvalidCheque` for a slot or an amount that
        the book doesn't have, `NotAgentKey`, `PayeeNotListed` and others as `pay` does, `WrongDomain`,
        `ContractSignaturesRefused`, or a `TokenError`.
        """
        return await self._run(
            self.sync.write_cheque, token, payee, amount, valid_before=valid_before, domain=domain, slot=slot, once=once
        )

    async def free_cheques(self, token: str) -> list[int]:
        """Returns the slots of the present period whose cheques are neither settled nor were written by this object."""
        return await self._run(self.sync.free_cheques, token)

    async def cheques_cashed(self, since: datetime | int | None = None) -> list[CashedCheque]:
        """Returns the cheques that were settled since a time (an `int` is unix seconds), under all mandates, oldest first."""
        return await self._run(self.sync.cheques_cashed, since)

    @property
    def address(self) -> str:
        """Address of the agent key."""
        return self.sync.address

    async def domain_of(self, token: str, given: Domain | None = None) -> Domain:
        """Returns the EIP-712 domain of a token, found from what it reports and proven by its separator. Read once.

        If one is given, that is returned: it is compared with the token's before anything is signed. Raises `WrongDomain` if
        nothing proves a domain.
        """
        return await self._run(self.sync.domain_of, token, given)
