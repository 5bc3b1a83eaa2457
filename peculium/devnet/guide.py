"""What a running devnet has, for programs and for people."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from peculium.agent import Agent
from peculium.devnet.devnet import URL, VARIABLE, Devnet
from peculium.devnet.ready import BALANCE, ROLES
from peculium.explain import Group, explain
from peculium.operations import ENTRY_POINT

NO_ENTRY_POINT = (
    "It has no EntryPoint, so no user operations: for them run `npm install @account-abstraction/contracts@0.8.0` in this "
    "folder and start it again."
)
SHOWN = (Group.MONEY, Group.PAYEES, Group.REQUESTS, Group.AUTHORIZATIONS, Group.CHEQUES, Group.GAS)
"""What the guide tells of the ready agent's mandate."""


def description(devnet: Devnet, agent: Agent, with_entry_point: bool) -> dict[str, Any]:
    """Returns addresses and keys of a devnet with a ready agent, JSON-ready."""
    suite = devnet.suite
    return {
        "url": devnet.url,
        "chain_id": devnet.web3.eth.chain_id,
        "contracts": {
            "AgentRegistry": suite.registry.address,
            "RevocationSwitch": suite.switch.address,
            "AgentWalletFactory": suite.factory.address,
            "CredentialRegistry": suite.credentials.address,
            "EntryPoint": ENTRY_POINT if with_entry_point else None,
        },
        "usdc": devnet.usdc.address,
        "symbol": devnet.usdc.read("symbol"),
        "wallet": agent.wallet.address,
        "mandate": _mandate_in_words(devnet, agent),
        "accounts": {
            name: {"address": account.address, "key": "0x" + account.key.hex().removeprefix("0x")}
            for name in ROLES
            for account in (devnet.role(name),)
        },
    }


def _mandate_in_words(devnet: Devnet, agent: Agent) -> list[str]:
    names = {name: devnet.role(name).address for name in ROLES} | {"test USDC": devnet.usdc.address}
    return [each.text for each in explain(agent.wallet.last_mandate(), names) if each.group in SHOWN]


def first_lines(content: dict[str, Any]) -> str:
    """Returns the Python lines that make the first payment, for another terminal."""
    accounts = content["accounts"]
    return (
        "from peculium import Agent\n"
        f'agent = Agent("{content["wallet"]}", "{accounts["agent"]["key"]}", "{content["url"]}")\n'
        f'print(agent.pay("{content["symbol"]}", "{accounts["supplier"]["address"]}", "12.50", ref="INV-42").transaction)'
    )


def further_lines(content: dict[str, Any]) -> str:
    """Returns Python lines that use every other power of the agent, after `first_lines`."""
    token, supplier, stranger = (
        content["symbol"],
        *(content["accounts"][name]["address"] for name in ("supplier", "stranger")),
    )
    return (
        f'print(agent.can_pay("{token}", "{supplier}", 101))  # refused: beyond the limit\n'
        f'asked = agent.request_payment("{token}", "{stranger}", 350, ref="a laptop")  # the principal decides\n'
        f'cheque = agent.write_cheque("{token}", "{supplier}", "0.05")  # no transaction; the supplier settles it\n'
        f'made = agent.preauthorize("{token}", "{supplier}", 2, ref="an API")  # charged now, settled later\n'
        "print(agent.overview())  # what it can do now"
    )


def principal_lines(content: dict[str, Any]) -> str:
    """Returns the Python lines by which the principal approves what was asked and stops the agent."""
    wallet = content["wallet"]
    return (
        "from peculium import Principal\n"
        f'principal = Principal("{content["accounts"]["principal"]["key"]}", "{content["url"]}")\n'
        f'print([principal.approve("{wallet}", each).approved for each in principal.requests("{wallet}")])\n'
        f'principal.revoke("{wallet}")  # for ever: restart the devnet to go on'
    )


def tap_line(content: dict[str, Any]) -> str:
    """Returns the Python line that gives the wallet more test dollars."""
    url = "" if content["url"] == URL else f', url="{content["url"]}"'
    return f'from peculium.devnet import tap; tap("{content["wallet"]}", 500{url})'


def show(content: dict[str, Any], console: Console) -> None:
    """Prints what the devnet has and what to try, in lines that can be copied."""
    plain: dict[str, Any] = {"markup": False, "soft_wrap": True}
    console.print(f"The devnet runs at {content['url']} (chain {content['chain_id']}). Ctrl-C ends it.", **plain)
    if content["contracts"]["EntryPoint"] is None:
        console.print(NO_ENTRY_POINT, style="yellow", **plain)
    rows = [(name, account["address"], account["key"]) for name, account in content["accounts"].items()]
    rows += [("test USDC", content["usdc"], ""), ("agent's wallet", content["wallet"], "")]
    console.print(f"\n{'':<16}{'address':<44}key", **plain)
    for name, address, key in rows:
        console.print(f"{name:<16}{address:<44}{key}".rstrip(), **plain)
    console.print(f"\nThe wallet holds {BALANCE:,} test USDC. The mandate of the agent:", **plain)
    for sentence in content["mandate"]:
        console.print(f"- {sentence}", **plain)
    for title, code in (
        ("Pay, with Python in another terminal:", first_lines(content)),
        ("What else the agent can do:", further_lines(content)),
        ("The principal decides, and stops the agent:", principal_lines(content)),
        ("More test dollars for any account:", tap_line(content)),
        (f"The same for programs: {VARIABLE}={content['url']}, which Devnet.open() reads.", ""),
    ):
        console.print(f"\n{title}", style="bold", **plain)
        console.print(code, **plain)
