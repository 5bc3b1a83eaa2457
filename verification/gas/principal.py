"""What the principal does: creates agents, changes and empties the wallet, stops agents."""

from __future__ import annotations

from peculium import AgentWallet, Mandate, Receipt, WalletCall
from verification.gas.setup import STATEMENT, URI, Rows, Setup, counted


def create_agents(setup: Setup) -> Rows:
    """One transaction creates and links agent, wallet and mandate. Funds the wallet that other measurements use.

    Anybody can create a wallet before, without a mandate.
    """
    devnet = setup.devnet
    mandate = setup.mandate(setup.principal.address, setup.agent_key.address)
    setup.wallet, first = _create_agent(setup, mandate, 1)
    mandate = setup.mandate(setup.principal.address, devnet.role("further agent").address)
    _, further = _create_agent(setup, mandate, 2)
    mandate = setup.mandate(setup.principal.address, devnet.role("agent whose wallet is created before").address)
    created = devnet.suite.factory.create_wallet(devnet.role("relayer"), mandate.principal, mandate.agent_key, 3)
    _, existing = _create_agent(setup, mandate, 3)
    for token in (setup.usd, setup.usdc):
        for holder in (setup.wallet.address, setup.payee, setup.principal.address):
            devnet.mint(token, holder, 100_000)
    return {
        "createAgent with mandate, principal's first agent": first,
        "createAgent with mandate, further agent": further,
        "createWallet": created.receipt,
        "createAgent with mandate, further agent, wallet created before": existing,
    }


def _create_agent(setup: Setup, mandate: Mandate, salt: int) -> tuple[AgentWallet, Receipt]:
    devnet = setup.devnet
    creation = devnet.prepare_agent(mandate, salt, URI, STATEMENT)
    created = devnet.suite.factory.create_agent(devnet.role("relayer"), creation)
    return AgentWallet(devnet.web3, created.wallet), created.receipt


def manage_wallet(setup: Setup) -> Rows:
    """Replaces the mandate, executes a call, withdraws, refuses everything pending, and lifts the mandate."""
    wallet, principal, usd = setup.wallet, setup.principal, setup.usd
    mandate = setup.mandate(principal.address, setup.agent_key.address, round=wallet.round)
    transfer = WalletCall(usd.address, 0, usd.call_data("transfer", principal.address, 1))
    return {
        "setMandate, replacing one": wallet.set_mandate(principal, mandate),
        "execute, one transfer": wallet.execute(principal, transfer),
        "withdraw": wallet.withdraw(principal, usd.address, principal.address, 1),
        "refuseAll": wallet.refuse_all(principal),
        "liftMandate": wallet.lift_mandate(principal),
    }


def stop_agents(setup: Setup) -> Rows:
    """Pauses and revokes one agent, and revokes all agents of a principal with one and with a hundred."""
    devnet, suite = setup.devnet, setup.devnet.suite
    further = suite.factory.wallet_address(setup.principal.address, devnet.role("further agent").address, 2)
    figures: Rows = {
        "pause": suite.switch.pause(setup.principal, setup.wallet.address),
        "revoke": suite.switch.revoke(setup.principal, further, unchecked=True),
    }
    for count in (1, 100):
        name = f"principal of {count}"
        owner = devnet.role(name)
        for i in range(count):
            mandate = setup.mandate(owner.address, devnet.role(f"{name}, agent {i}").address)
            devnet.create_agent(mandate, 1, URI, STATEMENT)
        figures[f"revokeAll, {counted(count, 'agent')}"] = suite.switch.revoke_all(owner)
    return figures
