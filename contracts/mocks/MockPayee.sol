// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {ArmedCaller} from "./ArmedCaller.sol";

/// @title MockPayee
/// @notice A test double: a payee with code. When it receives native currency, it makes the call that was set
/// with `arm`, or reverts.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract MockPayee is ArmedCaller {
    /// @notice Thrown when the payee refuses native currency (wei).
    error PaymentRefused(address payer, uint256 value);

    /// @notice Emitted when the payee receives native currency (wei).
    event PaymentReceived(address indexed payer, uint256 value);

    /// @notice Whether it refuses native currency.
    bool public refuses;

    /// @notice Accepts native currency, then calls back.
    receive() external payable {
        require(!refuses, PaymentRefused(msg.sender, msg.value));
        emit PaymentReceived(msg.sender, msg.value);
        _callBack();
    }

    /// @notice Sets whether it refuses native currency.
    function setRefuses(bool newRefuses) external {
        refuses = newRefuses;
    }

    /// @notice Makes any call as the payee, for anyone: to pull an allowance, or to spend what it was paid.
    function execute(address to, uint256 value, bytes calldata data) external payable returns (bytes memory returndata) {
        bool success;
        (success, returndata) = to.call{value: value}(data);
        if (!success) LowLevelCall.bubbleRevert(returndata);
    }
}
