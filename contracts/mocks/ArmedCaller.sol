// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";

/// @title ArmedCaller
/// @notice For test doubles that call back: one call, set by anyone, made as this contract when the double is touched.
abstract contract ArmedCaller {
    /// @notice Emitted when the armed call was made and its failure, if any, swallowed.
    event CalledBack(address indexed target, bool success, bytes returndata);

    /// @notice Who is called back.
    address public target;
    /// @notice How many calls are left to make: what re-enters itself has to end.
    uint256 public callsLeft;
    /// @notice Whether a failed call reverts with its own reason; otherwise it is only recorded.
    bool public bubbles;
    /// @notice Whether the last call succeeded.
    bool public lastSuccess;
    /// @notice How many calls were made. A bubbled failure leaves no trace, neither here nor in the other records.
    uint256 public callsMade;
    /// @notice What is sent to the target.
    bytes public callData;
    /// @notice What the last call returned, or reverted with.
    bytes public lastReturndata;

    /// @notice Sets the call to make.
    /// @param newTarget Who is called; this contract is the caller.
    /// @param newCallData Selector and arguments.
    /// @param times How often; zero disarms.
    /// @param newBubbles Whether a failed call reverts.
    function arm(address newTarget, bytes calldata newCallData, uint256 times, bool newBubbles) external {
        target = newTarget;
        callData = newCallData;
        callsLeft = times;
        bubbles = newBubbles;
    }

    function _callBack() internal {
        if (callsLeft == 0) return;
        --callsLeft;
        address called = target;
        (bool success, bytes memory returndata) = called.call(callData);
        if (!success && bubbles) LowLevelCall.bubbleRevert(returndata);
        ++callsMade;
        lastSuccess = success;
        lastReturndata = returndata;
        emit CalledBack(called, success, returndata);
    }
}
