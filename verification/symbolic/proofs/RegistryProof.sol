// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AgentRegistry} from "../../../contracts/AgentRegistry.sol";
import {RevocationSwitch} from "../../../contracts/RevocationSwitch.sol";
import {IAgentRegistry} from "../../../contracts/interfaces/IAgentRegistry.sol";
import {MandateHead} from "../../../contracts/interfaces/IMandate.sol";
import {MandateHash} from "../../../contracts/mandate/MandateHash.sol";
import {AnySigner} from "./AnySigner.sol";
import {Proof} from "./Proof.sol";

/// @title AnyWallet
/// @notice A contract that reports an arbitrary mandate hash and authority, or reverts.
contract AnyWallet {
    bytes32 private _hash;
    bool private _fails;
    address private _principal;
    uint64 private _epoch;

    /// @notice As a wallet reports it.
    function mandateHash() external view returns (bytes32) {
        require(!_fails);
        return _hash;
    }

    /// @notice As a wallet reports it.
    function authority() external view returns (address, uint64) {
        require(!_fails);
        return (_principal, _epoch);
    }

    /// @notice Whether it reports another principal or epoch than these.
    function hasLeft(address principal, uint64 epoch) external view returns (bool) {
        return !_fails && (_principal != principal || _epoch != epoch);
    }

    /// @notice Whether it reports this one.
    function enforces(bytes32 hash) external view returns (bool) {
        return !_fails && _hash == hash;
    }
}

