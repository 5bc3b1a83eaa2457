"""Builds a trace: each step of a scenario encoded as a transaction, with the outcome that the model predicts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from eth_utils.crypto import keccak

from verification.scenarios.chain.driver import Answer, Sent
from verification.scenarios.fixtures import AGENT_KEYS, Fixtures
from verification.scenarios.invalid_mandates import with_change
from verification.scenarios.model.outcomes import Event, Refused
from verification.scenarios.model.registry import NOBODY
from verification.scenarios.model.signed_mandate import KINDS, Powers, SignedBudget, SignedMandate, SignedRule
from verification.scenarios.model.terms import Budget, Floor, Rule, Terms
from verification.scenarios.model.wallet import AgentAction, PrincipalCall, Wallet
from verification.scenarios.model.world import World
from verification.scenarios.shapes import Shape, shape

Step = tuple[str, dict[str, Any]]
"""The name of an action and its arguments, as JSON values. A scenario is a list of steps."""
WALLET_DOMAIN = ("Peculium AgentWallet", "1")
CALLABLE = {"deposit": "vault", "note": "target", "store": "target", "swap": "venue", "redeem": "venue"}
"""The functions that agents call in scenarios, and the contract of each."""

Encoded = tuple[bytes, AgentAction]
"""The calldata of an agent's function, and its effect on the model."""


@dataclass(frozen=True)
class PreparedStep:
    """A step as a transaction, together with its effect on the model."""

    sender: str
    to: str
    data: bytes
    apply: Callable[[], None]
    """Applies the step to the model."""
    wallet: Wallet | None = None
    """The wallet that the step can change, if there is just one."""
    others: tuple[Wallet, ...] = ()
    """Further wallets that it can change."""

    @property
    def wallets(self) -> tuple[Wallet, ...]:
        """All wallets that the step can change."""
        return self.others if self.wallet is None else (self.wallet, *self.others)

    def as_principal_call(self) -> PrincipalCall:
        """The same step, made by a wallet in `executeBatch`."""
        return PrincipalCall(self.to, self.data, lambda _: self.apply())


@dataclass(frozen=True)
class Prediction:
    """A transaction and the outcome that the model predicts."""

    number: int
    name: str
    time: int
    sent: Sent
    refusal: Refused | None
    events: list[Event]
    is_view: bool = False
    returned: bytes | None = None
    """The return data of a view."""
    branches: Sequence[str] = ()
    """What happened that the transaction doesn't show."""


