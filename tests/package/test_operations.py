"""User operations: their hash, their maximum cost, and the errors of EntryPoint and bundlers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peculium import ChainUnavailable, EntryPoint, RPCBundler, SelfBundler, UserOperation, errors
from peculium.operations import ENTRY_POINT, refusal_of_bundler

ADDRESSES = st.binary(min_size=20, max_size=20).map(lambda each: "0x" + each.hex())
LIMITS = st.integers(0, 2**128 - 1)


@st.composite
def operations(draw):
    """Any operation whose values fit into its fields."""
    paymaster = draw(st.booleans())
    return UserOperation(
        sender=draw(ADDRESSES),
        nonce=draw(st.integers(0, 2**256 - 1)),
        call_data=draw(st.binary(max_size=80)),
        call_gas_limit=draw(LIMITS),
        verification_gas_limit=draw(LIMITS),
        pre_verification_gas=draw(st.integers(0, 2**256 - 1)),
        max_fee_per_gas=draw(LIMITS),
        max_priority_fee_per_gas=draw(LIMITS),
        factory=draw(st.one_of(st.just(""), ADDRESSES)),
        factory_data=draw(st.binary(max_size=40)),
        paymaster=draw(ADDRESSES) if paymaster else "",
        paymaster_verification_gas_limit=draw(LIMITS) if paymaster else 0,
        paymaster_post_op_gas_limit=draw(LIMITS) if paymaster else 0,
        paymaster_data=draw(st.binary(max_size=40)) if paymaster else b"",
        signature=draw(st.binary(max_size=80)),
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations())
def test_hash_equals_that_of_the_entry_point(web3, operation):
    expected = EntryPoint(web3, ENTRY_POINT).read("getUserOpHash", operation.packed())
    assert operation.hash(web3.eth.chain_id) == expected


def test_hash_covers_everything_but_the_signature():
    operation = UserOperation("0x" + "11" * 20, 1, b"\1", 1, 1, 1, 1, 1)
    assert replace(operation, signature=b"\1").hash(1) == operation.hash(1)
    for name in ("nonce", "call_gas_limit", "verification_gas_limit", "pre_verification_gas", "max_fee_per_gas"):
        assert replace(operation, **{name: 2}).hash(1) != operation.hash(1)
    assert operation.hash(2) != operation.hash(1)
    assert operation.hash(1, "0x" + "22" * 20) != operation.hash(1)


def test_max_cost_counts_all_five_gas_limits():
    operation = UserOperation("0x" + "11" * 20, 1, b"", 1, 20, 300, 7)
    assert operation.max_cost == 321 * 7
    sponsored = replace(operation, paymaster_verification_gas_limit=4_000, paymaster_post_op_gas_limit=50_000)
    assert sponsored.max_cost == 54_321 * 7


def test_nonce_key_says_who_acts():
    assert UserOperation("0x" + "11" * 20, 2**128 - 1, b"").by_principal
    assert not UserOperation("0x" + "11" * 20, 2**128, b"").by_principal


@pytest.mark.parametrize(
    ("error", "expected", "words"),
    [
        ({"code": -32507, "message": "AA24 signature error"}, errors.FailedOp, "isn't that of the agent key"),
        ({"code": -32500, "message": "AA25 invalid account nonce"}, errors.FailedOp, "use another nonce key"),
        ({"code": -32500, "message": "AA21 didn't pay prefund"}, errors.FailedOp, "AA21"),
        ({"code": -32602, "message": "missing field"}, errors.BundlerError, "missing field"),
        (
            {"code": -32521, "message": "reverted with reason: 0x41ca639c" + "00" * 64},
            errors.NotPrincipal,
            "Only the principal",
        ),
    ],
)
def test_error_of_a_bundler_becomes_an_exception(error, expected, words):
    refusal = refusal_of_bundler(error)
    assert type(refusal) is expected
    assert words in str(refusal)


def test_refuses_a_bundler_that_does_not_answer(web3):
    with pytest.raises(ChainUnavailable, match="Is the bundler running"):
        RPCBundler(web3, "http://127.0.0.1:1")


def test_wait_raises_after_its_timeout(web3, relayer):
    with pytest.raises(errors.NotIncluded, match="wait again"):
        SelfBundler(web3, relayer).wait(bytes(32), timeout=0)
