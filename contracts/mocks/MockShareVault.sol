// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title MockShareVault
/// @notice A test double: OpenZeppelin's ERC-4626 vault without changes. It earns nothing by itself; a transfer
/// of its asset to it raises the price of a share.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract MockShareVault is ERC4626 {
    /// @param asset_ Token that it accepts.
    constructor(IERC20 asset_) ERC20("Test Vault", "tVLT") ERC4626(asset_) {}
}
