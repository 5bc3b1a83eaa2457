"""ERC-7562: what validation looks at, opcode by opcode, so that bundlers that simulate it take our operations.

Traced from the EntryPoint's call on, at a wallet that exists.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from Crypto.PublicKey import ECC
from Crypto.Signature import DSS
from eth_utils import keccak

from peculium import AgentWallet, Payment, PrincipalPaymaster, VerifiedKey
from verification.erc7562 import ValidationTrace
from verification.testing.user_operations import TERMS, paid_by

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.fixture
def traced(web3, bundler, entry_point):
    """The trace of a wallet's validation, with ether to pay ahead, in the EntryPoint's name."""

    def trace(operation, missing=0):
        wallet = AgentWallet(web3, operation.sender)
        data = wallet.call_data("validateUserOp", operation.packed(), bundler.hash(operation), missing)
        return ValidationTrace.of(web3, entry_point.address, wallet.address, data)

    return trace


@pytest.fixture
def allowed(suite, entry_point):
    """Asserts that nothing in a trace is refused by bundlers that keep to ERC-7562."""

    def check(trace, wallet):
        assert trace.steps
        assert trace.forbidden_opcodes() == [], shown(trace.forbidden_opcodes())
        assert trace.foreign_storage(wallet) == [], shown(trace.foreign_storage(wallet))
        assert trace.codeless_accesses(wallet) == [], shown(trace.codeless_accesses(wallet))
        assert trace.delegatecalls_outside(wallet) == [], shown(trace.delegatecalls_outside(wallet))
        assert {step.target for step in trace.value_transfers()} <= {entry_point.address}

    return check


def shown(steps):
    return [str(step) for step in steps]


@pytest.mark.parametrize("missing", [0, 10**15])
def test_an_agents_operation_keeps_to_the_rules(missing, created, sign_payment, traced, allowed, suite):
    """The wallet pays gas itself. Two slots of its own: where the mandate is, and the counter of the gas ledger, which is written."""
    trace = traced(sign_payment(created), missing)
    allowed(trace, created.wallet.address)
    assert len(trace.slots_of(suite.switch.address)) == 1
    assert len(trace.slots_of(created.wallet.address)) == 2
    assert bool(trace.value_transfers()) is bool(missing)


def test_of_the_switch_only_the_stop_word_of_this_wallet_is_read(created, sign_payment, traced, suite, web3):
    """Changed, it changes the answer; and its slot is keccak(wallet . keccak(principal . n))."""
    (slot,) = traced(sign_payment(created)).slots_of(suite.switch.address)
    suite.switch.pause(created.principal, created.wallet.address)
    assert int(web3.eth.get_storage_at(suite.switch.address, slot).hex(), 16) == 1
    wallet, principal = (bytes(12) + bytes.fromhex(each.address[2:]) for each in (created.wallet, created.principal))
    slots = [int(web3.keccak(wallet + web3.keccak(principal + n.to_bytes(32))).hex(), 16) for n in range(8)]
    assert slot in slots


def test_the_window_that_is_written_anew_keeps_to_the_rules(
    created, sign_payment, traced, allowed, send_bundle, now, time_travel
):
    """The dearest validation there is: after a long time all starts of the window are written."""
    send_bundle(sign_payment(created))
    time_travel(30 * 86_400 // 2)
    allowed(traced(sign_payment(created), 10**15), created.wallet.address)


def test_a_long_operation_keeps_to_the_rules(created, sign_action, traced, allowed, usdc, payee):
    batch = [Payment(usdc.address, payee.address, 1) for _ in range(20)]
    allowed(traced(sign_action(created, "pay_batch", batch), 1), created.wallet.address)


def test_an_agents_operation_that_a_paymaster_pays_for_keeps_to_the_rules(
    created, sign_payment, traced, allowed, deploy
):
    operation = sign_payment(created, **paid_by(deploy("MockPaymaster")))
    allowed(traced(operation), created.wallet.address)


def test_a_wrong_signature_of_an_agents_key_needs_no_more(created, sign_payment, traced, stranger):
    """An estimate's: bundlers simulate it without the rules, so that its look for code at the key does no harm."""
    trace = traced(sign_payment(created, by=stranger), 1)
    assert trace.forbidden_opcodes() == []
    assert trace.foreign_storage(created.wallet.address) == []
    assert {step.target for step in trace.codeless_accesses(created.wallet.address)} <= {created.agent.address}


@pytest.mark.parametrize("missing", [0, 10**15])
def test_the_operation_of_a_principal_with_a_key_keeps_to_the_rules(
    missing, created, sign_principal_call, traced, allowed
):
    allowed(traced(sign_principal_call(created, "cancelNonce", 1), missing), created.wallet.address)


def test_a_principals_validation_asks_nothing_of_the_switch(created, sign_principal_call, traced, suite):
    assert traced(sign_principal_call(created, "cancelNonce", 1), 1).slots_of(suite.switch.address) == set()


