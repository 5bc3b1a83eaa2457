"""The demo's second act: everything that an agent may do beside paying, each with the same thing done by a rogue."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from eth_utils import keccak

from examples.rogue_agent.narration import Attempt, Story
from peculium import (
    NATIVE,
    AgentWallet,
    Argument,
    Authorization,
    Budget,
    CallRule,
    ChequeBook,
    Domain,
    LimitedPayee,
    Mandate,
    Payment,
    Request,
    Token,
    Window,
)
from peculium import exceptions as errors

HOUR, DAY = 3600, 86_400
USDC = Domain("USD Coin", "2")
TRANSFER = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"


class Capabilities:
    """An agent with a wide mandate, which it uses, and then tries to stretch."""

    def __init__(self, story: Story) -> None:
        self.story, self.devnet = story, story.devnet
        self.agent, self.principal = self.devnet.role("travel agent"), story.principal
        self.caterer, self.facilitator = self.devnet.role("caterer").address, self.devnet.role("facilitator")
        self.vault = self.devnet.deploy("MockVault")
        self.usdc, self.dai = story.usdc, story.dai
        self.attempts: list[Attempt] = []
        story.payees += [self.caterer, self.vault.address]
        story.names |= {self.agent.address: "the agent", self.caterer: "the caterer", self.vault.address: "the vault"}
        self.wallet: AgentWallet

    def play(self) -> None:
        """All scenes, in order."""
        self.story.say(
            "5. More than paying",
            "Under the principal's new epoch a travel agent has a wider mandate: [b]three rolling windows[/b] at once, a [b]payee with a limit of its own[/b], "
            "[b]ether[/b], one [b]function[/b] that it may call, a [b]queue[/b] for what is beyond its limits, and a [b]cheque "
            "book[/b]. It also signs what others carry. Each is used, and then stretched.",
        )
        self.grant()
        for scene in (
            self.windows,
            self.limited_payee,
            self.native,
            self.call,
            self.request,
            self.carried,
            self.preauthorized,
            self.cheques,
        ):
            scene()
        self.story.show_attempts(self.attempts)

    def grant(self) -> None:
        """The mandate, with everything in it."""
        dollars = Budget(
            "USD",
            payment_limit=100,
            lifetime_limit=10_000,
            windows=tuple(Window(timedelta(days=days), limit) for days, limit in ((1, 500), (7, 800), (30, 1_000))),
            tokens=(Token(self.usdc.address, 6), Token(self.dai.address, 18)),
            payees=(self.story.supplier,),
            limited_payees=(LimitedPayee(self.caterer, 30),),
        )
        ether = Budget(
            "ETH", "0.1", 1, (Window(timedelta(days=1), "0.2"),), (Token(NATIVE, 18),), (self.caterer,), decimals=18
        )
        rule = CallRule(
            self.vault.address,
            "deposit(address,uint256)",
            (Argument.equal(self.usdc.address), Argument.at_most(50 * 10**6)),
            pull_limit=50,
        )
        now = self.devnet.now()
        mandate = Mandate(
            self.principal.address,
            self.agent.address,
            now,
            now + 30 * DAY,
            (dollars, ether),
            calls=(rule,),
            cheque_books=(ChequeBook(self.usdc.address, 5, "0.05", timedelta(days=1)),),
            max_requests=3,
            max_request_age=timedelta(days=2),
        )
        self.wallet, _ = self.devnet.create_agent(
            mandate, 4, "https://agents.example/4.json", "I answer for the travel agent."
        )
        self.story.wallets.append(self.wallet)
        self.story.fund(self.usdc, self.wallet, 2_000)
        self.devnet.web3.provider.make_request("anvil_setBalance", [self.wallet.address, hex(10**18)])

    def windows(self) -> None:
        """Every window binds."""
        for day in range(2):
            for _ in range(4):
                self.wallet.pay(self.agent, self.usdc.address, self.story.supplier, 95, f"day {day}")
            self.devnet.mine_at(self.devnet.now() + 2 * DAY)
        self.done("pay 760 on two days: within 500 a day and 800 a week")
        self.refused("pay 95 more in the same week", errors.WindowLimitExceeded, self.pay, self.story.supplier, 95)

    def limited_payee(self) -> None:
        """A payee with a limit of its own."""
        self.pay(self.caterer, 15)
        self.done("pay the caterer 15: it may get 30, ever")
        self.refused("pay the caterer 16 more", errors.PayeeLimitExceeded, self.pay, self.caterer, 16, self.dai.address)

    def native(self) -> None:
        """Ether is a budget like any other."""
        self.wallet.pay(self.agent, NATIVE, self.caterer, "0.1", "a tip")
        self.done("pay 0.1 ether")
        self.refused("pay 0.11 ether", errors.PaymentLimitExceeded, self.pay, self.caterer, "0.11", NATIVE)

    def call(self) -> None:
        """An exact pull, and nothing left behind."""
        self.deposit(20)
        left = self.usdc.read("allowance", self.wallet.address, self.vault.address)
        self.done(f"deposit 20 in a vault that pulls them; the approval left behind is {left}")
        self.refused("deposit more than the rule says", errors.ArgumentRefused, self.deposit, 51)
        approve = self.usdc.call_data("approve", self.vault.address, 1)
        self.refused(
            "call a function that isn't listed",
            errors.CallNotListed,
            lambda: self.wallet.call(self.agent, self.usdc.address, approve),
        )

    def request(self) -> None:
        """The agent proposes, the human decides."""
        asked = Request(self.usdc.address, self.caterer, 350, self.devnet.now() + DAY, "a banquet")
        self.wallet.request_payment(self.agent, 0, asked)
        pending = self.wallet.pending_requests()[0].request
        self.wallet.approve_request(self.principal, 0, pending)
        self.done("ask for a banquet of 350, which is beyond every limit: the principal reads it, and approves")
        other = Request(self.usdc.address, self.story.accomplice, 350, self.devnet.now() + DAY, "a banquet")
        self.refused(
            "approve its own request",
            errors.NotPrincipal,
            lambda: (
                self.wallet.request_payment(self.agent, 1, other),
                self.wallet.approve_request(self.agent, 1, other),
            ),
        )
        self.refused(
            "have an approved request paid again",
            errors.RequestMismatch,
            lambda: self.wallet.approve_request(self.principal, 0, pending),
        )

    def carried(self) -> None:
        """A signature that anyone carries."""
        deadline = self.devnet.now() + 9 * DAY
        action = self.wallet.sign_action(
            self.agent, "pay", self.usdc.address, self.story.supplier, 1, "carried", deadline=deadline, nonce=7
        )
        self.wallet.act(self.facilitator, action)
        self.done("sign a payment of 1 that somebody else carries, and pays the gas of")
        self.refused("have it carried twice", errors.NonceSpent, lambda: self.wallet.act(self.facilitator, action))
        batch = self.wallet.sign_action(
            self.agent,
            "pay_batch",
            [Payment(self.usdc.address, self.story.accomplice, 1)],
            deadline=deadline,
        )
        self.refused(
            "sign a payment to its accomplice", errors.PayeeNotListed, lambda: self.wallet.act(self.facilitator, batch)
        )

    def preauthorized(self) -> None:
        """Charged first, settled by somebody else later."""
        authorization = Authorization(
            self.usdc.address, self.story.supplier, 2 * 10**6, self.devnet.now() + HOUR, USDC, keccak(text="x402")
        )
        self.wallet.preauthorize(self.agent, authorization, "an API")
        self.settle(authorization, b"\0")
        self.wallet.close_authorization(self.facilitator, "USD", authorization)
        self.done("pre-authorize 2 for an API (x402): counted at once, settled by a facilitator")
        self.refused("settle it twice", errors.UnknownRevert, self.settle, authorization, b"\0")
        stretched = Authorization(
            self.usdc.address, self.story.supplier, 3 * 10**6, authorization.valid_before, USDC, keccak(text="more")
        )
        self.refused("settle another amount", errors.UnknownRevert, self.settle, stretched, b"\0")

    def cheques(self) -> None:
        """Signed off-chain, without a transaction."""
        cheque = self.write(slot=0)
        self.settle(cheque.authorization, cheque.signature)
        left = self.wallet.cheques_left(self.usdc.address)
        self.done(f"write a cheque of 0.05 without a transaction; {left} of 5 are left today")
        again, many = self.write(slot=0, payee=self.story.supplier), self.write(slot=5)
        self.refused(
            "use the same cheque twice", errors.UnknownRevert, self.settle, again.authorization, again.signature
        )
        self.refused("write a sixth cheque", errors.UnknownRevert, self.settle, many.authorization, many.signature)

    # Helpers

    def pay(self, payee: str, amount: Any, token: str = "") -> None:
        """A payment by this agent."""
        self.wallet.pay(self.agent, token or self.usdc.address, payee, amount)

    def deposit(self, amount: int) -> None:
        """A call of the vault, with just the pull that it needs."""
        data = self.vault.call_data("deposit", self.usdc.address, amount * 10**6)
        self.wallet.call(self.agent, self.vault.address, data, pull=(self.usdc.address, amount))

    def write(self, slot: int, payee: str = "") -> Any:
        """A cheque of 0.05."""
        return self.wallet.write_cheque(
            self.agent, self.usdc.address, payee or self.story.supplier, Decimal("0.05"), USDC, slot
        )

    def settle(self, authorization: Authorization, signature: bytes) -> None:
        """Anyone settles at the token."""
        _, payee, amount, after, before, nonce, _, _ = authorization.as_tuple()
        arguments = (self.wallet.address, payee, amount, after, before, nonce, signature)
        self.usdc.send(self.facilitator, TRANSFER, *arguments)

    def done(self, what: str) -> None:
        """Something that the mandate allows, and that was done."""
        self.story.console.print(f"  [green]✓[/] {what}")

    def refused(self, title: str, expected: type[errors.ContractError], act: Any, *arguments: Any) -> None:
        """The same, stretched: it has to be refused."""
        attempt = Attempt(title, expected, lambda: act(*arguments))
        self.story.try_all([attempt])
        self.attempts.append(attempt)
