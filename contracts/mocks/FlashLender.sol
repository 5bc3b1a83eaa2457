// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC3156FlashBorrower} from "@openzeppelin/contracts/interfaces/IERC3156FlashBorrower.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title FlashLender
/// @notice A test double: lends what it holds within one call (ERC-3156), to any borrower, for a fee that the
/// borrower pays.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract FlashLender {
    using SafeERC20 for IERC20;

    bytes32 private constant BORROWED = keccak256("ERC3156FlashBorrower.onFlashLoan");

    /// @notice Thrown when the borrower doesn't return the expected value.
    error LoanRefused(address borrower);

    /// @notice The fee for any loan (token base units).
    uint256 public fee;

    /// @notice Sets the fee (token base units).
    function setFee(uint256 newFee) external {
        fee = newFee;
    }

    /// @notice Lends an amount (token base units), calls the borrower, and takes it back with the fee.
    function flashLoan(address borrower, address token, uint256 amount, bytes calldata data) external {
        IERC20(token).safeTransfer(borrower, amount);
        bytes32 answer = IERC3156FlashBorrower(borrower).onFlashLoan(msg.sender, token, amount, fee, data);
        require(answer == BORROWED, LoanRefused(borrower));
        IERC20(token).safeTransferFrom(borrower, address(this), amount + fee);
    }
}
