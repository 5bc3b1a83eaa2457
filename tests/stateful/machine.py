"""Chain and model side by side: every rule predicts success or the exact refusal, acts on Anvil, and compares what can be seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any, ClassVar

from eth_account.signers.local import LocalAccount
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from peculium import ERC20, ContractError, Mandate, Suite
from peculium.wallet import to_ref
from tests.stateful.model import Principal, Refusal, Terms, Wallet
from verification.expectations import DAY, Agent
from verification.scenarios.model.ledger import BUCKETS

GAS = 5_000_000
UNIT = 10**6
WIDTHS = (450, 10_800)


@dataclass
class World:
    """What the machine acts on: made once, and put back after every example."""

    suite: Suite
    roles: dict[str, LocalAccount]
    agents: list[Agent]
    tokens: dict[str, ERC20]
    unlisted: ERC20
    new_mandate: Callable[..., Mandate]
    travel: Callable[..., None]
    now: Callable[[], int]


WALLETS = range(3)
PRINCIPALS = ("principal", "other_principal")
STOPPERS = ("principal", "principal", "principal", "guardian", "other_principal", "stranger", "agent")
RARELY = (False,) * 4 + (True,)
"""For what ends an agent for ever: often enough to be seen, not so often that nothing is left to do."""
AMOUNTS = (0, 1, UNIT, 37 * UNIT + 1, 60 * UNIT, *(100 * UNIT,) * 6, 100 * UNIT + 1, 250 * UNIT)
JUMPS = (1, 449, 450, 10_799, 10_800, 10_801, 9 * 450, 9 * 10_800, DAY - 1, DAY, DAY + 1, 3 * DAY)

ACTIONS: dict[str, tuple[int, dict[str, Sequence[Any]]]] = {
    "pay": (
        40,
        {
            "index": WALLETS,
            "token": (0, 0, 0, 0, 1, 1, 1, 2),
            "amount": AMOUNTS,
            "sender": ("agent",) * 12 + ("stranger", "principal"),
            "to_payee": (True,) * 12 + (False,),
        },
    ),
    "pay_batch": (8, {"index": WALLETS, "token": (0, 1), "amount": AMOUNTS, "size": (1, 2, 2, 3, 6)}),
    "resign": (4, {"index": WALLETS, "sender": ("stranger", "agent", "agent", "agent"), "sure": RARELY}),
    "stop_one": (3, {"index": WALLETS, "sender": STOPPERS, "permanent": RARELY}),
    "unpause": (4, {"index": WALLETS, "sender": ("principal", "principal", "guardian", "stranger")}),
    "pause_all": (2, {"name": PRINCIPALS, "sender": STOPPERS}),
    "unpause_all": (4, {"name": PRINCIPALS}),
    "revoke_all": (4, {"name": PRINCIPALS, "sender": STOPPERS, "sure": (False, False, True)}),
    "set_guardian": (2, {"name": PRINCIPALS, "appointed": (True, True, False)}),
    "set_heartbeat": (3, {"name": PRINCIPALS, "days": (0, 1, 1, 2)}),
    "check_in": (2, {"name": PRINCIPALS}),
    "replace_mandate": (4, {"index": WALLETS, "factor": (1, 1, 1, 2, 3), "width": WIDTHS, "days": (1, 2, 20)}),
    "lift_mandate": (4, {"index": WALLETS, "sender": ("principal", "principal", "agent", "guardian")}),
    "withdraw": (
        2,
        {
            "index": WALLETS,
            "token": (0, 1),
            "sender": ("principal", "principal", "guardian", "stranger", "agent"),
            "whole": (1, 7, 50),
        },
    ),
    "sell_identity": (2, {"index": WALLETS, "sure": RARELY}),
    "wait": (5, {"jump": JUMPS, "edge": (-1, 0, 1), "to_edge": (True, False)}),
}
"""Every action with its weight and what it chooses from."""


class SuiteMachine(RuleBasedStateMachine):
    """Two principals, three agents, a guardian, a stranger, and time."""

    world: ClassVar[World]
    reached: ClassVar[Counter[tuple[str, str]]] = Counter()
    """How often each rule ended how: what a run never reached, it has not shown."""

    @initialize(seed=st.integers(0, 2**32 - 1))
    def begin(self, seed: int) -> None:
        """The same beginning for every story: three agents, each with a mandate."""
        self.chance = Random(seed)
        world = self.world
        self.snapshot = world.suite.web3.provider.make_request("evm_snapshot", [])["result"]
        self.time = world.now()
        self.principals = {
            name: Principal(world.roles[name].address, guardians=set()) for name in ("principal", "other_principal")
        }
        self.wallets = []
        for agent in world.agents:
            principal = next(each for each in self.principals.values() if each.name == agent.principal.address)
            balances = {address: 10**6 * 10**token.decimals for address, token in world.tokens.items()}
            wallet = Wallet(agent.wallet.address, principal, agent.agent.address, 0, balances)
            wallet.install(self.terms_of(agent.mandate), agent.mandate.message()["validFrom"])
            self.wallets.append(wallet)
        self.paid = dict.fromkeys(world.tokens, 0)
        self.payee_before = {address: token.read("balanceOf", self.payee) for address, token in world.tokens.items()}

    def teardown(self) -> None:
        if not hasattr(self, "snapshot"):
            return
        try:
            # Also those that nobody touched: nothing that one principal's agents do changes another's (I28).
            self.compare([0, 1, 2])
            self.no_interval_passed_its_limit()
        finally:
            self.world.suite.web3.provider.make_request("evm_revert", [self.snapshot])

    @rule()
    def something_happens(self) -> None:
        """One action; then what can be seen is compared.

        Chosen evenly, by weights, from the story's seed: left to itself hypothesis prefers what is small and what it had
        before, and hardly ever comes to a window's limit. It decides the seeds, and how long a failing story has to be.
        """
        chance = self.chance
        name = chance.choices(list(ACTIONS), [weight for weight, _ in ACTIONS.values()])[0]
        arguments = {key: chance.choice(options) for key, options in ACTIONS[name][1].items()}
        note(f"{name}({', '.join(f'{key}={value}' for key, value in arguments.items())})")
        getattr(self, name)(**arguments)
        self.compare([arguments["index"]] if "index" in arguments else list(WALLETS))

    # The agent

    def pay(self, index: int, token: int, amount: int, sender: str, to_payee: bool) -> None:
        """A payment, mostly by the agent to its payee."""
        payee = self.payee if to_payee else self.role("stranger").address
        payment = self.payment(token, payee, amount)
        key = self.key(index, sender)
        self.settle(index, "pay", key, [payment], lambda: ("pay", *payment[:3], to_ref("stateful")))

    def pay_batch(self, index: int, token: int, amount: int, size: int) -> None:
        """A batch: all or none."""
        payments = [self.payment(token, self.payee, amount)] * size
        listed = [(*payment[:3], to_ref("batch")) for payment in payments]
        self.settle(index, "pay_batch", self.key(index, "agent"), payments, lambda: ("payBatch", listed))

    def settle(
        self,
        index: int,
        name: str,
        key: LocalAccount,
        payments: list[tuple[str, str, int, int]],
        call: Callable[[], tuple[Any, ...]],
    ) -> None:
        """Pays on both sides. I1, I5: every verb charges the one ledger."""
        self.tick()
        wallet = self.wallets[index]
        expected = wallet.pay(key.address, payments, self.time)
        self.act(name, expected, lambda: self.world.agents[index].wallet.send(key, *call(), gas=GAS))
        if expected is None:
            for token, _, amount, _ in payments:
                self.paid[token] += amount

    def resign(self, index: int, sender: str, sure: bool) -> None:
        """The agent gives up."""
        wallet, key = self.wallets[index], self.key(index, sender)
        if sender == "agent" and not sure:
            return
        self.tick()
        expected: Refusal | None = None
        if wallet.terms is None:
            expected = ("NoMandate", {})
        elif key.address != wallet.agent:
            expected = ("NotAgentKey", {"caller": key.address, "agent_key": wallet.agent})
        self.act("resign", expected, lambda: self.world.agents[index].wallet.send(key, "resign", gas=GAS))
        if expected is None:
            wallet.revoked = True

    # The switch

    def stop_one(self, index: int, sender: str, permanent: bool) -> None:
        """Pause or revoke: I8, I12, I28."""
        self.tick()
        wallet, key = self.wallets[index], self.key(index, sender)
        expected = wallet.principal.may_stop(key.address)
        function = "revoke" if permanent else "pause"
        self.act(
            function, expected, lambda: self.switch.send(key, function, wallet.principal.name, wallet.name, gas=GAS)
        )
        if expected is None:
            wallet.revoked = wallet.revoked or permanent
            wallet.paused = wallet.paused or not permanent

    def unpause(self, index: int, sender: str) -> None:
        """Whoever calls restores its own agents only."""
        self.tick()
        wallet, key = self.wallets[index], self.key(index, sender)
        mine = key.address == wallet.principal.name
        arguments = {"principal": wallet.principal.name, "wallet": wallet.name}
        expected = ("AgentIsRevoked", arguments) if mine and wallet.revoked else None
        self.act("unpause", expected, lambda: self.switch.send(key, "unpause", wallet.name, gas=GAS))
        if mine and expected is None:
            wallet.paused = False

    def pause_all(self, name: str, sender: str) -> None:
        """All agents of one principal, and of no other (I28)."""
        self.tick()
        principal, key = self.principals[name], self.key(0, sender)
        expected = principal.may_stop(key.address)
        self.act("pause_all", expected, lambda: self.switch.send(key, "pauseAll", principal.name, gas=GAS))
        if expected is None:
            principal.paused = True

    def unpause_all(self, name: str) -> None:
        """Only one's own."""
        self.tick()
        self.act("unpause_all", None, lambda: self.switch.send(self.role(name), "unpauseAll", gas=GAS))
        self.principals[name].paused = False

    def revoke_all(self, name: str, sender: str, sure: bool) -> None:
        """I9, I11: one write, for ever. Only now and then, or nothing would be left to do."""
        self.tick()
        principal, key = self.principals[name], self.key(0, sender)
        expected = principal.may_stop(key.address)
        if expected is None and not sure:
            return
        self.act("revoke_all", expected, lambda: self.switch.send(key, "revokeAll", principal.name, gas=GAS))
        if expected is None:
            principal.epoch += 1

    def set_guardian(self, name: str, appointed: bool) -> None:
        """A guardian of one principal is nobody to the other."""
        self.tick()
        guardian, principal = self.role("guardian").address, self.principals[name]
        self.act(
            "set_guardian", None, lambda: self.switch.send(self.role(name), "setGuardian", guardian, appointed, gas=GAS)
        )
        (principal.guardians.add if appointed else principal.guardians.discard)(guardian)

    def set_heartbeat(self, name: str, days: int) -> None:
        """The dead-man's switch."""
        self.tick()
        interval = days * DAY
        self.act("set_heartbeat", None, lambda: self.switch.send(self.role(name), "setHeartbeat", interval, gas=GAS))
        self.principals[name].heartbeat, self.principals[name].last_check_in = interval, self.time

    def check_in(self, name: str) -> None:
        """Ends dormancy."""
        self.tick()
        self.act("check_in", None, lambda: self.switch.send(self.role(name), "checkIn", gas=GAS))
        self.principals[name].last_check_in = self.time

    # The principal

    def replace_mandate(self, index: int, factor: int, width: int, days: int) -> None:
        """By both signatures. What is counted stays counted."""
        self.tick()
        agent, wallet = self.world.agents[index], self.wallets[index]
        budget = replace(
            agent.mandate.budgets[0],
            windows=(
                replace(
                    agent.mandate.budgets[0].windows[0], length=timedelta(seconds=width * BUCKETS), limit=500 * factor
                ),
            ),
            payment_limit=100 * factor,
        )
        mandate = replace(
            agent.mandate,
            budgets=(budget,),
            valid_from=self.time + (0 if factor < 3 else 3600),
            valid_until=self.time + days * DAY,
            replaces=agent.wallet.last_mandate_hash,
        )
        signable = mandate.signable(wallet.name, self.world.suite.web3.eth.chain_id)
        signatures = [bytes(key.sign_message(signable).signature) for key in (agent.principal, agent.agent)]
        self.act(
            "replace_mandate",
            None,
            lambda: agent.wallet.send(
                self.role("stranger"), "setMandateSigned", mandate.as_tuple(), *signatures, gas=GAS
            ),
        )
        wallet.install(self.terms_of(mandate), self.time)

    def lift_mandate(self, index: int, sender: str) -> None:
        """Only by the principal (I12)."""
        self.tick()
        wallet, key = self.wallets[index], self.key(index, sender)
        expected = self.principal_only(wallet, key)
        if expected is None and wallet.terms is None:
            expected = ("NoMandate", {})
        self.act("lift_mandate", expected, lambda: self.world.agents[index].wallet.send(key, "liftMandate", gas=GAS))
        if expected is None:
            wallet.terms = None

    def withdraw(self, index: int, token: int, sender: str, whole: int) -> None:
        """I18: at any time, whatever the switch and the mandate say; and only by the principal."""
        self.tick()
        wallet, key = self.wallets[index], self.key(index, sender)
        address = list(self.world.tokens)[token]
        amount = whole * 10 ** self.world.tokens[address].decimals
        expected = self.principal_only(wallet, key)
        home = self.role("stranger").address
        self.act(
            "withdraw",
            expected,
            lambda: self.world.agents[index].wallet.send(key, "withdraw", address, home, amount, gas=GAS),
        )
        if expected is None:
            wallet.balances[address] -= amount

    def sell_identity(self, index: int, sure: bool) -> None:
        """I14: a transfer of the identity ends the agent under its principal, and moves no money."""
        wallet, agent = self.wallets[index], self.world.agents[index]
        if not sure or not wallet.owned:
            return
        self.tick()
        registry, buyer = self.world.suite.registry, self.role("stranger").address
        call = ("transferFrom", agent.principal.address, buyer, agent.agent_id)
        self.act("sell_identity", None, lambda: registry.send(agent.principal, *call, gas=GAS))
        wallet.revoked, wallet.owned = True, False

    # Time

    def wait(self, jump: int, edge: int, to_edge: bool) -> None:
        """Time passes, often to an edge of a bucket, or of a heartbeat."""
        then = self.time + jump
        if to_edge:
            then = max(self.time + 1, then // 10_800 * 10_800 + edge)
        self.time = then
        self.world.travel(to=then)

    # Comparison

    def compare(self, indices: list[int]) -> None:
        """Limits, sums, balances and the registry's answer of these wallets, and what the payee got."""
        for index in indices:
            wallet, agent = self.wallets[index], self.world.agents[index]
            check = self.world.suite.registry.check_wallet(wallet.name)
            assert check.status.name == wallet.status(self.time), "what a counterparty is told"
            assert agent.wallet.read("spent", "USD") == wallet.ledger.spent, "I3, I4: what was spent for life"
            expected = wallet.remaining(self.time)
            if expected is not None:
                state = agent.wallet.read("remaining", "USD")
                payment, lifetime, (window,) = state[0], state[2], state[5]
                assert (payment, window[2], lifetime) == expected, "what is left"
            for address, token in self.world.tokens.items():
                assert token.read("balanceOf", wallet.name) == wallet.balances[address], "I4: what the wallet holds"
        for address, before in self.payee_before.items():
            token = self.world.tokens[address]
            assert token.read("balanceOf", self.payee) - before == self.paid[address], (
                "I4: what left by the agents' hands"
            )

    def no_interval_passed_its_limit(self) -> None:
        """I2, from the exact log, where the length never changed: every interval of it, wherever it starts."""
        for wallet in self.wallets:
            widths = {terms.width for terms in wallet.history}
            if len(widths) == 1:
                assert wallet.exact.most(widths.pop() * BUCKETS) <= max(terms.window_limit for terms in wallet.history)

    # Helpers

    @property
    def switch(self) -> Any:
        """The switch."""
        return self.world.suite.switch

    @property
    def payee(self) -> str:
        """The one listed payee."""
        return self.role("payee").address

    def role(self, name: str) -> LocalAccount:
        """An account by its role."""
        return self.world.roles[name]

    def key(self, index: int, name: str) -> LocalAccount:
        """An account by its role; "agent" and "principal" are the wallet's own."""
        agent = self.world.agents[index]
        return {"agent": agent.agent, "principal": agent.principal}.get(name) or self.role(name)

    def payment(self, token: int, payee: str, units: int) -> tuple[str, str, int, int]:
        """Token, payee, amount in base units, charge; the third token isn't listed."""
        if token == 2:
            return self.world.unlisted.address, payee, units, units
        address = list(self.world.tokens)[token]
        decimals = self.world.tokens[address].decimals
        # One base unit short, so that the charge has to be rounded up.
        amount = units * 10 ** (decimals - 6) - (1 if decimals > 6 and units else 0)
        return address, payee, amount, units

    @staticmethod
    def terms_of(mandate: Mandate) -> Terms:
        """A mandate as the model knows it."""
        message = mandate.message()
        budget = message["budgets"][0]
        window = budget["windows"][0]
        return Terms(
            mandate.hash(),
            message["validFrom"],
            message["validUntil"],
            budget["paymentLimit"],
            window["limit"],
            budget["lifetimeLimit"],
            window["length"] // BUCKETS,
            frozenset(budget["payees"]),
        )

    @staticmethod
    def principal_only(wallet: Wallet, key: LocalAccount) -> Refusal | None:
        """Everybody else is refused."""
        if key.address == wallet.principal.name:
            return None
        return "NotPrincipal", {"caller": key.address, "principal": wallet.principal.name}

    def tick(self) -> None:
        """The next transaction is a second later."""
        self.time += 1
        self.world.travel(next_at=self.time)

    def act(self, name: str, expected: Refusal | None, call: Callable[[], Any]) -> None:
        """Acts on the chain, and compares the outcome with the prediction."""
        note(f"{name} at {self.time}: {expected or 'succeeds'}")
        refused: ContractError | None = None
        try:
            call()
        except ContractError as error:
            refused = error
        outcome: Refusal | None = None
        if refused is not None:
            compared = expected[1] if expected else refused.arguments
            outcome = type(refused).__name__, {each: refused.arguments.get(each) for each in compared}
        assert outcome == expected, f"{name}: {refused}"
        type(self).reached[name, expected[0] if expected else "done"] += 1
