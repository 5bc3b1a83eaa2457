// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title Signers
/// @notice Checks signatures, by key first and then by code.
///
/// An account with a key may have code as well (EIP-7702). Its key's signatures stay good whatever the code answers:
/// a stop order that was signed in advance must work on the day when it is needed (I36).
///
/// An agent key is named by an address, of any of three kinds:
///
/// - A secp256k1 key by its own address. Its signatures have 65 bytes, with low s.
/// - A contract (ERC-1271) by its own address. Its signatures are what it accepts.
/// - Any other key, such as a P-256 key of an enclave, by the last 20 bytes of the keccak256 of
///   its ERC-7913 signer, which is the address of a verifier followed by the key. So nothing has to be stored.
///   Its signatures are: length of the signer (2 bytes, big-endian), signer, and what the verifier accepts.
library Signers {
    /// @notice Whether an account signed the digest: with its key, or by ERC-1271. Never reverts, whatever the
    /// signature is.
    function hasSigned(address account, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        return _hasKeySigned(account, digest, signature) || _hasCodeSigned(account, digest, signature);
    }

    /// @notice Whether an agent key of any kind signed the digest. Never reverts, whatever the signature is.
    function hasAgentSigned(address agentKey, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        if (_hasKeySigned(agentKey, digest, signature)) return true;
        if (signature.length >= 2) {
            // Widened before the sum, which could exceed 16 bits.
            uint256 end = 2 + uint256(uint16(bytes2(signature)));
            // A signer of 20 bytes, without a key, would mean ERC-1271 of an arbitrary address.
            if (end > 22 && signature.length >= end) {
                bytes calldata signer = signature[2:end];
                if (address(uint160(uint256(keccak256(signer)))) == agentKey) {
                    return SignatureChecker.isValidSignatureNow(signer, digest, signature[end:]);
                }
            }
        }
        return _hasCodeSigned(agentKey, digest, signature);
    }

    /// @dev Recovers before it looks for code, which most accounts don't have, and which ERC-4337 validation may not
    /// read where there is none (ERC-7562, OP-041).
    function _hasKeySigned(address account, bytes32 digest, bytes calldata signature) private pure returns (bool) {
        if (signature.length != 65) return false;
        // A failed recovery returns zero, which is the principal of a contract that is no wallet.
        (address recovered, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(digest, signature);
        return failure == ECDSA.RecoverError.NoError && recovered == account;
    }

    function _hasCodeSigned(address account, bytes32 digest, bytes calldata signature) private view returns (bool) {
        return account.code.length != 0
            && SignatureChecker.isValidERC1271SignatureNowCalldata(account, digest, signature);
    }
}
