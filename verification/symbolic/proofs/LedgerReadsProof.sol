// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SpendLedger} from "../../../contracts/ledger/SpendLedger.sol";
import {AnyLedger} from "./AnyLedger.sol";
import {Window} from "./Window.sol";

/// @title LedgerReadsProof
/// @notice What the ledger returns and why it reverts; and what new windows start with.
/// @dev In the bucket of the last step: `LedgerStepsProof` covers later buckets.
/// @custom:halmos --loop 10 --solver-timeout-branching 50ms --panic-error-codes *
contract LedgerReadsProof is AnyLedger {
    using SpendLedger for SpendLedger.Ledger;

    /// @notice Any turn.
    uint256 private constant TURN = 219_726;

    /// @notice External, so that a property can observe its revert data.
    function add(uint256 charge, uint256 windowLimit, uint256 lifetimeLimit, uint256 timestamp) external {
        ledger.add(charge, windowLimit, lifetimeLimit, timestamp);
    }

    /// @notice External, so that a property can observe its revert data.
    function requireWithin(uint256 index, uint256 charge, uint256 limit, uint256 timestamp) external {
        ledger.requireWithin(index, charge, limit, timestamp);
    }

    /// @notice `add` accepts what fits, and reverts otherwise with what would fit.
    function check_addRevertsAboveLimit(State memory state, uint96 charge, uint96 windowLimit, uint96 lifetimeLimit) external {
        uint256 timestamp = storeLedger(state, state.place % 8) * WIDTH;
        (bool done, bytes memory result) =
            address(this).call(abi.encodeCall(this.add, (charge, windowLimit, lifetimeLimit, timestamp)));
        unchecked {
            uint256 left = _rest(windowLimit, state.spent - state.floor);
            uint256 lifetime = _rest(lifetimeLimit, state.spent);
            if (charge > left) {
                assert(!done);
                _assertError(result, SpendLedger.WindowLimitExceeded.selector, charge, left);
                assert(both(result.length == 100, _word(result, 2) == 8 * WIDTH));
            } else if (charge > lifetime) {
                assert(!done);
                _assertError(result, SpendLedger.LifetimeLimitExceeded.selector, charge, lifetime);
            } else {
                assert(done);
            }
        }
    }

    /// @notice `requireWithin` does the same for a further window.
    function check_requireWithinRevertsAboveLimit(State memory state, uint96 charge, uint96 limit) external {
        uint256 index = 1;
        uint256 bucket = bucketOf(state, state.place % 8);
        storeCounter(state, WIDTH, 0);
        ledger.pending = state.pending;
        ledger.further[index] = SpendLedger.Track(state.floor, uint32(bucket), uint24(FURTHER_WIDTH), state.entries, state.starts);
        unchecked {
            VM.assume(both(charge <= state.spent, state.floor <= state.spent - charge));
            uint256 left = _rest(limit, state.spent - charge - state.floor);
            (bool done, bytes memory result) =
                address(this).call(abi.encodeCall(this.requireWithin, (index, charge, limit, bucket * FURTHER_WIDTH)));
            assert(done == (charge <= left));
            if (done) return;
            _assertError(result, SpendLedger.WindowLimitExceeded.selector, charge, left);
            assert(_word(result, 2) == 8 * FURTHER_WIDTH);
        }
    }

    /// @notice A window counts what was spent since its floor; the lifetime limit counts all of it.
    function check_countedAndLifetimeSpent(State memory state) external {
        uint256 bucket = storeLedger(state, state.place % 8);
        SpendLedger.Track[] memory tracks = ledger.tracksAt(bucket * WIDTH);
        assert(both(tracks.length == 1, ledger.counted(tracks[0]) == uint256(state.spent) - state.floor));
        assert(ledger.lifetimeSpent() == state.spent);
    }

    /// @notice `nextReturn` gives the first later bucket in which the window's floor is higher than now, and
    /// the difference; or zeros.
    /// @dev The starts are ordered, as `check_startsStayOrdered` verifies. So until then the floor stays the
    /// same, and the settled amount is higher. At one place, since it only changes the index of the starts.
    function check_nextReturn(State memory state, uint256 steps) external {
        (uint256 place, uint256 first) = (3, pick(steps, 9));
        Window memory window = windowOf(state, place, storeLedger(state, place));
        (uint256 bucket, uint256 floor) = (window.bucket, window.starts[8]);
        for (uint256 before = 1; before < (first == 0 ? 10 : first); ++before) VM.assume(_end(window, before) == floor);
        VM.assume(either(first == 0, both(_end(window, first) > floor, window.settled > floor)));

        SpendLedger.Track memory track = SpendLedger.Track(state.floor, uint32(bucket), uint24(WIDTH), state.entries, state.starts);
        (uint256 when, uint256 amount) = ledger.nextReturn(track);
        unchecked {
            assert(when == (first == 0 ? 0 : (bucket + first) * WIDTH));
            assert(amount == (first == 0 ? 0 : _end(window, first) - floor));
        }
    }

    /// @notice A window of another length counts everything that the old one did, for its whole length; pending
    /// amounts don't change.
    /// @dev In one turn, so that the new window's bucket has a known place.
    function check_newWindowKeepsCountedSpending(State memory state, uint256 offset) external {
        uint256 place = pick(state.place, 7);
        state.turn = TURN;
        uint256 timestamp = (storeLedger(state, place) * WIDTH) | (offset % WIDTH);
        uint24[] memory widths = new uint24[](1);
        widths[0] = uint24(FURTHER_WIDTH);
        ledger.open(widths, state.head >> 1, timestamp);
        Window memory window;
        (window.settled, window.pending) = (uint256(state.spent) - state.pending, state.pending);
        window.bucket = timestamp / FURTHER_WIDTH;
        for (uint256 age = 0; age <= 8; ++age) window.starts[age] = state.floor;
        assert(both(isTrack(firstTrack(), window, (TURN / 8) % 8, FURTHER_WIDTH), ledger.pending == state.pending));
        assert(both(uint96(stored()) == state.spent, stored() >> 250 == state.head));
    }

    /// @notice `tracksAt` returns the window rolled to any later time.
    function check_tracksAtMatchesModel(State memory state, Later memory later) external {
        uint256 place = pick(state.place, 7);
        Window memory window = windowOf(state, place, storeLedger(state, place));
        (uint256 timestamp, uint256 next) = advance(window, place, later, WIDTH);
        SpendLedger.Track[] memory tracks = ledger.tracksAt(timestamp);
        assert(both(tracks.length == 1, isTrack(tracks[0], window, next, WIDTH)));
    }

    /// @dev Floor of the window after this many buckets without a charge.
    function _end(Window memory window, uint256 steps) private pure returns (uint256) {
        return steps == 9 ? window.settled : window.starts[8 - steps];
    }

    function _rest(uint256 limit, uint256 used) private pure returns (uint256) {
        unchecked {
            return used < limit ? limit - used : 0;
        }
    }

    /// @dev Checks the error and its first two words.
    function _assertError(bytes memory result, bytes4 selector, uint256 first, uint256 second) private pure {
        assert(bytes4(result) == selector);
        assert(both(_word(result, 0) == first, _word(result, 1) == second));
    }

    function _word(bytes memory result, uint256 index) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(result, 36), mul(index, 32)))
        }
    }
}
