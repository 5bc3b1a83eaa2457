"""Faults of guards and the fleet budget. See `injected_faults.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from verification.scenarios.model.authorizations import Authorizations
from verification.scenarios.model.calls import Call, Calls
from verification.scenarios.model.charging import Charging
from verification.scenarios.model.fleet import Fleet
from verification.scenarios.model.guards import ANSWER, Charge, MoodyGuard
from verification.scenarios.model.ledger import Ledger
from verification.scenarios.model.mandate_check import Directory, MandateCheck
from verification.scenarios.model.outcomes import Refused, require
from verification.scenarios.model.principal import PrincipalControl
from verification.scenarios.model.registry import NOBODY
from verification.scenarios.model.requests import CallRequest, Requests
from verification.scenarios.model.signed_mandate import SignedRule
from verification.scenarios.model.terms import NO_LIMIT, Budget, Terms
from verification.scenarios.model.wallet import PrincipalCall, Relay, Wallet
from verification.scenarios.round_faults import Fault


def _fee_unasked(self: Wallet, terms: Terms, relay: Relay) -> None:
    with patch.object(Charging, "ask_guard", lambda self, terms, charge: None):
        PAY_FEE(self, terms, relay)


def _call_unasked(self: Calls, terms: Terms, token: str, call: Call, amount: int, most: int = NO_LIMIT) -> None:
    with patch.object(Charging, "ask_guard", lambda self, terms, charge: None):
        CHARGE_TARGET(self, terms, token, call, amount, most)


def _asked_before_the_pull_limit(
    self: Calls, terms: Terms, token: str, call: Call, amount: int, most: int = NO_LIMIT
) -> None:
    CHARGE_TARGET(self, terms, token, call, amount)
    charge = self.find_budget(terms, token, amount).charge(token, amount)
    require(charge <= most, "PullLimitExceeded", charge, most)


def _pending_unasked(self: Charging, terms: Terms, charge: Charge) -> None:
    if not charge.pending:
        ASK_GUARD(self, terms, charge)


def _first_only(self: Charging, terms: Terms, charge: Charge) -> None:
    """The guard isn't asked again within a transaction."""
    if "guard_agreed" not in self.suite.branches:
        ASK_GUARD(self, terms, charge)


def _never_pending(self: Charging, terms: Terms, charge: Charge) -> None:
    ASK_GUARD(self, terms, charge._replace(pending=False))


def _asked_about_the_amount(self: Charging, terms: Terms, charge: Charge) -> None:
    ASK_GUARD(self, terms, charge._replace(charge=charge.amount))


def _acts_after_the_answer(self: Charging, terms: Terms, charge: Charge) -> None:
    with patch.object(Charging, "require_still_live", lambda self, terms: None):
        ASK_GUARD(self, terms, charge)


def _any_answer_agrees(self: MoodyGuard) -> None:
    try:
        ANSWER_OF(self)
    except Refused as reason:
        if reason.error != ANSWER:
            raise


def _exchanged(self: Authorizations, guard: str, currency: str, charge: int, settled: bool) -> None:
    TELL_GUARD(self, guard, currency, charge, not settled)


def _present_guard_heard(self: Authorizations, guard: str, currency: str, charge: int, settled: bool) -> None:
    present = self.last.guard if self.last else NOBODY
    if present != NOBODY:
        TELL_GUARD(self, present, currency, charge, settled)


def _dropped_at_renewal(self: PrincipalControl, terms: Terms) -> None:
    INSTALL(self, terms if self.last is None else replace(terms, guard=NOBODY))


def _guard_is_stranger(self: Charging, terms: Terms, budget: Budget, payee: str) -> bool:
    return IS_STRANGER(self, replace(terms, guard=NOBODY), budget, payee)


def _beside_a_book(self: MandateCheck, guard: str) -> None:
    mandate = self.mandate
    self.mandate = mandate._replace(powers=mandate.powers._replace(books=[]))
    try:
        CHECK_GUARD(self, guard)
    finally:
        self.mandate = mandate


def _reserved_executed(self: Wallet, calls: Sequence[PrincipalCall]) -> None:
    with patch.object(Directory, "require_not_reserved", _anything):
        EXECUTE_ALL(self, calls)


def _reserved_requested(self: Requests, terms: Terms, request: CallRequest) -> None:
    with patch.object(Directory, "require_not_reserved", _anything):
        REQUIRE_TARGET(self, terms, request)


def _reserved_in_a_rule(self: MandateCheck, rule: SignedRule) -> None:
    with patch.object(Directory, "require_not_reserved", _anything):
        RULE(self, rule)


def _guard_pulled(self: Requests, terms: Terms, request: CallRequest) -> None:
    unnamed = terms.guard if request.call.target == terms.guard else NOBODY
    REQUIRE_TARGET(self, replace(terms, guard=unnamed), request)


