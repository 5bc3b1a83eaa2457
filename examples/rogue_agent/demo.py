"""A story: an agent with a bounded purse pays, goes rogue, tries every way out, and is stopped.

It runs on a chain of its own, and ends with an error if anything went through that should have been refused.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import click
from eth_account.messages import encode_typed_data
from rich.table import Table

from examples.rogue_agent.capabilities import Capabilities
from examples.rogue_agent.narration import Attempt, Story
from examples.rogue_agent.operations import ByOperations
from peculium import ERC20, AgentWallet, Budget, Call, ContractError, Mandate, Payment, Token, Window
from peculium import exceptions as errors
from peculium.deployment import ENTRY_POINT
from peculium.devnet.anvil import run_anvil
from peculium.devnet.artifacts import artifact, artifacts
from peculium.devnet.console import make_console
from peculium.devnet.devnet import Devnet
from peculium.mandate import typed_data

NOON = int(datetime(2027, 1, 15, 12, tzinfo=UTC).timestamp())
MIDNIGHT = NOON + 12 * 3600
HOUR, DAY = 3600, 86_400
STATEMENT = "I answer for what this agent does within its mandate."


class Demo(Story):
    """The scenes."""

    # Scenes

    def grant(self) -> None:
        """The principal creates two agents."""
        self.say(
            "1. A purse with a mandate",
            "A principal gives its procurement agent a wallet with 5,000 dollars in it, and signs the mandate: at most [b]100 a "
            "payment, 500 in any 24 hours, 10,000 for life[/b], added up over USDC, DAI and one more token, to one supplier. An "
            "errand agent gets the same for one hour. One transaction creates agent, wallet, link and mandate; anyone may send it.",
        )
        mandate = self.mandate(self.agent.address, 30 * DAY)
        self.creation = self.devnet.prepare_agent(mandate, 1, "https://agents.example/1.json", STATEMENT)
        created = self.suite.factory.create_agent(self.devnet.role("relayer"), self.creation)
        self.wallet, self.gas["create agent, wallet and mandate"] = (
            self.wallet_at(created.wallet),
            created.receipt.gas_used,
        )
        self.errand, _ = self.devnet.create_agent(
            self.mandate(self.errand_agent.address, HOUR), 2, "https://agents.example/2.json", STATEMENT
        )
        self.wallets += [self.wallet, self.errand]
        self.names |= {self.wallet.address: "the wallet", self.errand.address: "the errand wallet"}
        for token, amount in ((self.usdc, 3_000), (self.dai, 1_500), (self.tricky, 500), (self.unlisted, 500)):
            self.fund(token, self.wallet, amount)
        self.fund(self.usdc, self.errand, 200)
        same = self.wallet.enforces(self.creation.mandate)
        self.console.print(
            f"The wallet is at {self.wallet.address}; its code is [green]{'' if same else 'NOT '}byte for byte the mandate[/] "
            f"that was signed ({self.gas['create agent, wallet and mandate']:,} gas)."
        )
        self.check("after creation")

    def work(self) -> None:
        """The agent does its work."""
        self.say("2. An honest day", "The agent pays the supplier's invoice; the reference says what for.")
        self.pay("pay an invoice of 42.50 USDC", self.usdc, "42.50", "INV-2027-0001")
        self.pay("pay an invoice of 10 USDC", self.usdc, "10", "INV-2027-0002")
        self.console.print(f"Left: {self.left()}")

    def more(self) -> None:
        """Another agent does everything else that a mandate can allow."""
        Capabilities(self).play()

    def operate(self) -> None:
        """Agents without ether."""
        ByOperations(self).play()

    def rebel(self) -> None:
        """The agent goes rogue."""
        self.say(
            "3. The agent goes rogue",
            "From here on the agent uses its key against its principal, with an accomplice, from 23:50 to the small hours. It may "
            "still spend what the mandate allows, and does. What it tries beyond that:",
        )
        self.devnet.mine_at(MIDNIGHT - 600)
        for number in range(1, 5):
            self.pay(f"spend to the limit before midnight, {number}", self.usdc, "100", f"rogue {number}")
        self.pay("spend to the limit before midnight, 5", self.usdc, "47.50", "rogue 5")
        self.devnet.mine_at(MIDNIGHT + 5)
        self.try_all(self.ways_out())
        self.show_attempts()

    def stop(self) -> None:
        """The principal ends it."""
        self.say("4. The switch", "The principal revokes [b]all[/b] its agents: one transaction, one storage write.")
        self.stale = self.devnet.prepare_agent(
            self.mandate(self.agent.address, 30 * DAY), 3, "https://agents.example/3.json", STATEMENT
        )
        self.gas["revoke all agents"] = self.suite.switch.revoke_all(self.principal).gas_used
        self.check("after revoke_all")
        again = [
            self.attempt("pay the supplier, with the window empty again", errors.EpochEnded, self.wallet, self.agent),
            Attempt("have the old mandate installed again", errors.ReplacesMismatch, self.replay_mandate),
            Attempt(
                "create a new agent with a mandate signed before",
                errors.EpochMismatch,
                lambda: self.suite.factory.create_agent(self.agent, self.stale),
            ),
        ]
        self.try_all(again)
        self.show_attempts(again)

    def go_home(self) -> None:
        """The principal takes the money home."""
        self.say("7. Home", "The principal takes everything home. No other contract is asked, not even the switch.")
        home = self.devnet.role("home").address
        for wallet in self.wallets:
            for token in self.tokens:
                if token.balance(wallet.address):
                    self.gas["withdraw all of a token"] = wallet.withdraw_all(
                        self.principal, token.address, home
                    ).gas_used
        table = Table("token", "in the wallets at first", "paid to payees", "taken home", "difference", title="Sums")
        for token in self.tokens:
            first = self.start[token.address]
            paid = sum((token.balance(payee) for payee in self.payees), Decimal(0))
            taken = token.balance(home)
            self.sums[token.symbol] = (first, paid, taken)
            table.add_row(token.symbol, *(f"{sum_:,.2f}" for sum_ in (first, paid, taken, first - paid - taken)))
        self.console.print(table)
        gas = Table("transaction", "gas", title="Gas")
        for name, used in self.gas.items():
            gas.add_row(name, f"{used:,}")
        self.console.print(gas)
        checks = Table("when", "status", "principal", title="What a counterparty's check says")
        for row in self.checks:
            checks.add_row(*row)
        self.console.print(checks)

    # What the rogue agent tries

    def ways_out(self) -> list[Attempt]:
        """Each with the error that has to stop it."""
        wallet, agent, usdc = self.wallet, self.agent, self.usdc.address
        wide = self.mandate(agent.address, 365 * DAY, limit=1_000_000)
        approve = self.usdc.call_data("approve", self.accomplice, 10**12)
        call = Call(usdc, 0, approve)
        return [
            self.attempt("pay more than the limit per payment", errors.PaymentLimitExceeded, amount="100.000001"),
            self.attempt("begin a new 'day' five seconds after midnight", errors.WindowLimitExceeded),
            self.attempt("pay in DAI what is used up in USDC", errors.WindowLimitExceeded, token=self.dai),
            self.attempt("pay its accomplice", errors.PayeeNotListed, payee=self.accomplice),
            self.attempt("pay the wallet itself", errors.PayeeNotListed, payee=wallet.address),
            self.attempt("deposit at the EntryPoint", errors.PayeeNotListed, payee=ENTRY_POINT),
            self.attempt("pay in a stablecoin that isn't listed", errors.TokenNotListed, token=self.unlisted),
            self.attempt("pay nothing, to make noise", errors.ZeroAmount, amount="0"),
            Attempt("hide an excess in a batch", errors.WindowLimitExceeded, self.batch),
            Attempt("have the wallet approve the accomplice", errors.NotPrincipal, lambda: wallet.execute(agent, call)),
            Attempt("sign a permit for the wallet", errors.UnknownRevert, self.permit),
            Attempt("sign a transfer authorization (EIP-3009)", errors.UnknownRevert, self.authorize),
            Attempt("withdraw", errors.NotPrincipal, lambda: wallet.withdraw(agent, usdc, self.accomplice, 1)),
            Attempt("set itself a wider mandate", errors.NotPrincipal, lambda: wallet.set_mandate(agent, wide)),
            Attempt("take the wallet over", errors.NotPendingPrincipal, lambda: wallet.accept_hand_over(agent)),
            Attempt("replay the signed mandate", errors.ReplacesMismatch, self.replay_mandate),
            Attempt(
                "replay its own creation, for a second purse",
                errors.WalletExists,
                lambda: self.suite.factory.create_agent(agent, self.creation),
            ),
            Attempt(
                "use the switch on the principal's other agent",
                errors.NotPrincipalOrGuardian,
                lambda: self.suite.switch.pause(agent, self.errand.address, self.principal.address),
            ),
            Attempt("call back from a token in mid-payment", errors.ReentrancyGuardReentrantCall, self.reenter),
            self.attempt("pay when the mandate has ended", errors.MandateExpired, self.errand, self.errand_agent),
        ]

    def attempt(
        self,
        title: str,
        expected: type[ContractError],
        wallet: AgentWallet | None = None,
        agent: Any = None,
        token: ERC20 | None = None,
        payee: str | None = None,
        amount: str = "1",
    ) -> Attempt:
        """A payment that has to be refused."""
        arguments = ((token or self.usdc).address, payee or self.supplier, amount)
        return Attempt(title, expected, lambda: (wallet or self.wallet).pay(agent or self.agent, *arguments))

    def batch(self) -> None:
        """Two small payments, of which only the first would fit were there anything left."""
        self.wallet.pay_batch(self.agent, [Payment(self.usdc.address, self.supplier, "0.5")] * 2)

    def permit(self) -> None:
        """EIP-2612: the token asks the wallet whether it signed."""
        deadline = self.devnet.now() + HOUR
        message = {
            "owner": self.wallet.address,
            "spender": self.accomplice,
            "value": 10**12,
            "nonce": 0,
            "deadline": deadline,
        }
        members = {
            "owner": "address",
            "spender": "address",
            "value": "uint256",
            "nonce": "uint256",
            "deadline": "uint256",
        }
        signature = self.sign_for_usdc("Permit", members, message)
        arguments = (self.wallet.address, self.accomplice, 10**12, deadline, signature)
        self.usdc.send(self.agent, "permit(address,address,uint256,uint256,bytes)", *arguments)

    def authorize(self) -> None:
        """EIP-3009: the same for a transfer."""
        message = {
            "from": self.wallet.address,
            "to": self.accomplice,
            "value": 10**8,
            "validAfter": 0,
            "validBefore": self.devnet.now() + HOUR,
            "nonce": bytes(32),
        }
        types = ("address", "address", "uint256", "uint256", "uint256", "bytes32")
        members = dict(zip(message, types, strict=True))
        signature = self.sign_for_usdc("TransferWithAuthorization", members, message)
        function = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"
        self.usdc.send(self.agent, function, *message.values(), signature)

    def sign_for_usdc(self, primary: str, members: dict[str, str], message: dict[str, Any]) -> bytes:
        """The agent key's signature of what USDC would take from the wallet's owner."""
        types = {primary: [{"name": name, "type": type_} for name, type_ in members.items()]}
        domain = (self.usdc.read("name"), self.usdc.read("version"))
        data = typed_data(domain, self.devnet.web3.eth.chain_id, self.usdc.address, types, primary, message)
        return bytes(self.agent.sign_message(encode_typed_data(full_message=data)).signature)

    def reenter(self) -> None:
        """The token calls the wallet back when it is transferred."""
        self.devnet.mine_at(MIDNIGHT + 2 * DAY)
        inner = self.wallet.call_data("pay", self.usdc.address, self.supplier, 10**8, bytes(32))
        self.tricky.send(self.agent, "arm", self.wallet.address, inner, 1, True)
        try:
            self.wallet.pay(self.agent, self.tricky.address, self.supplier, "1")
        finally:
            # A token may well refuse to be taken home, but then it harms nobody but itself. This one calms down.
            self.tricky.send(self.agent, "arm", self.wallet.address, b"", 0, False)

    def replay_mandate(self) -> None:
        """The first mandate, with its genuine signatures."""
        creation = self.creation
        self.wallet.set_mandate_signed(
            self.agent, creation.mandate, creation.principal_signature, creation.agent_signature
        )

    # Helpers

    def mandate(self, agent_key: str, seconds: int, limit: int = 100) -> Mandate:
        """The mandate of the story."""
        listed = (self.usdc, self.dai, self.tricky)
        budget = Budget(
            currency="USD",
            payment_limit=Decimal(limit),
            lifetime_limit=Decimal(100 * limit),
            windows=(Window(timedelta(days=1), Decimal(5 * limit)),),
            tokens=tuple(Token(token.address, token.decimals) for token in listed),
            payees=(self.supplier,),
        )
        now = self.devnet.now()
        return Mandate(self.principal.address, agent_key, now, now + seconds, (budget,))

    def left(self) -> str:
        """What the mandate still allows."""
        left = self.wallet.remaining("USD")
        return f"{left.window:,.2f} of 500 in any 24 hours, {left.lifetime:,.2f} of 10,000 for life"

    def pay(self, what: str, token: ERC20, amount: str, ref: str) -> None:
        """A payment inside the mandate."""
        receipt = self.wallet.pay(self.agent, token.address, self.supplier, amount, ref)
        self.gas["pay"] = receipt.gas_used
        self.paid += Decimal(amount)
        self.console.print(f"  [green]✓[/] {what} ({receipt.gas_used:,} gas)")

    def check(self, when: str) -> None:
        """What a counterparty asks before it deals with the agent."""
        answer = self.suite.registry.check_wallet(self.wallet.address)
        color = "green" if answer.active else "red"
        self.checks.append((when, f"[{color}]{answer.status.name}[/]", answer.principal))
        self.console.print(f"A counterparty checks the wallet: [{color}]{answer.status.name}[/].")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of the story.")
def cli(as_json: bool) -> None:
    """Watch an agent pay, go rogue, try every way out, and be stopped."""
    console = make_console(110, quiet=as_json, highlight=False)
    try:
        with console.status("Compiling and starting a chain…"):
            built = artifacts()
        with run_anvil(NOON) as web3:
            story = Demo(Devnet(web3, built, artifact), console)
            for scene in (story.grant, story.work, story.rebel, story.stop, story.more, story.operate, story.go_home):
                scene()
    except KeyboardInterrupt:
        console.print("Stopped; the chain is gone.")
        sys.exit(130)
    if as_json:
        print(json.dumps(story.as_dict(), indent=2))
    elif story.passed:
        count = len(story.attempts)
        console.print(
            f"[green bold]{count} of {count} attempts were refused and moved nothing; every base unit is accounted for.[/]"
        )
    else:
        console.print("[red bold]Something went through that should have been refused, or the sums don't match.[/]")
    sys.exit(0 if story.passed else 1)
