"""Reads an overview: one batch of requests if the mandate is known, one or two more for what only events tell."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from peculium.authorizations import HeldAuthorization
from peculium.batch import Answer, Batch
from peculium.contract import Read, read_all
from peculium.errors import (
    AgentIsRevoked,
    ContractError,
    EpochEnded,
    NodeRefused,
    NoFleetBudget,
    NoMandate,
    PrincipalIsDormant,
    WrongContract,
)
from peculium.fleet import FleetBudget, FleetRemaining
from peculium.lookup import Lookup
from peculium.mandate import NATIVE, NO_LIMIT, ZERO_ADDRESS, ZERO_HASH, Budget, ChequeBook, LimitedPayee, Mandate
from peculium.overview.open import OpenReader
from peculium.overview.parts import (
    AuthorizationState,
    BookState,
    CurrencyState,
    Overview,
    PayeeState,
    State,
    TokenState,
)
from peculium.registry import AgentRegistry, Status, check_of
from peculium.switch import RevocationSwitch
from peculium.token import ERC20
from peculium.units import FOREVER, from_base_units, from_timestamp, to_seconds, to_timestamp
from peculium.wallet import AgentWallet, OperationGas, Remaining
from peculium.wallet.installed import mandate_of
from peculium.wallet.mandate_code import not_a_wallet

ATTEMPTS = 5
"""How often the batch is made again because the mandate was another one."""


@dataclass(frozen=True)
class Known:
    """What the batch depends on. It is read once, and again after it has changed."""

    principal: str
    epoch: int
    last_hash: bytes
    mandate: Mandate | None
    """The one installed last, in force or not."""
    registry: AgentRegistry
    switch: RevocationSwitch


@dataclass(frozen=True)
class Queue:
    """The mandate in force, and the slots for requests."""

    mandate: Mandate | None
    slots: list[tuple[bytes, int]]
    """Of each slot 26 bytes of a hash and the time (unix seconds); zeros if it is free."""
    now: int
    """Time of the latest block (unix seconds)."""


class Reader:
    """Reads the overviews of one agent."""

    def __init__(self, wallet: AgentWallet, lookup: Lookup, key: str) -> None:
        """`key` is the address of the agent key that asks."""
        self._wallet, self._lookup, self._key = wallet, lookup, key
        self._known: Known | None = None
        self._open = OpenReader(wallet, lookup)

    def read(self) -> Overview:
        """Reads everything anew."""
        for _ in range(ATTEMPTS):
            known = self._known = self._known or self._learn()
            batch = Batch(self._wallet.node)
            questions = self.ask(batch, known)
            batch.run()
            if questions.still(known):
                return self.overview(known, questions)
            self._known = None
            self._lookup.forget()
        raise contradiction()

    def ask(self, batch: Batch, known: Known) -> Questions:
        """Adds to a batch what an overview needs. Once it has run, `overview` takes the answers."""
        return Questions(self._wallet, known, self._key, batch)

    def queue(self) -> Queue:
        """Reads the mandate in force and the slots for requests, in one round trip once the mandate is known."""
        wallet = self._wallet
        for _ in range(ATTEMPTS):
            known = self._known = self._known or self._learn()
            batch = Batch(wallet.node)
            block = batch.ask("eth_getBlockByNumber", "latest", False)
            last, in_force = batch.read(wallet, "lastMandateHash"), batch.read(wallet, "mandateHash")
            slots = batch.read(wallet, "pendingRequests")
            batch.run()
            if bytes(last.value) == known.last_hash:
                mandate = known.mandate if any(bytes(in_force.value)) else None
                return Queue(mandate, _slots(slots), int(block.value["timestamp"], 16))
            self._known = None
        raise contradiction()

    def held(self) -> list[tuple[HeldAuthorization, AuthorizationState]]:
        """Reads the authorizations that aren't closed."""
        return self._open.states(self._wallet.held_authorizations())

    def _learn(self) -> Known:
        wallet = self._wallet
        names = ("lastMandateHash", "authority", "REGISTRY", "SWITCH")
        try:
            answers, _ = read_all(wallet.node, [Read(wallet, name) for name in names])
        except ContractError:
            raise not_a_wallet(wallet) from None
        last, (principal, epoch), registry, switch = answers
        mandate = installed_mandate(wallet, bytes(last)) if any(last) else None
        if mandate is not None:
            self._lookup.learn(token.address for budget in mandate.budgets for token in budget.tokens)
        return Known(
            principal,
            epoch,
            bytes(last),
            mandate,
            AgentRegistry(wallet.web3, registry),
            RevocationSwitch(wallet.web3, switch),
        )

    def overview(self, known: Known, batch: Questions) -> Overview:
        """Returns the overview of the answers. Reads the content of requests and authorizations, if there are any."""
        wallet, lookup = self._wallet, self._lookup
        block, check, in_force = batch.block.value, check_of(batch.check.value), bytes(batch.in_force.value)
        mandate = known.mandate if in_force != ZERO_HASH else None
        now = int(block["timestamp"], 16)
        state = state_of(mandate, now, batch.live.refusal)
        unknown_agent = check.status is Status.UNKNOWN
        budgets = () if mandate is None else mandate.budgets
        currencies = tuple(self._currency(each, batch, state, now) for each in budgets)
        opened = self._open.read(mandate, batch.slots(), any(each.pending for each in currencies))
        return Overview(
            wallet=wallet.address,
            chain_id=wallet.node.chain_id(),
            block=int(block["number"], 16),
            time=from_timestamp(now),
            state=state,
            reason=batch.live.refusal,
            registered=check.status,
            agent_id=None if unknown_agent else check.agent_id,
            principal=known.principal,
            principal_name=lookup.name_of(known.principal),
            agent_key=None if mandate is None else mandate.agent_key,
            has_key=mandate is not None and mandate.agent_key == self._key,
            gas_money=from_base_units(int(batch.gas_money.value, 16), 18),
            mandate_hash=in_force,
            valid_from=None if mandate is None else from_timestamp(to_timestamp(mandate.valid_from)),
            valid_until=None if mandate is None else from_timestamp(to_timestamp(mandate.valid_until)),
            guard=None if mandate is None or mandate.guard == ZERO_ADDRESS else mandate.guard,
            currencies=currencies,
            max_requests=0 if mandate is None else mandate.max_requests,
            requests=opened.requests,
            cheque_books=() if mandate is None else self._books(mandate, batch, now),
            authorizations=opened.authorizations,
            operation_gas=None if mandate is None else OperationGas.of(batch.operation_gas.value),
            mandate=mandate,
        )

    def _currency(self, budget: Budget, batch: Questions, state: State, now: int) -> CurrencyState:
        left = Remaining.of(batch.remaining[budget.currency].value, budget.decimals)
        fleet, by_fleet = batch.fleet_state(budget)
        live = state is State.LIVE
        bound = min(left.now, by_fleet) if live else Decimal(0)
        tokens = tuple(self._token(each.address, each.decimals, bound, batch) for each in budget.tokens)
        # One payment is in one token.
        most = max(each.now for each in tokens)
        strangers = min(most, left.now_to_stranger)
        listed = [PayeeState(each, self._lookup.name_of(each), now=most) for each in budget.payees]
        limited = [self._limited(each, budget, batch, most, now) for each in budget.limited_payees]
        return CurrencyState(
            name=budget.currency,
            now=most,
            now_to_stranger=strangers,
            payment_limit=left.payment,
            windows=left.windows,
            lifetime_limit=left.lifetime_limit,
            lifetime=left.lifetime,
            pending=left.pending,
            strangers=left.strangers,
            fleet=fleet,
            tokens=tokens,
            payees=(*listed, *limited),
        )

    def _token(self, address: str, decimals: int, bound: Decimal, batch: Questions) -> TokenState:
        balance = from_base_units(batch.balance(address), decimals)
        # A token can be coarser than its budget.
        most = min(bound, balance).quantize(Decimal(1).scaleb(-decimals), ROUND_DOWN)
        return TokenState(self._lookup.symbol(address), address, decimals, balance, most)

    def _limited(self, payee: LimitedPayee, budget: Budget, batch: Questions, most: Decimal, now: int) -> PayeeState:
        left, end = NO_LIMIT, to_timestamp(payee.valid_until)
        if payee.limit != NO_LIMIT:
            left = max(payee.limit - budget.whole(batch.paid[budget.currency, payee.payee].value), Decimal(0))
        ends = None if end == FOREVER else from_timestamp(end)
        name, payable = self._lookup.name_of(payee.payee), Decimal(0) if now >= end else min(most, left)
        return PayeeState(payee.payee, name, payee.limit, left, ends, payable)

    def _books(self, mandate: Mandate, batch: Questions, now: int) -> tuple[BookState, ...]:
        return tuple(self._book(each, mandate, batch, now) for each in mandate.cheque_books)

    def _book(self, book: ChequeBook, mandate: Mandate, batch: Questions, now: int) -> BookState:
        budget, period = mandate.budget_of(book.token), to_seconds(book.period)
        return BookState(
            symbol=self._lookup.symbol(book.token),
            token=book.token,
            currency="" if budget is None else budget.currency,
            limit=book.limit,
            count=book.count,
            left=batch.cheques_left(book.token),
            period=book.period,
            period_ends=from_timestamp((now // period + 1) * period),
            strangers=book.strangers,
        )


class Questions:
    """What is asked in the batch: everything that a block can change."""

    def __init__(self, wallet: AgentWallet, known: Known, key: str, batch: Batch) -> None:
        self._batch, self._wallet, mandate = batch, wallet, known.mandate
        self.block = batch.ask("eth_getBlockByNumber", "latest", False)
        self.last_hash, self.in_force = batch.read(wallet, "lastMandateHash"), batch.read(wallet, "mandateHash")
        self.authority = batch.read(wallet, "authority")
        self.live = batch.read(known.switch, "requireLive", known.principal, wallet.address, known.epoch)
        self.check = batch.read(known.registry, "checkWallet", wallet.address)
        self.gas_money = batch.ask("eth_getBalance", key, "latest")
        self.requests = batch.read(wallet, "pendingRequests")
        self.operation_gas = batch.read(wallet, "operationGas")
        self.remaining: dict[str, Answer] = {}
        self.fleet: dict[str, Answer] = {}
        self.paid: dict[tuple[str, str], Answer] = {}
        self.cheques: dict[str, Answer] = {}
        self._balances: dict[str, Answer] = {}
        if mandate is not None:
            for budget in mandate.budgets:
                self._ask_budget(budget, mandate.guard)
            for book in mandate.cheque_books:
                self.cheques[book.token] = batch.read(wallet, "chequesLeft", book.token)

    def _ask_budget(self, budget: Budget, guard: str) -> None:
        batch, wallet, currency = self._batch, self._wallet, budget.currency
        self.remaining[currency] = batch.read(wallet, "remaining", currency)
        for token in budget.tokens:
            self._balances[token.address] = (
                batch.ask("eth_getBalance", wallet.address, "latest")
                if token.address == NATIVE
                else batch.read(ERC20(wallet.web3, token.address), "balanceOf", wallet.address)
            )
        for each in budget.limited_payees:
            if each.limit != NO_LIMIT:
                self.paid[currency, each.payee] = batch.read(wallet, "paidTo", currency, each.payee)
        if guard != ZERO_ADDRESS:
            self.fleet[currency] = batch.read(FleetBudget(wallet.web3, guard), "remaining", currency)

    def still(self, known: Known) -> bool:
        """Whether the batch has asked about the mandate that is in force."""
        in_force, last = bytes(self.in_force.value), bytes(self.last_hash.value)
        return (
            last == known.last_hash
            and tuple(self.authority.value) == (known.principal, known.epoch)
            and in_force in (last, ZERO_HASH)
        )

    def slots(self) -> list[tuple[bytes, int]]:
        """What each slot for requests holds: the beginning of a hash, and a time; zeros if it is free."""
        return _slots(self.requests)

    def balance(self, token: str) -> int:
        """What the wallet holds of a token (base units). A token that doesn't say it can't be paid in."""
        answer = self._balances[token]
        if answer.refusal is not None:
            return 0
        try:
            return int(answer.value, 16) if token == NATIVE else int(answer.value)
        except WrongContract:
            return 0

    def cheques_left(self, token: str) -> int:
        """How many cheques of the period aren't settled. A token that doesn't say it settles none."""
        answer = self.cheques[token]
        return int(answer.value) if answer.refusal is None else 0

    def fleet_state(self, budget: Budget) -> tuple[FleetRemaining | None, Decimal]:
        """What a guard says that is a `FleetBudget`, and the most that it allows one payment to charge."""
        answer = self.fleet.get(budget.currency)
        if answer is None:
            return None, NO_LIMIT
        if answer.refusal is not None:
            # A fleet without a budget in the currency refuses every charge. Another guard has no such function.
            return None, Decimal(0) if isinstance(answer.refusal, NoFleetBudget) else NO_LIMIT
        try:
            state = FleetRemaining.of(answer.value)
        except WrongContract:
            # It answers, but not as a fleet.
            return None, NO_LIMIT
        return state, state.now


def _slots(answer: Answer) -> list[tuple[bytes, int]]:
    if isinstance(answer.refusal, NoMandate):
        return []
    return [(bytes(held), asked_at) for held, asked_at in answer.value]


def contradiction() -> NodeRefused:
    """Returns the error for a node whose answers about a mandate don't fit together."""
    return NodeRefused(
        "The node's answers about the wallet's mandate contradict each other. Try again.", transient=True
    )


def installed_mandate(wallet: AgentWallet, mandate_hash: bytes) -> Mandate:
    """Returns the mandate with this hash from the event of its installation. Raises `NodeRefused` if the node lacks it."""
    event = wallet.log("MandateInstalled", mandateHash=mandate_hash)
    mandate = None if event is None else mandate_of(event.arguments["mandate"])
    if mandate is None or mandate.hash() != mandate_hash:
        raise NodeRefused(
            f"The node doesn't have the event in which the mandate of {wallet.address} was installed. Use a node that keeps "
            "all events."
        )
    return mandate


def state_of(mandate: Mandate | None, now: int, stop: ContractError | None) -> State:
    """Returns whether the wallet obeys its agent: `mandate` is the one in force, `stop` the words of the switch."""
    if isinstance(stop, AgentIsRevoked | EpochEnded):
        return State.REVOKED
    if mandate is None:
        return State.NO_MANDATE
    if now >= to_timestamp(mandate.valid_until):
        return State.EXPIRED
    if stop is not None:
        return State.DORMANT if isinstance(stop, PrincipalIsDormant) else State.PAUSED
    return State.NOT_YET_VALID if now < to_timestamp(mandate.valid_from) else State.LIVE
