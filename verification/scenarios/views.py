"""Predicts the views of wallets, switch, registry, paymaster and fleet budget from the model."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from verification.scenarios.chain.codec import word
from verification.scenarios.fixtures import NEW_WALLETS, PRINCIPALS, TOKENS
from verification.scenarios.model.calls import TARGETS
from verification.scenarios.model.charging import GAS
from verification.scenarios.model.gas import NO_TERMS
from verification.scenarios.model.ledger import Ledger
from verification.scenarios.model.mandate_check import FORBIDDEN
from verification.scenarios.model.outcomes import Refused
from verification.scenarios.model.paymaster import Paymaster
from verification.scenarios.model.registry import NO_HASH, NOBODY, STATUSES
from verification.scenarios.model.requests import KEPT
from verification.scenarios.model.switch import FLAGS
from verification.scenarios.model.terms import BUCKETS, Budget
from verification.scenarios.model.wallet import Wallet
from verification.scenarios.shapes import CURRENCIES, PAYEES
from verification.scenarios.trace import Trace

NO_MANDATE = Refused("NoMandate")
UNUSED_NONCE = 2**200
INTERFACES = {
    bytes.fromhex("01ffc9a7"): True,
    bytes.fromhex("1626ba7e"): True,
    bytes.fromhex("150b7a02"): True,
    bytes.fromhex("4e2312e0"): True,
    bytes.fromhex("ffffffff"): False,
}
"""Whether a wallet supports ERC-165, ERC-1271, the receivers of ERC-721 and ERC-1155, and the invalid interface id."""


def predict_all_views(trace: Trace, number: int) -> None:
    """Predicts the views of all wallets and principals."""
    for wallet in trace.world.wallets.values():
        predict_wallet_views(trace, number, wallet)
    for currency in CURRENCIES:
        predict_fleet_views(trace, number, currency)
    registry = trace.world.suite.registry
    for name in NEW_WALLETS:
        trace.predict_view(number, "factory", "checkWallet", check_wallet(trace, name) + word(0), name)
    for agent in registry.agents:
        trace.predict_view(number, "registry", "roundOf", word(registry.agents[agent].anchors), agent)
        trace.predict_view(number, "registry", "checkAgent", check_agent(trace, agent), agent)
    for principal in PRINCIPALS:
        state = trace.world.suite.switch.of(principal)
        answer = (state.epoch, state.paused, state.heartbeat, state.last_check_in)
        trace.predict_view(number, "switch", "principalState", b"".join(map(word, answer)), principal)


def predict_wallet_views(trace: Trace, number: int, wallet: Wallet) -> None:
    """Predicts the views of one wallet: balances, mandate, limits, stops and registry entry."""
    words, bank = trace.fixtures.codec.words, trace.world.suite.bank
    name = wallet.name
    ask, ask_wallet = partial(trace.predict_view, number), partial(trace.predict_view, number, name)
    for token in TOKENS:
        has = word(bank.balance(token, name)) if bank.balance_readable(token) else Refused("BalanceRefused", name)
        ask(token, "balanceOf", has, name)
    ask_wallet("mandateHash", wallet.mandate_hash())
    ask_wallet("principal", words[wallet.principal])
    ask_wallet("authority", words[wallet.principal] + word(wallet.epoch))
    to, deadline = wallet.pending_hand_over()
    ask_wallet("pendingHandOver", words[to] + word(deadline))
    flags = [wallet.suite.switch.has(wallet.principal, name, flag) for flag in FLAGS]
    ask("switch", "stopWord", b"".join(map(word, flags)), wallet.principal, name)
    ask("registry", "checkWallet", check_wallet(trace, name), name)
    ask("factory", "checkWallet", check_wallet(trace, name) + word(1), name)
    ask(trace.world.paymaster.name, "gasTermsOf", gas_terms(trace.world.paymaster, wallet), name)
    for currency in CURRENCIES:
        predict_budget_views(trace, number, wallet, currency)
    if wallet.in_force and wallet.last:
        pending = [wallet.pending(slot) for slot in range(wallet.last.max_requests)]
        parts = b"".join(each[:KEPT] + bytes(32 - KEPT) + bytes(KEPT) + each[KEPT:] for each in pending)
        ask_wallet("pendingRequests", word(32) + word(len(pending)) + parts)
        predict_cheque_views(trace, number, wallet)
        most, limit, window = wallet.last.gas
        left = max(limit - wallet.ledgers[GAS].counted(0, wallet.now), 0) if window else 0
        ask_wallet("operationGas", b"".join(map(word, (most, limit, left, window // BUCKETS))))
    else:
        ask_wallet("pendingRequests", NO_MANDATE)
    if wallet.last and wallet.last.guard == trace.world.fleet.name:
        for currency in CURRENCIES:
            predict_fleet_views(trace, number, currency)
    predict_identity_views(trace, number, wallet)
    predict_terms_views(trace, number, wallet)


def gas_terms(paymaster: Paymaster, wallet: Wallet) -> bytes:
    """The return data of `gasTermsOf`: a wallet's gas terms at the paymaster, and what is left of them."""
    terms, ledger = paymaster.terms.get(wallet.name, NO_TERMS), paymaster.ledgers.get(wallet.name)
    left = max(terms[1] - ledger.counted(0, wallet.now), 0) if ledger and terms[1] else 0
    return b"".join(map(word, (*terms, left)))


