// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletCommon} from "../interfaces/IWalletCommon.sol";

/// @title LookAlikeWallet
/// @notice A test double: reports and emits what a wallet would, with any principal, mandate and payment, and
/// enforces nothing.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract LookAlikeWallet {
    /// @notice The claimed principal.
    address public principal;
    /// @notice The claimed mandate in force.
    bytes32 public mandateHash;
    /// @notice The claimed epoch.
    uint64 public epoch;

    /// @notice Sets the claims.
    function claim(address newPrincipal, bytes32 newMandateHash, uint64 newEpoch) external {
        (principal, mandateHash, epoch) = (newPrincipal, newMandateHash, newEpoch);
    }

    /// @notice Emits a payment that wasn't made.
    function pretend(address token, address payee, bytes32 ref, uint256 amount) external {
        emit IWalletCommon.PaymentMade(token, payee, ref, amount, amount);
    }

    /// @notice Returns the claimed principal and epoch, as the switch reads them.
    function authority() external view returns (address, uint64) {
        return (principal, epoch);
    }

    /// @notice Accepts every signature (ERC-1271).
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return this.isValidSignature.selector;
    }
}
