"""Random payments and pre-authorizations of three wallets: the fleet answers what the plain definition says (I35)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from eth_account import Account
from eth_utils import keccak
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from peculium import Authorization, Domain, Window, errors
from peculium.devnet.anvil import rpc
from verification.scenarios.model.ledger import BUCKETS, ExactWindow, Ledger
from verification.testing.durations import DAY
from verification.testing.fleet import CURRENCY, Fleet
from verification.testing.snapshots import restored

HOUR = 3_600
LENGTHS = (HOUR, DAY)
LIMITS = (1_000, 2_500)
"""Limits of the two windows (budget units)."""
LIFETIME = 9_000

GAPS = st.one_of(
    st.integers(1, 2 * DAY),
    st.integers(1, HOUR),
    st.builds(
        lambda length, buckets, offset: max(1, buckets * length // BUCKETS + offset),
        st.sampled_from(LENGTHS),
        st.integers(0, 10),
        st.integers(-1, 1),
    ),
)
"""Seconds between two payments, often about a whole number of buckets."""
AMOUNTS = st.one_of(st.integers(1, LIMITS[0]), st.sampled_from(["left", "left + 1"]))
"""Budget units, or what the fleet has left by the definition: exactly, or one more."""
PAY, HOLD, SETTLE, LAPSE = "pay", "hold", "settle", "lapse"
"""A payment, a pre-authorization, and what becomes of the oldest that is open; it is closed at once."""
KINDS = st.sampled_from([PAY, PAY, PAY, HOLD, SETTLE, LAPSE])
STEPS = st.lists(st.tuples(KINDS, st.integers(0, 2), GAPS, AMOUNTS), min_size=1, max_size=14)


@pytest.fixture
def created(checkpoint, new_fleet, new_agent, principal, web3, now):
    """A fleet with two windows, over three agents whose own limits never refuse."""

    def create():
        budget = new_fleet(principal)
        windows = [Window(timedelta(seconds=each), limit) for each, limit in zip(LENGTHS, LIMITS, strict=True)]
        budget.set_budget(principal, "USD", LIFETIME, windows, decimals=0)
        wide = {"decimals": 0, "payment_limit": 10**6, "window_limit": 10**6, "lifetime_limit": 10**6}
        wide["valid_until"] = now() + 100 * DAY
        agents = []
        for number in range(3):
            key = Account.from_key(keccak(text=f"agent {number} of the fleet"))
            rpc(web3, "anvil_setBalance", key.address, hex(10**24))
            agents.append(new_agent(key=key, guard=budget.address, **wide))
        return Fleet(budget, tuple(agents))

    return checkpoint.share("created", create)


@dataclass
class Definition:
    """The fleet by its definition: what its buckets count, and every dollar paid with its time."""

    ledger: Ledger = field(default_factory=Ledger)
    exact: ExactWindow = field(default_factory=ExactWindow)

    def left(self, time):
        """The largest charge that is allowed at a time."""
        windows = (limit - self.ledger.counted(i, time) for i, limit in enumerate(LIMITS))
        return min(*windows, LIFETIME - self.ledger.spent)

    def charge(self, time, amount, pending):
        """Charges; or returns the refusal."""
        refusal = self.ledger.charge(time, amount, list(LIMITS), LIFETIME)
        if refusal is None and pending:
            self.ledger.hold(time, amount)
        elif refusal is None:
            self.exact.add(time, amount)
        return refusal


class Run:
    """Sends the steps to the chain, each in a block of its own, and applies them to the definition."""

    def __init__(self, created, send_at, now, token, payee, settle):
        self.agents, self.send_at, self.now, self.settle = created.agents, send_at, now, settle
        self.token, self.payee, self.unit = token.address, payee.address, 10**token.decimals
        self.definition = Definition()
        self.definition.ledger.open(now(), [length // BUCKETS for length in LENGTHS])
        self.open = []

    def step(self, kind, agent, gap, wanted):
        """One step, so many seconds after the block before. Asserts that the fleet refuses what the definition refuses."""
        time = self.now() + gap
        if kind in (SETTLE, LAPSE):
            self.close(time, kind == SETTLE)
            return
        left = self.definition.left(time)
        amount = {"left": left, "left + 1": left + 1}.get(wanted, wanted)
        if not amount:  # The wallet refuses a payment of nothing.
            return
        refusal = self.hold(time, agent, amount) if kind == HOLD else self.pay(time, agent, amount)
        assert refusal == self.definition.charge(time, amount, kind == HOLD)

    def pay(self, time, agent, amount):
        """Pays, and returns the fleet's refusal."""
        return self.send_at(time, agent, "pay", self.token, self.payee, amount * self.unit, bytes(32))

    def hold(self, time, agent, amount):
        """Preauthorizes, and returns the fleet's refusal."""
        domain, nonce = Domain("USD Coin", "2"), keccak(text=f"{time}")
        made = Authorization(self.token, self.payee, amount * self.unit, time + DAY, domain, nonce)
        refusal = self.send_at(time, agent, "preauthorize", made.as_tuple(), bytes(32))
        if refusal is None:
            self.open.append((agent, made, amount))
        return refusal

    def close(self, time, settled):
        """Closes the oldest authorization, settled a second before or after it lapsed."""
        if not self.open:
            return
        agent, made, amount = self.open.pop(0)
        settled = settled and time + 1 < made.valid_before
        if settled:
            self.settle(time, self.agents[agent], made)
            self.definition.exact.add(time, amount)
        closed = time + 1 if settled else max(time, made.valid_before)
        assert self.send_at(closed, agent, "closeAuthorizations", CURRENCY, [made.as_tuple()]) is None
        if settled:
            self.definition.ledger.settle(closed, amount)
        else:
            self.definition.ledger.release(amount)


