// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SpendLedger} from "../../contracts/libraries/SpendLedger.sol";
import {Proof} from "./Proof.sol";
import {Window} from "./Window.sol";

/// @title AnyLedger
/// @notice A ledger in any state, reachable or not, and what it is as a plain window.
/// @dev A bucket is written as 8 · turn + place. Where a start is in storage depends on the place, so each place gets a path of its own.
/// Turns are below 2^27: with the steps, buckets are below 2^32, as the ledger keeps them.
abstract contract AnyLedger is Proof {
    using SpendLedger for SpendLedger.Ledger;

    /// @notice Seconds that a bucket lasts.
    uint256 internal constant WIDTH = 1024;

    SpendLedger.Ledger internal ledger;

    /// @notice Any ledger with one window.
    struct State {
        uint96 spent;
        uint96 floor;
        uint96 pending;
        uint96 returned;
        uint96[8] starts;
        uint256 turn;
        uint256 place;
        uint8 decimals;
    }

    /// @notice Any time not before a ledger's last step.
    /// @param steps How many buckets later.
    /// @param turns If those are nine: how many times eight more.
    /// @param offset In the bucket (seconds).
    struct Later {
        uint256 steps;
        uint256 turns;
        uint256 offset;
    }

    /// @dev Into the storage. Of amounts that can't be subtracted the ledger knows nothing: the rule of `WindowProof` excludes them.
    function placed(State memory state, uint256 place) internal returns (uint256 bucket) {
        unchecked {
            bucket = (8 * turned(state.turn)) | place;
        }
        ledger.counter = SpendLedger.Counter(state.spent, state.floor, uint32(bucket), uint24(WIDTH), state.decimals);
        (ledger.starts, ledger.pending, ledger.returned) = (state.starts, state.pending, state.returned);
        WORLD.assume(both(both(state.floor <= state.spent, state.pending <= state.spent), state.returned <= state.spent));
    }

    /// @dev The window of a ledger just placed; the place has to be a constant.
    function windowOf(State memory state, uint256 place, uint256 bucket) internal pure returns (Window memory window) {
        (window.spent, window.pending, window.bucket, window.starts[8]) = (state.spent, state.pending, bucket, state.floor);
        unchecked {
            for (uint256 age = 0; age < 8; ++age) window.starts[age] = state.starts[(place + 8 - age) % 8];
        }
    }

    /// @dev What is then the time, and the place; the window goes on to it.
    function gone(Window memory window, uint256 place, Later memory later) internal pure returns (uint256 timestamp, uint256 next) {
        unchecked {
            uint256 steps = pick(later.steps, 9);
            uint256 turn = window.bucket / 8 + (place + steps) / 8;
            if (steps == 9) turn += turned(later.turns);
            next = (place + steps) % 8;
            window.roll(steps, (8 * turn) | next);
            return ((((8 * turn) | next) * WIDTH) | (later.offset % WIDTH), next);
        }
    }

    /// @dev Whether the first window in storage is this one.
    function isStored(Window memory window, uint256 place) internal view returns (bool same) {
        SpendLedger.Counter memory counter = ledger.counter;
        same = both(counter.spent == window.spent, ledger.pending == window.pending);
        same = both(same, both(counter.bucket == window.bucket, counter.floor == window.starts[8]));
        same = both(same, counter.width == WIDTH);
        unchecked {
            for (uint256 age = 0; age < 8; ++age) same = both(same, ledger.starts[(place + 8 - age) % 8] == window.starts[age]);
        }
    }

    function turned(uint256 turn) internal pure returns (uint256) {
        return turn & (type(uint32).max >> 5);
    }
}
