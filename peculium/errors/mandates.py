"""The mandate can't be installed."""

from __future__ import annotations

from typing import Any

from peculium.errors.contract import InvalidMandate
from peculium.errors.money import Parts


class PrincipalMismatch(InvalidMandate):
    template = "The mandate names the principal {given}; the wallet's principal is {expected}. Sign for that principal."


class EpochMismatch(InvalidMandate):
    template = (
        "The signed epoch is {given}; it must be {expected}. Read the principal's epoch from the switch and sign again."
    )


class InvalidAgentKey(InvalidMandate):
    template = (
        "The agent key {agent_key} is invalid: it must not be zero, the principal or the wallet. "
        "Use a key that only the agent has."
    )


class ValidityInverted(InvalidMandate):
    template = (
        "The mandate would begin at {valid_from:time} and end at {valid_until:time}. It must end after it begins."
    )


class ValidityPast(InvalidMandate):
    template = "The mandate ended at {valid_until:time} (now: {timestamp:time}). Choose a later end."


class RoundEnded(InvalidMandate):
    template = (
        "The mandate is for round {given}; the current round is {expected}. Another mandate was installed, or the principal "
        "ended the round. Sign again with AgentWallet.round."
    )


class GuardBesideChequeBook(InvalidMandate):
    template = "The mandate has the guard {guard} and a cheque book, but nobody asks a guard about cheques. Leave out one of them."


class GuardIsToken(InvalidMandate):
    template = "The guard {guard} is a token of the mandate or of a floor. Name another guard."


class InvalidBudgetCount(InvalidMandate):
    template = "The mandate has {count} budgets; it must have 1 to {maximum}."


class InvalidTokenCount(InvalidMandate):
    template = "The budget in {currency} lists {count} tokens; it must list 1 to {maximum}."


class InvalidWindowCount(InvalidMandate):
    template = "The budget in {currency} has {count} rolling windows; it must have 1 to {maximum}."


class WindowsNotAscending(InvalidMandate):
    template = (
        "The budget in {currency} lists a window of {length} seconds after one of {previous} seconds. "
        "List each length once, shortest first."
    )


class InvalidPayeeCount(InvalidMandate):
    template = (
        "The payees of the budget in {currency} are invalid (payees of the mandate up to this budget: {count}). List at "
        "least one payee, allow strangers, or give the mandate call rules; a mandate has at most {maximum} payees."
    )


class StrangerLimitsContradict(InvalidMandate):
    template = (
        "The strangers' limits in {currency} contradict each other: {payment_limit:budget} per payment, {window_limit:budget} "
        "in the first window. Set both to zero, or both above zero."
    )


class InvalidCurrency(InvalidMandate):
    template = "The currency name {currency!x} is invalid: it must have 1 to 12 characters of A-Z and 0-9."


class CurrencyTwice(InvalidMandate):
    template = "Two budgets are in {currency}. Merge their tokens into one budget."


class InvalidBudgetDecimals(InvalidMandate):
    template = "The budget in {currency} has {decimals} decimals; the maximum is {maximum}."


class BudgetDecimalsChanged(InvalidMandate):
    template = (
        "The budget in {currency} has {given} decimals; this wallet has always counted the currency with {expected}. "
        "Use {expected}."
    )


class LimitsContradict(InvalidMandate):
    template = (
        "The limits in {currency} contradict each other: {smaller:budget} must be at most {larger:budget}. "
        "Limits grow from payment to window to lifetime, and the strangers' are within those of all payees."
    )
    parts = Parts(amount="smaller", limit="larger")


class SpentMoreThanSeen(InvalidMandate):
    template = (
        "{spent:budget} has been spent in {currency}; the mandate accepts at most {seen:budget}. "
        "Review the spending and sign again."
    )
    parts = Parts(amount="spent", limit="seen")


