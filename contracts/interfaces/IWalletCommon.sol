// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISwitchable} from "./IRevocationSwitch.sol";

/// @title What all parts of a wallet share
/// @notice The contracts that a wallet belongs to, and the refusals that several verbs have in common.
interface IWalletCommon is ISwitchable {
    /* ERRORS */

    /// @notice Thrown when the caller isn't the principal.
    error NotPrincipal(address caller, address principal);
    /// @notice Thrown when the caller isn't the agent key of the mandate.
    error NotAgentKey(address caller, address agentKey);
    /// @notice Thrown when an address that must be someone is zero.
    error ZeroAddress();
    /// @notice Thrown when something signed comes after its deadline (unix seconds).
    error DeadlinePassed(uint256 deadline, uint256 timestamp);
    /// @notice Thrown when a nonce was used or canceled.
    error NonceSpent(uint256 nonce);
    /// @notice Thrown when the principal's signature doesn't fit.
    error BadPrincipalSignature(address principal, bytes32 digest);
    /// @notice Thrown when there is no mandate: none was set, or it was lifted.
    error NoMandate();
    /// @notice Thrown before the mandate begins (unix seconds).
    error MandateNotYetValid(uint256 timestamp, uint48 validFrom);
    /// @notice Thrown from the second on in which the mandate ends (unix seconds).
    error MandateExpired(uint256 timestamp, uint48 validUntil);
    /// @notice Thrown when the principal replaced or lifted the mandate while the agent's action was under way.
    error MandateChanged(bytes32 mandateHash);
    /// @notice Thrown when the mandate has no budget in this currency.
    error CurrencyNotBudgeted(string currency);
    /// @notice Thrown when a payment is of nothing.
    error ZeroAmount();
    /// @notice Thrown when an amount passes 128 bits (token base units).
    error AmountTooLarge(uint256 amount, uint256 maximum);
    /// @notice Thrown when the mandate doesn't list the token.
    error TokenNotListed(address token);
    /// @notice Thrown when the budget that the token counts toward doesn't list the payee.
    error PayeeNotListed(address payee, address token);
    /// @notice Thrown from the second on in which a payee's own terms end (unix seconds).
    error PayeeExpired(address payee, uint256 timestamp, uint48 validUntil);
    /// @notice Thrown when a payment would pass the payee's own limit (budget units).
    error PayeeLimitExceeded(address payee, uint256 charge, uint256 remaining);
    /// @notice Thrown when a payment charges more than the limit per payment (budget units).
    error PaymentLimitExceeded(uint256 charge, uint256 limit);
    /// @notice Thrown when more of a token left the wallet than was charged (token base units, or wei).
    error TokenTookMore(address token, uint256 taken, uint256 amount);
    /// @notice Thrown when a token doesn't tell the wallet's balance.
    error TokenBalanceUnreadable(address token);
    /// @notice Thrown when a payee refuses the native currency.
    error NativePaymentRefused(address payee, uint256 amount);

    /* EVENTS */

    /// @notice Emitted when the agent has paid.
    /// @param ref Why: 32 bytes of the agent's choice, such as an invoice number or a hash of the decision that led to it.
    /// @param amount What was paid (token base units, or wei).
    /// @param charge What it counted for (budget units).
    event PaymentMade(
        address indexed token, address indexed payee, bytes32 indexed ref, uint256 amount, uint256 charge
    );

    /* IDENTITY */

    /// @notice The principal: the one whose money this is.
    function principal() external view returns (address);

    /// @notice The hash of the mandate in force (EIP-712 struct hash), zero if there is none.
    function mandateHash() external view returns (bytes32);

    /// @notice The registry, the switch, the ERC-4337 EntryPoint and the mandate writer of this wallet, for ever.
    function REGISTRY() external view returns (address);
    function SWITCH() external view returns (address);
    function ENTRY_POINT() external view returns (address);
    function WRITER() external view returns (address);
    /// @notice The factory that made the wallet, and the part of its code that isn't the way of every payment.
    function FACTORY() external view returns (address);
    function POWERS_MODULE() external view returns (address);
}
