"""Tries each way out. Nothing is sent: each try is a question to the node."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any

from eth_utils import keccak
from hexbytes import HexBytes

from peculium.authorizations import Authorization, Domain, HeldAuthorization
from peculium.batch import Answer, Batch
from peculium.cheques import cheque_nonce, cheque_signature
from peculium.errors import ContractError, MandateInactive, NodeRefused, Stopped
from peculium.explain.worst_case import call_charge
from peculium.lookup import Lookup
from peculium.mandate import NATIVE, ZERO_ADDRESS, Budget, CallRule, ChequeBook, Mandate, Token
from peculium.operations.bundler import EXECUTE
from peculium.operations.operation import UserOperation
from peculium.relays import SignedAction
from peculium.stop_proof.simulation import ANYBODY, MAGIC, SIGNATURE, Step, accepting, ask, call, results, sequence
from peculium.stop_proof.way import Way, WayKind
from peculium.token import ERC20
from peculium.units import from_base_units, to_base_units, to_seconds
from peculium.wallet import AgentWallet, Call, CallRequest, Pay, PendingRequest, Remaining

GAS = 5_000_000
"""Gas of a user operation that is tried; more than any action needs."""
_NONCE = int.from_bytes(keccak(text="peculium stop-proof"))


@dataclass(frozen=True)
class Ground:
    """What the ways depend on."""

    wallet: AgentWallet
    mandate: Mandate
    """The one installed last, in force or not."""
    lookup: Lookup
    principal: str
    entry_point: str
    now: int
    """Time of the block (unix seconds)."""
    remaining: dict[str, Remaining]
    """By currency; empty without a mandate in force."""
    balances: dict[str, Decimal]
    """By token, whole tokens."""
    requests: tuple[PendingRequest, ...]
    authorizations: tuple[HeldAuthorization, ...]
    used: dict[bytes, bool]
    """Of each authorization's digest: whether its token has settled or canceled it."""

    @property
    def key(self) -> str:
        """The agent key."""
        return self.mandate.agent_key

    def payee_of(self, budget: Budget) -> str:
        """Returns who can be paid: a listed payee, or else a stranger."""
        limited = [each.payee for each in budget.limited_payees]
        return next(iter((*budget.payees, *limited)), ANYBODY)

    def amounts(self, budget: Budget, token: Token) -> list[Decimal]:
        """Returns what is tried to pay, the most first: all that limits and balance leave, and the smallest amount."""
        smallest = Decimal(1).scaleb(-token.decimals)
        left = self.remaining.get(budget.currency)
        most = Decimal(budget.payment_limit) if left is None else min(left.payment, left.lifetime, left.window)
        if not budget.payees and not budget.limited_payees and left is not None:
            most = min(most, left.now_to_stranger)
        most = min(most, self.balances.get(token.address, most)).quantize(smallest, ROUND_DOWN)
        return [each for each in dict.fromkeys((most, smallest)) if each]


class Tries:
    """The tries of one kind of way, the largest amount first. The first that succeeds counts."""

    def __init__(self, kind: WayKind, what: str, unit: str) -> None:
        self._kind, self._what, self._unit = kind, what, unit
        self._answers: list[tuple[Decimal, Answer, Any]] = []

    def add(self, amount: Decimal, answer: Answer, succeeded: Any = None) -> None:
        """Adds a try. `succeeded` says whether an answer without a revert is a success, or names why it isn't."""
        self._answers.append((amount, answer, succeeded))

    def way(self) -> Way:
        """Returns what came of it, once the batch has run."""
        most, reason = max((amount for amount, _, _ in self._answers), default=Decimal(0)), ""
        for amount, answer, succeeded in self._answers:
            try:
                refusal = answer.refusal
            except NodeRefused as error:
                return Way(self._kind, self._what, most, self._unit, untried=str(error))
            why = _reason(refusal) if refusal is not None else succeeded(answer.value) if succeeded else ""
            if not why:
                return Way(self._kind, self._what, most, self._unit, open=amount)
            reason = reason or why
        if not self._answers:
            return Way(self._kind, self._what, most, self._unit, untried="Its amount isn't known.")
        return Way(self._kind, self._what, most, self._unit, reason=reason)


def _reason(error: ContractError) -> str:
    return type(error).__name__


