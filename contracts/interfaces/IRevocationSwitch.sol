// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What the switch reads from a wallet when anyone syncs it.
interface ISwitchable {
    /// @notice Returns the wallet's principal, and the epoch that its authority belongs to.
    /// @return principal Principal whose stops apply to this wallet.
    /// @return epoch Before the first mandate the principal's present epoch; then that of the mandates, or of the
    /// hand-over if there was one. A later epoch revokes the agent.
    function authority() external view returns (address principal, uint64 epoch);
}

/// @title RevocationSwitch
/// @notice The principal's switch: it stops one agent, or all of them, in one transaction.
/// - Every entry belongs to the principal that made it, so nobody can stop, or restore, somebody else's agents
///   (I28).
/// - An agent is named by its wallet address, which is known before the wallet exists. So it can be revoked
///   before first use.
/// - Guardians, missed heartbeats, signed orders and the agent itself only reduce authority. Only the principal
///   restores it.
/// @dev Nobody else has authority here: no owner, no upgrade, no pause of the switch itself.
/// @dev Warning: a stop can't undo a payment mined before it. Between the principal's decision and its
/// inclusion, only the limits of the mandate bound what a rogue agent can spend.
/// @dev Warning: clocks are block timestamps (unix seconds), which a block's builder may shift by a few
/// seconds.
interface IRevocationSwitch {
    /// @notice What a principal has set for all of its agents.
    /// Layout: 64 bits epoch | 8 bits paused | 48 bits heartbeatInterval | 48 bits lastCheckIn | 88 bits empty
    /// @param epoch Number of calls of `revokeAll`; an agent of an earlier epoch is revoked forever.
    /// @param paused Whether all agents are paused.
    /// @param heartbeatInterval The longest time between two check-ins (seconds); zero: no heartbeat is
    /// required.
    /// @param lastCheckIn When the principal last checked in (unix seconds).
    struct PrincipalState {
        uint64 epoch;
        bool paused;
        uint48 heartbeatInterval;
        uint48 lastCheckIn;
    }

    /// @notice What a principal has set for one wallet. It is stored in `mapping(principal => mapping(wallet =>
    /// …))`. The wallet is the innermost key and there is no proxy, so the wallet may read it while it
    /// validates a user operation (ERC-7562, associated storage).
    /// @param paused Whether the agent is paused.
    /// @param revoked Whether the agent is revoked, forever.
    /// @param held Copy of "all agents are paused or dormant" as of the last `sync`; only validation reads it.
    struct StopWord {
        bool paused;
        bool revoked;
        bool held;
    }

    /// @notice The signed orders, one per EIP-712 type.
    enum Order {
        Pause,
        Revoke,
        PauseAll,
        RevokeAll
    }

    /* ERRORS */

    /// @notice Thrown when the caller or signer is neither the principal nor one of its guardians.
    error NotPrincipalOrGuardian(address account, address principal);
    /// @notice Thrown when an address is zero that must not be.
    error ZeroAddress();
    /// @notice Thrown when an agent is revoked: it may not act, and can't be unpaused.
    error AgentIsRevoked(address principal, address wallet);
    /// @notice Thrown when an agent is paused.
    error AgentIsPaused(address principal, address wallet);
    /// @notice Thrown when an agent belongs to an epoch that its principal has ended by `revokeAll`.
    error EpochEnded(address principal, uint64 epoch, uint64 currentEpoch);
    /// @notice Thrown when the principal has paused all of its agents.
    error PrincipalIsPaused(address principal);
    /// @notice Thrown when the principal has missed its heartbeat: dormant from `dormantSince` (unix seconds,
    /// inclusive).
    error PrincipalIsDormant(address principal, uint256 dormantSince, uint256 timestamp);
    /// @notice Thrown when a heartbeat interval is neither zero nor at least the minimum (seconds).
    error HeartbeatTooShort(uint48 interval, uint48 minimum);
    /// @notice Thrown when the signature isn't the signer's over this order.
    error BadOrderSignature(address signer, bytes32 digest);
    /// @notice Thrown when the signer's nonce was used or canceled before.
    error OrderSpent(address signer, uint256 nonce);
    /// @notice Thrown when an order for all agents names an epoch that isn't the current one.
    error OrderOutdated(uint64 epoch, uint64 currentEpoch);
    /// @notice Thrown when anyone except the registry reports an unlinked wallet.
    error NotRegistry(address caller, address registry);

