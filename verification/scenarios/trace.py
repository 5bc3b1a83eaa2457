"""A story on both sides: every step is predicted by the model and encoded for the chain, in its turn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from eth_utils import keccak

from verification.scenarios.chain.codec import word
from verification.scenarios.chain.simulator import Answer, Sent
from verification.scenarios.fixtures import KEYS, Cast
from verification.scenarios.invalid_mandates import spoilt
from verification.scenarios.model.rules import Event, Refused
from verification.scenarios.model.signed_mandate import KINDS, Powers, Written, WrittenBudget, WrittenRule
from verification.scenarios.model.terms import Budget, Rule, Terms
from verification.scenarios.model.wallet import Wallet
from verification.scenarios.model.world import World
from verification.scenarios.shapes import Shape, shape

Step = tuple[str, dict[str, Any]]
"""What happens: a name, and arguments that say all of it. A story is a list of these."""
WALLET_DOMAIN = ("Peculium AgentWallet", "1")
RULED = {"deposit": "vault", "note": "target", "store": "target"}
"""The functions that are called here, and whose they are. Rules may be about others."""


@dataclass(frozen=True)
class Deed:
    """A step, ready to be done on both sides."""

    sender: str
    to: str
    data: bytes
    act: Callable[[], None]
    """What the model does."""
    wallet: Wallet | None = None
    """The only wallet that it can change,"""
    others: tuple[Wallet, ...] = ()
    """but for these."""

    @property
    def wallets(self) -> tuple[Wallet, ...]:
        """All of them."""
        return self.others if self.wallet is None else (self.wallet, *self.others)


@dataclass(frozen=True)
class Predicted:
    """A step with what the model says will come of it."""

    number: int
    name: str
    time: int
    sent: Sent
    refusal: Refused | None
    events: list[Event]
    asks: bool = False
    """Whether it is a view, which changes nothing."""
    returned: bytes | None = None
    """What a view has to answer."""


@dataclass
class Play:
    """The world in the model, and the words to tell the chain about it."""

    cast: Cast
    world: World
    predicted: list[Predicted] = field(default_factory=list)
    memory: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    """What was tried before, for what comes later to refer to."""
    arguments: dict[bytes, tuple[Any, ...]] = field(default_factory=dict)
    """Every mandate as argument of a call, by its hash."""
    granted: dict[bytes, Terms] = field(default_factory=dict)
    """The same as the model knows it."""

    @property
    def now(self) -> int:
        """Unix seconds."""
        return self.world.suite.now

    def wallet(self, name: str) -> Wallet:
        """A wallet by its name."""
        return self.world.wallets[name]

    def remember(self, what: str, value: Any) -> None:
        """Keeps what later steps may refer to."""
        self.memory[what].append(value)

    def data(self, function: str, *arguments: Any) -> bytes:
        """Calldata."""
        return self.cast.codec.call_data(function, *arguments)

    def do(self, number: int, name: str, deed: Deed) -> None:
        """Predicts a step."""
        sent = self.sent(deed.sender, deed.to, deed.data)
        refusal = self.world.attempt(deed.act, *deed.wallets)
        self.predicted.append(Predicted(number, name, self.now, sent, refusal, self.world.log))

    def ask(self, number: int, to: str, function: str, answer: bytes | Refused, *arguments: Any) -> None:
        """Predicts a view's answer, or that it refuses."""
        data = self.data(function, *arguments)
        refusal, returned = (answer, None) if isinstance(answer, Refused) else (None, answer)
        self.predicted.append(
            Predicted(number, function, self.now, self.sent("stranger", to, data), refusal, [], True, returned)
        )

    def sent(self, sender: str, to: str, data: bytes) -> Sent:
        """A call as it goes to the chain."""
        addresses = self.cast.codec.addresses
        return Sent(addresses[sender], addresses[to], "0x" + data.hex())

    def explain(self, answer: Answer) -> str:
        """What the chain has answered, in words."""
        if answer.succeeded:
            return "it is done"
        data = bytes.fromhex(answer.data[2:])
        name = next((name for name, known in self.cast.codec.errors.items() if known.id == data[:4]), data[:4].hex())
        words = [int.from_bytes(data[i : i + 32]) for i in range(4, len(data), 32)]
        names = self.cast.codec.names
        said = ", ".join(names.get(f"0x{each:040x}", str(each)) if each > 2**64 else str(each) for each in words)
        return f"it is refused: {name}({said})"

    # Signatures

    def digest(self, wallet: str, struct_hash: bytes) -> bytes:
        """What is signed for a wallet."""
        return self.cast.hasher.digest(WALLET_DOMAIN, wallet, struct_hash)

    def signed(self, who: str, digest: bytes, forged: bool) -> bytes:
        """Somebody's signature, or a forgery by somebody who has no say anywhere."""
        return self.cast.sign("forger" if forged else who, digest)

    def signed_by_agent(self, key: str, digest: bytes, forged: bool) -> tuple[bytes, bool]:
        """The signature of whoever is the agent key, and whether it is one: what has no key here can't sign."""
        good = key in KEYS and not forged
        return self.signed(key, digest, not good), good

    def cheque_nonce(self, wallet: str, token: str, mandate: bytes, period: int, slot: int) -> int:
        """The nonce of a cheque, as everybody can compute it."""
        words = self.cast.codec.words
        return int.from_bytes(keccak(words[wallet] + words[token] + mandate + word(period) + word(slot)))

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
        replaces: bytes,
        seen: int | None = None,
        spoiler: str = "",
        twist: int = 0,
    ) -> tuple[Terms, Written]:
        """A mandate of the shape of this number, as the model knows it, and as argument of a call. `spoiler`, `twist`: what
        is changed about it."""
        base = shape(number)
        budgets = [_budget(each, self.cast) for each in base.budgets]
        if seen is not None:
            budgets[0] = budgets[0]._replace(seen=seen)
        written = Written(
            principal, epoch, key, start, end, replaces, budgets, _powers(self.cast, base), TERMS_HASH, TERMS_URI
        )
        written = spoilt(written, spoiler, twist)
        made = number, spoiler, twist
        hasher = self.cast.hasher
        hashes = [_cached(hasher, (*made, i, each.seen), "Budget", each) for i, each in enumerate(written.budgets)]
        powers_hash = _cached(hasher, made, "Powers", written.powers)
        hash_ = hasher.struct("Mandate", *written[:6], keccak(b"".join(hashes)), powers_hash, *written[8:])
        functions = {self.cast.codec.functions[name].id: name for name in RULED}
        self.granted[hash_] = written.terms(hash_, functions)
        self.arguments[hash_] = written
        return self.granted[hash_], written


