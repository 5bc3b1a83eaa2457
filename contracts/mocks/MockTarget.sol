// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {ArmedCaller} from "./ArmedCaller.sol";

/// @title MockTarget
/// @notice A test double: a contract that accepts any call, and then makes the call that was set with `arm`.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract MockTarget is ArmedCaller {
    /// @notice Accepts any call.
    fallback() external payable {
        _callBack();
    }

    /// @notice Accepts native currency.
    receive() external payable {}

    /// @notice Returns this many zero bytes.
    function bomb(uint256 length) external pure returns (bytes memory) {
        return new bytes(length);
    }

    /// @notice Reverts with this many zero bytes.
    function failingBomb(uint256 length) external pure {
        LowLevelCall.bubbleRevert(new bytes(length));
    }

    /// @notice Consumes all gas.
    function burn() external view {
        while (gasleft() != 0) {}
    }
}