def tries_of(ground: Ground, batch: Batch) -> Iterator[Tries]:
    """Adds all tries to a batch."""
    for budget in ground.mandate.budgets:
        for token in budget.tokens:
            yield _payment(ground, batch, budget, token)
            yield _relay(ground, batch, budget, token)
            yield _operation(ground, batch, budget, token)
    for rule in ground.mandate.calls:
        yield _call(ground, batch, rule)
    yield from (_request(ground, batch, each) for each in ground.requests)
    yield from (_authorization(ground, batch, each) for each in ground.authorizations)
    yield from (_cheque(ground, batch, book) for book in ground.mandate.cheque_books)


def _named(ground: Ground, address: str) -> str:
    return "a stranger" if address == ANYBODY else ground.lookup.name_of(address) or address


def _pays(ground: Ground, budget: Budget, token: Token, kind: WayKind, how: str) -> Tries:
    what = f"pay {_named(ground, ground.payee_of(budget))}{how}"
    return Tries(kind, what, ground.lookup.symbol(token.address))


def _actions(ground: Ground, budget: Budget, token: Token) -> Sequence[tuple[Decimal, bytes]]:
    payee, wallet = ground.payee_of(budget), ground.wallet
    return [
        (amount, bytes(HexBytes(wallet.call_data("pay", *Pay(token.address, payee, amount).arguments(wallet)))))
        for amount in ground.amounts(budget, token)
    ]


def _payment(ground: Ground, batch: Batch, budget: Budget, token: Token) -> Tries:
    tries = _pays(ground, budget, token, WayKind.PAYMENT, "")
    for amount, action in _actions(ground, budget, token):
        tries.add(amount, ask(batch, call(ground.key, ground.wallet.address, "0x" + action.hex())))
    return tries


def _relay(ground: Ground, batch: Batch, budget: Budget, token: Token) -> Tries:
    tries = _pays(ground, budget, token, WayKind.RELAY, ", signed by the agent key")
    wallet = ground.wallet
    for amount, action in _actions(ground, budget, token):
        signed = SignedAction(wallet.address, action, _NONCE, ground.now + 3_600, ZERO_ADDRESS, ZERO_ADDRESS, 0)
        data = wallet.call_data("act", signed.action, signed.relay(), SIGNATURE)
        tries.add(amount, ask(batch, call(ANYBODY, wallet.address, data), accepting(ground.key)))
    return tries


def _operation(ground: Ground, batch: Batch, budget: Budget, token: Token) -> Tries:
    # Validation and execution, as the EntryPoint makes them. With a paymaster, so that no gas terms are needed.
    tries = _pays(ground, budget, token, WayKind.OPERATION, ", by the EntryPoint")
    wallet, payee = ground.wallet, ground.payee_of(budget)
    for amount, action in _actions(ground, budget, token):
        operation = UserOperation(
            wallet.address,
            int.from_bytes(ground.mandate.hash()[:16]) << 128,
            EXECUTE + bytes(4) + action,
            call_gas_limit=GAS,
            verification_gas_limit=GAS,
            paymaster=ANYBODY,
            signature=SIGNATURE,
        )
        hash_ = operation.hash(wallet.node.chain_id(), ground.entry_point)
        made = [
            bytes(HexBytes(wallet.call_data("validateUserOp", operation.packed(), hash_, 0))),
            bytes(HexBytes(wallet.call_data("executeUserOp", operation.packed(), hash_))),
        ]
        balance = _balance(ground, token.address, payee)
        steps = [balance, *(Step(wallet.address, data) for data in made), balance]
        transaction, overrides = sequence(ground.entry_point, steps)
        tries.add(amount, ask(batch, transaction, overrides | accepting(ground.key)), _operation_pays)
    return tries


def _balance(ground: Ground, token: str, holder: str) -> Step:
    if token == NATIVE:
        return Step(holder, None)
    return Step(token, bytes(HexBytes(ERC20(ground.wallet.web3, token).call_data("balanceOf", holder))))


def _operation_pays(answer: str) -> str:
    (_, before), (valid, data), (executed, _), (_, after) = results(bytes(HexBytes(answer)))
    # The lower 20 bytes of the validation data are zero for a valid signature.
    if not valid or data & (2**160 - 1):
        return "validation fails"
    return "" if executed and after > before else "execution pays nothing"


