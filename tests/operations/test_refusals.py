"""What an agent reads when its user operation is refused: whose limits, in whole units."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peculium import GasTerms, Pay, errors
from verification.testing.user_operations import TERMS


def refusal_of(call):
    with pytest.raises(errors.ContractError) as caught:
        call()
    return caught.value


def test_refused_action_is_in_whole_units(created, bundler, usdc, payee):
    error = refusal_of(lambda: bundler.perform(created.wallet, created.agent, Pay(usdc.address, payee.address, 101)))
    assert "charges 101 USD; the limit per payment is 100 USD" in str(error)


def test_action_that_fails_in_its_block_is_in_whole_units(created, bundler, usdc, payee):
    built = bundler.agent_operation(created.wallet, created.agent, Pay(usdc.address, payee.address, 80))
    created.wallet.withdraw_all(created.principal, usdc.address, payee.address)
    error = refusal_of(lambda: bundler.wait(bundler.send(built)))
    assert "holds 0 USDC of the token" in str(error)
    assert "needs 80 USDC" in str(error)


def test_mandate_without_gas_terms_says_what_to_do(created, bundler, replace_mandate, usdc, payee):
    replace_mandate(created, gas_terms=GasTerms())
    error = refusal_of(lambda: bundler.perform(created.wallet, created.agent, Pay(usdc.address, payee.address, 1)))
    assert "The mandate has no gas terms" in str(error)
    assert "0.000000000000000001" not in str(error)


def test_cost_above_the_gas_terms_is_about_the_mandate(created, bundler, sign_payment):
    costly = sign_payment(created, pre_verification_gas=999_000_000, max_fee_per_gas=10**9)
    error = refusal_of(lambda: bundler.send(costly))
    assert type(error) is errors.OperationCostExceeded
    assert f"the mandate's gas terms allow {errors.digits(TERMS.operation_limit)} of the native currency" in str(error)
    assert "paymaster " not in error.next


def test_exceeded_window_of_gas_is_in_the_native_currency(created, bundler, replace_mandate, usdc, payee):
    replace_mandate(created, gas_terms=replace(TERMS, window_limit=TERMS.operation_limit))
    built = bundler.agent_operation(created.wallet, created.agent, Pay(usdc.address, payee.address, 1))
    half = int(TERMS.operation_limit * 10**18) * 2 // 3
    costly = replace(built, pre_verification_gas=half // built.max_fee_per_gas)
    sign = bundler.sign
    bundler.send(sign(costly, created.agent))
    error = refusal_of(lambda: bundler.send(sign(replace(costly, nonce=costly.nonce + 1), created.agent)))
    assert type(error) is errors.WindowLimitExceeded
    assert "of the native currency remains of the mandate's gas terms" in str(error)
    assert error.money.currency == "native"
