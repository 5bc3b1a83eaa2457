// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletCommon} from "./IWalletCommon.sol";

/// @title Payments
/// @notice The agent pays listed payees in listed tokens, within every limit.
interface IPayments is IWalletCommon {
    /// @notice One payment of a batch, with the arguments of `pay`.
    /// @param token The token's contract, or the native currency as named in ERC-7528.
    /// @param payee The payee.
    /// @param amount Amount (token base units, or wei); not zero.
    /// @param ref Reason for the payment, chosen by the agent.
    struct Payment {
        address token;
        address payee;
        uint256 amount;
        bytes32 ref;
    }

    /// @notice Thrown when a batch doesn't have 1 to `maximum` payments.
    error InvalidBatchSize(uint256 size, uint256 maximum);

    /// @notice Pays a listed payee in a listed token or in native currency.
    /// @dev Caller: the agent key, or a relayer with its signature (`act`). Checks in this order, each with its
    /// own error: mandate in force, agent key, validity, switch; amount, token, payee, limit per payment, first
    /// rolling window, lifetime limit, further windows, the payee's own limit. Then it charges, transfers, and
    /// compares balances.
    /// @param token The token's contract, or the native currency as named in ERC-7528 (`0xEeee…EEeE`).
    /// @param payee The payee.
    /// @param amount Amount (token base units, or wei); not zero.
    /// @param ref Reason for the payment, chosen by the agent.
    function pay(address token, address payee, uint256 amount, bytes32 ref) external;

    /// @notice Makes 1 to 100 payments, all or none. A stop or a change of the mandate before the last one is
    /// made reverts all.
    /// @dev Caller: the agent key, or a relayer with its signature. Reverts with InvalidBatchSize or
    /// MandateChanged, or as `pay` does.
    function payBatch(Payment[] calldata payments) external;
}
