// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AnySwitch} from "./AnySwitch.sol";

/// @title SwitchProof
/// @notice One step of the switch, from any state of its storage, reachable or not: any state-changing
/// function, any arguments, any caller, any time. What every step preserves holds forever.
/// @dev Bounds: signatures of 0, 65 or 1,024 bytes. `ecrecover` may return anything. A contract that is called
/// returns anything, and can't call back with effect, because it is called by STATICCALL.
contract SwitchProof is AnySwitch {
    /// @notice I8, I11: an agent that is revoked, or whose epoch has ended, is never live again, after any
    /// call.
    function check_revokedStaysRevoked(address principal, address wallet, uint64 epoch, address caller, uint256 time) external {
        SwitchState memory before = switchState(principal, wallet, address(0));
        bool revoked = either(before.one.revoked, before.all.epoch > epoch);
        VM.assume(revoked);
        _anyCall(caller, time);
        SwitchState memory later = switchState(principal, wallet, address(0));
        assert(either(later.one.revoked, later.all.epoch > epoch));
        assert(!_live(principal, wallet, epoch));
    }

    /// @notice I10: a principal and its guardians can revoke an agent in every state; it is then not live.
    function check_revokeNeverFails(address principal, address wallet, uint64 epoch, address caller, uint256 time) external {
        VM.assume(either(caller == principal, stop.isGuardian(principal, caller)));
        VM.warp(time);
        VM.prank(caller);
        (bool done,) = address(stop).call(abi.encodeCall(stop.revoke, (principal, wallet)));
        assert(done);
        assert(!_live(principal, wallet, epoch));
    }

    /// @notice I9, I10: they can revoke all agents in every state; then no agent of this epoch or an earlier
    /// one is live.
    /// @dev Except the 2^64th time, because the epoch has 64 bits.
    function check_revokeAllNeverFails(address principal, address wallet, uint64 epoch, address caller, uint256 time) external {
        uint64 current = stop.epochOf(principal);
        VM.assume(current != type(uint64).max);
        VM.assume(epoch <= current);
        VM.assume(either(caller == principal, stop.isGuardian(principal, caller)));
        VM.warp(time);
        VM.prank(caller);
        (bool done,) = address(stop).call(abi.encodeCall(stop.revokeAll, (principal)));
        assert(done);
        assert(stop.epochOf(principal) == current + 1);
        assert(!_live(principal, wallet, epoch));
    }

    /// @notice I12: only the principal restores authority: neither a guardian, nor a signed order, nor the
    /// registry does.
    function check_othersOnlyReduceAuthority(address principal, address wallet, address guardian, address caller, uint256 time) external {
        VM.assume(caller != principal);
        SwitchState memory before = switchState(principal, wallet, guardian);
        _anyCall(caller, time);
        SwitchState memory later = switchState(principal, wallet, guardian);
        assert(later.isGuardian == before.isGuardian);
        assert(later.all.heartbeatInterval == before.all.heartbeatInterval);
        assert(later.all.lastCheckIn == before.all.lastCheckIn);
        assert(later.all.epoch >= before.all.epoch);
        assert(implies(before.all.paused, later.all.paused));
        assert(implies(before.one.paused, later.one.paused));
        assert(implies(before.one.revoked, later.one.revoked));
    }

    /// @notice I28: a stranger, neither principal nor guardian nor registry, changes nothing of a principal,
    /// but may revoke itself.
    /// @dev Except with `submitOrder`, which submits others' signatures, and `sync`, which reads the wallet.
    function check_strangersChangeNothing(address principal, address wallet, address guardian, address caller, uint256 time) external {
        VM.assume(both(caller != principal, caller != REGISTRY));
        VM.assume(wallet != caller);
        VM.assume(!stop.isGuardian(principal, caller));
        SwitchState memory before = switchState(principal, wallet, guardian);
        bytes4 selector = _anyCall(caller, time);
        VM.assume(both(selector != stop.submitOrder.selector, selector != stop.sync.selector));
        SwitchState memory later = switchState(principal, wallet, guardian);
        assert(keccak256(abi.encode(later)) == keccak256(abi.encode(before)));
    }

    /// @notice I8, I21: `requireLive` succeeds if and only if the agent is neither revoked, nor of another
    /// epoch, nor paused, nor dormant, which it is from the second of the missed heartbeat on.
    function check_liveMeansNotStopped(address principal, address wallet, uint64 epoch, uint256 time) external {
        SwitchState memory state = switchState(principal, wallet, address(0));
        VM.warp(time);
        bool stopped = either(either(state.one.revoked, state.one.paused), either(state.all.paused, state.all.epoch != epoch));
        uint256 until = uint256(state.all.lastCheckIn) + state.all.heartbeatInterval;
        bool dormant = both(state.all.heartbeatInterval != 0, time >= until);
        assert(_live(principal, wallet, epoch) == !either(stopped, dormant));
    }

    function _anyCall(address caller, uint256 time) private returns (bytes4 selector) {
        bytes memory data = SVM.createCalldata("RevocationSwitch");
        VM.warp(time);
        VM.prank(caller);
        (bool done,) = address(stop).call(data);
        VM.assume(done);
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
