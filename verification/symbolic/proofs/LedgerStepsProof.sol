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
        assert(isStoredWindow(window, place, 6 << 1));
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
        assert(both(charge <= left, isStoredWindow(window, next, state.head)));
    }

    /// @notice The same for a charge of a further window, which `add` has counted before.
    /// @dev The further window's index follows from the place, since it only changes the storage location.
    function check_requireWithinMatchesModel(State memory state, Later memory later, uint96 charge, uint96 limit) external {
        uint256 place = pick(state.place, 7);
        uint256 index = place % 3;
        uint256 bucket = bucketOf(state, place);
        storeCounter(state, WIDTH, 0);
        ledger.pending = state.pending;
        ledger.further[index] = SpendLedger.Track(state.floor, uint32(bucket), uint24(FURTHER_WIDTH), state.entries, state.starts);
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
        assert(isStoredWindow(window, next, state.head));
    }

    /// @notice Releasing matches the model, and never reverts.
    /// @dev At place 0: it reads no start.
    function check_releaseMatchesModel(State memory state, uint96 amount) external {
        VM.assume(amount <= state.pending);
        Window memory window = windowOf(state, 0, storeLedger(state, 0));
        window.release(amount);
        ledger.release(amount);
        assert(isStoredWindow(window, 0, state.head));
    }

    /// @notice Adding retroactively matches the model, and never reverts: it is capped at what the counter can
    /// hold.
    /// @dev In the bucket of the last step.
    function check_addRetroactivelyMatchesModel(State memory state, uint256 offset, uint96 total, uint96 recent) external {
        unchecked {
            uint256 room = type(uint96).max - state.spent;
            uint256 added = total > room ? room : total;
            uint256 early = added > recent ? added - recent : 0;
            (Window memory window, uint256 timestamp) = _now(state, offset, early);
            window.addRetroactively(added, early);
            uint96[] memory recents = new uint96[](1);
            recents[0] = recent;
            ledger.addRetroactively(total, recents, timestamp);
            assert(isStoredWindow(window, 0, state.head));
        }
    }

    /// @notice `hold` makes a charge pending, and changes nothing else.
    function check_holdMatchesModel(State memory state, uint96 amount) external {
        storeLedger(state, state.place % 8);
        unchecked {
            VM.assume(uint256(state.pending) + amount <= state.spent);
            uint256 before = stored();
            ledger.hold(amount);
            bool same = stored() == before | 1 << 250;
            for (uint256 k = 0; k < 8; ++k) same = both(same, ledger.starts[k] == state.starts[k]);
            assert(both(same, ledger.pending == uint256(state.pending) + amount));
        }
    }

    /// @dev A ledger in which no start exceeds what is settled. By `check_raisedStartFits`, no start plus the
    /// amount exceeds 96 bits; nor does any of those that belong to no entry, since they were starts once. All
    /// starts are treated alike, so it doesn't matter which is first: place 0 is used.
    function _now(State memory state, uint256 offset, uint256 amount) private returns (Window memory window, uint256 timestamp) {
        uint256 bucket = storeLedger(state, 0);
        window = windowOf(state, 0, bucket);
        unchecked {
            VM.assume(window.starts[8] <= window.settled);
            for (uint256 k = 0; k < 8; ++k) {
                VM.assume(both(state.starts[k] <= window.settled, state.starts[k] + amount <= type(uint96).max));
            }
            timestamp = (bucket * WIDTH) | (offset % WIDTH);
        }
    }
}
