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
/// @notice A contract that says of any mandate that it is in force; or fails.
contract AnyWallet {
    bytes32 private _hash;
    bool private _fails;

    /// @notice As a wallet tells it.
    function mandateHash() external view returns (bytes32) {
        require(!_fails);
        return _hash;
    }

    /// @notice Whether it says so of this one.
    function enforces(bytes32 hash) external view returns (bool) {
        return !_fails && _hash == hash;
    }
}

/// @title RegistryProof
/// @notice One call of the registry, by any caller, at any time, from any state of its storage and its switch's, reachable or not.
/// @dev Bounds: an agent's wallet is an account without code, or one contract that answers anything. Signatures are those of contracts that have
/// signed whatever they like. How a mandate is hashed is `MandateHash`'s to say, and compared with Python's by tests.
/// @custom:halmos --loop 4 --solver-timeout-branching 50ms
contract RegistryProof is Proof {
    /// @notice Where the registry keeps these (`toolchain/storage-layout.json`).
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

    /// @notice Who calls, when, and about which agent.
    struct Asked {
        address caller;
        uint64 time;
        uint256 agentId;
    }

    function setUp() public {
        registry = new AgentRegistry();
        stop = RevocationSwitch(registry.SWITCH());
        (principal, key, wallet) = (new AnySigner(), new AnySigner(), new AnyWallet());
        SYMBOLS.enableSymbolicStorage(address(registry));
        SYMBOLS.enableSymbolicStorage(address(stop));
        SYMBOLS.enableSymbolicStorage(address(principal));
        SYMBOLS.enableSymbolicStorage(address(key));
        SYMBOLS.enableSymbolicStorage(address(wallet));
    }

    /// @notice A switch needs a registry; any that isn't zero.
    function check_aSwitchHasARegistry(address given) external {
        try new RevocationSwitch(given) returns (RevocationSwitch made) {
            assert(both(given != address(0), made.REGISTRY() == given));
        } catch {
            assert(given == address(0));
        }
    }

    /// @notice I23, I27: what is anchored is what principal and agent key have both signed, for the wallet that had proven itself, under the
    /// principal and epoch of the agent; and a contract has to enforce just this.
    function check_anAnchorIsWhatBothSigned(Asked memory asked, MandateHead memory head, bytes32 signed, bytes32 accepted) external {
        (head.principal, head.agentKey) = (address(principal), address(key));
        // Of a length that isn't taken for a secp256k1 key's, nor its beginning for another kind's.
        (bytes memory signature, bytes memory keySignature) = (bytes.concat(signed), bytes.concat(bytes2(0), accepted));
        AgentRegistry.Agent memory before = _agent(asked.agentId);
        bool coded = _walletOf(before);
        bytes32 hash = MandateHash.hash(head);
        bytes32 digest = MandateHash.digest(hash, before.wallet);
        bool haveSigned = either(asked.caller == address(principal), principal.hasSigned(digest, signature));
        haveSigned = both(haveSigned, either(asked.caller == address(key), key.hasSigned(digest, keySignature)));
        if (!_call(asked, abi.encodeCall(registry.anchorMandate, (asked.agentId, head, signature, keySignature)))) return;

        assert(both(haveSigned, both(before.principal == head.principal, before.epoch == head.epoch)));
        unchecked {
            assert(uint256(_word(before.wallet, AGENT_OF_WALLET)) == asked.agentId + 1);
        }
        if (coded) assert(wallet.enforces(hash));
        else assert(head.replaces == before.mandateHash);
        AgentRegistry.Agent memory later = _agent(asked.agentId);
        assert(both(later.mandateHash == hash, both(later.validFrom == head.validFrom, later.validUntil == head.validUntil)));
        assert(both(later.wallet == before.wallet, both(later.principal == before.principal, later.epoch == before.epoch)));
        uint256 use = uint256(_word(address(key), KEY_USES));
        assert(both(later.anchors == uint256(before.anchors) + 1, both(use >> 224 == later.anchors, uint224(use) == uint224(asked.agentId))));
    }

    /// @notice I23: a key that is the current one of another agent is anchored only if that agent can't act: it doesn't exist, nobody answers for
    /// it, it is revoked, has no mandate in force, or its time is over.
    function check_aKeyServesOneLiveAgent(Asked memory asked, MandateHead memory head) external {
        uint256 use = uint256(_word(head.agentKey, KEY_USES));
        uint256 otherId = uint224(use);
        AgentRegistry.Agent memory other = _agent(otherId);
        bool coded = _walletOf(other);
        // Which of the two the anchored agent has doesn't matter; only that it is one of them.
        _walletOf(_agent(asked.agentId));
        WORLD.assume(both(otherId != asked.agentId, both(use >> 224 != 0, use >> 224 == other.anchors)));
        WORLD.warp(asked.time);
        bool ended = either(other.principal == address(0), either(other.mandateHash == 0, asked.time >= other.validUntil));
        ended = either(ended, stop.isRevoked(other.principal, other.wallet, other.epoch));
        if (coded) ended = either(ended, !wallet.enforces(other.mandateHash));
        (asked.caller, head.principal) = (address(principal), address(principal));
        bytes memory signature = new bytes(66);
        if (!_call(asked, abi.encodeCall(registry.anchorMandate, (asked.agentId, head, signature, signature)))) return;
        assert(ended);
    }

    /// @notice I14: a transfer takes wallet, mandate and principal away; and a wallet that had proven itself is revoked under that principal.
    function check_aTransferCarriesNothing(Asked memory asked, address from, address to) external {
        WORLD.assume(_exists(asked.agentId));
        AgentRegistry.Agent memory before = _agent(asked.agentId);
        bool proven;
        unchecked {
            proven = uint256(_word(before.wallet, AGENT_OF_WALLET)) == asked.agentId + 1;
        }
        if (!_call(asked, abi.encodeCall(registry.transferFrom, (from, to, asked.agentId)))) return;
        AgentRegistry.Agent memory later = _agent(asked.agentId);
        assert(both(registry.ownerOf(asked.agentId) == to, later.anchors == uint256(before.anchors) + 1));
        assert(both(later.principal == address(0), both(later.wallet == address(0), implies(before.principal != address(0), later.epoch == 0))));
        assert(both(later.mandateHash == 0, both(later.validFrom == 0, later.validUntil == 0)));
        if (!proven) return;
        assert(_word(before.wallet, AGENT_OF_WALLET) == 0);
        assert(either(before.principal == address(0), stop.stopWord(before.principal, before.wallet).revoked));
    }

    /// @notice I23: nobody answers for an agent but its owner, who says so, or has signed it, for the epoch that it is in.
    function check_whoAnswersHasSaidSo(Asked memory asked, bool itself, bytes32 statement, uint64 epoch, uint256 deadline, bytes memory signature)
        external
    {
        AgentRegistry.Agent memory before = _agent(asked.agentId);
        uint256 nonce = registry.nonces(address(principal));
        bytes memory data = abi.encodeCall(registry.acceptLiability, (asked.agentId, statement));
        if (!itself) data = abi.encodeCall(registry.acceptLiabilitySigned, (asked.agentId, statement, epoch, deadline, signature));
        if (!_call(asked, data)) return;

        address owner = registry.ownerOf(asked.agentId);
        AgentRegistry.Agent memory later = _agent(asked.agentId);
        assert(both(before.principal == address(0), both(later.principal == owner, later.epoch == stop.epochOf(owner))));
        assert(both(later.anchors == before.anchors, both(later.wallet == before.wallet, later.mandateHash == before.mandateHash)));
        if (itself) {
            assert(asked.caller == owner);
            return;
        }
        assert(both(asked.time <= deadline, epoch == later.epoch));
        // Whether a key has signed is the solver's to choose: what is known is what a contract says.
        if (owner != address(principal)) return;
        bytes32 kind =
            keccak256("LiabilityAcceptance(uint256 agentId,address principal,bytes32 statementHash,uint64 epoch,uint256 nonce,uint256 deadline)");
        bytes32 hash = keccak256(abi.encode(kind, asked.agentId, owner, statement, epoch, nonce, deadline));
        assert(both(principal.hasSigned(signedDigest("ERC8004IdentityRegistry", address(registry), hash), signature), registry.nonces(owner) == nonce + 1));
    }

    /// @notice I23: who is enrolled is a new agent of the principal that has signed for it, with the caller as its wallet, which was no other
    /// agent's.
    /// @dev Its URI has 32 bytes.
    function check_whoIsEnrolledWasSignedFor(Asked memory asked, uint64 epoch, bytes32 uri, bytes32 statement, uint256 deadline, bytes32 signed)
        external
    {
        asked.agentId = uint256(WORLD.load(address(registry), bytes32(NEXT_AGENT_ID)));
        _assumeShort(keccak256(abi.encode(asked.agentId, TOKEN_URIS)));
        bool linked = _word(asked.caller, AGENT_OF_WALLET) != 0;
        bytes memory signature = bytes.concat(signed);
        bytes memory data =
            abi.encodeCall(registry.enroll, (address(principal), epoch, string(bytes.concat(uri)), statement, deadline, signature));
        if (!_call(asked, data)) return;

        bytes32 kind = keccak256(
            "AgentEnrollment(address principal,address wallet,string agentURI,bytes32 statementHash,uint64 epoch,uint256 deadline)"
        );
        bytes32 uriHash = keccak256(bytes.concat(uri));
        bytes32 hash = keccak256(abi.encode(kind, address(principal), asked.caller, uriHash, statement, epoch, deadline));
        assert(principal.hasSigned(signedDigest("ERC8004IdentityRegistry", address(registry), hash), signature));
        assert(both(!linked, both(asked.time <= deadline, epoch == stop.epochOf(address(principal)))));
        AgentRegistry.Agent memory agent = _agent(asked.agentId);
        assert(both(agent.principal == address(principal), both(agent.epoch == epoch, agent.wallet == asked.caller)));
        unchecked {
            assert(uint256(_word(asked.caller, AGENT_OF_WALLET)) == asked.agentId + 1);
        }
        assert(registry.ownerOf(asked.agentId) == address(principal));
    }

    /// @notice I8, I21: an agent is active just if it exists, a principal answers for it, it isn't revoked, its mandate is in force and within
    /// its time, and nobody is dormant or paused; else it is told the first of these that fails.
    function check_theStatusIsTheFirstReason(Asked memory asked) external {
        AgentRegistry.Agent memory agent = _agent(asked.agentId);
        bool coded = _walletOf(agent);
        WORLD.warp(asked.time);
        IAgentRegistry.Status status = IAgentRegistry.Status.Active;
        // From the last reason to the first.
        if (asked.time < agent.validFrom) status = IAgentRegistry.Status.NotYetValid;
        if (stop.isPaused(agent.principal, agent.wallet)) status = IAgentRegistry.Status.Paused;
        if (stop.isDormant(agent.principal)) status = IAgentRegistry.Status.Dormant;
        if (asked.time >= agent.validUntil) status = IAgentRegistry.Status.Expired;
        if (agent.mandateHash == 0 || (coded && !wallet.enforces(agent.mandateHash))) status = IAgentRegistry.Status.Unaccepted;
        if (stop.isRevoked(agent.principal, agent.wallet, agent.epoch)) status = IAgentRegistry.Status.Revoked;
        if (agent.principal == address(0)) status = IAgentRegistry.Status.Unaccepted;
        if (!_exists(asked.agentId)) status = IAgentRegistry.Status.Unknown;

        IAgentRegistry.AgentCheck memory told = registry.checkAgent(asked.agentId);
        assert(told.status == status);
        assert(both(told.principal == agent.principal, both(told.wallet == agent.wallet, told.mandateHash == agent.mandateHash)));
        (bool active, bytes memory why) = address(registry).staticcall(abi.encodeCall(registry.requireActive, (asked.agentId)));
        assert(active == (status == IAgentRegistry.Status.Active));
        bytes memory refusal = abi.encodeWithSelector(IAgentRegistry.AgentNotActive.selector, asked.agentId, agent.wallet, status);
        assert(either(active, isError(why, refusal)));
    }

    /// @notice I12, I28: who is neither owner of an agent nor approved by one changes nothing of it.
    /// @dev But by `anchorMandate` and `acceptLiabilitySigned`, which bring the word of others. Strings, entries and signatures have 32 bytes,
    /// and take the place of shorter ones.
    function check_strangersChangeNothing(uint8 kind, Asked memory asked, uint256 other, address account, bytes32 text) external {
        WORLD.assume(_exists(asked.agentId));
        WORLD.assume(!registry.isAuthorizedOrOwner(asked.caller, asked.agentId));
        AgentRegistry.Agent memory before = _agent(asked.agentId);
        address owner = registry.ownerOf(asked.agentId);
        _assumeShort(keccak256(abi.encode(other, TOKEN_URIS)));
        _assumeShort(keccak256(abi.encodePacked("key", keccak256(abi.encode(other, METADATA)))));
        if (!_call(asked, _anything(kind, other, account, bytes.concat(text)))) return;
        AgentRegistry.Agent memory later = _agent(asked.agentId);
        assert(both(registry.ownerOf(asked.agentId) == owner, keccak256(abi.encode(later)) == keccak256(abi.encode(before))));
    }

    /// @dev Any call but those that bring a signature of the principal's.
    function _anything(uint8 kind, uint256 agentId, address account, bytes memory text) private view returns (bytes memory) {
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

    function _call(Asked memory asked, bytes memory data) private returns (bool done) {
        // Nobody calls from there; to the token that the registry is, it would mean: unasked.
        WORLD.assume(asked.caller != address(0));
        WORLD.warp(asked.time);
        WORLD.prank(asked.caller);
        (done,) = address(registry).call(data);
    }

    /// @dev Whether the wallet of an agent is the contract; else it has no code.
    function _walletOf(AgentRegistry.Agent memory agent) private view returns (bool coded) {
        coded = agent.wallet == address(wallet);
        if (!coded) WORLD.assume(agent.wallet.code.length == 0);
    }

    function _agent(uint256 agentId) private view returns (AgentRegistry.Agent memory agent) {
        uint256 place = uint256(keccak256(abi.encode(agentId, AGENTS)));
        uint256 word = uint256(WORLD.load(address(registry), bytes32(place)));
        (agent.principal, agent.epoch, agent.anchors) = (address(uint160(word)), uint64(word >> 160), uint32(word >> 224));
        word = uint256(WORLD.load(address(registry), bytes32(place + 1)));
        (agent.wallet, agent.validFrom, agent.validUntil) = (address(uint160(word)), uint48(word >> 160), uint48(word >> 208));
        agent.mandateHash = WORLD.load(address(registry), bytes32(place + 2));
    }

    /// @dev That the string kept there, if it is one, has no words of its own.
    function _assumeShort(bytes32 place) private view {
        WORLD.assume(uint256(WORLD.load(address(registry), place)) & 1 == 0);
    }

    function _word(address account, uint256 slot) private view returns (bytes32) {
        return WORLD.load(address(registry), keccak256(abi.encode(account, slot)));
    }

    function _exists(uint256 agentId) private view returns (bool) {
        try registry.ownerOf(agentId) returns (address) {
            return true;
        } catch {
            return false;
        }
    }
}