def _counted_per_wallet(self: Fleet, wallet: str, currency: str) -> str:
    known = f"{currency} of {wallet}"
    if currency in self.ledgers and known not in self.ledgers:
        self.ledgers[known] = Ledger([(width, []) for width, _ in self.ledgers[currency].windows])
    return known


def _deaf_after_a_hand_over(self: Fleet, wallet: str, currency: str, charge: int, settled: bool) -> None:
    principal = self.require_wallet(wallet)
    require(principal == self.principal, "OtherPrincipal", wallet, principal, self.principal)
    ON_CLOSE(self, wallet, currency, charge, settled)


def _budget_emptied(self: Fleet, currency: str, widths: list[int]) -> None:
    self.ledgers[currency] = Ledger()
    OPEN(self, currency, widths)


def _nothing_held(self: Ledger, time: int, amount: int) -> None:
    """What is pending counts as settled."""


def _fleet_holds_nothing(self: Fleet, wallet: str, charge: Charge) -> None:
    with patch.object(Ledger, "hold", _nothing_held):
        ON_CHARGE(self, wallet, charge)


def _budget_of_anybody(
    self: Fleet, sender: str, currency: str, decimals: int, lifetime: int, windows: Sequence[tuple[int, int]]
) -> None:
    SET_BUDGET(self, self.principal, currency, decimals, lifetime, windows)


def _anything(self: Any, *_: Any) -> None:
    """Nothing is refused."""


PAY_FEE, CHARGE_TARGET, ASK_GUARD = Wallet._pay_fee, Calls._charge_target, Charging.ask_guard
IS_STRANGER, INSTALL, CHECK_GUARD = Charging.is_stranger, PrincipalControl.install, MandateCheck._guard
TELL_GUARD, ANSWER_OF = Authorizations.notify_guard, MoodyGuard._answer
OPEN, ON_CHARGE, ON_CLOSE, SET_BUDGET = Fleet.open, Fleet.on_charge, Fleet.on_close, Fleet.set_budget
EXECUTE_ALL, REQUIRE_TARGET, RULE = Wallet._execute_all, Requests._require_target, MandateCheck._rule
GUARD_FAULTS: dict[str, Fault] = {
    "I34: a guard isn't asked about fees": (Wallet, "_pay_fee", _fee_unasked),
    "I34: a guard isn't asked about calls": (Calls, "_charge_target", _call_unasked),
    "I34: a guard is asked about more than a rule lets a target pull": (
        Calls,
        "_charge_target",
        _asked_before_the_pull_limit,
    ),
    "I34: a guard isn't asked about pre-authorizations": (Charging, "ask_guard", _pending_unasked),
    "I34: a guard is asked once in a transaction": (Charging, "ask_guard", _first_only),
    "I34: a guard is asked about the amount": (Charging, "ask_guard", _asked_about_the_amount),
    "I34: a guard doesn't learn that a charge is pending": (Charging, "ask_guard", _never_pending),
    "I34: an agent that its guard has stopped pays": (Charging, "ask_guard", _acts_after_the_answer),
    "I34: any answer is agreement": (MoodyGuard, "_answer", _any_answer_agrees),
    "I34: settled and released are exchanged": (Authorizations, "notify_guard", _exchanged),
    "I34: the present mandate's guard learns of a closing": (Authorizations, "notify_guard", _present_guard_heard),
    "I34: a renewal drops the guard": (PrincipalControl, "install", _dropped_at_renewal),
    "I34: a guard is paid as a stranger": (Charging, "is_stranger", _guard_is_stranger),
    "I34: a guard stands beside a cheque book": (MandateCheck, "_guard", _beside_a_book),
    "I34: a guard isn't asked about a mandate": (MandateCheck, "_ask", lambda self, guard: None),
    "I34: a principal makes a wallet call a guard": (Wallet, "_execute_all", _reserved_executed),
    "I34: a request makes a wallet call a guard": (Requests, "_require_target", _reserved_requested),
    "I34: a rule makes a wallet call a guard": (MandateCheck, "_rule", _reserved_in_a_rule),
    "I34: a request lets a target pull the guard": (Requests, "_require_target", _guard_pulled),
    "I35: each wallet has the fleet's budget": (Fleet, "counted_in", _counted_per_wallet),
    "I35: anybody calls the fleet": (Fleet, "require_wallet", _anything),
    "I35: the fleet doesn't hear of a wallet that was handed over": (Fleet, "on_close", _deaf_after_a_hand_over),
    "I35: other limits empty the fleet's windows": (Fleet, "open", _budget_emptied),
    "I35: a pending charge counts as settled": (Fleet, "on_charge", _fleet_holds_nothing),
    "I35: anybody sets the fleet's budget": (Fleet, "set_budget", _budget_of_anybody),
    "I35: the fleet agrees to mandates of other principals": (Fleet, "accepts", _anything),
}
