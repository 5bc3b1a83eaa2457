"""Exceptions: every refusal of this package and of the contracts.

PeculiumError
├── InvalidInput (ValueError)      An argument is malformed. Nothing was sent.
├── ChainUnavailable               The node doesn't answer, or serves another chain, or lacks a contract.
├── NotIncluded                    A user operation was sent, and no block includes it yet.
├── BundlerError                   A bundler rejected a user operation for a reason of its own.
└── ContractError                  A contract reverted.
    ├── Stopped                    The agent is paused or revoked, or its principal is dormant.
    ├── OverLimit                  The amount is above a limit.
    ├── NotListed                  The mandate doesn't list the token, payee or currency.
    ├── MandateInactive            No mandate is in force now.
    ├── InvalidMandate             The mandate can't be installed.
    ├── NotAllowed                 The caller has no right to do this.
    ├── InvalidSignature           The signature is wrong, late or already used.
    ├── RegistryError              The registry or the factory rejects the change.
    ├── TokenError                 The token or native transfer failed. The payment was rolled back.
    ├── CallNotAllowed             No call rule of the mandate allows the call or one of its arguments.
    ├── InvalidRequest             The payment request can't be made, approved or removed.
    ├── InvalidAuthorization       The EIP-3009 authorization can't be charged or closed.
    ├── OperationRejected          The wallet, its paymaster or the EntryPoint rejects the user operation.
    ├── InvalidCredential          The credential can't be issued or isn't valid.
    ├── OtherContractError         Any other error of the contracts.
    └── UnknownRevert              The revert data is no error of the contracts.

Each error of the contracts has a class of the same name. The error's arguments are attributes in snake_case. Amounts are
integers in base units (of the token or of the budget), times are unix seconds, lengths of time are seconds.

`str(error)` says what happened, the value, the bound and the next step. `error.as_dict()` gives the same to a program.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar


class PeculiumError(Exception):
    """Base class of everything that this package raises on purpose."""


class InvalidInput(PeculiumError, ValueError):
    """An argument is malformed. Nothing was sent; the message says what to pass instead."""


class ChainUnavailable(PeculiumError):
    """The node doesn't answer, serves another chain, or lacks a contract."""


class NotIncluded(PeculiumError):
    """A user operation was sent, but no block includes it yet. It may still be included later."""


class BundlerError(PeculiumError):
    """A bundler rejected a user operation for a reason of its own. Nothing was sent to the chain.

    `code` is the JSON-RPC error code (ERC-7769); `reason` is the bundler's text.
    """

    def __init__(self, code: int, reason: str) -> None:
        advice = BUNDLER_CODES.get(code, "Ask the bundler's operator, or use another bundler.")
        super().__init__(f"The bundler rejected the operation: {reason.rstrip('.')}. {advice}")
        self.code, self.reason = code, reason

    def __reduce__(self) -> Any:
        return type(self), (self.code, self.reason)


class ContractError(PeculiumError):
    """A contract reverted. A reverted call changes nothing on the chain.

    Takes the arguments of the Solidity error by name. `template` is the message; `{name:time}` shows unix seconds as a
    date.
    """

    template: ClassVar[str] = "The contract reverted."

    def __init__(self, **arguments: Any) -> None:
        self.arguments = {snake_case(name): value for name, value in arguments.items()}
        super().__init__(_MESSAGES.vformat(self.template, (), self.arguments))

    def __reduce__(self) -> Any:
        # The constructor takes keyword arguments only; the default of `Exception` passes positional ones.
        return _rebuild, (type(self), self.arguments)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["arguments"][name]
        except KeyError:
            raise AttributeError(name) from None

    def as_dict(self) -> dict[str, Any]:
        """The error for a program: `error` (class name), `arguments` (bytes as 0x hex) and `message`."""
        arguments = {name: _plain(value) for name, value in self.arguments.items()}
        return {"error": type(self).__name__, "arguments": arguments, "message": str(self)}


class UnknownRevert(ContractError):
    """The revert data is no error of the contracts. `reason` is the other contract's text, or the raw data as hex."""

    template = "The call reverted: {reason}"


class Stopped(ContractError):
    """The agent is paused or revoked, or its principal is dormant."""


class OverLimit(ContractError):
    """The amount is above a limit."""


class NotListed(ContractError):
    """The mandate doesn't list the token, payee or currency."""


