// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MandateHead} from "./IMandate.sol";

/// @title AgentRegistry: Know Your Agent
/// @notice Who is this agent, which principal answers for it, under which signed mandate does it act, is it live?
///
/// It is an ERC-8004 Identity Registry that nobody can change or stop: an agent is an ERC-721 token, numbered from zero, with
/// a registration file, metadata and an `agentWallet`. On top of it lies what a counterparty has to know:
/// - The *principal* has accepted liability for the agent expressly, by its own transaction or signature. Owning the token
///   is not enough, and a transfer carries nothing over: it ends the old principal's liability, and revokes the wallet.
/// - The *mandate* is anchored: principal and agent key have both signed it, and the wallet says that it enforces just that.
/// - `checkAgent` and `checkWallet` answer it all in one call, computed when asked; nothing is cached.
///
/// Who may do what: the token's owner and its ERC-721 operators keep the registration file and may link or unlink a wallet;
/// only the principal accepts liability and signs mandates, so nothing that an operator does makes an agent `Active`.
/// @dev Warning: a wallet that is no contract (a bare key) enforces nothing; its mandate is a promise. A wallet that is some
/// other contract can claim any mandate hash: whether it is a Peculium wallet, ask the factory's `isWallet`.
interface IAgentRegistry {
    /// @notice What an agent is, from worst known to best.
    /// - Unknown: no such agent, or the wallet is nobody's.
    /// - Unaccepted: no principal answers for it, or the mandate that both signed isn't the one its wallet enforces.
    /// - Revoked: stopped for ever.
    /// - Expired: its mandate has ended.
    /// - Dormant: its principal missed a heartbeat.
    /// - Paused: stopped for a while.
    /// - NotYetValid: its mandate has not begun.
    /// - Active: it may act.
    enum Status {
        Unknown,
        Unaccepted,
        Revoked,
        Expired,
        Dormant,
        Paused,
        NotYetValid,
        Active
    }

    /// @notice The answer of a check. What isn't known is zero.
    /// @param agentId The agent; meaningless if the status is Unknown.
    /// @param principal Who answers for it.
    /// @param wallet The address it acts with.
    /// @param mandateHash The EIP-712 struct hash of its mandate.
    /// @param validFrom When the mandate begins (unix seconds, inclusive).
    /// @param validUntil When the mandate ends (unix seconds, exclusive).
    /// @param status Whether it may act now.
    struct AgentCheck {
        uint256 agentId;
        address principal;
        address wallet;
        bytes32 mandateHash;
        uint48 validFrom;
        uint48 validUntil;
        Status status;
    }

    /// @notice A key and a value of an agent's metadata (ERC-8004).
    struct MetadataEntry {
        string metadataKey;
        bytes metadataValue;
    }

    /* ERRORS */

