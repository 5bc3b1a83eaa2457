"""A life of an agent in which money moves in every way that there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from eth_account.signers.local import LocalAccount
from web3 import Web3

from peculium import (
    ERC20,
    NATIVE,
    Agent,
    Argument,
    CallRule,
    ChequeBook,
    Contract,
    GasTerms,
    Pay,
    SelfBundler,
    WalletCall,
    send_transaction,
)

TRANSFER = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"
LONG = "ten boxes of paper, as ordered on Monday"
"""A reference that is too long for an event."""
_UNIT = 10**6


def powers(usdc: ERC20, vault: Contract, payees: tuple[str, ...]) -> dict[str, Any]:
    """Returns the terms of a mandate with every power that the life uses."""
    rule = CallRule(
        vault.address,
        "deposit(address,uint256)",
        [Argument.equal(usdc.address), Argument.any()],
        pull_limit=50,
        max_calls=10,
        window=timedelta(days=1),
        token=usdc.address,
    )
    return {
        "payees": payees,
        "calls": (rule,),
        "cheque_books": (ChequeBook(usdc.address, 5, 1, timedelta(hours=1)),),
        "max_requests": 2,
        "max_request_age": timedelta(days=1),
        "gas_terms": GasTerms(1, 10, timedelta(days=1)),
    }


@dataclass(frozen=True)
class Life:
    """The people of the life. The agent has an address book with a supplier, whom its mandate lists, and a caterer."""

    web3: Web3
    agent: Agent
    usdc: ERC20
    vault: Contract
    principal: LocalAccount
    relayer: LocalAccount
    now: Callable[[], int]

    def all(self) -> None:
        """Moves money in every way."""
        self.be_paid()
        self.pay()
        self.pay_through_others()
        self.promise()
        self.decide()

    def be_paid(self) -> None:
        """Native currency comes in, 1 in all."""
        send_transaction(self.web3, self.relayer, self.agent.wallet.address, b"", value=10**18)

    def pay(self) -> None:
        """The agent pays, several at once, and by a call."""
        self.agent.pay("USDC", "supplier", "12.50", ref="INV-1")
        self.agent.pay_many([Pay("tDAI", "supplier", "0.1"), Pay("USDC", "supplier", 1, LONG)])
        deposit = self.vault.call_data("deposit", self.usdc.address, 20 * _UNIT)
        self.agent.call(self.vault.address, deposit, pull=20, ref="savings")

    def pay_through_others(self) -> None:
        """The agent signs, and others send: a relayer for a fee, and the EntryPoint."""
        wallet, key, payee = self.agent.wallet, self.agent.key, self.agent.lookup.payee("supplier")
        fee = (self.usdc.address, "0.01")
        relayed = Pay(self.usdc.address, payee, 3, "INV-2")
        until = self.now() + 60
        wallet.act(
            self.relayer, wallet.sign_action(key, relayed, deadline=until, relayer=self.relayer.address, fee=fee)
        )
        SelfBundler(self.web3, self.relayer).perform(wallet, key, Pay(self.usdc.address, payee, 4, "INV-3"))

    def promise(self) -> None:
        """The agent signs an authorization and a cheque, which the payee settles."""
        self.settle(self.agent.preauthorize("USDC", "supplier", 2, "paid later"))
        self.settle(self.agent.write_cheque("USDC", "supplier", "0.5"))

    def decide(self) -> None:
        """The principal approves a request, withdraws, and makes calls."""
        wallet, caterer = self.agent.wallet, self.agent.lookup.payee("caterer")
        self.agent.request_payment("USDC", "caterer", 350, "a banquet")
        pending = wallet.pending_requests()[0]
        wallet.approve_request(self.principal, 0, pending.request, pending.asked_at)
        wallet.withdraw(self.principal, self.usdc.address, self.principal.address, 10)
        wallet.withdraw(self.principal, NATIVE, self.principal.address, "0.25")
        transfer = self.usdc.call_data("transfer", caterer, 7 * _UNIT)
        wallet.execute(self.principal, WalletCall(self.usdc.address, data=transfer))
        wallet.execute(self.principal, WalletCall(caterer, value=10**17))

    def settle(self, made: Any) -> None:
        """Settles a cheque or an authorization of the agent."""
        values = made.authorization.transfer(self.agent.wallet.address)
        self.usdc.send(self.relayer, TRANSFER, *values, made.signature)
