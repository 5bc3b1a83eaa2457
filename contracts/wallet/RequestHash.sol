// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRequests} from "../interfaces/IRequests.sol";

/// @title RequestHash
/// @notice EIP-712 struct hash of a request.
library RequestHash {
    bytes32 private constant REQUEST_TYPEHASH =
        keccak256("Request(address token,address payee,uint256 amount,bytes32 ref,uint48 expiresAt)");

    /// @notice Returns the hash that a slot holds, and that an approval contains.
    function structHash(IRequests.Request calldata request) internal pure returns (bytes32) {
        return keccak256(abi.encode(REQUEST_TYPEHASH, request));
    }
}
