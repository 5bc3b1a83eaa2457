"""Nodes that search a bounded range of blocks for events: everything that reads events works with them."""

from __future__ import annotations

import itertools

import pytest

from peculium import Pay, Request, errors
from peculium.chain import logs
from peculium.devnet.anvil import rpc

LIMIT = 200
WORDINGS = {
    "a range": {"code": -32602, "message": "range exceeds limit of 200"},
    "Alchemy": {"code": -32600, "message": "You can make eth_getLogs requests with up to a 200 block range."},
    "Infura": {"code": -32005, "message": "query returned more than 10000 results"},
    "geth's public nodes": {"code": -32000, "message": "exceed maximum block range: 200"},
    "a code only": {"code": -32001, "message": "not today"},
}


def bounded(devnet, error, limit=LIMIT, seen=None):
    """A hook that refuses to search more than `limit` blocks."""

    def number(block):
        head = devnet.web3.eth.block_number
        return head if block == "latest" else int(block, 16)

    def hook(method, parameters, forward):
        if method == "eth_getLogs":
            first, last = (number(parameters[0][name]) for name in ("fromBlock", "toBlock"))
            if seen is not None:
                seen.append((first, last))
            if last - first >= limit:
                return {"error": error}
        return forward()

    return hook


@pytest.fixture(autouse=True)
def isolation():
    """Reverts nothing: Anvil forgets old states when it reverts, and these tests only read."""


@pytest.fixture(scope="module")
def history(devnet, made):
    """A payment, 500 blocks, and a request."""
    made.wallet.pay(made.agent, devnet.usdc.address, made.payee, 1)
    rpc(devnet.web3, "anvil_mine", hex(500))
    request = Request(devnet.usdc.address, made.payee, 150, devnet.now() + 3_600, "a banquet")
    made.wallet.request_payment(made.agent, 0, request)


@pytest.mark.parametrize("error", WORDINGS.values(), ids=WORDINGS)
def test_finds_payments_requests_and_mandate_in_pieces(error, history, proxy, connect, devnet, made):
    proxy.hook = bounded(devnet, error)
    wallet = connect().wallet
    assert wallet.payments()[0].arguments["amount"] == 10**6
    assert len(wallet.pending_requests()) == 1
    assert wallet.last_mandate().hash() == made.wallet.mandate_hash
    assert wallet.log("PaymentMade", payee=made.payee).arguments["amount"] == 10**6
    assert wallet.log("PaymentMade", payee=wallet.address) is None


def test_pieces_cover_every_block_once_from_the_creation_of_the_wallet(history, proxy, connect, devnet, made):
    seen = []
    proxy.hook = bounded(devnet, WORDINGS["a range"], seen=seen)
    wallet = connect().wallet
    wallet.payments()
    pieces = [(first, last) for first, last in seen if last - first < LIMIT]
    created = made.wallet.node.request("eth_getLogs", {"address": wallet.address, "fromBlock": "0x0"})[0]["blockNumber"]
    assert 0 < pieces[0][0] <= int(created, 16)
    assert pieces[-1][1] == devnet.web3.eth.block_number
    assert all(later[0] == earlier[1] + 1 for earlier, later in itertools.pairwise(pieces))


def test_searches_from_the_first_block_if_the_node_keeps_no_old_states(history, proxy, connect, devnet, made):
    inner = bounded(devnet, WORDINGS["a range"])

    def hook(method, parameters, forward):
        if method == "eth_getCode" and parameters[1] != "latest":
            return {"error": {"code": -32000, "message": "missing trie node"}}
        return inner(method, parameters, forward)

    proxy.hook = hook
    assert connect().wallet.payments() == made.wallet.payments()


def test_refuses_a_search_that_would_take_too_many_requests(history, proxy, connect, devnet, monkeypatch):
    monkeypatch.setattr(logs, "MOST_PIECES", 2)
    proxy.hook = bounded(devnet, WORDINGS["a range"])
    with pytest.raises(errors.LogRangeRefused, match="Pass a later first_block"):
        connect().wallet.payments()


def test_waits_for_a_rate_limit_instead_of_taking_it_for_a_bound(history, proxy, connect, made):
    left = [1, 1]

    def hook(method, parameters, forward):
        if method == "eth_getLogs" and left:
            left.pop()
            return {"error": {"code": -32005, "message": "daily request count exceeded, request rate limited"}}
        return forward()

    proxy.hook = hook
    wallet = connect().wallet
    assert wallet.payments() == made.wallet.payments()
    assert wallet.node.log_span is None


def test_receipt_of_an_operation_is_found_by_another_process(proxy, connect, devnet, made):
    operation = connect().bundler.agent_operation(made.wallet, made.agent, Pay(devnet.usdc.address, made.payee, 1))
    sent = connect().bundler.send(operation)
    rpc(devnet.web3, "anvil_mine", hex(500))
    proxy.hook = bounded(devnet, WORDINGS["a range"])
    assert connect().bundler.receipt(sent).event("PaymentMade")
