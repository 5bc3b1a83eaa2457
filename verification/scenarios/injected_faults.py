"""Faults that can be injected into the model: each breaks one rule, and a campaign must detect it.

A comparison does not show which side is wrong. So a detected fault of the model shows that the same fault in a
contract would be detected.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from verification.scenarios.fixtures import TOKENS, WALLETS
from verification.scenarios.guard_faults import GUARD_FAULTS
from verification.scenarios.model.authorizations import Authorization, Authorizations
from verification.scenarios.model.bank import Bank
from verification.scenarios.model.calls import Call, Calls
from verification.scenarios.model.charging import Charging
from verification.scenarios.model.cheques import Cheque, Cheques
from verification.scenarios.model.gas import FOREVER
from verification.scenarios.model.ledger import BUCKETS, Ledger
from verification.scenarios.model.operations import ENTRY_POINT, EntryPoint, Operation
from verification.scenarios.model.outcomes import require
from verification.scenarios.model.paymaster import Paymaster
from verification.scenarios.model.payments import Payment, Payments
from verification.scenarios.model.principal import PrincipalControl
from verification.scenarios.model.registry import Registry
from verification.scenarios.model.requests import Requests, kept
from verification.scenarios.model.switch import Switch
from verification.scenarios.model.terms import NATIVE, NO_LIMIT, Budget, Terms, power_of_ten
from verification.scenarios.model.tokens import SUCCESS_RETURNS, ShortReturnToken
from verification.scenarios.model.wallet import Relay, Wallet
from verification.scenarios.round_faults import ROUND_FAULTS, Fault


def _rounds_down(self: Budget, token: str, amount: int) -> int:
    return amount * power_of_ten(self.decimals) // power_of_ten(self.tokens[token])


def _forgets_early(self: Ledger, index: int, time: int) -> int:
    width, charges = self.windows[index]
    return sum(charge for when, charge in charges if when // width > time // width - BUCKETS)


def _new_window_empty(self: Ledger, time: int, widths: list[int]) -> None:
    before = dict(self.windows)
    self.windows = [(width, before.get(width, [])) for width in widths]


def _end_inclusive(self: Charging, terms: Terms) -> None:
    require(self.now >= terms.valid_from, "MandateNotYetValid", self.now, terms.valid_from)
    require(self.now <= terms.valid_until, "MandateExpired", self.now, terms.valid_until)


def _guardian_unpauses(self: Switch, sender: str, wallet: str) -> None:
    for principal in ("principal", "other principal", "company"):
        if sender in self.of(principal).guardians:
            self.flags.discard((principal, wallet, "paused"))
    UNPAUSE(self, sender, wallet)


def _anybody_stops(self: Switch, who: str, principal: str) -> None:
    return None


def _epoch_ignored(self: Switch, principal: str, wallet: str, epoch: int, now: int) -> None:
    REQUIRE_LIVE(self, principal, wallet, self.of(principal).epoch, now)


def _fee_not_charged(self: Wallet, terms: Terms, relay: Relay) -> None:
    self.require_live(terms)
    self.emit("PaymentMade", relay.fee_token, relay.relayer, relay.nonce, relay.fee, 0)
    self.pay_out(terms, relay.fee_token, relay.relayer, relay.fee)


def _fee_after_expiry(self: Wallet, terms: Terms, relay: Relay) -> None:
    self.require_still_live(terms)
    self.pay_one(terms, Payment(relay.fee_token, relay.relayer, relay.fee, relay.nonce))


def _request_stays(self: Requests, slot: int, hash_: bytes, asked_at: int) -> None:
    pending, given = self.pending(slot), kept(hash_, asked_at)
    require(given == pending, "RequestMismatch", slot, given, pending)


def _confirms_when_stopped(self: Authorizations, authorization: Authorization) -> bool:
    terms = self.last
    held = [self.authorized.get((budget.currency, authorization)) for budget in terms.budgets] if terms else []
    return any(found and found[2] == self.round and self.now < found[1] for found in held)


def _unknown_is_unused(self: Bank, token: str, payer: str, nonce: int) -> bool | None:
    # A token that reports nothing can't be authorized.
    return (payer, nonce) in self.used if token == "usdc" else False


def _relayer_acts(self: Charging, terms: Terms, sender: str, acting: bool) -> None:
    # Only a wallet that relays an action in a batch calls an agent's function as sender.
    REQUIRE_AGENT(self, terms, sender, acting or sender in WALLETS)


def _links_without_revoking(self: Registry, *arguments: Any) -> None:
    with patch.object(self.switch, "force_revoke", lambda *_: None):
        SET_WALLET(self, *arguments)


def _transfer_without_revoking(self: Registry, number: int) -> None:
    agent = self.agents[number]
    self.agents[number] = replace(agent, wallet="nobody", valid_from=0, valid_until=0, mandate=bytes(32))


def _strangers_include_suite(self: Charging, terms: Terms, budget: Budget, payee: str) -> bool:
    return budget.stranger_payment > 0 and payee not in budget.payees and payee not in budget.limited


def _pull_not_charged(self: Calls, terms: Terms, token: str, call: Call, amount: int, most: int = NO_LIMIT) -> None:
    charge = self.find_budget(terms, token, amount).charge(token, amount)
    self.emit("PaymentMade", token, call.target, call.ref, amount, charge)


@contextmanager
def _reentrant(self: Charging) -> Iterator[None]:
    yield


def _initial_decimals(self: Bank, token: str) -> int | None:
    return {**TOKENS, NATIVE: 18}.get(token)


def _continues_when_stopped(self: Charging, terms: Terms) -> None:
    require(self.mandate_hash() == terms.hash, "MandateChanged", terms.hash)


def _pays_when_stopped(self: Paymaster, wallet: Wallet, by_principal: bool, cost: int, period: int) -> tuple[int, int]:
    require(wallet.principal == self.principal, "OtherPrincipal", wallet.name, wallet.principal, self.principal)
    return (0, FOREVER) if by_principal else self._charge(wallet.name, cost, period)


def _pays_for_other_principals(
    self: Paymaster, wallet: Wallet, by_principal: bool, cost: int, period: int
) -> tuple[int, int]:
    with patch.object(self, "principal", wallet.principal):
        return VALIDATE(self, wallet, by_principal, cost, period)


def _batch_of_any_size(self: Payments, sender: str, payments: Sequence[Payment], acting: bool = False) -> None:
    with self.non_reentrant():
        terms = self.terms_for_agent(sender, acting)
        for payment in payments:
            self.pay_one(terms, payment)
        self.require_still_live(terms)


def _guardian_is_principal(self: PrincipalControl, sender: str) -> None:
    guardians = self.suite.switch.of(self.principal).guardians
    require(sender in (self.principal, self.name) or sender in guardians, "NotPrincipal", sender, self.principal)


def _cheques_of_any_period(self: Cheques, cheque: Cheque) -> bool:
    book = self.last.book_in(cheque.token) if self.last else None
    return IS_VALID_CHEQUE(self, replace(cheque, period=self.now // book.period) if book else cheque)


def _nothing_reserved(self: Budget) -> list[int]:
    return [limit for _, limit in self.windows]


def _gas_not_charged(self: EntryPoint, wallet: Wallet, terms: Terms, operation: Operation) -> tuple[int, int]:
    return 0, FOREVER


def _executes_when_stopped(self: EntryPoint, wallet: Wallet, operation: Operation) -> None:
    if operation.apply is not None:
        return operation.apply()
    if operation.payment is None:
        assert operation.action is not None
        return operation.action(ENTRY_POINT, True)
    return wallet.pay_one(wallet.terms_in_force(), operation.payment)


def _sequence_twice(self: EntryPoint, index: int, wallet: Wallet, operation: Operation) -> None:
    due = self.sequences.get((wallet.name, operation.nonce_key), 0)
    VALIDATE_OPERATION(
        self, index, wallet, operation if operation.sequence != due - 1 else replace(operation, sequence=due)
    )


def _flood_is_no_data(self: ShortReturnToken, bank: Bank) -> None:
    require(not bank.answer or bank.answer in SUCCESS_RETURNS, "SafeERC20FailedOperation", self.name)


VALIDATE_OPERATION, VALIDATE = EntryPoint._validate_operation, Paymaster.validate
UNPAUSE, REQUIRE_LIVE, IS_VALID_CHEQUE = Switch.unpause, Switch.require_live, Cheques.is_valid_cheque
REQUIRE_AGENT, SET_WALLET = Charging.require_agent, Registry.set_wallet
FAULTS: dict[str, Fault] = {
    "I1: a charge is rounded down": (Budget, "charge", _rounds_down),
    "I2: a window forgets a bucket too early": (Ledger, "settled", _forgets_early),
    "I2: a new window starts empty": (Ledger, "open", _new_window_empty),
    "I3: spending does not count for the lifetime limit": (Ledger, "lifetime", lambda self: 0),
    "I4: a token may take more than the amount": (
        Charging,
        "require_no_excess_outflow",
        lambda self, before, charged: None,
    ),
    "I4: any return data counts as success": (ShortReturnToken, "require_success", lambda self, bank: None),
    "I4: a flood of zeros counts as no return data": (ShortReturnToken, "require_success", _flood_is_no_data),
    "I5: a fee is not charged": (Wallet, "_pay_fee", _fee_not_charged),
    "I5: what a call pulls is not charged": (Calls, "_charge_target", _pull_not_charged),
    "I6: strangers include the suite's contracts": (Charging, "is_stranger", _strangers_include_suite),
    "I6: a token's decimals are not checked": (Bank, "decimals_of", _initial_decimals),
    "I8: an authorization stays valid after a stop": (Authorizations, "confirms", _confirms_when_stopped),
    "I8: an operation runs after a stop of all agents": (EntryPoint, "_execute", _executes_when_stopped),
    "I8: a batch continues after a stop": (Charging, "require_still_live", _continues_when_stopped),
    "I8: a paymaster pays for a stopped agent": (Paymaster, "validate", _pays_when_stopped),
    "I9: revoking all agents has no effect": (Switch, "require_live", _epoch_ignored),
    "I12: anybody stops an agent": (Switch, "may_stop", _anybody_stops),
    "I12: a guardian unpauses an agent": (Switch, "unpause", _guardian_unpauses),
    "I12: a guardian acts for the principal": (Charging, "require_principal", _guardian_is_principal),
    "I12: a relayer acts as the agent after relaying": (Charging, "require_agent", _relayer_acts),
    "I14: linking a new wallet does not revoke the old one": (Registry, "set_wallet", _links_without_revoking),
    "I14: a transfer does not revoke the agent": (Registry, "unlink", _transfer_without_revoking),
    "I15: a cheque that isn't reported doesn't count": (Bank, "was_used", _unknown_is_unused),
    "I16: an operation runs twice": (EntryPoint, "_validate_operation", _sequence_twice),
    "I17: a request is paid twice": (Requests, "_take", _request_stays),
    "I20: functions are reentrant": (Charging, "non_reentrant", _reentrant),
    "I21: a mandate is valid for a second too long": (Charging, "require_valid", _end_inclusive),
    "I21: a fee is paid after the mandate expires": (Wallet, "_pay_fee", _fee_after_expiry),
    "I24: a batch has any size": (Payments, "pay_batch", _batch_of_any_size),
    "I25: operations cost nothing": (EntryPoint, "_charge", _gas_not_charged),
    "I25: a paymaster pays any cost": (Paymaster, "_charge", lambda self, wallet, cost, period: (0, FOREVER)),
    "I25: a paymaster pays for other principals": (Paymaster, "validate", _pays_for_other_principals),
    "I29: a void authorization stays pending until it expires": (
        Authorizations,
        "is_over",
        lambda self, end, _: self.now >= end,
    ),
    "I29: a cheque is valid in any period": (Cheques, "is_valid_cheque", _cheques_of_any_period),
    "I29: nothing is reserved for cheques": (Budget, "limits", _nothing_reserved),
    "I29: a replaced mandate's cheques are not charged": (
        PrincipalControl,
        "_charge_cheques",
        lambda self: None,
    ),
    **ROUND_FAULTS,
    **GUARD_FAULTS,
}


@contextmanager
def inject(name: str) -> Iterator[None]:
    """Runs with this fault in the model."""
    owner, method, fault = FAULTS[name]
    with patch.object(owner, method, fault):
        yield
