// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEntryPoint, IPaymaster, PackedUserOperation} from "@openzeppelin/contracts/interfaces/IERC4337.sol";
import {ArmedCaller} from "./ArmedCaller.sol";

/// @title MockPaymaster
/// @notice A test double: a paymaster that pays for any operation. Before and after the operation it makes the
/// call that was set with `arm`.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract MockPaymaster is IPaymaster, ArmedCaller {
    /// @notice Adds to its deposit.
    function deposit(IEntryPoint entryPoint) external payable {
        entryPoint.depositTo{value: msg.value}(address(this));
    }

    /// @inheritdoc IPaymaster
    function validatePaymasterUserOp(PackedUserOperation calldata, bytes32, uint256)
        external
        returns (bytes memory context, uint256 validationData)
    {
        _callBack();
        return ("after", 0);
    }

    /// @inheritdoc IPaymaster
    function postOp(PostOpMode, bytes calldata, uint256, uint256) external {
        _callBack();
    }
}
