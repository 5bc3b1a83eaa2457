// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IRevocationSwitch, ISwitchable} from "./interfaces/IRevocationSwitch.sol";
import {Signers} from "./signatures/Signers.sol";

/// @title RevocationSwitch
/// @notice The principal's switch: it stops one agent, or all of them, in one transaction.
/// @custom:kill Nobody can stop the switch, and it holds nothing. A principal who distrusts it lifts its
/// wallets' mandates, which works without the switch; so does withdrawing.
contract RevocationSwitch is IRevocationSwitch, EIP712 {
    /* CONSTANTS AND IMMUTABLES */

    bytes32 private constant PAUSE_TYPEHASH = keccak256("Pause(address principal,address wallet,uint256 nonce)");
    bytes32 private constant REVOKE_TYPEHASH = keccak256("Revoke(address principal,address wallet,uint256 nonce)");
    bytes32 private constant PAUSE_ALL_TYPEHASH = keccak256("PauseAll(address principal,uint64 epoch,uint256 nonce)");
    bytes32 private constant REVOKE_ALL_TYPEHASH = keccak256("RevokeAll(address principal,uint64 epoch,uint256 nonce)");

    /// @inheritdoc IRevocationSwitch
    uint48 public constant MIN_HEARTBEAT = 1 days;

    /// @inheritdoc IRevocationSwitch
    address public immutable REGISTRY;

    /* STORAGE */

    mapping(address principal => PrincipalState) private _principals;
    mapping(address principal => mapping(address wallet => StopWord)) private _stopWords;
    mapping(address principal => mapping(address guardian => bool)) private _guardians;
    mapping(address signer => mapping(uint256 nonce => bool)) private _spentNonces;

    constructor(address registry) EIP712("Peculium RevocationSwitch", "1") {
        require(registry != address(0), ZeroAddress());
        REGISTRY = registry;
    }

    modifier onlyPrincipalOrGuardian(address principal) {
        _requirePrincipalOrGuardian(msg.sender, principal);
        _;
    }

    /* STOP */

    /// @inheritdoc IRevocationSwitch
    function pause(address principal, address wallet) external onlyPrincipalOrGuardian(principal) {
        _pause(principal, wallet, msg.sender);
    }

    /// @inheritdoc IRevocationSwitch
    function revoke(address principal, address wallet) external onlyPrincipalOrGuardian(principal) {
        _revoke(principal, wallet, msg.sender);
    }

    /// @inheritdoc IRevocationSwitch
    function pauseAll(address principal) external onlyPrincipalOrGuardian(principal) {
        _pauseAll(principal, msg.sender);
    }

    /// @inheritdoc IRevocationSwitch
    function revokeAll(address principal) external onlyPrincipalOrGuardian(principal) {
        _revokeAll(principal, msg.sender);
    }

    /// @inheritdoc IRevocationSwitch
    function resign(address principal) external {
        // Doesn't check that the caller acts under this principal: it can stop only itself.
        _revoke(principal, msg.sender, msg.sender);
    }

    /// @inheritdoc IRevocationSwitch
    function revokeUnlinked(address principal, address wallet) external {
        require(msg.sender == REGISTRY, NotRegistry(msg.sender, REGISTRY));
        _revoke(principal, wallet, msg.sender);
    }

    function _pause(address principal, address wallet, address by) private {
        StopWord storage word = _stopWords[principal][wallet];
        if (word.paused) return;
        word.paused = true;
        emit AgentPaused(principal, wallet, by);
    }

    function _revoke(address principal, address wallet, address by) private {
        StopWord storage word = _stopWords[principal][wallet];
        if (word.revoked) return;
        word.revoked = true;
        emit AgentRevoked(principal, wallet, by);
    }

    function _pauseAll(address principal, address by) private {
        PrincipalState storage state = _principals[principal];
        if (state.paused) return;
        state.paused = true;
        emit AllPaused(principal, by);
    }

    function _revokeAll(address principal, address by) private {
        // Not idempotent: a second call can't know whether agents were created since the first.
        uint64 endedEpoch = _principals[principal].epoch++;
        emit AllRevoked(principal, endedEpoch, by);
    }

    function _requirePrincipalOrGuardian(address account, address principal) private view {
        require(
            account == principal || _guardians[principal][account], NotPrincipalOrGuardian(account, principal)
        );
    }

    /* RESTORE */

    /// @inheritdoc IRevocationSwitch
    function unpause(address wallet) external {
        StopWord storage word = _stopWords[msg.sender][wallet];
        require(!word.revoked, AgentIsRevoked(msg.sender, wallet));
        if (!word.paused) return;
        word.paused = false;
        emit AgentUnpaused(msg.sender, wallet);
    }

    /// @inheritdoc IRevocationSwitch
    function unpauseAll() external {
        PrincipalState storage state = _principals[msg.sender];
        if (!state.paused) return;
        state.paused = false;
        emit AllUnpaused(msg.sender);
    }

    /* GUARDIANS */

    /// @inheritdoc IRevocationSwitch
    function setGuardian(address guardian, bool appointed) external {
        require(guardian != address(0), ZeroAddress());
        _guardians[msg.sender][guardian] = appointed;
        emit GuardianSet(msg.sender, guardian, appointed);
    }

    /// @inheritdoc IRevocationSwitch
    function isGuardian(address principal, address guardian) external view returns (bool) {
        return _guardians[principal][guardian];
    }

    /* HEARTBEAT */

    /// @inheritdoc IRevocationSwitch
    function setHeartbeat(uint48 interval) external {
        require(interval == 0 || interval >= MIN_HEARTBEAT, HeartbeatTooShort(interval, MIN_HEARTBEAT));
        _principals[msg.sender].heartbeatInterval = interval;
        emit HeartbeatSet(msg.sender, interval);
        checkIn();
    }

    /// @inheritdoc IRevocationSwitch
    function checkIn() public {
        _principals[msg.sender].lastCheckIn = uint48(block.timestamp);
        emit CheckedIn(msg.sender, uint48(block.timestamp));
    }

    function _dormantSince(PrincipalState storage state) private view returns (uint256) {
        // Widened before the sum, which could exceed 48 bits.
        return state.heartbeatInterval == 0
            ? type(uint256).max
            : uint256(state.lastCheckIn) + state.heartbeatInterval;
    }

    /* SIGNED ORDERS */

    /// @inheritdoc IRevocationSwitch
    function submitOrder(
        Order order,
        address principal,
        address wallet,
        uint64 epoch,
        address signer,
        uint256 nonce,
        bytes calldata signature
    ) external {
        _requirePrincipalOrGuardian(signer, principal);
        require(!_spentNonces[signer][nonce], OrderSpent(signer, nonce));
        bytes32 digest = orderDigest(order, principal, wallet, epoch, nonce);
        require(
            Signers.hasSigned(signer, digest, signature), BadOrderSignature(signer, digest)
        );

        _spentNonces[signer][nonce] = true;
        if (order == Order.Pause) return _pause(principal, wallet, signer);
        if (order == Order.Revoke) return _revoke(principal, wallet, signer);

        uint64 currentEpoch = _principals[principal].epoch;
        require(epoch == currentEpoch, OrderOutdated(epoch, currentEpoch));
        if (order == Order.PauseAll) _pauseAll(principal, signer);
        else _revokeAll(principal, signer);
    }

    /// @inheritdoc IRevocationSwitch
    function cancelOrder(uint256 nonce) external {
        require(!_spentNonces[msg.sender][nonce], OrderSpent(msg.sender, nonce));
        _spentNonces[msg.sender][nonce] = true;
        emit OrderCanceled(msg.sender, nonce);
    }

    /// @inheritdoc IRevocationSwitch
    function isNonceSpent(address signer, uint256 nonce) external view returns (bool) {
        return _spentNonces[signer][nonce];
    }

    /// @inheritdoc IRevocationSwitch
    function orderDigest(Order order, address principal, address wallet, uint64 epoch, uint256 nonce)
        public
        view
        returns (bytes32)
    {
        // One type per order, so that a signing device shows "Revoke" or "PauseAll" and not a number.
        bytes32 structHash;
        if (order == Order.Pause) structHash = keccak256(abi.encode(PAUSE_TYPEHASH, principal, wallet, nonce));
        else if (order == Order.Revoke) structHash = keccak256(abi.encode(REVOKE_TYPEHASH, principal, wallet, nonce));
        else if (order == Order.PauseAll) {
            structHash = keccak256(abi.encode(PAUSE_ALL_TYPEHASH, principal, epoch, nonce));
        } else {
            structHash = keccak256(abi.encode(REVOKE_ALL_TYPEHASH, principal, epoch, nonce));
        }
        return _hashTypedDataV4(structHash);
    }

    /* SYNC */

    /// @inheritdoc IRevocationSwitch
    function sync(address wallet) external {
        (address principal, uint64 epoch) = ISwitchable(wallet).authority();
        PrincipalState storage state = _principals[principal];
        if (epoch != state.epoch) _revoke(principal, wallet, msg.sender);

        bool held = state.paused || block.timestamp >= _dormantSince(state);
        StopWord storage word = _stopWords[principal][wallet];
        if (word.held == held) return;
        word.held = held;
        emit HoldSynced(principal, wallet, held);
    }

    /* VIEWS */

    /// @inheritdoc IRevocationSwitch
    function requireLive(address principal, address wallet, uint64 epoch) external view returns (bool) {
        StopWord storage word = _stopWords[principal][wallet];
        (bool agentPaused, bool revoked) = (word.paused, word.revoked);
        require(!revoked, AgentIsRevoked(principal, wallet));
        PrincipalState storage state = _principals[principal];
        // Read together in one SLOAD: every payment runs this.
        (uint64 current, bool paused, uint256 interval, uint256 lastCheckIn) =
            (state.epoch, state.paused, state.heartbeatInterval, state.lastCheckIn);
        require(epoch == current, EpochEnded(principal, epoch, current));
        if (interval != 0) {
            uint256 dormantSince = lastCheckIn + interval;
            require(block.timestamp < dormantSince, PrincipalIsDormant(principal, dormantSince, block.timestamp));
        }
        require(!paused, PrincipalIsPaused(principal));
        require(!agentPaused, AgentIsPaused(principal, wallet));
        return true;
    }

    /// @inheritdoc IRevocationSwitch
    function isStopped(address principal, address wallet) external view returns (bool) {
        StopWord storage word = _stopWords[principal][wallet];
        return word.paused || word.revoked || word.held;
    }

    /// @inheritdoc IRevocationSwitch
    function isRevoked(address principal, address wallet, uint64 epoch) external view returns (bool) {
        return _stopWords[principal][wallet].revoked || epoch != _principals[principal].epoch;
    }

    /// @inheritdoc IRevocationSwitch
    function isPaused(address principal, address wallet) external view returns (bool) {
        return _stopWords[principal][wallet].paused || _principals[principal].paused;
    }

    /// @inheritdoc IRevocationSwitch
    function isDormant(address principal) external view returns (bool) {
        return block.timestamp >= _dormantSince(_principals[principal]);
    }

    /// @inheritdoc IRevocationSwitch
    function epochOf(address principal) external view returns (uint64) {
        return _principals[principal].epoch;
    }

    /// @inheritdoc IRevocationSwitch
    function principalState(address principal) external view returns (PrincipalState memory) {
        return _principals[principal];
    }

    /// @inheritdoc IRevocationSwitch
    function stopWord(address principal, address wallet) external view returns (StopWord memory) {
        return _stopWords[principal][wallet];
    }
}
