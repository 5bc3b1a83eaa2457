// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title MockVault
/// @notice A test double: a contract that pulls deposits and records them.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract MockVault {
    using SafeERC20 for IERC20;

    /// @notice Deposits (token base units).
    mapping(address token => mapping(address depositor => uint256)) public deposits;

    /// @notice Pulls an amount from the caller (token base units).
    function deposit(address token, uint256 amount) external {
        deposits[token][msg.sender] += amount;
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
    }
}
