// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AnySwitch} from "./AnySwitch.sol";

/// @title SwitchProof
/// @notice One step of the switch, from any state of its storage, reachable or not: any function that may write, any arguments, any
/// caller, any time. What holds after such a step whenever it held before holds for ever.
/// @dev Bounds: signatures of 0, 65 or 1,024 bytes. `ecrecover` may answer anything. A contract that is called answers anything, and can't
/// call back with effect, for it is called by STATICCALL.
contract SwitchProof is AnySwitch {
    /// @notice I8, I11: an agent that was revoked, or whose epoch has ended, is never live again, whatever anybody does.
    function check_revokedStaysRevoked(address principal, address wallet, uint64 epoch, address caller, uint256 time) external {
        Said memory before = said(principal, wallet, address(0));
        bool revoked = either(before.one.revoked, before.all.epoch > epoch);
        WORLD.assume(revoked);
        _anything(caller, time);
        Said memory later = said(principal, wallet, address(0));
        assert(either(later.one.revoked, later.all.epoch > epoch));
        assert(!_live(principal, wallet, epoch));
    }

    /// @notice I10: a principal and its guardians can revoke an agent in every state, and then it is dead.
    function check_revokeNeverFails(address principal, address wallet, uint64 epoch, address caller, uint256 time) external {
        WORLD.assume(either(caller == principal, stop.isGuardian(principal, caller)));
        WORLD.warp(time);
        WORLD.prank(caller);
        (bool done,) = address(stop).call(abi.encodeCall(stop.revoke, (principal, wallet)));
        assert(done);
        assert(!_live(principal, wallet, epoch));
    }

    /// @notice I9, I10: they can revoke all in every state, and then every agent of this epoch or an earlier one is dead.
    /// @dev But for the 2^64th time: the epoch is a count of 64 bits.
    function check_revokeAllNeverFails(address principal, address wallet, uint64 epoch, address caller, uint256 time) external {
        uint64 current = stop.epochOf(principal);
        WORLD.assume(current != type(uint64).max);
        WORLD.assume(epoch <= current);
        WORLD.assume(either(caller == principal, stop.isGuardian(principal, caller)));
        WORLD.warp(time);
        WORLD.prank(caller);
        (bool done,) = address(stop).call(abi.encodeCall(stop.revokeAll, (principal)));
        assert(done);
        assert(stop.epochOf(principal) == current + 1);
        assert(!_live(principal, wallet, epoch));
    }

    /// @notice I12: nobody but the principal restores anything: neither a guardian, nor an order that was signed, nor the registry.
    function check_othersOnlyNarrow(address principal, address wallet, address guardian, address caller, uint256 time) external {
        WORLD.assume(caller != principal);
        Said memory before = said(principal, wallet, guardian);
        _anything(caller, time);
        Said memory later = said(principal, wallet, guardian);
        assert(later.guarded == before.guarded);
        assert(later.all.heartbeatInterval == before.all.heartbeatInterval);
        assert(later.all.lastCheckIn == before.all.lastCheckIn);
        assert(later.all.epoch >= before.all.epoch);
        assert(implies(before.all.paused, later.all.paused));
        assert(implies(before.one.paused, later.one.paused));
        assert(implies(before.one.revoked, later.one.revoked));
    }

    /// @notice I28: a stranger, neither principal nor guardian nor registry, changes nothing of a principal's, but revokes itself.
    /// @dev But for `submitOrder`, which brings the word of one who may, and `sync`, which brings the wallet's.
    function check_strangersChangeNothing(address principal, address wallet, address guardian, address caller, uint256 time) external {
        WORLD.assume(both(caller != principal, caller != REGISTRY));
        WORLD.assume(wallet != caller);
        WORLD.assume(!stop.isGuardian(principal, caller));
        Said memory before = said(principal, wallet, guardian);
        bytes4 selector = _anything(caller, time);
        WORLD.assume(both(selector != stop.submitOrder.selector, selector != stop.sync.selector));
        Said memory later = said(principal, wallet, guardian);
        assert(keccak256(abi.encode(later)) == keccak256(abi.encode(before)));
    }

    /// @notice I8, I21: `requireLive` lets through just who is neither revoked, nor of another epoch, nor paused, nor dormant: from the
    /// second on in which the heartbeat is missed.
    function check_liveMeansNotStopped(address principal, address wallet, uint64 epoch, uint256 time) external {
        Said memory state = said(principal, wallet, address(0));
        WORLD.warp(time);
        bool stopped = either(either(state.one.revoked, state.one.paused), either(state.all.paused, state.all.epoch != epoch));
        uint256 until = uint256(state.all.lastCheckIn) + state.all.heartbeatInterval;
        bool dormant = both(state.all.heartbeatInterval != 0, time >= until);
        assert(_live(principal, wallet, epoch) == !either(stopped, dormant));
    }

    function _anything(address caller, uint256 time) private returns (bytes4 selector) {
        bytes memory data = SYMBOLS.createCalldata("RevocationSwitch");
        WORLD.warp(time);
        WORLD.prank(caller);
        (bool done,) = address(stop).call(data);
        WORLD.assume(done);
        return bytes4(data);
    }

    function _live(address principal, address wallet, uint64 epoch) private view returns (bool) {
        try stop.requireLive(principal, wallet, epoch) returns (bool live) {
            return live;
        } catch {
            return false;
        }
    }
}