def predict_identity_views(trace: Trace, number: int, wallet: Wallet) -> None:
    """Predicts a wallet's fixed properties and its used nonces."""
    name, words = wallet.name, trace.fixtures.codec.words
    ask = partial(trace.predict_view, number, name)
    ask("round", word(wallet.round))
    ask("lastMandateHash", wallet.last.hash if wallet.last else NO_HASH)
    ask("FACTORY", words["factory"])
    parts = [words[each] for each in (name, *FORBIDDEN)]
    ask("suite", word(32) + word(len(parts)) + b"".join(parts))
    for function, spent in (("isNonceSpent(uint256)", wallet.spent_nonces), ("isActionSpent", wallet.spent_actions)):
        for nonce in (min(spent, default=0), UNUSED_NONCE):
            ask(function, word(nonce in spent), nonce)
    for interface, has in INTERFACES.items():
        ask("supportsInterface", word(has), interface)


def predict_terms_views(trace: Trace, number: int, wallet: Wallet) -> None:
    """Predicts what the mandate in force says about tokens, payees and cheques."""
    terms, hash_ = wallet.last, wallet.mandate_hash()

    def ask(function: str, answer: Callable[[], bytes], *arguments: object) -> None:
        expected: bytes | Refused = NO_MANDATE
        if wallet.in_force:
            try:
                expected = answer()
            except Refused as reason:
                expected = reason
        trace.predict_view(number, wallet.name, function, expected, *arguments)

    if terms is None:
        return
    token = next(iter(terms.budgets[0].tokens))
    for each, amount in ((token, 1), (token, 10**6 + 1), ("unlisted", 1)):
        ask("chargeOf", partial(_charge, wallet, each, amount), each, amount)
    for each, payee in [(token, payee) for payee in (*PAYEES, wallet.name, "registry")] + [("unlisted", "payee 0")]:
        ask("isPayee", partial(_is_payee, wallet, each, payee), each, payee)
    words = trace.fixtures.codec.words
    head = words[terms.principal] + word(terms.epoch) + words[terms.agent_key]
    ask("grant", lambda: head + word(terms.valid_from) + word(terms.valid_until) + words[terms.guard] + terms.hash)
    nonce = trace.cheque_nonce(wallet.name, token, hash_, 7, 2)
    ask("chequeNonce", lambda: word(nonce), token, 7, 2)
    for each in (token, "usdc"):
        ask("chequeBook", partial(_book, wallet, each), each)


def _charge(wallet: Wallet, token: str, amount: int) -> bytes:
    return word(wallet.charge_of(token, amount))


def _is_payee(wallet: Wallet, token: str, payee: str) -> bytes:
    return word(wallet.is_payee(token, payee))


def _book(wallet: Wallet, token: str) -> bytes:
    book = wallet.terms_in_force().book_in(token)
    if book is None:
        raise Refused("NoChequeBook", token)
    return b"".join(map(word, (book.cheques, book.limit, book.period, book.strangers)))