    /// @notice Thrown when the caller is neither the agent's owner nor approved by it.
    error NotAuthorized(address caller, uint256 agentId);
    /// @notice Thrown when the caller isn't the owner of the agent.
    error NotOwner(address caller, uint256 agentId, address owner);
    /// @notice Thrown when metadata is to be set under a key that the registry keeps itself.
    error ReservedKey(string metadataKey);
    /// @notice Thrown when an address that must be someone is zero.
    error ZeroAddress();
    /// @notice Thrown when a signature comes after its deadline (unix seconds, the deadline itself is in time).
    error DeadlinePassed(uint256 deadline, uint256 timestamp);
    /// @notice Thrown when a wallet's proof has a deadline too far ahead (unix seconds).
    error DeadlineTooFar(uint256 deadline, uint256 latest);
    /// @notice Thrown when a wallet hasn't signed that it is this agent's.
    error BadWalletSignature(address wallet, bytes32 digest);
    /// @notice Thrown when a wallet is linked to an agent already.
    error WalletAlreadyLinked(address wallet, uint256 agentId);
    /// @notice Thrown when an agent's wallet is unset, or was only assumed at registration and has never proven itself.
    error WalletNotProven(uint256 agentId, address wallet);
    /// @notice Thrown when a principal's signature of its liability doesn't fit.
    error BadAcceptanceSignature(address principal, bytes32 digest);
    /// @notice Thrown when the principal has accepted already. What it revoked can't be revived by accepting again.
    error LiabilityAlreadyAccepted(uint256 agentId, address principal);
    /// @notice Thrown when nobody has accepted liability for the agent.
    error LiabilityNotAccepted(uint256 agentId);
    /// @notice Thrown when a mandate's principal isn't the agent's.
    error PrincipalMismatch(address given, address expected);
    /// @notice Thrown when a signature or mandate names another epoch of the principal than it has to.
    error EpochMismatch(uint64 given, uint64 expected);
    /// @notice Thrown when principal or agent key have not signed the mandate.
    error BadMandateSignature(address signer, bytes32 digest);
    /// @notice Thrown when the agent's wallet, a contract, doesn't say that it enforces this mandate.
    error MandateNotInForce(address wallet, bytes32 mandateHash);
    /// @notice Thrown when a mandate of a bare key doesn't replace the one anchored before.
    error ReplacesMismatch(bytes32 given, bytes32 expected);
    /// @notice Thrown when the agent key acts for another live agent.
    error AgentKeyTaken(address agentKey, uint256 agentId);
    /// @notice Thrown by the reverting checks when the agent may not act now.
    error AgentNotActive(uint256 agentId, address wallet, Status status);

    /* EVENTS */

    /// @notice Emitted when an agent is registered (ERC-8004), after its ERC-721 `Transfer`.
    event Registered(uint256 indexed agentId, string agentURI, address indexed owner);
    /// @notice Emitted when metadata is set (ERC-8004); an empty value under "agentWallet" unlinks the wallet.
    event MetadataSet(
        uint256 indexed agentId, string indexed indexedMetadataKey, string metadataKey, bytes metadataValue
    );
    /// @notice Emitted when the registration file moves (ERC-8004).
    event URIUpdated(uint256 indexed agentId, string newURI, address indexed updatedBy);
    /// @notice Emitted when a principal accepts liability, for the statement with this hash, in this epoch of its agents.
    event LiabilityAccepted(
        uint256 indexed agentId, address indexed principal, bytes32 indexed statementHash, uint64 epoch
    );
    /// @notice Emitted when the agent is transferred: the principal doesn't answer for what it does from now on.
    event LiabilityEnded(uint256 indexed agentId, address indexed principal);
    /// @notice Emitted when a mandate, signed by both sides, is anchored.
    event MandateAnchored(
        uint256 indexed agentId,
        bytes32 indexed mandateHash,
        address indexed agentKey,
        uint48 validFrom,
        uint48 validUntil
    );

    /* ERC-8004: REGISTRATION */

    /// @notice Registers an agent of the caller's; its wallet is assumed to be the caller until one proves itself.
    function register() external returns (uint256 agentId);

    /// @notice Registers an agent of the caller's with a registration file.
    function register(string calldata agentURI) external returns (uint256 agentId);

    /// @notice Registers an agent of the caller's with a registration file and metadata.
    function register(string calldata agentURI, MetadataEntry[] calldata metadata) external returns (uint256 agentId);

    /// @notice Moves the registration file.
    /// @dev Caller: owner, operator, or approved.
    function setAgentURI(uint256 agentId, string calldata newURI) external;

    /// @notice The value of a metadata key; empty if unset. Under "agentWallet": the 20 bytes of the wallet.
    function getMetadata(uint256 agentId, string calldata metadataKey) external view returns (bytes memory);

    /// @notice Sets the value of a metadata key; "agentWallet" is reserved.
    /// @dev Caller: owner, operator, or approved.
    function setMetadata(uint256 agentId, string calldata metadataKey, bytes calldata metadataValue) external;

