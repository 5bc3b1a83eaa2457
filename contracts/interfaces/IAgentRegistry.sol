// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MandateHead} from "./IMandate.sol";

/// @title AgentRegistry: Know Your Agent
/// @notice Answers for every agent: who is it, which principal is liable for it, which signed mandate does it
/// act under, and may it act now?
///
/// An ERC-8004 Identity Registry without owner, upgrade or pause. An agent is an ERC-721 token, numbered from
/// zero, with a registration file, metadata and an `agentWallet`. It adds what a counterparty needs to know:
/// - The *principal* has accepted liability for the agent expressly, by its own transaction or signature.
///   Owning the token is not enough. A transfer ends the old principal's liability, revokes the wallet, and
///   passes no authority on.
/// - The *mandate* is anchored: principal and agent key have both signed it, and the wallet reports it as the
///   one in force.
/// - `checkAgent` and `checkWallet` return everything in one call, computed on each call; nothing is cached.
///
/// Roles: the token's owner and its ERC-721 operators maintain the registration file and may link or unlink a
/// wallet. Only the principal accepts liability and signs mandates, so nothing that an operator does makes an
/// agent `Active`.
/// @dev Warning: a wallet that is a key, with a delegation (EIP-7702) or without, enforces nothing: a *bare key*. Its
/// mandate is a promise. A wallet that
/// is some other contract can claim any mandate hash; the factory's `isWallet` tells whether it is a Peculium
/// wallet.
interface IAgentRegistry {
    /// @notice State of an agent, from worst to best. A revoked agent that has a principal is Revoked even if
    /// its mandate is missing or not in force.
    /// - Unknown: no such agent, or the wallet is linked to no agent.
    /// - Unaccepted: no principal is liable for it, no mandate is anchored, or its contract wallet enforces
    ///   another mandate.
    /// - Revoked: stopped forever.
    /// - Expired: its mandate has ended.
    /// - Dormant: its principal missed a heartbeat.
    /// - Paused: stopped, alone or with all agents of its principal; the principal can unpause it.
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

    /// @notice Result of a check. Unknown values are zero.
    /// @param agentId Id of the agent; meaningless if the status is Unknown.
    /// @param principal Principal that is liable for it.
    /// @param wallet Address that it acts with.
    /// @param mandateHash EIP-712 struct hash of its mandate.
    /// @param validFrom Start of the mandate (unix seconds, inclusive).
    /// @param validUntil End of the mandate (unix seconds, exclusive).
    /// @param epoch The principal's epoch in which liability was accepted.
    /// @param status Whether it may act now, or why not.
    struct AgentCheck {
        uint256 agentId;
        address principal;
        address wallet;
        bytes32 mandateHash;
        uint48 validFrom;
        uint48 validUntil;
        uint64 epoch;
        Status status;
    }

    /// @notice Key and value of an agent's metadata (ERC-8004).
    struct MetadataEntry {
        string metadataKey;
        bytes metadataValue;
    }

    /* ERRORS */

    /// @notice Thrown when the caller is neither the agent's owner nor approved by it.
    error NotAuthorized(address caller, uint256 agentId);
    /// @notice Thrown when the caller isn't the owner of the agent.
    error NotOwner(address caller, uint256 agentId, address owner);
    /// @notice Thrown when metadata is set under a key that the registry maintains itself.
    error ReservedKey(string metadataKey);
    /// @notice Thrown when an address is zero that must not be.
    error ZeroAddress();
    /// @notice Thrown when a signature is submitted after its deadline (unix seconds, inclusive).
    error DeadlinePassed(uint256 deadline, uint256 timestamp);
    /// @notice Thrown when the deadline of a wallet's proof is later than `latest` (unix seconds).
    error DeadlineTooFar(uint256 deadline, uint256 latest);
    /// @notice Thrown when the signature isn't the wallet's over this digest.
    error BadWalletSignature(address wallet, bytes32 digest);
    /// @notice Thrown when the wallet is already linked to an agent, whose principal and epoch it still reports.
    error WalletAlreadyLinked(address wallet, uint256 agentId);
    /// @notice Thrown when the agent's wallet is unset, or was assumed at registration and has never proven
    /// itself.
    error WalletNotProven(uint256 agentId, address wallet);
    /// @notice Thrown when the acceptance of liability isn't signed by the principal.
    error BadAcceptanceSignature(address principal, bytes32 digest);
    /// @notice Thrown when a principal has accepted already. Accepting again can't undo a revocation.
    error LiabilityAlreadyAccepted(uint256 agentId, address principal);
    /// @notice Thrown when nobody has accepted liability for the agent.
    error LiabilityNotAccepted(uint256 agentId);
    /// @notice Thrown when a mandate names another principal than the agent's.
    error PrincipalMismatch(address given, address expected);
    /// @notice Thrown when a signature or mandate names another epoch than the one required.
    error EpochMismatch(uint64 given, uint64 expected);
    /// @notice Thrown when the principal's or the agent key's signature of the mandate is missing or wrong.
    error BadMandateSignature(address signer, bytes32 digest);
    /// @notice Thrown when the agent's contract wallet doesn't report this mandate as the one in force.
    error MandateNotInForce(address wallet, bytes32 mandateHash);
    /// @notice Thrown when the mandate of a bare key names another round than the agent's.
    error RoundEnded(uint32 given, uint32 expected);
    /// @notice Thrown when the agent key acts for another live agent.
    error AgentKeyTaken(address agentKey, uint256 agentId);
    /// @notice Thrown by the reverting checks when the agent may not act now.
    error AgentNotActive(uint256 agentId, address wallet, Status status);

