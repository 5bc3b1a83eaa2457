// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletCommon} from "./IWalletCommon.sol";

/// @title Pre-authorizations
/// @notice EIP-3009 payments that someone else settles later (x402). The token checks them by ERC-1271 in a
/// static call, in which nothing can be counted. So the wallet charges them beforehand, and accepts exactly the
/// charged digest.
interface IPreauthorizations is IWalletCommon {
    /// @notice Which EIP-3009 message is signed. Anyone can settle a `Transfer` (`TransferWithAuthorization`), only the
    /// payee a `Receive` (`ReceiveWithAuthorization`), such as a contract that collects payments for others.
    enum AuthorizationKind {
        Transfer,
        Receive
    }

    /// @notice An EIP-3009 authorization of this wallet, and the token's EIP-712 domain.
    /// @param kind Which message is signed.
    /// @param token A listed token that reports the state of authorizations.
    /// @param payee A payee that the token's budget allows.
    /// @param amount Amount (token base units); not zero.
    /// @param validAfter Start (unix seconds, exclusive).
    /// @param validBefore End (unix seconds, exclusive); at most `maxAuthorizationAge` ahead, and at most the end of
    /// the mandate and of the payee's own terms.
    /// @param nonce EIP-3009 nonce that the token hasn't recorded for this wallet.
    /// @param nameHash keccak256 of the name in the token's domain. The domain also has version, chain and
    /// contract.
    /// @param versionHash keccak256 of the version in the token's domain.
    struct Authorization {
        AuthorizationKind kind;
        address token;
        address payee;
        uint256 amount;
        uint256 validAfter;
        uint256 validBefore;
        bytes32 nonce;
        bytes32 nameHash;
        bytes32 versionHash;
    }

    /// @notice Thrown when an authorization has ended already, or would end after `latest`: the end of the mandate,
    /// of its `maxAuthorizationAge`, or of the payee's own terms (unix seconds).
    error InvalidAuthorizationEnd(uint256 validBefore, uint256 timestamp, uint256 latest);
    /// @notice Thrown when the same authorization was charged before and isn't closed.
    error AuthorizationKnown(bytes32 digest);
    /// @notice Thrown when there is no such authorization in this currency, or it was closed.
    error AuthorizationUnknown(bytes32 digest);
    /// @notice Thrown when the token doesn't report an authorization as settled, and it can still be settled
    /// (unix seconds).
    error AuthorizationOpen(bytes32 digest, uint256 validBefore, uint256 timestamp);
    /// @notice Thrown when the token reports the nonce of an authorization as used or canceled.
    error AuthorizationUsed(address token, bytes32 nonce);
    /// @notice Thrown when the native currency is to be pre-authorized: it has no EIP-3009.
    error NotAuthorizable(address token);

    /// @notice Emitted when an authorization is charged and becomes valid. It has everything that closing needs.
    /// @param currency keccak256 of the name of the currency that it is charged in.
    /// @param digest EIP-712 digest that the wallet accepts from now on.
    /// @param charge Amount counted in the budget (budget units).
    event PaymentAuthorized(
        address indexed token,
        address indexed payee,
        bytes32 indexed ref,
        bytes32 currency,
        bytes32 digest,
        uint256 charge,
        Authorization authorization
    );
    /// @notice Emitted when an authorization is closed.
    /// @param charge Its charge (budget units).
    /// @param settled True if the token reports its nonce as used or canceled, or reports nothing: the charge
    /// stays. False if the charge was released.
    event AuthorizationClosed(bytes32 indexed digest, uint256 charge, bool settled);

    /// @notice Charges a payment and makes its authorization valid under ERC-1271. Until it is closed it counts
    /// as charged just now, because it could be settled at any time. It is invalid while the agent is stopped,
    /// and void once the round or the authorization has ended.
    /// @dev Caller: the agent key, or a relayer with its signature. Reverts with NotAuthorizable,
    /// InvalidAuthorizationEnd, AuthorizationStateUnreadable, AuthorizationUsed or AuthorizationKnown, or as `pay`
    /// does. To settle it, submit to the token any
    /// signature that isn't 65 bytes long.
    /// @param ref Reason for the payment, chosen by the agent.
    /// @return digest EIP-712 digest that the wallet accepts from now on.
    function preauthorize(Authorization calldata authorization, bytes32 ref) external returns (bytes32 digest);

    /// @notice Records in the ledger what became of authorizations, of each:
    /// - The token reports its nonce as used: it counts as charged now, and leaves the windows in time.
    /// - Not used, and ended, or of an earlier round: the charge is released.
    /// - The token doesn't report it, and it has ended or is void: as if it were used.
    /// What is released no longer counts anywhere, also not for a payee's own limit or for strangers.
    /// @dev Caller: anyone. Reverts with AuthorizationUnknown or AuthorizationOpen. It asks the token, and
    /// doesn't rely on what a settling transaction returned.
    /// @param currency keccak256 of the name of the currency that they were charged in.
    function closeAuthorizations(bytes32 currency, Authorization[] calldata authorizations) external;

    /// @notice Returns the EIP-712 digest of an authorization in the token's domain.
    function authorizationDigest(Authorization calldata authorization) external view returns (bytes32);

    /// @notice Returns the sum of all open authorizations in a currency (budget units).
    function pendingAuthorizations(string calldata currency) external view returns (uint256);
}
