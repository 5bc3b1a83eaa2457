// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title AgentKeys
/// @notice Checks the signature of an agent key of any kind. A mandate names every key by an address:
///
/// - a secp256k1 key by its own, and its signatures have 65 bytes, low s;
/// - a contract (ERC-1271) by its own, and its signatures are what it takes;
/// - any other key, such as P-256 of an enclave or a passkey, by the last 20 bytes of the keccak256 of its ERC-7913 signer, which
///   is the address of a verifier followed by the key. Its signatures are: the length of the signer (2 bytes, big-endian), the
///   signer, and what the verifier takes. That is how an account's address follows from its key, too: nothing has to be stored.
library AgentKeys {
    /// @notice Whether the agent key signed the digest. Never reverts, whatever the signature is.
    function hasSigned(address agentKey, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        if (signature.length == 65) {
            // Before its code is looked for, which costs more than this: most keys have none.
            // Zero if it is none, and no mandate names zero.
            (address recovered,,) = ECDSA.tryRecoverCalldata(digest, signature);
            if (recovered == agentKey) return true;
        }
        if (signature.length >= 2) {
            // Widened before the sum, which could pass 16 bits.
            uint256 end = 2 + uint256(uint16(bytes2(signature)));
            // Without a key behind the verifier's address the rest would be ERC-1271 again, of an address of anyone's choice.
            if (end > 22 && signature.length >= end) {
                bytes calldata signer = signature[2:end];
                if (address(uint160(uint256(keccak256(signer)))) == agentKey) {
                    return SignatureChecker.isValidSignatureNow(signer, digest, signature[end:]);
                }
            }
        }
        // Last: in a validation code may not be looked for where there is none (ERC-7562, OP-041).
        return agentKey.code.length != 0
            && SignatureChecker.isValidERC1271SignatureNowCalldata(agentKey, digest, signature);
    }
}
