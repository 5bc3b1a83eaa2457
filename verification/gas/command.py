"""Measures the gas of the main stories, on a chain of its own, and compares it with what is committed.

`ape run gas` fails on any difference from `verification/gas/gas.json`; `ape run gas --update` rewrites it, for a diff that somebody reads.
Figures are the total gas of a receipt, as a sender pays it.
"""

import json
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_utils import keccak
from hexbytes import HexBytes
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from peculium import (
    NATIVE,
    AgentWallet,
    Argument,
    Authorization,
    Budget,
    Call,
    CallRule,
    ChequeBook,
    Domain,
    GasTerms,
    LimitedPayee,
    Mandate,
    Payment,
    Request,
    Token,
    Window,
)
from peculium.devnet.anvil import run_anvil
from peculium.devnet.devnet import Devnet
from verification.gas.bundles import Bundles
from verification.gas.chart import curve
from verification.gas.targets import COMMITTED, TARGETS

PICTURE = Path(__file__).parents[2] / "docs" / "gas.svg"
START = 1_800_000_000
DAY = 86_400
CURVE = (1, 10, 100, 1000)
URI = "https://agents.example/1.json"
STATEMENT = "I answer for what this agent does within its mandate."


class Measurement:
    """One run of all stories."""

    def __init__(self, devnet: Devnet) -> None:
        self.devnet = devnet
        self.figures: dict[str, int] = {}
        self._vault = ""
        self.principal, self.agent_key = devnet.role("principal"), devnet.role("agent")
        self.payee = devnet.role("payee").address
        self.usd = devnet.deploy("MockStablecoin", "Test Dollar", "tUSD", 6)
        self.dai = devnet.deploy("MockStablecoin", "Test Dai", "tDAI", 18)
        deployer = devnet.role("deployer").address
        logic = devnet.deploy("MockUSDC", deployer, deployer)
        proxy = devnet.deploy("MockUSDCProxy", logic.address, deployer, deployer)
        self.usdc = type(logic).__new__(type(logic))
        self.usdc.bind(devnet.web3, proxy.address, logic.abi)
        # Two more payees, so that the list has to be searched. Known keys: the order in the list moves the gas.
        self.others = [Account.from_key(keccak(text=f"other payee {i}")).address for i in range(2)]

    def mandate(self, principal: str, agent_key: str, payees: list[str] | None = None, **fields: Any) -> Mandate:
        """100 a payment, 500 a day, 10,000 for life; three payees, three tokens."""
        budget = Budget(
            currency="USD",
            payment_limit=100,
            lifetime_limit=10_000,
            windows=(Window(timedelta(days=1), 500),),
            tokens=tuple(Token(token.address, token.decimals) for token in (self.usd, self.usdc)),
            payees=tuple(payees or [self.payee, *self.others]),
        )
        now = self.devnet.now()
        return Mandate(
            principal, agent_key, now, now + 300 * DAY, (budget,), terms_uri="https://terms.example/1", **fields
        )

    def run(self, progress: Progress) -> dict[str, int]:
        """All stories, in order."""
        stories = (
            self.creating,
            self.paying,
            self.windows,
            self.other_ways,
            self.operating,
            self.calling,
            self.settling_later,
            self.asking,
            self.curves,
            self.principals_side,
            self.stopping,
        )
        for story in progress.track(stories, description="Measuring"):
            story()
        return self.figures

    def creating(self) -> None:
        """One transaction creates agent, wallet, link and mandate."""
        mandate = self.mandate(self.principal.address, self.agent_key.address)
        self.wallet, gas = self.devnet.create_agent(mandate, 1, URI, STATEMENT)
        self.figures["create agent, wallet and mandate, first agent of a principal"] = gas
        further = self.mandate(self.principal.address, self.devnet.role("further agent").address)
        _, gas = self.devnet.create_agent(further, 2, URI, STATEMENT)
        self.figures["create agent, wallet and mandate, further agent"] = gas
        for token in (self.usd, self.usdc):
            for holder in (self.wallet.address, self.payee, self.principal.address):
                self.devnet.mint(token, holder, 100_000)

    def paying(self) -> None:
        """The hot path, with the floor beside it."""
        pay = self.wallet.pay
        bucket = DAY // 8
        for token, name in ((self.usd, ""), (self.usdc, ", USDC behind its proxy")):
            floor = token.transfer(self.principal, self.payee, 10)
            self.figures[f"floor: transfer by a plain account{name}"] = floor.gas_used
            # Into the middle of a fresh bucket, so that the second payment stays in it.
            self.devnet.mine_at((self.devnet.now() // bucket + 9) * bucket + 10)
            pay(self.agent_key, token.address, self.payee, 10, "first")
            self.figures[f"pay, second in its window{name}"] = pay(
                self.agent_key, token.address, self.payee, 10, "second"
            ).gas_used
        for name, buckets in (
            ("an eighth of a window later", 1),
            ("half a window later", 4),
            ("after a long sleep", 100),
        ):
            self.devnet.mine_at((self.devnet.now() // bucket + buckets) * bucket + 10)
            self.figures[f"pay, {name}"] = pay(self.agent_key, self.usd.address, self.payee, 10, name).gas_used
        batch = self.wallet.pay_batch(self.agent_key, [Payment(self.usd.address, self.payee, 10, "batch")] * 10)
        self.figures["payBatch of ten, per payment"] = batch.gas_used // 10

    def agent(self, name: str, **fields: Any) -> tuple[LocalAccount, AgentWallet, Mandate]:
        """One more agent with a wallet and 1,000 test dollars; `fields` are the mandate's, or its budget's."""
        key = self.devnet.role(f"agent {name}")
        base = self.mandate(self.principal.address, key.address)
        budget_fields = {each for each in fields if each in Budget.__dataclass_fields__}
        budget = replace(base.budgets[0], **{each: fields.pop(each) for each in budget_fields})
        mandate = replace(base, budgets=(budget, *fields.pop("more_budgets", ())), **fields)
        wallet, _ = self.devnet.create_agent(mandate, 7, URI, STATEMENT)
        for token in (self.usd, self.usdc):
            self.devnet.mint(token, wallet.address, 1_000)
        return key, wallet, mandate

    def second_pay(self, key: LocalAccount, wallet: AgentWallet, token: str = "", amount: Any = 10) -> int:
        """The gas of the second of two payments in the same bucket."""
        bucket = 3600 // 8
        self.devnet.mine_at((self.devnet.now() // bucket + 1) * bucket + 1)
        wallet.pay(key, token or self.usd.address, self.payee, amount, "first")
        return wallet.pay(key, token or self.usd.address, self.payee, amount, "second").gas_used

    def windows(self) -> None:
        """What each further window adds to a payment in the middle of all of its buckets, and at their boundaries."""
        lengths = (timedelta(hours=24), timedelta(days=7), timedelta(days=30), timedelta(days=90))
        seconds, firsts = [], []
        for count in (1, 4):
            windows = tuple(Window(length, 500 * 4**i) for i, length in enumerate(lengths[:count]))
            key, wallet, _ = self.agent(f"with {count} windows", windows=windows, lifetime_limit=100_000)
            seconds.append(self.second_pay(key, wallet))
            bucket = 90 * DAY // 8
            for _ in range(2):
                # The first time fills slots that were empty, which costs more, once.
                self.devnet.mine_at((self.devnet.now() // bucket + 1) * bucket + 10)
                gas = wallet.pay(key, self.usd.address, self.payee, 10, "a new bucket of every window").gas_used
            firsts.append(gas)
        self.figures["pay, each further window"] = -(-(seconds[1] - seconds[0]) // 3)
        self.figures["pay, each further window, in a new bucket of all windows"] = -(-(firsts[1] - firsts[0]) // 3)

    def other_ways(self) -> None:
        """Payments that another carries, to a payee with a limit of its own, and in the native currency."""
        later = self.devnet.now() + 300 * DAY
        carried = [
            self.wallet.sign_action(
                self.agent_key, "pay", self.usd.address, self.payee, 10, deadline=later, nonce=nonce
            )
            for nonce in (0, 1)
        ]
        relayer = self.devnet.role("relayer")
        self.devnet.mine_at(self.devnet.now() + 2 * DAY)
        self.wallet.act(relayer, carried[0])
        self.figures["act: a pay that another carries"] = self.wallet.act(relayer, carried[1]).gas_used
        key, wallet, _ = self.agent(
            "with a limited payee",
            payees=(),
            limited_payees=(LimitedPayee(self.payee, 1_000), LimitedPayee(self.others[0])),
        )
        self.figures["pay, second in its window, a payee with a limit of its own"] = self.second_pay(key, wallet)
        ether = Budget(
            "ETH", 1, 10, (Window(timedelta(days=1), 5),), (Token(NATIVE, 18),), payees=(self.payee,), decimals=18
        )
        key, wallet, _ = self.agent("with ether", more_budgets=(ether,))
        self.devnet.web3.provider.make_request("anvil_setBalance", [wallet.address, hex(10**20)])
        self.figures["pay, second in its window, native currency"] = self.second_pay(key, wallet, NATIVE, "0.1")

    def operating(self) -> None:
        """User operations in bundles of one's own, and the same transfers by plain accounts of ERC-4337."""
        bundles, count = Bundles(self.devnet), 10
        terms = GasTerms(1, 100, timedelta(days=1))
        agents = [self.agent(f"by operations {i}", gas_terms=terms)[:2] for i in range(count)]
        for _, wallet in agents:
            bundles.fund(wallet.address)
        owners = [self.devnet.role(f"owner {i}") for i in range(count)]
        created = bundles.simple_accounts(owners)
        bundles.gas_of(created)
        accounts = [each.sender for each in created]
        for account in accounts:
            self.devnet.mint(self.usd, account, 1_000)
        payment = (self.usd.address, self.payee, 1)
        transfer = bytes(HexBytes(self.usd.call_data("transfer", self.payee, 10**6)))
        bucket = DAY // 8
        self.devnet.mine_at((self.devnet.now() // bucket + 2) * bucket + 10)
        for _ in range(2):
            one = bundles.gas_of(bundles.pays(agents[:1], *payment))
            simple = bundles.gas_of([bundles.simple(owners[0], accounts[0], self.usd.address, transfer)])
        self.figures["operation: one pay, second in its window"] = one
        self.figures["floor: operation, one transfer by a SimpleAccount"] = simple
        for _ in range(2):
            many = bundles.gas_of(bundles.pays(agents, *payment))
            simple = bundles.gas_of(
                [
                    bundles.simple(owner, account, self.usd.address, transfer)
                    for owner, account in zip(owners, accounts, strict=True)
                ]
            )
        self.figures["operations: ten wallets' pays in a bundle, each"] = -(-many // count)
        self.figures["floor: operations, ten SimpleAccounts' transfers in a bundle, each"] = -(-simple // count)
        row = bundles.gas_of(bundles.in_a_row(*agents[0], count, *payment))
        self.figures["operations: ten pays of one wallet in a bundle, each"] = -(-row // count)

    def calling(self) -> None:
        """A call that pulls, and the same call by a plain account that has approved the target before."""
        vault = self.devnet.deploy("MockVault")
        rule = CallRule(
            vault.address,
            "deposit(address,uint256)",
            (Argument.equal(self.usd.address), Argument.at_most(100 * 10**6)),
            pull_limit=100,
        )
        bare, above = 0, []
        for count in (1, 2):
            tokens = tuple(Token(token.address, 6) for token in (self.usd, self.usdc)[:count])
            key, wallet, _ = self.agent(f"with a call rule, {_many(count, 'token')}", calls=(rule,), tokens=tokens)
            bare, called = self.deposits(vault, key, wallet)
            above.append(called - bare)
        self.figures["floor: a deposit by a plain account"] = bare
        self.figures["call with one pull, above the bare call"] = above[0]
        self.figures["call with one pull, above the bare call, USDC behind its proxy listed too"] = above[1]

    def deposits(self, vault: Any, key: LocalAccount, wallet: AgentWallet) -> tuple[int, int]:
        """The gas of a deposit by a plain account, and by an agent; each the second of its kind."""
        units = 10 * 10**6
        data = vault.call_data("deposit", self.usd.address, units)
        self.usd.send(self.principal, "approve", vault.address, 2**255)
        for _ in range(2):
            bare = vault.send(self.principal, "deposit", self.usd.address, units).gas_used
            called = wallet.call(key, vault.address, data, pull=(self.usd.address, 10), ref="deposit").gas_used
        return bare, called

    def settling_later(self) -> None:
        """Pre-authorization and cheque, with the token's own settlement beside a plain account's."""
        book = ChequeBook(self.usdc.address, 10, 1, timedelta(days=1))
        key, wallet, _ = self.agent("with cheques", cheque_books=(book,))
        facilitator, domain = self.devnet.role("facilitator"), Domain("USD Coin", "2")
        now = self.devnet.now()
        for nonce in (b"first", b"second"):
            authorization = Authorization(self.usdc.address, self.payee, 10**6, now + 9 * DAY, domain, keccak(nonce))
            self.figures["preauthorize, second in its window"] = wallet.preauthorize(
                key, authorization, "later"
            ).gas_used
        settled = self.settle(facilitator, authorization, wallet.address, b"\0")
        self.figures["settlement of a pre-authorized payment, by the facilitator"] = settled
        closed = wallet.close_authorization(facilitator, "USD", authorization)
        self.figures["closeAuthorization, settled"] = closed.gas_used
        cheque = wallet.write_cheque(key, self.usdc.address, self.payee, 1, domain, 0)
        self.figures["settlement of a cheque, by the facilitator; the agent sends nothing"] = self.settle(
            facilitator, cheque.authorization, wallet.address, cheque.signature
        )
        self.devnet.mint(self.usdc, self.principal.address, 1_000)
        own = Authorization(self.usdc.address, self.payee, 10**6, now + 9 * DAY, domain, keccak(b"own"))
        signable = own.typed_data(self.principal.address, self.devnet.web3.eth.chain_id)
        signature = self.principal.sign_message(encode_typed_data(full_message=signable)).signature
        self.figures["floor: settlement of a plain account's authorization"] = self.settle(
            facilitator, own, self.principal.address, bytes(signature)
        )

    def settle(self, facilitator: LocalAccount, authorization: Authorization, payer: str, signature: bytes) -> int:
        """Settles an authorization at the token, and returns the gas."""
        _, payee, amount, after, before, nonce, _, _ = authorization.as_tuple()
        function = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"
        return self.usdc.send(facilitator, function, payer, payee, amount, after, before, nonce, signature).gas_used

    def asking(self) -> None:
        """A request and its approval, with an empty queue and with a nearly full one."""
        key, wallet, _ = self.agent("that asks", max_requests=101, max_request_age=timedelta(days=7))
        for pending in (0, 100):
            for slot in range(1, pending + 1):
                wallet.request_payment(key, slot, self.request(slot))
            asked = wallet.request_payment(key, 0, self.request(0)).gas_used
            approved = wallet.approve_request(self.principal, 0, self.request(0)).gas_used
            name = "requestPayment and approveRequest"
            self.figures[name if pending == 0 else f"{name}, {pending} others pending"] = asked + approved

    def request(self, number: int) -> Request:
        """A request that is never the same as another."""
        expires = self.devnet.now() // DAY * DAY + 5 * DAY
        return Request(self.usd.address, self.payee, 200, expires, f"invoice {number}")

    def curves(self) -> None:
        """What the lengths of the lists, and the number of past payments, cost."""
        for count in CURVE:
            crowd = [Account.from_key(keccak(text=f"crowd {i}")).address for i in range(count - 1)]
            key, wallet, _ = self.agent(f"with {count} payees", payees=(self.payee, *crowd))
            self.figures[f"pay, second in its window, {_many(count, 'payee')} listed"] = self.second_pay(key, wallet)
        for count in (1, 10, 64):
            rules = tuple(CallRule(self.usd_vault(), f"rule{i}(uint256)", (Argument.any(),)) for i in range(count))
            key, wallet, _ = self.agent(f"with {count} rules", calls=rules)
            self.figures[f"pay, second in its window, {_many(count, 'call rule')} listed"] = self.second_pay(
                key, wallet
            )
        key, wallet, _ = self.agent(
            "with a past", lifetime_limit=1_000_000, windows=(Window(timedelta(days=1), 10_000),)
        )
        made = 0
        for count in CURVE:
            while made < count - 1:
                size = min(100, count - 1 - made)
                wallet.pay_batch(key, [Payment(self.usd.address, self.payee, "0.01", "past")] * size)
                made += size
            self.figures[f"pay, after {_many(count, 'payment')}"] = self.second_pay(key, wallet)
            made += 2

    def usd_vault(self) -> str:
        """A target for rules that are only counted."""
        if not self._vault:
            self._vault = self.devnet.deploy("MockVault").address
        return self._vault

    def principals_side(self) -> None:
        """What a principal does with its wallet."""
        mandate = self.mandate(self.principal.address, self.agent_key.address, replaces=self.wallet.last_mandate_hash)
        self.figures["setMandate, replacing one"] = self.wallet.set_mandate(self.principal, mandate).gas_used
        call = Call(self.usd.address, 0, self.usd.call_data("transfer", self.principal.address, 1))
        self.figures["execute, a transfer"] = self.wallet.execute(self.principal, call).gas_used
        withdrawn = self.wallet.withdraw(self.principal, self.usd.address, self.principal.address, 1)
        self.figures["withdraw"] = withdrawn.gas_used
        self.figures["liftMandate"] = self.wallet.lift_mandate(self.principal).gas_used

    def stopping(self) -> None:
        """The switch, for one agent and for a hundred."""
        switch = self.devnet.suite.switch
        self.figures["pause"] = switch.pause(self.principal, self.wallet.address).gas_used
        second = self.devnet.suite.factory.wallet_address(
            self.principal.address, self.devnet.role("further agent").address, 2
        )
        self.figures["revoke"] = switch.revoke(self.principal, second).gas_used
        for count in (1, 100):
            name = f"principal of {count}"
            owner = self.devnet.role(name)
            for i in range(count):
                key = self.devnet.role(f"{name}, agent {i}")
                self.devnet.create_agent(self.mandate(owner.address, key.address), 1, URI, STATEMENT)
            self.figures[f"revokeAll, {_many(count, 'agent')}"] = switch.revoke_all(owner).gas_used


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def measure(console: Console) -> dict[str, int]:
    """All figures by their English names. Nothing depends on the day or the machine: keys and times are fixed."""
    with run_anvil(START) as web3, Progress(console=console, transient=True) as progress:
        return Measurement(Devnet(web3)).run(progress)


def show(console: Console, figures: dict[str, int], committed: dict[str, int]) -> None:
    """The figures, with their targets and what they were."""
    table = Table("what", "gas", "aim", "committed")
    for name, gas in figures.items():
        aim = TARGETS.get(name)
        color = "green" if aim and gas <= aim else "red" if aim else "default"
        before = committed.get(name)
        change = "" if before == gas else "new" if before is None else f"{before:,} ({gas - before:+,})"
        table.add_row(name, f"[{color}]{gas:,}[/]", f"{aim:,}" if aim else "", change)
    console.print(table)


@click.command()
@click.option("--update", is_flag=True, help="Rewrite verification/gas/gas.json and docs/gas.svg.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures for a program.")
def cli(update: bool, as_json: bool) -> None:
    """Measure gas anew, and compare it with the committed figures."""
    console = Console(stderr=as_json)
    figures = measure(console)
    committed = json.loads(COMMITTED.read_text()) if COMMITTED.exists() else {}
    if as_json:
        print(json.dumps(figures, indent=2))
    else:
        show(console, figures, committed)
    if update:
        COMMITTED.write_text(json.dumps(figures, indent=2) + "\n")
        PICTURE.write_text(curve(figures))
        console.print(f"Written to {COMMITTED.name} and {PICTURE.name}.")
    elif figures != committed:
        console.print(
            "[red]The gas has changed.[/] If that is meant, run `ape run gas --update` and commit the difference."
        )
        sys.exit(1)
