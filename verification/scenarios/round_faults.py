"""Faults of rounds, strangers, calls, links and authorizations. See `injected_faults.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from verification.scenarios.fixtures import DELEGATED
from verification.scenarios.model.authorizations import Authorization, Authorizations
from verification.scenarios.model.calls import Call, Calls, Word
from verification.scenarios.model.charging import Charging
from verification.scenarios.model.cheques import Cheques
from verification.scenarios.model.ledger import Ledger
from verification.scenarios.model.outcomes import require
from verification.scenarios.model.principal import PrincipalControl
from verification.scenarios.model.registry import Registry, Signatures
from verification.scenarios.model.requests import KEPT, CallRequest, Request, Requests
from verification.scenarios.model.terms import NO_LIMIT, Budget, Rule, Terms
from verification.scenarios.trace import Trace

Fault = tuple[type, str, Callable[..., Any] | property]
"""A class, one of its methods, and the faulty replacement."""


def _revoked_before_its_mandate(self: Charging) -> int:
    return self.bound_epoch or 0


def _withdraws_under_a_mandate(self: PrincipalControl, sender: str, token: str, to: str, amount: int | None) -> None:
    require(self.last is not None, "NoMandate")
    WITHDRAW(self, sender, token, to, amount)


def _lift_keeps_round(self: PrincipalControl) -> None:
    self.emit("MandateLifted", self.mandate_hash())
    self.in_force, self.lifted_at = False, self.now


def _offer_outlives_its_round(self: PrincipalControl, sender: str) -> None:
    if self.offer is not None:
        self.offer = self.offer._replace(round=self.round)
    ACCEPT_HAND_OVER(self, sender)


def _any_time_approved(self: Requests, slot: int, hash_: bytes, asked_at: int) -> None:
    pending = self.pending(slot)
    TAKE(self, slot, hash_, int.from_bytes(pending[KEPT:]) if pending[:KEPT] == hash_[:KEPT] else asked_at)


def _approved_in_an_earlier_round(
    self: Requests,
    slot: int,
    request: Request | CallRequest,
    asked_at: int,
    nonce: int,
    deadline: int,
    signature: Callable[[int], tuple[bool, bytes]],
) -> None:
    def in_any(round_: int) -> tuple[bool, bytes]:
        valid, digest = signature(round_)
        return valid or (round_ > 0 and signature(round_ - 1)[0]), digest

    APPROVE_REQUEST_SIGNED(self, slot, request, asked_at, nonce, deadline, in_any)


def _strangers_window_without_limit(self: Charging, budget: Budget, charge: int) -> None:
    require(charge <= budget.stranger_payment, "StrangerPaymentLimitExceeded", charge, budget.stranger_payment)
    self.stranger_ledgers[budget.currency].charge(self.now, charge, [NO_LIMIT], NO_LIMIT)


def _expired_is_stranger(self: Charging, terms: Terms, budget: Budget, token: str, payee: str) -> str:
    limited = {each: limits for each, limits in budget.limited.items() if self.now < limits[1]}
    return REQUIRE_PAYEE(self, terms, replace(budget, limited=limited), token, payee)


def _strangers_window_emptied(self: PrincipalControl, budget: Budget) -> None:
    ledger = self.stranger_ledgers[budget.currency] = Ledger()
    ledger.open(self.now, budget.widths()[:1])


def _cheque_to_any_stranger(self: Cheques, terms: Terms, budget: Budget, payee: str) -> bool:
    return payee in budget.payees or self.is_stranger(terms, budget, payee)


def _variants_counted_apart(self: Calls, rule: Rule, call: Call) -> None:
    COUNT(self, rule, replace(call, function=f"{call.function} {rule.variant}"))


def _argument_not_charged(self: Calls, terms: Terms, rule: Rule, call: Call) -> int | None:
    REQUIRE_ARGUMENTS(self, terms, rule, call)
    return None


def _limited_is_listed(
    self: Calls, terms: Terms, rule: Rule, kind: str, values: tuple[Word | bytes, ...], word: Word
) -> bool:
    budget = terms.budget_of(rule.token)
    assert budget is not None
    return FITS(self, terms, rule, kind, values, word) or (kind == "listed payee" and word in budget.limited)


def _approval_replaced(self: Calls, token: str, call: Call, min_gas: int) -> None:
    bank = self.suite.bank
    own = bank.allowance(token, self.name, call.target)
    bank.force_approve(token, self.name, call.target, call.pull)
    self._run(call, min_gas)
    bank.force_approve(token, self.name, call.target, own)


def _target_without_terms(self: Calls, terms: Terms, token: str, call: Call, amount: int, most: int = NO_LIMIT) -> None:
    budgets = tuple(
        replace(each, limited={payee: each.limited[payee] for payee in each.limited if payee != call.target})
        for each in terms.budgets
    )
    CHARGE_TARGET(self, replace(terms, budgets=budgets), token, call, amount, most)


def _end_of_link_revokes(self: Registry, wallet: str) -> None:
    number = self.linked(wallet)
    if number is not None and self.authority(wallet) != (self.agents[number].principal, self.agents[number].epoch):
        self.switch.force_revoke(self.agents[number].principal, wallet, "registry")
    END_STALE_LINK(self, wallet)


def _link_stays(self: Registry, wallet: str) -> None:
    number = self.linked(wallet)
    require(number is None, "WalletAlreadyLinked", wallet, number)


def _first_mandate_by_anybody(self: PrincipalControl, terms: Terms, *signatures: Any) -> None:
    if self.last is not None:
        return SET_MANDATE_SIGNED(self, terms, *signatures)
    self.install(terms)
    return require(signatures[0], "BadPrincipalSignature", self.principal, signatures[2])


def _payees_end_ignored(self: Authorizations, terms: Terms, token: str, payee: str) -> int:
    return min(terms.valid_until, self.now + terms.max_authorization_age)


def _authorizations_of_any_age(
    self: Authorizations, sender: str, authorization: Authorization, ref: int, acting: bool = False
) -> None:
    last, self.last = self.last, self.last and replace(self.last, max_authorization_age=2**40)
    try:
        PREAUTHORIZE(self, sender, authorization, ref, acting)
    finally:
        self.last = last


def _settles_as_either_kind(self: Authorizations, sender: str, authorization: Authorization) -> None:
    kind, digest = authorization.by_payee, authorization.digest
    either = [each for _, each in self.authorized if replace(each, by_payee=kind, digest=digest) == authorization]
    self.submit(sender, authorization, authorization.by_payee, any(map(self.confirms, either)))


def _old_round_anchored(
    self: Registry, sender: str, number: int, terms: Terms, signatures: Signatures, now: int
) -> None:
    is_bare = self.in_force(self.agents[number].wallet) is None
    current = replace(terms, round=self.agents[number].anchors) if is_bare else terms
    ANCHOR_MANDATE(self, sender, number, current, signatures, now)


def _delegated_key_refused(self: Trace, key: str, digest: bytes, forged: bool) -> tuple[bytes, bool]:
    signature, good = SIGNED_BY_AGENT(self, key, digest, forged)
    return signature, good and key not in DELEGATED


SIGNED_BY_AGENT = Trace.signed_by_agent
WITHDRAW, ACCEPT_HAND_OVER = PrincipalControl.withdraw, PrincipalControl.accept_hand_over
SET_MANDATE_SIGNED, REQUIRE_PAYEE = PrincipalControl.set_mandate_signed, Charging.require_payee
TAKE, APPROVE_REQUEST_SIGNED = Requests._take, Requests.approve_request_signed
COUNT, FITS, CHARGE_TARGET, REQUIRE_ARGUMENTS = (
    Calls._count,
    Calls._fits,
    Calls._charge_target,
    Calls._require_arguments,
)
END_STALE_LINK, ANCHOR_MANDATE = Registry._end_stale_link, Registry.anchor_mandate
PREAUTHORIZE = Authorizations.preauthorize
ROUND_FAULTS: dict[str, Fault] = {
    "I6: a target's own terms don't hold for its calls": (Calls, "_charge_target", _target_without_terms),
    "I6: an argument may name a payee with terms of its own": (Calls, "_fits", _limited_is_listed),
    "I7: a pull replaces the principal's approval": (Calls, "_run_with_pull", _approval_replaced),
    "I12: anybody installs a signed first mandate": (PrincipalControl, "set_mandate_signed", _first_mandate_by_anybody),
    "I16: a bare key's mandate is anchored twice": (Registry, "anchor_mandate", _old_round_anchored),
    "I16: an authorization settles as either kind": (Authorizations, "settle", _settles_as_either_kind),
    "I17: an approval names no time": (Requests, "_take", _any_time_approved),
    "I23: a link never gives way": (Registry, "_end_stale_link", _link_stays),
    "I28: a link that gives way revokes the former principal's agent": (
        Registry,
        "_end_stale_link",
        _end_of_link_revokes,
    ),
    "I29: an authorization outlives its payee's terms": (Authorizations, "_latest_end", _payees_end_ignored),
    "I29: an authorization has any age": (Authorizations, "preauthorize", _authorizations_of_any_age),
    "I29: a released charge still counts for the payee": (
        Authorizations,
        "give_back",
        lambda self, currency, payee, charge: None,
    ),
    "I30: a wallet without a mandate is revoked": (Charging, "epoch", property(_revoked_before_its_mandate)),
    "I30: withdrawing needs a mandate": (PrincipalControl, "withdraw", _withdraws_under_a_mandate),
    "I31: a mandate of any round is installed": (PrincipalControl, "require_round", lambda self, given: None),
    "I31: lifting a mandate doesn't end the round": (PrincipalControl, "_lift", _lift_keeps_round),
    "I31: an offer outlives its round": (PrincipalControl, "accept_hand_over", _offer_outlives_its_round),
    "I31: an approval outlives its round": (Requests, "approve_request_signed", _approved_in_an_earlier_round),
    "I32: the strangers' window has no limit": (Charging, "charge_stranger", _strangers_window_without_limit),
    "I32: a payee whose terms have ended is a stranger": (Charging, "require_payee", _expired_is_stranger),
    "I32: a mandate empties the strangers' window": (PrincipalControl, "_open_strangers", _strangers_window_emptied),
    "I32: any cheque may pay strangers": (Cheques, "_may_receive", _cheque_to_any_stranger),
    "I32: an authorization of a stranger isn't held": (
        Authorizations,
        "ledgers_of",
        lambda self, currency, kind: [self.ledgers[currency]],
    ),
    "I33: calls aren't counted": (Calls, "_count", lambda self, rule, call: None),
    "I33: variants are counted apart": (Calls, "_count", _variants_counted_apart),
    "I33: an argument isn't charged": (Calls, "_require_arguments", _argument_not_charged),
    "I36: an agent key that delegates can't sign": (Trace, "signed_by_agent", _delegated_key_refused),
    "I33: a floor isn't checked": (Calls, "_require_gain", lambda self, floor, had, charged: None),
}
