// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";

/// @title ArmedCaller
/// @notice Base of test doubles that call back: anyone sets one call, which the double makes when it is called.
abstract contract ArmedCaller {
    /// @notice Emitted when the call was made. Its failure, if any, was caught.
    event CalledBack(address indexed target, bool success, bytes returndata);

    /// @notice Contract that is called back.
    address public target;
    /// @notice How many calls are left to make, so that reentrancy ends.
    uint256 public callsLeft;
    /// @notice Whether a failed call reverts with its own revert data; otherwise it is only recorded.
    bool public bubbles;
    /// @notice Whether the last call succeeded.
    bool public lastSuccess;
    /// @notice How many calls were made. A failure that bubbles up isn't recorded.
    uint256 public callsMade;
    /// @notice Calldata of the call.
    bytes public callData;
    /// @notice Return or revert data of the last call.
    bytes public lastReturndata;

    /// @notice Sets the call to make.
    /// @param newTarget Contract to call; this contract is the caller.
    /// @param newCallData Calldata.
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
