"""What can be seen from outside: every view that has a counterpart in the model is asked, and has to answer the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from verification.scenarios.chain.codec import word
from verification.scenarios.fixtures import PRINCIPALS, TOKENS
from verification.scenarios.model.charging import GAS
from verification.scenarios.model.gas import NO_TERMS
from verification.scenarios.model.paymaster import Paymaster
from verification.scenarios.model.registry import NO_HASH, NOBODY, STATUSES
from verification.scenarios.model.requests import NOTHING
from verification.scenarios.model.rules import Refused
from verification.scenarios.model.switch import FLAGS
from verification.scenarios.model.terms import BUCKETS
from verification.scenarios.model.wallet import Wallet
from verification.scenarios.shapes import CURRENCIES, PAYEES
from verification.scenarios.trace import Play

NO_MANDATE = Refused("NoMandate")
FRESH = 2**200
"""A nonce that nobody uses here."""
INTERFACES = {
    bytes.fromhex("01ffc9a7"): True,
    bytes.fromhex("1626ba7e"): True,
    bytes.fromhex("150b7a02"): True,
    bytes.fromhex("4e2312e0"): True,
    bytes.fromhex("ffffffff"): False,
}
"""ERC-165, ERC-1271, and the receivers of ERC-721 and ERC-1155; and what is none."""


def look_at_all(play: Play, number: int) -> None:
    """Everything that can be seen."""
    for wallet in play.world.wallets.values():
        look_at(play, number, wallet)
    for principal in PRINCIPALS:
        state = play.world.suite.switch.of(principal)
        answer = (state.epoch, state.paused, state.heartbeat, state.last_check_in)
        play.ask(number, "switch", "principalState", b"".join(map(word, answer)), principal)


def look_at(play: Play, number: int, wallet: Wallet) -> None:
    """One wallet: what it has, what its agent may still do, and what others are told about it."""
    words, bank = play.cast.codec.words, play.world.suite.bank
    name = wallet.name
    ask, ask_it = partial(play.ask, number), partial(play.ask, number, name)
    for token in TOKENS:
        has = word(bank.balance(token, name)) if bank.tells(token) else Refused("BalanceRefused", name)
        ask(token, "balanceOf", has, name)
    ask_it("mandateHash", wallet.mandate_hash())
    ask_it("principal", words[wallet.principal])
    ask_it("authority", words[wallet.principal] + word(wallet.epoch))
    ask_it("pendingPrincipal", words[wallet.pending_principal])
    flags = [wallet.suite.switch.has(wallet.principal, name, flag) for flag in FLAGS]
    ask("switch", "stopWord", b"".join(map(word, flags)), wallet.principal, name)
    ask("registry", "checkWallet", checked(play, wallet), name)
    ask(play.world.paymaster.name, "gasTermsOf", gas_terms(play.world.paymaster, wallet), name)
    for currency in CURRENCIES:
        look_at_budget(play, number, wallet, currency)
    if wallet.in_force and wallet.last:
        hashes = [wallet.requests.get((wallet.round, slot), NOTHING) for slot in range(wallet.last.max_requests)]
        ask_it("pendingRequests", word(32) + word(len(hashes)) + b"".join(hashes))
        look_at_cheques(play, number, wallet)
        most, limit, window = wallet.last.gas
        left = max(limit - wallet.ledgers[GAS].counted(0, wallet.now), 0) if window else 0
        ask_it("operationGas", b"".join(map(word, (most, limit, left, window // BUCKETS))))
    else:
        ask_it("pendingRequests", NO_MANDATE)
    look_at_identity(play, number, wallet)
    look_at_terms(play, number, wallet)


def gas_terms(paymaster: Paymaster, wallet: Wallet) -> bytes:
    """What a paymaster pays for a wallet, and what is left of it."""
    terms, ledger = paymaster.terms.get(wallet.name, NO_TERMS), paymaster.ledgers.get(wallet.name)
    left = max(terms[1] - ledger.counted(0, wallet.now), 0) if ledger and terms[1] else 0
    return b"".join(map(word, (*terms, left)))


def look_at_identity(play: Play, number: int, wallet: Wallet) -> None:
    """What it is, and what was used up."""
    words, ask = play.cast.codec.words, partial(play.ask, number, wallet.name)
    ask("agentId", word(wallet.number))
    ask("lastMandateHash", wallet.last.hash if wallet.last else NO_HASH)
    ask("FACTORY", words["factory"])
    ask("POWERS_MODULE", words["powers module"])
    for function, spent in (("isNonceSpent(uint256)", wallet.spent_nonces), ("isActionSpent", wallet.spent_actions)):
        for nonce in (min(spent, default=0), FRESH):
            ask(function, word(nonce in spent), nonce)
    for interface, has in INTERFACES.items():
        ask("supportsInterface", word(has), interface)


def look_at_terms(play: Play, number: int, wallet: Wallet) -> None:
    """What the mandate in force says of tokens, payees and cheques."""
    terms, hash_ = wallet.last, wallet.mandate_hash()

    def ask(function: str, answer: Callable[[], bytes], *arguments: object) -> None:
        told: bytes | Refused = NO_MANDATE
        if wallet.in_force:
            try:
                told = answer()
            except Refused as reason:
                told = reason
        play.ask(number, wallet.name, function, told, *arguments)

    if terms is None:
        return
    token = next(iter(terms.budgets[0].tokens))
    for each, amount in ((token, 1), (token, 10**6 + 1), ("unlisted", 1)):
        ask("chargeOf", lambda each=each, amount=amount: word(wallet.charge_of(each, amount)), each, amount)
    for each, payee in [(token, payee) for payee in (*PAYEES, wallet.name, "registry")] + [("unlisted", "payee 0")]:
        ask("isPayee", lambda each=each, payee=payee: word(wallet.may_be_paid(each, payee)), each, payee)
    nonce = play.cheque_nonce(wallet.name, token, hash_, 7, 2)
    ask("chequeNonce", lambda: word(nonce), token, 7, 2)
    for each in (token, "usdc"):
        ask("chequeBook", lambda each=each: _book(wallet, each), each)


def _book(wallet: Wallet, token: str) -> bytes:
    book = wallet.terms_in_force().book_in(token)
    if book is None:
        raise Refused("NoChequeBook", token)
    return b"".join(map(word, (book.count, book.limit, book.period)))


def look_at_cheques(play: Play, number: int, wallet: Wallet) -> None:
    """What is left of the cheques of this period, by the token's own record."""
    cheques = wallet.cheques_of("usdc")
    if not cheques:
        return
    used = wallet.suite.bank.used
    left = sum((wallet.name, play.cheque_nonce(wallet.name, "usdc", *each)) not in used for each in cheques)
    book = wallet.terms_in_force().book_in("usdc")
    assert book is not None
    for function, answer in (("chequesLeft", left), ("chequesOutstanding", left * book.limit)):
        play.ask(number, wallet.name, function, word(answer), "usdc")