@pytest.fixture
def send_at(created, time_travel):
    """Sends a call of an agent at exactly this time, without a simulation. Returns the fleet's refusal: name, rest, length."""

    def send(time, number, function, *arguments):
        agent = created.agents[number]
        time_travel(next_at=time)
        try:
            agent.wallet.send(agent.agent, function, *arguments, gas=1_000_000)
        except errors.GuardRefused as error:
            refusal = error.refusal
            return type(refusal).__name__, refusal.remaining, refusal.arguments.get("length", 0)
        return None

    return send


@pytest.fixture
def settle_at(time_travel, settle):
    """Settles an authorization at exactly this time."""

    def make(time, agent, made):
        time_travel(next_at=time)
        settle(agent, made)

    return make


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(steps=[(PAY, 0, 1, 1_000), (PAY, 1, 1, 1), (PAY, 2, HOUR + HOUR // BUCKETS, "left"), (PAY, 0, 1, 1)])
@example(steps=[(PAY, i % 3, DAY + DAY // BUCKETS, 1_000) for i in range(9)] + [(PAY, 0, 2 * DAY, 1)])
@example(steps=[(HOLD, 0, 1, 600), (HOLD, 1, 1, "left"), (PAY, 2, 60, 1), (SETTLE, 0, 9, 1), (PAY, 2, 9, "left + 1")])
@example(steps=[(HOLD, 0, 1, "left"), (PAY, 1, 9, 1), (LAPSE, 0, 9, 1), (PAY, 1, 9, "left"), (PAY, 2, 9, 1)])
@given(steps=STEPS)
def test_fleet_agrees_with_its_definition(web3, created, send_at, settle_at, now, usdc, payee, steps):
    with restored(web3):
        run = Run(created, send_at, now, usdc, payee, settle_at)
        for step in steps:
            run.step(*step)
        ledger, exact = run.definition.ledger, run.definition.exact
        assert created.budget.read("spent", "USD") == ledger.spent <= LIFETIME
        assert created.budget.remaining("USD").pending == ledger.pending
    assert sum(amount for _, amount in exact.log) + ledger.pending == ledger.spent
    for length, limit in zip(LENGTHS, LIMITS, strict=True):
        assert exact.most(length) <= limit
