// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {ERC1967Utils} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Utils.sol";
import {MockUSDC} from "./MockUSDC.sol";

/// @title MockUSDCProxy
/// @notice A test double: MockUSDC behind a proxy with the gas cost of the real one. It reads its admin and
/// then its implementation from storage in every call.
/// @custom:kill The pauser pauses the token behind it, see MockUSDC. A test double, not for deployment to a
/// live chain.
contract MockUSDCProxy is ERC1967Proxy {
    /// @notice Thrown when the admin uses the token, as in the real proxy.
    error AdminCall(address admin);

    /// @param implementation The MockUSDC behind it.
    /// @param pauser Pauser of the token.
    /// @param blacklister Blacklister of the token.
    constructor(address implementation, address pauser, address blacklister)
        ERC1967Proxy(implementation, abi.encodeCall(MockUSDC.initialize, ("USD Coin", "USDC", pauser, blacklister)))
    {
        // The proxy itself, so nobody can upgrade it: only the cost of reading the admin matters.
        ERC1967Utils.changeAdmin(address(this));
    }

    function _fallback() internal override {
        require(msg.sender != ERC1967Utils.getAdmin(), AdminCall(msg.sender));
        super._fallback();
    }
}
