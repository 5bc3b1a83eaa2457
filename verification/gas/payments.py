"""Payments of an agent, and the plain transfer that they are compared with."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from peculium import NATIVE, Budget, LimitedPayee, Payment, Token, Window
from verification.gas.setup import DAY, Setup, per_item


def measure_payments(setup: Setup) -> dict[str, int]:
    """`pay` at different distances from the payment before, and `payBatch`."""
    pay, usd, payee = setup.wallet.pay, setup.usd, setup.payee
    figures = {}
    for token, suffix in ((usd, ""), (setup.usdc, ", USDC behind its proxy")):
        transfer = token.transfer(setup.principal, payee, 10)
        figures[f"baseline: transfer, plain account{suffix}"] = transfer.gas_used
        # At the start of a bucket, so that both payments are in it.
        setup.skip_buckets(9)
        pay(setup.agent_key, token.address, payee, 10, "first")
        second = pay(setup.agent_key, token.address, payee, 10, "second")
        figures[f"pay, second in its window{suffix}"] = second.gas_used
    for name, buckets in (
        ("an eighth of a window later", 1),
        ("half a window later", 4),
        ("after a long idle period", 100),
    ):
        setup.skip_buckets(buckets)
        figures[f"pay, {name}"] = pay(setup.agent_key, usd.address, payee, 10, name).gas_used
    batch = setup.wallet.pay_batch(setup.agent_key, [Payment(usd.address, payee, 10, "batch")] * 10)
    figures["payBatch of ten, per payment"] = batch.gas_used // 10
    return figures


def measure_windows(setup: Setup) -> dict[str, int]:
    """What each window after the first adds to a payment."""
    lengths = (timedelta(hours=24), timedelta(days=7), timedelta(days=30), timedelta(days=90))
    same_bucket, new_bucket = [], []
    for count in (1, 4):
        windows = tuple(Window(length, Decimal(500 * 4**i)) for i, length in enumerate(lengths[:count]))
        key, wallet = setup.new_agent(f"with {count} windows", windows=windows, lifetime_limit=100_000)
        same_bucket.append(setup.second_pay(key, wallet))
        # The first of these payments writes slots that were zero. Only the second is representative.
        for _ in range(2):
            setup.skip_buckets(1, window=90 * DAY)
            paid = wallet.pay(key, setup.usd.address, setup.payee, 10, "a new bucket of every window")
        new_bucket.append(paid.gas_used)
    return {
        "pay, each further window": per_item(same_bucket[1] - same_bucket[0], 3),
        "pay, each further window, in a new bucket of all windows": per_item(new_bucket[1] - new_bucket[0], 3),
    }


def measure_variants(setup: Setup) -> dict[str, int]:
    """A relayed payment, one to a payee with its own limit, and one in the native currency."""
    relayed = _relayed_pay(setup)
    limited = (LimitedPayee(setup.payee, Decimal(1_000)), LimitedPayee(setup.other_payees[0]))
    key, wallet = setup.new_agent("with a limited payee", payees=(), limited_payees=limited)
    to_limited = setup.second_pay(key, wallet)
    ether = Budget(
        currency="ETH",
        payment_limit=Decimal(1),
        lifetime_limit=Decimal(10),
        windows=(Window(timedelta(days=1), Decimal(5)),),
        tokens=(Token(NATIVE, 18),),
        payees=(setup.payee,),
        decimals=18,
    )
    key, wallet = setup.new_agent("with ether", more_budgets=(ether,))
    setup.devnet.set_balance(wallet.address, 100 * 10**18)
    return {
        "pay, relayed (act)": relayed,
        "pay, second in its window, payee with its own limit": to_limited,
        "pay, second in its window, native currency": setup.second_pay(key, wallet, NATIVE, "0.1"),
    }


def _relayed_pay(setup: Setup) -> int:
    """The agent key signs two payments, a relayer sends them; the gas of the second."""
    deadline = setup.devnet.now() + 300 * DAY
    payment = (setup.usd.address, setup.payee, 10)
    first, second = (
        setup.wallet.sign_action(setup.agent_key, "pay", *payment, deadline=deadline, nonce=nonce) for nonce in (0, 1)
    )
    relayer = setup.devnet.role("relayer")
    setup.devnet.mine_at(setup.devnet.now() + 2 * DAY)
    setup.wallet.act(relayer, first)
    return setup.wallet.act(relayer, second).gas_used
