// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @title ERC3009
/// @notice The digests and nonces of EIP-3009 tokens.
library ERC3009 {
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant TRANSFER_TYPEHASH = keccak256(
        "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );

    /// @notice A transfer from this wallet.
    /// @param payee The payee.
    /// @param amount Amount (token base units).
    /// @param validAfter Start (unix seconds, exclusive).
    /// @param validBefore End (unix seconds, exclusive).
    /// @param nonce Nonce of the authorization.
    struct Transfer {
        address payee;
        uint256 amount;
        uint256 validAfter;
        uint256 validBefore;
        bytes32 nonce;
    }

    /// @notice Returns the EIP-712 digest of a transfer from this wallet, in the token's domain.
    /// @dev The domain is built here, with the token's address in it. A token that could choose its domain
    /// could return another token's, and have the wallet authorize a transfer of that token.
    function digest(address token, bytes32 nameHash, bytes32 versionHash, Transfer memory transfer)
        internal
        view
        returns (bytes32)
    {
        return MessageHashUtils.toTypedDataHash(
            keccak256(abi.encode(DOMAIN_TYPEHASH, nameHash, versionHash, block.chainid, token)),
            keccak256(abi.encode(TRANSFER_TYPEHASH, address(this), transfer))
        );
    }

    /// @notice Whether a token reports a nonce of this wallet as used or canceled.
    /// @return readable Whether it answered with a clean boolean.
    /// @return used Whether the nonce was used or canceled; meaningless if not readable.
    function isUsed(address token, bytes32 nonce) internal view returns (bool readable, bool used) {
        (bool success, bytes32 answer,) = LowLevelCall.staticcallReturn64Bytes(
            token, abi.encodeWithSignature("authorizationState(address,bytes32)", address(this), nonce)
        );
        readable = success && LowLevelCall.returnDataSize() == 32 && uint256(answer) <= 1;
        used = answer != bytes32(0);
    }
}
