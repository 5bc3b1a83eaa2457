"""What the principal does: creates agents, changes and empties the wallet, stops agents."""

from __future__ import annotations

from peculium import Call
from verification.gas.setup import STATEMENT, URI, Setup, counted


def create_agents(setup: Setup) -> dict[str, int]:
    """One transaction creates and links agent, wallet and mandate. Funds the wallet that other measurements use."""
    devnet = setup.devnet
    mandate = setup.mandate(setup.principal.address, setup.agent_key.address)
    setup.wallet, first = devnet.create_agent(mandate, 1, URI, STATEMENT)
    mandate = setup.mandate(setup.principal.address, devnet.role("further agent").address)
    _, further = devnet.create_agent(mandate, 2, URI, STATEMENT)
    for token in (setup.usd, setup.usdc):
        for holder in (setup.wallet.address, setup.payee, setup.principal.address):
            devnet.mint(token, holder, 100_000)
    return {
        "createAgent with mandate, principal's first agent": first,
        "createAgent with mandate, further agent": further,
    }


def manage_wallet(setup: Setup) -> dict[str, int]:
    """Replaces the mandate, executes a call, withdraws, and lifts the mandate."""
    wallet, principal, usd = setup.wallet, setup.principal, setup.usd
    mandate = setup.mandate(principal.address, setup.agent_key.address, replaces=wallet.last_mandate_hash)
    transfer = Call(usd.address, 0, usd.call_data("transfer", principal.address, 1))
    return {
        "setMandate, replacing one": wallet.set_mandate(principal, mandate).gas_used,
        "execute, one transfer": wallet.execute(principal, transfer).gas_used,
        "withdraw": wallet.withdraw(principal, usd.address, principal.address, 1).gas_used,
        "liftMandate": wallet.lift_mandate(principal).gas_used,
    }


def stop_agents(setup: Setup) -> dict[str, int]:
    """Pauses and revokes one agent, and revokes all agents of a principal with one and with a hundred."""
    devnet, suite = setup.devnet, setup.devnet.suite
    further = suite.factory.wallet_address(setup.principal.address, devnet.role("further agent").address, 2)
    figures = {
        "pause": suite.switch.pause(setup.principal, setup.wallet.address).gas_used,
        "revoke": suite.switch.revoke(setup.principal, further).gas_used,
    }
    for count in (1, 100):
        name = f"principal of {count}"
        owner = devnet.role(name)
        for i in range(count):
            mandate = setup.mandate(owner.address, devnet.role(f"{name}, agent {i}").address)
            devnet.create_agent(mandate, 1, URI, STATEMENT)
        figures[f"revokeAll, {counted(count, 'agent')}"] = suite.switch.revoke_all(owner).gas_used
    return figures
