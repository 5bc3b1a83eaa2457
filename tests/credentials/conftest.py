"""Fixtures of the credential tests."""

from collections.abc import Callable
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount
from web3 import Web3

from peculium import Credential
from peculium.credentials import schema_of
from verification.testing.durations import DAY

SCHEMA = schema_of("https://schemas.example/audited/v1")


@pytest.fixture
def issuer(other_principal: LocalAccount) -> LocalAccount:
    """The account that issues the credential."""
    return other_principal


@pytest.fixture
def subject(agent: LocalAccount) -> str:
    """The address that the credential describes."""
    return agent.address


@pytest.fixture
def new_credential(issuer: LocalAccount, subject: str, now: Callable[[], int]) -> Callable[..., Credential]:
    """Makes a credential for one year, with overrides."""

    def make(**overrides: Any) -> Credential:
        fields: dict[str, Any] = {
            "issuer": issuer.address,
            "subject": subject,
            "schema": SCHEMA,
            "data_hash": Web3.keccak(text="the report"),
            "valid_from": now(),
            "valid_until": now() + 365 * DAY,
            "nonce": 1,
        }
        return Credential(**{**fields, **overrides})

    return make
