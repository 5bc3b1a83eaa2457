"""The outcomes that a campaign must reach. An outcome that never happens is not tested."""

from __future__ import annotations

from collections import Counter

STOPPED = "AgentIsRevoked EpochEnded PrincipalIsDormant PrincipalIsPaused AgentIsPaused"
INACTIVE = f"NoMandate MandateNotYetValid MandateExpired {STOPPED}"
OVER = "PaymentLimitExceeded WindowLimitExceeded LifetimeLimitExceeded"
STRANGERS = "StrangerPaymentLimitExceeded StrangerWindowLimitExceeded"
PAYMENT = f"ZeroAmount AmountTooLarge TokenNotListed PayeeNotListed PayeeExpired PayeeLimitExceeded {OVER} {STRANGERS}"
MANDATE = (
    "PrincipalMismatch EpochMismatch RoundEnded InvalidAgentKey ValidityInverted PayeeNeverValid "
    "BudgetDecimalsChanged SpentMoreThanSeen"
)
INVALID_MANDATE = (
    "InvalidBudgetCount InvalidCurrency CurrencyTwice InvalidBudgetDecimals InvalidWindowCount InvalidWindowLength "
    "WindowsNotAscending LimitsContradict InvalidTokenCount TokenTwice TokenHasNoCode TokenDecimalsUnreadable "
    "TokenDecimalsMismatch InvalidScale InvalidPayeeCount PayeeRefused PayeesNotAscending PayeeTwice RequestTermsContradict "
    "GasTermsContradict InvalidGasWindow InvalidCallCount CallsNotAscending TargetRefused InvalidSelector NativeNotBudgeted "
    "InvalidArgumentCount InvalidArgumentValues InvalidChequeToken ChequeBookTwice InvalidChequeCount InvalidChequePeriod "
    "InvalidChequeLimit ChequesExceedLimit MandateTooLarge StrangerLimitsContradict InvalidCallToken "
    "NativeNotPullable InvalidMaxCalls InvalidCallWindow VariantsDiffer ChargedTwice FloorIncomplete GainTokenWithoutFloor "
    "FloorInOwnToken FloorWithoutCharge ValueBesideFloor GainTokenUnreadable InvalidTail ReservedForGuards "
    "GuardBesideChequeBook GuardIsToken GuardRefused"
)
GUARD = "guard_agreed GuardRefused GuardRefused_NotInTheMood GuardRefused_TooMuch GuardRefused_WindowLimitExceeded"
"""What a guard does about a charge: agree, answer wrongly, or revert."""
GUARD_OF_MANDATE = "GuardRefused GuardRefused_NotInTheMood GuardRefused_OtherPrincipal GuardRefused_NoFleetBudget"
DECIMALS = "TokenDecimalsMismatch TokenDecimalsUnreadable"
TOKEN_ERRORS = "TokenTookMore SafeERC20FailedOperation TokenRefused"
FROZEN = "paused account_is_blacklisted"
AUTHORIZATION = "invalid_signature authorization_is_used_or_canceled authorization_is_expired"
REQUIRED_OUTCOMES: dict[str, str] = {
    "pay": f"{INACTIVE} NotAgentKey {PAYMENT} NativePaymentRefused {FROZEN} {TOKEN_ERRORS} TokenBalanceUnreadable "
    f"{GUARD} GuardRefused_LifetimeLimitExceeded",
    "pay_batch": f"{INACTIVE} NotAgentKey InvalidBatchSize {PAYMENT} guard_agreed GuardRefused_WindowLimitExceeded",
    "call": (
        f"{INACTIVE} NotAgentKey CallNotListed CallValueExceeded ArgumentRefused InvalidCalldataLength PaddingNotZero "
        f"PullLimitExceeded {OVER} ERC20InsufficientAllowance TokenTookMore TokenBalanceUnreadable ZeroAmount AmountTooLarge "
        "CallCountExceeded TailRefused FloorMissed ApprovalStands PayeeLimitExceeded guard_agreed GuardRefused GuardRefused_WindowLimitExceeded"
    ),
    "request_payment": (
        f"{INACTIVE} NotAgentKey InvalidRequestSlot RequestSlotTaken ZeroAmount ZeroAddress InvalidRequestExpiry"
    ),
    "cancel_request": "NotAgentKey RequestMismatch",
    "request_call": (
        "NoMandate MandateExpired AgentIsPaused NotAgentKey InvalidRequestSlot RequestSlotTaken InvalidRequestExpiry "
        "TargetRefused ApprovalRequested TokenNotListed ReservedForGuards"
    ),
    "preauthorize": (
        "NoMandate MandateExpired NotAgentKey NotAuthorizable InvalidAuthorizationEnd AuthorizationStateUnreadable "
        f"AuthorizationUsed AuthorizationKnown PayeeNotListed {OVER} guard_agreed "
        "GuardRefused_WindowLimitExceeded"
    ),
    "resign": "NotAgentKey",
    "act": (
        f"{INACTIVE} DeadlinePassed FeeNeedsRelayer NotRelayer NotAnAction BadAgentSignature NonceSpent {PAYMENT} "
        "CallNotListed InvalidBatchSize InvalidAuthorizationEnd InvalidRequestExpiry GasTooLow "
        f"{GUARD}"
    ),
    "relay_twice": "NotPrincipal NotAgentKey NonceSpent BadAgentSignature WindowLimitExceeded",
    "cancel_action": "NotAgentKeyOrPrincipal NoMandate NonceSpent",
    "operate": (
        "NoMandate OperationOfOtherMandate AgentStopped NotAnAgentOperation CallGasTooLow OperationCostExceeded InvalidPeriod "
        "WindowLimitExceeded AA22 AA24 AA25 AA32 OtherPrincipal failed stopped guard_agreed"
    ),
    "operate_as_principal": "AA24 AA25 failed",
    "operate_at_birth": "AA10 AA20 AA24 AA25 failed",
    "bundle": "OperationOfOtherMandate CallGasTooLow OperationCostExceeded WindowLimitExceeded AA22 AA24 AA25 failed stopped guard_agreed",
    "settle": f"{AUTHORIZATION} caller_must_be_the_payee",
    "cash": f"{AUTHORIZATION} authorization_is_not_yet_valid",
    "close": "AuthorizationUnknown AuthorizationOpen guard_heard_settled guard_heard_released fleet_heard_after_hand_over",
    "set_mandate": f"NotPrincipal {MANDATE} ChequesExceedLimit {DECIMALS} {GUARD_OF_MANDATE}",
    "set_invalid_mandate": INVALID_MANDATE,
    "set_mandate_signed": f"NoMandate BadPrincipalSignature BadMandateSignature AgentKeyTaken {MANDATE} {DECIMALS} {GUARD_OF_MANDATE}",
    "lift_mandate": "NotPrincipal NoMandate",
    "withdraw": f"NotPrincipal BalanceTooLow ZeroAddress {FROZEN} SafeERC20FailedOperation TokenRefused",
    "approve_request": "NotPrincipal RequestMismatch RequestExpired MandateExpired AgentIsPaused",
    "approve_signed": "BadPrincipalSignature DeadlinePassed RequestMismatch RequestExpired",
    "refuse_request": "NotPrincipal RequestMismatch",
    "expire_request": "RequestNotExpired RequestMismatch",
    "refuse_all": "NotPrincipal",
    "offer_hand_over": "NotPrincipal InvalidPrincipal InvalidHandOverDeadline",
    "accept_hand_over": "NotPendingPrincipal DeadlinePassed RoundEnded",
    "create_wallet": "ZeroAddress",
    "create_agent": (
        "AlreadyInitialized WalletAlreadyLinked DeadlinePassed EpochMismatch BadAcceptanceSignature RoundEnded "
        "BadMandateSignature AgentKeyTaken GuardRefused GuardRefused_OtherPrincipal"
    ),
    "enroll": "NotPrincipal ZeroAddress WalletAlreadyLinked DeadlinePassed EpochMismatch BadAcceptanceSignature",
    "cancel_nonce": "NotPrincipal NonceSpent",
    "execute": "NotPrincipal FailedCall ReservedForGuards",
    "execute_signed": "BadPrincipalSignature DeadlinePassed NonceSpent GasTooLow ReservedForGuards",
    "pause": "NotPrincipalOrGuardian",
    "revoke": "NotPrincipalOrGuardian",
    "unpause": "AgentIsRevoked",
    "pause_all": "NotPrincipalOrGuardian",
    "revoke_all": "NotPrincipalOrGuardian",
    "unpause_all": "",
    "set_heartbeat": "HeartbeatTooShort",
    "check_in": "",
    "set_guardian": "ZeroAddress",
    "sync": "",
    "submit_order": "NotPrincipalOrGuardian OrderSpent BadOrderSignature OrderOutdated",
    "cancel_order": "OrderSpent",
    "transfer_agent": "ERC721InsufficientApproval ERC721IncorrectOwner",
    "unset_wallet": "NotAuthorized",
    "set_agent_wallet": (
        "NotAuthorized ZeroAddress DeadlinePassed DeadlineTooFar BadWalletSignature WalletAlreadyLinked"
    ),
    "anchor_mandate": (
        "LiabilityNotAccepted PrincipalMismatch EpochMismatch WalletNotProven BadMandateSignature MandateNotInForce "
        "RoundEnded AgentKeyTaken"
    ),
    "accept_liability": "LiabilityAlreadyAccepted NotOwner",
    "set_shop_refuses": "",
    "pause_token": "",
    "blacklist": "",
    "set_fee": "without_a_reason",
    "set_misbehavior": "",
    "rebase": "",
    "set_decimals": "",
    "set_answer": "",
    "set_flood": "",
    "set_gas_terms": "NotPrincipal GasTermsContradict InvalidGasWindow",
    "reenter": (
        "ReentrancyGuardReentrantCall MandateChanged NonceSpent AgentIsPaused AgentIsRevoked PrincipalIsPaused NotPrincipal "
        "WindowLimitExceeded AgentStopped failed guard_agreed"
    ),
    "set_mood": "",
    "set_fleet_budget": (
        "NotPrincipal InvalidCurrency InvalidBudgetDecimals InvalidWindowCount InvalidWindowLength WindowsNotAscending "
        "LimitsContradict FleetDecimals"
    ),
    "call_guard": "NotAWallet NotInTheMood",
}
"""Every action with the errors that it must meet, and what a guard did meanwhile. Each action must also succeed at least once."""


LEAST_ACCEPTED = 0.3
"""The minimum share of accepted actions. A campaign of mostly refused actions tests little."""


def missing(reached: Counter[tuple[str, str]]) -> list[tuple[str, str]]:
    """Required outcomes that were not reached."""
    return [
        (name, how)
        for name, ends in REQUIRED_OUTCOMES.items()
        for how in ("done", *ends.split())
        if not reached[name, how]
    ]
