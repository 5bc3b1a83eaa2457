"""What can go wrong, and what to do about it.

PeculiumError
├── InvalidInput (ValueError)      refused here, before anything was sent
├── ChainUnavailable               no answer, or not the expected chain
├── NotIncluded                    sent, and not in any block yet
├── BundlerRefused                 refused by a bundler, for a reason of its own
└── ContractError                  refused by a contract
    ├── Stopped                    The switch says stop.
    ├── OverLimit                  More than a limit of the mandate allows.
    ├── NotListed                  What the mandate doesn't list is refused.
    ├── MandateInactive            The mandate isn't in force now.
    ├── MandateRefused             A mandate that can't be set, with the reason.
    ├── NotAllowed                 The caller has no right to this.
    ├── SignatureRefused           A signature that doesn't fit, is late, or was used.
    ├── RegistryRefused            The registry refuses, with the reason.
    ├── TokenMisbehaved            A token doesn't do as listed; its payment is undone.
    ├── CallRefused                A call, or an argument of it, that no rule of the mandate allows.
    ├── RequestRefused             A request to the principal that can't be made, approved or removed.
    ├── AuthorizationRefused       A pre-authorization or a cheque that can't be, or can't be closed.
    ├── OperationRefused           A user operation that the wallet, its paymaster or the EntryPoint refuses.
    ├── CredentialRefused          A credential that can't be issued, or isn't worth anything.
    ├── OtherRefusal               The remaining refusals.
    └── UnknownRevert              refused for a reason that isn't ours

Every error of the contracts has a class of its own name. Its arguments are attributes, in snake_case: what was offered and the
bound that it broke, amounts in base units, times in unix seconds. `str(error)` is a sentence that says what to do;
`error.as_dict()` is the same for a program.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar


class PeculiumError(Exception):
    """The base of everything that this package raises on purpose."""


class InvalidInput(PeculiumError, ValueError):
    """Refused before anything was sent. The message says what to pass instead."""


class ChainUnavailable(PeculiumError):
    """The node doesn't answer, or serves another chain, or lacks a contract."""


class NotIncluded(PeculiumError):
    """An operation that no block has included yet. The message says what to do."""


class BundlerRefused(PeculiumError):
    """A bundler's own refusal; nothing was sent on. `code` is its number in ERC-7769."""

    def __init__(self, code: int, reason: str) -> None:
        advice = BUNDLER_CODES.get(code, "Ask its operator, or another bundler.")
        super().__init__(f"The bundler refuses: {reason.rstrip('.')}. {advice}")
        self.code, self.reason = code, reason


class ContractError(PeculiumError):
    """Refused by a contract; nothing has changed on the chain."""

    template: ClassVar[str] = "The contract refused."

    def __init__(self, **arguments: Any) -> None:
        self.arguments = {snake_case(name): value for name, value in arguments.items()}
        super().__init__(self.template.format_map(_Shown(self.arguments)))

    def __reduce__(self) -> Any:
        # Keyword arguments only, which copying and pickling don't know.
        return _rebuild, (type(self), self.arguments)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["arguments"][name]
        except KeyError:
            raise AttributeError(name) from None

    def as_dict(self) -> dict[str, Any]:
        """The error's name, its arguments, and the sentence."""
        shown = {name: _plain(value) for name, value in self.arguments.items()}
        return {"error": type(self).__name__, "arguments": shown, "message": str(self)}


class UnknownRevert(ContractError):
    """Refused for a reason that isn't ours: a token's own words, or raw data."""

    template = "The call was refused: {reason}"


class Stopped(ContractError):
    """The switch says stop."""


class OverLimit(ContractError):
    """More than a limit of the mandate allows."""


class NotListed(ContractError):
    """What the mandate doesn't list is refused."""


class MandateInactive(ContractError):
    """The mandate isn't in force now."""


class MandateRefused(ContractError):
    """A mandate that can't be set, with the reason."""