    /* EVENTS */

    /// @notice Emitted when an agent is paused, by the principal or a guardian.
    event AgentPaused(address indexed principal, address indexed wallet, address indexed by);
    /// @notice Emitted when the principal unpauses an agent.
    event AgentUnpaused(address indexed principal, address indexed wallet);
    /// @notice Emitted once, when an agent is revoked: by the principal, a guardian, itself, the registry, or a
    /// sync.
    event AgentRevoked(address indexed principal, address indexed wallet, address indexed by);
    /// @notice Emitted when all agents of a principal are paused.
    event AllPaused(address indexed principal, address indexed by);
    /// @notice Emitted when the principal ends the pause of all agents. Agents paused one by one stay paused.
    event AllUnpaused(address indexed principal);
    /// @notice Emitted when all agents of a principal are revoked; `endedEpoch` is the epoch that ends.
    event AllRevoked(address indexed principal, uint64 endedEpoch, address indexed by);
    /// @notice Emitted when a principal appoints or removes a guardian.
    event GuardianSet(address indexed principal, address indexed guardian, bool appointed);
    /// @notice Emitted when a principal sets its heartbeat interval (seconds; zero for none).
    event HeartbeatSet(address indexed principal, uint48 interval);
    /// @notice Emitted when a principal checks in (unix seconds).
    event CheckedIn(address indexed principal, uint48 timestamp);
    /// @notice Emitted when a signer cancels a nonce.
    event OrderCanceled(address indexed signer, uint256 nonce);
    /// @notice Emitted when a sync changes whether a wallet is held.
    event HoldSynced(address indexed principal, address indexed wallet, bool held);

    /* STOP */

    /// @notice Pauses one agent, reversibly.
    /// @dev Caller: the principal or one of its guardians; else reverts with NotPrincipalOrGuardian.
    /// Idempotent; the event is emitted once.
    function pause(address principal, address wallet) external;

    /// @notice Revokes one agent forever, also before its wallet exists.
    /// @dev Caller: the principal or one of its guardians; else reverts with NotPrincipalOrGuardian.
    /// Idempotent; it never reverts for them (I10).
    function revoke(address principal, address wallet) external;

    /// @notice Pauses all agents of the principal, also those created later, in one storage write.
    /// @dev Caller: the principal or one of its guardians; else reverts with NotPrincipalOrGuardian.
    /// Idempotent.
    function pauseAll(address principal) external;

    /// @notice Revokes all agents of the principal forever, in one storage write, however many there are (I9).
    /// Agents created afterwards, under a mandate that names the new epoch, are not affected.
    /// @dev Caller: the principal or one of its guardians; else reverts with NotPrincipalOrGuardian. Not
    /// idempotent: each call ends an epoch. It never reverts for them (I10).
    function revokeAll(address principal) external;

    /// @notice Revokes the caller, a wallet or any other agent address, under the principal that it names: an
    /// agent gives up.
    function resign(address principal) external;

    /// @notice Revokes a wallet that the registry has unlinked from its agent, by transfer of the identity or
    /// otherwise.
    /// @dev Caller: the registry; else reverts with NotRegistry. This is the registry's only authority here.
    function revokeUnlinked(address principal, address wallet) external;

    /* RESTORE */

    /// @notice Unpauses one agent of the caller.
    /// @dev Reverts with AgentIsRevoked: a revocation can't be undone. Idempotent.
    function unpause(address wallet) external;

    /// @notice Ends the caller's pause of all agents. Agents paused one by one stay paused. Idempotent.
    function unpauseAll() external;

    /* GUARDIANS */

    /// @notice Appoints or removes a guardian of the caller. A guardian may pause and revoke the caller's
    /// agents, and nothing else.
    /// @dev Reverts with ZeroAddress.
    function setGuardian(address guardian, bool appointed) external;

    /// @notice Whether `guardian` is a guardian of `principal`.
    function isGuardian(address principal, address guardian) external view returns (bool);

    /* HEARTBEAT */

    /// @notice Requires the caller to check in at least every `interval` seconds, or its agents go dormant.
    /// Counts as a check-in.
    /// @dev Reverts with HeartbeatTooShort.
    /// @param interval Seconds; zero for none, else at least `MIN_HEARTBEAT`.
    function setHeartbeat(uint48 interval) external;