TERMS_HASH, TERMS_URI = keccak(text="terms"), "https://terms.example/1"
_hashes: dict[tuple[Any, ...], bytes] = {}


def _cached(hasher: Any, key: tuple[Any, ...], name: str, values: tuple[Any, ...]) -> bytes:
    found = _hashes.get((id(hasher), name, *key))
    if found is None:
        found = _hashes[id(hasher), name, *key] = hasher.struct(name, *values)
    return found


def _budget(budget: Budget, cast: Cast) -> WrittenBudget:
    order = cast.codec.words.__getitem__
    return WrittenBudget(
        budget.currency,
        budget.decimals,
        budget.payment_limit,
        budget.lifetime_limit,
        budget.seen,
        list(budget.windows),
        list(budget.tokens.items()),
        budget.any_payee,
        sorted(budget.payees, key=order),
        [(payee, *budget.limited[payee]) for payee in sorted(budget.limited, key=order)],
    )


def _powers(cast: Cast, base: Shape) -> Powers:
    functions = cast.codec.functions
    rules = sorted(base.rules, key=lambda rule: cast.codec.words[rule.target] + functions[rule.function].id)
    return Powers(
        [_rule(rule, cast) for rule in rules],
        [each.book for each in base.budgets if each.book],
        base.max_requests,
        base.max_request_age,
        base.gas,
    )


def _rule(rule: Rule, cast: Cast) -> WrittenRule:
    arguments = [(KINDS.index(kind), list(values)) for kind, values in rule.arguments]
    selector = cast.codec.functions[rule.function].id
    return WrittenRule(rule.target, selector, rule.value_limit, rule.pull_limit, arguments)
