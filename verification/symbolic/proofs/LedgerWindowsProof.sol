// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SpendLedger} from "../../../contracts/ledger/SpendLedger.sol";
import {AnyLedger} from "./AnyLedger.sol";

/// @title LedgerWindowsProof
/// @notice Ledgers with one to four windows: opening other windows, and closing pending charges.
/// `LedgerStepsProof` verifies each step of a single window at any time; here all windows are in the bucket of
/// their last step.
/// @custom:halmos --loop 40 --solver-timeout-branching 50ms --panic-error-codes *
contract LedgerWindowsProof is AnyLedger {
    using SpendLedger for SpendLedger.Ledger;

    /// @notice Any ledger with windows, with any content in the slots that it doesn't use.
    struct Several {
        uint256 count;
        uint96 spent;
        uint96 pending;
        uint96[4] floors;
        uint96[8][4] starts;
        uint8[4] entries;
        uint8 head;
        uint40 timestamp;
    }

    /// @notice The bits of a timestamp that decide the index of a start, for all widths.
    uint256 private constant PLACES = 2 ** 23 - 2 ** 10;
    /// @notice Any value of them.
    uint256 private constant PLACE = 0x2d9800 & PLACES;

    /// @notice The first opening makes each window empty.
    function check_openCreatesEmptyWindows(uint256 count, uint40 timestamp, uint8 decimals) external {
        (count, timestamp, decimals) = (pick(count, 3) + 1, _time(timestamp), decimals & 31);
        ledger.open(_widths(count, 0), decimals, timestamp);
        for (uint256 i = 0; i < count; ++i) {
            assert(_isSame(_stored(i), _fresh(_width(i), 0, timestamp)));
        }
        for (uint256 i = count; i < 4; ++i) assert(_stored(i).width == 0);
        assert(both(ledger.counter.decimals() == decimals, both(ledger.lifetimeSpent() == 0, ledger.bucketLength() != 0)));
    }

    /// @notice Opening the same windows again changes nothing, at any time.
    function check_reopeningChangesNothing(Several memory several, uint40 later, uint8 decimals) external {
        _place(several);
        SpendLedger.Track[4] memory before = _all();
        ledger.open(_widths(several.count, 0), decimals, _time(later));
        for (uint256 i = 0; i < 4; ++i) assert(_isSame(_stored(i), before[i]));
        assert(_isUntouched(several));
    }

    /// @notice When other windows are opened, a window whose length was open before continues, whatever its
    /// index. One of a new length counts the most that any old one did, for its whole length. Windows that
    /// aren't listed any more are unused.
    function check_newWindowsKeepCountedSpending(Several memory several, uint256 count, uint256 first) external {
        _place(several);
        (count, first) = (pick(count, 3) + 1, pick(first, 4));
        // Excludes the same windows, which the property above covers.
        VM.assume(either(count != several.count, first != 0));
        uint96 lowest = several.spent;
        for (uint256 i = 0; i < several.count; ++i) if (several.floors[i] < lowest) lowest = several.floors[i];
        SpendLedger.Track[4] memory before = _all();

        ledger.open(_widths(count, first), several.head >> 1, several.timestamp);
        for (uint256 i = 0; i < count; ++i) {
            uint256 old = (first + i) % 5;
            SpendLedger.Track memory wanted = old < several.count ? before[old] : _fresh(_width(old), lowest, several.timestamp);
            assert(_isSame(_stored(i), wanted));
        }
        for (uint256 i = count; i < 4; ++i) assert(_stored(i).width == 0);
        assert(_isUntouched(several));
    }

    /// @notice `tracksAt` returns all open windows, in order, and no other.
    function check_tracksAtReturnsAllWindows(Several memory several) external {
        _place(several);
        SpendLedger.Track[] memory tracks = ledger.tracksAt(several.timestamp);
        assert(tracks.length == several.count);
        for (uint256 i = 0; i < several.count; ++i) assert(_isSame(tracks[i], _stored(i)));
    }

    /// @notice `addRetroactively` raises every window. `settle` and `release` change none: `settle` rolls them,
    /// which here they need not.
    function check_settleReleaseAndAddReachAllWindows(Several memory several, uint256 choice, uint96 amount, uint96[4] memory recent) external {
        _place(several);
        choice = pick(choice, 2);
        SpendLedger.Track[4] memory before = _all();
        unchecked {
            VM.assume(amount <= (choice == 2 ? type(uint96).max - several.spent : several.pending));
            if (choice == 2) {
                for (uint256 i = 0; i < several.count; ++i) if (amount > recent[i]) _raise(before[i], amount - recent[i]);
            }
            if (choice == 0) ledger.settle(amount, several.timestamp);
            else if (choice == 1) ledger.release(amount);
            else ledger.addRetroactively(amount, _list(recent, several.count), several.timestamp);

            for (uint256 i = 0; i < several.count; ++i) assert(_isSame(_stored(i), before[i]));
            if (choice == 1) several.spent -= amount;
            if (choice == 2) several.spent += amount;
            else several.pending -= amount;
            assert(_isUntouched(several));
        }
    }

    /// @dev Writes the ledger to storage, each window in its current bucket.
    function _place(Several memory several) private {
        several.count = pick(several.count, 3) + 1;
        (several.timestamp, several.head) = (_time(several.timestamp), several.head & 63);
        for (uint256 i = 0; i < 4; ++i) {
            uint24 width = i < several.count ? _width(i) : 0;
            uint32 bucket = uint32(several.timestamp / _width(i));
            uint8 entries = several.entries[i] | 1;
            VM.assume(several.floors[i] <= several.spent);
            if (i != 0) ledger.further[i - 1] = SpendLedger.Track(several.floors[i], bucket, width, entries, several.starts[i]);
            else ledger.counter = counterOf(several.spent, several.floors[0], width, bucket, entries, several.head);
        }
        (ledger.starts, ledger.pending) = (several.starts[0], several.pending);
        VM.assume(both(several.pending <= several.spent, either(several.pending == 0, several.head & 1 == 1)));
    }

    /// @dev Whether the sums and the decimals in storage are these.
    function _isUntouched(Several memory several) private view returns (bool) {
        bool sums = both(ledger.pending == several.pending, uint96(stored()) == several.spent);
        bool says = either(several.pending == 0, stored() >> 250 & 1 == 1);
        return both(both(sums, says), stored() >> 251 == several.head >> 1);
    }

    function _all() private view returns (SpendLedger.Track[4] memory all) {
        for (uint256 i = 0; i < 4; ++i) all[i] = _stored(i);
    }

    function _stored(uint256 index) private view returns (SpendLedger.Track memory) {
        if (index != 0) return ledger.further[index - 1];
        return firstTrack();
    }

    /// @dev Whether two tracks of the same width count the same, now and later.
    function _isSame(SpendLedger.Track memory one, SpendLedger.Track memory other) private pure returns (bool same) {
        same = both(one.width == other.width, both(one.bucket == other.bucket, one.floor == other.floor));
        if (one.width == 0) return same;
        same = both(same, both(one.entries & 1 == 1, other.entries & 1 == 1));
        uint256 place = PLACE / one.width % 8;
        (uint256[8] memory starts, uint256[8] memory others) = (startsOf(one, place), startsOf(other, place));
        for (uint256 age = 0; age < 8; ++age) same = both(same, starts[age] == others[age]);
    }

    function _fresh(uint24 width, uint96 floor, uint256 timestamp) private pure returns (SpendLedger.Track memory track) {
        (track.floor, track.bucket, track.width, track.entries) = (floor, uint32(timestamp / width), width, 255);
        for (uint256 k = 0; k < 8; ++k) track.starts[k] = floor;
    }

    /// @dev Any timestamp at which every window's bucket has a known place, and a number of 26 bits.
    function _time(uint40 timestamp) private pure returns (uint40) {
        return uint40(timestamp & (2 ** 36 - 1) & ~PLACES | PLACE);
    }

    function _raise(SpendLedger.Track memory track, uint96 amount) private pure {
        unchecked {
            VM.assume(uint256(track.floor) + amount <= type(uint96).max);
            track.floor += amount;
            for (uint256 k = 0; k < 8; ++k) {
                VM.assume(uint256(track.starts[k]) + amount <= type(uint96).max);
                track.starts[k] += amount;
            }
        }
    }

    /// @dev Returns this many of the five widths, from index `first` on.
    function _widths(uint256 count, uint256 first) private pure returns (uint24[] memory widths) {
        widths = new uint24[](count);
        for (uint256 i = 0; i < count; ++i) widths[i] = _width((first + i) % 5);
    }

    /// @dev Length of a bucket (seconds): unordered, and powers of two, because the prover divides only by
    /// them.
    function _width(uint256 index) private pure returns (uint24) {
        return [uint24(8192), 65_536, 1024, 1_048_576, 16_384][index];
    }

    function _list(uint96[4] memory amounts, uint256 count) private pure returns (uint96[] memory list) {
        list = new uint96[](count);
        for (uint256 i = 0; i < count; ++i) list[i] = amounts[i];
    }
}
