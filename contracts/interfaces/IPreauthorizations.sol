// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletCommon} from "./IWalletCommon.sol";

/// @title Pre-authorizations
/// @notice Payments by EIP-3009, which someone else settles later (x402). A token checks them by ERC-1271 in a static call, when
/// nothing can be counted: so they are counted first, and then exactly one digest is valid.
interface IPreauthorizations is IWalletCommon {
    /// @notice An EIP-3009 `TransferWithAuthorization` from this wallet, and the token's EIP-712 domain.
    /// @param token A listed token.
    /// @param payee A listed payee.
    /// @param amount Token base units; not zero.
    /// @param validAfter From when on it can be settled (unix seconds, exclusive).
    /// @param validBefore Until when (unix seconds, exclusive); within the mandate's own validity.
    /// @param nonce EIP-3009's: any that the token hasn't seen from this wallet.
    /// @param nameHash keccak256 of the name in the token's domain, which also has version, chain and contract.
    /// @param versionHash keccak256 of the version in the token's domain.
    struct Authorization {
        address token;
        address payee;
        uint256 amount;
        uint256 validAfter;
        uint256 validBefore;
        bytes32 nonce;
        bytes32 nameHash;
        bytes32 versionHash;
    }

    /// @notice Thrown when an authorization would end in the past, or outlast the mandate (unix seconds).
    error InvalidAuthorizationEnd(uint256 validBefore, uint256 timestamp, uint48 validUntil);
    /// @notice Thrown when the same authorization was made before.
    error AuthorizationKnown(bytes32 digest);
    /// @notice Thrown when there is no such authorization in this currency, or it was closed.
    error AuthorizationUnknown(bytes32 digest);
    /// @notice Thrown when an authorization isn't settled, as far as its token tells, and still could be (unix seconds).
    error AuthorizationOpen(bytes32 digest, uint256 validBefore, uint256 timestamp);
    /// @notice Thrown when a token doesn't tell what became of an authorization.
    error AuthorizationStateUnreadable(address token);
    /// @notice Thrown when the native currency is to be pre-authorized: it has no EIP-3009.
    error NotAuthorizable(address token);

    /// @notice Emitted when an authorization was charged and became valid.
    event PaymentAuthorized(
        address indexed token,
        address indexed payee,
        bytes32 indexed ref,
        bytes32 digest,
        bytes32 nonce,
        uint256 amount,
        uint256 charge,
        uint256 validBefore
    );
    /// @notice Emitted when it is known what became of an authorization.
    /// @param settled Whether its nonce was used, or may have been, as far as the token tells. If not, its charge was given back.
    event AuthorizationClosed(bytes32 indexed digest, uint256 charge, bool settled);

    /// @notice Charges a payment and makes its authorization valid under ERC-1271. It counts as if charged just now for as long
    /// as it could be settled, until it is closed. It dies with the agent, the mandate, its own end, and `refuseAll`.
    /// @dev Caller: the agent key, or whoever carries its signature. Any signature that isn't 65 bytes long will do for the token.
    function preauthorize(Authorization calldata authorization, bytes32 ref) external returns (bytes32 digest);

    /// @notice Tells the ledger what became of an authorization. Settled: it counts as charged now, and returns with the
    /// window. Not settled, and past its end, or ended by another mandate or `refuseAll`: the charge is given back. Past its end, or
    /// ended, by a token that doesn't tell: as if it were settled.
    /// @dev Caller: anyone. The token is asked whether the nonce was used, whatever a settling transaction returned.
    /// @param currency The currency that it was charged in.
    function closeAuthorization(string calldata currency, Authorization calldata authorization) external;

    /// @notice What the token will ask about: the EIP-712 digest of the authorization in the token's domain.
    function authorizationDigest(Authorization calldata authorization) external view returns (bytes32);

    /// @notice What is authorized and not closed yet in a currency (budget units).
    function pendingAuthorizations(string calldata currency) external view returns (uint256);
}