class NotAllowed(ContractError):
    """The caller has no right to this."""


class SignatureRefused(ContractError):
    """A signature that doesn't fit, is late, or was used."""


class RegistryRefused(ContractError):
    """The registry refuses, with the reason."""


class TokenMisbehaved(ContractError):
    """A token doesn't do as listed; its payment is undone."""


class CallRefused(ContractError):
    """A call, or an argument of it, that no rule of the mandate allows."""


class RequestRefused(ContractError):
    """A request to the principal that can't be made, approved or removed."""


class AuthorizationRefused(ContractError):
    """A pre-authorization or a cheque that can't be, or can't be closed."""


class OperationRefused(ContractError):
    """A user operation that the wallet, its paymaster or the EntryPoint refuses."""


class CredentialRefused(ContractError):
    """A credential that can't be issued, or isn't worth anything."""


class OtherRefusal(ContractError):
    """The remaining refusals."""


class AgentIsRevoked(Stopped):
    template = (
        "The agent with wallet {wallet} is revoked for ever by {principal}. It needs a new wallet under a new mandate."
    )


class AgentIsPaused(Stopped):
    template = "The agent with wallet {wallet} is paused. Its principal {principal} can unpause it."


class EpochEnded(Stopped):
    template = (
        "{principal} has revoked all its agents: epoch {epoch} ended, it is {current_epoch} now. Create the agent anew."
    )


class PrincipalIsPaused(Stopped):
    template = "{principal} has paused all its agents. It can unpause them with unpause_all."


class PrincipalIsDormant(Stopped):
    template = (
        "{principal} missed its heartbeat at {dormant_since} (it is {timestamp}). It has to check in before "
        "its agents act again."
    )


class PaymentLimitExceeded(OverLimit):
    template = (
        "The payment charges {charge}, the limit per payment is {limit} (budget units). Pay less, or ask the principal."
    )


class WindowLimitExceeded(OverLimit):
    template = (
        "This charges {charge}, but only {remaining} is left in the rolling window of {length} seconds (budget units; for "
        "operations, wei). Wait until more comes back, or ask the principal."
    )


class LifetimeLimitExceeded(OverLimit):
    template = (
        "The payment charges {charge}, but only {remaining} is left for life (budget units). Ask the "
        "principal for a new mandate."
    )


class PayeeLimitExceeded(OverLimit):
    template = (
        "The payment charges {charge}, but the payee {payee} may get only {remaining} more, for life (budget units). "
        "Ask the principal."
    )


class AmountTooLarge(OverLimit):
    template = (
        "The amount {amount} is above {maximum} token base units, the most that can be counted. Check the decimals."
    )


class InvalidBatchSize(OverLimit):
    template = "A batch of {size} payments is refused: it takes 1 to {maximum}. Split it."


class ZeroAmount(OverLimit):
    template = "A payment of nothing is refused. Pass an amount above zero."


class TokenNotListed(NotListed):
    template = "The mandate doesn't list the token {token}. Pay in a listed one, or ask the principal to list it."


class PayeeNotListed(NotListed):
    template = "The budget of the token {token} doesn't list the payee {payee}. Ask the principal to list it."


class PayeeExpired(NotListed):
    template = (
        "The payee {payee} could be paid until {valid_until}, it is {timestamp} (unix seconds). Ask the principal."
    )


class CurrencyNotBudgeted(NotListed):
    template = "The mandate has no budget in {currency}. Look at the budgets of the mandate."


class NoMandate(MandateInactive):
    template = "The wallet has no mandate in force. Its principal has to set one."


class MandateNotYetValid(MandateInactive):
    template = "The mandate begins at {valid_from}, it is {timestamp} (unix seconds). Wait."


class MandateExpired(MandateInactive):
    template = (
        "The mandate ended at {valid_until}, it is {timestamp} (unix seconds). The principal has to set a new one."
    )