class MandateInactive(ContractError):
    """No mandate is in force now."""


class InvalidMandate(ContractError):
    """The mandate can't be installed."""


class NotAllowed(ContractError):
    """The caller has no right to do this."""


class InvalidSignature(ContractError):
    """The signature is wrong, late or already used."""


class RegistryError(ContractError):
    """The registry or the factory rejects the change."""


class TokenError(ContractError):
    """The token or native transfer failed. The payment was rolled back."""


class CallNotAllowed(ContractError):
    """No call rule of the mandate allows the call or one of its arguments."""


class InvalidRequest(ContractError):
    """The payment request can't be made, approved or removed."""


class InvalidAuthorization(ContractError):
    """The EIP-3009 authorization can't be charged or closed."""


class OperationRejected(ContractError):
    """The wallet, its paymaster or the EntryPoint rejects the user operation."""


class InvalidCredential(ContractError):
    """The credential can't be issued or isn't valid."""


class OtherContractError(ContractError):
    """Any other error of the contracts."""


class AgentIsRevoked(Stopped):
    template = "{principal} revoked the agent with wallet {wallet} permanently. Create a new wallet with a new mandate."


class AgentIsPaused(Stopped):
    template = "The agent with wallet {wallet} is paused. Ask its principal {principal} to unpause it."


class EpochEnded(Stopped):
    template = (
        "{principal} revoked all its agents: the wallet was created in epoch {epoch}, the current epoch is "
        "{current_epoch}. Create a new wallet with a new mandate."
    )


class PrincipalIsPaused(Stopped):
    template = "{principal} has paused all its agents. Ask it to call unpause_all."


class PrincipalIsDormant(Stopped):
    template = (
        "{principal} has been dormant since {dormant_since:time}, when its heartbeat was due (now: {timestamp:time}). "
        "Its agents can act again after it calls check_in."
    )


class AgentStopped(Stopped):
    template = (
        "The principal {principal} has stopped the agent of wallet {wallet}. The operation was rejected and cost nothing. "
        "After the principal has lifted a stop of all its agents, call RevocationSwitch.sync for the wallet."
    )


class PaymentLimitExceeded(OverLimit):
    template = (
        "The payment charges {charge} budget base units; the limit per payment is {limit}. "
        "Pay less, or ask the principal."
    )


class WindowLimitExceeded(OverLimit):
    template = (
        "The charge is {charge}; {remaining} remains in the rolling window of {length} seconds (budget base units, or wei "
        "for gas terms). Wait until more is available, or ask the principal."
    )


class StrangerWindowLimitExceeded(OverLimit):
    template = (
        "The charge is {charge}; {remaining} remains for strangers in their rolling window of {length} seconds (budget base "
        "units). Wait until more is available, or ask the principal to list the payee."
    )


class LifetimeLimitExceeded(OverLimit):
    template = (
        "The payment charges {charge} budget base units; {remaining} remains of the lifetime limit. "
        "Ask the principal for a new mandate."
    )


class StrangerPaymentLimitExceeded(OverLimit):
    template = (
        "The payment charges {charge} budget base units; the limit per payment to a stranger is {limit}. "
        "Pay less, or ask the principal to list the payee."
    )


class PayeeLimitExceeded(OverLimit):
    template = (
        "The payment charges {charge} budget base units; {remaining} remains of the lifetime limit of the payee {payee}. "
        "Pay less, or ask the principal."
    )


class AmountTooLarge(OverLimit):
    template = (
        "The amount is {amount} token base units; the wallet counts at most {maximum}. Check the token's decimals."
    )


class InvalidBatchSize(OverLimit):
    template = "The batch has {size} payments; it must have 1 to {maximum}. Add a payment, or split the batch."


class ZeroAmount(OverLimit):
    template = "The amount is zero. Pass an amount above zero."


class OperationCostExceeded(OverLimit):
    template = (
        "The operation can cost up to {cost} wei; the limit per operation is {limit} wei. Lower its gas limits or fees, "
        "use a paymaster, or ask the principal for other gas terms."
    )


class TokenNotListed(NotListed):
    template = "The mandate doesn't list the token {token}. Pay in a listed token, or ask the principal to list it."


class PayeeNotListed(NotListed):
    template = "The budget of the token {token} doesn't list the payee {payee}. Ask the principal to list it."


