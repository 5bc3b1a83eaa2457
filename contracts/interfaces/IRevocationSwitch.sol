// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What the switch asks of a wallet when anyone syncs it.
interface ISwitchable {
    /// @notice Under whom, and since which of that principal's epochs, the wallet acts.
    /// @return principal The principal whose stops reach this wallet.
    /// @return epoch The principal's epoch that the wallet was created in; a later epoch ends it.
    function authority() external view returns (address principal, uint64 epoch);
}

/// @title RevocationSwitch
/// @notice The principal's switch: it stops one agent, or all of them, in one transaction.
/// - Every entry lives under the principal that made it, so nobody can stop, or free, somebody else's agents (I28).
/// - An agent is named by its wallet address, which is known before the wallet exists: it can be revoked before first use.
/// - Guardians, missed heartbeats, signed orders and the agent itself only reduce authority; the principal alone restores.
/// @dev Nobody else has power here: no owner, no upgrade, no pause of the switch itself.
/// @dev Warning: a stop can't undo a payment mined before it. What a rogue agent can still spend between the principal's
/// decision and its inclusion is bounded by the limits of the mandate alone.
/// @dev Warning: clocks are block timestamps (unix seconds), which a block's builder may move by a few seconds.
interface IRevocationSwitch {
    /// @notice What a principal has said about all of its agents.
    /// Layout: 64 bits epoch | 8 bits paused | 48 bits heartbeatInterval | 48 bits lastCheckIn | 88 bits empty
    /// @param epoch Counts `revokeAll`; an agent of an earlier epoch is revoked for ever.
    /// @param paused Whether all agents are paused.
    /// @param heartbeatInterval The longest time between two check-ins (seconds); zero means no heartbeat is asked for.
    /// @param lastCheckIn When the principal last checked in (unix seconds).
    struct PrincipalState {
        uint64 epoch;
        bool paused;
        uint48 heartbeatInterval;
        uint48 lastCheckIn;
    }

    /// @notice What a principal has said about one wallet. It sits in `mapping(principal => mapping(wallet => …))`: the
    /// wallet is the innermost key and there is no proxy, so that the wallet may read it while it validates an ERC-4337
    /// user operation (ERC-7562, associated storage).
    /// @param paused Whether the agent is paused.
    /// @param revoked Whether the agent is revoked, for ever.
    /// @param held A copy of "all agents are paused or dormant", as of the last `sync`; only validation reads it.
    struct StopWord {
        bool paused;
        bool revoked;
        bool held;
    }

    /// @notice The signed orders, by their EIP-712 type.
    enum Order {
        Pause,
        Revoke,
        PauseAll,
        RevokeAll
    }

    /* ERRORS */

    /// @notice Thrown when a caller or signer is neither the principal nor one of its guardians.
    error NotPrincipalOrGuardian(address account, address principal);
    /// @notice Thrown when an address that must be someone is zero.
    error ZeroAddress();
    /// @notice Thrown when an agent is revoked, or is to be unpaused after it was.
    error AgentIsRevoked(address principal, address wallet);
    /// @notice Thrown when an agent is paused.
    error AgentIsPaused(address principal, address wallet);
    /// @notice Thrown when an agent belongs to an epoch that its principal has ended by `revokeAll`.
    error EpochEnded(address principal, uint64 epoch, uint64 currentEpoch);
    /// @notice Thrown when the principal has paused all of its agents.
    error PrincipalIsPaused(address principal);
    /// @notice Thrown when the principal has missed its heartbeat: dormant from `dormantSince` (unix seconds, inclusive).
    error PrincipalIsDormant(address principal, uint256 dormantSince, uint256 timestamp);
    /// @notice Thrown when a heartbeat interval is neither zero nor at least the minimum (seconds).
    error HeartbeatTooShort(uint48 interval, uint48 minimum);
    /// @notice Thrown when a signature isn't the signer's over this order.
    error BadOrderSignature(address signer, bytes32 digest);
    /// @notice Thrown when the signer's nonce was used or canceled.
    error OrderSpent(address signer, uint256 nonce);
    /// @notice Thrown when an order for all agents names an epoch that isn't the current one.
    error OrderOutdated(uint64 epoch, uint64 currentEpoch);
    /// @notice Thrown when anyone but the registry reports an unlinked wallet.
    error NotRegistry(address caller, address registry);

