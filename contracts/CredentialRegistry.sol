// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ICredentialRegistry} from "./interfaces/ICredentialRegistry.sol";
import {Signers} from "./signatures/Signers.sol";

/// @title CredentialRegistry
/// @notice Records what third parties (auditors, KYC providers, model vendors) attest about an agent or its
/// principal.
/// @custom:kill Nobody can stop the registry, and it holds nothing. An issuer revokes its credentials; a caller
/// who distrusts an issuer leaves it out of its list. Wallets, mandates and stops never use this contract.
contract CredentialRegistry is ICredentialRegistry, EIP712 {
    /// @dev The credential issued last; issuer, subject and schema are the mapping's keys. Four slots. The id
    /// is stored, because after a fork of the chain a recomputed digest would differ, and the revocation would
    /// be lost.
    /// 256 bits id | 256 bits dataHash | 256 bits nonce | 160 bits empty, 48 bits validUntil, 48 bits validFrom
    struct Issued {
        bytes32 id;
        bytes32 dataHash;
        uint256 nonce;
        uint48 validFrom;
        uint48 validUntil;
    }

    /* CONSTANTS */

    bytes32 private constant CREDENTIAL_TYPEHASH = keccak256(
        "Credential(address issuer,address subject,bytes32 schema,bytes32 dataHash,"
        "uint48 validFrom,uint48 validUntil,uint256 nonce)"
    );
    bytes32 private constant REVOCATION_TYPEHASH =
        keccak256("CredentialRevocation(address issuer,bytes32 credentialId)");

    /* STORAGE */

    mapping(address issuer => mapping(address subject => mapping(bytes32 schema => Issued))) private _issued;
    mapping(address issuer => mapping(bytes32 credentialId => bool)) private _revoked;

    constructor() EIP712("Peculium CredentialRegistry", "1") {}

    /* ISSUE */

    /// @inheritdoc ICredentialRegistry
    function issue(Credential calldata credential, bytes calldata signature) external returns (bytes32 id) {
        _requireIssuable(credential);
        address issuer = credential.issuer;
        id = credentialId(credential);
        if (signature.length == 0) require(msg.sender == issuer, NotIssuer(msg.sender, issuer));
        else _requireSigned(issuer, id, signature);
        require(!_revoked[issuer][id], CredentialIsRevoked(issuer, id));
        Issued storage last = _issued[issuer][credential.subject][credential.schema];
        // Holds for the first one too: nothing issued has the number zero.
        require(credential.nonce > last.nonce, NonceNotAbove(credential.nonce, last.nonce));

        last.id = id;
        last.dataHash = credential.dataHash;
        last.nonce = credential.nonce;
        last.validFrom = credential.validFrom;
        last.validUntil = credential.validUntil;
        emit CredentialIssued(
            id,
            issuer,
            credential.subject,
            credential.schema,
            credential.dataHash,
            credential.validFrom,
            credential.validUntil,
            credential.nonce
        );
    }

    function _requireIssuable(Credential calldata credential) private view {
        require(credential.issuer != address(0), ZeroIssuer());
        require(credential.subject != address(0), ZeroSubject());
        require(credential.schema != bytes32(0), ZeroSchema());
        (uint48 validFrom, uint48 validUntil) = (credential.validFrom, credential.validUntil);
        require(validFrom < validUntil, InvertedValidity(validFrom, validUntil));
        require(block.timestamp < validUntil, CredentialExpired(validUntil, block.timestamp));
    }

    function _requireSigned(address issuer, bytes32 digest, bytes calldata signature) private view {
        require(
            Signers.hasSigned(issuer, digest, signature), BadIssuerSignature(issuer, digest)
        );
    }

    /* REVOKE */

    /// @inheritdoc ICredentialRegistry
    function revoke(bytes32 id) external {
        // Doesn't check that the caller issued it: the entry is stored under the caller, and affects only its
        // own credentials.
        _revoke(msg.sender, id);
    }

    /// @inheritdoc ICredentialRegistry
    function revokeBySignature(address issuer, bytes32 id, bytes calldata signature) external {
        _requireSigned(issuer, revocationDigest(issuer, id), signature);
        _revoke(issuer, id);
    }

    /// @inheritdoc ICredentialRegistry
    function isRevoked(address issuer, bytes32 id) external view returns (bool) {
        return _revoked[issuer][id];
    }

    function _revoke(address issuer, bytes32 id) private {
        if (_revoked[issuer][id]) return;
        _revoked[issuer][id] = true;
        emit CredentialRevoked(id, issuer);
    }

    /* VERIFY */

    /// @inheritdoc ICredentialRegistry
    function verify(Credential calldata credential, bytes calldata signature)
        external
        view
        returns (CredentialStatus status)
    {
        return _verify(credential, credentialId(credential), signature);
    }

    /// @inheritdoc ICredentialRegistry
    function requireValid(Credential calldata credential, bytes calldata signature) external view returns (bytes32 id) {
        id = credentialId(credential);
        CredentialStatus status = _verify(credential, id, signature);
        require(status == CredentialStatus.Valid, CredentialNotValid(id, status));
    }

    function _verify(Credential calldata credential, bytes32 id, bytes calldata signature)
        private
        view
        returns (CredentialStatus)
    {
        address issuer = credential.issuer;
        Issued storage last = _issued[issuer][credential.subject][credential.schema];
        // An issued credential passed these checks when it was issued.
        if (id != last.id) {
            if (_isMalformed(credential)) return CredentialStatus.Malformed;
            if (!Signers.hasSigned(issuer, id, signature)) {
                return CredentialStatus.BadSignature;
            }
            if (!_revoked[issuer][id] && credential.nonce <= last.nonce) return CredentialStatus.Superseded;
        }
        return _status(issuer, id, credential.validFrom, credential.validUntil);
    }

    function _isMalformed(Credential calldata credential) private pure returns (bool) {
        return credential.issuer == address(0) || credential.subject == address(0) || credential.schema == bytes32(0)
            || credential.nonce == 0 || credential.validFrom >= credential.validUntil;
    }

    function _status(address issuer, bytes32 id, uint48 validFrom, uint48 validUntil)
        private
        view
        returns (CredentialStatus)
    {
        if (_revoked[issuer][id]) return CredentialStatus.Revoked;
        if (block.timestamp >= validUntil) return CredentialStatus.Expired;
        if (block.timestamp < validFrom) return CredentialStatus.NotYetValid;
        return CredentialStatus.Valid;
    }

    /* LOOK UP */

    /// @inheritdoc ICredentialRegistry
    function credentialOf(address subject, bytes32 schema, address issuer)
        external
        view
        returns (Credential memory credential, bytes32 id, CredentialStatus status)
    {
        Issued memory last = _issued[issuer][subject][schema];
        if (last.nonce == 0) return (credential, id, CredentialStatus.Unknown);
        credential =
            Credential(issuer, subject, schema, last.dataHash, last.validFrom, last.validUntil, last.nonce);
        return (credential, last.id, _status(issuer, last.id, last.validFrom, last.validUntil));
    }

    /// @inheritdoc ICredentialRegistry
    function hasLive(address subject, bytes32 schema, address[] calldata trustedIssuers)
        public
        view
        returns (bool live, address issuer)
    {
        for (uint256 i; i < trustedIssuers.length; ++i) {
            issuer = trustedIssuers[i];
            Issued storage last = _issued[issuer][subject][schema];
            // If nothing was issued, `validUntil` is zero, and the status is Expired.
            if (_status(issuer, last.id, last.validFrom, last.validUntil) == CredentialStatus.Valid) {
                return (true, issuer);
            }
        }
        return (false, address(0));
    }

    /// @inheritdoc ICredentialRegistry
    function requireLive(address subject, bytes32 schema, address[] calldata trustedIssuers)
        external
        view
        returns (address issuer)
    {
        bool live;
        (live, issuer) = hasLive(subject, schema, trustedIssuers);
        require(live, NoLiveCredential(subject, schema));
    }

    /* DIGESTS */

    /// @inheritdoc ICredentialRegistry
    function credentialId(Credential calldata credential) public view returns (bytes32) {
        // The struct is static and its fields are in the order of the type, so encoding it equals encoding its
        // members.
        return _hashTypedDataV4(keccak256(abi.encode(CREDENTIAL_TYPEHASH, credential)));
    }

    /// @inheritdoc ICredentialRegistry
    function revocationDigest(address issuer, bytes32 id) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(REVOCATION_TYPEHASH, issuer, id)));
    }
}