class PayeeExpired(NotListed):
    template = "The payee {payee} expired at {valid_until:time} (now: {timestamp:time}). Ask the principal."


class CurrencyNotBudgeted(NotListed):
    template = "The mandate has no budget in {currency}. Use a currency of the mandate's budgets."


class NoMandate(MandateInactive):
    template = "No mandate is in force for the wallet. Ask the principal to install one."


class MandateNotYetValid(MandateInactive):
    template = "The mandate begins at {valid_from:time} (now: {timestamp:time}). Try again then."


class MandateExpired(MandateInactive):
    template = (
        "The mandate ended at {valid_until:time} (now: {timestamp:time}). Ask the principal to install a new one."
    )


class MandateChanged(MandateInactive):
    template = (
        "The principal changed the mandate during the action, so the action was rolled back. "
        "Read the new mandate and try again."
    )


class MandateNotInForce(MandateInactive):
    template = "The wallet {wallet} doesn't enforce the mandate {mandate_hash}. Install it in the wallet first."


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


class GuardNotSupported(InvalidMandate):
    template = "The mandate names the guard {guard}; this version of the wallet supports none. Leave it out."


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
        "The strangers' limits in {currency} contradict each other: {payment_limit} per payment, {window_limit} in the "
        "first window (budget base units). Set both to zero, or both above zero."
    )


class InvalidCurrency(InvalidMandate):
    template = "The currency name {currency!r} is invalid: it must have 1 to 12 characters of A-Z and 0-9."


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
        "The limits in {currency} contradict each other: {smaller} must be at most {larger} (budget base units). "
        "Limits grow from payment to window to lifetime, and the strangers' are within those of all payees."
    )


class SpentMoreThanSeen(InvalidMandate):
    template = (
        "{spent} budget base units have been spent in {currency}; the mandate accepts at most {seen}. "
        "Review the spending and sign again."
    )


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
        "The limit of a cheque in {token} is {limit}; it must be 1 to {payment_limit}, the limit per payment, or per "
        "payment to a stranger if cheques may pay strangers (budget base units)."
    )


class ChequesExceedLimit(InvalidMandate):
    template = (
        "All cheques in {token} can add up to {reserve} budget base units; the limit that covers them is {limit}. "
        "Allow fewer or smaller cheques, or raise the limit."
    )


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
        "The gas terms contradict each other: {operation_limit} wei per operation, {window_limit} wei in {window} seconds. "
        "Set all to zero or all above zero, and the first at most to the second."
    )


class InvalidGasWindow(InvalidMandate):
    template = (
        "The window of the gas terms has {length} seconds; it must have a multiple of 8 from {minimum} to {maximum} "
        "seconds."
    )


class NotEntryPoint(NotAllowed):
    template = "Only the EntryPoint {entry_point} can call this, not {caller}."


class NotPrincipal(NotAllowed):
    template = "Only the principal {principal} can do this, not {caller}."


class NotPendingPrincipal(NotAllowed):
    template = "The wallet is offered to {pending_principal}, not to {caller}."


class NotAgentKey(NotAllowed):
    template = "Only the agent key {agent_key} can do this, not {caller}."


class NotFactory(NotAllowed):
    template = "Only the factory {factory} can do this, not {caller}."


class NotRegistry(NotAllowed):
    template = "Only the registry {registry} can do this, not {caller}."


class NotPrincipalOrGuardian(NotAllowed):
    template = "{account} is neither the principal {principal} nor one of its guardians."


class NotAuthorized(NotAllowed):
    template = "{caller} is neither the owner of agent {agent_id} nor approved for it."


class NotOwner(NotAllowed):
    template = "{owner} owns agent {agent_id}, not {caller}."


class NotIssuer(NotAllowed):
    template = "Only the issuer {issuer} can do this, not {caller}."


class NotAgentKeyOrPrincipal(NotAllowed):
    template = "Only the agent key {agent_key} or the principal {principal} can do this, not {caller}."


class NotRelayer(NotAllowed):
    template = "Only the relayer {relayer} can relay this action, not {caller}."


class BadAgentSignature(InvalidSignature):
    template = (
        "The agent key {agent_key} didn't sign the digest {digest}. Sign it with that key, for the mandate in force."
    )


class FeeNeedsRelayer(InvalidSignature):
    template = "The action offers a fee of {fee} token base units but names no relayer. Name the relayer."


