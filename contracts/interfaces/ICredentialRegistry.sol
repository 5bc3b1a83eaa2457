// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title CredentialRegistry
/// @notice Records what third parties (auditors, KYC providers, model vendors) attest about an agent or its
/// principal.
/// - A credential is a statement signed by one *issuer*. Only that issuer issues, replaces and revokes it.
/// - It needn't be stored here: `verify` checks a credential and its signature that somebody presents.
/// - If it is issued here, it can be looked up: `hasLive` tells whether a subject holds one from any issuer
///   that the caller trusts.
///
/// Replacement: an issuer numbers its credentials for one subject under one schema, and only a higher number
/// replaces the one issued here before. So a holder of an older signature can't restore the older credential.
/// @dev Warning: anyone may attest anything about anyone. A credential is as reliable as its issuer. The
/// contract doesn't rate issuers, so the caller names those that it trusts.
/// @dev Warning: a later credential that is signed but not issued here replaces nothing. To end an earlier one,
/// the issuer revokes it or has the later one issued.
/// @dev Warning: a replacement takes effect at once. If it begins later, the subject has no live credential
/// until then.
/// @dev Warning: a credential signed by a contract issuer (ERC-1271) is valid as long as that contract accepts
/// the signature. Once issued here it stays valid until it ends, is replaced or is revoked, even if the
/// issuer's keys have changed.
interface ICredentialRegistry {
    /// @notice A fact that an issuer attests. It is the EIP-712 type that the issuer signs, field by field.
    /// @param issuer Who attests it.
    /// @param subject About whom: an agent's wallet, or a principal.
    /// @param schema Kind of fact: keccak256 of a schema's name or URI; never zero.
    /// @param dataHash keccak256 of the attested data, which stays off-chain; zero if the schema says
    /// everything.
    /// @param validFrom Start (unix seconds, inclusive).
    /// @param validUntil End (unix seconds, exclusive).
    /// @param nonce Number among this issuer's credentials for this subject and schema; at least one.
    struct Credential {
        address issuer;
        address subject;
        bytes32 schema;
        bytes32 dataHash;
        uint48 validFrom;
        uint48 validUntil;
        uint256 nonce;
    }

    /// @notice Status of a credential now. If several apply, the first in this order is returned.
    /// - Unknown: none was issued.
    /// - Malformed: issuer, subject, schema or number is zero, or it doesn't begin before it ends. `issue`
    ///   always rejects it.
    /// - BadSignature: the signature isn't the issuer's.
    /// - Revoked: the issuer has revoked it, forever.
    /// - Superseded: the issuer has issued another one with the same or a higher number.
    /// - Expired: it has ended.
    /// - NotYetValid: it hasn't begun.
    /// - Valid: it is valid.
    enum CredentialStatus {
        Unknown,
        Malformed,
        BadSignature,
        Revoked,
        Superseded,
        Expired,
        NotYetValid,
        Valid
    }

    /* ERRORS */

    /// @notice Thrown when a credential's issuer is zero.
    error ZeroIssuer();
    /// @notice Thrown when a credential's subject is zero.
    error ZeroSubject();
    /// @notice Thrown when a credential's schema is zero.
    error ZeroSchema();
    /// @notice Thrown when a credential doesn't begin before it ends (unix seconds).
    error InvertedValidity(uint48 validFrom, uint48 validUntil);
    /// @notice Thrown when a credential has ended already: `timestamp` isn't before `validUntil` (unix
    /// seconds).
    error CredentialExpired(uint48 validUntil, uint256 timestamp);
    /// @notice Thrown when a credential is issued without a signature by anyone except its issuer.
    error NotIssuer(address caller, address issuer);
    /// @notice Thrown when the signature isn't the issuer's over this digest.
    error BadIssuerSignature(address issuer, bytes32 digest);
    /// @notice Thrown when a credential is issued that its issuer has revoked.
    error CredentialIsRevoked(address issuer, bytes32 credentialId);
    /// @notice Thrown when a credential's number isn't above that of the one issued last.
    error NonceNotAbove(uint256 nonce, uint256 lastNonce);
    /// @notice Thrown by `requireValid` when a credential isn't valid; `status` gives the reason.
    error CredentialNotValid(bytes32 credentialId, CredentialStatus status);
    /// @notice Thrown by `requireLive` when no trusted issuer's credential is valid now.
    error NoLiveCredential(address subject, bytes32 schema);

    /* EVENTS */