class MandateChanged(MandateInactive):
    template = (
        "The principal changed the mandate while the action was under way; nothing was done. Read the new mandate and "
        "try again."
    )


class MandateNotInForce(MandateInactive):
    template = "The wallet {wallet} doesn't enforce the mandate {mandate_hash}. Install it there first."


class PrincipalMismatch(MandateRefused):
    template = "The principal is {given}, but has to be {expected}."


class EpochMismatch(MandateRefused):
    template = (
        "The epoch is {given}, but has to be {expected}. Read the principal's epoch from the switch and sign again."
    )


class InvalidAgentKey(MandateRefused):
    template = "{agent_key} can't be the agent key: it is zero, the principal, or the wallet itself. Use a key of the agent's own."


class ValidityInverted(MandateRefused):
    template = "The mandate would end ({valid_until}) before it begins ({valid_from}). Swap them."


class ValidityPast(MandateRefused):
    template = "The mandate has ended already: valid until {valid_until}, it is {timestamp} (unix seconds)."


class ReplacesMismatch(MandateRefused):
    template = "The mandate replaces {given}, but the last one is {expected}. Read last_mandate_hash and sign again."


class InvalidBudgetCount(MandateRefused):
    template = "A mandate has 1 to {maximum} budgets, not {count}."


class InvalidTokenCount(MandateRefused):
    template = "A budget lists 1 to {maximum} tokens; {currency} lists {count}."


class InvalidWindowCount(MandateRefused):
    template = "A budget has 1 to {maximum} rolling windows; {currency} has {count}."


class WindowsNotAscending(MandateRefused):
    template = "The windows in {currency} go from short to long, each once: {length} comes after {previous} (seconds)."


class InvalidPayeeCount(MandateRefused):
    template = (
        "The payees of {currency} are refused: list at least one, or say any_payee and list none (any_payee "
        "is {any_payee}), and at most {maximum} in the whole mandate ({count} so far)."
    )


class InvalidCurrency(MandateRefused):
    template = "The currency {currency!r} is refused: its name has 1 to 31 bytes."


class CurrencyTwice(MandateRefused):
    template = "Two budgets are in {currency}. Put their tokens into one."


class InvalidBudgetDecimals(MandateRefused):
    template = "The budget in {currency} has {decimals} decimals, the most is {maximum}."


class BudgetDecimalsChanged(MandateRefused):
    template = "{currency} is counted with {expected} decimals in this wallet, not {given}. Keep them."


class LimitsContradict(MandateRefused):
    template = (
        "The limits in {currency} contradict each other: {smaller} has to be at most {larger} (payment, "
        "window, lifetime; budget units)."
    )


class SpentMoreThanSeen(MandateRefused):
    template = "{spent} has been spent in {currency}, more than the {seen} that the mandate's signer had seen. Look, and sign again."


class InvalidWindowLength(MandateRefused):
    template = (
        "A window of {length} seconds in {currency} is refused: it takes a multiple of 8 from {minimum} to {maximum}."
    )


class TokenHasNoCode(MandateRefused):
    template = "There is no contract at the token address {token}. Check address and chain."


class TokenTwice(MandateRefused):
    template = "The token {token} is listed twice. List it in one budget only."


class TokenDecimalsUnreadable(MandateRefused):
    template = "The token {token} doesn't tell its decimals. It can't be listed."


class TokenDecimalsMismatch(MandateRefused):
    template = "The token {token} has {actual} decimals, the mandate says {given}."


class InvalidScale(MandateRefused):
    template = "The token {token} has {token_decimals} decimals and its budget {budget_decimals}: more than 18 apart."


class PayeesNotAscending(MandateRefused):
    template = "Payees have to be listed in ascending order, each once: {payee} comes after {previous}."


class PayeeRefused(MandateRefused):
    template = "{payee} can never be a payee: it is zero, the wallet, a listed token, or a contract of the suite."


