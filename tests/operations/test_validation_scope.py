"""ERC-7562: validation uses no opcode and no storage for which bundlers refuse operations.

Each test traces the EntryPoint's call to an existing wallet.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from Crypto.PublicKey import ECC
from Crypto.Signature import DSS
from eth_utils import keccak

from peculium import AgentWallet, Pay, PrincipalPaymaster, VerifiedKey
from verification.erc7562 import ValidationTrace
from verification.testing.user_operations import TERMS, paid_by

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.fixture
def trace_validation(web3, bundler, entry_point):
    """Traces `validateUserOp` as the EntryPoint, with a missing prefund in wei."""

    def trace(operation, missing=0):
        wallet = AgentWallet(web3, operation.sender)
        data = wallet.call_data("validateUserOp", operation.packed(), bundler.hash(operation), missing)
        return ValidationTrace.of(web3, entry_point.address, wallet.address, data)

    return trace


@pytest.fixture
def assert_follows_rules(suite, entry_point):
    """Asserts that a trace follows the rules of ERC-7562."""

    def check(trace, wallet):
        assert trace.steps
        assert trace.forbidden_opcodes() == [], as_text(trace.forbidden_opcodes())
        assert trace.foreign_storage(wallet) == [], as_text(trace.foreign_storage(wallet))
        assert trace.codeless_accesses(wallet) == [], as_text(trace.codeless_accesses(wallet))
        assert trace.delegatecalls_outside(wallet) == [], as_text(trace.delegatecalls_outside(wallet))
        assert {step.target for step in trace.value_transfers()} <= {entry_point.address}

    return check


def as_text(steps):
    return [str(step) for step in steps]


@pytest.mark.parametrize("missing", [0, 10**15])
def test_agent_operation_follows_the_rules(
    missing, created, sign_payment, trace_validation, assert_follows_rules, suite
):
    """The wallet pays. It reads the slot of the mandate pointer and writes that of the gas ledger."""
    trace = trace_validation(sign_payment(created), missing)
    assert_follows_rules(trace, created.wallet.address)
    assert len(trace.slots_of(suite.switch.address)) == 1
    assert len(trace.slots_of(created.wallet.address)) == 2
    assert bool(trace.value_transfers()) is bool(missing)


def test_validation_reads_only_the_stop_word_of_the_switch(created, sign_payment, trace_validation, suite, web3):
    """ERC-7562 allows it because its slot is keccak(wallet . keccak(principal . n))."""
    (slot,) = trace_validation(sign_payment(created)).slots_of(suite.switch.address)
    suite.switch.pause(created.principal, created.wallet.address)
    assert int(web3.eth.get_storage_at(suite.switch.address, slot).hex(), 16) == 1
    wallet, principal = (bytes(12) + bytes.fromhex(each.address[2:]) for each in (created.wallet, created.principal))
    slots = [int(web3.keccak(wallet + web3.keccak(principal + n.to_bytes(32))).hex(), 16) for n in range(8)]
    assert slot in slots


def test_operation_that_rewrites_the_whole_window_follows_the_rules(
    created, sign_payment, trace_validation, assert_follows_rules, send_bundle, now, time_travel
):
    """The most expensive validation: after a long idle period the wallet rewrites the whole window."""
    send_bundle(sign_payment(created))
    time_travel(30 * 86_400 // 2)
    assert_follows_rules(trace_validation(sign_payment(created), 10**15), created.wallet.address)


def test_long_operation_follows_the_rules(created, sign_action, trace_validation, assert_follows_rules, usdc, payee):
    batch = [Pay(usdc.address, payee.address, 1) for _ in range(20)]
    assert_follows_rules(trace_validation(sign_action(created, "pay_batch", batch), 1), created.wallet.address)


def test_agent_operation_with_a_paymaster_follows_the_rules(
    created, sign_payment, trace_validation, assert_follows_rules, deploy
):
    operation = sign_payment(created, **paid_by(deploy("MockPaymaster")))
    assert_follows_rules(trace_validation(operation), created.wallet.address)


def test_operation_with_an_invalid_signature_accesses_at_most_the_agent_key(
    created, sign_payment, trace_validation, stranger
):
    """Bundlers don't apply the rules to estimates, which use such a signature."""
    trace = trace_validation(sign_payment(created, by=stranger), 1)
    assert trace.forbidden_opcodes() == []
    assert trace.foreign_storage(created.wallet.address) == []
    assert {step.target for step in trace.codeless_accesses(created.wallet.address)} <= {created.agent.address}