    /* EVENTS */

    /// @notice Emitted when an agent is registered (ERC-8004), after its ERC-721 `Transfer`.
    event Registered(uint256 indexed agentId, string agentURI, address indexed owner);
    /// @notice Emitted when metadata is set (ERC-8004). An empty value under "agentWallet" means that the
    /// wallet was unlinked.
    event MetadataSet(
        uint256 indexed agentId, string indexed indexedMetadataKey, string metadataKey, bytes metadataValue
    );
    /// @notice Emitted when the URI of the registration file changes (ERC-8004).
    event URIUpdated(uint256 indexed agentId, string newURI, address indexed updatedBy);
    /// @notice Emitted when a principal accepts liability under the statement with this hash, in this epoch.
    event LiabilityAccepted(
        uint256 indexed agentId, address indexed principal, bytes32 indexed statementHash, uint64 epoch
    );
    /// @notice Emitted when a transfer ends the principal's liability for what the agent does from now on.
    event LiabilityEnded(uint256 indexed agentId, address indexed principal);
    /// @notice Emitted when a mandate signed by both sides is anchored.
    /// @param validFrom Start of the mandate (unix seconds, inclusive).
    /// @param validUntil End of the mandate (unix seconds, exclusive).
    event MandateAnchored(
        uint256 indexed agentId,
        bytes32 indexed mandateHash,
        address indexed agentKey,
        uint48 validFrom,
        uint48 validUntil
    );

    /* ERC-8004: REGISTRATION */

    /// @notice Registers an agent owned by the caller. The caller is assumed to be its wallet until a wallet
    /// proves itself.
    function register() external returns (uint256 agentId);

    /// @notice Registers an agent owned by the caller, with the URI of its registration file.
    function register(string calldata agentURI) external returns (uint256 agentId);

    /// @notice Registers an agent owned by the caller, with the URI of its registration file and metadata.
    /// @dev Reverts with ReservedKey if a key is "agentWallet".
    function register(string calldata agentURI, MetadataEntry[] calldata metadata) external returns (uint256 agentId);

    /// @notice Sets the URI of the registration file.
    /// @dev Caller: owner, operator or approved; else reverts with NotAuthorized.
    function setAgentURI(uint256 agentId, string calldata newURI) external;

    /// @notice Returns the value of a metadata key, empty if unset. Under "agentWallet": the 20 bytes of the
    /// wallet's address.
    function getMetadata(uint256 agentId, string calldata metadataKey) external view returns (bytes memory);

    /// @notice Sets the value of a metadata key.
    /// @dev Caller: owner, operator or approved; else reverts with NotAuthorized. Reverts with ReservedKey for
    /// "agentWallet".
    function setMetadata(uint256 agentId, string calldata metadataKey, bytes calldata metadataValue) external;

    /// @notice Links a wallet that has signed the EIP-712 `AgentWalletSet(uint256 agentId,address
    /// newWallet,address owner,uint256 deadline)`, with its key or by ERC-1271. Unlinks the previous wallet,
    /// and revokes it if it had proven itself.
    /// @dev Caller: owner, operator or approved; else reverts with NotAuthorized. Reverts with ZeroAddress,
    /// DeadlinePassed, DeadlineTooFar, BadWalletSignature or WalletAlreadyLinked.
    /// @param deadline Last second of the signature, at most five minutes ahead (unix seconds, inclusive).
    function setAgentWallet(uint256 agentId, address newWallet, uint256 deadline, bytes calldata signature) external;

    /// @notice Returns the agent's wallet, or zero.
    function getAgentWallet(uint256 agentId) external view returns (address);

