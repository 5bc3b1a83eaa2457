"""Everyday answers of nodes become exceptions of the package, or no exception at all."""

from __future__ import annotations

import threading
import time

import pytest

from peculium import PeculiumError, errors
from peculium.chain.node import Node
from peculium.devnet.anvil import rpc
from verification.sending.proxy import Dropped, HttpFault

SEND = "eth_sendRawTransaction"


def failing(method, error, times=10**6):
    """A hook that answers with this error so often."""
    left = [times]

    def hook(name, parameters, forward):
        if (method is None or name == method) and left[0]:
            left[0] -= 1
            if isinstance(error, Exception):
                raise error
            return {"error": error}
        return forward()

    return hook


def test_names_the_account_that_lacks_gas_money(devnet, connect, pay, made):
    rpc(devnet.web3, "anvil_setBalance", made.agent.address, "0x0")
    with pytest.raises(
        errors.NotEnoughGas, match=f"{made.agent.address} has 0 .*Nothing was sent. Send native"
    ) as caught:
        pay(connect())
    assert caught.value.account == made.agent.address
    assert caught.value.available == 0


def test_says_how_much_gas_money_is_needed(devnet, connect, pay, made):
    rpc(devnet.web3, "anvil_setBalance", made.agent.address, hex(10**12))
    with pytest.raises(errors.NotEnoughGas, match=r"has 0\.000001 .*needs up to 0\.0\d+") as caught:
        pay(connect())
    assert caught.value.available == 10**12 < caught.value.needed


def test_refusal_for_lack_of_funds_by_the_node_alone(proxy, connect, pay, received):
    proxy.hook = failing(SEND, {"code": -32000, "message": "insufficient funds for gas * price + value"})
    with pytest.raises(errors.NotEnoughGas, match="up to"):
        pay(connect())
    assert received() == 0


def test_pays_through_a_node_whose_count_lags_one_transaction_behind(proxy, connect, pay, received):
    def lag(method, parameters, forward):
        answer = forward()
        if method == "eth_getTransactionCount":
            answer["result"] = hex(int(answer["result"], 16) - 1)
        return answer

    connected = connect()
    pay(connected, 1)
    proxy.hook = lag
    pay(connected, 2)
    assert received() == 3


@pytest.mark.parametrize(
    "fault", [HttpFault(503, ""), HttpFault(200, "<html>"), Dropped()], ids=["503", "HTML", "dropped"]
)
def test_a_node_that_is_down_is_unreachable(fault, proxy, connect, pay, received):
    proxy.hook = failing(None, fault)
    connected = connect(patience=0.3)
    for action in (
        lambda: connected.wallet.remaining("USD"),
        lambda: pay(connected),
        lambda: connected.wallet.payments(),
    ):
        with pytest.raises(errors.NodeUnreachable, match=r"No answer from http://127\.0\.0\.1"):
            action()
    assert received() == 0


def test_a_node_that_refuses_for_good_says_why(proxy, connect):
    proxy.hook = failing(None, HttpFault(401, "missing key"))
    with pytest.raises(errors.NodeRefused, match="HTTP 401: missing key"):
        connect().wallet.remaining("USD")


def test_an_address_with_a_key_is_not_shown():
    class Provider:
        endpoint_uri = "https://user:pass@node.example/v2/secret"

    assert Node(Provider()).url == "https://node.example"


@pytest.mark.parametrize("fault", [HttpFault(429, "slow down"), {"code": -32005, "message": "rate limit exceeded"}])
def test_waits_while_the_node_limits_the_rate(fault, proxy, connect):
    connected = connect()
    connected.wallet.remaining("USD")
    proxy.hook = failing("eth_call", fault, times=2)
    assert connected.wallet.remaining("USD").now == 100


def test_says_so_if_the_rate_limit_does_not_end(proxy, connect):
    proxy.hook = failing("eth_call", {"code": -32005, "message": "rate limit exceeded"})
    with pytest.raises(errors.NodeRefused, match="rate limit exceeded"):
        connect(patience=0.3).wallet.remaining("USD")


def without_fee_market(method, parameters, forward):
    """A chain without EIP-1559."""
    if method in ("eth_maxPriorityFeePerGas", "eth_feeHistory"):
        return {"error": {"code": -32601, "message": f"the method {method} does not exist/is not available"}}
    if method == SEND and parameters[0].startswith("0x02"):
        return {"error": {"code": -32000, "message": "transaction type not supported"}}
    answer = forward()
    if method.startswith("eth_getBlockBy") and answer.get("result"):
        answer["result"].pop("baseFeePerGas", None)
    return answer


def test_pays_by_a_legacy_transaction_on_a_chain_without_a_fee_market(proxy, connect, pay, received):
    proxy.hook = without_fee_market
    receipt = pay(connect())
    assert int(connect().wallet.node.request("eth_getTransactionByHash", receipt.transaction)["type"], 16) == 0
    assert received() == 40


def test_pays_by_a_legacy_transaction_where_only_the_answer_tells(proxy, connect, pay, received):
    def hook(method, parameters, forward):
        if method == SEND and parameters[0].startswith("0x02"):
            return {"error": {"code": -32000, "message": "transaction type not supported"}}
        return forward()

    proxy.hook = hook
    pay(connect())
    assert received() == 40


def test_pays_at_the_new_fee_if_the_base_fee_rises(proxy, connect, pay, received):
    proxy.hook = failing(SEND, {"code": -32000, "message": "max fee per gas less than block base fee"}, times=2)
    pay(connect())
    assert received() == 40


def test_pays_through_a_node_that_takes_no_batches(proxy, connect, pay, received):
    proxy.takes_batches = False
    pay(connect())
    assert received() == 40


def test_an_unknown_refusal_is_the_package_s_own_and_nothing_was_sent(proxy, connect, pay, received):
    proxy.hook = failing(SEND, {"code": -32000, "message": "sender is on a list"})
    with pytest.raises(errors.NodeRefused, match=r"sender is on a list\. Nothing was sent"):
        pay(connect())
    assert received() == 0


def test_two_payments_of_one_key_at_once_are_both_made(devnet, connect, pay, received):
    rpc(devnet.web3, "evm_setAutomine", False)
    results = []

    def run(amount):
        try:
            results.append(pay(connect(), amount))
        except PeculiumError as error:
            results.append(error)

    threads = [threading.Thread(target=run, args=(amount,)) for amount in (1, 2)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    rpc(devnet.web3, "evm_mine")
    for thread in threads:
        thread.join()
    assert [each for each in results if isinstance(each, Exception)] == []
    assert received() == 3
