// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP7702Utils} from "@openzeppelin/contracts/account/utils/EIP7702Utils.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {ISwitchable} from "../interfaces/IRevocationSwitch.sol";
import {IWalletCommon} from "../interfaces/IWalletCommon.sol";

/// @title WalletReports
/// @notice What a contract wallet reports about itself. Reads at most two words, so that a hostile contract can't make
/// the caller copy more.
library WalletReports {
    /// @notice Whether a wallet is a contract, and not a key. A key that delegates to code (EIP-7702) is still a key: it
    /// can change that code for one transaction, so what the code reports proves nothing.
    function isContract(address wallet) internal view returns (bool) {
        return wallet.code.length != 0 && EIP7702Utils.fetchDelegate(wallet) == address(0);
    }

    /// @notice Whether a contract reports the mandate as the one in force.
    function enforces(address wallet, bytes32 mandateHash) internal view returns (bool) {
        (bool success, bytes32 answer,) =
            LowLevelCall.staticcallReturn64Bytes(wallet, abi.encodeCall(IWalletCommon.mandateHash, ()));
        return success && LowLevelCall.returnDataSize() == 32 && answer == mandateHash;
    }

    /// @notice Whether a contract reports another principal or epoch than these.
    function hasLeft(address wallet, address principal, uint64 epoch) internal view returns (bool) {
        if (!isContract(wallet)) return false;
        (bool success, bytes32 first, bytes32 second) =
            LowLevelCall.staticcallReturn64Bytes(wallet, abi.encodeCall(ISwitchable.authority, ()));
        if (!success || LowLevelCall.returnDataSize() != 64) return false;
        return uint256(first) != uint160(principal) || uint256(second) != epoch;
    }
}
