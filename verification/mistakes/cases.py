"""The mistakes. Each line of code is executed as it stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """Something done wrong."""

    title: str
    code: str
    """One line, which raises."""
    before: str = ""
    """What brings the chain into the state for it; not shown."""


def _stopped(stop: str, arguments: str = "") -> str:
    return f"switch.{stop}(principal{arguments})"


GROUPS: dict[str, list[Mistake]] = {
    "Connection": [
        Mistake("the node is down", 'Agent(wallet, key, "http://127.0.0.1:9").pay("USDC", payee, "5")'),
        Mistake("a web page at the URL", 'Agent(wallet, key, web_page).pay("USDC", payee, "5")'),
        Mistake("no URL", 'Agent(wallet, key, "mainnet").pay("USDC", payee, "5")'),
        Mistake("the node changes its chain", 'agent.pay("USDC", payee, "5")', "set_chain_id(10)"),
        Mistake("another protocol", 'Agent(wallet, key, "wss://node.example/key")'),
        Mistake("the wallet isn't on this chain", 'Agent(no_wallet, key, url).pay(usdc, payee, "5")'),
        Mistake("a token in place of the wallet", 'Agent(usdc, key, url).pay(usdc, payee, "5")'),
    ],
    "Keys": [
        Mistake("another key", 'Agent(wallet, other_key, url).pay("USDC", payee, "5")'),
        Mistake("a key that is too short", 'Agent(wallet, "0x1234", url)'),
        Mistake("no key", 'Agent(wallet, "", url)'),
        Mistake("arguments in another order", "Agent(url, wallet, key)"),
        Mistake("a key in place of an address", "check(key, url)"),
        Mistake("an address in place of a key", "Agent(wallet, payee, url)"),
        Mistake("a key in place of an account", "switch.pause(key, wallet)"),
        Mistake("no money for gas", 'agent.pay("USDC", payee, "5")', "set_ether(agent.key.address, 0)"),
    ],
    "Addresses and amounts": [
        Mistake("an address without 0x", 'agent.pay("USDC", "d9B0025F32f8d1b5010e81E77754bF35839Aa1BD", "5")'),
        Mistake("a mistyped address", 'agent.pay("USDC", "0xd9B0025F32f8d1b5010e81E77754bF35839Aa1Bd", "5")'),
        Mistake("an account in place of an address", 'agent.pay("USDC", payee_account, "5")'),
        Mistake("an unknown name", 'agent.pay("USDC", "Acme", "5")'),
        Mistake("token and payee in another order", 'agent.pay(payee, "USDC", "5")'),
        Mistake("a symbol in small letters", 'agent.pay("usdc", payee, "5")'),
        Mistake("a mistyped argument", 'agent.pay("USDC", payee, "5", onec="INV-42")'),
        Mistake("an unknown symbol", 'agent.pay("USDT", payee, "5")'),
        Mistake("a token that isn't listed", 'agent.pay(other_token, payee, "5")'),
        Mistake("a float", 'agent.pay("USDC", payee, 12.5)'),
        Mistake("a thousands separator", 'agent.pay("USDC", payee, "1,000")'),
        Mistake("too many decimals", 'agent.pay("USDC", payee, "0.0000001")'),
        Mistake("base units in place of whole units", 'agent.pay("USDC", payee, 5_000_000)'),
        Mistake(
            "one invoice, two amounts",
            'agent.pay("USDC", payee, "6", once="INV-42")',
            'agent.pay("USDC", payee, "5", once="INV-42")',
        ),
        Mistake("nothing", 'agent.pay("USDC", payee, "0")'),
        Mistake("milliseconds", 'Request(usdc, payee, "500", expires_at=1_800_000_000_000).as_tuple(6)'),
        Mistake(
            "a time without a time zone", 'Request(usdc, payee, "500", expires_at=datetime(2027, 6, 1)).as_tuple(6)'
        ),
    ],
    "Limits": [
        Mistake("a payee that isn't listed", 'agent.pay("DAI", stranger, "5")'),
        Mistake("above the limit per payment", 'agent.pay("USDC", payee, "100.01")'),
        Mistake("above the limit of a window", 'agent.pay("USDC", payee, "30")', "spend(480)"),
        Mistake("above the lifetime limit", 'agent.pay("USDC", payee, "60")', "spend(480); next_days(); spend(370)"),
        Mistake("above the payee's own limit", 'agent.pay("USDC", limited_payee, "21")'),
        Mistake("above a stranger's limit", 'agent.pay("USDC", stranger, "0.20")'),
        Mistake("above the strangers' window", 'agent.pay("USDC", stranger, "0.10")', "pay_strangers()"),
        Mistake("above the fleet's budget", 'fleet_agent.pay("USDC", payee, "11")'),
        Mistake("more than there is to withdraw", 'boss.withdraw(wallet, "DAI", "5")'),
        Mistake("no money in the wallet", 'agent.pay("DAI", payee, "5")'),
        Mistake("two currencies in one batch", 'agent.pay_many([Pay("USDC", payee, "5"), Pay("DAI", payee, "11")])'),
        Mistake("a call that isn't listed", 'agent.call(other_token, "0x12345678")'),
        Mistake("a currency without a budget", 'agent.wallet.spent("GBP")'),
    ],
    "Mandate and stops": [
        Mistake("the mandate has ended", 'agent.pay("USDC", payee, "5")', "next_year()"),
        Mistake("the mandate has not begun", 'agent_of_tomorrow.pay("USDC", payee, "5")'),
        Mistake("no mandate", 'agent.pay(usdc, payee, "5")', "agent.wallet.lift_mandate(principal)"),
        Mistake("the agent is paused", 'agent.pay("USDC", payee, "5")', _stopped("pause", ", wallet")),
        Mistake("the agent is revoked", 'agent.pay("USDC", payee, "5")', _stopped("revoke", ", wallet")),
        Mistake("all agents are paused", 'agent.pay("USDC", payee, "5")', _stopped("pause_all")),
        Mistake("all agents are revoked", 'agent.pay("USDC", payee, "5")', _stopped("revoke_all")),
        Mistake("the heartbeat was missed", 'agent.pay("USDC", payee, "5")', "miss_heartbeat()"),
        Mistake("a stop of what is no wallet", "switch.pause(principal, usdc)"),
        Mistake("a stop of what doesn't exist", "switch.revoke(principal, no_wallet)"),
        Mistake("a stop under another principal", "switch.pause(stranger_account, wallet)"),
        Mistake("a stop by somebody else", "switch.pause(stranger_account, wallet, principal.address)"),
        Mistake("a mandate of an earlier round", "agent.wallet.set_mandate(principal, mandate)"),
        Mistake("one window in place of a list", "replace(budget, windows=Window(DAY, 500))"),
        Mistake("one address in place of a list", "replace(budget, payees=payee)"),
        Mistake("an address in place of a token", "replace(budget, tokens=[usdc])"),
        Mistake("a window below the limit per payment", "replace(mandate, budgets=[small_window]).check()"),
        Mistake("a guard without code", "agent.wallet.set_mandate(principal, guarded)"),
    ],
    "Requests": [
        Mistake("the slot is taken", "agent.wallet.request_payment(agent.key, 0, asked)", "ask(0)"),
        Mistake("all slots are taken", 'agent.request_payment("USDC", stranger, "500")', "ask(0); ask(1)"),
        Mistake("the mandate allows no requests", 'fleet_agent.request_payment("USDC", stranger, "500")'),
        Mistake("approved twice", "agent.wallet.approve_request(principal, 0, asked, asked_at)", "ask(0); approve()"),
        Mistake(
            "approved without money", "agent.wallet.approve_request(principal, 0, asked, asked_at)", "ask(0); empty()"
        ),
    ],
    "Cheques and user operations": [
        Mistake(
            "another domain than the token's", 'agent.write_cheque("USDC", payee, "1", domain=Domain("USDC", "2"))'
        ),
        Mistake("a cheque above the book's limit", 'agent.write_cheque("USDC", payee, "3")'),
        Mistake("a cheque beyond the book", 'agent.write_cheque("USDC", payee, "1", slot=5)'),
        Mistake("no cheque book", 'agent.write_cheque("DAI", payee, "1")'),
        Mistake("an operation without gas terms", "bundler.perform(agent.wallet, agent.key, payment)"),
        Mistake(
            "a paymaster without gas terms", "bundler.perform(agent.wallet, agent.key, payment, paymaster=paymaster)"
        ),
        Mistake(
            "a paymaster without a deposit",
            "bundler.perform(agent.wallet, agent.key, payment, paymaster=paymaster)",
            "paymaster.set_gas_terms(principal, wallet, GasTerms(1, 10, DAY))",
        ),
    ],
}
"""By subject, in the order of the page."""
