// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CredentialRegistry} from "../../../contracts/CredentialRegistry.sol";
import {ICredentialRegistry} from "../../../contracts/interfaces/ICredentialRegistry.sol";
import {AnySigner} from "./AnySigner.sol";
import {Proof} from "./Proof.sol";

/// @title CredentialProof
/// @notice Who issues and revokes credentials, and which are valid: one call, by any caller, at any time, from
/// any state of the registry.
/// @dev Issuers that sign are contracts with arbitrary answers; signatures have 65 bytes.
/// @custom:halmos --solver-timeout-branching 50ms
contract CredentialProof is Proof {
    CredentialRegistry private credentials;
    AnySigner private issuer;

    function setUp() public {
        (credentials, issuer) = (new CredentialRegistry(), new AnySigner());
        SVM.enableSymbolicStorage(address(credentials));
        SVM.enableSymbolicStorage(address(issuer));
    }

    /// @notice I11: a revoked credential stays revoked after any call.
    function check_revokedStaysRevoked(address by, bytes32 id, address caller, uint256 time) external {
        bytes memory data = SVM.createCalldata("CredentialRegistry");
        VM.assume(credentials.isRevoked(by, id));
        _call(caller, time, data);
        assert(credentials.isRevoked(by, id));
    }

    /// @notice I28: no call for one issuer's credential changes another issuer's.
    function check_otherIssuersCredentialsStay(
        uint8 kind,
        ICredentialRegistry.Credential memory credential,
        ICredentialRegistry.Credential memory theirs,
        bytes32 id,
        address caller,
        uint256 time
    ) external {
        VM.assume(both(theirs.issuer != credential.issuer, theirs.issuer != caller));
        bytes32 before = _state(theirs, id);
        bytes memory signature = abi.encodePacked(id, id, uint8(27));
        bytes memory data = abi.encodeCall(credentials.issue, (credential, kind == 0 ? bytes("") : signature));
        if (kind == 2) data = abi.encodeCall(credentials.revoke, (id));
        if (kind == 3) data = abi.encodeCall(credentials.revokeBySignature, (credential.issuer, id, signature));
        _call(caller, time, data);
        assert(_state(theirs, id) == before);
    }

    /// @notice A credential is issued only by its issuer or with the issuer's signature of it, and only with a
    /// higher number than the previous one. Afterwards it is the one that is looked up.
    function check_onlyIssuerIssues(ICredentialRegistry.Credential memory credential, bool signed, bytes32 r, bytes32 s, uint8 v, address caller, uint256 time)
        external
    {
        credential.issuer = address(issuer);
        bytes memory signature = signed ? abi.encodePacked(r, s, v) : bytes("");
        uint256 older = _number(credential);
        bytes32 id = _id(credential);
        bool revoked = credentials.isRevoked(address(issuer), id);
        if (!_call(caller, time, abi.encodeCall(credentials.issue, (credential, signature)))) return;
        assert(signed ? _isSigned(issuer, id, signature) : caller == address(issuer));
        assert(both(both(credential.nonce > older, time < credential.validUntil), both(!revoked, _isWellFormed(credential))));
        (ICredentialRegistry.Credential memory found, bytes32 foundId,) = credentials.credentialOf(credential.subject, credential.schema, address(issuer));
        assert(both(keccak256(abi.encode(found)) == keccak256(abi.encode(credential)), foundId == id));
    }

    /// @notice Only an issuer, or a caller with its signature, revokes its credentials; and it always can.
    function check_onlyIssuerRevokes(bool signed, bytes32 id, bytes32 r, bytes32 s, uint8 v, address caller, uint256 time) external {
        bytes memory signature = abi.encodePacked(r, s, v);
        bytes memory data = signed
            ? abi.encodeCall(credentials.revokeBySignature, (address(issuer), id, signature))
            : abi.encodeCall(credentials.revoke, (id));
        bool allowed = signed ? _isSigned(issuer, _revocation(id), signature) : caller == address(issuer);
        bool before = credentials.isRevoked(address(issuer), id);
        bool done = _call(caller, time, data);
        assert(either(!signed, done == allowed));
        assert(credentials.isRevoked(address(issuer), id) == either(before, allowed));
    }

    /// @notice I21: a credential is valid if and only if its issuer has signed it or issued it here, none with
    /// the same or a higher number was issued, it isn't revoked, and its validity has begun and hasn't ended,
    /// to the second.
    function check_validityConditions(ICredentialRegistry.Credential memory credential, bytes32 r, bytes32 s, uint8 v, uint256 time) external {
        credential.issuer = address(issuer);
        bytes memory signature = abi.encodePacked(r, s, v);
        bytes32 id = _id(credential);
        (,bytes32 issued,) = credentials.credentialOf(credential.subject, credential.schema, address(issuer));
        uint256 number = _number(credential);
        VM.assume(number != 0);
        // No key has the address of a contract.
        VM.assume(ecrecover(id, v, r, s) != address(issuer));
        VM.warp(time);
        ICredentialRegistry.CredentialStatus status = credentials.verify(credential, signature);
        bool sound = _isWellFormed(credential);
        bool newer = both(credential.nonce > number, both(sound, _isSigned(issuer, id, signature)));
        bool inTime = both(time >= credential.validFrom, time < credential.validUntil);
        bool good = both(either(id == issued, newer), both(inTime, !credentials.isRevoked(address(issuer), id)));
        assert((status == ICredentialRegistry.CredentialStatus.Valid) == good);
        bool malformed = both(id != issued, either(!sound, credential.nonce == 0));
        assert((status == ICredentialRegistry.CredentialStatus.Malformed) == malformed);
    }

    /// @notice `hasLive` returns the first trusted issuer whose credential is valid, if there is one.
    /// @dev Two issuers, both of which have issued such a credential.
    function check_hasLiveFindsFirst(address subject, bytes32 schema, address[2] memory trusted, uint256 time) external {
        VM.warp(time);
        (bool one, bool two) = (_isLive(subject, schema, trusted[0]), _isLive(subject, schema, trusted[1]));
        address[] memory issuers = new address[](2);
        (issuers[0], issuers[1]) = (trusted[0], trusted[1]);
        (bool live, address found) = credentials.hasLive(subject, schema, issuers);
        assert(both(live == either(one, two), found == (one ? trusted[0] : two ? trusted[1] : address(0))));
        try credentials.requireLive(subject, schema, issuers) returns (address required) {
            assert(both(live, required == found));
        } catch {
            assert(!live);
        }
    }

    /// @notice The digests follow from the EIP-712 types, and `requireValid` accepts what `verify` reports as
    /// valid.
    function check_digestsFollowEip712(ICredentialRegistry.Credential memory credential, bytes32 r, bytes32 s, uint8 v, uint256 time) external {
        VM.warp(time);
        credential.issuer = address(issuer);
        bytes memory signature = abi.encodePacked(r, s, v);
        bytes32 id = _id(credential);
        assert(both(credentials.credentialId(credential) == id, credentials.revocationDigest(address(issuer), id) == _revocation(id)));
        bool valid = credentials.verify(credential, signature) == ICredentialRegistry.CredentialStatus.Valid;
        try credentials.requireValid(credential, signature) returns (bytes32 required) {
            assert(both(valid, required == id));
        } catch {
            assert(!valid);
        }
    }

    /// @notice The status is the first reason for which a credential isn't valid.
    /// @dev A credential that was issued here.
    function check_statusIsFirstReason(address subject, bytes32 schema, address by, uint256 time) external {
        VM.warp(time);
        (ICredentialRegistry.Credential memory found, bytes32 id, ICredentialRegistry.CredentialStatus status) =
            credentials.credentialOf(subject, schema, by);
        ICredentialRegistry.CredentialStatus wanted = ICredentialRegistry.CredentialStatus.Valid;
        if (time < found.validFrom) wanted = ICredentialRegistry.CredentialStatus.NotYetValid;
        if (time >= found.validUntil) wanted = ICredentialRegistry.CredentialStatus.Expired;
        if (credentials.isRevoked(by, id)) wanted = ICredentialRegistry.CredentialStatus.Revoked;
        if (found.nonce == 0) wanted = ICredentialRegistry.CredentialStatus.Unknown;
        assert(status == wanted);
        bool named = both(found.issuer == by, both(found.subject == subject, found.schema == schema));
        assert(either(found.nonce == 0, named));
    }

    function _isLive(address subject, bytes32 schema, address by) private view returns (bool) {
        (ICredentialRegistry.Credential memory found, bytes32 id,) = credentials.credentialOf(subject, schema, by);
        VM.assume(found.nonce != 0);
        bool inTime = both(block.timestamp >= found.validFrom, block.timestamp < found.validUntil);
        return both(inTime, !credentials.isRevoked(by, id));
    }

    function _call(address caller, uint256 time, bytes memory data) private returns (bool done) {
        VM.warp(time);
        VM.prank(caller);
        (done,) = address(credentials).call(data);
    }

    function _isWellFormed(ICredentialRegistry.Credential memory credential) private pure returns (bool) {
        bool named = both(credential.subject != address(0), credential.schema != 0);
        return both(named, credential.validFrom < credential.validUntil);
    }

    /// @dev Everything of an issuer that one call could change.
    function _state(ICredentialRegistry.Credential memory theirs, bytes32 id) private view returns (bytes32) {
        (ICredentialRegistry.Credential memory found, bytes32 issued,) = credentials.credentialOf(theirs.subject, theirs.schema, theirs.issuer);
        return keccak256(abi.encode(found, issued, credentials.isRevoked(theirs.issuer, id)));
    }

    /// @dev Number of the credential issued last, zero if none was.
    function _number(ICredentialRegistry.Credential memory credential) private view returns (uint256) {
        (ICredentialRegistry.Credential memory found,,) = credentials.credentialOf(credential.subject, credential.schema, address(issuer));
        return found.nonce;
    }

    function _id(ICredentialRegistry.Credential memory credential) private view returns (bytes32) {
        bytes32 kind = keccak256(
            "Credential(address issuer,address subject,bytes32 schema,bytes32 dataHash,uint48 validFrom,uint48 validUntil,uint256 nonce)"
        );
        return _digest(keccak256(abi.encode(kind, credential)));
    }

    function _revocation(bytes32 id) private view returns (bytes32) {
        bytes32 kind = keccak256("CredentialRevocation(address issuer,bytes32 credentialId)");
        return _digest(keccak256(abi.encode(kind, issuer, id)));
    }

    function _digest(bytes32 structHash) private view returns (bytes32) {
        return signedDigest("Peculium CredentialRegistry", address(credentials), structHash);
    }

    /// @dev By its key, or by its code.
    function _isSigned(AnySigner signer, bytes32 digest, bytes memory signature) private view returns (bool) {
        return either(isSignedByKey(address(signer), digest, signature), signer.hasSigned(digest, signature));
    }
}
