"""Defects to be planted in the model: each rule is broken once, and the campaign has to find out.

To model and chain it is the same on which side the mistake is. So what a planted defect shows is that a contract which broke
this rule, and was compared with the true model, would be found in as many stories.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from verification.scenarios.fixtures import TOKENS, WALLETS
from verification.scenarios.model.authorizations import Authorizations
from verification.scenarios.model.calls import Calls
from verification.scenarios.model.charging import Charging
from verification.scenarios.model.cheques import Cheque, Cheques
from verification.scenarios.model.gas import FOREVER
from verification.scenarios.model.ledger import BUCKETS, Ledger
from verification.scenarios.model.money import Bank
from verification.scenarios.model.operations import ENTRY_POINT, EntryPoint
from verification.scenarios.model.paymaster import Paymaster
from verification.scenarios.model.payments import Payment, Payments
from verification.scenarios.model.principal import PrincipalControl
from verification.scenarios.model.registry import Registry
from verification.scenarios.model.requests import Requests
from verification.scenarios.model.rules import require
from verification.scenarios.model.switch import Switch
from verification.scenarios.model.terms import NATIVE, Budget
from verification.scenarios.model.tokens import YES, Terse
from verification.scenarios.model.wallet import Wallet

Defect = tuple[type, str, Callable[..., Any]]
"""A class, one of its methods, and what stands in its place."""


def _rounds_down(self: Budget, token: str, amount: int) -> int:
    return amount * 10**self.decimals // 10 ** self.tokens[token]


def _forgets_early(self: Ledger, index: int, time: int) -> int:
    width, charges = self.windows[index]
    return sum(charge for when, charge in charges if when // width > time // width - BUCKETS)


def _refills(self: Ledger, time: int, widths: list[int]) -> None:
    before = dict(self.windows)
    self.windows = [(width, before.get(width, [])) for width in widths]


def _end_inclusive(self: Charging, terms: Any) -> None:
    require(self.now >= terms.valid_from, "MandateNotYetValid", self.now, terms.valid_from)
    require(self.now <= terms.valid_until, "MandateExpired", self.now, terms.valid_until)


def _guardians_restore(self: Switch, sender: str, wallet: str) -> None:
    for principal in ("principal", "other principal", "company"):
        if sender in self.of(principal).guardians:
            self.flags.discard((principal, wallet, "paused"))
    UNPAUSE(self, sender, wallet)


def _anybody_stops(self: Switch, who: str, principal: str) -> None:
    return None


def _epoch_ignored(self: Switch, principal: str, wallet: str, epoch: int, now: int) -> None:
    REQUIRE_LIVE(self, principal, wallet, self.of(principal).epoch, now)


def _fee_for_free(self: Wallet, terms: Any, relay: Any) -> None:
    self.require_live(terms)
    self.emit("PaymentMade", relay.fee_token, relay.relayer, relay.nonce, relay.fee, 0)
    self.pay_out(terms, relay.fee_token, relay.relayer, relay.fee)


def _fee_after_the_end(self: Wallet, terms: Any, relay: Any) -> None:
    self.require_still_live(terms)
    self.make(terms, Payment(relay.fee_token, relay.relayer, relay.fee, relay.nonce))


def _approval_stays(self: Requests, slot: int, request: Any) -> None:
    pending = self._pending(slot)
    require(request.hash == pending, "RequestMismatch", slot, request.hash, pending)


def _vouches_when_stopped(self: Authorizations, authorization: Any) -> bool:
    terms = self.last
    held = [self.authorized.get((budget.currency, authorization)) for budget in terms.budgets] if terms else []
    return any(found and found[2] == self.round and self.now < found[1] for found in held)


def _silence_is_a_no(self: Authorizations, authorization: Any, over: bool) -> bool:
    return (self.name, authorization.nonce) in self.suite.bank.used


def _carriers_act(self: Charging, terms: Any, sender: str, acting: bool) -> None:
    # Only what carries an action, and does more in the same transaction, is a wallet and calls a verb.
    REQUIRE_AGENT(self, terms, sender, acting or sender in WALLETS)


def _links_without_unlinking(self: Registry, *arguments: Any) -> None:
    with patch.object(self.switch, "end", lambda *_: None):
        SET_WALLET(self, *arguments)


def _transfer_keeps_agent(self: Registry, number: int) -> None:
    agent = self.agents[number]
    self.agents[number] = replace(agent, wallet="nobody", valid_from=0, valid_until=0, mandate=bytes(32))


def _any_payee_is_any(self: Charging, terms: Any, budget: Budget, payee: str) -> bool:
    return payee in budget.payees or budget.any_payee


def _pull_uncounted(self: Calls, terms: Any, call: Any, token: str, amount: int) -> int:
    charge = self.find_budget(terms, token, amount).charge(token, amount)
    self.emit("PaymentMade", token, call.target, call.ref, amount, charge)
    return charge


@contextmanager
def _never_alone(self: Charging) -> Iterator[None]:
    yield


def _decimals_as_ever(self: Bank, token: str) -> int | None:
    return {**TOKENS, NATIVE: 18}.get(token)


def _goes_on_when_stopped(self: Charging, terms: Any) -> None:
    require(self.mandate_hash() == terms.hash, "MandateChanged", terms.hash)


def _pays_when_stopped(self: Paymaster, wallet: Wallet, by_principal: bool, cost: int, period: int) -> tuple[int, int]:
    require(wallet.principal == self.principal, "OtherPrincipal", wallet.name, wallet.principal, self.principal)
    return (0, FOREVER) if by_principal else self._charge(wallet.name, cost, period)


def _pays_for_all(self: Paymaster, wallet: Wallet, by_principal: bool, cost: int, period: int) -> tuple[int, int]:
    with patch.object(self, "principal", wallet.principal):
        return VALIDATE(self, wallet, by_principal, cost, period)


def _batch_without_end(self: Payments, sender: str, payments: Any, acting: bool = False) -> None:
    with self.alone():
        terms = self.terms_for_agent(sender, acting)
        for payment in payments:
            self.make(terms, payment)
        self.require_still_live(terms)


def _withdraws_for_guardian(self: PrincipalControl, sender: str) -> None:
    guardians = self.suite.switch.of(self.principal).guardians
    require(sender in (self.principal, self.name) or sender in guardians, "NotPrincipal", sender, self.principal)


def _cheques_of_any_period(self: Cheques, cheque: Cheque) -> bool:
    book = self.last.book_in(cheque.token) if self.last else None
    return IS_GOOD(self, replace(cheque, period=self.now // book.period) if book else cheque)


def _nothing_set_aside(self: Budget) -> list[int]:
    return [limit for _, limit in self.windows]


def _gas_for_free(self: EntryPoint, wallet: Wallet, terms: Any, operation: Any) -> tuple[int, int]:
    return 0, FOREVER


def _carried_out_when_stopped(self: EntryPoint, wallet: Wallet, operation: Any) -> None:
    if operation.act is not None:
        return operation.act()
    if operation.payment is None:
        return operation.verb(ENTRY_POINT, True)
    return wallet.make(wallet.terms_in_force(), operation.payment)


def _same_number_again(self: EntryPoint, index: int, wallet: Wallet, operation: Any) -> None:
    due = self.sequences.get((wallet.name, operation.lane), 0)
    ADMIT(self, index, wallet, operation if operation.sequence != due - 1 else replace(operation, sequence=due))


def _takes_a_flood_for_nothing(self: Terse, bank: Bank) -> None:
    require(not bank.answer or bank.answer in YES, "SafeERC20FailedOperation", self.name)


ADMIT, VALIDATE = EntryPoint._admit, Paymaster.validate
UNPAUSE, REQUIRE_LIVE, IS_GOOD = Switch.unpause, Switch.require_live, Cheques.is_good
REQUIRE_AGENT, SET_WALLET = Charging.require_agent, Registry.set_wallet
DEFECTS: dict[str, Defect] = {
    "I1: a charge is rounded down": (Budget, "charge", _rounds_down),
    "I2: a window forgets a bucket too early": (Ledger, "settled", _forgets_early),
    "I2: a new window begins empty": (Ledger, "open", _refills),
    "I3: what was spent isn't counted for life": (Ledger, "lifetime", lambda self: 0),
    "I4: a token may take more than it was told to": (Charging, "require_taken", lambda self, before, charged: None),
    "I4: whatever a token answers is a yes": (Terse, "require_yes", lambda self, bank: None),
    "I4: a flood of zeros is taken for no answer": (Terse, "require_yes", _takes_a_flood_for_nothing),
    "I5: a fee is paid beside the ledger": (Wallet, "_pay_fee", _fee_for_free),
    "I5: what a call pulls is paid beside the ledger": (Calls, "_charge_call", _pull_uncounted),
    "I6: any payee means the suite's contracts too": (Charging, "is_free_payee", _any_payee_is_any),
    "I6: nobody asks a token for its decimals": (Bank, "decimals_of", _decimals_as_ever),
    "I8: an authorization outlives a stop": (Authorizations, "vouches_for", _vouches_when_stopped),
    "I8: an operation is carried out after a stop of all": (EntryPoint, "_execute", _carried_out_when_stopped),
    "I8: a batch goes on after a stop": (Charging, "require_still_live", _goes_on_when_stopped),
    "I8: a paymaster pays for a stopped agent": (Paymaster, "validate", _pays_when_stopped),
    "I9: revoking all is forgotten": (Switch, "require_live", _epoch_ignored),
    "I12: anybody stops": (Switch, "may_stop", _anybody_stops),
    "I12: a guardian restores": (Switch, "unpause", _guardians_restore),
    "I12: a guardian acts for the principal": (Charging, "require_principal", _withdraws_for_guardian),
    "I12: who carries an action acts after it": (Charging, "require_agent", _carriers_act),
    "I14: a new wallet leaves the one before alive": (Registry, "set_wallet", _links_without_unlinking),
    "I14: a transfer leaves the agent alive": (Registry, "unlink", _transfer_keeps_agent),
    "I15: a token's silence is taken for a no": (Authorizations, "was_settled", _silence_is_a_no),
    "I16: an operation can come twice": (EntryPoint, "_admit", _same_number_again),
    "I17: an approval can be used twice": (Requests, "_take", _approval_stays),
    "I20: a verb begins in the middle of another": (Charging, "alone", _never_alone),
    "I21: a mandate lives a second too long": (Charging, "require_valid", _end_inclusive),
    "I21: a fee is paid after the mandate's end": (Wallet, "_pay_fee", _fee_after_the_end),
    "I24: a batch has any length": (Payments, "pay_batch", _batch_without_end),
    "I25: operations cost nothing": (EntryPoint, "_charge", _gas_for_free),
    "I25: a paymaster pays any cost": (Paymaster, "_charge", lambda self, wallet, cost, period: (0, FOREVER)),
    "I25: a paymaster pays for other principals": (Paymaster, "validate", _pays_for_all),
    "I29: what was refused is waited for": (Authorizations, "is_over", lambda self, end, _: self.now >= end),
    "I29: a cheque is good in any period": (Cheques, "is_good", _cheques_of_any_period),
    "I29: nothing is set aside for cheques": (Budget, "limits", _nothing_set_aside),
    "I29: nobody asks what an ended mandate's cheques came to": (
        PrincipalControl,
        "_charge_cheques",
        lambda self: None,
    ),
}


@contextmanager
def planted(name: str) -> Iterator[None]:
    """The model with this defect."""
    owner, method, defect = DEFECTS[name]
    with patch.object(owner, method, defect):
        yield
