"""`peculium register`, `bind` and `mirror`: an agent in the canonical registry of ERC-8004."""

from __future__ import annotations

import click

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command

AGENT = "eip155:CHAIN:REGISTRY:ID"
registry_option = click.option(
    "--registry", metavar="ADDRESS", help="Another Identity Registry than the canonical one."
)


@command(signs=True)
@click.argument("name")
@click.argument("description")
@click.option("--service", "services", nargs=2, multiple=True, metavar="KIND URL", help="Such as: MCP https://….")
@click.option("--image", default="", metavar="URL", help="A picture of the agent.")
@registry_option
def register(
    caller: Caller, name: str, description: str, services: tuple[tuple[str, str], ...], image: str, registry: str | None
) -> Answer:
    """Register an agent in the canonical Identity Registry (ERC-8004).

    NAME and DESCRIPTION go into its registration file, which is kept on the chain. Your account owns the agent. Link it to its
    wallet afterwards with `bind`. A second call registers a second agent.
    """
    from peculium import canonical

    caller.confirm(
        f"This registers {name!r} as an agent of {caller.signer.address}, in one transaction that stays public."
    )
    with caller.progress("Registering…"):
        made = canonical.register(
            caller.network, caller.signer, name, description, image=image, services=services, registry=registry
        )
    return Answer(made, [str(made)], f"peculium bind {made.reference} WALLET")


@command(signs=True)
@click.argument("agent", metavar=AGENT)
@click.argument("wallet", metavar="WALLET|NAME")
@registry_option
def bind(caller: Caller, agent: str, wallet: str, registry: str | None) -> Answer:
    """Link a canonical agent and its wallet, in both directions.

    Your account must own both. What is linked already isn't sent again.
    """
    from peculium import canonical

    address = caller.address(wallet)
    caller.confirm(f"This names {address} as the wallet of {agent}, and {agent} as the canonical agent of the wallet.")
    with caller.progress("Linking…"):
        made = canonical.bind(caller.network, caller.signer, agent, address, registry=registry)
    following = "" if made.linked else f"peculium check {agent}"
    return Answer(made, [str(made)], following)


@command(signs=True)
@click.argument("agent", metavar=AGENT)
@registry_option
def mirror(caller: Caller, agent: str, registry: str | None) -> Answer:
    """Write into an agent's registration file whether it is live.

    For others who read only the file. It stops nothing: `pause` and `revoke` do.
    """
    from peculium import canonical

    caller.confirm(
        f"This sets `active` in the registration file of {agent} to what the chain says, unless it says so already."
    )
    with caller.progress("Writing…"):
        made = canonical.mirror(caller.network, caller.signer, agent, registry=registry)
    return Answer(made, [str(made)])
