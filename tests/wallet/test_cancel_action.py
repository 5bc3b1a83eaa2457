"""`cancelAction`: agent key and principal void an action that the agent has signed and nobody has relayed yet."""

from __future__ import annotations

import pytest

from peculium import errors
from verification.testing.addresses import adjacent_addresses
from verification.testing.refusals import refuses


@pytest.fixture
def created(checkpoint, new_agent, payee, relayer):
    """An agent that may pay the relayer, so that an action can carry a fee."""
    return checkpoint.share("created", lambda: new_agent(payees=(payee.address, relayer.address)))


@pytest.mark.parametrize("caller", ["stranger", "relayer", "payee"])
def test_refuses_cancellation_by_another_account(caller, created, request):
    """D11."""
    account = request.getfixturevalue(caller)
    with refuses(errors.NotAgentKeyOrPrincipal, caller=account.address, agent_key=created.agent.address):
        created.wallet.cancel_action(account, 1)


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("account", ["agent", "principal", "wallet"])
def test_refuses_cancellation_by_adjacent_addresses(created, account, side):
    caller = adjacent_addresses(getattr(created, account).address)[side]
    with refuses(errors.NotAgentKeyOrPrincipal, caller=caller, agent_key=created.agent.address):
        created.wallet.read("cancelAction", 1, sender=caller)


@pytest.mark.parametrize("caller", ["agent", "principal"])
def test_agent_and_principal_can_cancel_an_action(caller, created, signed, relayer, request):
    receipt = created.wallet.cancel_action(request.getfixturevalue(caller), 1)
    assert receipt.event("ActionCanceled").arguments == {"nonce": 1}
    with refuses(errors.NonceSpent, nonce=1):
        created.wallet.act(relayer, signed())
    with refuses(errors.NonceSpent, nonce=1):
        created.wallet.cancel_action(request.getfixturevalue(caller), 1)