    /// @notice Checks the caller in, and ends its dormancy: its agents may act again.
    function checkIn() external;

    /// @notice Returns the shortest heartbeat (seconds). It is long enough that nobody can censor a check-in
    /// for that time.
    function MIN_HEARTBEAT() external view returns (uint48);

    /* SIGNED ORDERS */

    /// @notice Executes a signed order. Anyone may submit it, at any later time and in any order.
    /// @dev The EIP-712 types are `Pause(address principal,address wallet,uint256 nonce)`, `Revoke(address
    /// principal,address wallet,uint256 nonce)`, `PauseAll(address principal,uint64 epoch,uint256 nonce)` and
    /// `RevokeAll(address principal,uint64 epoch,uint256 nonce)`. The signer must be principal or guardian when
    /// the order is submitted, not only when it was signed. Reverts with NotPrincipalOrGuardian, OrderSpent,
    /// BadOrderSignature or OrderOutdated.
    /// @param order One of the four orders.
    /// @param principal Principal of the agents.
    /// @param wallet Wallet of the agent to stop. In an order for all it is ignored.
    /// @param epoch In an order for all the principal's current epoch, so that an old order can't stop new
    /// agents. In an order for one agent it is ignored.
    /// @param signer The principal or a guardian; a contract is asked by ERC-1271.
    /// @param nonce Any number that the signer has neither used nor canceled; unordered.
    function submitOrder(
        Order order,
        address principal,
        address wallet,
        uint64 epoch,
        address signer,
        uint256 nonce,
        bytes calldata signature
    ) external;

    /// @notice Cancels a nonce of the caller: an order signed with it is void.
    /// @dev Reverts with OrderSpent.
    function cancelOrder(uint256 nonce) external;

    /// @notice Whether the signer's nonce was used or canceled.
    function isNonceSpent(address signer, uint256 nonce) external view returns (bool);

    /// @notice Returns the EIP-712 digest that the signer of an order signs.
    function orderDigest(Order order, address principal, address wallet, uint64 epoch, uint256 nonce)
        external
        view
        returns (bytes32);

    /* SYNC */

    /// @notice Copies what the principal has set for all agents into the wallet's own stop word, where ERC-4337
    /// validation can read it. An ended epoch is copied as revoked, forever. Paused or dormant is copied as
    /// held, until a later sync finds that it is over.
    /// @dev Caller: anyone. It asks the wallet for its principal and epoch; a wallet that lies stops only
    /// itself.
    function sync(address wallet) external;

    /* VIEWS */

    /// @notice Reverts with the reason unless an agent may act now. Wallets call it before money moves.
    /// @dev Order of errors: AgentIsRevoked, EpochEnded, PrincipalIsDormant, PrincipalIsPaused, AgentIsPaused.
    /// @param principal The wallet's principal.
    /// @param wallet The agent's wallet.
    /// @param epoch The epoch that the wallet's `authority` returns.
    /// @return live Always true, so that a caller can tell it from the empty answer of an address without code.
    function requireLive(address principal, address wallet, uint64 epoch) external view returns (bool live);

    /// @notice Whether the wallet's own stop word says stop. It reads only that word, for ERC-4337 validation.
    /// It doesn't see a stop of all agents that isn't synced, so a wallet must also call `requireLive` when it
    /// executes.
    function isStopped(address principal, address wallet) external view returns (bool);

    /// @notice Whether the agent is revoked: itself, or because its epoch has ended.
    function isRevoked(address principal, address wallet, uint64 epoch) external view returns (bool);

    /// @notice Whether the agent is paused: itself, or with all agents of the principal.
    function isPaused(address principal, address wallet) external view returns (bool);

    /// @notice Whether the principal has missed its heartbeat: from `lastCheckIn + heartbeatInterval`
    /// (inclusive) on.
    function isDormant(address principal) external view returns (bool);

    /// @notice Returns the principal's epoch: how often it has revoked all of its agents.
    function epochOf(address principal) external view returns (uint64);

    /// @notice Returns what the principal has set for all of its agents.
    function principalState(address principal) external view returns (PrincipalState memory);

    /// @notice Returns what the principal has set for one wallet.
    function stopWord(address principal, address wallet) external view returns (StopWord memory);

    /// @notice Returns the registry, whose unlinked wallets are revoked here.
    function REGISTRY() external view returns (address);
}