@dataclass
class Trace:
    """The model's state and the predictions so far."""

    fixtures: Fixtures
    world: World
    predictions: list[Prediction] = field(default_factory=list)
    memory: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    """Earlier requests, authorizations and cheques, for later steps to use again."""
    arguments: dict[bytes, tuple[Any, ...]] = field(default_factory=dict)
    """Every mandate as the argument of a call, by its hash."""
    granted: dict[bytes, Terms] = field(default_factory=dict)
    """Every mandate as the model enforces it, by its hash."""

    @property
    def now(self) -> int:
        """Time of the next block (unix seconds)."""
        return self.world.suite.now

    def wallet(self, name: str) -> Wallet:
        """A wallet by its name."""
        return self.world.wallets[name]

    def remember(self, what: str, value: Any) -> None:
        """Stores a value that later steps may use."""
        self.memory[what].append(value)

    def data(self, function: str, *arguments: Any) -> bytes:
        """Encodes a call."""
        return self.fixtures.codec.call_data(function, *arguments)

    def predict(self, number: int, name: str, prepared: PreparedStep) -> None:
        """Applies a step to the model and records the prediction."""
        sent = self.sent(prepared.sender, prepared.to, prepared.data)
        refusal = self.world.attempt(prepared.apply, *prepared.wallets)
        branches = self.world.suite.branches if refusal is None else ()
        self.predictions.append(Prediction(number, name, self.now, sent, refusal, self.world.log, branches=branches))

    def predict_view(self, number: int, to: str, function: str, answer: bytes | Refused, *arguments: Any) -> None:
        """Records what a view must return, or the error that it must revert with."""
        data = self.data(function, *arguments)
        refusal, returned = (answer, None) if isinstance(answer, Refused) else (None, answer)
        self.predictions.append(
            Prediction(number, function, self.now, self.sent("stranger", to, data), refusal, [], True, returned)
        )

    def sent(self, sender: str, to: str, data: bytes) -> Sent:
        """A transaction for the chain driver."""
        addresses = self.fixtures.codec.addresses
        return Sent(addresses[sender], addresses[to], "0x" + data.hex())

    def explain(self, answer: Answer) -> str:
        """An answer of the chain as text, for the report of a difference."""
        if answer.succeeded:
            return "succeeds"
        data = bytes.fromhex(answer.data[2:])
        name = next((name for name, item in self.fixtures.codec.errors.items() if item.id == data[:4]), data[:4].hex())
        words = [int.from_bytes(data[i : i + 32]) for i in range(4, len(data), 32)]
        names = self.fixtures.codec.names
        text = ", ".join(names.get(f"0x{each:040x}", str(each)) if each > 2**64 else str(each) for each in words)
        return f"reverts with {name}({text})"

    # Signatures

    def digest(self, wallet: str, struct_hash: bytes) -> bytes:
        """The EIP-712 digest of a struct in a wallet's domain."""
        return self.fixtures.hasher.digest(WALLET_DOMAIN, wallet, struct_hash)

    def signed(self, who: str, digest: bytes, forged: bool) -> bytes:
        """A signature by `who`, or a forged one by an account without any rights."""
        return self.fixtures.sign("forger" if forged else who, digest)

    def signed_by_agent(self, key: str, digest: bytes, forged: bool) -> tuple[bytes, bool]:
        """The agent key's signature, and whether it is valid. A name without a key gets a forged signature."""
        good = key in AGENT_KEYS and not forged
        return self.signed(key, digest, not good), good

    def cheque_nonce(self, wallet: str, token: str, mandate: bytes, period: int, slot: int) -> int:
        """The nonce of a cheque, computed as the wallet does."""
        return self.fixtures.cheque_nonce(wallet, token, mandate, period, slot)

    # Mandates

    def mandate(
        self,
        number: int,
        *,
        principal: str,
        epoch: int,
        key: str,
        start: int,
        end: int,
        round_: int,
        seen: int | None = None,
        change: str = "",
        variant: int = 0,
        guard: str = NOBODY,
    ) -> tuple[Terms, SignedMandate]:
        """Builds a mandate of a shape, for the model and as the argument of a call.

        `change` and `variant` make it invalid; see `invalid_mandates.py`.
        """
        base = shape(number)
        budgets = [_budget(each, self.fixtures) for each in base.budgets]
        if seen is not None:
            budgets[0] = budgets[0]._replace(seen=seen)
        mandate = SignedMandate(
            principal,
            epoch,
            key,
            start,
            end,
            round_,
            guard,
            budgets,
            _powers(self.fixtures, base),
            TERMS_HASH,
            TERMS_URI,
        )
        mandate = with_change(mandate, change, variant)
        made = number, change, variant
        hashes = [self._hash((*made, i, each.seen), "Budget", each) for i, each in enumerate(mandate.budgets)]
        powers_hash = self._hash(made, "Powers", mandate.powers)
        hash_ = self.fixtures.hasher.struct(
            "Mandate", *mandate[:7], keccak(b"".join(hashes)), powers_hash, *mandate[9:]
        )
        functions = {self.fixtures.codec.functions[name].id: name for name in CALLABLE}
        self.granted[hash_] = mandate.terms(hash_, functions)
        self.arguments[hash_] = mandate
        return self.granted[hash_], mandate

    def head(self, mandate: SignedMandate) -> tuple[Any, ...]:
        """A mandate with its budgets, powers and terms' URI as hashes, as the registry takes it."""
        hasher = self.fixtures.hasher
        budgets, powers, terms_hash, uri = mandate[7:]
        hashes = (hasher.member("Budget[]", budgets), hasher.member("Powers", powers), terms_hash, keccak(text=uri))
        return (*mandate[:7], *hashes)

    def _hash(self, key: tuple[int | str, ...], name: str, values: tuple[Any, ...]) -> bytes:
        """The hash of a struct; cached by `key`, because the same shapes come again."""
        cache = self.fixtures.struct_hashes
        if (name, *key) not in cache:
            cache[name, *key] = self.fixtures.hasher.struct(name, *values)
        return cache[name, *key]


TERMS_HASH, TERMS_URI = keccak(text="terms"), "https://terms.example/1"


def _budget(budget: Budget, fixtures: Fixtures) -> SignedBudget:
    order = fixtures.codec.words.__getitem__
    return SignedBudget(
        budget.currency,
        budget.decimals,
        budget.payment_limit,
        budget.lifetime_limit,
        budget.seen,
        list(budget.windows),
        list(budget.tokens.items()),
        budget.stranger_payment,
        budget.stranger_window,
        sorted(budget.payees, key=order),
        [(payee, *budget.limited[payee]) for payee in sorted(budget.limited, key=order)],
    )


def _powers(fixtures: Fixtures, base: Shape) -> Powers:
    functions = fixtures.codec.functions
    order = fixtures.codec.words.__getitem__
    rules = sorted(base.rules, key=lambda rule: (order(rule.target), functions[rule.function].id, rule.variant))
    return Powers(
        [_rule(rule, fixtures) for rule in rules],
        [each.book for each in base.budgets if each.book],
        base.max_requests,
        base.max_request_age,
        base.max_authorization_age,
        base.gas,
    )


def _rule(rule: Rule, fixtures: Fixtures) -> SignedRule:
    floor = rule.floor or Floor(NOBODY, 0, 0)
    return SignedRule(
        rule.target,
        fixtures.codec.functions[rule.function].id,
        rule.variant,
        rule.token,
        rule.value_limit,
        rule.pull_limit,
        rule.max_calls,
        rule.window,
        *floor,
        [(KINDS.index(kind), list(values)) for kind, values in rule.arguments],
    )