class PayeeTwice(MandateRefused):
    template = "{payee} is listed both with terms of its own and without. Choose one."


class PayeeNeverValid(MandateRefused):
    template = "The terms of the payee {payee} end at {valid_until}, before the mandate begins at {valid_from}."


class InvalidCallCount(MandateRefused):
    template = "A mandate has at most {maximum} call rules, not {count}."


class CallsNotAscending(MandateRefused):
    template = "Call rules are listed in ascending order of target and selector, each once: {target} {selector} isn't."


class TargetRefused(MandateRefused):
    template = (
        "{target} may never be called: it has no code, is a listed token, the wallet, a contract of the suite, or one "
        "that acts for whoever asks."
    )


class InvalidSelector(MandateRefused):
    template = "A call rule on {target} names no function: {selector}."


class InvalidArgumentCount(MandateRefused):
    template = "The rule on {target} {selector} has {count} arguments, the most is {maximum}."


class InvalidArgumentValues(MandateRefused):
    template = (
        "The rule on argument {index} of {target} {selector} has {count} values: equal and at_most take one, one_of "
        "up to 32, the others none."
    )


class NativeNotBudgeted(MandateRefused):
    template = "The rule on {target} {selector} allows to send native currency, which no budget lists."


class InvalidChequeToken(MandateRefused):
    template = "A cheque book can't be in {token}: it is in no budget, or the native currency."


class ChequeBookTwice(MandateRefused):
    template = "The budget in {currency} has two cheque books. One is the most."


class InvalidChequeCount(MandateRefused):
    template = "A cheque book has 1 to {maximum} cheques in a period, not {count}."


class InvalidChequePeriod(MandateRefused):
    template = "A cheque book's period is {minimum} to {maximum} seconds, not {period}."


class InvalidChequeLimit(MandateRefused):
    template = "A cheque of {limit} is refused: it is at least 1 and at most a payment, {payment_limit} (budget units)."


class ChequesExceedLimit(MandateRefused):
    template = (
        "All cheques in {token} could come to {reserve}, more than the limit {limit} that they have to fit into (budget "
        "units). Allow fewer or smaller ones, or raise the limit."
    )


class RequestTermsContradict(MandateRefused):
    template = (
        "{max_requests} requests may wait for {max_request_age} seconds: one of them is zero. Both are, or neither."
    )


class MandateTooLarge(MandateRefused):
    template = "The mandate takes {size} bytes, more than the {maximum} that fit into a contract. List fewer payees."


class GasTermsContradict(MandateRefused):
    template = (
        "Of {operation_limit} wei an operation, {window_limit} wei and {window} seconds either all or none is zero, and one "
        "operation costs at most what all may."
    )


class InvalidGasWindow(MandateRefused):
    template = "The window of the gas terms is {length} seconds. It has to be a multiple of eight, from {minimum} to {maximum}."


class AgentStopped(Stopped):
    template = (
        "The principal {principal} has stopped the agent of {wallet}: no operation is taken, and nothing was paid. Once it "
        "lifts the stop of all its agents, the wallet has to be synced: RevocationSwitch.sync."
    )


class OperationCostExceeded(OverLimit):
    template = (
        "The operation could cost {cost} wei, and one may cost {limit}. Lower its gas limits or its fee, have a paymaster "
        "pay, or ask the principal for other gas terms."
    )


class NotAnAgentOperation(OperationRefused):
    template = (
        "An agent's operation is executeUserOp, a period, and one of the agent's verbs; this one begins with {selector}, and "
        "its verb is {verb}."
    )


class OperationOfOtherMandate(OperationRefused):
    template = "The operation's nonce key begins with {nonce_key}, the mandate in force is {mandate_hash}. Build and sign it anew."


class CallGasTooLow(OperationRefused):
    template = "The operation has {call_gas_limit} gas for its execution, and at least {minimum} is asked. Raise it."


