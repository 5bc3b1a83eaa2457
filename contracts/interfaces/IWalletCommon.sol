// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISwitchable} from "./IRevocationSwitch.sol";

/// @title Functions and errors that all modules of a wallet share
/// @notice The contracts that a wallet belongs to, and the errors that several actions have in common.
interface IWalletCommon is ISwitchable {
    /* ERRORS */

    /// @notice Thrown when the caller isn't the principal.
    error NotPrincipal(address caller, address principal);
    /// @notice Thrown when the caller isn't the agent key of the mandate.
    error NotAgentKey(address caller, address agentKey);
    /// @notice Thrown when an address is zero that must not be.
    error ZeroAddress();
    /// @notice Thrown when a signature is submitted after its deadline (unix seconds, inclusive).
    error DeadlinePassed(uint256 deadline, uint256 timestamp);
    /// @notice Thrown when less gas is available for a call than the signer demands.
    error GasTooLow(uint256 available, uint256 minimum);
    /// @notice Thrown when a nonce was used or canceled before.
    error NonceSpent(uint256 nonce);
    /// @notice Thrown when the signature isn't the principal's over this digest.
    error BadPrincipalSignature(address principal, bytes32 digest);
    /// @notice Thrown when no mandate is in force: none was set, or it was lifted.
    error NoMandate();
    /// @notice Thrown before the mandate begins: `timestamp` is before `validFrom` (unix seconds).
    error MandateNotYetValid(uint256 timestamp, uint48 validFrom);
    /// @notice Thrown when the mandate has ended: `timestamp` isn't before `validUntil` (unix seconds).
    error MandateExpired(uint256 timestamp, uint48 validUntil);
    /// @notice Thrown when the principal replaced or lifted the mandate while the agent's action was running.
    error MandateChanged(bytes32 mandateHash);
    /// @notice Thrown when the mandate has no budget in this currency.
    error CurrencyNotBudgeted(string currency);
    /// @notice Thrown when an amount is zero.
    error ZeroAmount();
    /// @notice Thrown when an amount exceeds 128 bits (token base units).
    error AmountTooLarge(uint256 amount, uint256 maximum);
    /// @notice Thrown when the mandate doesn't list the token.
    error TokenNotListed(address token);
    /// @notice Thrown when the budget that the token counts toward doesn't list the payee.
    error PayeeNotListed(address payee, address token);
    /// @notice Thrown when a payee's own terms have ended: `timestamp` isn't before `validUntil` (unix
    /// seconds).
    error PayeeExpired(address payee, uint256 timestamp, uint48 validUntil);
    /// @notice Thrown when a charge exceeds what remains of the payee's own limit (budget units).
    error PayeeLimitExceeded(address payee, uint256 charge, uint256 remaining);
    /// @notice Thrown when a charge for a stranger exceeds the limit per payment to strangers (budget units).
    error StrangerPaymentLimitExceeded(uint256 charge, uint256 limit);
    /// @notice Thrown when a charge for a stranger exceeds what remains of the strangers' window (budget units; length
    /// of the window in seconds).
    error StrangerWindowLimitExceeded(uint256 charge, uint256 remaining, uint256 length);
    /// @notice Thrown when a charge exceeds the limit per payment (budget units).
    error PaymentLimitExceeded(uint256 charge, uint256 limit);
    /// @notice Thrown when more of a token left the wallet than was charged (token base units, or wei).
    error TokenTookMore(address token, uint256 taken, uint256 amount);
    /// @notice Thrown when a token doesn't report whether an authorization or cheque was used.
    error AuthorizationStateUnreadable(address token);
    /// @notice Thrown when a token doesn't report the wallet's balance.
    error TokenBalanceUnreadable(address token);
    /// @notice Thrown when a payee refuses native currency (wei).
    error NativePaymentRefused(address payee, uint256 amount);

    /* EVENTS */

    /// @notice Emitted when the agent pays, and when one of its calls sends native currency, lets its target pull a
    /// token, or has a `Charged` argument. The agent's payments by cheque or pre-authorization don't emit it.
    /// @param token The token's contract, or the native currency as named in ERC-7528.
    /// @param payee The payee, or the target of a call.
    /// @param ref Reason for the payment: 32 bytes chosen by the agent, such as an invoice number or a hash.
    /// @param amount Amount (token base units, or wei). In a call: what was sent, what the target may pull,
    /// or the argument.
    /// @param charge Amount counted in the budget (budget units).
    event PaymentMade(
        address indexed token, address indexed payee, bytes32 indexed ref, uint256 amount, uint256 charge
    );

    /* IDENTITY */

    /// @notice Returns the principal, who owns the money in this wallet.
    function principal() external view returns (address);

    /// @notice Returns the EIP-712 struct hash of the mandate in force, or zero if none is.
    function mandateHash() external view returns (bytes32);

    /// @notice Returns the agent registry of this wallet; it never changes.
    function REGISTRY() external view returns (address);
    /// @notice Returns the revocation switch of this wallet; it never changes.
    function SWITCH() external view returns (address);
    /// @notice Returns the ERC-4337 EntryPoint of this wallet; it never changes.
    function ENTRY_POINT() external view returns (address);
    /// @notice Returns the mandate writer of this wallet; it never changes.
    function WRITER() external view returns (address);
}
