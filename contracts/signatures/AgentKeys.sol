// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title AgentKeys
/// @notice Checks the signature of an agent key of any kind. A mandate names every key by an address:
///
/// - A secp256k1 key by its own address. Its signatures have 65 bytes, with low s.
/// - A contract (ERC-1271) by its own address. Its signatures are what it accepts.
/// - Any other key, such as a P-256 key of an enclave or a passkey, by the last 20 bytes of the keccak256 of
///   its ERC-7913 signer, which is the address of a verifier followed by the key. So nothing has to be stored.
///   Its signatures are: length of the signer (2 bytes, big-endian), signer, and what the verifier accepts.
library AgentKeys {
    /// @notice Whether the agent key signed the digest. Never reverts, whatever the signature is.
    function hasSigned(address agentKey, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        if (signature.length == 65) {
            // Recovers first, because most keys have no code, and looking for it costs more. A failed recovery
            // returns zero, which no mandate names.
            (address recovered,,) = ECDSA.tryRecoverCalldata(digest, signature);
            if (recovered == agentKey) return true;
        }
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
        // Last: validation may not read code at an address that has none (ERC-7562, OP-041).
        return agentKey.code.length != 0
            && SignatureChecker.isValidERC1271SignatureNowCalldata(agentKey, digest, signature);
    }
}