    /// @notice Links a wallet that has signed the EIP-712 `AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256
    /// deadline)`, by key or by ERC-1271. The wallet linked before is unlinked, and revoked.
    /// @dev Caller: owner, operator, or approved.
    /// @param deadline At most five minutes ahead (unix seconds, inclusive).
    function setAgentWallet(uint256 agentId, address newWallet, uint256 deadline, bytes calldata signature) external;

    /// @notice The agent's wallet, or zero.
    function getAgentWallet(uint256 agentId) external view returns (address);

    /// @notice Unlinks the agent's wallet; one that had proven itself is revoked.
    /// @dev Caller: owner, operator, or approved.
    function unsetAgentWallet(uint256 agentId) external;

    /// @notice Whether `spender` is the agent's owner, its operator, or approved. Reverts for an unknown agent.
    function isAuthorizedOrOwner(address spender, uint256 agentId) external view returns (bool);

    /* LIABILITY */

    /// @notice Registers an agent for `principal` with the caller as its wallet, and the principal's signed acceptance.
    /// @dev Caller: the wallet. Its being the caller is its proof. The signature is of the EIP-712 `AgentEnrollment(address
    /// principal,address wallet,string agentURI,bytes32 statementHash,uint64 epoch,uint256 deadline)`. It needs no nonce: a
    /// wallet is linked once, and unlinking it revokes it for ever.
    /// @param epoch The principal's epoch in the switch; the current one.
    /// @param statementHash keccak256 of the human-readable statement of liability.
    /// @param deadline Unix seconds, inclusive.
    function enroll(
        address principal,
        uint64 epoch,
        string calldata agentURI,
        bytes32 statementHash,
        uint256 deadline,
        bytes calldata signature
    ) external returns (uint256 agentId);

    /// @notice The caller, owner of the agent, accepts liability for it under a statement, and becomes its principal.
    /// @param statementHash keccak256 of the human-readable statement.
    function acceptLiability(uint256 agentId, bytes32 statementHash) external;

    /// @notice The same by the owner's signature of the EIP-712 `LiabilityAcceptance(uint256 agentId,address principal,bytes32
    /// statementHash,uint64 epoch,uint256 nonce,uint256 deadline)`; anyone may submit it.
    /// @dev The nonce is the owner's `nonces`.
    function acceptLiabilitySigned(
        uint256 agentId,
        bytes32 statementHash,
        uint64 epoch,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice The principal of an agent, or zero.
    function principalOf(uint256 agentId) external view returns (address);

    /* MANDATE */

    /// @notice Anchors a mandate that principal and agent key have signed, each in the EIP-712 domain of the agent's wallet.
    /// A signature isn't needed from whoever is the caller.
    /// @dev Caller: anyone. A contract wallet must say, now, that this is the mandate in force; a bare key's must replace the
    /// one anchored before. So an old mandate can't be put back.
    /// @param head The mandate, its budgets and terms by their hashes.
    function anchorMandate(
        uint256 agentId,
        MandateHead calldata head,
        bytes calldata principalSignature,
        bytes calldata agentSignature
    ) external;

    /* CHECK */

    /// @notice All that a counterparty has to know of an agent, in one call.
    function checkAgent(uint256 agentId) external view returns (AgentCheck memory);

    /// @notice The same for a wallet that has proven itself; a wallet that was only assumed at registration is Unknown.
    function checkWallet(address wallet) external view returns (AgentCheck memory);

    /// @notice `checkAgent` for use in other contracts: reverts with AgentNotActive unless the agent is Active.
    function requireActive(uint256 agentId) external view returns (AgentCheck memory);

    /// @notice `checkWallet` for use in other contracts: reverts with AgentNotActive unless the agent is Active.
    function requireActiveWallet(address wallet) external view returns (AgentCheck memory);

    /// @notice The revocation switch, created with the registry.
    function SWITCH() external view returns (address);
}
