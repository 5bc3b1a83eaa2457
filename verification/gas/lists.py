"""How the gas of a payment depends on the length of the mandate's lists and on the number of earlier payments."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from eth_account import Account
from eth_utils import keccak

from peculium import Argument, CallRule, Pay, Window
from verification.gas.setup import Rows, Setup, counted

PAYEES = (1, 10, 100, 1000)
CALL_RULES = (1, 10, 64)
EARLIER_PAYMENTS = (1, 10, 100, 1000)
LARGEST_BATCH = 100


def payees_row(count: int) -> str:
    """The name of the row for so many listed payees."""
    return f"pay, second in its window, {counted(count, 'payee')} listed"


def call_rules_row(count: int) -> str:
    """The name of the row for so many listed call rules."""
    return f"pay, second in its window, {counted(count, 'call rule')} listed"


def earlier_payments_row(count: int) -> str:
    """The name of the row for so many earlier payments."""
    return f"pay, second in its window, after {counted(count, 'payment')}"


def measure_lists(setup: Setup) -> Rows:
    """A payment with short and long lists of payees and call rules, and with a short and a long past."""
    figures: Rows = {}
    for count in PAYEES:
        others = [Account.from_key(keccak(text=f"crowd {i}")).address for i in range(count - 1)]
        agent = setup.new_agent(f"with {count} payees", payees=(setup.payee, *others))
        figures[payees_row(count)] = setup.second_pay(*agent)
    target = setup.devnet.deploy("MockVault").address
    for count in CALL_RULES:
        rules = tuple(
            CallRule(
                target,
                f"rule{i}(uint256)",
                (Argument.any(),),
                token=setup.usd.address,
                max_calls=100,
                window=timedelta(days=1),
            )
            for i in range(count)
        )
        agent = setup.new_agent(f"with {count} rules", calls=rules)
        figures[call_rules_row(count)] = setup.second_pay(*agent)
    return figures | _after_earlier_payments(setup)


def _after_earlier_payments(setup: Setup) -> Rows:
    windows = (Window(timedelta(days=1), Decimal(10_000)),)
    key, wallet = setup.new_agent("with a past", lifetime_limit=1_000_000, windows=windows)
    figures: Rows = {}
    made = 0
    for count in EARLIER_PAYMENTS:
        while made < count - 1:
            size = min(LARGEST_BATCH, count - 1 - made)
            wallet.pay_batch(key, [Pay(setup.usd.address, setup.payee, "0.01", "past")] * size)
            made += size
        figures[earlier_payments_row(count)] = setup.second_pay(key, wallet)
        made += 2
    return figures
