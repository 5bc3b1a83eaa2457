"""A chain on which the mistakes are made, and the names that their code uses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from eth_account.signers.local import LocalAccount

from peculium import (
    Agent,
    AgentWallet,
    Budget,
    ChequeBook,
    Domain,
    FleetBudget,
    GasTerms,
    LimitedPayee,
    Mandate,
    Pay,
    Principal,
    PrincipalPaymaster,
    Request,
    SelfBundler,
    Token,
    Window,
    check,
    configure_sending,
)
from peculium.chain.node import Node
from peculium.deployments.deploy import deploy_fleet_budget, deploy_paymaster
from peculium.devnet import Devnet, artifact, deploy_entry_point, run_anvil
from peculium.devnet.anvil import rpc

START = 1_830_297_600
"""The first block: 2028-01-01 00:00:00 UTC. A fixed time makes the page the same every time."""
DAY, YEAR = timedelta(days=1), timedelta(days=365)
ROLES = ("payee", "limited_payee", "stranger", "principal", "agent", "other_agent", "fleet_agent", "agent_of_tomorrow")


class WebPage(BaseHTTPRequestHandler):
    """Answers every request with a web page."""

    def do_POST(self) -> None:
        """Answers."""
        body = b"<html>Welcome</html>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        """Prints nothing."""


class Stage:
    """The chain, the roles and the agents."""

    def __init__(self, devnet: Devnet, page_port: int) -> None:
        self.devnet, self.suite, self.web3 = devnet, devnet.suite, devnet.web3
        configure_sending(self.web3, patience=0, timeout=5)
        self.usdc = devnet.usdc.address
        self.dai = devnet.deploy("MockStablecoin", "Test Dai", "DAI", 18).address
        self.other_token = devnet.deploy("MockStablecoin", "Other Dollar", "oUSD", 6).address
        self.url = devnet.web3.provider.endpoint_uri  # type: ignore[attr-defined]
        self.web_page = f"http://127.0.0.1:{page_port}"
        deployer = devnet.role("deployer")
        deployed = (self.web3, deployer)
        factory, principal = self.suite.factory.address, self.account("principal").address
        fleet = deploy_fleet_budget(*deployed, artifact("FleetBudget"), factory, principal)
        self.fleet = FleetBudget(self.web3, fleet.address)
        self.fleet.set_budget(self.account("principal"), "USD", 10_000, [Window(DAY, 10)])
        paid_by = deploy_paymaster(*deployed, artifact("PrincipalPaymaster"), factory, principal)
        self.paymaster = PrincipalPaymaster(self.web3, paid_by.address)
        self.budget = self._budget()
        self.euro = Budget(
            "EUR", 10, 100, [Window(DAY, 50)], [Token(self.dai, 18)], [self.account("payee").address], decimals=18
        )
        self.mandate = self._mandate("agent", [self.budget, self.euro], max_requests=2, max_request_age=DAY)
        self.wallet = self._create(self.mandate, 1)
        plain = self._budget(strangers=0)
        self.fleet_wallet = self._create(
            self._mandate("fleet_agent", [plain], guard=self.fleet.address, cheque_books=()), 2
        )
        later = self._mandate("agent_of_tomorrow", [plain], cheque_books=())
        self.later_wallet = self._create(replace(later, valid_from=devnet.now() + 86_400), 3)
        devnet.set_balance(self.wallet.address, 0)
        self.asked_at = 0

    def account(self, role: str) -> LocalAccount:
        """The account of a role."""
        return self.devnet.role(role)

    def _budget(self, window: int = 500, strangers: int = 1) -> Budget:
        return Budget(
            "USD",
            100,
            1_000,
            [Window(DAY, window)],
            [Token(self.usdc, 6)],
            [self.account("payee").address],
            [LimitedPayee(self.account("limited_payee").address, 20)],
            stranger_payment_limit="0.10" if strangers else 0,
            stranger_window_limit=strangers,
        )

    def _mandate(self, key: str, budgets: list[Budget], **options: Any) -> Mandate:
        return Mandate(
            principal=self.account("principal").address,
            agent_key=self.account(key).address,
            valid_from=self.devnet.now(),
            valid_until=self.devnet.now() + 30 * 86_400,
            budgets=budgets,
            **{"cheque_books": [ChequeBook(self.usdc, 2, 2, DAY)], **options},
        )

    def _create(self, mandate: Mandate, salt: int) -> AgentWallet:
        wallet, _ = self.devnet.create_agent(mandate, salt, "https://agents.example/1.json", "I answer for it.")
        self.devnet.mint(self.devnet.usdc, wallet.address, 2_000)
        return wallet

    # What brings the chain into another state

    def spend(self, amount: int) -> None:
        """Pays the payee in parts."""
        agent = self.account("agent")
        while amount:
            part = min(amount, 100)
            self.wallet.pay(agent, self.usdc, self.account("payee").address, part)
            amount -= part

    def pay_strangers(self) -> None:
        """Pays strangers what the first limit of a window allows."""
        payments = [Pay(self.usdc, self.account("stranger").address, "0.10")] * 10
        self.wallet.pay_batch(self.account("agent"), payments)

    def ask(self, slot: int) -> None:
        """Requests a payment."""
        self.wallet.request_payment(self.account("agent"), slot, self.asked())
        self.asked_at = self.devnet.now()

    def asked(self) -> Request:
        """The request."""
        return Request(self.usdc, self.account("stranger").address, "500", START + 20 * 3_600, "INV-42")

    def approve(self) -> None:
        """Approves it."""
        self.wallet.approve_request(self.account("principal"), 0, self.asked(), self.asked_at)

    def empty(self) -> None:
        """Withdraws the money."""
        self.wallet.withdraw_all(self.account("principal"), self.usdc, self.account("principal").address)

    def miss_heartbeat(self) -> None:
        """Lets two days pass without a check-in."""
        self.suite.switch.set_heartbeat(self.account("principal"), DAY)
        self.devnet.mine_at(self.devnet.now() + 2 * 86_400)

    def set_chain_id(self, chain_id: int) -> None:
        """Changes the node's chain id, as a provider with mixed nodes does."""
        Node.of(self.web3).chain_id()
        rpc(self.web3, "anvil_setChainId", chain_id)

    # Names

    def names(self) -> dict[str, Any]:
        """The names of the code."""
        key = self.account("agent")
        guarded = replace(self.mandate, round=1, guard=self.account("stranger").address, cheque_books=())
        return {
            **vars(self),
            **{role: self.account(role).address for role in ROLES[:3]},
            **{
                "Agent": Agent,
                "check": check,
                "Domain": Domain,
                "GasTerms": GasTerms,
                "Pay": Pay,
                "Request": Request,
                "Window": Window,
            },
            **{"datetime": datetime, "replace": replace, "DAY": DAY},
            **{name: getattr(self, name) for name in ("spend", "pay_strangers", "ask", "approve", "empty")},
            **{"miss_heartbeat": self.miss_heartbeat, "set_chain_id": self.set_chain_id},
            "agent": Agent(self.wallet.address, key, self.web3),
            "fleet_agent": Agent(self.fleet_wallet.address, self.account("fleet_agent"), self.web3),
            "agent_of_tomorrow": Agent(self.later_wallet.address, self.account("agent_of_tomorrow"), self.web3),
            "wallet": self.wallet.address,
            "key": "0x" + bytes(key.key).hex(),
            "other_key": "0x" + bytes(self.account("other_agent").key).hex(),
            "no_wallet": "0x" + "22" * 20,
            "payee_account": self.account("payee"),
            "stranger_account": self.account("stranger"),
            "principal": self.account("principal"),
            "boss": Principal(self.account("principal"), self.suite),
            "switch": self.suite.switch,
            "bundler": SelfBundler(self.web3, self.account("relayer")),
            "payment": Pay(self.usdc, self.account("payee").address, "5"),
            "asked": self.asked(),
            "asked_at": self.asked_at,
            "small_window": self._budget(window=50),
            "guarded": guarded,
            "set_ether": self.devnet.set_balance,
            "next_days": lambda: self.devnet.mine_at(self.devnet.now() + 2 * 86_400),
            "next_year": lambda: self.devnet.mine_at(self.devnet.now() + 365 * 86_400),
        }

    def known(self) -> dict[str, str]:
        """What stands for each address in the page."""
        found = {self.account(role).address: role for role in ROLES}
        contracts = {
            "wallet": self.wallet.address,
            "fleet_wallet": self.fleet_wallet.address,
            "usdc": self.usdc,
            "dai": self.dai,
            "other_token": self.other_token,
            "fleet": self.fleet.address,
            "paymaster": self.paymaster.address,
            "no_wallet": "0x" + "22" * 20,
        }
        return {
            **found,
            **{address: name for name, address in contracts.items()},
            self.url: "url",
            self.web_page: "web_page",
        }

    def reset(self, snapshot: str) -> str:
        """Returns to a snapshot, and takes it again."""
        rpc(self.web3, "evm_revert", snapshot)
        rpc(self.web3, "anvil_setChainId", 31337)
        Node.of(self.web3).forget()
        self.asked_at = 0
        return str(rpc(self.web3, "evm_snapshot"))


@contextmanager
def start_stage() -> Iterator[Stage]:
    """Starts the chain, and a server of web pages."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), WebPage)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        with run_anvil(START) as web3:
            devnet = Devnet(web3)
            deploy_entry_point(web3, devnet.role("deployer"))
            yield Stage(devnet, server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