@pytest.mark.parametrize("missing", [0, 10**15])
def test_operation_of_a_principal_with_a_key_follows_the_rules(
    missing, created, sign_principal_call, trace_validation, assert_follows_rules
):
    assert_follows_rules(
        trace_validation(sign_principal_call(created, "cancelNonce", 1), missing), created.wallet.address
    )


def test_validation_of_the_principal_reads_nothing_of_the_switch(created, sign_principal_call, trace_validation, suite):
    assert trace_validation(sign_principal_call(created, "cancelNonce", 1), 1).slots_of(suite.switch.address) == set()


@pytest.fixture
def p256_agent(new_agent, deploy, fund):
    """An agent with a P-256 key, as in a secure enclave."""
    verifier = deploy("P256Verifier").address
    secret = ECC.construct(curve="P-256", d=int.from_bytes(keccak(text="enclave")) % ORDER)

    def sign(digest):
        signature = DSS.new(secret, "fips-186-3").sign(Digest(digest))
        s = int.from_bytes(signature[32:])
        return signature[:32] + min(s, ORDER - s).to_bytes(32)

    point = secret.public_key().pointQ
    key = VerifiedKey(verifier, int(point.x).to_bytes(32) + int(point.y).to_bytes(32), sign)
    agent = new_agent(key=key, gas_terms=TERMS)
    fund(agent.wallet.address, 1)
    return agent


class Digest:
    """A digest in the form that the signer expects, so that it does not hash again."""

    oid = "2.16.840.1.101.3.4.2.1"
    digest_size = 32

    def __init__(self, digest):
        self.digest = lambda: digest


def test_pays_with_a_p256_agent_key(p256_agent, sign_payment, send_bundle, usdc, payee):
    operation = sign_payment(p256_agent, verification_gas_limit=900_000)
    assert send_bundle(operation).succeeded == [True]
    assert usdc.balance(payee.address) == 1


def test_operation_with_a_p256_agent_key_follows_the_rules(
    p256_agent, sign_payment, trace_validation, assert_follows_rules
):
    """The verifier has no state, and the rules allow the precompile (OP-062)."""
    assert_follows_rules(
        trace_validation(sign_payment(p256_agent, verification_gas_limit=900_000), 1), p256_agent.wallet.address
    )


def test_contract_principal_reads_foreign_storage(
    new_agent, deploy, other_principal, other_agent, sign_principal_call, trace_validation, fund
):
    """The contract reads its owner from its own storage, which bundlers refuse (STO-021).

    Such a principal sends transactions, signs for `executeSigned` or runs its own bundler.
    """
    principal_contract = deploy("MockContractPrincipal", other_principal.address)
    agent_of_contract = new_agent(
        by=ContractPrincipal(principal_contract, other_principal), key=other_agent, gas_terms=TERMS
    )
    fund(agent_of_contract.wallet.address, 1)
    trace = trace_validation(sign_principal_call(agent_of_contract, "cancelNonce", 1, by=other_principal), 1)
    wallet = agent_of_contract.wallet.address
    assert trace.forbidden_opcodes() == []
    assert trace.codeless_accesses(wallet) == []
    assert {step.context for step in trace.foreign_storage(wallet)} == {principal_contract.address}
    assert {step.op for step in trace.foreign_storage(wallet)} == {"SLOAD"}


class ContractPrincipal:
    """A contract whose owner signs for it."""

    def __init__(self, contract, owner):
        self.address, self.sign_message = contract.address, owner.sign_message