class InvalidPeriod(OperationRefused):
    template = "The operation's period begins at {start}, after {maximum} (unix seconds). Name the present one."


class FailedOp(OperationRefused):
    """The EntryPoint's own refusal; `reason` begins with its code."""

    template = "{reason}."

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        _advise(self)


class FailedOpWithRevert(OperationRefused):
    """The EntryPoint's refusal because a contract refused; `inner` is what that said, where it isn't an error of ours."""

    template = "{reason} ({inner})."

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        _advise(self)


class NotAWallet(OperationRefused):
    template = "{sender} wasn't made by the factory whose wallets this paymaster pays for."


class OtherPrincipal(OperationRefused):
    template = "The wallet {wallet} is {principal}'s, and this paymaster pays for the wallets of {expected}."


class NoPeriod(OperationRefused):
    template = "The operation of {wallet} names no period. Build it as agents' operations are."


class PaymasterUnauthorized(OperationRefused):
    template = "{sender} isn't the EntryPoint of this paymaster."


class NotEntryPoint(NotAllowed):
    template = "Only the EntryPoint {entry_point} may do this, not {caller}."


class NotPrincipal(NotAllowed):
    template = "Only the principal {principal} may do this, not {caller}."


class NotPendingPrincipal(NotAllowed):
    template = "The wallet is offered to {pending_principal}, not to {caller}."


class NotAgentKey(NotAllowed):
    template = "Only the agent key {agent_key} may do this, not {caller}."


class NotFactory(NotAllowed):
    template = "Only the factory {factory} may do this, not {caller}."


class NotRegistry(NotAllowed):
    template = "Only the registry {registry} may do this, not {caller}."


class NotPrincipalOrGuardian(NotAllowed):
    template = "{account} is neither the principal {principal} nor a guardian of it."


class NotAuthorized(NotAllowed):
    template = "{caller} is neither owner nor approved for agent {agent_id}."


class NotOwner(NotAllowed):
    template = "Agent {agent_id} is owned by {owner}, not by {caller}."


class NotIssuer(NotAllowed):
    template = "Only the issuer {issuer} may do this, not {caller}."


class NotAgentKeyOrPrincipal(NotAllowed):
    template = "Only the agent key {agent_key} or the principal {principal} may do this, not {caller}."


class NotRelayer(NotAllowed):
    template = "Only the relayer {relayer} may carry this action, not {caller}."


class BadAgentSignature(SignatureRefused):
    template = "This isn't the signature of the agent key {agent_key} over {digest}. Sign it for the present mandate."


class FeeNeedsRelayer(SignatureRefused):
    template = "A fee of {fee} is offered to nobody in particular. Name the relayer."


class NotAnAction(SignatureRefused):
    template = "{selector} isn't a verb of the agent's, and can't be carried by its signature."


class BadPrincipalSignature(SignatureRefused):
    template = "This isn't the signature of the principal {principal} over {digest}."


class BadMandateSignature(SignatureRefused):
    template = "{signer} has not signed this mandate (digest {digest})."


class BadAcceptanceSignature(SignatureRefused):
    template = "{principal} has not signed this acceptance of liability (digest {digest})."


class BadWalletSignature(SignatureRefused):
    template = "The wallet {wallet} has not signed that it is this agent's (digest {digest})."


class BadOrderSignature(SignatureRefused):
    template = "{signer} has not signed this order (digest {digest})."


class DeadlinePassed(SignatureRefused):
    template = "The deadline {deadline} has passed, it is {timestamp} (unix seconds). Sign again."


class DeadlineTooFar(SignatureRefused):
    template = "The deadline {deadline} is too far ahead; the latest is {latest} (unix seconds)."


class NonceSpent(SignatureRefused):
    template = "The nonce {nonce} was used or canceled. Sign again with another."


class OrderSpent(SignatureRefused):
    template = "The nonce {nonce} of {signer} was used or canceled."


