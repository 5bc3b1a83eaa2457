// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {ArmedCaller} from "./ArmedCaller.sol";

/// @title MockTarget
/// @notice A test double: a contract that takes any call, and then makes the call that it is armed with.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract MockTarget is ArmedCaller {
    /// @notice Takes anything.
    fallback() external payable {
        _callBack();
    }

    /// @notice Takes native currency.
    receive() external payable {}

    /// @notice Returns so many zeros.
    function bomb(uint256 length) external pure returns (bytes memory) {
        return new bytes(length);
    }

    /// @notice Reverts with so many zeros.
    function failingBomb(uint256 length) external pure {
        LowLevelCall.bubbleRevert(new bytes(length));
    }

    /// @notice Uses up all gas that there is.
    function burn() external view {
        while (gasleft() != 0) {}
    }
}
