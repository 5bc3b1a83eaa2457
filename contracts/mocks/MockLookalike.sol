// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccount, PackedUserOperation} from "@openzeppelin/contracts/interfaces/IERC4337.sol";
import {ISwitchable} from "../interfaces/IRevocationSwitch.sol";

/// @title MockLookalike
/// @notice A test double: it says of itself what a wallet would, and takes any operation.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract MockLookalike is IAccount, ISwitchable {
    /// @notice Whose wallet it says it is.
    address public immutable PRINCIPAL;

    /// @param principal Whose wallet it says it is.
    constructor(address principal) {
        PRINCIPAL = principal;
    }

    /// @inheritdoc IAccount
    function validateUserOp(PackedUserOperation calldata, bytes32, uint256) external pure returns (uint256) {
        return 0;
    }

    /// @inheritdoc ISwitchable
    function authority() external view returns (address, uint64) {
        return (PRINCIPAL, 0);
    }
}
