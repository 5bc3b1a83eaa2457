// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccount, PackedUserOperation} from "@openzeppelin/contracts/interfaces/IERC4337.sol";
import {ISwitchable} from "../interfaces/IRevocationSwitch.sol";

/// @title MockLookalike
/// @notice A test double: claims to be a principal's wallet, and accepts any operation.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract MockLookalike is IAccount, ISwitchable {
    /// @notice The claimed principal.
    address public immutable PRINCIPAL;

    /// @param principal The claimed principal.
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