/// @title RegistryProof
/// @notice One call of the registry, by any caller, at any time, from any state of its storage and of its
/// switch's, reachable or not.
/// @dev Bounds: an agent's wallet is an account without code, or one contract with arbitrary answers.
/// Signatures are those of contracts with arbitrary answers. `MandateHash` is trusted here; tests compare it
/// with the Python package.
/// @custom:halmos --loop 4 --solver-timeout-branching 50ms
contract RegistryProof is Proof {
    /// @notice Slots of the registry (`toolchain/storage-layout.json`).
    uint256 private constant TOKEN_URIS = 6;
    uint256 private constant NEXT_AGENT_ID = 10;
    uint256 private constant AGENTS = 11;
    uint256 private constant METADATA = 12;
    uint256 private constant AGENT_OF_WALLET = 13;
    uint256 private constant KEY_USES = 14;

    AgentRegistry private registry;
    RevocationSwitch private stop;
    AnySigner private principal;
    AnySigner private key;
    AnyWallet private wallet;

    /// @notice Caller, time (unix seconds) and agent.
    struct Case {
        address caller;
        uint64 time;
        uint256 agentId;
    }

    function setUp() public {
        registry = new AgentRegistry();
        stop = RevocationSwitch(registry.SWITCH());
        (principal, key, wallet) = (new AnySigner(), new AnySigner(), new AnyWallet());
        SVM.enableSymbolicStorage(address(registry));
        SVM.enableSymbolicStorage(address(stop));
        SVM.enableSymbolicStorage(address(principal));
        SVM.enableSymbolicStorage(address(key));
        SVM.enableSymbolicStorage(address(wallet));
    }

    /// @notice A switch requires a registry that isn't zero.
    function check_switchRequiresRegistry(address given) external {
        try new RevocationSwitch(given) returns (RevocationSwitch made) {
            assert(both(given != address(0), made.REGISTRY() == given));
        } catch {
            assert(given == address(0));
        }
    }

    /// @notice I23, I27: an anchored mandate is signed by principal and agent key, for the wallet that had
    /// proven itself, under the principal and epoch of the agent; and a contract wallet reports it as in force.
    function check_anchoredMandateIsSignedByBoth(Case memory input, MandateHead memory head, bytes32 signed, bytes32 accepted) external {
        (head.principal, head.agentKey) = (address(principal), address(key));
        // Neither 65 bytes, like a secp256k1 signature, nor with the prefix of an ERC-7913 signer.
        (bytes memory signature, bytes memory keySignature) = (bytes.concat(signed), bytes.concat(bytes2(0), accepted));
        AgentRegistry.Agent memory before = _agent(input.agentId);
        bool coded = _walletOf(before);
        bytes32 hash = MandateHash.hash(head);
        bytes32 digest = MandateHash.digest(hash, before.wallet);
        bool haveSigned = either(input.caller == address(principal), _isSigned(principal, digest, signature));
        haveSigned = both(haveSigned, either(input.caller == address(key), _isSigned(key, digest, keySignature)));
        if (!_call(input, abi.encodeCall(registry.anchorMandate, (input.agentId, head, signature, keySignature)))) return;

        assert(both(haveSigned, both(before.principal == head.principal, before.epoch == head.epoch)));
        unchecked {
            assert(uint256(_word(before.wallet, AGENT_OF_WALLET)) == input.agentId + 1);
        }
        if (coded) assert(wallet.enforces(hash));
        else assert(head.round == before.anchors);
        AgentRegistry.Agent memory later = _agent(input.agentId);
        assert(both(later.mandateHash == hash, both(later.validFrom == head.validFrom, later.validUntil == head.validUntil)));
        assert(both(later.wallet == before.wallet, both(later.principal == before.principal, later.epoch == before.epoch)));
        uint256 use = uint256(_word(address(key), KEY_USES));
        assert(both(later.anchors == uint256(before.anchors) + 1, both(use >> 224 == later.anchors, uint224(use) == uint224(input.agentId))));
    }

    /// @notice I23: a key that is the current one of another agent is anchored only if that agent can't act: it
    /// has no principal, is revoked, has no mandate in force, or its mandate has ended.
    function check_keyServesOneLiveAgent(Case memory input, MandateHead memory head) external {
        uint256 use = uint256(_word(head.agentKey, KEY_USES));
        uint256 otherId = uint224(use);
        AgentRegistry.Agent memory other = _agent(otherId);
        bool coded = _walletOf(other);
        // Assumes that the anchored agent's wallet is one of the two; which one doesn't matter.
        _walletOf(_agent(input.agentId));
        VM.assume(both(otherId != input.agentId, both(use >> 224 != 0, use >> 224 == other.anchors)));
        VM.warp(input.time);
        bool ended = either(other.principal == address(0), either(other.mandateHash == 0, input.time >= other.validUntil));
        ended = either(ended, stop.isRevoked(other.principal, other.wallet, other.epoch));
        if (coded) ended = either(ended, !wallet.enforces(other.mandateHash));
        (input.caller, head.principal) = (address(principal), address(principal));
        bytes memory signature = new bytes(66);
        if (!_call(input, abi.encodeCall(registry.anchorMandate, (input.agentId, head, signature, signature)))) return;
        assert(ended);
    }

    /// @notice I14: a transfer removes wallet, mandate and principal; and a wallet that had proven itself is
    /// revoked under that principal.
    function check_transferRemovesAuthority(Case memory input, address from, address to) external {
        VM.assume(_exists(input.agentId));
        AgentRegistry.Agent memory before = _agent(input.agentId);
        bool proven;
        unchecked {
            proven = uint256(_word(before.wallet, AGENT_OF_WALLET)) == input.agentId + 1;
        }
        if (!_call(input, abi.encodeCall(registry.transferFrom, (from, to, input.agentId)))) return;
        AgentRegistry.Agent memory later = _agent(input.agentId);
        assert(both(registry.ownerOf(input.agentId) == to, later.anchors == uint256(before.anchors) + 1));
        assert(both(later.principal == address(0), both(later.wallet == address(0), implies(before.principal != address(0), later.epoch == 0))));
        assert(both(later.mandateHash == 0, both(later.validFrom == 0, later.validUntil == 0)));
        if (!proven) return;
        assert(_word(before.wallet, AGENT_OF_WALLET) == 0);
        assert(either(before.principal == address(0), stop.stopWord(before.principal, before.wallet).revoked));
    }

    /// @notice I23: only an agent's owner becomes liable for it, by its own call or signature, in the owner's
    /// current epoch.
    function check_liabilityIsAcceptedByOwner(Case memory input, bool itself, bytes32 statement, uint64 epoch, uint256 deadline, bytes memory signature)
        external
    {
        AgentRegistry.Agent memory before = _agent(input.agentId);
        uint256 nonce = registry.nonces(address(principal));
        bytes memory data = abi.encodeCall(registry.acceptLiability, (input.agentId, statement));
        if (!itself) data = abi.encodeCall(registry.acceptLiabilitySigned, (input.agentId, statement, epoch, deadline, signature));
        if (!_call(input, data)) return;

        address owner = registry.ownerOf(input.agentId);
        AgentRegistry.Agent memory later = _agent(input.agentId);
        assert(both(before.principal == address(0), both(later.principal == owner, later.epoch == stop.epochOf(owner))));
        assert(both(later.anchors == before.anchors, both(later.wallet == before.wallet, later.mandateHash == before.mandateHash)));
        if (itself) {
            assert(input.caller == owner);
            return;
        }
        assert(both(input.time <= deadline, epoch == later.epoch));
        // The solver chooses whether a key has signed; only a contract's answer is known.
        if (owner != address(principal)) return;
        bytes32 kind =
            keccak256("LiabilityAcceptance(uint256 agentId,address principal,bytes32 statementHash,uint64 epoch,uint256 nonce,uint256 deadline)");
        bytes32 hash = keccak256(abi.encode(kind, input.agentId, owner, statement, epoch, nonce, deadline));
        bytes32 digest = signedDigest("ERC8004IdentityRegistry", address(registry), hash);
        assert(both(_isSigned(principal, digest, signature), registry.nonces(owner) == nonce + 1));
    }

    /// @notice I23, I28: enrolling creates a new agent of the principal that signed for it, with the caller as its
    /// wallet. Another agent had it only if the caller reports that it has left that agent's principal or epoch; and
    /// that principal's stop word stays as it is.
    /// @dev Its URI has 32 bytes.
    function check_enrollmentIsSignedByPrincipal(Case memory input, uint64 epoch, bytes32 uri, bytes32 statement, uint256 deadline, bytes32 signed)
        external
    {
        input.agentId = uint256(VM.load(address(registry), bytes32(NEXT_AGENT_ID)));
        _assumeShort(keccak256(abi.encode(input.agentId, TOKEN_URIS)));
        uint256 linked = uint256(_word(input.caller, AGENT_OF_WALLET));
        AgentRegistry.Agent memory former;
        unchecked {
            former = _agent(linked - 1);
        }
        bool left = both(input.caller == address(wallet), wallet.hasLeft(former.principal, former.epoch));
        bytes32 stopped = keccak256(abi.encode(stop.stopWord(former.principal, input.caller)));
        bytes memory signature = bytes.concat(signed);
        bytes memory data =
            abi.encodeCall(registry.enroll, (address(principal), epoch, string(bytes.concat(uri)), statement, deadline, signature));
        if (!_call(input, data)) return;

        bytes32 kind = keccak256(
            "AgentEnrollment(address principal,address wallet,string agentURI,bytes32 statementHash,uint64 epoch,uint256 deadline)"
        );
        bytes32 uriHash = keccak256(bytes.concat(uri));
        bytes32 hash = keccak256(abi.encode(kind, address(principal), input.caller, uriHash, statement, epoch, deadline));
        assert(_isSigned(principal, signedDigest("ERC8004IdentityRegistry", address(registry), hash), signature));
        assert(both(either(linked == 0, left), both(input.time <= deadline, epoch == stop.epochOf(address(principal)))));
        assert(keccak256(abi.encode(stop.stopWord(former.principal, input.caller))) == stopped);
        AgentRegistry.Agent memory agent = _agent(input.agentId);
        assert(both(agent.principal == address(principal), both(agent.epoch == epoch, agent.wallet == input.caller)));
        unchecked {
            assert(uint256(_word(input.caller, AGENT_OF_WALLET)) == input.agentId + 1);
        }
        assert(registry.ownerOf(input.agentId) == address(principal));
    }

    /// @notice I8, I21: an agent is active if and only if it exists, has a principal, isn't revoked, its
    /// mandate is in force and valid now, and neither dormant nor paused. Else the status is the first of these
    /// that fails.
    function check_statusIsFirstReason(Case memory input) external {
        AgentRegistry.Agent memory agent = _agent(input.agentId);
        bool coded = _walletOf(agent);
        VM.warp(input.time);
        IAgentRegistry.Status status = IAgentRegistry.Status.Active;
        // From the last reason to the first.
        if (input.time < agent.validFrom) status = IAgentRegistry.Status.NotYetValid;
        if (stop.isPaused(agent.principal, agent.wallet)) status = IAgentRegistry.Status.Paused;
        if (stop.isDormant(agent.principal)) status = IAgentRegistry.Status.Dormant;
        if (input.time >= agent.validUntil) status = IAgentRegistry.Status.Expired;
        if (agent.mandateHash == 0 || (coded && !wallet.enforces(agent.mandateHash))) status = IAgentRegistry.Status.Unaccepted;
        if (stop.isRevoked(agent.principal, agent.wallet, agent.epoch)) status = IAgentRegistry.Status.Revoked;
        if (agent.principal == address(0)) status = IAgentRegistry.Status.Unaccepted;
        if (!_exists(input.agentId)) status = IAgentRegistry.Status.Unknown;

        IAgentRegistry.AgentCheck memory check = registry.checkAgent(input.agentId);
        assert(check.status == status);
        assert(both(check.principal == agent.principal, both(check.wallet == agent.wallet, check.mandateHash == agent.mandateHash)));
        (bool active, bytes memory result) = address(registry).staticcall(abi.encodeCall(registry.requireActive, (input.agentId)));
        assert(active == (status == IAgentRegistry.Status.Active));
        bytes memory expectedError = abi.encodeWithSelector(IAgentRegistry.AgentNotActive.selector, input.agentId, agent.wallet, status);
        assert(either(active, isError(result, expectedError)));
    }

    /// @notice I12, I28: a caller that is neither owner nor approved changes nothing of an agent.
    /// @dev Except with `anchorMandate` and `acceptLiabilitySigned`, which submit signatures of others.
    /// Strings, entries and signatures have 32 bytes, and replace shorter ones.
    function check_strangersChangeNothing(uint8 kind, Case memory input, uint256 other, address account, bytes32 text) external {
        VM.assume(_exists(input.agentId));
        VM.assume(!registry.isAuthorizedOrOwner(input.caller, input.agentId));
        AgentRegistry.Agent memory before = _agent(input.agentId);
        address owner = registry.ownerOf(input.agentId);
        _assumeShort(keccak256(abi.encode(other, TOKEN_URIS)));
        _assumeShort(keccak256(abi.encodePacked("key", keccak256(abi.encode(other, METADATA)))));
        if (!_call(input, _anyCall(kind, other, account, bytes.concat(text)))) return;
        AgentRegistry.Agent memory later = _agent(input.agentId);
        assert(both(registry.ownerOf(input.agentId) == owner, keccak256(abi.encode(later)) == keccak256(abi.encode(before))));
    }

    /// @dev Any call except those that submit a signature of the principal.
    function _anyCall(uint8 kind, uint256 agentId, address account, bytes memory text) private view returns (bytes memory) {
        if (kind == 0) return abi.encodeCall(registry.setAgentURI, (agentId, string(text)));
        if (kind == 1) return abi.encodeCall(registry.setMetadata, (agentId, "key", text));
        if (kind == 2) return abi.encodeCall(registry.setAgentWallet, (agentId, account, block.timestamp, text));
        if (kind == 3) return abi.encodeCall(registry.unsetAgentWallet, (agentId));
        if (kind == 4) return abi.encodeCall(registry.acceptLiability, (agentId, bytes32(0)));
        if (kind == 5) return abi.encodeCall(registry.transferFrom, (registry.ownerOf(agentId), account, agentId));
        if (kind == 6) return abi.encodeCall(registry.approve, (account, agentId));
        if (kind == 7) return abi.encodeCall(registry.setApprovalForAll, (account, true));
        return abi.encodeWithSignature("register()");
    }

    function _call(Case memory input, bytes memory data) private returns (bool done) {
        // Nobody can call from zero, and ERC-721 takes zero for a call without authorization check.
        VM.assume(input.caller != address(0));
        VM.warp(input.time);
        VM.prank(input.caller);
        (done,) = address(registry).call(data);
    }

    /// @dev Whether the wallet of an agent is the contract; else it has no code.
    function _walletOf(AgentRegistry.Agent memory agent) private view returns (bool coded) {
        coded = agent.wallet == address(wallet);
        if (!coded) VM.assume(agent.wallet.code.length == 0);
    }

    function _agent(uint256 agentId) private view returns (AgentRegistry.Agent memory agent) {
        uint256 place = uint256(keccak256(abi.encode(agentId, AGENTS)));
        uint256 word = uint256(VM.load(address(registry), bytes32(place)));
        (agent.principal, agent.epoch, agent.anchors) = (address(uint160(word)), uint64(word >> 160), uint32(word >> 224));
        word = uint256(VM.load(address(registry), bytes32(place + 1)));
        (agent.wallet, agent.validFrom, agent.validUntil) = (address(uint160(word)), uint48(word >> 160), uint48(word >> 208));
        agent.mandateHash = VM.load(address(registry), bytes32(place + 2));
    }

    /// @dev Assumes that the string stored there, if any, fits into its slot.
    function _assumeShort(bytes32 place) private view {
        VM.assume(uint256(VM.load(address(registry), place)) & 1 == 0);
    }

    function _word(address account, uint256 slot) private view returns (bytes32) {
        return VM.load(address(registry), keccak256(abi.encode(account, slot)));
    }

    function _exists(uint256 agentId) private view returns (bool) {
        try registry.ownerOf(agentId) returns (address) {
            return true;
        } catch {
            return false;
        }
    }

    /// @dev By its key, or by its code.
    function _isSigned(AnySigner signer, bytes32 digest, bytes memory signature) private view returns (bool) {
        return either(isSignedByKey(address(signer), digest, signature), signer.hasSigned(digest, signature));
    }
}
