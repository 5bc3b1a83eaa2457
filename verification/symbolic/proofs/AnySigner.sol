// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title AnySigner
/// @notice A contract that has signed whatever it likes: its verdict of each digest with each signature is any.
contract AnySigner is IERC1271 {
    mapping(bytes32 digest => mapping(bytes32 signatureHash => bytes4)) private _verdicts;

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 digest, bytes memory signature) external view returns (bytes4) {
        return _verdicts[digest][keccak256(signature)];
    }

    /// @notice Whether it has.
    function hasSigned(bytes32 digest, bytes memory signature) external view returns (bool) {
        return _verdicts[digest][keccak256(signature)] == IERC1271.isValidSignature.selector;
    }
}