    /// @notice Unlinks the agent's wallet, and revokes it if it had proven itself.
    /// @dev Caller: owner, operator or approved; else reverts with NotAuthorized.
    function unsetAgentWallet(uint256 agentId) external;

    /// @notice Whether `spender` is the agent's owner, its operator, or approved. Reverts for an unknown agent.
    function isAuthorizedOrOwner(address spender, uint256 agentId) external view returns (bool);

    /* LIABILITY */

    /// @notice Registers an agent for `principal`, with the caller as its wallet and the principal's signed
    /// acceptance of liability.
    /// @dev Caller: the wallet; being the caller proves it. The principal signs the EIP-712
    /// `AgentEnrollment(address principal,address wallet,string agentURI,bytes32 statementHash,uint64
    /// epoch,uint256 deadline)`. No nonce is needed: the signature names a wallet, which is linked to one agent
    /// at a time, and is revoked forever or under another principal or epoch afterwards. Reverts with ZeroAddress, WalletAlreadyLinked,
    /// DeadlinePassed, EpochMismatch or BadAcceptanceSignature.
    /// @param epoch The principal's current epoch in the switch.
    /// @param statementHash keccak256 of the human-readable statement of liability.
    /// @param deadline Last second of the signature (unix seconds, inclusive).
    function enroll(
        address principal,
        uint64 epoch,
        string calldata agentURI,
        bytes32 statementHash,
        uint256 deadline,
        bytes calldata signature
    ) external returns (uint256 agentId);

    /// @notice Makes the caller, the agent's owner, liable for it under a statement: it becomes the principal.
    /// @dev Reverts with NotOwner or LiabilityAlreadyAccepted.
    /// @param statementHash keccak256 of the human-readable statement of liability.
    function acceptLiability(uint256 agentId, bytes32 statementHash) external;

    /// @notice Like `acceptLiability`, with the owner's signature of the EIP-712 `LiabilityAcceptance(uint256
    /// agentId,address principal,bytes32 statementHash,uint64 epoch,uint256 nonce,uint256 deadline)`. Anyone
    /// may submit it.
    /// @dev The nonce is `nonces(owner)` (OpenZeppelin's `Nonces`). Reverts with LiabilityAlreadyAccepted,
    /// DeadlinePassed, EpochMismatch or BadAcceptanceSignature.
    /// @param epoch The owner's current epoch in the switch.
    /// @param deadline Last second of the signature (unix seconds, inclusive).
    function acceptLiabilitySigned(
        uint256 agentId,
        bytes32 statementHash,
        uint64 epoch,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Returns the principal of an agent, or zero.
    function principalOf(uint256 agentId) external view returns (address);

    /* MANDATE */

    /// @notice Anchors a mandate that principal and agent key have signed, each in the EIP-712 domain of the
    /// agent's wallet. Whoever of the two is the caller needs no signature.
    /// @dev Caller: anyone. A contract wallet must report this mandate as the one in force; a bare key's
    /// mandate must name the agent's round. So an old mandate can't be anchored again. Reverts, in this
    /// order, with LiabilityNotAccepted, PrincipalMismatch, EpochMismatch, WalletNotProven,
    /// BadMandateSignature, MandateNotInForce or RoundEnded, AgentKeyTaken.
    /// @param head The mandate, with its budgets, powers and terms' URI as hashes.
    function anchorMandate(
        uint256 agentId,
        MandateHead calldata head,
        bytes calldata principalSignature,
        bytes calldata agentSignature
    ) external;

    /// @notice Returns the round of an agent whose wallet is a bare key, which its next mandate must name: how often
    /// a mandate was anchored or the wallet unlinked. A contract wallet counts rounds itself.
    function roundOf(uint256 agentId) external view returns (uint32);

    /* CHECK */

    /// @notice Returns everything that a counterparty needs to know about an agent.
    function checkAgent(uint256 agentId) external view returns (AgentCheck memory);

    /// @notice Like `checkAgent`, by wallet. Only wallets that have proven themselves are found; any other is
    /// Unknown.
    function checkWallet(address wallet) external view returns (AgentCheck memory);

    /// @notice Reverting variant of `checkAgent`, for other contracts. Reverts with AgentNotActive unless the
    /// agent is Active.
    function requireActive(uint256 agentId) external view returns (AgentCheck memory);

    /// @notice Reverting variant of `checkWallet`, for other contracts. Reverts with AgentNotActive unless the
    /// agent is Active.
    function requireActiveWallet(address wallet) external view returns (AgentCheck memory);

    /// @notice Returns the revocation switch, which the registry creates in its constructor.
    function SWITCH() external view returns (address);
}