class InvalidWindowLength(InvalidMandate):
    template = (
        "A window in {currency} has {length} seconds; it must have a multiple of 8 from {minimum} to {maximum} seconds."
    )


class TokenHasNoCode(InvalidMandate):
    template = "The token address {token} has no code. Check the address and the chain."


class TokenTwice(InvalidMandate):
    template = "The token {token} is listed twice. List it in one budget only."


class TokenDecimalsUnreadable(InvalidMandate):
    template = "The token {token} doesn't report its decimals, so it can't be listed."


class TokenDecimalsMismatch(InvalidMandate):
    template = "The mandate says that the token {token} has {given} decimals; it has {actual}. Use {actual}."


class InvalidScale(InvalidMandate):
    template = (
        "The token {token} has {token_decimals} decimals and its budget {budget_decimals}; they may differ by at most 18. "
        "Choose other decimals for the budget."
    )


class PayeesNotAscending(InvalidMandate):
    template = "The payee {payee} is listed after {previous}. List payees in ascending order, each once."

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        if self.arguments.get("previous") == self.arguments.get("payee"):
            self.template = "The payee {payee} is listed twice. List it once."  # type: ignore[misc]  # of this error only


class PayeeRefused(InvalidMandate):
    template = (
        "{payee} can't be a payee: it is zero, the wallet, a listed token, or a contract of the suite. Remove it."
    )


class PayeeTwice(InvalidMandate):
    template = "The payee {payee} is listed both with and without terms of its own. Choose one."


class PayeeNeverValid(InvalidMandate):
    template = (
        "The terms of the payee {payee} end at {valid_until:time}; the mandate begins at {valid_from:time}. "
        "Choose a later end."
    )


class InvalidCallCount(InvalidMandate):
    template = "The mandate has {count} call rules; the maximum is {maximum}."


class CallsNotAscending(InvalidMandate):
    template = (
        "Variant {variant} of the call rule on {target} {selector} is out of order or listed twice. "
        "List call rules by target, selector and variant, each once."
    )


class TargetRefused(InvalidMandate):
    template = (
        "{target} can't be a call target: it has no code, or is a listed token, the wallet, a contract of the suite, or a "
        "contract that acts for any caller. Remove the rule."
    )


class InvalidSelector(InvalidMandate):
    template = "The call rule on {target} has the selector {selector}, which names no function."


class InvalidArgumentCount(InvalidMandate):
    template = "The call rule on {target} {selector} has {count} arguments; the maximum is {maximum}."


class InvalidArgumentValues(InvalidMandate):
    template = (
        "Argument {index} of the call rule on {target} {selector} has {count} values. "
        "equal, at_most and at_least take one value, one_of and tail_in take 1 to 32, the other kinds take none."
    )


class NativeNotBudgeted(InvalidMandate):
    template = (
        "The call rule on {target} {selector} lets the agent send native currency, but no budget lists it. "
        "List NATIVE in a budget, or set value_limit to zero."
    )


class InvalidCallToken(InvalidMandate):
    template = (
        "The call rule on {target} {selector} names the token {token}, which no budget lists. Name a token of a budget."
    )


class NativeNotPullable(InvalidMandate):
    template = (
        "The call rule on {target} {selector} lets the target pull the native currency, which has no approvals. "
        "Set pull_limit to zero, and value_limit to what a call may send."
    )


class InvalidMaxCalls(InvalidMandate):
    template = "The call rule on {target} {selector} allows no call: max_calls is zero. Set it to at least 1."


class InvalidCallWindow(InvalidMandate):
    template = (
        "The window of the call rule on {target} {selector} has {length} seconds; it must have a multiple of 8 from "
        "{minimum} to {maximum} seconds."
    )


class VariantsDiffer(InvalidMandate):
    template = (
        "Variant {variant} of the call rule on {target} {selector} differs from the variant before in max_calls or window. "
        "All variants of a function share one count of calls; give them the same."
    )