class OrderOutdated(SignatureRefused):
    template = "The order is for epoch {epoch}, it is {current_epoch} now: those agents are revoked already."


class InvalidAccountNonce(SignatureRefused):
    template = "The next nonce of {account} is {current_nonce}. Sign again."


class AgentNotActive(RegistryRefused):
    template = "Agent {agent_id} (wallet {wallet}) is not active: its status is {status}. Don't deal with it."


class AgentKeyTaken(RegistryRefused):
    template = "The agent key {agent_key} acts for the live agent {agent_id}. One key serves one agent."


class LiabilityAlreadyAccepted(RegistryRefused):
    template = "{principal} has accepted liability for agent {agent_id} already."


class LiabilityNotAccepted(RegistryRefused):
    template = "Nobody has accepted liability for agent {agent_id}. Its owner has to, first."


class WalletAlreadyLinked(RegistryRefused):
    template = "The wallet {wallet} is linked to agent {agent_id} already."


class WalletNotProven(RegistryRefused):
    template = "Agent {agent_id} has no wallet that has proven itself ({wallet}). Link one with set_agent_wallet."


class WalletExists(RegistryRefused):
    template = "The wallet {wallet} exists already. Use another salt for another agent."


class ReservedKey(RegistryRefused):
    template = "The metadata key {metadata_key!r} is kept by the registry itself."


class OtherSuite(RegistryRefused):
    template = "{part} was made for another registry, EntryPoint or mandate writer. Deploy the parts together."


class NotAContract(RegistryRefused):
    template = "There is no contract at {account}."


class ERC721NonexistentToken(RegistryRefused):
    template = "There is no agent {token_id}."


class TokenTookMore(TokenMisbehaved):
    template = (
        "The token {token} took {taken} for a payment of {amount} (base units); the payment is undone. Ask "
        "the principal to unlist it."
    )


class TokenBalanceUnreadable(TokenMisbehaved):
    template = "The token {token} doesn't tell the wallet's balance; nothing is paid in it."


class NativePaymentRefused(TokenMisbehaved):
    template = "The payee {payee} doesn't take {amount} wei, or the wallet hasn't got them; nothing was charged."


class SafeERC20FailedOperation(TokenMisbehaved):
    template = "The token {token} refused the transfer, without a reason; nothing was charged."


class BalanceTooLow(TokenMisbehaved):
    template = "The wallet holds {balance} of {token}, not {amount} (base units)."


class ERC20InsufficientBalance(TokenMisbehaved):
    template = "{sender} holds {balance}, and needs {needed} (token base units). Fund it."


class CallNotListed(CallRefused):
    template = "The mandate doesn't list the function {selector} of {target}. Ask the principal to list it."


class TargetHasNoCode(CallRefused):
    template = "There is no contract at {target} any more."


class CallValueExceeded(CallRefused):
    template = "The call would send {value} wei, its rule allows {limit}. Send less."


class PullLimitExceeded(CallRefused):
    template = "The call would let its target pull {charge}, its rule allows {limit} (budget units). Pull less."


class InvalidCalldataLength(CallRefused):
    template = "The calldata has {length} bytes, but its arguments take {expected}. Encode just the arguments."


class ArgumentRefused(CallRefused):
    template = "Argument {index} is {word}, which its rule doesn't allow. Look at the call rules of the mandate."


class PaddingNotZero(CallRefused):
    template = "Argument {index} isn't padded with zeros. Encode it as Solidity does."


class InvalidRequestSlot(RequestRefused):
    template = "There is no slot {slot} for requests: the mandate has {slots}, numbered from zero."


class RequestSlotTaken(RequestRefused):
    template = "Slot {slot} is taken by the request {request_hash}. Use a free one; see pending_requests."


class InvalidRequestExpiry(RequestRefused):
    template = "A request can't end at {expires_at}: it has to be later than now, and at the latest {latest}."


