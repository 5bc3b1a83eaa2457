"""The commands, each imported when it is used."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click

from peculium.version import __version__

# Of each section: the commands with their modules and what their help begins with. A test compares the latter.
SECTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "Begin": {
        "use": ("use", "Choose the network and the account of the commands that follow."),
        "profile": ("profile", "Show the profile in use, and the others."),
        "name": ("name", "Name an address, so that commands take the name for it."),
        "safe": ("safe", "Sign what a Safe, as principal, is to do."),
        "account": ("account", "Make, import and list accounts (encrypted keystores)."),
        "dev": ("dev", "Run a local chain with contracts, test dollars and a ready agent."),
        "completion": ("completion", "Print the completion of a shell: bash, zsh or fish."),
    },
    "Deploy": {
        "doctor": ("doctor", "Check a chain, its node and your account, and say what to do."),
        "plan": ("plan", "Show what a deployment would create, what it costs now, and what can't be undone."),
        "deploy": (
            "deploy",
            "Deploy the contracts that are missing, wait until they are final, and write the manifest.",
        ),
        "register": ("registrations", "Register an agent in the canonical Identity Registry (ERC-8004)."),
        "bind": ("registrations", "Link a canonical agent and its wallet, in both directions."),
        "mirror": ("registrations", "Write into an agent's registration file whether it is live."),
        "verify": ("verify", "Compare the code on the chain with this package, byte for byte."),
    },
    "Grant": {
        "mandate": ("mandate", "Write, explain and compare mandates."),
        "create": ("create", "Create an agent and its wallet from a mandate's file."),
        "grant": ("grants", "Grant another mandate to a wallet: shows the difference, and asks."),
        "lift": ("grants", "End the mandate in force."),
        "rotate-key": ("grants", "Grant the mandate in force to another key of the agent."),
        "migrate": ("grants", "Move an agent to a new wallet: revoke the old one, create the other, move the money."),
        "fleet": ("fleet", "Show or set one budget over all your wallets."),
        "credential": ("credential", "Issue, revoke, list and verify statements about agents."),
    },
    "Decide": {
        "requests": ("requests", "List what waits for your decision: of one wallet, or of all your agents."),
        "approve": ("requests", "Approve a request, and pay it or make its call at once."),
        "refuse": ("requests", "Refuse a request, or all of a wallet."),
    },
    "Watch": {
        "agents": ("agents", "List your agents: status, what each can take at most, last payment, what waits."),
        "show": ("show", "Show one agent: limits, money, payees, what is open, and its mandate in words."),
        "watch": ("watch", "Watch agents pay, live; pause who breaks a rule."),
        "check": ("check", "Check an agent: who answers for it, what it may do, whether it is live."),
        "ledger": ("ledger", "Keep the account book: every movement of your agents' wallets."),
        "explain": ("explain", "Say what bytes mean: calldata, an error, an order, a mandate, a cheque, a hash."),
    },
    "Stop": {
        "pause": ("stops", "Pause one agent until you unpause it."),
        "unpause": ("stops", "End the pause of one agent."),
        "revoke": ("stops", "Revoke one agent permanently."),
        "pause-all": ("stops", "Pause all your agents, including those created later."),
        "unpause-all": ("stops", "End the pause of all your agents."),
        "revoke-all": ("stops", "Revoke all your agents permanently, in one transaction."),
        "order": ("order", "Sign stops in advance; anyone can submit them later."),
        "guardian": ("guardian", "Appoint others who can stop your agents, and nothing else."),
        "heartbeat": ("heartbeat", "Require yourself to check in, or your agents stop."),
        "withdraw": ("withdraw", "Withdraw money from a wallet."),
        "panic-sheet": ("panic_sheet", "Write a page with the exact calls that stop your agents, to print and keep."),
        "stop-proof": ("stop_proof", "Try every way out of a wallet by simulation, and show what gets out."),
    },
}


class Sections(click.Group):
    """A group whose commands are imported when one is used, and listed by sections."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Returns all names, section by section."""
        return [name for section in SECTIONS.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Returns a command, imported from the module of the same name."""
        for section in SECTIONS.values():
            if cmd_name in section:
                module = import_module(f"peculium.cli.{section[cmd_name][0]}")
                found: click.Command = getattr(module, cmd_name.replace("-", "_"))
                return found
        return None

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Returns the command that the arguments name. Says which one was probably meant."""
        return _resolve(super().resolve_command, self, ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the sections."""
        for title, section in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, summary) for name, (_, summary) in section.items()])


class Group(click.Group):
    """A group of commands that says which one was probably meant."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Returns the command that the arguments name."""
        return _resolve(super().resolve_command, self, ctx, args)


def _resolve(resolve: Any, group: click.Group, ctx: click.Context, args: list[str]) -> Any:
    try:
        return resolve(ctx, args)
    except click.UsageError as error:
        likely = get_close_matches(args[0], group.list_commands(ctx), 1) if args else []
        if likely:
            error.message = f"{error.message.rstrip('.')} Did you mean {likely[0]!r}?"
        raise


@click.group(cls=Sections, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", prog_name="peculium", message="%(prog)s %(version)s")
def app() -> None:
    """Bounded, revocable wallets for AI agents.

    The mandate on chain is the limit; these commands write it, read it and end it. Every command takes --json; what was asked
    for goes to standard output, everything else to standard error.

    Exit codes: 0 done, 1 a check failed, 2 wrong input, 3 refused, 4 waits for a person, 5 the agent is stopped, 6 the chain
    can't be used, 7 outcome unknown.
    """