@pytest.mark.parametrize("by", ["agent", "principal"])
def test_staked_paymaster_follows_the_rules(
    by, web3, deploy, suite, entry_point, principal, created, sign_payment, sign_principal_call, bundler, now
):
    """It writes only its own storage (STO-031). Its stake allows it to read the switch (STO-033)."""
    address = deploy("PrincipalPaymaster", suite.factory.address, principal.address).address
    paymaster = PrincipalPaymaster(web3, address)
    paymaster.set_gas_terms(principal, created.wallet.address, TERMS)
    suite.switch.set_heartbeat(principal, timedelta(days=1))
    operation = sign_payment(created, **paid_by(paymaster))
    if by == "principal":
        operation = sign_principal_call(created, "cancelNonce", 1, **paid_by(paymaster))
    validation_call = paymaster.call_data(
        "validatePaymasterUserOp", operation.packed(), bundler.hash(operation), 10**15
    )
    trace = ValidationTrace.of(web3, entry_point.address, address, validation_call)
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


def test_paymaster_of_a_wallet_without_a_mandate_reads_only_its_principals_epoch(
    web3, deploy, suite, entry_point, principal, prepare_agent, bundler, relayer
):
    """So the paymaster needs a stake when the principal creates an agent by its first operation (STO-033)."""
    agent, creation = prepare_agent()
    parties = principal.address, agent.agent.address, creation.salt
    suite.factory.create_wallet(relayer, *parties)
    paymaster = PrincipalPaymaster(web3, deploy("PrincipalPaymaster", suite.factory.address, principal.address).address)
    operation = bundler.creation_operation(suite.factory, creation, principal, paymaster=paymaster)
    data = paymaster.call_data("validatePaymasterUserOp", operation.packed(), bundler.hash(operation), 10**15)
    trace = ValidationTrace.of(web3, entry_point.address, paymaster.address, data)
    assert trace.forbidden_opcodes() == []
    assert trace.codeless_accesses(creation.wallet) == []
    (step,) = trace.foreign_storage(creation.wallet, own=(paymaster.address,))
    assert (step.op, step.context) == ("SLOAD", suite.switch.address)


def test_tracer_reports_forbidden_opcodes_and_accesses(
    web3, created, sign_payment, bundler, entry_point, suite, stranger
):
    """Calls outside validation break the rules: `requireLive` reads the clock, and `execute` sends ether."""
    switch, wallet = suite.switch, created.wallet.address
    switch.set_heartbeat(created.principal, timedelta(days=1))
    data = switch.call_data("requireLive", created.principal.address, wallet, 0)
    trace = ValidationTrace.of(web3, wallet, switch.address, data)
    assert {step.op for step in trace.forbidden_opcodes()} == {"TIMESTAMP"}
    assert {step.context for step in trace.foreign_storage(wallet)} == {switch.address}
    data = created.wallet.call_data("execute", stranger.address, 1, b"")
    trace = ValidationTrace.of(web3, created.principal.address, wallet, data)
    assert [step.target for step in trace.codeless_accesses(wallet)] == [stranger.address]
    assert [step.target for step in trace.value_transfers()] == [stranger.address]


def test_creation_of_a_wallet_follows_the_rules_for_an_unstaked_factory(web3, suite, entry_point, principal, agent):
    """It reads no storage and no clock. It accesses only the wallet that it creates (OP-031, OP-041)."""
    arguments = principal.address, agent.address, 123
    wallet, data = suite.factory.wallet_address(*arguments), suite.factory.call_data("createWallet", *arguments)
    trace = ValidationTrace.of(web3, entry_point.address, suite.factory.address, data)
    assert trace.steps
    assert [step.op for step in trace.forbidden_opcodes()] == ["CREATE2"]
    assert trace.foreign_storage(wallet) == []
    assert trace.slots_of(suite.factory.address) == set()
    assert trace.codeless_accesses(wallet) == [], as_text(trace.codeless_accesses(wallet))