    /* EVENTS */

    /// @notice Emitted when an agent is paused, by the principal or a guardian (`by`).
    event AgentPaused(address indexed principal, address indexed wallet, address indexed by);
    /// @notice Emitted when the principal unpauses an agent.
    event AgentUnpaused(address indexed principal, address indexed wallet);
    /// @notice Emitted once, when an agent is revoked: by the principal, a guardian, itself, the registry, or a sync.
    event AgentRevoked(address indexed principal, address indexed wallet, address indexed by);
    /// @notice Emitted when all agents of a principal are paused.
    event AllPaused(address indexed principal, address indexed by);
    /// @notice Emitted when the principal lifts the pause of all agents. Agents paused one by one stay paused.
    event AllUnpaused(address indexed principal);
    /// @notice Emitted when every agent of a principal is revoked; `endedEpoch` is the epoch that ends.
    event AllRevoked(address indexed principal, uint64 endedEpoch, address indexed by);
    /// @notice Emitted when a principal appoints or removes a guardian.
    event GuardianSet(address indexed principal, address indexed guardian, bool appointed);
    /// @notice Emitted when a principal sets its heartbeat (seconds; zero for none).
    event HeartbeatSet(address indexed principal, uint48 interval);
    /// @notice Emitted when a principal checks in.
    event CheckedIn(address indexed principal, uint48 timestamp);
    /// @notice Emitted when a nonce is canceled by its signer.
    event OrderCanceled(address indexed signer, uint256 nonce);
    /// @notice Emitted when a sync changes whether a wallet is held.
    event HoldSynced(address indexed principal, address indexed wallet, bool held);

    /* STOP */

    /// @notice Pauses one agent, reversibly.
    /// @dev Caller: the principal or a guardian of it. Idempotent: the event is emitted once.
    function pause(address principal, address wallet) external;

    /// @notice Revokes one agent for ever, also before its wallet exists.
    /// @dev Caller: the principal or a guardian of it. Idempotent; it never reverts for them (I10).
    function revoke(address principal, address wallet) external;

    /// @notice Pauses all agents of the principal, also those created later, in one storage write.
    /// @dev Caller: the principal or a guardian of it.
    function pauseAll(address principal) external;

    /// @notice Revokes all agents of the principal for ever, in one storage write however many there are (I9).
    /// Agents created afterwards, under a mandate that names the new epoch, are not touched.
    /// @dev Caller: the principal or a guardian of it. It never reverts for them (I10).
    function revokeAll(address principal) external;

    /// @notice Revokes the caller, a wallet or any agent address, under the principal that it names: an agent gives up.
    function resign(address principal) external;

    /// @notice Revokes a wallet that the registry has unlinked from its agent, by transfer of the identity or otherwise.
    /// @dev Caller: the registry. It is the only contract with a word here, and its word can only revoke.
    function revokeUnlinked(address principal, address wallet) external;

    /* RESTORE */

    /// @notice Unpauses one agent of the caller's.
    /// @dev Reverts with AgentIsRevoked: a revocation is for ever.
    function unpause(address wallet) external;

    /// @notice Lifts the caller's pause of all agents.
    function unpauseAll() external;

    /* GUARDIANS */

    /// @notice Appoints or removes a guardian of the caller, who may pause and revoke the caller's agents and nothing else.
    function setGuardian(address guardian, bool appointed) external;

    /// @notice Whether `guardian` is a guardian of `principal`.
    function isGuardian(address principal, address guardian) external view returns (bool);

    /* HEARTBEAT */

    /// @notice Asks the caller to check in at least every `interval` seconds, or its agents go dormant; counts as check-in.
    /// @param interval Seconds; zero for none, else at least `MIN_HEARTBEAT`.
    function setHeartbeat(uint48 interval) external;

