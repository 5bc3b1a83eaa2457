"""A bundler whose answers get lost: an operation is performed once, and its hash is known before it is sent."""

from __future__ import annotations

import pytest

from peculium import ChainUnavailable, OutcomeUnknown, Pay, RPCBundler, configure_sending, errors
from peculium.errors import NotIncluded
from peculium.operations import ENTRY_POINT
from verification.sending.proxy import Dropped, HttpFault, Proxy, pass_on


class FakeBundler:
    """A bundler over the package's own one, at the other side of a proxy."""

    def __init__(self, own):
        self.own, self.operation, self.faults, self.includes = own, None, [], True

    def hook(self, method, parameters, forward):
        if method == "eth_supportedEntryPoints":
            return {"result": [ENTRY_POINT]}
        if method == "eth_chainId":
            return forward()
        if method == "eth_estimateUserOperationGas":
            gas = self.own.estimate(self.operation)
            names = ("call_gas_limit", "verification_gas_limit", "pre_verification_gas")
            call, verification, pre = (hex(getattr(gas, name)) for name in names)
            return {"result": {"callGasLimit": call, "verificationGasLimit": verification, "preVerificationGas": pre}}
        if method == "eth_sendUserOperation":
            return self.faults.pop(0)(self) if self.faults else self.take()
        return {"error": {"code": -32601, "message": "no such method"}}

    def take(self):
        if self.includes:
            try:
                self.own.send(self.operation)
            except errors.FailedOp as error:
                return {"error": {"code": -32500, "message": error.arguments["reason"]}}
        return {"result": "0x" + self.own.hash(self.operation).hex()}


def lost(error):
    """Takes the operation, and its answer is lost."""

    def act(bundler):
        bundler.take()
        raise error

    return act


def never(error):
    """Doesn't take it."""

    def act(bundler):
        raise error

    return act


@pytest.fixture
def fake(connect, devnet):
    return FakeBundler(connect().bundler)


@pytest.fixture
def bundler(fake, devnet):
    """The package's client of that bundler."""
    with Proxy(devnet.web3.provider.endpoint_uri) as proxy:
        proxy.hook = fake.hook
        configure_sending(devnet.web3, patience=1)
        yield RPCBundler(devnet.web3, proxy.url)
        configure_sending(devnet.web3, patience=10)


@pytest.fixture
def operation(fake, devnet, made):
    """A signed operation that pays 1 USD."""
    fake.operation = fake.own.agent_operation(made.wallet, made.agent, Pay(devnet.usdc.address, made.payee, 1))
    return fake.operation


@pytest.mark.parametrize("error", [HttpFault(502), HttpFault(429, "slow"), Dropped()], ids=["502", "429", "dropped"])
@pytest.mark.parametrize("kind", [lost, never])
def test_performs_once_if_the_answer_is_lost(kind, error, fake, bundler, operation, received):
    fake.faults = [kind(error)]
    assert bundler.send(operation) == bundler.hash(operation)
    assert bundler.wait(bundler.hash(operation)).event("PaymentMade")
    assert received() == 1


def test_says_that_the_outcome_is_unknown_and_of_which_operation(fake, bundler, operation, received):
    fake.faults = [never(HttpFault(503))] * 1_000
    with pytest.raises(OutcomeUnknown, match="Don't perform it again") as caught:
        bundler.send(operation)
    assert caught.value.hash == "0x" + bundler.hash(operation).hex()
    assert received() == 0
    fake.own.send(operation)
    assert caught.value.wait(5).event("PaymentMade")
    assert received() == 1


def test_takes_already_known_for_taken(fake, bundler, operation):
    fake.faults = [lambda bundler: {"error": {"code": -32602, "message": "already known"}}]
    assert bundler.send(operation) == bundler.hash(operation)


def test_finds_an_operation_that_an_earlier_try_has_had_included(fake, bundler, operation, received):
    fake.own.send(operation)
    assert bundler.send(operation) == bundler.hash(operation)
    assert received() == 1


def test_refusal_of_the_bundler_is_raised_at_once(fake, bundler, operation, received):
    fake.faults = [lambda bundler: {"error": {"code": -32507, "message": "AA24 signature error"}}]
    with pytest.raises(errors.FailedOp, match="AA24"):
        bundler.send(operation)
    assert received() == 0


def test_waits_and_names_the_operation_that_no_block_includes(fake, bundler, operation):
    fake.includes = False
    sent = bundler.send(operation)
    with pytest.raises(NotIncluded, match="Don't perform it again") as caught:
        bundler.wait(sent, timeout=0.3)
    assert caught.value.hash == "0x" + sent.hex()
    fake.own.send(operation)
    assert caught.value.wait(5).event("PaymentMade")


def test_own_bundler_names_the_operation_if_its_transaction_is_lost(proxy, connect, devnet, made, received):
    connected = connect(timeout=0.5)
    bundler = connected.bundler
    operation = bundler.agent_operation(connected.wallet, made.agent, Pay(devnet.usdc.address, made.payee, 1))

    def hook(method, parameters, forward):
        if method == "eth_getTransactionReceipt":
            raise HttpFault(503)
        return forward()

    proxy.hook = hook
    with pytest.raises(OutcomeUnknown, match="user operation") as caught:
        bundler.send(operation)
    assert caught.value.hash == "0x" + bundler.hash(operation).hex()
    proxy.hook = pass_on
    assert caught.value.wait(5).event("PaymentMade")
    assert received() == 1


def test_refuses_a_bundler_that_is_down(devnet):
    with pytest.raises(ChainUnavailable, match="Is the bundler running"):
        RPCBundler(devnet.web3, "http://127.0.0.1:1")
