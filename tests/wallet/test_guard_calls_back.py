"""A guard that acts while it answers: as guardian, or in the name of the principal. Mandate and switch are checked again."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from peculium import errors
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.durations import DAY
from verification.testing.guard_fixtures import PATHS, USD
from verification.testing.refusals import refuses


@pytest.fixture
def contract_principal(checkpoint, deploy, principal):
    """A principal that is a contract. The guard owns it once the agent exists."""
    return checkpoint.share("contract principal", lambda: deploy("MockContractPrincipal", principal.address))


@pytest.fixture
def created(checkpoint, guarded, guard, contract_principal, principal):
    """An agent whose guard acts as its principal."""

    def create():
        signer = SimpleNamespace(address=contract_principal.address, sign_message=principal.sign_message)
        agent = guarded(by=signer)
        contract_principal.send(principal, "setOwner", guard.address)
        return agent

    return checkpoint.share("created", create)


@pytest.fixture
def as_principal(guard, contract_principal, relayer):
    """Makes the guard call contracts in the name of the principal when it is asked."""

    def arm(*calls):
        steps = [
            (contract_principal.address, 0, contract_principal.call_data("execute", to.address, 0, data))
            for to, data in calls
        ]
        guard.send(relayer, "arm", steps)

    return arm


@pytest.fixture
def outcomes(guard):
    """Whether each call of the guard succeeded."""
    return lambda: [success for success, _ in guard.read("results")]


# Refusals


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("stop", ["revoke", "pause", "revokeAll", "pauseAll"])
def test_refuses_after_a_stop_by_the_guard(stop, path, created, paths, state, suite, as_principal):
    """I8. The error is the switch's. Nothing is paid, and the stop is rolled back with the rest."""
    expected = {
        "revoke": errors.AgentIsRevoked,
        "pause": errors.AgentIsPaused,
        "revokeAll": errors.EpochEnded,
        "pauseAll": errors.PrincipalIsPaused,
    }[stop]
    arguments = (created.principal.address,) + ((created.wallet.address,) if "All" not in stop else ())
    as_principal((suite.switch, suite.switch.call_data(stop, *arguments)))
    stops = [("isStopped", created.principal.address, created.wallet.address), ("epochOf", created.principal.address)]
    before, unstopped = state(), [suite.switch.read(*each) for each in stops]
    with refuses(expected):
        paths[path][0]()
    assert (state(), [suite.switch.read(*each) for each in stops]) == (before, unstopped)
    assert unstopped[0] is False


@pytest.mark.parametrize("path", PATHS)
def test_refuses_after_the_guard_lifts_the_mandate(path, created, paths, state, as_principal):
    """I8."""
    as_principal((created.wallet, created.wallet.call_data("liftMandate")))
    before = state()
    with refuses(errors.MandateChanged, mandate_hash=created.mandate.hash()):
        paths[path][0]()
    assert state() == before


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("with_guard", [True, False])
def test_refuses_after_the_guard_sets_another_mandate(with_guard, path, created, paths, state, as_principal):
    """I8. Also one with higher limits: what was charged under the old one isn't what the new one allows."""
    guard = created.mandate.guard if with_guard else ZERO_ADDRESS
    (dollars, *others) = created.mandate.budgets
    wider = replace(created.mandate, guard=guard, budgets=(replace(dollars, payment_limit=400), *others))
    data = created.wallet.call_data("setMandate", wider.in_round(created.wallet.round).as_tuple())
    as_principal((created.wallet, data))
    before = state()
    with refuses(errors.MandateChanged, mandate_hash=created.mandate.hash()):
        paths[path][0]()
    assert state() == before


def test_refuses_after_the_guard_hands_the_wallet_over(created, paths, state, as_principal, guard, now, relayer):
    """I8. To the guard itself, which accepts at once."""
    before = state()
    offer = created.wallet.call_data("offerHandOver", guard.address, now() + DAY)
    principal = created.principal.address
    steps = [
        (principal, 0, execute(created, offer)),
        (created.wallet.address, 0, created.wallet.call_data("acceptHandOver")),
    ]
    guard.send(relayer, "arm", steps)
    with refuses(errors.MandateChanged):
        paths["pay"][0]()
    assert (state(), created.wallet.principal) == (before, principal)


def execute(created, data):
    """The call by which the principal's contract calls the wallet."""
    return created.wallet.web3.eth.contract(
        abi=[
            {
                "type": "function",
                "name": "execute",
                "inputs": [{"type": "address"}, {"type": "uint256"}, {"type": "bytes"}],
                "outputs": [],
                "stateMutability": "payable",
            }
        ]
    ).encode_abi("execute", [created.wallet.address, 0, data])


# What the principal may do in the middle


def test_principal_may_withdraw_while_the_guard_answers(
    created, charged, paths, as_principal, outcomes, usdc, stranger, payee
):
    """The principal's own money. The payment is made if enough is left."""
    wallet = created.wallet
    as_principal((wallet, wallet.call_data("withdraw", usdc.address, stranger.address, USD)))
    before = usdc.balance(wallet.address)
    paths["pay"][0]()
    assert outcomes() == [True]
    assert before - usdc.balance(wallet.address) == 2
    assert (usdc.balance(stranger.address), usdc.balance(payee.address), wallet.spent("USD")) == (1, 1, 1)


def test_payment_fails_if_nothing_is_left_after_the_guard(created, paths, state, as_principal, usdc, stranger):
    wallet = created.wallet
    before = state()
    as_principal((wallet, wallet.call_data("withdrawAll", usdc.address, stranger.address)))
    with pytest.raises(errors.ContractError):
        paths["pay"][0]()
    assert state() == before


def test_authorization_made_while_the_guard_refuses_all_is_of_the_new_round(
    created, paths, as_principal, authorization, relayer
):
    """`refuseAll` ends what was authorized before. What is authorized afterwards is charged and can't be closed early."""
    as_principal((created.wallet, created.wallet.call_data("refuseAll")))
    paths["preauthorize"][0]()
    assert (created.wallet.round, created.wallet.remaining("USD").pending) == (2, 100)
    with refuses(errors.AuthorizationOpen):
        created.wallet.close_authorization(relayer, "USD", authorization)
