"""The Python package encodes, signs, reads and decodes as the model predicts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from eth_abi import encode
from web3 import Web3

import peculium.chain.refusals
from peculium import ContractError, decode_refusal
from verification.scenarios.campaign import Report, run_campaign, shrink_failure
from verification.scenarios.chain.package import Package, revert_data
from verification.scenarios.fixtures import START, Fixtures
from verification.scenarios.model.fleet import FLEET
from verification.scenarios.replay import script_of
from verification.scenarios.scenario import run_scenario
from verification.scenarios.setup import deploy_fixtures

SEED, SCENARIOS = 9, 12
DAY = 86_400
ADDRESS = "0x00000000000000000000000000000000000000ab"
NOTHING = {"sender": "principal", "currency": "USD", "decimals": 6, "lifetime": 0, "windows": [[3600, 0]]}
"""A budget of the fleet that allows nothing."""
MANDATE = {
    "wallet": "wallet 1",
    "sender": "principal",
    "shape": 187,
    "key": "agent 1",
    "start": START,
    "end": START + 30 * DAY,
    "principal": "principal",
    "epoch": 0,
    "stale": False,
    "seen": None,
}
PAYMENT = {"wallet": "wallet 1", "sender": "agent 1", "token": "usdc", "payee": "payee 2", "amount": 1, "ref": 0}
STEPS = [
    ("resign", {"wallet": "wallet 0", "sender": "stranger"}),
    ("resign", {"wallet": "wallet 0", "sender": "agent 0"}),
    ("unpause", {"sender": "principal", "wallet": "wallet 0"}),
    ("lift_mandate", {"wallet": "wallet 1", "sender": "principal"}),
    ("lift_mandate", {"wallet": "wallet 1", "sender": "principal"}),
    ("transfer_agent", {"sender": "other principal", "owner": "other principal", "to": "stranger", "number": 2}),
    ("set_fleet_budget", NOTHING | {"sender": "stranger"}),
    ("set_fleet_budget", NOTHING),
    ("set_fleet_budget", NOTHING | {"decimals": 7}),
    ("execute", {"wallet": "wallet 0", "sender": "principal", "approvals": [["onClose", FLEET, 1]]}),
    ("set_mandate", MANDATE | {"guard": FLEET}),
    ("views", {"wallet": "wallet 1"}),
    ("pay", PAYMENT),
    ("set_mandate", MANDATE | {"guard": "nobody", "start": START + 2 * DAY}),
    ("pay", PAYMENT),
]
"""Outcomes that are too rare for a short campaign."""
RARE = {
    ("resign", "NotAgentKey"),
    ("resign", "done"),
    ("unpause", "AgentIsRevoked"),
    ("liftMandate", "done"),
    ("liftMandate", "NoMandate"),
    ("transferFrom", "done"),
    ("checkWallet", "done"),
    ("setBudget", "done"),
    ("setBudget", "NotPrincipal"),
    ("setBudget", "FleetDecimals"),
    ("executeBatch", "ReservedForGuards"),
    ("remaining", "done"),
    ("remaining", "NoFleetBudget"),
    ("pay", "GuardRefused"),
    ("pay", "MandateNotYetValid"),
}
REQUIRED = {
    "pay": (
        "done NoMandate NotAgentKey MandateExpired AgentIsRevoked EpochEnded PrincipalIsDormant "
        "PrincipalIsPaused AgentIsPaused ZeroAmount TokenNotListed PayeeNotListed PaymentLimitExceeded WindowLimitExceeded"
    ),
    "payBatch": "done WindowLimitExceeded PaymentLimitExceeded",
    "call": "done CallNotListed",
    "act": "done WindowLimitExceeded BadAgentSignature",
    "preauthorize": "done InvalidAuthorizationEnd",
    "closeAuthorizations": "done AuthorizationUnknown",
    "requestPayment": "done InvalidRequestExpiry",
    "requestCall": "done InvalidRequestExpiry",
    "approveRequest": "done",
    "createWallet": "done",
    "createAgent": "done",
    "anchorMandate": "done",
    "pause": "done NotPrincipalOrGuardian",
    "revoke": "done NotPrincipalOrGuardian",
    "unpause": "done",
    "pauseAll": "done NotPrincipalOrGuardian",
    "unpauseAll": "done",
    "revokeAll": "done NotPrincipalOrGuardian",
    "setGuardian": "done",
    "setHeartbeat": "done",
    "checkIn": "done",
    "setMandate": "done NotPrincipal",
    "setMandateSigned": "done",
    "liftMandate": "done NotPrincipal",
    "withdraw": "done NotPrincipal",
    "remaining": "done NoMandate",
    "spent": "done",
}


@pytest.fixture(scope="module")
def fixtures() -> Iterator[Fixtures]:
    """A chain behind the package."""
    with deploy_fixtures(Package) as deployed:
        yield deployed


def test_rare_outcomes_agree_with_the_model(fixtures):
    assert run_scenario(fixtures, STEPS).difference is None
    assert set(fixtures.driver.reached) >= RARE


def test_detects_a_wrong_argument_of_an_exception(fixtures, monkeypatch):
    def wrong(data: bytes) -> ContractError:
        error = decode_refusal(data)
        if "caller" in error.arguments:
            error.arguments["caller"] = Web3.to_checksum_address(ADDRESS)
        return error

    monkeypatch.setattr(peculium.chain.refusals, "decode_refusal", wrong)
    difference = run_scenario(fixtures, STEPS[:1]).difference
    assert (difference.number, difference.name, difference.what) == (0, "resign", "error")


@pytest.mark.parametrize(
    ("signature", "arguments"),
    [
        ("NoMandate()", []),
        ("WindowLimitExceeded(uint256,uint256,uint256)", [3, 2, 3600]),
        ("PayeeNotListed(address,address)", [ADDRESS, ADDRESS]),
        ("ERC721InsufficientApproval(address,uint256)", [ADDRESS, 3]),
        ("Error(string)", ["Pausable: paused"]),
        ("Panic(uint256)", [0x11]),
        ("NoFleetBudget(string)", ["USD"]),
        ("FleetDecimals(string,uint8,uint8)", ["USD", 2, 6]),
        ("GuardRefused(address,bytes)", [ADDRESS, bytes.fromhex("deadbeef")]),
        ("GuardRefused(address,bytes)", [ADDRESS, b""]),
    ],
)
def test_decoded_exceptions_encode_to_the_same_revert_data(signature, arguments):
    types = signature[signature.index("(") + 1 : -1]
    data = bytes(Web3.keccak(text=signature)[:4]) + encode(types.split(",") if types else [], arguments)
    assert revert_data(decode_refusal(data)) == data


def test_empty_and_foreign_revert_data_encode_to_the_same():
    for data in (b"", bytes.fromhex("deadbeef")):
        assert revert_data(decode_refusal(data)) == data


@pytest.fixture(scope="module")
def campaign(fixtures: Fixtures) -> Report:
    return run_campaign(fixtures, SEED, SCENARIOS)


@pytest.mark.slow
def test_package_agrees_with_the_model(campaign, fixtures):
    """I1 to I5, I8, I9, I11, I12, I14, I18, I28."""
    if campaign.failure is not None:
        failure = shrink_failure(fixtures, campaign.failure)
        pytest.fail(f"{failure.difference}\n\n{script_of(failure)}")


@pytest.mark.slow
def test_package_reaches_every_required_outcome(campaign, fixtures):
    reached = fixtures.driver.reached
    missing = [f"{name} {each}" for name, outcomes in REQUIRED.items() for each in outcomes.split()]
    assert [each for each in missing if not reached[tuple(each.split())]] == []
