// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPaymaster, PackedUserOperation} from "@openzeppelin/contracts/interfaces/IERC4337.sol";
import {Colluder} from "./Colluder.sol";

/// @title HostilePaymaster
/// @notice A test double: pays for any operation, and makes its calls in `postOp`, inside the EntryPoint's
/// call.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract HostilePaymaster is Colluder, IPaymaster {
    /// @inheritdoc IPaymaster
    function validatePaymasterUserOp(PackedUserOperation calldata, bytes32, uint256)
        external
        pure
        returns (bytes memory context, uint256 validationData)
    {
        // Without a context the EntryPoint doesn't call `postOp`.
        return (hex"01", 0);
    }

    /// @inheritdoc IPaymaster
    function postOp(PostOpMode, bytes calldata, uint256, uint256) external {
        _run();
    }
}