class NotAnAction(InvalidSignature):
    template = "{selector} isn't the selector of an agent action, so it can't be relayed."


class BadPrincipalSignature(InvalidSignature):
    template = "The principal {principal} didn't sign the digest {digest}. Sign it with the principal's key."


class BadMandateSignature(InvalidSignature):
    template = "{signer} didn't sign this mandate (digest {digest}). Sign it for this wallet and chain."


class BadAcceptanceSignature(InvalidSignature):
    template = "{principal} didn't sign this acceptance of liability (digest {digest}). Sign it with that key."


class BadWalletSignature(InvalidSignature):
    template = "The wallet {wallet} didn't sign that it belongs to this agent (digest {digest})."


class BadOrderSignature(InvalidSignature):
    template = "{signer} didn't sign this order (digest {digest})."


class DeadlinePassed(InvalidSignature):
    template = "The deadline {deadline:time} has passed (now: {timestamp:time}). Sign again with a later deadline."


class DeadlineTooFar(InvalidSignature):
    template = "The deadline {deadline:time} is too late; the latest is {latest:time}. Sign again."


class NonceSpent(InvalidSignature):
    template = "The nonce {nonce} was already used or canceled. Sign again with another nonce."


class OrderSpent(InvalidSignature):
    template = "The nonce {nonce} of {signer} was already used or canceled. Sign the order with another nonce."


class OrderOutdated(InvalidSignature):
    template = (
        "The order is for epoch {epoch}; the current epoch is {current_epoch}. "
        "The agents of the earlier epoch are already revoked."
    )


class InvalidAccountNonce(InvalidSignature):
    template = "The next nonce of {account} is {current_nonce}. Sign again with it."


class AgentNotActive(RegistryError):
    template = "The status of agent {agent_id} (wallet {wallet}) is {status}, not active. Don't deal with it."


class AgentKeyTaken(RegistryError):
    template = "The agent key {agent_key} already acts for the live agent {agent_id}. Use another key."


class LiabilityAlreadyAccepted(RegistryError):
    template = "{principal} has already accepted liability for agent {agent_id}."


class LiabilityNotAccepted(RegistryError):
    template = "Nobody has accepted liability for agent {agent_id}. Its owner must call accept_liability first."


class WalletAlreadyLinked(RegistryError):
    template = "The wallet {wallet} is already linked to agent {agent_id}."


class WalletNotProven(RegistryError):
    template = (
        "Agent {agent_id} has no wallet that has signed the link (current: {wallet}). Link one with set_agent_wallet."
    )


class ReservedKey(RegistryError):
    template = "The metadata key {metadata_key!r} is reserved for the registry. Use another key."


class OtherSuite(RegistryError):
    template = "{module} was deployed for another registry, EntryPoint or mandate writer. Deploy a suite as a whole."


class NotAContract(RegistryError):
    template = "{account} has no code. Pass the address of a contract."


class ERC721NonexistentToken(RegistryError):
    template = "The registry has no agent {token_id}."


class TokenTookMore(TokenError):
    template = (
        "The token {token} moved {taken} base units for a payment of {amount}, so the payment was rolled back. "
        "Ask the principal to unlist the token."
    )


class TokenBalanceUnreadable(TokenError):
    template = "The token {token} doesn't report the wallet's balance, so the payment was rolled back."


class NativePaymentRefused(TokenError):
    template = (
        "The transfer of {amount} wei to {payee} failed, and nothing was charged. "
        "The payee rejects native currency, or the wallet's balance is too low."
    )


class SafeERC20FailedOperation(TokenError):
    template = "The transfer of the token {token} failed without a reason, and nothing was charged."


class BalanceTooLow(TokenError):
    template = "The wallet holds {balance} base units of {token}; the payment needs {amount}. Fund the wallet."


class ERC20InsufficientBalance(TokenError):
    template = "{sender} holds {balance} token base units; the transfer needs {needed}. Fund it."


class CallNotListed(CallNotAllowed):
    template = (
        "The mandate doesn't list variant {variant} of the function {selector} of {target}. "
        "Name a variant that it lists, or ask the principal."
    )


class CallCountExceeded(CallNotAllowed):
    template = (
        "The function {selector} of {target} was called {max_calls} times within {window} seconds, as often as the mandate "
        "allows. Wait, or ask the principal."
    )


