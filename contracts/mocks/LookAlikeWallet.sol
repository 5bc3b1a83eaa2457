// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletCommon} from "../interfaces/IWalletCommon.sol";

/// @title LookAlikeWallet
/// @notice A test double: says and emits what a wallet would, with any principal, mandate and payment, and enforces nothing.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract LookAlikeWallet {
    /// @notice Whose wallet it says it is.
    address public principal;
    /// @notice The mandate that it says it enforces.
    bytes32 public mandateHash;
    /// @notice Its principal's epoch, so it says.
    uint64 public epoch;

    /// @notice Sets what it says.
    function claim(address newPrincipal, bytes32 newMandateHash, uint64 newEpoch) external {
        (principal, mandateHash, epoch) = (newPrincipal, newMandateHash, newEpoch);
    }

    /// @notice Emits a payment that nobody made.
    function pretend(address token, address payee, bytes32 ref, uint256 amount) external {
        emit IWalletCommon.PaymentMade(token, payee, ref, amount, amount);
    }

    /// @notice Whose word counts for it: for the switch.
    function authority() external view returns (address, uint64) {
        return (principal, epoch);
    }

    /// @notice Vouches for every signature (ERC-1271).
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return this.isValidSignature.selector;
    }
}
