// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SpendLedger} from "../../../contracts/ledger/SpendLedger.sol";
import {AnyLedger} from "./AnyLedger.sol";
import {Window} from "./Window.sol";

/// @title LedgerStepsProof
/// @notice What the ledger does to its storage is what `Windows` does to a plain window, of which `WindowProof` shows that its limit holds
/// for ever. Both together are I2 for any number of steps, at any times.
/// @dev Bounds: buckets are 1,024 seconds wide, for the prover divides only by powers of two; the code uses the width for nothing but
/// dividing.
/// @custom:halmos --loop 10 --solver-timeout-branching 100ms --panic-error-codes *
contract LedgerStepsProof is AnyLedger {
    using SpendLedger for SpendLedger.Ledger;

    /// @notice A ledger that is opened for the first time is an empty window.
    function check_openIsAnEmptyWindow(uint256 turn, uint256 place, uint256 offset) external {
        place = pick(place, 7);
        Window memory window;
        uint256 timestamp;
        unchecked {
            window.bucket = (8 * turned(turn)) | place;
            timestamp = (window.bucket * WIDTH) | (offset % WIDTH);
        }
        uint24[] memory widths = new uint24[](1);
        widths[0] = uint24(WIDTH);
        ledger.open(widths, 6, timestamp);
        assert(isStored(window, place));
    }

    /// @notice A charge, at any time, is accepted only if it fits; and then the window has gone on to that time and has it.
    /// @dev The limit for life and the windows know nothing of each other: here it is the highest that there is.
    function check_addIsACharge(State memory state, Later memory later, uint96 charge, uint96 windowLimit) external {
        uint256 place = pick(state.place, 7);
        unchecked {
            WORLD.assume(uint256(state.spent) + charge <= type(uint96).max);
        }
        Window memory window = windowOf(state, place, placed(state, place));
        (uint256 timestamp, uint256 next) = gone(window, place, later, WIDTH);
        uint256 left = window.left(windowLimit);
        window.charge(charge);
        ledger.add(charge, windowLimit, type(uint96).max, timestamp);
        assert(both(charge <= left, isStored(window, next)));
    }

    /// @notice So does a charge of a further window, which `add` has counted already.
    /// @dev Which of them it is goes with the place: all that differs is where in storage it is.
    function check_requireWithinIsACharge(State memory state, Later memory later, uint96 charge, uint96 limit) external {
        uint256 place = pick(state.place, 7);
        uint256 index = place % 3;
        uint256 bucket = bucketOf(state, place);
        (ledger.counter.spent, ledger.pending) = (state.spent, state.pending);
        ledger.further[index] = SpendLedger.Track(state.floor, uint32(bucket), uint24(FURTHER_WIDTH), state.starts);
        Window memory window = windowOf(state, place, bucket);
        unchecked {
            uint256 before = uint256(state.spent) - charge;
            WORLD.assume(both(charge <= state.spent, both(state.pending <= before, state.floor <= before)));
            window.settled = before - state.pending;
        }
        (uint256 timestamp, uint256 next) = gone(window, place, later, FURTHER_WIDTH);
        uint256 left = window.left(limit);
        ledger.requireWithin(index, charge, limit, timestamp);
        assert(both(charge <= left, isTrack(ledger.further[index], window, next, FURTHER_WIDTH)));
    }

    /// @notice What is settled, at any time, is as settled then.
    function check_settleSettles(State memory state, Later memory later, uint96 amount) external {
        uint256 place = pick(state.place, 7);
        Window memory window = windowOf(state, place, placed(state, place));
        WORLD.assume(amount <= state.pending);
        (uint256 timestamp, uint256 next) = gone(window, place, later, WIDTH);
        window.settle(amount);
        ledger.settle(amount, timestamp);
        assert(isStored(window, next));
    }

    /// @notice What is given back is; and that never fails.
    /// @dev In the bucket of the last step: `settle`, which goes on to later ones by the same function, does so for all.
    function check_giveBackGivesBack(State memory state, uint256 offset, uint96 amount) external {
        WORLD.assume(amount <= state.pending);
        (Window memory window, uint256 timestamp) = _now(state, offset, amount, state.spent);
        window.release(amount);
        ledger.release(amount, timestamp);
        assert(isStored(window, 0));
    }

    /// @notice What was spent beside the ledger is added; and that never fails, for it ends at what the counter can hold.
    /// @dev In the bucket of the last step.
    function check_addPastAddsThePast(State memory state, uint256 offset, uint96 total, uint96 recent) external {
        unchecked {
            uint256 room = type(uint96).max - state.spent;
            uint256 added = total > room ? room : total;
            uint256 early = added > recent ? added - recent : 0;
            (Window memory window, uint256 timestamp) = _now(state, offset, early, type(uint96).max);
            window.addRetroactively(added, early);
            uint96[] memory recents = new uint96[](1);
            recents[0] = recent;
            ledger.addRetroactively(total, recents, timestamp);
            assert(isStored(window, 0));
        }
    }

    /// @notice A charge that is held is pending, and nothing else changes.
    function check_holdHolds(State memory state, uint96 amount) external {
        placed(state, state.place % 8);
        unchecked {
            WORLD.assume(uint256(state.pending) + amount <= state.spent);
            SpendLedger.Counter memory before = ledger.counter;
            ledger.hold(amount);
            SpendLedger.Counter memory counter = ledger.counter;
            bool same = both(before.spent == counter.spent, both(before.floor == counter.floor, before.bucket == counter.bucket));
            for (uint256 k = 0; k < 8; ++k) same = both(same, ledger.starts[k] == state.starts[k]);
            assert(both(same, both(ledger.pending == uint256(state.pending) + amount, ledger.released == state.returned)));
        }
    }

    /// @dev A ledger of which no start is more than what is settled, nor is what was returned; and so, by `check_whatIsRaisedFits`, no
    /// start is more than `most` with the amount. All starts are treated alike, so it doesn't matter which is the first: as if it were that
    /// of place 0.
    function _now(State memory state, uint256 offset, uint256 amount, uint256 most) private returns (Window memory window, uint256 timestamp) {
        uint256 bucket = placed(state, state.place % 8);
        window = windowOf(state, 0, bucket);
        unchecked {
            WORLD.assume(state.returned <= window.settled);
            for (uint256 age = 0; age <= 8; ++age) {
                WORLD.assume(both(window.starts[age] <= window.settled, window.starts[age] + amount <= most));
            }
            timestamp = (bucket * WIDTH) | (offset % WIDTH);
        }
    }
}
