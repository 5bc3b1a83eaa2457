// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletCommon} from "./IWalletCommon.sol";

/// @title Calls
/// @notice The agent calls functions that the mandate lists, with arguments that its rules allow, and lets the
/// target pull an exact amount of a token.
interface ICalls is IWalletCommon {
    /// @notice What the target may pull during a call.
    /// @param token A listed token; ignored if the amount is zero.
    /// @param amount Exact amount that the target is approved for (token base units). It is charged in full,
    /// whether pulled or not.
    struct Pull {
        address token;
        uint256 amount;
    }

    /// @notice Thrown when the mandate doesn't list the function.
    error CallNotListed(address target, bytes4 selector);
    /// @notice Thrown when a listed target no longer has code.
    error TargetHasNoCode(address target);
    /// @notice Thrown when a call sends more native currency than its rule allows (wei).
    error CallValueExceeded(uint256 value, uint256 limit);
    /// @notice Thrown when the pull of a call charges more than its rule allows (budget units).
    error PullLimitExceeded(uint256 charge, uint256 limit);
    /// @notice Thrown when the calldata is longer or shorter than its arguments (bytes).
    error InvalidCalldataLength(uint256 length, uint256 expected);
    /// @notice Thrown when an argument violates its rule.
    /// @param index Index of the argument, from zero.
    /// @param word The argument; for a dynamic one its offset, or its length if that exceeds the calldata.
    error ArgumentRefused(uint256 index, bytes32 word);
    /// @notice Thrown when the padding of a dynamic argument isn't zero.
    error PaddingNotZero(uint256 index);

    /// @notice Emitted before the agent's call is made. Native currency sent and tokens to pull are in
    /// `PaymentMade`, with the target as payee.
    /// @param value Native currency sent (wei).
    event CallMade(address indexed target, bytes4 indexed selector, bytes32 indexed ref, uint256 value, bytes data);

    /// @notice Calls a listed function.
    /// @dev Caller: the agent key, or a relayer with its signature. It charges what is sent and what may be
    /// pulled, approves exactly that, makes the call, and restores the previous approval. Then it compares the
    /// balance of every listed token with the one before: no more may have left than was charged. A stop or a
    /// change of the mandate during the call reverts everything.
    /// Reverts with the errors above, as `pay` does, or with the target's own revert data.
    /// @param target Contract to call.
    /// @param value Native currency to send (wei).
    /// @param data Calldata.
    /// @param pull What the target may pull.
    /// @param ref Reason for the call, chosen by the agent.
    function call(address target, uint256 value, bytes calldata data, Pull calldata pull, bytes32 ref) external;
}
