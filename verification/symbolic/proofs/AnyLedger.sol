// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SpendLedger} from "../../../contracts/ledger/SpendLedger.sol";
import {Proof} from "./Proof.sol";
import {Window} from "./Window.sol";

/// @title AnyLedger
/// @notice A ledger in any state, reachable or not, and the plain window that it corresponds to.
/// @dev A bucket is 8 · turn + place. The storage index of a start depends on the place, so each place gets a
/// path of its own. Turns are below 2^27, so that buckets stay below 2^32 after the steps.
abstract contract AnyLedger is Proof {
    using SpendLedger for SpendLedger.Ledger;

    /// @notice Length of a bucket of the first window, and of a further one (seconds).
    uint256 internal constant WIDTH = 1024;
    uint256 internal constant FURTHER_WIDTH = 65_536;

    SpendLedger.Ledger internal ledger;

    /// @notice Any ledger with one window.
    struct State {
        uint96 spent;
        uint96 floor;
        uint96 pending;
        uint96 released;
        uint96[8] starts;
        uint256 turn;
        uint256 place;
        uint8 decimals;
    }

    /// @notice Any time not before a ledger's last step.
    /// @param steps Buckets later.
    /// @param turns If `steps` is nine: additional turns of eight buckets.
    /// @param offset Offset in the bucket (seconds).
    struct Later {
        uint256 steps;
        uint256 turns;
        uint256 offset;
    }

    /// @dev Writes the state to storage. All other assumptions about the sums are the invariant of
    /// `WindowProof`.
    function storeLedger(State memory state, uint256 place) internal returns (uint256 bucket) {
        bucket = bucketOf(state, place);
        ledger.counter = SpendLedger.Counter(state.spent, state.floor, uint32(bucket), uint24(WIDTH), state.decimals);
        (ledger.starts, ledger.pending, ledger.released) = (state.starts, state.pending, state.released);
        VM.assume(both(both(state.floor <= state.spent, state.pending <= state.spent), state.released <= state.spent));
    }

    function bucketOf(State memory state, uint256 place) internal pure returns (uint256) {
        return (boundedTurn(state.turn) << 3) | place;
    }

    /// @dev Returns the window of a ledger that was just stored; the place must be a constant.
    function windowOf(State memory state, uint256 place, uint256 bucket) internal pure returns (Window memory window) {
        (window.pending, window.released) = (state.pending, state.released);
        (window.bucket, window.starts[8]) = (bucket, state.floor);
        unchecked {
            window.settled = uint256(state.spent) - state.pending;
            for (uint256 age = 0; age < 8; ++age) window.starts[age] = state.starts[(place + 8 - age) % 8];
        }
    }

    /// @dev Rolls the window to a later time, and returns that time and the new place.
    function advance(Window memory window, uint256 place, Later memory later, uint256 width) internal pure returns (uint256 timestamp, uint256 next) {
        unchecked {
            uint256 steps = pick(later.steps, 9);
            uint256 turn = window.bucket / 8 + (place + steps) / 8;
            if (steps == 9) turn += boundedTurn(later.turns);
            next = (place + steps) % 8;
            window.roll(steps, (8 * turn) | next);
            return ((((8 * turn) | next) * width) | (later.offset % width), next);
        }
    }

    /// @dev Whether storage holds this as the first window.
    function isStoredWindow(Window memory window, uint256 place) internal view returns (bool) {
        SpendLedger.Counter memory counter = ledger.counter;
        SpendLedger.Track memory track = SpendLedger.Track(counter.floor, counter.bucket, counter.width, ledger.starts);
        bool sums = both(counter.spent == window.spent(), both(ledger.pending == window.pending, ledger.released == window.released));
        return both(sums, isTrack(track, window, place, WIDTH));
    }

    /// @dev Whether a track is this window.
    function isTrack(SpendLedger.Track memory track, Window memory window, uint256 place, uint256 width) internal pure returns (bool same) {
        same = both(track.width == width, both(track.bucket == window.bucket, track.floor == window.starts[8]));
        unchecked {
            for (uint256 age = 0; age < 8; ++age) same = both(same, track.starts[(place + 8 - age) % 8] == window.starts[age]);
        }
    }

    function boundedTurn(uint256 turn) internal pure returns (uint256) {
        return turn & (type(uint32).max >> 5);
    }
}
