// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevocationSwitch} from "../../../contracts/interfaces/IRevocationSwitch.sol";
import {AnySwitch} from "./AnySwitch.sol";

/// @title SwitchStepsProof
/// @notice What each function of the switch does, from any state: what it says of itself, and nothing else; and it refuses only whom it has
/// to refuse, and says why.
/// @custom:halmos --loop 4
contract SwitchStepsProof is AnySwitch {
    /// @notice Who is asked about, and by whom.
    struct About {
        address principal;
        address wallet;
        address guardian;
        address caller;
        uint64 time;
    }

    /// @notice I8, I10: principal and guardians pause and revoke, one or all.
    function check_stopping(About memory about, uint256 choice) external {
        Said memory what = _said(about);
        choice = pick(choice, 3);
        bytes memory data = abi.encodeCall(stop.pause, (about.principal, about.wallet));
        if (choice == 0) what.one.paused = true;
        else if (choice == 1) (data, what.one.revoked) = (abi.encodeCall(stop.revoke, (about.principal, about.wallet)), true);
        else if (choice == 2) (data, what.all.paused) = (abi.encodeCall(stop.pauseAll, (about.principal)), true);
        else {
            WORLD.assume(what.all.epoch != type(uint64).max);
            (data, what.all.epoch) = (abi.encodeCall(stop.revokeAll, (about.principal)), what.all.epoch + 1);
        }
        bool may = either(about.caller == about.principal, stop.isGuardian(about.principal, about.caller));
        bytes memory refusal =
            abi.encodeWithSelector(IRevocationSwitch.NotPrincipalOrGuardian.selector, about.caller, about.principal);
        _expect(about, data, may, refusal, what);
    }

    /// @notice I12: only the principal speaks for itself, and restores what isn't revoked.
    function check_restoring(About memory about, uint256 choice) external {
        about.caller = about.principal;
        Said memory what = _said(about);
        bool may = true;
        bytes memory data = abi.encodeCall(stop.unpauseAll, ());
        if (pick(choice, 1) == 0) what.all.paused = false;
        else {
            may = !what.one.revoked;
            (data, what.one.paused) = (abi.encodeCall(stop.unpause, (about.wallet)), false);
        }
        bytes memory refusal = abi.encodeWithSelector(IRevocationSwitch.AgentIsRevoked.selector, about.principal, about.wallet);
        _expect(about, data, may, refusal, what);
    }

    /// @notice Guardians are appointed and dismissed, but not the address zero; a heartbeat is long enough, and begins now.
    function check_appointing(About memory about, uint256 choice, bool appointed, uint48 interval) external {
        about.caller = about.principal;
        Said memory what = _said(about);
        choice = pick(choice, 2);
        bool may = true;
        bytes memory data = abi.encodeCall(stop.checkIn, ());
        bytes memory refusal = abi.encodeWithSelector(IRevocationSwitch.ZeroAddress.selector);
        if (choice == 0) {
            may = about.guardian != address(0);
            (data, what.guarded) = (abi.encodeCall(stop.setGuardian, (about.guardian, appointed)), appointed);
        } else {
            what.all.lastCheckIn = uint48(about.time);
            if (choice == 1) {
                may = either(interval == 0, interval >= 1 days);
                (data, what.all.heartbeatInterval) = (abi.encodeCall(stop.setHeartbeat, (interval)), interval);
                refusal = abi.encodeWithSelector(IRevocationSwitch.HeartbeatTooShort.selector, interval, 1 days);
            }
        }
        _expect(about, data, may, refusal, what);
    }

    /// @notice A wallet resigns, and the registry revokes what it unlinks.
    function check_resigning(About memory about, bool resigned) external {
        if (resigned) about.wallet = about.caller;
        Said memory what = _said(about);
        what.one.revoked = true;
        if (resigned) _expect(about, abi.encodeCall(stop.resign, (about.principal)), true, "", what);
        else {
            bytes memory data = abi.encodeCall(stop.revokeUnlinked, (about.principal, about.wallet));
            bytes memory refusal = abi.encodeWithSelector(IRevocationSwitch.NotRegistry.selector, about.caller, REGISTRY);
            _expect(about, data, about.caller == REGISTRY, refusal, what);
        }
    }

    /// @notice An order can be canceled once, and is spent then.
    function check_canceling(address caller, uint256 nonce, address other, uint256 otherNonce) external {
        (bool spent, bool before) = (stop.isNonceSpent(caller, nonce), stop.isNonceSpent(other, otherNonce));
        WORLD.prank(caller);
        (bool done, bytes memory told) = address(stop).call(abi.encodeCall(stop.cancelOrder, (nonce)));
        assert(done == !spent);
        assert(either(done, isError(told, abi.encodeWithSelector(IRevocationSwitch.OrderSpent.selector, caller, nonce))));
        assert(stop.isNonceSpent(caller, nonce));
        bool same = both(caller == other, nonce == otherNonce);
        assert(either(same, stop.isNonceSpent(other, otherNonce) == before));
    }

    /// @notice The views say what is stored.
    function check_viewsSayWhatIs(About memory about, uint64 epoch) external {
        Said memory what = _said(about);
        WORLD.warp(about.time);
        uint256 until = uint256(what.all.lastCheckIn) + what.all.heartbeatInterval;
        assert(stop.isDormant(about.principal) == both(what.all.heartbeatInterval != 0, about.time >= until));
        assert(stop.isPaused(about.principal, about.wallet) == either(what.one.paused, what.all.paused));
        assert(stop.isRevoked(about.principal, about.wallet, epoch) == either(what.one.revoked, what.all.epoch != epoch));
        bool stopped = either(what.one.paused, either(what.one.revoked, what.one.held));
        assert(stop.isStopped(about.principal, about.wallet) == stopped);
        assert(stop.epochOf(about.principal) == what.all.epoch);
    }

    /// @notice Anybody may sync: a wallet of another epoch is revoked, and the word that operations read is what it should be.
    function check_syncing(About memory about) external {
        about.wallet = address(any);
        uint64 epoch;
        (about.principal, epoch) = any.authority();
        Said memory what = _said(about);
        if (epoch != what.all.epoch) what.one.revoked = true;
        uint256 until = uint256(what.all.lastCheckIn) + what.all.heartbeatInterval;
        what.one.held = either(what.all.paused, both(what.all.heartbeatInterval != 0, about.time >= until));
        _expect(about, abi.encodeCall(stop.sync, (about.wallet)), true, "", what);
    }

    /// @notice What isn't live is refused for the first of its reasons: revoked, another epoch, dormant, all paused, paused.
    function check_refusingSaysWhy(About memory about, uint64 epoch) external {
        Said memory what = _said(about);
        WORLD.warp(about.time);
        bytes memory data = abi.encodeCall(stop.requireLive, (about.principal, about.wallet, epoch));
        (bool live, bytes memory told) = address(stop).staticcall(data);
        if (live) return;
        uint256 until = uint256(what.all.lastCheckIn) + what.all.heartbeatInterval;
        bytes memory why = abi.encodeWithSelector(IRevocationSwitch.AgentIsPaused.selector, about.principal, about.wallet);
        if (what.one.revoked) {
            why = abi.encodeWithSelector(IRevocationSwitch.AgentIsRevoked.selector, about.principal, about.wallet);
        } else if (what.all.epoch != epoch) {
            why = abi.encodeWithSelector(IRevocationSwitch.EpochEnded.selector, about.principal, epoch, what.all.epoch);
        } else if (both(what.all.heartbeatInterval != 0, about.time >= until)) {
            why = abi.encodeWithSelector(IRevocationSwitch.PrincipalIsDormant.selector, about.principal, until, about.time);
        } else if (what.all.paused) {
            why = abi.encodeWithSelector(IRevocationSwitch.PrincipalIsPaused.selector, about.principal);
        }
        assert(isError(told, why));
    }

    /// @dev The call succeeds just if the caller may, and then this is what is said; else it is refused in these words.
    function _expect(About memory about, bytes memory data, bool may, bytes memory refusal, Said memory what) private {
        WORLD.warp(about.time);
        WORLD.prank(about.caller);
        (bool done, bytes memory told) = address(stop).call(data);
        assert(done == may);
        if (!done) {
            assert(isError(told, refusal));
            return;
        }
        assertSaid(_said(about), what);
    }

    function _said(About memory about) private view returns (Said memory) {
        return said(about.principal, about.wallet, about.guardian);
    }
}
