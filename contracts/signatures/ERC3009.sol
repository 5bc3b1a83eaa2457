// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @title ERC3009
/// @notice The digests and nonces of EIP-3009 tokens.
library ERC3009 {
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant TRANSFER_TYPEHASH = keccak256(
        "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    bytes32 private constant RECEIVE_TYPEHASH = keccak256(
        "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );

    /// @dev Gas for a token to report on a nonce: a token that uses more can't block who asks.
    uint256 private constant STATE_GAS = 30_000;

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
    /// @param receiveOnly Whether only the payee can settle it (`ReceiveWithAuthorization`), or anyone
    /// (`TransferWithAuthorization`).
    function digest(
        address token,
        bytes32 nameHash,
        bytes32 versionHash,
        bool receiveOnly,
        Transfer memory transfer
    ) internal view returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(
            keccak256(abi.encode(DOMAIN_TYPEHASH, nameHash, versionHash, block.chainid, token)),
            keccak256(abi.encode(receiveOnly ? RECEIVE_TYPEHASH : TRANSFER_TYPEHASH, address(this), transfer))
        );
    }

    /// @notice Whether a token reports a nonce of this wallet as used or canceled.
    /// @return readable Whether it answered with a clean boolean.
    /// @return used Whether the nonce was used or canceled; meaningless if not readable.
    function isUsed(address token, bytes32 nonce) internal view returns (bool readable, bool used) {
        bytes memory data = abi.encodeWithSignature("authorizationState(address,bytes32)", address(this), nonce);
        bool success;
        uint256 answer;
        uint256 size;
        assembly ("memory-safe") {
            success := staticcall(STATE_GAS, token, add(data, 32), mload(data), 0, 32)
            answer := mload(0)
            size := returndatasize()
        }
        readable = success && size == 32 && answer <= 1;
        used = answer != 0;
    }
}
