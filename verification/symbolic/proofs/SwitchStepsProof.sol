// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevocationSwitch} from "../../../contracts/interfaces/IRevocationSwitch.sol";
import {AnySwitch} from "./AnySwitch.sol";

/// @title SwitchStepsProof
/// @notice Each function of the switch, from any state, does exactly what it promises. It reverts only when it
/// must, and with the right error.
/// @custom:halmos --loop 4
contract SwitchStepsProof is AnySwitch {
    /// @notice Whose state is compared, who calls, and when (unix seconds).
    struct Case {
        address principal;
        address wallet;
        address guardian;
        address caller;
        uint64 time;
    }

    /// @notice I8, I10: principal and guardians pause and revoke, one agent or all.
    function check_pauseAndRevoke(Case memory input, uint256 choice) external {
        SwitchState memory expected = _state(input);
        choice = pick(choice, 3);
        bytes memory data = abi.encodeCall(stop.pause, (input.principal, input.wallet));
        if (choice == 0) expected.one.paused = true;
        else if (choice == 1) (data, expected.one.revoked) = (abi.encodeCall(stop.revoke, (input.principal, input.wallet)), true);
        else if (choice == 2) (data, expected.all.paused) = (abi.encodeCall(stop.pauseAll, (input.principal)), true);
        else {
            VM.assume(expected.all.epoch != type(uint64).max);
            (data, expected.all.epoch) = (abi.encodeCall(stop.revokeAll, (input.principal)), expected.all.epoch + 1);
        }
        bool allowed = either(input.caller == input.principal, stop.isGuardian(input.principal, input.caller));
        bytes memory expectedError =
            abi.encodeWithSelector(IRevocationSwitch.NotPrincipalOrGuardian.selector, input.caller, input.principal);
        _expect(input, data, allowed, expectedError, expected);
    }

    /// @notice I12: only the principal unpauses, and only what isn't revoked.
    function check_unpause(Case memory input, uint256 choice) external {
        input.caller = input.principal;
        SwitchState memory expected = _state(input);
        bool allowed = true;
        bytes memory data = abi.encodeCall(stop.unpauseAll, ());
        if (pick(choice, 1) == 0) expected.all.paused = false;
        else {
            allowed = !expected.one.revoked;
            (data, expected.one.paused) = (abi.encodeCall(stop.unpause, (input.wallet)), false);
        }
        bytes memory expectedError = abi.encodeWithSelector(IRevocationSwitch.AgentIsRevoked.selector, input.principal, input.wallet);
        _expect(input, data, allowed, expectedError, expected);
    }

    /// @notice Guardians are appointed and removed, but not the address zero. A heartbeat has a minimum, and
    /// begins now.
    function check_guardiansAndHeartbeat(Case memory input, uint256 choice, bool appointed, uint48 interval) external {
        input.caller = input.principal;
        SwitchState memory expected = _state(input);
        choice = pick(choice, 2);
        bool allowed = true;
        bytes memory data = abi.encodeCall(stop.checkIn, ());
        bytes memory expectedError = abi.encodeWithSelector(IRevocationSwitch.ZeroAddress.selector);
        if (choice == 0) {
            allowed = input.guardian != address(0);
            (data, expected.isGuardian) = (abi.encodeCall(stop.setGuardian, (input.guardian, appointed)), appointed);
        } else {
            expected.all.lastCheckIn = uint48(input.time);
            if (choice == 1) {
                allowed = either(interval == 0, interval >= 1 days);
                (data, expected.all.heartbeatInterval) = (abi.encodeCall(stop.setHeartbeat, (interval)), interval);
                expectedError = abi.encodeWithSelector(IRevocationSwitch.HeartbeatTooShort.selector, interval, 1 days);
            }
        }
        _expect(input, data, allowed, expectedError, expected);
    }

    /// @notice A wallet resigns, and the registry revokes what it unlinks.
    function check_resignAndRevokeUnlinked(Case memory input, bool resigned) external {
        if (resigned) input.wallet = input.caller;
        SwitchState memory expected = _state(input);
        expected.one.revoked = true;
        if (resigned) _expect(input, abi.encodeCall(stop.resign, (input.principal)), true, "", expected);
        else {
            bytes memory data = abi.encodeCall(stop.revokeUnlinked, (input.principal, input.wallet));
            bytes memory expectedError = abi.encodeWithSelector(IRevocationSwitch.NotRegistry.selector, input.caller, REGISTRY);
            _expect(input, data, input.caller == REGISTRY, expectedError, expected);
        }
    }

    /// @notice An order can be canceled once, and is spent then.
    function check_cancelOrder(address caller, uint256 nonce, address other, uint256 otherNonce) external {
        (bool spent, bool before) = (stop.isNonceSpent(caller, nonce), stop.isNonceSpent(other, otherNonce));
        VM.prank(caller);
        (bool done, bytes memory result) = address(stop).call(abi.encodeCall(stop.cancelOrder, (nonce)));
        assert(done == !spent);
        assert(either(done, isError(result, abi.encodeWithSelector(IRevocationSwitch.OrderSpent.selector, caller, nonce))));
        assert(stop.isNonceSpent(caller, nonce));
        bool same = both(caller == other, nonce == otherNonce);
        assert(either(same, stop.isNonceSpent(other, otherNonce) == before));
    }

    /// @notice The views return what is stored.
    function check_viewsReturnStoredState(Case memory input, uint64 epoch) external {
        SwitchState memory expected = _state(input);
        VM.warp(input.time);
        uint256 until = uint256(expected.all.lastCheckIn) + expected.all.heartbeatInterval;
        assert(stop.isDormant(input.principal) == both(expected.all.heartbeatInterval != 0, input.time >= until));
        assert(stop.isPaused(input.principal, input.wallet) == either(expected.one.paused, expected.all.paused));
        assert(stop.isRevoked(input.principal, input.wallet, epoch) == either(expected.one.revoked, expected.all.epoch != epoch));
        bool stopped = either(expected.one.paused, either(expected.one.revoked, expected.one.held));
        assert(stop.isStopped(input.principal, input.wallet) == stopped);
        assert(stop.epochOf(input.principal) == expected.all.epoch);
    }

    /// @notice Anyone may sync: a wallet of another epoch is revoked, and its stop word is updated.
    function check_sync(Case memory input) external {
        input.wallet = address(any);
        uint64 epoch;
        (input.principal, epoch) = any.authority();
        SwitchState memory expected = _state(input);
        if (epoch != expected.all.epoch) expected.one.revoked = true;
        uint256 until = uint256(expected.all.lastCheckIn) + expected.all.heartbeatInterval;
        expected.one.held = either(expected.all.paused, both(expected.all.heartbeatInterval != 0, input.time >= until));
        _expect(input, abi.encodeCall(stop.sync, (input.wallet)), true, "", expected);
    }

    /// @notice `requireLive` reverts with the first reason: revoked, another epoch, dormant, all paused,
    /// paused.
    function check_requireLiveGivesFirstReason(Case memory input, uint64 epoch) external {
        SwitchState memory expected = _state(input);
        VM.warp(input.time);
        bytes memory data = abi.encodeCall(stop.requireLive, (input.principal, input.wallet, epoch));
        (bool live, bytes memory result) = address(stop).staticcall(data);
        if (live) return;
        uint256 until = uint256(expected.all.lastCheckIn) + expected.all.heartbeatInterval;
        bytes memory expectedError = abi.encodeWithSelector(IRevocationSwitch.AgentIsPaused.selector, input.principal, input.wallet);
        if (expected.one.revoked) {
            expectedError = abi.encodeWithSelector(IRevocationSwitch.AgentIsRevoked.selector, input.principal, input.wallet);
        } else if (expected.all.epoch != epoch) {
            expectedError = abi.encodeWithSelector(IRevocationSwitch.EpochEnded.selector, input.principal, epoch, expected.all.epoch);
        } else if (both(expected.all.heartbeatInterval != 0, input.time >= until)) {
            expectedError = abi.encodeWithSelector(IRevocationSwitch.PrincipalIsDormant.selector, input.principal, until, input.time);
        } else if (expected.all.paused) {
            expectedError = abi.encodeWithSelector(IRevocationSwitch.PrincipalIsPaused.selector, input.principal);
        }
        assert(isError(result, expectedError));
    }

    /// @dev The call succeeds if and only if it is allowed, with this state afterwards; else it reverts with
    /// this error.
    function _expect(Case memory input, bytes memory data, bool allowed, bytes memory expectedError, SwitchState memory expected) private {
        VM.warp(input.time);
        VM.prank(input.caller);
        (bool done, bytes memory result) = address(stop).call(data);
        assert(done == allowed);
        if (!done) {
            assert(isError(result, expectedError));
            return;
        }
        assertState(_state(input), expected);
    }

    function _state(Case memory input) private view returns (SwitchState memory) {
        return switchState(input.principal, input.wallet, input.guardian);
    }
}