class ChargedTwice(InvalidMandate):
    template = (
        "The call rule on {target} {selector} could charge the same spending twice. Use one charged argument, and none "
        "beside a pull_limit, or beside a value_limit if the rule's token is the native currency."
    )


class FloorIncomplete(InvalidMandate):
    template = (
        "The floor of the call rule on {target} {selector} is {gain} / {per} (base units); one of them is zero. "
        "Set both above zero, or leave the floor out."
    )


class GainTokenWithoutFloor(InvalidMandate):
    template = (
        "The call rule on {target} {selector} names the token {gain_token} to gain, but no floor. "
        "Set both numbers of the floor above zero, or leave it out."
    )


class FloorInOwnToken(InvalidMandate):
    template = (
        "The floor of the call rule on {target} {selector} is in {token}, the token that the call charges. "
        "Name another token to gain."
    )


class ValueBesideFloor(InvalidMandate):
    template = (
        "The call rule on {target} {selector} lets the agent send native currency, which its floor would not count. "
        "Set value_limit to zero, or make the native currency the rule's token."
    )


class FloorWithoutCharge(InvalidMandate):
    template = (
        "The call rule on {target} {selector} has a floor but can charge nothing of its token. "
        "Set pull_limit, use a charged argument, or leave the floor out."
    )


class GainTokenUnreadable(InvalidMandate):
    template = "The token {token} of a floor doesn't report a balance, so it can't be gained. Name another token."


class InvalidTail(InvalidMandate):
    template = (
        "Argument {index} of the call rule on {target} {selector} can't be a tail. A tail must be the last argument, "
        "and no any_bytes or any_words may precede it."
    )


class InvalidChequeToken(InvalidMandate):
    template = (
        "A cheque book can't use the token {token}: no budget lists it, or it is the native currency. "
        "Use an ERC-20 token of a budget."
    )


class ChequeBookTwice(InvalidMandate):
    template = "The budget in {currency} has two cheque books; the maximum is one."


class InvalidChequeCount(InvalidMandate):
    template = "The cheque book in {token} has {count} cheques in a period; it must have 1 to {maximum}."


class InvalidChequePeriod(InvalidMandate):
    template = (
        "The cheque book in {token} has a period of {period} seconds; it must have {minimum} to {maximum} seconds."
    )


class InvalidChequeLimit(InvalidMandate):
    template = (
        "The limit of a cheque in {token} is {limit:budget}; it must be above zero and at most {payment_limit:budget}, the limit "
        "per payment, or per payment to a stranger if cheques may pay strangers."
    )
    parts = Parts(amount="limit", limit="payment_limit")


class ChequesExceedLimit(InvalidMandate):
    template = (
        "All cheques in {token} can add up to {reserve:budget}; the limit that covers them is {limit:budget}. "
        "Allow fewer or smaller cheques, or raise the limit."
    )
    parts = Parts(amount="reserve", limit="limit")


class RequestTermsContradict(InvalidMandate):
    template = (
        "The mandate allows {max_requests} pending requests for {max_request_age} seconds. "
        "Set both to zero, or both above zero."
    )


class MandateTooLarge(InvalidMandate):
    template = (
        "The mandate takes {size} bytes; at most {maximum} fit into a contract's code. List fewer payees or call rules."
    )


class GasTermsContradict(InvalidMandate):
    template = (
        "The gas terms contradict each other: {operation_limit:wei} per operation, {window_limit:wei} in {window:duration}. "
        "Set all to zero or all above zero, and the first at most to the second."
    )


class InvalidGasWindow(InvalidMandate):
    template = (
        "The window of the gas terms has {length} seconds; it must have a multiple of 8 from {minimum} to {maximum} "
        "seconds."
    )


class FleetDecimals(InvalidMandate):
    template = (
        "The budget unit of {currency} has {given} decimals here and {expected} in the fleet's budget. Use {expected}, or set "
        "the fleet's budget first."
    )
