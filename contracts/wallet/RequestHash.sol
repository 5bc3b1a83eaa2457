// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICallRequests} from "../interfaces/ICallRequests.sol";
import {IRequests} from "../interfaces/IRequests.sol";

/// @title RequestHash
/// @notice EIP-712 struct hashes of requests.
library RequestHash {
    bytes32 private constant REQUEST_TYPEHASH =
        keccak256("Request(address token,address payee,uint256 amount,bytes32 ref,uint48 expiresAt)");
    bytes32 private constant CALL_REQUEST_TYPEHASH = keccak256(
        "CallRequest(address target,uint256 value,bytes data,address pullToken,uint256 pull,uint256 minGas,bytes32 ref,uint48 expiresAt)"
    );

    /// @notice Returns the hash of a requested payment.
    function structHash(IRequests.Request calldata request) internal pure returns (bytes32) {
        return keccak256(abi.encode(REQUEST_TYPEHASH, request));
    }

    /// @notice Returns the hash of a requested call.
    function callStructHash(ICallRequests.CallRequest calldata request) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                CALL_REQUEST_TYPEHASH,
                request.target,
                request.value,
                keccak256(request.data),
                request.pullToken,
                request.pull,
                request.minGas,
                request.ref,
                request.expiresAt
            )
        );
    }
}