class RequestMismatch(RequestRefused):
    template = "Slot {slot} doesn't hold this request ({given}) but {pending}. Read it again before you decide."


class RequestExpired(RequestRefused):
    template = "The request ended at {expires_at}, it is {timestamp} (unix seconds). The agent can ask again."


class RequestNotExpired(RequestRefused):
    template = "The request ends at {expires_at}, it is {timestamp} (unix seconds). Until then only agent or principal remove it."


class InvalidAuthorizationEnd(AuthorizationRefused):
    template = (
        "An authorization can't end at {valid_before}: it has to be later than now ({timestamp}), and not after the "
        "mandate's end ({valid_until})."
    )


class AuthorizationKnown(AuthorizationRefused):
    template = "The authorization {digest} was made before. Use another nonce for another payment."


class AuthorizationUnknown(AuthorizationRefused):
    template = "There is no open authorization {digest} in this currency, or it was closed."


class AuthorizationOpen(AuthorizationRefused):
    template = "The authorization {digest} isn't settled, and could be until {valid_before} (it is {timestamp}). Wait until then, or ask the principal to refuse all."


class AuthorizationStateUnreadable(AuthorizationRefused):
    template = (
        "The token {token} doesn't tell whether an authorization was used. It seems not to be a token of EIP-3009."
    )


class NotAuthorizable(AuthorizationRefused):
    template = "{token} is the native currency, which nobody can settle later. Pay it, or use a token of EIP-3009."


class NoChequeBook(AuthorizationRefused):
    template = "The mandate has no cheque book in {token}."


class ZeroIssuer(CredentialRefused):
    template = "A credential needs an issuer; the zero address is nobody."


class ZeroSubject(CredentialRefused):
    template = "A credential needs a subject; the zero address is nobody."


class ZeroSchema(CredentialRefused):
    template = "A credential needs a schema; see schema_of."


class InvertedValidity(CredentialRefused):
    template = "The credential would end ({valid_until}) before it begins ({valid_from}). Swap them."


class CredentialExpired(CredentialRefused):
    template = "The credential ended at {valid_until}, it is {timestamp} (unix seconds). Issue a new one."


class BadIssuerSignature(CredentialRefused):
    template = "{issuer} has not signed this credential, or this revocation (digest {digest})."


class CredentialIsRevoked(CredentialRefused):
    template = "{issuer} has revoked the credential {credential_id} for ever."


class NonceNotAbove(CredentialRefused):
    template = "The credential's nonce is {nonce}; it has to be above {last_nonce}, that of the one it replaces."


class CredentialNotValid(CredentialRefused):
    template = "The credential {credential_id} isn't valid: its status is {status}."


class NoLiveCredential(CredentialRefused):
    template = "None of the trusted issuers has a live credential of schema {schema} for {subject}."


class ZeroAddress(OtherRefusal):
    template = "An address is zero that has to be someone."


class HeartbeatTooShort(OtherRefusal):
    template = "A heartbeat of {interval} seconds is refused: zero for none, else at least {minimum}."


class AlreadyInitialized(OtherRefusal):
    template = "The wallet is initialized already, for {principal}."


class InvalidPrincipal(OtherRefusal):
    template = "{principal} can't become the wallet's principal: it is the wallet itself, or the principal already."


class ReentrancyGuardReentrantCall(OtherRefusal):
    template = "The agent called the wallet again in the middle of its own payment."


_GROUPS = {
    Stopped,
    OverLimit,
    NotListed,
    MandateInactive,
    MandateRefused,
    NotAllowed,
    SignatureRefused,
    RegistryRefused,
    TokenMisbehaved,
    CallRefused,
    RequestRefused,
    AuthorizationRefused,
    OperationRefused,
    CredentialRefused,
    OtherRefusal,
}


