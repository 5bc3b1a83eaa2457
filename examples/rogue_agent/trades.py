"""Scene 6: a wallet that is funded before it exists, strangers, trades with a floor, and a lifted mandate."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from eth_account.messages import encode_typed_data

from examples.rogue_agent.demo import Demo
from examples.rogue_agent.money import DAI
from peculium import AgentWallet, Argument, Budget, CallRequest, CallRule, Floor, Mandate, Token, Window, errors

DAY = 86_400
SALT = 7
SWAP = "swap(address,uint256,address,uint256)"


class TradeScenes:
    """A research agent that pays strangers small amounts, and trades."""

    def __init__(self, demo: Demo) -> None:
        self.demo, self.devnet, self.usdc, self.dai = demo, demo.devnet, demo.usdc, demo.dai
        self.factory, self.principal = demo.suite.factory, demo.principal
        self.agent, self.anyone = demo.devnet.role("research agent"), demo.devnet.role("relayer")
        self.seller = str(demo.devnet.role("data seller").address)
        self.venue = demo.devnet.deploy("MockVenue")
        demo.payees += [self.seller, self.venue.address]
        demo.names |= {self.seller: "the data seller", self.venue.address: "the venue"}
        self.wallet: AgentWallet

    def run(self) -> None:
        """Plays the scene."""
        self.demo.output.section(
            "6. Strangers, trades and a change of mind",
            "A customer pays 1,000 USDC to the future wallet of a research agent. Then the principal signs its mandate: "
            "strangers may get 1 USD a payment and 2 USD in any 24 hours, and trades of at most 100 USD must bring "
            "at least 0.95 tDAI for each USDC. In the end the principal lifts the mandate.",
        )
        start = len(self.demo.attempts)
        self.fund_before_creation()
        self.create_agent()
        self.pay_strangers()
        self.trade()
        self.request_trade()
        self.lift_mandate()
        self.demo.show_attempts(start)

    # Scenes

    def fund_before_creation(self) -> None:
        """The principal can withdraw from a wallet that never had a mandate; the agent can't."""
        address = self.factory.wallet_address(self.principal.address, self.agent.address, SALT)
        self.wallet = self.demo.watch(address)
        self.demo.fund(self.wallet, self.usdc, 1_000)
        self.factory.create_wallet(self.agent, self.principal.address, self.agent.address, SALT)
        self.demo.output.success("The agent creates the wallet, without the principal. It can't use it.")
        self.demo.refuse(
            "withdraw before it has a mandate",
            errors.NotPrincipal,
            lambda: self.wallet.withdraw(self.agent, self.usdc.address, self.demo.accomplice, 1),
        )
        self.demo.refuse("pay before it has a mandate", errors.NoMandate, lambda: self.pay(1))
        home = self.devnet.role("treasury").address
        self.wallet.withdraw(self.principal, self.usdc.address, home, 400)
        self.demo.output.success("The principal withdraws 400 USDC, without the agent.")

    def create_agent(self) -> None:
        """The wallet that exists becomes the agent's."""
        created = self.demo.create_agent(self.demo.prepare_agent(self.mandate(100), SALT))
        self.demo.check("The agent gets the wallet that was funded.", created.address == self.wallet.address)

    def pay_strangers(self) -> None:
        """Payees that nobody has listed."""
        self.pay(1)
        self.pay(1)
        self.demo.output.success("It pays a data seller that nobody has listed 1 USDC, twice.")
        self.demo.refuse("pay a stranger 1.01 USDC", errors.StrangerPaymentLimitExceeded, lambda: self.pay("1.01"))
        self.demo.refuse("pay a stranger a third time", errors.StrangerWindowLimitExceeded, lambda: self.pay(1))

    def trade(self) -> None:
        """The floor limits what a bad price can cost."""
        self.devnet.mint(self.dai, self.venue.address, "346.5")
        self.swap(50, "49.5")
        self.demo.check("It trades 50 USDC for 49.50 tDAI.", self.dai.balance(self.wallet.address) == Decimal("49.5"))
        self.demo.refuse(
            "trade at a bad price with an accomplice", errors.FloorMissed, lambda: self.swap(50, "47.4"), DAI
        )
        self.demo.refuse("trade 101 USDC", errors.PaymentLimitExceeded, lambda: self.swap(101, 101))

    def request_trade(self) -> None:
        """The principal decides about a larger trade."""
        data = self.swap_data(300, 297)
        request = CallRequest(
            self.venue.address, data, self.devnet.now() + DAY, pull_token=self.usdc.address, pull=300, ref="rebalance"
        )
        self.wallet.request_call(self.agent, 0, request)
        pending = self.wallet.pending_requests()[0]
        self.demo.refuse(
            "approve its own trade of 300 USDC",
            errors.NotPrincipal,
            lambda: self.wallet.approve_request(self.agent, 0, request, pending.asked_at),
        )
        self.wallet.approve_request(self.principal, 0, pending.request, pending.asked_at)
        self.demo.funded[self.dai.address] += 297
        self.demo.output.success("It requests a trade of 300 USDC. The principal approves it.")
        self.demo.refuse(
            "have the trade made again",
            errors.RequestMismatch,
            lambda: self.wallet.approve_request(self.principal, 0, pending.request, pending.asked_at),
        )

    def lift_mandate(self) -> None:
        """A mandate that was signed and not installed is void after a lift."""
        wider = self.mandate(1_000).in_round(self.wallet.round)
        data = wider.typed_data(self.wallet.address, self.devnet.web3.eth.chain_id)
        by_principal, by_agent = (
            bytes(key.sign_message(encode_typed_data(full_message=data)).signature)
            for key in (self.principal, self.agent)
        )
        self.wallet.lift_mandate(self.principal)
        self.demo.output.success("The principal signs a wider mandate, changes its mind and lifts the mandate.")
        self.demo.refuse("pay after the mandate is lifted", errors.NoMandate, lambda: self.pay(1))
        self.demo.refuse(
            "install the wider mandate that the principal signed",
            errors.RoundEnded,
            lambda: self.wallet.set_mandate_signed(self.anyone, wider, by_principal, by_agent),
        )

    # Helpers

    def mandate(self, limit: int) -> Mandate:
        """A mandate that lists no payee, with one call rule."""
        budget = Budget(
            "USD",
            payment_limit=limit,
            lifetime_limit=10 * limit,
            windows=(Window(timedelta(days=1), 5 * limit),),
            tokens=(Token(self.usdc.address, 6), Token(self.dai.address, 18)),
            stranger_payment_limit=1,
            stranger_window_limit=2,
        )
        rule = CallRule(
            self.venue.address,
            SWAP,
            (Argument.equal(self.usdc.address), Argument.any(), Argument.equal(self.dai.address), Argument.any()),
            token=self.usdc.address,
            pull_limit=limit,
            floor=Floor.of(self.dai.address, 18, "0.95", charged_decimals=6),
            max_calls=10,
            window=timedelta(days=1),
        )
        now = self.devnet.now()
        return Mandate(
            self.principal.address,
            self.agent.address,
            now,
            now + 30 * DAY,
            (budget,),
            epoch=self.demo.suite.switch.epoch_of(self.principal.address),
            calls=(rule,),
            max_requests=1,
            max_request_age=timedelta(days=2),
        )

    def pay(self, amount: int | str) -> None:
        """A payment of USDC to the data seller, a stranger."""
        self.wallet.pay(self.agent, self.usdc.address, self.seller, amount)

    def swap(self, amount: int, gained: int | str) -> None:
        """A trade of whole USDC for whole tDAI at the venue, which gives what its caller says."""
        data = self.swap_data(amount, gained)
        self.wallet.call(self.agent, self.venue.address, data, pull=amount)
        self.demo.funded[self.dai.address] += Decimal(gained)

    def swap_data(self, amount: int, gained: int | str) -> str:
        """The calldata of a trade."""
        units = int(Decimal(gained) * 10**18)
        return self.venue.call_data("swap", self.usdc.address, amount * 10**6, self.dai.address, units)