def _call(ground: Ground, batch: Batch, rule: CallRule) -> Tries:
    # Whether a call obeys the rule's conditions on arguments isn't the question: any other refusal than a stop's means that
    # the stop doesn't close the way.
    budget = ground.mandate.budget_of(rule.token)
    charge = Decimal(0) if budget is None else budget.whole(call_charge(rule, budget))
    tries = Tries(WayKind.CALL, f"call {_named(ground, rule.target)}", "" if budget is None else budget.currency)
    selector = bytes(HexBytes(rule.selector))
    arguments = Call(rule.target, selector + bytes(32 * len(rule.arguments)), variant=rule.variant).arguments(
        ground.wallet
    )
    data = ground.wallet.call_data("call", *arguments)
    tries.add(charge or Decimal(1), _Conditions(ask(batch, call(ground.key, ground.wallet.address, data))))
    return tries


class _Conditions(Answer):
    """The answer to a call that may break the conditions of its rule: only a stop counts as a refusal."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self._answer = answer

    @property
    def refusal(self) -> ContractError | None:
        """The refusal of a stop, or of a mandate that isn't in force."""
        found = self._answer.refusal
        return found if isinstance(found, Stopped | MandateInactive) else None

    @property
    def value(self) -> Any:
        """Nothing that matters."""
        return "0x"


def _request(ground: Ground, batch: Batch, pending: PendingRequest) -> Tries:
    wallet, request = ground.wallet, pending.request
    if request is None:
        return Tries(WayKind.REQUEST, f"approve slot {pending.slot}, whose amount can't be shown", "")
    calls = isinstance(request, CallRequest)
    amount, token = (
        (request.pull, request.pull_token) if isinstance(request, CallRequest) else (request.amount, request.token)
    )
    whom = request.target if isinstance(request, CallRequest) else request.payee
    tries = Tries(WayKind.REQUEST, f"approve slot {pending.slot}: {_named(ground, whom)}", ground.lookup.symbol(token))
    content = request.as_tuple(wallet.token_decimals(request.spends))
    data = wallet.call_data("approveCall" if calls else "approveRequest", pending.slot, content, _seconds(pending))
    tries.add(Decimal(amount) or Decimal(1), ask(batch, call(ground.principal, wallet.address, data)))
    return tries


def _seconds(pending: PendingRequest) -> int:
    return int(pending.asked_at.timestamp())


def _authorization(ground: Ground, batch: Batch, held: HeldAuthorization) -> Tries:
    token, wallet = held.struct["token"], ground.wallet
    amount = from_base_units(held.struct["amount"], wallet.token_decimals(token))
    what = f"settle what {_named(ground, held.struct['payee'])} was promised"
    tries = Tries(WayKind.AUTHORIZATION, what, ground.lookup.symbol(token))
    data = wallet.call_data("isValidSignature", held.digest, SIGNATURE)
    lapsed = ground.now >= held.struct["validBefore"]

    def accepted(answer: str) -> str:
        if ground.used.get(held.digest) or lapsed:
            return "settled" if ground.used.get(held.digest) else "lapsed"
        return _accepted(answer)

    tries.add(amount, ask(batch, call(token, wallet.address, data)), accepted)
    return tries


def _cheque(ground: Ground, batch: Batch, book: ChequeBook) -> Tries:
    wallet, budget = ground.wallet, ground.mandate.budget_of(book.token)
    assert budget is not None
    period, decimals = to_seconds(book.period), wallet.token_decimals(book.token)
    index, payee = ground.now // period, ground.payee_of(budget)
    tries = Tries(WayKind.CHEQUE, f"cheque to {_named(ground, payee)}", ground.lookup.symbol(book.token))
    smallest = Decimal(1).scaleb(-decimals)
    for amount in dict.fromkeys((Decimal(book.limit).quantize(smallest, ROUND_DOWN), smallest)):
        for slot in dict.fromkeys((0, book.count - 1)):
            nonce = cheque_nonce(wallet.address, book.token, ground.mandate.hash(), index, slot)
            # The wallet takes the token's name and version from the cheque.
            made = Authorization(
                book.token, payee, to_base_units(amount, decimals), (index + 1) * period, Domain("", ""), nonce
            )
            digest = made.digest(wallet.address, wallet.node.chain_id())
            data = wallet.call_data("isValidSignature", digest, cheque_signature(made, slot, SIGNATURE))
            tries.add(amount, ask(batch, call(book.token, wallet.address, data), accepting(ground.key)), _accepted)
    return tries


def _accepted(answer: str) -> str:
    return "" if bytes(HexBytes(answer))[:4] == MAGIC else "the wallet doesn't accept it"
