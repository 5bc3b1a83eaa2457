// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {StorageSlot} from "@openzeppelin/contracts/utils/StorageSlot.sol";

/// @title StorageScribbler
/// @notice A test double: overwrites the first slots of whatever storage it is run on. Called, that is its own; delegated to,
/// it would be the caller's.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract StorageScribbler {
    /// @notice How many slots are overwritten: more than a wallet has.
    uint256 public constant SLOTS = 32;

    /// @notice Overwrites them with its caller, whatever it is called with.
    fallback() external payable {
        for (uint256 i = 0; i < SLOTS; ++i) StorageSlot.getUint256Slot(bytes32(i)).value = uint160(msg.sender);
    }

    /// @notice Takes native currency.
    receive() external payable {}
}
