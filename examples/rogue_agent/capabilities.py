"""Scene 5: everything else that a mandate can allow, each used and then exceeded."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from eth_utils import keccak

from examples.rogue_agent.demo import Demo
from examples.rogue_agent.money import ETH
from peculium import (
    NATIVE,
    AgentWallet,
    Argument,
    Authorization,
    Budget,
    CallRule,
    Cheque,
    ChequeBook,
    Domain,
    LimitedPayee,
    Mandate,
    Pay,
    PayBatch,
    Request,
    Token,
    Window,
    errors,
)
from peculium.units import Amount
from peculium.wallet.cheques import sign_cheque

HOUR, DAY = 3_600, 86_400
USDC = Domain("USD Coin", "2")
TRANSFER = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"


class CapabilityScenes:
    """A travel agent with a wide mandate."""

    def __init__(self, demo: Demo) -> None:
        self.demo, self.devnet, self.usdc = demo, demo.devnet, demo.usdc
        self.agent, self.principal = demo.devnet.role("travel agent"), demo.principal
        self.facilitator = demo.devnet.role("facilitator")
        self.hotel = str(demo.devnet.role("hotel").address)
        self.vault = demo.devnet.deploy("MockVault")
        demo.payees += [self.hotel, self.vault.address]
        demo.names |= {self.hotel: "the hotel", self.vault.address: "the vault"}
        self.wallet: AgentWallet

    def run(self) -> None:
        """Plays the scene."""
        self.demo.output.section(
            "5. More than payments",
            "The principal creates a travel agent. Its mandate has three rolling windows, a payee with a limit of its "
            "own, ether, a contract call, payment requests and cheques. The agent uses each, then tries to exceed it.",
        )
        start = len(self.demo.attempts)
        self.create_agent()
        self.use_windows()
        self.pay_limited_payee()
        self.pay_ether()
        self.call_contract()
        self.request_payment()
        self.sign_actions()
        self.preauthorize()
        self.write_cheques()
        self.demo.show_attempts(start)

    # The mandate

    def create_agent(self) -> None:
        """The principal signs the mandate and funds the wallet."""
        rule = CallRule(
            self.vault.address,
            "deposit(address,uint256)",
            (Argument.equal(self.usdc.address), Argument.at_most(50 * 10**6)),
            pull_limit=Decimal(50),
            token=self.usdc.address,
            max_calls=10,
            window=timedelta(days=1),
        )
        now = self.devnet.now()
        mandate = Mandate(
            self.principal.address,
            self.agent.address,
            now,
            now + 30 * DAY,
            (self.dollars(), self.ether()),
            calls=(rule,),
            cheque_books=(ChequeBook(self.usdc.address, 5, Decimal("0.05"), timedelta(days=1)),),
            max_requests=3,
            max_request_age=timedelta(days=2),
            max_authorization_age=timedelta(hours=1),
        )
        self.wallet = self.demo.create_agent(self.demo.prepare_agent(mandate, salt=4))
        self.demo.fund(self.wallet, self.usdc, 2_000)
        self.devnet.set_balance(self.wallet.address, 10**18)

    def dollars(self) -> Budget:
        """A budget with three windows, and a payee that may get 30 for life."""
        windows = ((1, 500), (7, 800), (30, 1_000))
        return Budget(
            "USD",
            payment_limit=Decimal(100),
            lifetime_limit=Decimal(10_000),
            windows=tuple(Window(timedelta(days=days), Decimal(limit)) for days, limit in windows),
            tokens=(Token(self.usdc.address, 6), Token(self.demo.dai.address, 18)),
            payees=(self.demo.supplier,),
            limited_payees=(LimitedPayee(self.hotel, Decimal(30)),),
        )

    def ether(self) -> Budget:
        """A budget in the native currency."""
        return Budget(
            "ETH",
            payment_limit=Decimal("0.1"),
            lifetime_limit=Decimal(1),
            windows=(Window(timedelta(days=1), Decimal("0.2")),),
            tokens=(Token(NATIVE, 18),),
            payees=(self.hotel,),
            decimals=18,
        )

    # Capabilities

    def use_windows(self) -> None:
        """Every window limits the payments."""
        for _day in range(2):
            for _ in range(4):
                self.pay(self.demo.supplier, 95)
            self.devnet.mine_at(self.devnet.now() + 2 * DAY)
        self.demo.output.success("It pays 760 USDC in four days; 800 are allowed in any 7 days.")
        self.demo.refuse(
            "pay 95 USDC more in the same week",
            errors.WindowLimitExceeded,
            lambda: self.pay(self.demo.supplier, 95),
        )

    def pay_limited_payee(self) -> None:
        """A payee has a limit of its own, in all tokens together."""
        self.pay(self.hotel, 15)
        self.demo.output.success("It pays the hotel 15 USDC of the 30 USD that the hotel may get.")
        self.demo.refuse(
            "pay the hotel 16 DAI more",
            errors.PayeeLimitExceeded,
            lambda: self.pay(self.hotel, 16, self.demo.dai.address),
        )

    def pay_ether(self) -> None:
        """The native currency has a budget like a token."""
        self.pay(self.hotel, "0.1", NATIVE)
        self.demo.output.success("It pays 0.1 ETH.")
        self.demo.refuse(
            "pay 0.11 ETH", errors.PaymentLimitExceeded, lambda: self.pay(self.hotel, "0.11", NATIVE), currency=ETH
        )

    def call_contract(self) -> None:
        """The agent calls a listed function, which may pull a limited amount."""
        self.deposit(20)
        allowance = self.usdc.read("allowance", self.wallet.address, self.vault.address)
        self.demo.check("It deposits 20 USDC in a vault. No token approval remains.", allowance == 0)
        self.demo.refuse("deposit 51 USDC; its call rule allows 50", errors.ArgumentRefused, lambda: self.deposit(51))
        approve = self.usdc.call_data("approve", self.vault.address, 1)
        self.demo.refuse(
            "call a function that is not listed",
            errors.CallNotListed,
            lambda: self.wallet.call(self.agent, self.usdc.address, approve),
        )

    def request_payment(self) -> None:
        """The agent requests a payment above its limits, and the principal decides."""
        request = Request(self.usdc.address, self.hotel, 350, self.devnet.now() + DAY, "conference room")
        self.wallet.request_payment(self.agent, 0, request)
        pending = self.wallet.pending_requests()[0]
        self.wallet.approve_request(self.principal, 0, pending.request, pending.asked_at)
        self.demo.output.success("It requests 350 USDC, above its limits. The principal approves it.")
        self.demo.refuse("approve its own request", errors.NotPrincipal, self.approve_own_request)
        self.demo.refuse(
            "have an approved request paid again",
            errors.RequestMismatch,
            lambda: self.wallet.approve_request(self.principal, 0, pending.request, pending.asked_at),
        )

    def sign_actions(self) -> None:
        """Anyone may relay what the agent key signed."""
        deadline = self.devnet.now() + 9 * DAY
        payment = (self.usdc.address, self.demo.supplier, 1)
        signed = self.wallet.sign_action(self.agent, Pay(*payment), deadline=deadline, nonce=7)
        self.wallet.act(self.facilitator, signed)
        self.demo.output.success("It signs a payment of 1 USDC. A relayer sends it and pays the gas.")
        self.demo.refuse(
            "have the signed payment made twice",
            errors.NonceSpent,
            lambda: self.wallet.act(self.facilitator, signed),
        )
        batch = [Pay(self.usdc.address, self.demo.accomplice, 1)]
        forbidden = self.wallet.sign_action(self.agent, PayBatch(batch), deadline=deadline)
        self.demo.refuse(
            "sign a payment to its accomplice",
            errors.PayeeNotListed,
            lambda: self.wallet.act(self.facilitator, forbidden),
        )

    def preauthorize(self) -> None:
        """The wallet charges an ERC-3009 payment when the agent authorizes it; a facilitator settles it later."""
        until = self.devnet.now() + HOUR
        payee = self.demo.supplier
        allowed = Authorization(self.usdc.address, payee, 2 * 10**6, until, USDC, keccak(text="x402"))
        self.wallet.preauthorize(self.agent, allowed, "an API")
        self.settle(allowed, b"\0")
        self.wallet.close_authorization(self.facilitator, "USD", allowed)
        self.demo.output.success("It authorizes 2 USDC for an API (x402). A facilitator settles it.")
        self.demo.refuse(
            "have the authorization settled twice", errors.UnknownRevert, lambda: self.settle(allowed, b"\0")
        )
        larger = Authorization(self.usdc.address, payee, 3 * 10**6, until, USDC, keccak(text="more"))
        self.demo.refuse("have a larger amount settled", errors.UnknownRevert, lambda: self.settle(larger, b"\0"))

    def write_cheques(self) -> None:
        """The agent signs small payments off-chain."""
        cheque = self.cheque(slot=0)
        self.settle(cheque.authorization, cheque.signature)
        left = self.wallet.cheques_left(self.usdc.address)
        self.demo.check("It writes a cheque of 0.05 USDC, without a transaction; 4 are left today.", left == 4)
        again, sixth = self.cheque(slot=0), self.cheque(slot=5)
        self.demo.refuse(
            "write the same cheque twice",
            errors.UnknownRevert,
            lambda: self.settle(again.authorization, again.signature),
        )
        self.demo.refuse(
            "write a sixth cheque on one day",
            errors.UnknownRevert,
            lambda: self.settle(sixth.authorization, sixth.signature),
        )

    # Helpers

    def pay(self, payee: str, amount: Amount, token: str = "") -> None:
        """A payment, by default in USDC."""
        self.wallet.pay(self.agent, token or self.usdc.address, payee, amount)

    def deposit(self, amount: int) -> None:
        """A call of the vault that lets it pull exactly this amount."""
        data = self.vault.call_data("deposit", self.usdc.address, amount * 10**6)
        self.wallet.call(self.agent, self.vault.address, data, pull=amount)

    def approve_own_request(self) -> None:
        """Requests a payment to the accomplice, and approves it with the agent key."""
        request = Request(self.usdc.address, self.demo.accomplice, 350, self.devnet.now() + DAY, "conference room")
        self.wallet.request_payment(self.agent, 1, request)
        self.wallet.approve_request(self.agent, 1, request, self.devnet.now())

    def cheque(self, slot: int) -> Cheque:
        """A cheque of 0.05 USDC to the supplier."""
        # `write_cheque` would refuse what the wallet doesn't take.
        return sign_cheque(self.wallet, self.agent, self.usdc.address, self.demo.supplier, Decimal("0.05"), USDC, slot)

    def settle(self, authorization: Authorization, signature: bytes) -> None:
        """Settles an authorization at the token, as anyone may."""
        self.usdc.send(self.facilitator, TRANSFER, *authorization.transfer(self.wallet.address), signature)