def look_at_budget(play: Play, number: int, wallet: Wallet, currency: str) -> None:
    """One currency: what was spent, what remains, and when it returns."""
    ledger, ask = wallet.ledgers.get(currency), partial(play.ask, number, wallet.name)
    ask("spent", word(ledger.lifetime() if ledger else 0), currency)
    for payee in PAYEES:
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
        budget.any_payee,
        6 * 32,
        len(budget.windows),
    ]
    for index, (width, limit) in enumerate(zip(budget.widths(), budget.limits(), strict=True)):
        left = max(limit - ledger.counted(index, wallet.now), 0)
        numbers += [width * BUCKETS, limit, left, *ledger.next_return(index, wallet.now)]
    return ask("remaining", word(32) + b"".join(map(word, numbers)), currency)


def checked(play: Play, wallet: Wallet) -> bytes:
    """What a counterparty is told of a wallet."""
    registry, words = wallet.suite.registry, play.cast.codec.words
    number = registry.linked(wallet.name)
    if number is None:
        return word(0) + words[NOBODY] + words[wallet.name] + NO_HASH + word(0) * 3
    agent = registry.agents[number]
    status = STATUSES.index(registry.status(number, wallet.now))
    parts = (agent.mandate, *map(word, (agent.valid_from, agent.valid_until, status)))
    return word(number) + words[agent.principal] + words[agent.wallet] + b"".join(parts)