class TargetHasNoCode(CallNotAllowed):
    template = "The call target {target} has no code any more. Ask the principal to remove its rule."


class CallValueExceeded(CallNotAllowed):
    template = "The call sends {value} wei; its rule allows {limit} wei. Send less, or ask the principal."


class PullLimitExceeded(CallNotAllowed):
    template = (
        "The call lets its target pull {charge} budget base units; its rule allows {limit}. "
        "Pull less, or ask the principal."
    )


class InvalidCalldataLength(CallNotAllowed):
    template = (
        "The calldata has {length} bytes; the arguments take {expected} bytes. Encode the arguments and nothing else."
    )


class ArgumentRefused(CallNotAllowed):
    template = "The call rule doesn't allow {word} for argument {index}. Read the call rules of the mandate."


class TailRefused(CallNotAllowed):
    template = (
        "The call rule doesn't allow what follows the arguments' words (keccak256 {tail_hash}). "
        "Encode one of the tails that the mandate lists."
    )


class FloorMissed(CallNotAllowed):
    template = (
        "The call gained {gained} base units of {token}; the rule's floor is {needed}. The call was rolled back. "
        "Ask for a better price, or ask the principal."
    )


class ApprovalStands(CallNotAllowed):
    template = (
        "{target} already has an approval of {amount} base units of {token}, so it can't pull more. "
        "Ask the principal to revoke it with execute."
    )


class PaddingNotZero(CallNotAllowed):
    template = "The padding of argument {index} isn't zero. Use Solidity's standard ABI encoding."


class InvalidRequestSlot(InvalidRequest):
    template = "The request slot {slot} doesn't exist: the mandate has {slots} slots, numbered from 0."


class RequestSlotTaken(InvalidRequest):
    template = (
        "The slot {slot} holds the request {request_hash} (hash and time). Use a free slot; see pending_requests."
    )


class InvalidRequestExpiry(InvalidRequest):
    template = (
        "The request would expire at {expires_at:time}. It must expire in the future, at the latest at {latest:time}."
    )


class RequestMismatch(InvalidRequest):
    template = (
        "Slot {slot} holds {pending}, not {given} (hash and time of a request). If the former is zero, the slot is empty: the "
        "request was decided or never made. Read pending_requests."
    )


class RequestExpired(InvalidRequest):
    template = "The request expired at {expires_at:time} (now: {timestamp:time}). The agent can make a new one."


class RequestNotExpired(InvalidRequest):
    template = (
        "The request expires at {expires_at:time} (now: {timestamp:time}). "
        "Until then only the agent or the principal can remove it."
    )


class ApprovalRequested(InvalidRequest):
    template = (
        "The requested call of {target} ({selector}) would let somebody else move the wallet's tokens later. "
        "Request a call that pulls what it needs, or ask the principal to make it with execute."
    )


class InvalidAuthorizationEnd(InvalidAuthorization):
    template = (
        "The authorization would end at {valid_before:time}. It must end after now ({timestamp:time}), and at the latest "
        "at {latest:time}, by max_authorization_age and the ends of mandate and payee. Choose another end, or ask the principal."
    )


class AuthorizationKnown(InvalidAuthorization):
    template = "The authorization {digest} was already made. Use another nonce for another payment."


class AuthorizationUnknown(InvalidAuthorization):
    template = "No open authorization {digest} exists in this currency. It was never made, or it is already closed."


class AuthorizationOpen(InvalidAuthorization):
    template = (
        "The authorization {digest} isn't settled and can be until {valid_before:time} (now: {timestamp:time}). "
        "Close it after that, or ask the principal to call refuse_all."
    )


class AuthorizationUsed(InvalidAuthorization):
    template = "The token {token} has already recorded the nonce {nonce} as used or canceled. Use another nonce."


class AuthorizationStateUnreadable(InvalidAuthorization):
    template = (
        "The token {token} doesn't report whether an authorization was used. "
        "It probably doesn't implement EIP-3009; use one that does."
    )


class NotAuthorizable(InvalidAuthorization):
    template = (
        "{token} is the native currency, which EIP-3009 doesn't cover. Use pay, or a token that implements EIP-3009."
    )


class NoChequeBook(InvalidAuthorization):
    template = "The mandate has no cheque book in {token}. Ask the principal for one."


