"""What a running devnet has, for programs and for people."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from peculium.agent import Agent
from peculium.devnet.devnet import URL, VARIABLE, Devnet
from peculium.devnet.ready import ROLES, TERMS
from peculium.operations import ENTRY_POINT

NO_ENTRY_POINT = (
    "It has no EntryPoint, so no user operations: for them run `npm install @account-abstraction/contracts@0.8.0` in this "
    "folder and start it again."
)


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
        "accounts": {
            name: {"address": account.address, "key": "0x" + account.key.hex().removeprefix("0x")}
            for name in ROLES
            for account in (devnet.role(name),)
        },
    }


def first_lines(content: dict[str, Any]) -> str:
    """Returns the Python lines that make the first payment, for another terminal."""
    accounts = content["accounts"]
    return (
        "from peculium import Agent\n"
        f'agent = Agent("{content["wallet"]}", "{accounts["agent"]["key"]}", "{content["url"]}")\n'
        f'print(agent.pay("{content["symbol"]}", "{accounts["supplier"]["address"]}", "12.50", ref="INV-42").transaction)'
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
    console.print(f"\nThe wallet holds 1,000 test USDC. {TERMS}", **plain)
    for title, code in (
        ("Pay, with Python in another terminal:", first_lines(content)),
        ("More test dollars for any account:", tap_line(content)),
        (f"The same for programs: {VARIABLE}={content['url']}, which Devnet.open() reads.", ""),
    ):
        console.print(f"\n{title}", style="bold", **plain)
        console.print(code, **plain)