def predict_cheque_views(trace: Trace, number: int, wallet: Wallet) -> None:
    """Predicts how many cheques of this period are unused, from the token's record of nonces."""
    cheques = wallet.cheques_of("usdc")
    if not cheques:
        return
    used = wallet.suite.bank.used
    left = sum((wallet.name, trace.cheque_nonce(wallet.name, "usdc", *each)) not in used for each in cheques)
    book = wallet.terms_in_force().book_in("usdc")
    assert book is not None
    for function, answer in (("chequesLeft", left), ("chequesOutstanding", left * book.limit)):
        trace.predict_view(number, wallet.name, function, word(answer), "usdc")


def predict_budget_views(trace: Trace, number: int, wallet: Wallet, currency: str) -> None:
    """Predicts what was spent in one currency, what remains, and when more becomes available."""
    ledger, ask = wallet.ledgers.get(currency), partial(trace.predict_view, number, wallet.name)
    ask("spent", word(ledger.lifetime() if ledger else 0), currency)
    for payee in (*PAYEES, *TARGETS):
        paid = wallet.paid_to.get((currency, payee), 0)
        ask("paidTo", word(paid), currency, payee)
    ask("pendingAuthorizations", word(ledger.pending if ledger else 0), currency)
    if wallet.last is None or not wallet.in_force:
        return ask("remaining", NO_MANDATE, currency)
    budget = wallet.last.budget_in(currency)
    if budget is None or ledger is None:
        return ask("remaining", Refused("CurrencyNotBudgeted", currency), currency)
    numbers = [
        budget.payment_limit,
        wallet.terms_in_force().lifetime_limit(budget),
        max(wallet.terms_in_force().lifetime_limit(budget) - ledger.lifetime(), 0),
        ledger.pending,
        *_stranger_state(wallet, budget),
        11 * 32,
        len(budget.windows),
        *_window_states(ledger, budget.limits(), wallet.now),
    ]
    return ask("remaining", word(32) + b"".join(map(word, numbers)), currency)


def predict_fleet_views(trace: Trace, number: int, currency: str) -> None:
    """Predicts what all wallets of the fleet's principal have spent in a currency, and what remains."""
    fleet, ask = trace.world.fleet, partial(trace.predict_view, number, trace.world.fleet.name)
    limits, ledger = fleet.limits.get(currency), fleet.ledgers.get(currency)
    if limits is None or ledger is None:
        ask("spent", word(0), currency)
        return ask("remaining", Refused("NoFleetBudget", currency), currency)
    ask("spent", word(ledger.lifetime()), currency)
    left = max(limits.lifetime - ledger.lifetime(), 0)
    numbers = [limits.decimals, limits.lifetime, left, ledger.pending, 5 * 32, len(limits.windows)]
    numbers += _window_states(ledger, limits.window_limits(), fleet.suite.now)
    return ask("remaining", word(32) + b"".join(map(word, numbers)), currency)


def _window_states(ledger: Ledger, limits: list[int], now: int) -> list[int]:
    """Length, limit and rest of each window, when more becomes available, and how much."""
    numbers: list[int] = []
    for index, limit in enumerate(limits):
        left = max(limit - ledger.counted(index, now), 0)
        numbers += [ledger.windows[index][0] * BUCKETS, limit, left, *ledger.next_return(index, now)]
    return numbers


def _stranger_state(wallet: Wallet, budget: Budget) -> tuple[int, ...]:
    """What a budget allows for strangers: limit per payment, and their window."""
    if not budget.stranger_payment:
        return (0,) * 6
    ledger, limit = wallet.stranger_ledgers[budget.currency], budget.stranger_limit()
    left = max(limit - ledger.counted(0, wallet.now), 0)
    return budget.stranger_payment, budget.windows[0][0], limit, left, *ledger.next_return(0, wallet.now)


def check_wallet(trace: Trace, wallet: str) -> bytes:
    """The return data of the registry's `checkWallet`."""
    number = trace.world.suite.registry.linked(wallet)
    if number is not None:
        return check_agent(trace, number)
    words = trace.fixtures.codec.words
    return word(0) + words[NOBODY] + words[wallet] + NO_HASH + word(0) * 4


def check_agent(trace: Trace, number: int) -> bytes:
    """The return data of `checkAgent`."""
    registry, words = trace.world.suite.registry, trace.fixtures.codec.words
    agent = registry.agents[number]
    status = STATUSES.index(registry.status(number, trace.now))
    parts = (agent.mandate, *map(word, (agent.valid_from, agent.valid_until, agent.epoch, status)))
    return word(number) + words[agent.principal] + words[agent.wallet] + b"".join(parts)
