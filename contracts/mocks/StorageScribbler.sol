// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {StorageSlot} from "@openzeppelin/contracts/utils/StorageSlot.sol";

/// @title StorageScribbler
/// @notice A test double: overwrites the first slots of the storage that it runs on. That is its own if it is
/// called, and the caller's if it is reached by delegatecall.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract StorageScribbler {
    /// @notice How many slots it overwrites: more than a wallet has.
    uint256 public constant SLOTS = 32;

    /// @notice Overwrites them with its caller's address, whatever the calldata.
    fallback() external payable {
        for (uint256 i = 0; i < SLOTS; ++i) StorageSlot.getUint256Slot(bytes32(i)).value = uint160(msg.sender);
    }

    /// @notice Accepts native currency.
    receive() external payable {}
}
