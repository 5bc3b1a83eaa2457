// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {ERC1967Utils} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Utils.sol";
import {MockUSDC} from "./MockUSDC.sol";

/// @title MockUSDCProxy
/// @notice A test double: MockUSDC behind a proxy that costs what the proxy of the real one costs. It reads, from storage and
/// in every call, its admin and then its implementation.
/// @custom:kill The pauser pauses the token behind it, see MockUSDC. A test double, not for deployment to a live chain.
contract MockUSDCProxy is ERC1967Proxy {
    /// @notice Thrown when the admin uses the token, as the real proxy refuses it too.
    error AdminCall(address admin);

    /// @param implementation The MockUSDC behind.
    /// @param pauser Who pauses the token.
    /// @param blacklister Who keeps its blacklist.
    constructor(address implementation, address pauser, address blacklister)
        ERC1967Proxy(implementation, abi.encodeCall(MockUSDC.initialize, ("USD Coin", "USDC", pauser, blacklister)))
    {
        // Nobody: no double is ever upgraded, only the cost of asking counts.
        ERC1967Utils.changeAdmin(address(this));
    }

    function _fallback() internal override {
        require(msg.sender != ERC1967Utils.getAdmin(), AdminCall(msg.sender));
        super._fallback();
    }
}