@pytest.fixture
def of_an_enclave(new_agent, deploy, fund):
    """An agent with a P-256 key, as an enclave or a passkey has it."""
    verifier = deploy("P256Verifier").address
    secret = ECC.construct(curve="P-256", d=int.from_bytes(keccak(text="enclave")) % ORDER)

    def sign(digest):
        own = DSS.new(secret, "fips-186-3").sign(Digest(digest))
        s = int.from_bytes(own[32:])
        return own[:32] + min(s, ORDER - s).to_bytes(32)

    point = secret.public_key().pointQ
    key = VerifiedKey(verifier, int(point.x).to_bytes(32) + int(point.y).to_bytes(32), sign)
    agent = new_agent(key=key, gas_terms=TERMS)
    fund(agent.wallet.address, 1)
    return agent


class Digest:
    """Thirty-two bytes that are hashed already, in the form that the signer takes."""

    oid = "2.16.840.1.101.3.4.2.1"
    digest_size = 32

    def __init__(self, digest):
        self.digest = lambda: digest


def test_an_enclaves_operation_is_carried_out(of_an_enclave, sign_payment, send_bundle, usdc, payee):
    operation = sign_payment(of_an_enclave, verification_gas_limit=900_000)
    assert send_bundle(operation).succeeded == [True]
    assert usdc.balance(payee.address) == 1


def test_an_enclaves_operation_keeps_to_the_rules(of_an_enclave, sign_payment, traced, allowed):
    """The verifier has no state, and the precompile may be called where there is one (OP-062)."""
    allowed(traced(sign_payment(of_an_enclave, verification_gas_limit=900_000), 1), of_an_enclave.wallet.address)


def test_a_principal_that_is_a_contract_reads_its_own_storage(
    new_agent, deploy, other_principal, other_agent, sign_principal_call, traced, fund
):
    """As it is: the owner of the contract is in a slot of its own, which isn't the wallet's. Bundlers that keep to ERC-7562 refuse
    that (STO-021); such a principal sends transactions, signs for `executeSigned`, or has a bundler of its own."""
    firm = deploy("MockContractPrincipal", other_principal.address)
    owned = new_agent(by=Contracts(firm, other_principal), key=other_agent, gas_terms=TERMS)
    fund(owned.wallet.address, 1)
    trace = traced(sign_principal_call(owned, "cancelNonce", 1, by=other_principal), 1)
    wallet = owned.wallet.address
    assert trace.forbidden_opcodes() == []
    assert trace.codeless_accesses(wallet) == []
    assert {step.context for step in trace.foreign_storage(wallet)} == {firm.address}
    assert {step.op for step in trace.foreign_storage(wallet)} == {"SLOAD"}


class Contracts:
    """A contract whose owner signs for it."""

    def __init__(self, contract, owner):
        self.address, self.sign_message = contract.address, owner.sign_message


@pytest.mark.parametrize("by", ["agent", "principal"])
def test_the_staked_paymaster_keeps_to_the_rules(
    by, web3, deploy, suite, entry_point, principal, created, sign_payment, sign_principal_call, bundler, now
):
    """It writes nothing but its own storage (STO-031), and reads the switch, which its stake allows (STO-033)."""
    address = deploy("PrincipalPaymaster", suite.factory.address, principal.address).address
    paymaster = PrincipalPaymaster(web3, address)
    paymaster.set_gas_terms(principal, created.wallet.address, TERMS)
    suite.switch.set_heartbeat(principal, timedelta(days=1))
    operation = sign_payment(created, **paid_by(paymaster))
    if by == "principal":
        operation = sign_principal_call(created, "cancelNonce", 1, **paid_by(paymaster))
    sign_sponsored_payment = paymaster.call_data(
        "validatePaymasterUserOp", operation.packed(), bundler.hash(operation), 10**15
    )
    trace = ValidationTrace.of(web3, entry_point.address, address, sign_sponsored_payment)
    wallet = created.wallet.address
    assert trace.forbidden_opcodes() == []
    assert trace.codeless_accesses(wallet) == []
    assert trace.value_transfers() == []
    foreign = trace.foreign_storage(wallet, own=(address,))
    assert {step.op for step in foreign} <= {"SLOAD"}
    assert {step.context for step in foreign} <= {suite.switch.address}
    assert {step.context for step in trace.delegatecalls_outside(address)} <= {wallet}
    writes = {step.context for step in trace.steps if step.op in ("SSTORE", "TSTORE")}
    assert writes == ({address} if by == "agent" else set())


def test_the_tracer_sees_what_is_forbidden(web3, created, sign_payment, bundler, entry_point, suite, stranger):
    """The principal's stop of all, as execution reads it: the clock, and a slot of the principal's. What isn't there to be seen
    in validation would be seen."""
    switch, wallet = suite.switch, created.wallet.address
    switch.set_heartbeat(created.principal, timedelta(days=1))
    data = switch.call_data("requireLive", created.principal.address, wallet, 0)
    trace = ValidationTrace.of(web3, wallet, switch.address, data)
    assert {step.op for step in trace.forbidden_opcodes()} == {"TIMESTAMP"}
    assert {step.context for step in trace.foreign_storage(wallet)} == {switch.address}
    own = created.wallet.call_data("execute", stranger.address, 1, b"")
    trace = ValidationTrace.of(web3, created.principal.address, wallet, own)
    assert [step.target for step in trace.codeless_accesses(wallet)] == [stranger.address]
    assert [step.target for step in trace.value_transfers()] == [stranger.address]
