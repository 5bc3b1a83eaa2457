// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title ForbiddenTargets
/// @notice Contracts that an agent may never call, whatever the mandate or a request says, besides tokens.
library ForbiddenTargets {
    // Contracts that make calls or move tokens for any caller: a rule for them would restrict nothing.
    address private constant MULTICALL3 = 0xcA11bde05977b3631167028862bE2a173976CA11;
    address private constant PERMIT2 = 0x000000000022D473030F116dDEE9F6B43aC78BA3;
    address private constant CREATE2_DEPLOYER = 0x4e59b44847b379578588920cA78FbF26c0B4956C;

    /// @notice Whether a target is forbidden, or has no code.
    /// @param forbidden Contracts of the suite, and the wallet.
    function contains(address target, address[] memory forbidden) internal view returns (bool) {
        if (target.code.length == 0) return true;
        if (target == MULTICALL3 || target == PERMIT2 || target == CREATE2_DEPLOYER) return true;
        for (uint256 i = 0; i < forbidden.length; ++i) if (target == forbidden[i]) return true;
        return false;
    }
}