class NotAnAgentOperation(OperationRejected):
    template = (
        "The calldata isn't an agent operation: its selector {selector} isn't executeUserOp, or it contains no action of the "
        "agent. Build it with Bundler.agent_operation."
    )


class OperationOfOtherMandate(OperationRejected):
    template = (
        "The operation's nonce key begins with {nonce_key}; the mandate in force is {mandate_hash}. "
        "Build and sign the operation again."
    )


class CallGasTooLow(OperationRejected):
    template = "The operation's call_gas_limit is {call_gas_limit}; the minimum is {minimum} gas. Raise it."


class InvalidPeriod(OperationRejected):
    template = (
        "The operation's period begins at {start:time}, later than {maximum:time}. Build it with the current period."
    )


class FailedOp(OperationRejected):
    """The EntryPoint rejects the operation. `reason` begins with its code, such as AA21 (ERC-4337)."""

    template = "{reason}."

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        _append_advice(self)


class FailedOpWithRevert(OperationRejected):
    """A contract reverted during validation, with data in `inner` that is no error of these contracts."""

    template = "{reason} ({inner})."

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        _append_advice(self)


class NotAWallet(OperationRejected):
    template = "The paymaster's factory didn't create {sender}, so the paymaster doesn't pay for it."


class OtherPrincipal(OperationRejected):
    template = (
        "The principal of the wallet {wallet} is {principal}; this paymaster pays for the wallets of {expected}. "
        "Use that principal's paymaster."
    )


class NoPeriod(OperationRejected):
    template = "The operation of {wallet} names no period. Build it with Bundler.agent_operation."


class PaymasterUnauthorized(OperationRejected):
    template = "{sender} isn't the EntryPoint of this paymaster."


class ZeroIssuer(InvalidCredential):
    template = "The credential's issuer is the zero address. Name the issuer."


class ZeroSubject(InvalidCredential):
    template = "The credential's subject is the zero address. Name the subject."


class ZeroSchema(InvalidCredential):
    template = "The credential's schema is zero. Compute it with schema_of."


class InvertedValidity(InvalidCredential):
    template = (
        "The credential would begin at {valid_from:time} and end at {valid_until:time}. It must end after it begins."
    )


class CredentialExpired(InvalidCredential):
    template = "The credential ended at {valid_until:time} (now: {timestamp:time}). Issue a new one."


class BadIssuerSignature(InvalidCredential):
    template = "{issuer} didn't sign this credential or revocation (digest {digest})."


class CredentialIsRevoked(InvalidCredential):
    template = "{issuer} revoked the credential {credential_id} permanently. Issue a new one with a higher nonce."


class NonceNotAbove(InvalidCredential):
    template = "The credential's nonce is {nonce}; it must be above {last_nonce}, that of the one it replaces."


class CredentialNotValid(InvalidCredential):
    template = "The status of the credential {credential_id} is {status}, not valid."


class NoLiveCredential(InvalidCredential):
    template = "No trusted issuer has issued a valid credential of schema {schema} to {subject}."


class ZeroAddress(OtherContractError):
    template = "An address is zero. Pass the address of an account."


class HeartbeatTooShort(OtherContractError):
    template = "The heartbeat is {interval} seconds; it must be at least {minimum} seconds, or zero for none."


class AlreadyInitialized(OtherContractError):
    template = "The wallet of {principal} already had a mandate. Use another salt for another agent."


class InvalidPrincipal(OtherContractError):
    template = "{principal} can't become the principal: it is the wallet itself, or already the principal."


class GasTooLow(OtherContractError):
    template = (
        "{available} gas is available for the call; its signer demands {minimum}. Send the transaction with more gas."
    )


class InvalidHandOverDeadline(OtherContractError):
    template = (
        "The offer to hand over would end at {deadline:time}; it must end from {earliest:time} to {latest:time}. "
        "Choose another deadline."
    )


class ReentrancyGuardReentrantCall(OtherContractError):
    template = "The wallet was called again during an action of the agent, so the action was rolled back."


_GROUPS = {
    Stopped,
    OverLimit,
    NotListed,
    MandateInactive,
    InvalidMandate,
    NotAllowed,
    InvalidSignature,
    RegistryError,
    TokenError,
    CallNotAllowed,
    InvalidRequest,
    InvalidAuthorization,
    OperationRejected,
    InvalidCredential,
    OtherContractError,
}

