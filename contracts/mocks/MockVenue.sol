// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title MockVenue
/// @notice A test double: a venue that takes and gives exactly what its caller says, at any price.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract MockVenue {
    using SafeERC20 for IERC20;

    address private constant NATIVE = 0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE;

    /// @notice Shares redeemed so far, by account.
    mapping(address account => uint256) public redeemed;

    /// @notice Accepts native currency, to give it later.
    receive() external payable {}

    /// @notice Pulls one token and gives another (base units, or wei). It keeps native currency that is sent.
    /// @param take Token to pull; not read if `taken` is zero.
    /// @param give Token to give, or the native currency as named in ERC-7528.
    function swap(address take, uint256 taken, address give, uint256 given) external payable {
        if (taken != 0) IERC20(take).safeTransferFrom(msg.sender, address(this), taken);
        _give(give, given);
    }

    /// @notice Gives a token (base units, or wei) for shares of the caller, however many it has.
    function redeem(uint256 shares, address give, uint256 given) external {
        redeemed[msg.sender] += shares;
        _give(give, given);
    }

    function _give(address give, uint256 given) private {
        if (given == 0) return;
        if (give == NATIVE) Address.sendValue(payable(msg.sender), given);
        else IERC20(give).safeTransfer(msg.sender, given);
    }
}
