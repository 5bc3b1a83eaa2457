// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletCommon} from "./IWalletCommon.sol";

/// @title Pre-authorizations
/// @notice EIP-3009 payments that someone else settles later (x402). The token checks them by ERC-1271 in a
/// static call, in which nothing can be counted. So the wallet charges them beforehand, and accepts exactly the
/// charged digest.
interface IPreauthorizations is IWalletCommon {
    /// @notice An EIP-3009 `TransferWithAuthorization` from this wallet, and the token's EIP-712 domain.
    /// @param token A listed token.
    /// @param payee A listed payee.
    /// @param amount Amount (token base units); not zero.
    /// @param validAfter Start (unix seconds, exclusive).
    /// @param validBefore End (unix seconds, exclusive); at most the mandate's `validUntil`.
    /// @param nonce EIP-3009 nonce that the token hasn't recorded for this wallet.
    /// @param nameHash keccak256 of the name in the token's domain. The domain also has version, chain and
    /// contract.
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

    /// @notice Thrown when an authorization has ended already, or would outlast the mandate (unix seconds).
    error InvalidAuthorizationEnd(uint256 validBefore, uint256 timestamp, uint48 validUntil);
    /// @notice Thrown when the same authorization was charged before and isn't closed.
    error AuthorizationKnown(bytes32 digest);
    /// @notice Thrown when there is no such authorization in this currency, or it was closed.
    error AuthorizationUnknown(bytes32 digest);
    /// @notice Thrown when the token doesn't report an authorization as settled, and it can still be settled
    /// (unix seconds).
    error AuthorizationOpen(bytes32 digest, uint256 validBefore, uint256 timestamp);
    /// @notice Thrown when a token doesn't report whether an authorization or cheque was used.
    error AuthorizationStateUnreadable(address token);
    /// @notice Thrown when the native currency is to be pre-authorized: it has no EIP-3009.
    error NotAuthorizable(address token);

    /// @notice Emitted when an authorization is charged and becomes valid.
    /// @param amount Amount (token base units).
    /// @param charge Amount counted in the budget (budget units).
    /// @param validBefore End of the authorization (unix seconds, exclusive).
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
    /// @notice Emitted when an authorization is closed.
    /// @param charge Its charge (budget units).
    /// @param settled True if the token reports its nonce as used or canceled, or reports nothing: the charge
    /// stays. False if the charge was released.
    event AuthorizationClosed(bytes32 indexed digest, uint256 charge, bool settled);

    /// @notice Charges a payment and makes its authorization valid under ERC-1271. Until it is closed it counts
    /// as charged just now, because it could be settled at any time. It is invalid while the agent is stopped,
    /// and void once the mandate is replaced or lifted, `refuseAll` is called, or it has ended.
    /// @dev Caller: the agent key, or a relayer with its signature. Reverts with NotAuthorizable,
    /// InvalidAuthorizationEnd or AuthorizationKnown, or as `pay` does. To settle it, submit to the token any
    /// signature that isn't 65 bytes long.
    /// @param ref Reason for the payment, chosen by the agent.
    /// @return digest EIP-712 digest that the wallet accepts from now on.
    function preauthorize(Authorization calldata authorization, bytes32 ref) external returns (bytes32 digest);

    /// @notice Records in the ledger what became of an authorization:
    /// - The token reports its nonce as used: it counts as charged now, and leaves the windows in time.
    /// - Not used, and ended, or void by a new mandate or `refuseAll`: the charge is released.
    /// - The token doesn't report it, and it has ended or is void: as if it were used.
    /// @dev Caller: anyone. Reverts with AuthorizationUnknown or AuthorizationOpen. It asks the token, and
    /// doesn't rely on what a settling transaction returned.
    /// @param currency Currency that it was charged in.
    function closeAuthorization(string calldata currency, Authorization calldata authorization) external;

    /// @notice Returns the EIP-712 digest of an authorization in the token's domain.
    function authorizationDigest(Authorization calldata authorization) external view returns (bytes32);

    /// @notice Returns the sum of all open authorizations in a currency (budget units).
    function pendingAuthorizations(string calldata currency) external view returns (uint256);
}