ENTRY_POINT_CODES = {
    "AA10": "The wallet exists already: leave the factory out.",
    "AA13": "The wallet wasn't created: its signatures don't fit, or there is too little gas for verification.",
    "AA14": "The factory made another wallet than the operation's sender: ask it for the address.",
    "AA15": "The factory made no wallet.",
    "AA20": "There is no wallet at this address: create it first, or name the factory.",
    "AA21": "The wallet can't pay: send it native currency, add to its deposit, or have a paymaster pay.",
    "AA22": "It isn't the time of this operation: its period, or the mandate, is over or hasn't begun. Build it anew.",
    "AA23": "The wallet refused to validate it.",
    "AA24": "The signature isn't that of the agent key, or of the principal, whichever the nonce key says.",
    "AA25": "The nonce was used: ask the EntryPoint for the next one, or take another lane.",
    "AA26": "There is too little gas for verification: raise verification_gas_limit.",
    "AA30": "There is no paymaster at this address.",
    "AA31": "The paymaster's deposit is too low: have its principal add to it.",
    "AA32": "The paymaster doesn't pay at this time: build it anew.",
    "AA33": "The paymaster refused to pay.",
    "AA34": "The paymaster's signature is wrong.",
    "AA36": "There is too little gas for the paymaster's verification: raise paymaster_verification_gas_limit.",
    "AA40": "There is too little gas for verification: raise verification_gas_limit.",
    "AA41": "There is too little gas for verification: raise verification_gas_limit.",
    "AA50": "The paymaster failed after the operation.",
    "AA51": "The operation cost more than was paid ahead: raise its gas limits.",
    "AA90": "Say who gets what the bundle pays.",
    "AA91": "Who should get what the bundle pays refuses native currency: name another.",
    "AA92": "Only the EntryPoint calls this.",
    "AA93": "The paymaster's data are too short.",
    "AA94": "A gas value is above 120 bits: lower it.",
    "AA95": "The bundle has too little gas: send it with more.",
}
"""What the codes of the EntryPoint mean, and what to do."""


BUNDLER_CODES = {
    -32501: "Ask the principal whether its paymaster pays for this wallet.",
    -32502: "Validation does what bundlers don't allow: a principal or key that is a contract may read too much for this one.",
    -32503: "Its period or the mandate ends within moments, or has only just begun: build it anew shortly.",
    -32504: "It has had too many operations of this wallet or paymaster that failed: wait, or ask another bundler.",
    -32505: "The paymaster's stake is too low for it, or unlocked too soon: have its principal add to it.",
    -32507: "The signature isn't that of the agent key, or of the principal, whichever the nonce key says.",
    -32601: "It doesn't know this method.",
    -32602: "A field of the operation isn't as it wants it.",
}
"""What the codes of ERC-7769 mean, and what to do."""


def class_of(name: str) -> type[ContractError] | None:
    """The class of a contract error by its name in Solidity, or None if it isn't ours."""
    found = globals().get(name)
    if not isinstance(found, type) or not issubclass(found, ContractError):
        return None
    return None if found in _GROUPS or found in (ContractError, UnknownRevert) else found


def snake_case(name: str) -> str:
    """`validUntil` to `valid_until`, as Python spells it."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _advise(error: ContractError) -> None:
    """Adds to the sentence what the EntryPoint's code means."""
    code = str(error.arguments.get("reason", ""))[:4]
    error.args = (f"{error} {ENTRY_POINT_CODES.get(code, 'Build and sign it anew.')}",)


def _rebuild(kind: type[ContractError], arguments: dict[str, Any]) -> ContractError:
    return kind(**arguments)


def _plain(value: Any) -> Any:
    return "0x" + value.hex() if isinstance(value, bytes) else value


class _Shown(dict[str, Any]):
    """Arguments as people read them; one that is missing shows as a question mark instead of hiding the error."""

    def __getitem__(self, name: str) -> Any:
        return _plain(super().__getitem__(name))

    def __missing__(self, name: str) -> str:
        return "?"