    /// @notice Checks the caller in. It ends dormancy: agents act again, and money never left.
    function checkIn() external;

    /// @notice The shortest heartbeat (seconds): long enough that nobody can crowd a check-in out of the blocks before it.
    function MIN_HEARTBEAT() external view returns (uint48);

    /* SIGNED ORDERS */

    /// @notice Carries out a signed order; anyone may submit it, at any later time and in any order.
    /// @dev The EIP-712 types are `Pause(address principal,address wallet,uint256 nonce)`, `Revoke(…the same…)`,
    /// `PauseAll(address principal,uint64 epoch,uint256 nonce)` and `RevokeAll(…the same…)`.
    /// The signer has to be principal or guardian when the order is submitted, not only when it was signed.
    /// @param order Which of the four.
    /// @param principal Whose agents.
    /// @param wallet Which agent; zero in an order for all.
    /// @param epoch The principal's current epoch in an order for all, so that an old one can't end new agents; else zero.
    /// @param signer The principal or a guardian; a contract is asked by ERC-1271.
    /// @param nonce Any number the signer has neither used nor canceled; unordered.
    function submitOrder(
        Order order,
        address principal,
        address wallet,
        uint64 epoch,
        address signer,
        uint256 nonce,
        bytes calldata signature
    ) external;

    /// @notice Makes the caller's nonce unusable: an order signed with it is worth nothing any more.
    function cancelOrder(uint256 nonce) external;

    /// @notice Whether the signer's nonce was used or canceled.
    function isNonceSpent(address signer, uint256 nonce) external view returns (bool);

    /// @notice The EIP-712 digest that the signer of an order signs.
    function orderDigest(Order order, address principal, address wallet, uint64 epoch, uint256 nonce)
        external
        view
        returns (bytes32);

    /* SYNC */

    /// @notice Copies what the principal said about all agents into the wallet's own stop word, where ERC-4337 validation
    /// can read it: an ended epoch as revoked, for ever; paused or dormant as held, until a later sync finds it over.
    /// @dev Caller: anyone. It asks the wallet for its principal and epoch; a wallet that lies stops only itself.
    function sync(address wallet) external;

    /* VIEWS */

    /// @notice Reverts with the reason unless an agent may act now. Wallets call it each time money moves.
    /// @dev Order of reasons: revoked, ended epoch, dormant, all paused, paused.
    /// @param principal The wallet's principal.
    /// @param wallet The agent's wallet.
    /// @param epoch The epoch that the wallet was created in.
    /// @return live Always true, so that a caller can tell this answer from that of an address without code.
    function requireLive(address principal, address wallet, uint64 epoch) external view returns (bool live);

    /// @notice Whether the wallet's own stop word says stop. Reads that word only, for ERC-4337 validation; an unsynced
    /// stop of all agents is not seen here, so a wallet has to call `requireLive` as well when it executes.
    function isStopped(address principal, address wallet) external view returns (bool);

    /// @notice Whether the agent is revoked: itself, or because the epoch has ended.
    function isRevoked(address principal, address wallet, uint64 epoch) external view returns (bool);

    /// @notice Whether the agent is paused: itself, or with all agents of the principal.
    function isPaused(address principal, address wallet) external view returns (bool);

    /// @notice Whether the principal has missed its heartbeat: from `lastCheckIn + heartbeatInterval` (inclusive) on.
    function isDormant(address principal) external view returns (bool);

    /// @notice The principal's epoch: how often it has revoked all of its agents.
    function epochOf(address principal) external view returns (uint64);

    /// @notice What the principal has said about all of its agents.
    function principalState(address principal) external view returns (PrincipalState memory);

    /// @notice What the principal has said about one wallet.
    function stopWord(address principal, address wallet) external view returns (StopWord memory);

    /// @notice The registry whose unlinked wallets are revoked here.
    function REGISTRY() external view returns (address);
}
