// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title CredentialRegistry
/// @notice What third parties (auditors, KYC providers, model vendors) attest of an agent or of its principal.
/// - A credential is the signed word of one *issuer*. Only that issuer gives it, replaces it, and takes it back.
/// - It works without this contract's storage: whoever is shown a credential and its signature has it checked by `verify`.
/// - Issued here, it can be looked up: `hasLive` answers whether a subject holds one from any issuer that the asker trusts.
///
/// The rule of replacement: an issuer numbers what it says of one subject under one schema, and only a higher number
/// replaces what was issued here before. Whoever keeps an older signature can't bring the older credential back.
/// @dev Warning: anyone may attest anything of anyone. A credential is worth what its issuer is worth to the one who asks;
/// the contract knows no good issuers, so the asker names its own.
/// @dev Warning: a later credential that was only signed, and never issued here, replaces nothing. An issuer who wants an
/// earlier one gone revokes it, or has the later one issued.
/// @dev Warning: a replacement takes effect at once. If it begins later, the subject has no live credential until then.
/// @dev Warning: what a contract issuer (ERC-1271) has signed holds as long as that contract says so. What it has issued here
/// holds until it ends, is replaced or revoked, even if the issuer's keys have changed since.
interface ICredentialRegistry {
    /// @notice A fact that an issuer attests. This is the EIP-712 type that it signs, field by field.
    /// @param issuer Who attests.
    /// @param subject Of whom: an agent's wallet, or a principal.
    /// @param schema What kind of fact: the keccak256 of a schema's name or URI; never zero.
    /// @param dataHash The keccak256 of the attested data, which stays off chain; zero if the schema says it all.
    /// @param validFrom When it begins (unix seconds, inclusive).
    /// @param validUntil When it ends (unix seconds, exclusive).
    /// @param nonce Its number among all that this issuer says of this subject under this schema; the first is at least one.
    struct Credential {
        address issuer;
        address subject;
        bytes32 schema;
        bytes32 dataHash;
        uint48 validFrom;
        uint48 validUntil;
        uint256 nonce;
    }

    /// @notice What a credential is worth now. If several apply, the first in this order is told.
    /// - Unknown: none was issued.
    /// - Malformed: `issue` would never take it: no issuer, subject, schema or number, or it ends before it begins.
    /// - BadSignature: the issuer hasn't said this.
    /// - Revoked: the issuer has taken it back, for ever.
    /// - Superseded: the issuer has issued another one of the same or a higher number.
    /// - Expired: it has ended.
    /// - NotYetValid: it hasn't begun.
    /// - Valid: it holds.
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

    /// @notice Thrown when a credential names no issuer.
    error ZeroIssuer();
    /// @notice Thrown when a credential names no subject.
    error ZeroSubject();
    /// @notice Thrown when a credential names no schema.
    error ZeroSchema();
    /// @notice Thrown when a credential doesn't begin before it ends (unix seconds).
    error InvertedValidity(uint48 validFrom, uint48 validUntil);
    /// @notice Thrown when a credential has ended already: `timestamp` isn't before `validUntil` (unix seconds).
    error CredentialExpired(uint48 validUntil, uint256 timestamp);
    /// @notice Thrown when a credential without a signature isn't issued by the issuer itself.
    error NotIssuer(address caller, address issuer);
    /// @notice Thrown when a signature isn't the issuer's over this digest.
    error BadIssuerSignature(address issuer, bytes32 digest);
    /// @notice Thrown when a credential is to be issued that its issuer has revoked.
    error CredentialIsRevoked(address issuer, bytes32 credentialId);
    /// @notice Thrown when a credential's number isn't above that of the one issued last.
    error NonceNotAbove(uint256 nonce, uint256 lastNonce);
    /// @notice Thrown when a credential is required to be valid and isn't; `status` says why.
    error CredentialNotValid(bytes32 credentialId, CredentialStatus status);
    /// @notice Thrown when a live credential is required and none of the trusted issuers has issued one.
    error NoLiveCredential(address subject, bytes32 schema);

    /* EVENTS */

