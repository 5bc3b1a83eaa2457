// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";

/// @title WalletAddress
/// @notice Where a factory creates wallets: clones whose arguments are principal 20 | agentKey 20 | salt 12.
library WalletAddress {
    /// @notice Length of a wallet's code (bytes): 45, and its arguments.
    uint256 internal constant CODE_LENGTH = 45 + 52;

    /// @notice Returns the address of the wallet with these packed arguments.
    function derive(bytes memory args, address implementation, address factory) internal pure returns (address) {
        // CREATE2's own salt isn't needed: the arguments distinguish wallets.
        return Clones.predictDeterministicAddressWithImmutableArgs(implementation, args, 0, factory);
    }

    /// @notice Whether a factory created this account. At the address derived from its arguments there can only be the
    /// clone that the factory made.
    function isWallet(address account, address implementation, address factory) internal view returns (bool) {
        if (account.code.length != CODE_LENGTH) return false;
        return derive(Clones.fetchCloneArgs(account), implementation, factory) == account;
    }
}
