// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title AnySigner
/// @notice A contract whose answer for each digest and signature is arbitrary.
contract AnySigner is IERC1271 {
    mapping(bytes32 digest => mapping(bytes32 signatureHash => bytes4)) private _answers;

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 digest, bytes memory signature) external view returns (bytes4) {
        return _answers[digest][keccak256(signature)];
    }

    /// @notice Whether it accepts the signature.
    function hasSigned(bytes32 digest, bytes memory signature) external view returns (bool) {
        return _answers[digest][keccak256(signature)] == IERC1271.isValidSignature.selector;
    }
}