    /// @notice Emitted when a credential is issued. It replaces the one before of the same issuer, subject and schema.
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
    /// @notice Emitted once, when an issuer revokes a credential of its own, whether it was issued before or not.
    event CredentialRevoked(bytes32 indexed credentialId, address indexed issuer);

    /* ISSUE */

    /// @notice Issues a credential: from now on it can be looked up.
    /// @dev Caller: anyone who has the issuer's signature, or the issuer itself with an empty one. Checks, in this order:
    /// issuer, subject, schema, validity, word of the issuer, revocation, number.
    /// @dev Warning: an issuer that uses the highest number there is can issue nothing more of this subject under this schema.
    /// @param credential The credential.
    /// @param signature The issuer's over `credentialId` (ECDSA of 65 bytes, or ERC-1271); empty if the issuer calls.
    /// A contract issuer whose own scheme is an empty signature has to call.
    /// @return id The credential's id.
    function issue(Credential calldata credential, bytes calldata signature) external returns (bytes32 id);

    /* REVOKE */

    /// @notice Revokes a credential of the caller's for ever, also one that was never issued here.
    /// @dev Caller: anyone, for what it has issued itself; an id of somebody else's stays as valid as it was. Idempotent: the
    /// event is emitted once. It never reverts, not even for an id of nothing.
    function revoke(bytes32 id) external;

    /// @notice Revokes a credential of the issuer's for ever, by the issuer's signature over `revocationDigest`.
    /// @dev Caller: anyone. There is neither nonce nor deadline, because what is revoked stays so: a replay changes nothing.
    function revokeBySignature(address issuer, bytes32 id, bytes calldata signature) external;

    /// @notice Whether this issuer has revoked this credential.
    function isRevoked(address issuer, bytes32 id) external view returns (bool);

    /* VERIFY */

    /// @notice What a credential that somebody shows is worth now, issued here or not.
    /// @dev Warning: it doesn't say that this is the credential you need. Compare issuer, subject and schema with those you
    /// ask for, and the hash of the data you were shown with `dataHash`.
    /// @dev It never reverts, unless a contract issuer starves it of gas.
    /// @param credential The credential.
    /// @param signature The issuer's over `credentialId`; not looked at if this credential is the one issued last.
    /// @return status Any but Unknown.
    function verify(Credential calldata credential, bytes calldata signature)
        external
        view
        returns (CredentialStatus status);

    /// @notice The reverting twin of `verify`, for use inside other contracts.
    /// @dev Reverts with CredentialNotValid unless the status is Valid.
    /// @return id The credential's id.
    function requireValid(Credential calldata credential, bytes calldata signature) external view returns (bytes32 id);

    /* LOOK UP */

    /// @notice The credential issued last for a subject, under a schema, by an issuer, and what it is worth now.
    /// @return credential The credential; all zero if there is none.
    /// @return id Its id; zero if there is none.
    /// @return status Its status: Unknown if there is none, never Malformed, BadSignature or Superseded.
    function credentialOf(address subject, bytes32 schema, address issuer)
        external
        view
        returns (Credential memory credential, bytes32 id, CredentialStatus status);

    /// @notice Whether a subject holds a live credential of a schema from any issuer in a list.
    /// @dev As long as the caller's list is the work: about 7,300 gas an issuer. An empty list trusts nobody.
    /// @return live Whether there is one.
    /// @return issuer The first issuer in the list that has issued one; zero if none has.
    function hasLive(address subject, bytes32 schema, address[] calldata trustedIssuers)
        external
        view
        returns (bool live, address issuer);

    /// @notice The reverting twin of `hasLive`, for use inside other contracts.
    /// @dev Reverts with NoLiveCredential.
    function requireLive(address subject, bytes32 schema, address[] calldata trustedIssuers)
        external
        view
        returns (address issuer);

    /* DIGESTS */

    /// @notice The id of a credential: the EIP-712 digest that its issuer signs. It names this chain and this contract.
    function credentialId(Credential calldata credential) external view returns (bytes32);

    /// @notice The EIP-712 digest that an issuer signs to revoke:
    /// `CredentialRevocation(address issuer,bytes32 credentialId)`.
    function revocationDigest(address issuer, bytes32 id) external view returns (bytes32);
}
