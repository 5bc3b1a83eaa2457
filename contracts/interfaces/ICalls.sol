// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletCommon} from "./IWalletCommon.sol";

/// @title Calls
/// @notice The agent calls functions that the mandate lists, with arguments that it allows, and lets them pull an exact amount.
interface ICalls is IWalletCommon {
    /// @notice What the target may take during a call.
    /// @param token A listed token; ignored if the amount is zero.
    /// @param amount Exactly what the target is approved for (token base units). It is charged in full, pulled or not.
    struct Pull {
        address token;
        uint256 amount;
    }

    /// @notice Thrown when the mandate doesn't list the function.
    error CallNotListed(address target, bytes4 selector);
    /// @notice Thrown when a listed target has no code any more.
    error TargetHasNoCode(address target);
    /// @notice Thrown when a call would send more native currency than its rule allows (wei).
    error CallValueExceeded(uint256 value, uint256 limit);
    /// @notice Thrown when a call would let its target pull more than its rule allows (budget units).
    error PullLimitExceeded(uint256 charge, uint256 limit);
    /// @notice Thrown when the calldata isn't as long as its arguments, exactly (bytes).
    error InvalidCalldataLength(uint256 length, uint256 expected);
    /// @notice Thrown when an argument isn't what its rule demands.
    /// @param index Which one, from zero.
    /// @param word The argument, or the offset of a dynamic one.
    error ArgumentRefused(uint256 index, bytes32 word);
    /// @notice Thrown when the padding of a dynamic argument isn't zero.
    error PaddingNotZero(uint256 index);

    /// @notice Emitted when the agent has made a call. What was sent and pulled is in `PaymentMade`, with the target as payee.
    event CallMade(address indexed target, bytes4 indexed selector, bytes32 indexed ref, uint256 value, bytes data);

    /// @notice Calls a listed function. Reverts with the target's own reason.
    /// @dev Caller: the agent key, or whoever carries its signature. It charges what is sent and pulled, approves exactly that,
    /// calls, sets the approval back to what it was, and compares the balance of every listed token with what it was before:
    /// whatever happened within, no more has left than was charged. A stop or a change of the mandate midway undoes it all.
    /// @param target Whom.
    /// @param value Native currency sent along (wei).
    /// @param data Calldata.
    /// @param pull What the target may take.
    /// @param ref What the call is for.
    function call(address target, uint256 value, bytes calldata data, Pull calldata pull, bytes32 ref) external;
}
