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
            uint256 lifetime = _rest(lifetimeLimit, state.spent - state.released);
            uint256 room = type(uint96).max - state.spent;
            if (room < lifetime) lifetime = room;
            if (charge > left) {
                assert(!done);
                _assertError(result, SpendLedger.WindowLimitExceeded.selector, charge, left);
                assert(both(result.length == 100, _word(result, 2) == 8 * WIDTH));
            } else if (both(charge > lifetime, uint256(state.spent) + charge > lifetimeLimit)) {
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
        (ledger.counter.spent, ledger.pending) = (state.spent, state.pending);
        ledger.further[index] = SpendLedger.Track(state.floor, uint32(bucket), uint24(FURTHER_WIDTH), state.starts);
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

    /// @notice A window counts what was spent since its floor; the lifetime limit counts what was spent and not
    /// released.
    function check_countedAndLifetimeSpent(State memory state) external {
        uint256 bucket = storeLedger(state, state.place % 8);
        SpendLedger.Track[] memory tracks = ledger.tracksAt(bucket * WIDTH);
        assert(both(tracks.length == 1, ledger.counted(tracks[0]) == uint256(state.spent) - state.floor));
        assert(ledger.lifetimeSpent() == uint256(state.spent) - state.released);
    }

    /// @notice `nextReturn` gives the first later bucket in which the window's floor is higher than now, and
    /// the difference; or zeros.
    /// @dev The starts are ordered, as `check_startsStayOrdered` verifies. So until then the floor stays the
    /// same, and the settled amount is higher.
    function check_nextReturn(State memory state, uint256 steps) external {
        (uint256 place, uint256 first) = (pick(state.place, 7), pick(steps, 9));
        Window memory window = windowOf(state, place, storeLedger(state, place));
        (uint256 bucket, uint256 floor) = (window.bucket, window.starts[8]);
        for (uint256 before = 1; before < (first == 0 ? 10 : first); ++before) VM.assume(_end(window, before) == floor);
        VM.assume(either(first == 0, both(_end(window, first) > floor, window.settled > floor)));

        SpendLedger.Track memory track = SpendLedger.Track(state.floor, uint32(bucket), uint24(WIDTH), state.starts);
        (uint256 when, uint256 amount) = ledger.nextReturn(track);
        unchecked {
            assert(when == (first == 0 ? 0 : (bucket + first) * WIDTH));
            assert(amount == (first == 0 ? 0 : _end(window, first) - floor));
        }
    }

    /// @notice A window of another length counts everything that the old one did, for its whole length; pending
    /// and released amounts don't change.
    function check_newWindowKeepsCountedSpending(State memory state, uint256 offset) external {
        uint256 timestamp = (storeLedger(state, state.place % 8) * WIDTH) | (offset % WIDTH);
        uint24[] memory widths = new uint24[](1);
        widths[0] = uint24(FURTHER_WIDTH);
        ledger.open(widths, state.decimals, timestamp);
        SpendLedger.Counter memory counter = ledger.counter;
        bool same = both(counter.spent == state.spent, both(counter.floor == state.floor, counter.decimals == state.decimals));
        same = both(same, both(counter.bucket == timestamp / FURTHER_WIDTH, counter.width == FURTHER_WIDTH));
        for (uint256 k = 0; k < 8; ++k) same = both(same, ledger.starts[k] == state.floor);
        assert(both(same, both(ledger.pending == state.pending, ledger.released == state.released)));
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
