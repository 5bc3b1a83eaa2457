"""The whole life of an agent on a chain, by what principals and developers use: from deployment to the last withdrawal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from peculium import (
    Agent,
    Budget,
    GasTerms,
    Mandate,
    PeculiumError,
    Principal,
    SelfBundler,
    Token,
    Window,
    check,
    configure_sending,
)
from peculium.deployments.deploy import deploy_suite
from peculium.devnet import suite_artifacts
from peculium.devnet.anvil import rpc
from peculium.errors import AgentIsPaused, EpochEnded, PaymentLimitExceeded
from peculium.token import ERC20
from peculium.transports import Relayed, UserOperations
from verification.chains.posed import Posed

BALANCE, LIMIT = 1_000, 100
CONFIRMATIONS = 2
REORGANIZED = 1
"""Blocks that the chain takes back in the middle of a payment; fewer than the confirmations."""


class Unexpected(Exception):
    """The chain shows something else than the life should have led to."""


@dataclass
class Life:
    """What was done, and how long each step took."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measures a step."""
        start = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - start


def live(posed: Posed) -> Life:
    """Lives the life of an agent on a posed chain. Raises `Unexpected` where the chain shows something else than it should."""
    life, network = Life(), posed.network
    configure_sending(network.web3, confirmations=CONFIRMATIONS)
    with life.step("deploy"):
        deploy_suite(network.web3, posed.account("operator"), suite_artifacts())
        posed.entry_point()
        usdc = posed.token()
    with life.step("create and fund"):
        principal, agent = _create(posed, usdc)
        usdc.send(posed.account("deployer"), "mint", agent.wallet.address, BALANCE * 10**6)
    with life.step("pay directly, relayed, by operation"):
        _pay(posed, agent)
    with life.step("pay while blocks are taken back"):
        _pay_through_reorganization(posed, agent)
    with life.step("ask and approve"):
        _ask(principal, agent, posed.account("hotel").address)
    with life.step("pause and unpause"):
        _pause(principal, agent)
    with life.step("look"):
        _look(posed, principal, agent)
    with life.step("revoke and withdraw"):
        _end(principal, agent, usdc)
    return life


def _create(posed: Posed, usdc: ERC20) -> tuple[Principal, Agent]:
    network = posed.network
    configure_sending(network.web3, confirmations=CONFIRMATIONS)
    key, account = posed.account("agent"), posed.account("principal")
    payees = {"supplier": posed.account("supplier").address, "relayer": posed.account("relayer").address}
    now = network.node.timestamp()
    budget = Budget(
        currency="USD",
        payment_limit=LIMIT,
        lifetime_limit=BALANCE,
        windows=[Window(timedelta(days=1), 500)],
        tokens=[Token(usdc.address, decimals=6)],
        payees=list(payees.values()),
    )
    mandate = Mandate(
        principal=account.address,
        agent_key=key.address,
        valid_from=now,
        valid_until=now + 30 * 86_400,
        budgets=[budget],
        max_requests=2,
        max_request_age=timedelta(days=1),
        gas_terms=GasTerms(operation_limit=1, window_limit=10, window=timedelta(days=1)),
    )
    principal = Principal(account, network, names=payees)
    made = principal.create_agent(mandate, key, uri="https://agents.example/1.json", statement="I answer for it.")
    rpc(posed.direct, "anvil_setBalance", made.wallet, hex(10**19))
    return principal, Agent(made.wallet, key, network, names=payees)


def _pay(posed: Posed, agent: Agent) -> None:
    relayer = posed.account("relayer")
    agent.pay("USDC", "supplier", "10", ref="INV-1", once="INV-1")
    agent.pay("USDC", "supplier", "10", ref="INV-1", once="INV-1")
    agent.pay("USDC", "supplier", "20", ref="INV-2", via=Relayed(relayer, fee=("USDC", "0.10")))
    agent.pay("USDC", "supplier", "30", ref="INV-3", via=UserOperations(SelfBundler(agent.network.web3, relayer)))
    _refused(PaymentLimitExceeded, lambda: agent.pay("USDC", "supplier", LIMIT + 1))
    _expect("the supplier's money", _balance(agent, "supplier"), 60)


def _pay_through_reorganization(posed: Posed, agent: Agent) -> None:
    # The first answer with a receipt is of a block that the chain takes back.
    inner, left = posed.proxy.hook, [True]

    def hook(method: str, parameters: list[object], forward: Callable[[], dict[str, object]]) -> dict[str, object]:
        answer = inner(method, parameters, forward)
        if method == "eth_getTransactionReceipt" and answer.get("result") and left:
            left.clear()
            rpc(posed.direct, "anvil_reorg", REORGANIZED, [])
        return answer

    posed.proxy.hook = hook
    try:
        agent.pay("USDC", "supplier", "5", ref="INV-4")
    finally:
        posed.proxy.hook = inner
    _expect("whether blocks were taken back", bool(left), False)
    _expect("the supplier's money", _balance(agent, "supplier"), 65)


def _ask(principal: Principal, agent: Agent, hotel: str) -> None:
    agent.request_payment("USDC", hotel, 200, ref="a conference hotel")
    waiting = principal.requests(agent.wallet.address)
    _expect("the requests that wait", len(waiting), 1)
    principal.approve(agent.wallet.address, waiting[0])
    _expect("the hotel's money", _balance(agent, hotel), 200)


def _pause(principal: Principal, agent: Agent) -> None:
    principal.pause(agent.wallet.address)
    _refused(AgentIsPaused, lambda: agent.pay("USDC", "supplier", 1))
    principal.unpause(agent.wallet.address)
    agent.pay("USDC", "supplier", 1, ref="INV-5")


def _look(posed: Posed, principal: Principal, agent: Agent) -> None:
    # Six payments, of which the principal approved one, and the fee of the relayer.
    _expect("the entries of the history", len(agent.history()), 7)
    _expect("the principal's wallets", [each.wallet for each in principal.agents()], [agent.wallet.address])
    found = check(agent.wallet.address, posed.network)
    _expect("who answers", found.principal, principal.address)


def _end(principal: Principal, agent: Agent, usdc: ERC20) -> None:
    principal.revoke_all()
    _refused(EpochEnded, lambda: agent.pay("USDC", "supplier", 1))
    before = usdc.balance(principal.address)
    principal.withdraw_all(agent.wallet.address, usdc.address)
    # 266 was paid, and 0.10 to the relayer.
    _expect("what the principal gets back", float(usdc.balance(principal.address) - before), BALANCE - 266.1)
    _expect("what stays in the wallet", usdc.balance(agent.wallet.address), 0)


def _balance(agent: Agent, name: str) -> int:
    token = ERC20(agent.network.web3, agent.network.tokens["USDC"].address)
    return int(token.balance(agent.lookup.payee(name)))


def _refused(kind: type[PeculiumError], action: Callable[[], object]) -> None:
    try:
        action()
    except kind:
        return
    raise Unexpected(f"It was done; {kind.__name__} was expected.")


def _expect(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise Unexpected(f"{what}: {found}; {wanted} was expected.")
