// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SpendLedger} from "../../../contracts/ledger/SpendLedger.sol";
import {AnyLedger} from "./AnyLedger.sol";
import {Window} from "./Window.sol";

/// @title LedgerStepsProof
/// @notice Each step of the ledger changes its storage as the same step of `Windows` changes a plain window.
/// `WindowProof` verifies that a plain window's limit holds forever. Together they verify I2 for any number of
/// steps at any times.
/// @dev Bounds: buckets are 1,024 seconds long, because the prover divides only by powers of two. The code uses
/// the width only to divide.
/// @custom:halmos --loop 10 --solver-timeout-branching 100ms --panic-error-codes *
contract LedgerStepsProof is AnyLedger {
    using SpendLedger for SpendLedger.Ledger;

    /// @notice A ledger that is opened for the first time is an empty window.
    function check_openMatchesEmptyWindow(uint256 turn, uint256 place, uint256 offset) external {
        place = pick(place, 7);
        Window memory window;
        uint256 timestamp;
        unchecked {
            window.bucket = (8 * boundedTurn(turn)) | place;
            timestamp = (window.bucket * WIDTH) | (offset % WIDTH);
        }
        uint24[] memory widths = new uint24[](1);
        widths[0] = uint24(WIDTH);
        ledger.open(widths, 6, timestamp);
        assert(isStoredWindow(window, place));
    }

    /// @notice A charge at any time is accepted only if it fits. The window is then rolled to that time and
    /// includes the charge.
    /// @dev The lifetime limit doesn't affect windows: here it is the highest possible.
    function check_addMatchesModel(State memory state, Later memory later, uint96 charge, uint96 windowLimit) external {
        uint256 place = pick(state.place, 7);
        unchecked {
            VM.assume(uint256(state.spent) + charge <= type(uint96).max);
        }
        Window memory window = windowOf(state, place, storeLedger(state, place));
        (uint256 timestamp, uint256 next) = advance(window, place, later, WIDTH);
        uint256 left = window.left(windowLimit);
        window.charge(charge);
        ledger.add(charge, windowLimit, type(uint96).max, timestamp);
        assert(both(charge <= left, isStoredWindow(window, next)));
    }

    /// @notice The same for a charge of a further window, which `add` has counted before.
    /// @dev The further window's index follows from the place, since it only changes the storage location.
    function check_requireWithinMatchesModel(State memory state, Later memory later, uint96 charge, uint96 limit) external {
        uint256 place = pick(state.place, 7);
        uint256 index = place % 3;
        uint256 bucket = bucketOf(state, place);
        (ledger.counter.spent, ledger.pending) = (state.spent, state.pending);
        ledger.further[index] = SpendLedger.Track(state.floor, uint32(bucket), uint24(FURTHER_WIDTH), state.starts);
        Window memory window = windowOf(state, place, bucket);
        unchecked {
            uint256 before = uint256(state.spent) - charge;
            VM.assume(both(charge <= state.spent, both(state.pending <= before, state.floor <= before)));
            window.settled = before - state.pending;
        }
        (uint256 timestamp, uint256 next) = advance(window, place, later, FURTHER_WIDTH);
        uint256 left = window.left(limit);
        ledger.requireWithin(index, charge, limit, timestamp);
        assert(both(charge <= left, isTrack(ledger.further[index], window, next, FURTHER_WIDTH)));
    }

    /// @notice A charge settled at any time counts as settled then.
    function check_settleMatchesModel(State memory state, Later memory later, uint96 amount) external {
        uint256 place = pick(state.place, 7);
        Window memory window = windowOf(state, place, storeLedger(state, place));
        VM.assume(amount <= state.pending);
        (uint256 timestamp, uint256 next) = advance(window, place, later, WIDTH);
        window.settle(amount);
        ledger.settle(amount, timestamp);
        assert(isStoredWindow(window, next));
    }

    /// @notice Releasing matches the model, and never reverts.
    /// @dev In the bucket of the last step: `settle` uses the same function to roll to later ones.
    function check_releaseMatchesModel(State memory state, uint256 offset, uint96 amount) external {
        VM.assume(amount <= state.pending);
        (Window memory window, uint256 timestamp) = _now(state, offset, amount, state.spent);
        window.release(amount);
        ledger.release(amount, timestamp);
        assert(isStoredWindow(window, 0));
    }

    /// @notice Adding retroactively matches the model, and never reverts: it is capped at what the counter can
    /// hold.
    /// @dev In the bucket of the last step.
    function check_addRetroactivelyMatchesModel(State memory state, uint256 offset, uint96 total, uint96 recent) external {
        unchecked {
            uint256 room = type(uint96).max - state.spent;
            uint256 added = total > room ? room : total;
            uint256 early = added > recent ? added - recent : 0;
            (Window memory window, uint256 timestamp) = _now(state, offset, early, type(uint96).max);
            window.addRetroactively(added, early);
            uint96[] memory recents = new uint96[](1);
            recents[0] = recent;
            ledger.addRetroactively(total, recents, timestamp);
            assert(isStoredWindow(window, 0));
        }
    }

    /// @notice `hold` makes a charge pending, and changes nothing else.
    function check_holdMatchesModel(State memory state, uint96 amount) external {
        storeLedger(state, state.place % 8);
        unchecked {
            VM.assume(uint256(state.pending) + amount <= state.spent);
            SpendLedger.Counter memory before = ledger.counter;
            ledger.hold(amount);
            SpendLedger.Counter memory counter = ledger.counter;
            bool same = both(before.spent == counter.spent, both(before.floor == counter.floor, before.bucket == counter.bucket));
            for (uint256 k = 0; k < 8; ++k) same = both(same, ledger.starts[k] == state.starts[k]);
            assert(both(same, both(ledger.pending == uint256(state.pending) + amount, ledger.released == state.released)));
        }
    }

    /// @dev A ledger in which no start, nor the released amount, exceeds what is settled. By
    /// `check_raisedStartFits`, no start plus the amount exceeds `most`. All starts are treated alike, so it
    /// doesn't matter which is first: place 0 is used.
    function _now(State memory state, uint256 offset, uint256 amount, uint256 most) private returns (Window memory window, uint256 timestamp) {
        uint256 bucket = storeLedger(state, state.place % 8);
        window = windowOf(state, 0, bucket);
        unchecked {
            VM.assume(state.released <= window.settled);
            for (uint256 age = 0; age <= 8; ++age) {
                VM.assume(both(window.starts[age] <= window.settled, window.starts[age] + amount <= most));
            }
            timestamp = (bucket * WIDTH) | (offset % WIDTH);
        }
    }
}
