"""Random scenarios of the fuzzer, read by the ledger while they happen, also across their reorganization."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from web3 import HTTPProvider, Web3

from peculium import Network, Suite
from peculium.ledger import Balance, Ledger
from verification.scenarios.campaign import SEEDS_PER_CAMPAIGN
from verification.scenarios.chain.driver import Answer, Sent
from verification.scenarios.chain.transactions import Transactions
from verification.scenarios.fixtures import ADVERSARIAL_TOKENS, PRINCIPALS, Fixtures
from verification.scenarios.scenario import run_seed
from verification.scenarios.setup import deploy_fixtures

STEPS = 60
"""Default length of a scenario."""


class ReadTransactions(Transactions):
    """Mines a scenario. The ledger reads each half of it, the half that is reverted, too."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.url = f"http://127.0.0.1:{port}"
        self.ledger: Ledger | None = None
        self.undone = self._halves = 0
        self.balances: list[Balance] = []

    def _mine_all(self, blocks: Iterable[tuple[int, Sequence[Sent]]]) -> list[Answer]:
        # The same blocks would have the same hashes again, and the ledger nothing to undo.
        self._halves += 1
        self.rpc("anvil_setCoinbase", f"0x{self._halves:040x}")
        answers = super()._mine_all(blocks)
        assert self.ledger is not None
        self.undone += sum(each.undone for each in self.ledger.update())
        # While the chain is as it is: the driver restores it afterwards.
        self.balances = self.ledger.balance(unlisted=True)
        return answers


@dataclass
class Outcome:
    """What the ledgers of all scenarios found."""

    scenarios: int = 0
    movements: int = 0
    balances: int = 0
    undone: int = 0
    """Blocks that were undone after a reorganization."""
    unexplained: int = 0
    """Balances of which some transfers were named as unexplained."""
    adversarial: int = 0
    """Balances of tokens that lie, and that don't agree for that reason."""
    wrong: list[str] = field(default_factory=list)
    """Balances of honest tokens that don't agree, with the seed."""

    def as_dict(self) -> dict[str, Any]:
        """Returns it as values that JSON can hold."""
        return vars(self)


def read_scenarios(campaign: int, scenarios: int, steps: int = STEPS) -> Outcome:
    """Runs scenarios and returns whether their ledgers balance."""
    outcome = Outcome()
    with TemporaryDirectory() as folder, deploy_fixtures(ReadTransactions) as fixtures:
        for seed in range(campaign * SEEDS_PER_CAMPAIGN, campaign * SEEDS_PER_CAMPAIGN + scenarios):
            _read(fixtures, seed, steps, Path(folder) / f"{seed}.db", outcome)
    return outcome


def _read(fixtures: Fixtures, seed: int, steps: int, path: Path, outcome: Outcome) -> None:
    driver, addresses = fixtures.driver, fixtures.codec.addresses
    assert isinstance(driver, ReadTransactions)
    # A connection for each: the chain is restored between them, and what one has learned isn't true any more.
    web3 = Web3(HTTPProvider(driver.url))
    network = Network.of(Suite.at(web3, addresses["registry"], addresses["factory"], addresses["registry"]))
    with Ledger.open(path) as ledger:
        # What was there before is the opening balance.
        wallets = [addresses[name] for name in fixtures.mandates]
        ledger.follow(network, wallets, first_block=network.node.block_number() + 1)
        for name in PRINCIPALS:
            ledger.follow(network, principal=addresses[name])
        driver.ledger, driver.undone = ledger, 0
        difference = run_seed(fixtures, seed, steps).difference
        if difference is not None:
            outcome.wrong.append(f"seed {seed}: model and chain diverge")
        outcome.movements += sum(1 for _ in ledger.rows(unlisted=True))
    outcome.scenarios += 1
    outcome.undone += driver.undone
    liars = {addresses[name].lower() for name in ADVERSARIAL_TOKENS}
    for each in driver.balances:
        outcome.balances += 1
        outcome.unexplained += each.unexplained_transfers > 0
        if each.difference:
            if each.token.lower() in liars:
                outcome.adversarial += 1
            else:
                outcome.wrong.append(f"seed {seed}: {each}")
