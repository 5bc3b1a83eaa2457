"""Payments of an agent, and the plain transfer that they are compared with."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from peculium import NATIVE, Budget, LimitedPayee, Pay, Receipt, Token, Window
from verification.gas.setup import DAY, Rows, Setup, per_item


def measure_payments(setup: Setup) -> Rows:
    """`pay`, `payBatch`, and the plain transfers that they are compared with."""
    pay, usd, payee = setup.wallet.pay, setup.usd, setup.payee
    figures: Rows = {}
    for token, suffix in ((usd, ""), (setup.usdc, ", USDC behind its proxy")):
        transfer = token.transfer(setup.principal, payee, 10)
        figures[f"baseline: transfer, plain account{suffix}"] = transfer
        # At the start of a bucket, so that both payments are in it.
        setup.skip_buckets(9)
        pay(setup.agent_key, token.address, payee, 10, "first")
        second = pay(setup.agent_key, token.address, payee, 10, "second")
        figures[f"pay, second in its window{suffix}"] = second
    batch = setup.wallet.pay_batch(setup.agent_key, [Pay(usd.address, payee, 10, "batch")] * 10)
    figures["payBatch of ten, per payment"] = batch.gas_used // 10
    return figures


def measure_windows(setup: Setup) -> Rows:
    """What each window after the first adds to a payment in the bucket of the one before."""
    lengths = (timedelta(hours=24), timedelta(days=7), timedelta(days=30), timedelta(days=90))
    gas = []
    for count in (1, 4):
        windows = tuple(Window(length, Decimal(500 * 4**i)) for i, length in enumerate(lengths[:count]))
        key, wallet = setup.new_agent(f"with {count} windows", windows=windows, lifetime_limit=100_000)
        gas.append(setup.second_pay(key, wallet).gas_used)
    return {"pay, each further window": per_item(gas[1] - gas[0], 3)}


def measure_variants(setup: Setup) -> Rows:
    """A relayed payment, one to a payee with its own limit, one to a stranger, and one in the native currency."""
    relayed = _relayed_pay(setup)
    with_one_token = setup.second_pay(*setup.new_agent("with one token", **setup.one_token))
    limited = (LimitedPayee(setup.payee, Decimal(1_000)), LimitedPayee(setup.other_payees[0]))
    key, wallet = setup.new_agent("with a limited payee", payees=(), limited_payees=limited)
    to_limited = setup.second_pay(key, wallet)
    strangers = {"stranger_payment_limit": Decimal(10), "stranger_window_limit": Decimal(100)}
    key, wallet = setup.new_agent("that pays strangers", payees=tuple(setup.other_payees), **strangers)
    to_stranger = setup.second_pay(key, wallet)
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
        "pay, second in its window, one token and one payee": with_one_token,
        "pay, relayed (act)": relayed,
        "pay, second in its window, payee with its own limit": to_limited,
        "pay, second in its window, to a stranger": to_stranger,
        "pay, second in its window, native currency": setup.second_pay(key, wallet, NATIVE, "0.1"),
    }


def _relayed_pay(setup: Setup) -> Receipt:
    """The agent key signs two payments, a relayer sends them. Returns the second."""
    deadline = setup.devnet.now() + 300 * DAY
    payment = (setup.usd.address, setup.payee, 10)
    first, second = (
        setup.wallet.sign_action(setup.agent_key, Pay(*payment), deadline=deadline, nonce=nonce) for nonce in (0, 1)
    )
    relayer = setup.devnet.role("relayer")
    setup.devnet.mine_at(setup.devnet.now() + 2 * DAY)
    setup.wallet.act(relayer, first)
    return setup.wallet.act(relayer, second)
