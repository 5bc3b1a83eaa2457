// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletCommon} from "./IWalletCommon.sol";

/// @title Payments
/// @notice What an agent does most: it pays listed payees in listed tokens, within every limit.
interface IPayments is IWalletCommon {
    /// @notice One payment of a batch, with the arguments of `pay`.
    struct Payment {
        address token;
        address payee;
        uint256 amount;
        bytes32 ref;
    }

    /// @notice Thrown when a batch isn't between 1 and `maximum` payments long.
    error InvalidBatchSize(uint256 size, uint256 maximum);

    /// @notice Pays a listed payee in a listed token, or in the native currency, within every limit.
    /// @dev Caller: the agent key, or whoever carries its signature (`act`). Checks, in this order: mandate in force, agent
    /// key, validity, switch; amount, token, payee, limit per payment, first rolling window, lifetime, further windows, the
    /// payee's own limit; then it charges, pays, and compares balances.
    /// @param token A token's contract, or the native currency by its name in ERC-7528 (`0xEeee…EEeE`).
    /// @param amount Token base units, or wei; not zero.
    /// @param ref What the payment is for.
    function pay(address token, address payee, uint256 amount, bytes32 ref) external;

    /// @notice Makes several payments, all or none. A stop, or a change of the mandate, midway fails them all.
    /// @dev Caller: the agent key, or whoever carries its signature.
    function payBatch(Payment[] calldata payments) external;
}