    /// @notice Emitted when a credential is issued. It replaces the previous one of the same issuer, subject
    /// and schema.
    /// @param validFrom Start (unix seconds, inclusive).
    /// @param validUntil End (unix seconds, exclusive).
    event CredentialIssued(
        bytes32 indexed credentialId,
        address indexed issuer,
        address indexed subject,
        bytes32 schema,
        bytes32 dataHash,
        uint48 validFrom,
        uint48 validUntil,
        uint256 nonce
    );
    /// @notice Emitted once, when an issuer revokes one of its credentials, whether it was issued before or
    /// not.
    event CredentialRevoked(bytes32 indexed credentialId, address indexed issuer);

    /* ISSUE */

    /// @notice Issues a credential: from now on it can be looked up.
    /// @dev Caller: the issuer with an empty signature, or anyone with the issuer's signature. Checks in this
    /// order: issuer, subject, schema, validity, signature, revocation, number. Reverts with ZeroIssuer,
    /// ZeroSubject, ZeroSchema, InvertedValidity, CredentialExpired, NotIssuer or BadIssuerSignature,
    /// CredentialIsRevoked, NonceNotAbove.
    /// @dev Warning: an issuer that uses the highest possible number can issue nothing more for this subject
    /// and schema.
    /// @param credential The credential.
    /// @param signature The issuer's over `credentialId` (65 bytes of ECDSA, or ERC-1271); empty if the issuer
    /// calls. A contract issuer that accepts an empty signature must call itself.
    /// @return id Id of the credential.
    function issue(Credential calldata credential, bytes calldata signature) external returns (bytes32 id);

    /* REVOKE */

    /// @notice Revokes a credential of the caller forever, also one that was never issued here.
    /// @dev Caller: anyone, for its own credentials; the id of somebody else's credential has no effect on it.
    /// Idempotent; the event is emitted once. It never reverts, not even for an unknown id.
    function revoke(bytes32 id) external;

    /// @notice Revokes a credential of `issuer` forever, by the issuer's signature over `revocationDigest`.
    /// @dev Caller: anyone. It needs neither nonce nor deadline: a revocation is permanent, so a replay changes
    /// nothing. Idempotent. Reverts with BadIssuerSignature.
    function revokeBySignature(address issuer, bytes32 id, bytes calldata signature) external;

    /// @notice Whether this issuer has revoked this credential.
    function isRevoked(address issuer, bytes32 id) external view returns (bool);

    /* VERIFY */

    /// @notice Returns the status of a credential that somebody presents, issued here or not.
    /// @dev Warning: it doesn't tell whether this is the credential you need. Compare issuer, subject and
    /// schema with those you ask for, and the hash of the presented data with `dataHash`.
    /// @dev It never reverts, unless a contract issuer consumes all gas.
    /// @param credential The credential.
    /// @param signature The issuer's over `credentialId`; ignored if this credential is the one issued last.
    /// @return status Any except Unknown.
    function verify(Credential calldata credential, bytes calldata signature)
        external
        view
        returns (CredentialStatus status);

    /// @notice Reverting variant of `verify`, for other contracts. Reverts with CredentialNotValid unless the
    /// status is Valid.
    /// @return id Id of the credential.
    function requireValid(Credential calldata credential, bytes calldata signature) external view returns (bytes32 id);

    /* LOOK UP */

    /// @notice Returns the credential that an issuer issued last for a subject and schema, and its status.
    /// @return credential The credential; all zero if there is none.
    /// @return id Its id; zero if there is none.
    /// @return status Its status: Unknown if there is none; never Malformed, BadSignature or Superseded.
    function credentialOf(address subject, bytes32 schema, address issuer)
        external
        view
        returns (Credential memory credential, bytes32 id, CredentialStatus status);

    /// @notice Whether a subject holds a valid credential of a schema from any issuer in a list.
    /// @dev The cost grows with the list: about 7,300 gas per issuer. An empty list trusts nobody.
    /// @return live Whether there is one.
    /// @return issuer First issuer in the list whose credential is valid; zero if none is.
    function hasLive(address subject, bytes32 schema, address[] calldata trustedIssuers)
        external
        view
        returns (bool live, address issuer);

    /// @notice Reverting variant of `hasLive`, for other contracts. Reverts with NoLiveCredential.
    /// @return issuer First issuer in the list whose credential is valid.
    function requireLive(address subject, bytes32 schema, address[] calldata trustedIssuers)
        external
        view
        returns (address issuer);

    /* DIGESTS */

    /// @notice Returns the id of a credential: the EIP-712 digest that its issuer signs. It binds chain and
    /// contract.
    function credentialId(Credential calldata credential) external view returns (bytes32);

    /// @notice Returns the EIP-712 digest that an issuer signs to revoke a credential:
    /// `CredentialRevocation(address issuer,bytes32 credentialId)`.
    function revocationDigest(address issuer, bytes32 id) external view returns (bytes32);
}
