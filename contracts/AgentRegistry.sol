// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721URIStorage} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721URIStorage.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {IAgentRegistry} from "./interfaces/IAgentRegistry.sol";
import {MandateHead} from "./interfaces/IMandate.sol";
import {Signers} from "./signatures/Signers.sol";
import {MandateHash} from "./mandate/MandateHash.sol";
import {WalletReports} from "./registry/WalletReports.sol";
import {RevocationSwitch} from "./RevocationSwitch.sol";

/// @title AgentRegistry: Know Your Agent
/// @notice Answers for every agent: who is it, which principal is liable for it, which signed mandate does it
/// act under, and may it act now?
/// @custom:kill Nobody can stop the registry, and it holds no money. A principal stops an agent in the switch,
/// or by transferring or unlinking it here. Wallets pay and principals withdraw without the registry.
contract AgentRegistry is IAgentRegistry, ERC721URIStorage, EIP712, Nonces {
    /// @dev What the registry stores for an agent besides its token; three slots.
    /// 32 bits anchors | 64 bits epoch | 160 bits principal; 48 validUntil | 48 validFrom | 160 wallet; 256
    /// mandateHash
    /// `anchors` counts anchored mandates and unlinkings. It tells which agent key is the current one.
    struct Agent {
        address principal;
        uint64 epoch;
        uint32 anchors;
        address wallet;
        uint48 validFrom;
        uint48 validUntil;
        bytes32 mandateHash;
    }

    /// @dev The agent that a key was anchored for, and that agent's `anchors` then. Zero anchors: none.
    struct KeyUse {
        uint224 agentId;
        uint32 anchors;
    }

    /* CONSTANTS AND IMMUTABLES */

    string private constant WALLET_KEY = "agentWallet";
    uint256 private constant MAX_WALLET_DEADLINE = 5 minutes;

    bytes32 private constant AGENT_WALLET_SET_TYPEHASH =
        keccak256("AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)");
    bytes32 private constant ENROLLMENT_TYPEHASH = keccak256(
        "AgentEnrollment(address principal,address wallet,string agentURI,bytes32 statementHash,uint64 epoch,uint256 deadline)"
    );
    bytes32 private constant ACCEPTANCE_TYPEHASH = keccak256(
        "LiabilityAcceptance(uint256 agentId,address principal,bytes32 statementHash,uint64 epoch,uint256 nonce,uint256 deadline)"
    );

    RevocationSwitch private immutable _switch;

    /* STORAGE */

    uint256 private _nextAgentId;
    mapping(uint256 agentId => Agent) private _agents;
    mapping(uint256 agentId => mapping(string key => bytes value)) private _metadata;
    /// @dev The agentId plus one; zero means none. Contains only wallets that have proven themselves.
    mapping(address wallet => uint256) private _agentOfWallet;
    mapping(address agentKey => KeyUse) private _keyUses;

    constructor() ERC721("Peculium Agent", "AGENT") EIP712("ERC8004IdentityRegistry", "1") {
        // Created here, because registry and switch name each other as immutables.
        _switch = new RevocationSwitch(address(this));
    }

    modifier onlyAuthorized(uint256 agentId) {
        require(isAuthorizedOrOwner(msg.sender, agentId), NotAuthorized(msg.sender, agentId));
        _;
    }

    /* ERC-8004: REGISTRATION */

    /// @inheritdoc IAgentRegistry
    function register() external returns (uint256) {
        return _register(msg.sender, msg.sender, "");
    }

    /// @inheritdoc IAgentRegistry
    function register(string calldata agentURI) external returns (uint256) {
        return _register(msg.sender, msg.sender, agentURI);
    }

    /// @inheritdoc IAgentRegistry
    function register(string calldata agentURI, MetadataEntry[] calldata metadata) external returns (uint256 agentId) {
        agentId = _register(msg.sender, msg.sender, agentURI);
        for (uint256 i = 0; i < metadata.length; ++i) {
            _setMetadata(agentId, metadata[i].metadataKey, metadata[i].metadataValue);
        }
    }

    function _register(address owner, address wallet, string memory agentURI) private returns (uint256 agentId) {
        agentId = _nextAgentId++;
        // Not `_safeMint`: its callback could transfer the agent before the events below announce it.
        _mint(owner, agentId);
        if (bytes(agentURI).length > 0) _setTokenURI(agentId, agentURI);
        emit Registered(agentId, agentURI, owner);
        _setWallet(agentId, wallet);
    }

    /// @inheritdoc IAgentRegistry
    function setAgentURI(uint256 agentId, string calldata newURI) external onlyAuthorized(agentId) {
        _setTokenURI(agentId, newURI);
        emit URIUpdated(agentId, newURI, msg.sender);
    }

    /// @inheritdoc IAgentRegistry
    function getMetadata(uint256 agentId, string calldata metadataKey) external view returns (bytes memory) {
        if (_isWalletKey(metadataKey)) {
            address wallet = _agents[agentId].wallet;
            return wallet == address(0) ? bytes("") : abi.encodePacked(wallet);
        }
        return _metadata[agentId][metadataKey];
    }

    /// @inheritdoc IAgentRegistry
    function setMetadata(uint256 agentId, string calldata metadataKey, bytes calldata metadataValue)
        external
        onlyAuthorized(agentId)
    {
        _setMetadata(agentId, metadataKey, metadataValue);
    }

    function _setMetadata(uint256 agentId, string calldata key, bytes calldata value) private {
        require(!_isWalletKey(key), ReservedKey(key));
        _metadata[agentId][key] = value;
        emit MetadataSet(agentId, key, key, value);
    }

    function _isWalletKey(string calldata key) private pure returns (bool) {
        return keccak256(bytes(key)) == keccak256(bytes(WALLET_KEY));
    }

    /// @inheritdoc IAgentRegistry
    function isAuthorizedOrOwner(address spender, uint256 agentId) public view returns (bool) {
        return _isAuthorized(ownerOf(agentId), spender, agentId);
    }

    /* ERC-8004: WALLET */

    /// @inheritdoc IAgentRegistry
    function setAgentWallet(uint256 agentId, address newWallet, uint256 deadline, bytes calldata signature)
        external
        onlyAuthorized(agentId)
    {
        require(newWallet != address(0), ZeroAddress());
        require(block.timestamp <= deadline, DeadlinePassed(deadline, block.timestamp));
        uint256 latest = block.timestamp + MAX_WALLET_DEADLINE;
        require(deadline <= latest, DeadlineTooFar(deadline, latest));
        bytes32 digest = _hashTypedDataV4(
            keccak256(abi.encode(AGENT_WALLET_SET_TYPEHASH, agentId, newWallet, ownerOf(agentId), deadline))
        );
        require(Signers.hasSigned(newWallet, digest, signature), BadWalletSignature(newWallet, digest));
        _endStaleLink(newWallet);
        _unlinkWallet(agentId);
        _agentOfWallet[newWallet] = agentId + 1;
        _setWallet(agentId, newWallet);
    }

    /// @inheritdoc IAgentRegistry
    function getAgentWallet(uint256 agentId) external view returns (address) {
        return _agents[agentId].wallet;
    }

    /// @inheritdoc IAgentRegistry
    function unsetAgentWallet(uint256 agentId) external onlyAuthorized(agentId) {
        _unlinkWallet(agentId);
        emit MetadataSet(agentId, WALLET_KEY, WALLET_KEY, "");
    }

    function _setWallet(uint256 agentId, address wallet) private {
        _agents[agentId].wallet = wallet;
        emit MetadataSet(agentId, WALLET_KEY, WALLET_KEY, abi.encodePacked(wallet));
    }

    /// @dev Removes wallet and mandate. A wallet that had proven itself is revoked: its authority as this agent
    /// ends with the link (I14). A wallet that was only assumed may be that of other agents too, and isn't
    /// revoked.
    function _unlinkWallet(uint256 agentId) private {
        Agent storage agent = _agents[agentId];
        address wallet = agent.wallet;
        delete agent.wallet;
        delete agent.validFrom;
        delete agent.validUntil;
        delete agent.mandateHash;
        ++agent.anchors;
        if (_agentOfWallet[wallet] != agentId + 1) return;
        delete _agentOfWallet[wallet];
        if (agent.principal != address(0)) _switch.revokeUnlinked(agent.principal, wallet);
    }

    /// @dev A wallet has one agent. If it has left that agent's principal or epoch, which its mandate there can't
    /// survive, its link gives way. The former principal's stop word stays as it is (I28).
    function _endStaleLink(address wallet) private {
        uint256 linked = _agentOfWallet[wallet];
        if (linked == 0) return;
        uint256 agentId = linked - 1;
        Agent storage agent = _agents[agentId];
        require(WalletReports.hasLeft(wallet, agent.principal, agent.epoch), WalletAlreadyLinked(wallet, agentId));
        delete _agentOfWallet[wallet];
        _unlinkWallet(agentId);
        emit MetadataSet(agentId, WALLET_KEY, WALLET_KEY, "");
    }

    /* LIABILITY */

    /// @inheritdoc IAgentRegistry
    function enroll(
        address principal,
        uint64 epoch,
        string calldata agentURI,
        bytes32 statementHash,
        uint256 deadline,
        bytes calldata signature
    ) external returns (uint256 agentId) {
        require(principal != address(0), ZeroAddress());
        _endStaleLink(msg.sender);
        bytes32 structHash = keccak256(
            abi.encode(
                ENROLLMENT_TYPEHASH, principal, msg.sender, keccak256(bytes(agentURI)), statementHash, epoch, deadline
            )
        );
        _requireAcceptance(principal, epoch, deadline, structHash, signature);

        agentId = _register(principal, msg.sender, agentURI);
        _agentOfWallet[msg.sender] = agentId + 1;
        _acceptLiability(agentId, principal, statementHash, epoch);
    }

    /// @inheritdoc IAgentRegistry
    function acceptLiability(uint256 agentId, bytes32 statementHash) external {
        address owner = ownerOf(agentId);
        require(msg.sender == owner, NotOwner(msg.sender, agentId, owner));
        _requireNotAccepted(agentId);
        _acceptLiability(agentId, owner, statementHash, _switch.epochOf(owner));
    }

    /// @inheritdoc IAgentRegistry
    function acceptLiabilitySigned(
        uint256 agentId,
        bytes32 statementHash,
        uint64 epoch,
        uint256 deadline,
        bytes calldata signature
    ) external {
        address owner = ownerOf(agentId);
        _requireNotAccepted(agentId);
        bytes32 structHash = keccak256(
            abi.encode(ACCEPTANCE_TYPEHASH, agentId, owner, statementHash, epoch, _useNonce(owner), deadline)
        );
        _requireAcceptance(owner, epoch, deadline, structHash, signature);
        _acceptLiability(agentId, owner, statementHash, epoch);
    }

    /// @inheritdoc IAgentRegistry
    function principalOf(uint256 agentId) external view returns (address) {
        return _agents[agentId].principal;
    }

    function _requireNotAccepted(uint256 agentId) private view {
        address principal = _agents[agentId].principal;
        require(principal == address(0), LiabilityAlreadyAccepted(agentId, principal));
    }

    function _requireAcceptance(
        address principal,
        uint64 epoch,
        uint256 deadline,
        bytes32 structHash,
        bytes calldata signature
    ) private view {
        require(block.timestamp <= deadline, DeadlinePassed(deadline, block.timestamp));
        uint64 currentEpoch = _switch.epochOf(principal);
        require(epoch == currentEpoch, EpochMismatch(epoch, currentEpoch));
        bytes32 digest = _hashTypedDataV4(structHash);
        require(
            Signers.hasSigned(principal, digest, signature),
            BadAcceptanceSignature(principal, digest)
        );
    }

    function _acceptLiability(uint256 agentId, address principal, bytes32 statementHash, uint64 epoch) private {
        _agents[agentId].principal = principal;
        _agents[agentId].epoch = epoch;
        emit LiabilityAccepted(agentId, principal, statementHash, epoch);
    }

    /// @dev A transfer passes no authority on: wallet, mandate and principal are removed before the token
    /// moves.
    function _update(address to, uint256 agentId, address auth) internal override returns (address) {
        address from = _ownerOf(agentId);
        if (from != address(0)) {
            // Checked here as well as by ERC721, so that a stranger's call changes nothing before it reverts.
            if (auth != address(0)) _checkAuthorized(from, auth, agentId);
            _unlinkWallet(agentId);
            emit MetadataSet(agentId, WALLET_KEY, WALLET_KEY, "");
            address principal = _agents[agentId].principal;
            if (principal != address(0)) {
                delete _agents[agentId].principal;
                delete _agents[agentId].epoch;
                emit LiabilityEnded(agentId, principal);
            }
        }
        return super._update(to, agentId, auth);
    }

    /* MANDATE */

    /// @inheritdoc IAgentRegistry
    function anchorMandate(
        uint256 agentId,
        MandateHead calldata head,
        bytes calldata principalSignature,
        bytes calldata agentSignature
    ) external {
        Agent storage agent = _agents[agentId];
        require(agent.principal != address(0), LiabilityNotAccepted(agentId));
        require(head.principal == agent.principal, PrincipalMismatch(head.principal, agent.principal));
        require(head.epoch == agent.epoch, EpochMismatch(head.epoch, agent.epoch));
        address wallet = agent.wallet;
        require(_agentOfWallet[wallet] == agentId + 1, WalletNotProven(agentId, wallet));

        bytes32 mandateHash = MandateHash.hash(head);
        bytes32 digest = MandateHash.digest(mandateHash, wallet);
        require(
            msg.sender == head.principal
                || Signers.hasSigned(head.principal, digest, principalSignature),
            BadMandateSignature(head.principal, digest)
        );
        require(
            msg.sender == head.agentKey || Signers.hasAgentSigned(head.agentKey, digest, agentSignature),
            BadMandateSignature(head.agentKey, digest)
        );
        if (WalletReports.isContract(wallet)) {
            require(WalletReports.enforces(wallet, mandateHash), MandateNotInForce(wallet, mandateHash));
        } else {
            require(head.round == agent.anchors, RoundEnded(head.round, agent.anchors));
        }
        _requireKeyFree(agentId, head.agentKey);

        _keyUses[head.agentKey] = KeyUse(uint224(agentId), ++agent.anchors);
        agent.validFrom = head.validFrom;
        agent.validUntil = head.validUntil;
        agent.mandateHash = mandateHash;
        emit MandateAnchored(agentId, mandateHash, head.agentKey, head.validFrom, head.validUntil);
    }

    /// @dev One live agent per key (I23). A key is free again when its agent has another key, or can't act any
    /// more.
    function _requireKeyFree(uint256 agentId, address agentKey) private view {
        KeyUse memory use = _keyUses[agentKey];
        if (use.anchors == 0 || use.agentId == agentId) return;
        Agent memory other = _agents[use.agentId];
        if (use.anchors != other.anchors) return;
        require(_statusOf(other) <= Status.Expired, AgentKeyTaken(agentKey, use.agentId));
    }

    /// @inheritdoc IAgentRegistry
    function roundOf(uint256 agentId) external view returns (uint32) {
        return _agents[agentId].anchors;
    }

    /* CHECK */

    /// @inheritdoc IAgentRegistry
    function checkAgent(uint256 agentId) external view returns (AgentCheck memory) {
        return _check(agentId);
    }

    /// @inheritdoc IAgentRegistry
    function checkWallet(address wallet) external view returns (AgentCheck memory) {
        return _checkWallet(wallet);
    }

    /// @inheritdoc IAgentRegistry
    function requireActive(uint256 agentId) external view returns (AgentCheck memory) {
        return _requireActive(_check(agentId));
    }

    /// @inheritdoc IAgentRegistry
    function requireActiveWallet(address wallet) external view returns (AgentCheck memory) {
        return _requireActive(_checkWallet(wallet));
    }

    function _requireActive(AgentCheck memory result) private pure returns (AgentCheck memory) {
        require(
            result.status == Status.Active, AgentNotActive(result.agentId, result.wallet, result.status)
        );
        return result;
    }

    function _checkWallet(address wallet) private view returns (AgentCheck memory result) {
        uint256 linked = _agentOfWallet[wallet];
        if (linked != 0) return _check(linked - 1);
        result.wallet = wallet;
    }

    function _check(uint256 agentId) private view returns (AgentCheck memory) {
        Agent memory agent = _agents[agentId];
        return AgentCheck({
            agentId: agentId,
            principal: agent.principal,
            wallet: agent.wallet,
            mandateHash: agent.mandateHash,
            validFrom: agent.validFrom,
            validUntil: agent.validUntil,
            epoch: agent.epoch,
            status: _ownerOf(agentId) == address(0) ? Status.Unknown : _statusOf(agent)
        });
    }

    function _statusOf(Agent memory agent) private view returns (Status) {
        if (agent.principal == address(0)) return Status.Unaccepted;
        if (_switch.isRevoked(agent.principal, agent.wallet, agent.epoch)) return Status.Revoked;
        if (agent.mandateHash == 0) return Status.Unaccepted;
        if (WalletReports.isContract(agent.wallet) && !WalletReports.enforces(agent.wallet, agent.mandateHash)) return Status.Unaccepted;
        if (block.timestamp >= agent.validUntil) return Status.Expired;
        if (_switch.isDormant(agent.principal)) return Status.Dormant;
        if (_switch.isPaused(agent.principal, agent.wallet)) return Status.Paused;
        if (block.timestamp < agent.validFrom) return Status.NotYetValid;
        return Status.Active;
    }

    /// @inheritdoc IAgentRegistry
    function SWITCH() external view returns (address) {
        return address(_switch);
    }
}
