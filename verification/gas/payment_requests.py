"""Requests for payments above the agent's limits, and their approval by the principal."""

from __future__ import annotations

from datetime import timedelta

from peculium import Request
from verification.gas.setup import DAY, Rows, Setup


def measure_requests(setup: Setup) -> Rows:
    """A request and its approval, with no other and with a hundred other requests pending."""
    key, wallet = setup.new_agent("that asks", max_requests=101, max_request_age=timedelta(days=7))
    transactions = []
    for pending in (0, 100):
        for slot in range(1, pending + 1):
            wallet.request_payment(key, slot, _request(setup, slot))
        asked = wallet.request_payment(key, 0, _request(setup, 0))
        approved = wallet.approve_request(setup.principal, 0, _request(setup, 0), setup.devnet.now())
        transactions.append((asked, approved))
    totals = [asked.gas_used + approved.gas_used for asked, approved in transactions]
    return {
        "requestPayment": transactions[0][0],
        "approveRequest": transactions[0][1],
        "requestPayment and approveRequest": totals[0],
        "requestPayment and approveRequest, 100 other requests pending": totals[1],
    }


def _request(setup: Setup, number: int) -> Request:
    """A request; each number gives a different one."""
    expires = setup.devnet.now() // DAY * DAY + 5 * DAY
    return Request(setup.usd.address, setup.payee, 200, expires, f"invoice {number}")