_RAISE_VERIFICATION_GAS = "Too little gas for validation: raise verification_gas_limit."

ENTRY_POINT_CODES = {
    "AA10": "The wallet already exists: leave out the factory.",
    "AA13": "The factory failed: its signatures are invalid, or verification_gas_limit is too low.",
    "AA14": "The factory created another wallet than the operation's sender: read the address from the factory.",
    "AA15": "The factory created no wallet.",
    "AA20": "No wallet exists at this address: create it first, or name the factory.",
    "AA21": "The wallet can't pay: send it native currency, add to its deposit, or use a paymaster.",
    "AA22": "The operation's period or the mandate has ended or not begun: build the operation again.",
    "AA23": "The wallet reverted during validation.",
    "AA24": "The signature isn't that of the agent key, or of the principal, whichever the nonce key names.",
    "AA25": "The nonce was used: ask the EntryPoint for the next one, or use another nonce key.",
    "AA26": _RAISE_VERIFICATION_GAS,
    "AA30": "No paymaster exists at this address.",
    "AA31": "The paymaster's deposit is too low: ask its principal to add to it.",
    "AA32": "The paymaster's validity period has ended or not begun: build the operation again.",
    "AA33": "The paymaster reverted during validation.",
    "AA34": "The paymaster's signature is invalid.",
    "AA36": "Too little gas for the paymaster's validation: raise paymaster_verification_gas_limit.",
    "AA40": _RAISE_VERIFICATION_GAS,
    "AA41": _RAISE_VERIFICATION_GAS,
    "AA50": "The paymaster reverted after the operation.",
    "AA51": "The operation cost more than its prefund: raise its gas limits.",
    "AA90": "The account that receives the bundle's fees is zero: name one.",
    "AA91": "The account that receives the bundle's fees rejects native currency: name another one.",
    "AA92": "Only the EntryPoint can call this.",
    "AA93": "paymasterAndData is too short.",
    "AA94": "A gas value exceeds 120 bits: lower it.",
    "AA95": "The bundle's transaction has too little gas: raise it.",
}
"""Codes of the EntryPoint (ERC-4337): what they mean and what to do."""


BUNDLER_CODES = {
    -32501: "Ask the principal whether its paymaster pays for this wallet.",
    -32502: "Validation breaks a rule of ERC-7562: a principal or agent key that is a contract may read too much.",
    -32503: "The operation's period or the mandate ends within seconds or has only just begun: build it again shortly.",
    -32504: "Too many operations of this wallet or paymaster failed: wait, or use another bundler.",
    -32505: "The paymaster's stake or unstake delay is too low for this bundler: ask its principal to raise it.",
    -32507: "The signature isn't that of the agent key, or of the principal, whichever the nonce key names.",
    -32601: "The bundler doesn't support this method.",
    -32602: "A field of the operation is malformed.",
}
"""Error codes of bundlers (ERC-7769): what they mean and what to do."""


def class_of(name: str) -> type[ContractError] | None:
    """The exception class for a contract error by its Solidity name, or None if the contracts have no such error."""
    found = globals().get(name)
    if not isinstance(found, type) or not issubclass(found, ContractError):
        return None
    return None if found in _GROUPS or found in (ContractError, UnknownRevert) else found


def snake_case(name: str) -> str:
    """A Solidity name as Python spells it: `validUntil` to `valid_until`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _append_advice(error: ContractError) -> None:
    code = str(error.arguments.get("reason", ""))[:4]
    error.args = (f"{error} {ENTRY_POINT_CODES.get(code, 'Build and sign the operation again.')}",)


def _rebuild(kind: type[ContractError], arguments: dict[str, Any]) -> ContractError:
    return kind(**arguments)


def _plain(value: Any) -> Any:
    return "0x" + value.hex() if isinstance(value, bytes) else value


class _Messages(string.Formatter):
    """Formats messages: bytes as hex, `:time` as a date in UTC, and a missing argument as a question mark."""

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        # A missing argument must not hide the error itself.
        return _plain(kwargs.get(str(key), "?"))

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec != "time" or not isinstance(value, int):
            return str(value)
        try:
            return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M:%S} UTC"
        except (OverflowError, ValueError, OSError):
            # Beyond year 9999, the last year of `datetime`.
            return f"{value} (unix seconds)"


_MESSAGES = _Messages()
