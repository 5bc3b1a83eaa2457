// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Counter} from "../../../contracts/ledger/Counter.sol";
import {SpendLedger} from "../../../contracts/ledger/SpendLedger.sol";
import {Proof} from "./Proof.sol";
import {Window} from "./Window.sol";

/// @title AnyLedger
/// @notice A ledger in any state, reachable or not, and the plain window that it corresponds to.
/// @dev A bucket is 8 · turn + place. The storage index of a start depends on the place, so each place gets a
/// path of its own. Turns are below 2^21, so that buckets stay below 2^26 after the steps.
abstract contract AnyLedger is Proof {
    using SpendLedger for SpendLedger.Ledger;

    /// @notice Length of a bucket of the first window, and of a further one (seconds).
    uint256 internal constant WIDTH = 1024;
    uint256 internal constant FURTHER_WIDTH = 65_536;

    SpendLedger.Ledger internal ledger;

    /// @notice Any ledger with one window.
    /// @param head Decimals and whether anything is pending: the highest six bits of the counter.
    /// @param entries Which buckets have an entry; the newest always does.
    struct State {
        uint96 spent;
        uint96 floor;
        uint96 pending;
        uint8 head;
        uint8 entries;
        uint96[8] starts;
        uint256 turn;
        uint256 place;
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
        storeCounter(state, WIDTH, bucket);
        (ledger.starts, ledger.pending) = (state.starts, state.pending);
        VM.assume(both(state.floor <= state.spent, state.pending <= state.spent));
    }

    /// @dev Writes the counter. If anything is pending, it says so.
    function storeCounter(State memory state, uint256 width, uint256 bucket) internal {
        (state.head, state.entries) = (state.head & 63, state.entries | 1);
        ledger.counter = counterOf(state.spent, state.floor, width, bucket, state.entries, state.head);
        VM.assume(either(state.pending == 0, state.head & 1 == 1));
    }

    function counterOf(uint256 spent, uint256 floor, uint256 width, uint256 bucket, uint256 entries, uint256 head)
        internal
        pure
        returns (Counter)
    {
        return Counter.wrap(spent | floor << 96 | width << 192 | bucket << 216 | entries << 242 | head << 250);
    }

    function stored() internal view returns (uint256) {
        return Counter.unwrap(ledger.counter);
    }

    /// @dev The first window as it is in storage.
    function firstTrack() internal view returns (SpendLedger.Track memory) {
        uint256 word = stored();
        return SpendLedger.Track(uint96(word >> 96), uint32(word >> 216 & type(uint32).max >> 6), uint24(word >> 192), uint8(word >> 242), ledger.starts);
    }

    /// @dev The starts of a track by their age. A bucket without an entry started with the same as the next.
    function startsOf(SpendLedger.Track memory track, uint256 place) internal pure returns (uint256[8] memory starts) {
        unchecked {
            starts[0] = track.starts[place];
            for (uint256 age = 1; age < 8; ++age) {
                bool has = track.entries >> age & 1 == 1;
                starts[age] = only(has, track.starts[(place + 8 - age) % 8]) | only(!has, starts[age - 1]);
            }
        }
    }

    function bucketOf(State memory state, uint256 place) internal pure returns (uint256) {
        return (boundedTurn(state.turn) << 3) | place;
    }

    /// @dev Returns the window of a ledger that was just stored; the place must be a constant.
    function windowOf(State memory state, uint256 place, uint256 bucket) internal pure returns (Window memory window) {
        (window.pending, window.bucket, window.starts[8]) = (state.pending, bucket, state.floor);
        SpendLedger.Track memory track = SpendLedger.Track(state.floor, 0, 0, state.entries | 1, state.starts);
        uint256[8] memory starts = startsOf(track, place);
        for (uint256 age = 0; age < 8; ++age) window.starts[age] = starts[age];
        unchecked {
            window.settled = uint256(state.spent) - state.pending;
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

    /// @dev Whether storage holds this as the first window, and whether it still has these decimals.
    function isStoredWindow(Window memory window, uint256 place, uint8 head) internal view returns (bool) {
        uint256 word = stored();
        bool sums = both(uint96(word) == window.spent(), ledger.pending == window.pending);
        bool says = both(word >> 251 == head >> 1, either(window.pending == 0, word >> 250 & 1 == 1));
        return both(both(sums, says), isTrack(firstTrack(), window, place, WIDTH));
    }

    /// @dev Whether a track is this window.
    function isTrack(SpendLedger.Track memory track, Window memory window, uint256 place, uint256 width) internal pure returns (bool same) {
        same = both(track.width == width, both(track.bucket == window.bucket, track.floor == window.starts[8]));
        same = both(same, track.entries & 1 == 1);
        uint256[8] memory starts = startsOf(track, place);
        for (uint256 age = 0; age < 8; ++age) same = both(same, starts[age] == window.starts[age]);
    }

    function boundedTurn(uint256 turn) internal pure returns (uint256) {
        return turn & (type(uint32).max >> 11);
    }
}
