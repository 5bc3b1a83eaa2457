"""The mandate of a wallet, read from its events."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from peculium.mandate import (
    ANY_SPENT,
    MAX_LIMIT,
    NO_LIMIT,
    Argument,
    ArgumentKind,
    Budget,
    CallRule,
    ChequeBook,
    Floor,
    GasTerms,
    LimitedPayee,
    Mandate,
    Token,
    Window,
)
from peculium.units import from_base_units


def mandate_of(value: Any) -> Mandate:
    """Returns the mandate of a `MandateInstalled` event. `value` is its argument `mandate`."""
    budgets = tuple(_budget_of(each) for each in value["budgets"])
    powers, gas_terms = value["powers"], value["powers"]["gasTerms"]
    decimals = {token.address: budget.decimals for budget in budgets for token in budget.tokens}
    return Mandate(
        principal=value["principal"],
        epoch=value["epoch"],
        agent_key=value["agentKey"],
        valid_from=value["validFrom"],
        valid_until=value["validUntil"],
        round=value["round"],
        budgets=budgets,
        terms_hash=value["termsHash"],
        terms_uri=value["termsURI"],
        calls=tuple(_call_rule_of(rule, decimals[rule["token"]]) for rule in powers["calls"]),
        cheque_books=tuple(_cheque_book_of(book, decimals[book["token"]]) for book in powers["chequeBooks"]),
        max_requests=powers["maxRequests"],
        max_request_age=timedelta(seconds=powers["maxRequestAge"]),
        max_authorization_age=timedelta(seconds=powers["maxAuthorizationAge"]),
        gas_terms=GasTerms(
            from_base_units(gas_terms["operationLimit"], 18),
            from_base_units(gas_terms["windowLimit"], 18),
            timedelta(seconds=gas_terms["window"]),
        ),
        guard=value["guard"],
    )


def _budget_of(value: Any) -> Budget:
    decimals = value["decimals"]

    def whole(units: int, unlimited: Decimal | None = None) -> Decimal:
        return unlimited if unlimited and units == MAX_LIMIT else from_base_units(units, decimals)

    windows = (Window(timedelta(seconds=each["length"]), whole(each["limit"])) for each in value["windows"])
    limited = (
        LimitedPayee(each["payee"], whole(each["limit"], NO_LIMIT), each["validUntil"])
        for each in value["limitedPayees"]
    )
    return Budget(
        currency=value["currency"],
        decimals=decimals,
        payment_limit=whole(value["paymentLimit"]),
        lifetime_limit=whole(value["lifetimeLimit"]),
        spent_at_most=whole(value["spentAtMost"], ANY_SPENT),
        windows=tuple(windows),
        tokens=tuple(Token(each["token"], each["decimals"]) for each in value["tokens"]),
        stranger_payment_limit=whole(value["strangerPaymentLimit"]),
        stranger_window_limit=whole(value["strangerWindowLimit"]),
        payees=tuple(value["payees"]),
        limited_payees=tuple(limited),
    )


def _call_rule_of(value: Any, decimals: int) -> CallRule:
    return CallRule(
        value["target"],
        "0x" + bytes(value["selector"]).hex(),
        tuple(Argument(ArgumentKind(each["kind"]), tuple(each["values"])) for each in value["arguments"]),
        from_base_units(value["valueLimit"], 18),
        from_base_units(value["pullLimit"], decimals),
        value["token"],
        value["variant"],
        Floor(value["gainToken"], value["gain"], value["per"]) if value["gain"] else None,
        max_calls=value["maxCalls"],
        window=timedelta(seconds=value["window"]),
    )


def _cheque_book_of(value: Any, decimals: int) -> ChequeBook:
    return ChequeBook(
        value["token"],
        value["count"],
        from_base_units(value["limit"], decimals),
        timedelta(seconds=value["period"]),
        value["strangers"],
    )
