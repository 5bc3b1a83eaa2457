// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Counter, CounterLayout} from "./Counter.sol";

/// @title SpendLedger
/// @notice Counts spending in one currency, over its lifetime and over rolling windows, in constant storage.
///
/// Time is divided into buckets of `width` seconds; a window is eight buckets long. What is *settled* (`spent`
/// less what is pending) never decreases, and each window stores its value at the start of the last eight
/// buckets. At any time the window counts everything settled since the start of the bucket that is eight
/// buckets before the current one, and everything pending:
///
///     counted(t) = spent(t) − settled at the start of bucket(t) − 8
///
/// These nine buckets always cover the last eight bucket lengths. So for **every** time t, the sum charged in
/// (t − 8·width, t] is at most the limit (I2). Capacity returns at most one width, an eighth of the window,
/// late, and never early. Worked example: docs/accounting.md.
///
/// *Pending* charges are authorized but not settled, and may be settled at any time. So they always count as if
/// they had just been charged, and no bucket's start includes them. A charge that is released is subtracted
/// from `spent`, and no window needs a change.
///
/// A start is stored when the first charge of its bucket is added: the bucket then has an *entry*. Between two
/// entries nothing was settled, so a bucket without one starts with the same sum as the next that has one. The
/// newest bucket always has one. So the first charge in a new bucket reads and writes at most one entry, however
/// long the ledger slept.
/// @dev Storage arithmetic only: no external calls, no clock of its own, all amounts in the currency's budget
/// units.
library SpendLedger {
    /// @notice A further window. Every charge reads its first slot, and writes only in a new bucket. Width
    /// zero: not in use.
    /// @param floor What was settled at the start of the oldest bucket that the window counts.
    /// @param bucket Newest bucket with an entry.
    /// @param width Length of a bucket (seconds).
    /// @param entries Bit n is set if the n-th bucket before the newest has an entry. Bit 0 is always set.
    /// @param starts What was settled at the start of each of them; that of bucket k at `starts[k % 8]`.
    struct Track {
        uint96 floor;
        uint32 bucket;
        uint24 width;
        uint8 entries;
        uint96[8] starts;
    }

    /// @notice A counter with up to four windows.
    /// @param counter Counter, with the first window's own numbers.
    /// @param starts Entries of the first window (see `Track`).
    /// @param further Further windows.
    /// @param pending Sum of authorized charges that may still be settled; part of `spent`.
    struct Ledger {
        Counter counter;
        uint96[8] starts;
        Track[3] further;
        uint96 pending;
    }

    /// @notice Buckets per window, and the highest number of windows.
    uint256 internal constant BUCKETS = 8;
    uint256 internal constant WINDOWS = 4;

    /// @notice Thrown when a charge exceeds what remains of a rolling window's limit (budget units; length of
    /// the window in seconds).
    error WindowLimitExceeded(uint256 charge, uint256 remaining, uint256 length);
    /// @notice Thrown when a charge exceeds what remains of the lifetime limit (budget units).
    error LifetimeLimitExceeded(uint256 charge, uint256 remaining);

    /* CHARGE */

    /// @notice Charges an amount to every window and for life. Reverts with WindowLimitExceeded or
    /// LifetimeLimitExceeded if it doesn't fit.
    /// @param amount Amount (budget units). Exactly what remains still fits.
    /// @param windowLimits The most that each open window may count at any time, this charge included; the first
    /// window first, at most 96 bits each.
    /// @param lifetimeLimit The most that may ever be spent, this charge included; at most 96 bits.
    /// @param timestamp Now (unix seconds); never before an earlier call's.
    function spend(
        Ledger storage ledger,
        uint256 amount,
        uint256[] memory windowLimits,
        uint256 lifetimeLimit,
        uint256 timestamp
    ) internal {
        add(ledger, amount, windowLimits[0], lifetimeLimit, timestamp);
        for (uint256 i = 1; i < windowLimits.length; ++i) {
            requireWithin(ledger, i - 1, amount, windowLimits[i], timestamp);
        }
    }

    /// @notice Adds a charge. Reverts with WindowLimitExceeded if it doesn't fit into the first window, and
    /// with LifetimeLimitExceeded if it exceeds the lifetime limit.
    /// @dev `spend` calls it for the first window. A ledger with one window needs nothing else.
    /// @param charge Amount (budget units). Exactly what remains still fits.
    /// @param windowLimit The most that the first window may count at any time, this charge included; at most
    /// 96 bits.
    /// @param lifetimeLimit The most that may ever be spent, this charge included; at most 96 bits.
    /// @param timestamp Now (unix seconds); never before an earlier call's.
    function add(
        Ledger storage ledger,
        uint256 charge,
        uint256 windowLimit,
        uint256 lifetimeLimit,
        uint256 timestamp
    ) internal {
        Counter counter = ledger.counter;
        uint256 width = counter.width();
        unchecked {
            uint256 bucket = timestamp / width;
            if (bucket > counter.bucket()) counter = _rollFirst(ledger, counter, bucket);
            uint256 spent = counter.spent();
            _requireFits(charge, windowLimit, spent - counter.floor(), width);
            uint256 left = _left(lifetimeLimit, spent);
            require(charge <= left, LifetimeLimitExceeded(charge, left));
            // Fits: the sum is at most a limit of 96 bits, and these are the lowest bits.
            ledger.counter = counter.plus(charge);
        }
    }

    /// @notice Reverts with WindowLimitExceeded if the charge just added doesn't fit into a further window.
    /// @param index Index of the further window, from zero: the second window has index 0.
    /// @param charge Amount just added (budget units).
    /// @param limit The most that the window may count at any time, this charge included.
    /// @param timestamp Now (unix seconds).
    function requireWithin(Ledger storage ledger, uint256 index, uint256 charge, uint256 limit, uint256 timestamp)
        internal
    {
        Counter counter = ledger.counter;
        unchecked {
            uint256 before = counter.spent() - charge;
            (uint256 floor, uint256 width) = _rollFurther(ledger, ledger.further[index], counter, before, timestamp);
            _requireFits(charge, limit, before - floor, width);
        }
    }

    /// @notice Like `add` without a lifetime limit, but returns whether the charge fits. For counts whose refusal has
    /// an error of its own.
    /// @dev The caller must revert if it doesn't fit, because the window may have been rolled.
    /// @return fits Whether it was added.
    /// @return left What remained of the limit before (budget units).
    /// @return length Length of the window (seconds).
    function tryAdd(Ledger storage ledger, uint256 charge, uint256 windowLimit, uint256 timestamp)
        internal
        returns (bool fits, uint256 left, uint256 length)
    {
        Counter counter = ledger.counter;
        uint256 width = counter.width();
        unchecked {
            uint256 bucket = timestamp / width;
            if (bucket > counter.bucket()) counter = _rollFirst(ledger, counter, bucket);
            uint256 spent = counter.spent();
            left = _left(windowLimit, spent - counter.floor());
            // The counter has 96 bits. An overflow would change the numbers beside it.
            fits = charge <= left && charge <= type(uint96).max - spent;
            if (fits) ledger.counter = counter.plus(charge);
            return (fits, left, width * BUCKETS);
        }
    }

    function _requireFits(uint256 charge, uint256 limit, uint256 used, uint256 width) private pure {
        unchecked {
            uint256 left = _left(limit, used);
            require(charge <= left, WindowLimitExceeded(charge, left, width * BUCKETS));
        }
    }

    /// @dev A new mandate may set a limit below what is already counted: then nothing remains.
    function _left(uint256 limit, uint256 used) private pure returns (uint256) {
        unchecked {
            return used < limit ? limit - used : 0;
        }
    }

    /* OPEN */

    /// @notice Opens the ledger, or gives it other windows; what is counted stays counted.
    /// @dev A window whose length was open before continues. A window of a new length starts with the highest
    /// amount that any open window counts, as if just spent. It returns a whole new window later, so a change
    /// never refills a window. A shorter window does forget sooner: what it has forgotten isn't counted again
    /// when a later mandate has a longer one.
    /// @param widths Length of a bucket of each window (seconds), an eighth of the window; none zero, each
    /// once.
    /// @param unit Decimals of the currency's unit, at most 31; the caller has checked that an open ledger keeps
    /// its own.
    /// @param timestamp Now (unix seconds).
    function open(Ledger storage ledger, uint24[] memory widths, uint8 unit, uint256 timestamp) internal {
        if (_isOpen(ledger, widths)) return;
        Track[] memory before = tracksAt(ledger, timestamp);
        uint96 floor = uint96(ledger.counter.spent());
        for (uint256 i = 0; i < before.length; ++i) {
            if (before[i].floor < floor) floor = before[i].floor;
        }
        if (before.length == 0) ledger.counter = CounterLayout.create(unit);
        for (uint256 i = 0; i < widths.length; ++i) {
            Track memory track = _resumed(before, widths[i], floor, timestamp);
            // In a ledger that was never opened every start is zero, as it must be.
            if (before.length == 0) _storeHead(ledger, i, track);
            else _store(ledger, i, track);
        }
        for (uint256 i = widths.length; i < before.length; ++i) ledger.further[i - 1].width = 0;
    }

    function _isOpen(Ledger storage ledger, uint24[] memory widths) private view returns (bool) {
        if (ledger.counter.width() != widths[0]) return false;
        for (uint256 i = 1; i < widths.length; ++i) if (ledger.further[i - 1].width != widths[i]) return false;
        return widths.length == WINDOWS || ledger.further[widths.length - 1].width == 0;
    }

    function _resumed(Track[] memory before, uint24 width, uint96 floor, uint256 timestamp)
        private
        pure
        returns (Track memory track)
    {
        for (uint256 i = 0; i < before.length; ++i) if (before[i].width == width) return before[i];
        (track.floor, track.bucket, track.width) = (floor, uint32(timestamp / width), width);
        // One entry: nothing that is counted was charged in an earlier bucket.
        (track.entries, track.starts[_index(track.bucket, 0)]) = (1, floor);
    }

    /* PENDING */

    /// @notice Makes a charge that was just added pending.
    function hold(Ledger storage ledger, uint96 charge) internal {
        ledger.pending += charge;
        ledger.counter = ledger.counter.withPending(true);
    }

    /// @notice Makes a pending charge settled: it counts like a charge made now.
    function settle(Ledger storage ledger, uint96 charge, uint256 timestamp) internal {
        Counter counter = ledger.counter;
        uint256 bucket = timestamp / counter.width();
        for (uint256 i = 0; i < WINDOWS - 1 && ledger.further[i].width != 0; ++i) {
            _rollFurther(ledger, ledger.further[i], counter, counter.spent(), timestamp);
        }
        if (bucket > counter.bucket()) counter = _rollFirst(ledger, counter, bucket);
        _subtractPending(ledger, counter, charge);
    }

    /// @notice Releases a pending charge that can't be settled any more: neither windows nor lifetime limit
    /// count it from now on. No start includes it, so no window changes.
    function release(Ledger storage ledger, uint96 charge) internal {
        // No borrow from the bits above: `_subtractPending` reverts unless `spent` includes the charge.
        _subtractPending(ledger, ledger.counter.minus(charge), charge);
    }

    function _subtractPending(Ledger storage ledger, Counter counter, uint96 charge) private {
        uint96 left = ledger.pending - charge;
        ledger.pending = left;
        ledger.counter = counter.withPending(left != 0);
    }

    /// @notice Adds spending that could not be recorded when it happened (cheques). May exceed the limits;
    /// never reverts.
    /// @param total The most that may have been spent (budget units).
    /// @param recent The most of it within each window (budget units); one per open window.
    /// @param timestamp Now (unix seconds).
    function addRetroactively(Ledger storage ledger, uint96 total, uint96[] memory recent, uint256 timestamp) internal {
        Track[] memory tracks = tracksAt(ledger, timestamp);
        uint96 spent = uint96(ledger.counter.spent());
        // Capped instead of reverting: a principal must always be able to replace a mandate.
        if (total > type(uint96).max - spent) total = type(uint96).max - spent;
        for (uint256 i = 0; i < tracks.length; ++i) {
            _store(ledger, i, _raised(tracks[i], total > recent[i] ? total - recent[i] : 0));
        }
        ledger.counter = ledger.counter.plus(total);
    }

    function _raised(Track memory track, uint96 amount) private pure returns (Track memory) {
        track.floor += amount;
        // Those that belong to no entry are raised too: nothing reads them.
        for (uint256 k = 0; k < BUCKETS; ++k) track.starts[k] += amount;
        return track;
    }

    /* READ */

    /// @notice Returns the windows rolled to `timestamp`, the first window first.
    /// @dev Copies all of them to memory: for views and rare operations.
    function tracksAt(Ledger storage ledger, uint256 timestamp) internal view returns (Track[] memory tracks) {
        Counter counter = ledger.counter;
        uint256 count = counter.width() == 0 ? 0 : 1;
        while (count != 0 && count < WINDOWS && ledger.further[count - 1].width != 0) ++count;
        tracks = new Track[](count);
        for (uint256 i = 0; i < count; ++i) {
            tracks[i] = i == 0 ? _firstTrack(ledger) : ledger.further[i - 1];
            _rollCopy(tracks[i], uint96(counter.spent() - ledger.pending), timestamp);
        }
    }

    function _firstTrack(Ledger storage ledger) private view returns (Track memory track) {
        Counter counter = ledger.counter;
        (track.floor, track.bucket) = (uint96(counter.floor()), uint32(counter.bucket()));
        (track.width, track.entries) = (uint24(counter.width()), uint8(counter.entries()));
        track.starts = ledger.starts;
    }

    /// @notice Returns what a window of those that `tracksAt` returns counts (budget units).
    function counted(Ledger storage ledger, Track memory track) internal view returns (uint256) {
        return ledger.counter.spent() - track.floor;
    }

    /// @notice Returns what counts for the lifetime limit: everything ever charged, less what was released
    /// (budget units).
    function lifetimeSpent(Ledger storage ledger) internal view returns (uint256) {
        return ledger.counter.spent();
    }

    /// @notice Returns the length of a bucket of the first window (seconds); zero if the ledger was never opened.
    function bucketLength(Ledger storage ledger) internal view returns (uint256) {
        return ledger.counter.width();
    }

    /// @notice Returns when capacity returns next by itself (unix seconds), and how much (budget units). Zeros
    /// if none will.
    function nextReturn(Ledger storage ledger, Track memory track)
        internal
        view
        returns (uint256 when, uint256 amount)
    {
        uint256 settled = ledger.counter.spent() - ledger.pending;
        if (track.floor == settled) return (0, 0);
        for (uint256 later = 1; later <= BUCKETS; ++later) {
            uint256 age = BUCKETS - later;
            // A bucket without an entry starts with the same as the next one with an entry.
            while ((track.entries >> age) & 1 == 0) --age;
            uint256 floor = track.starts[_index(track.bucket, age)];
            if (floor > track.floor) return ((track.bucket + later) * track.width, floor - track.floor);
        }
        return ((track.bucket + BUCKETS + 1) * track.width, settled - track.floor);
    }

    /* ROLL */

    /// @dev Rolls the first window to `bucket`, which is later than its newest. Returns the counter, which the
    /// caller stores.
    function _rollFirst(Ledger storage ledger, Counter counter, uint256 bucket) private returns (Counter) {
        unchecked {
            uint256 settled = _settled(ledger, counter, counter.spent());
            (uint256 floor, uint256 entries) =
                _roll(ledger.starts, counter.entries(), counter.bucket(), bucket, settled);
            return counter.rolled(floor, bucket, entries);
        }
    }

    /// @dev Rolls a further window to `timestamp`, unless it is there. Returns its floor and width.
    /// @param spent Everything charged before the charge that is being added.
    function _rollFurther(
        Ledger storage ledger,
        Track storage track,
        Counter counter,
        uint256 spent,
        uint256 timestamp
    ) private returns (uint256 floor, uint256 width) {
        unchecked {
            uint256 previous;
            uint256 entries;
            (floor, previous, width, entries) = (track.floor, track.bucket, track.width, track.entries);
            uint256 bucket = timestamp / width;
            if (bucket <= previous) return (floor, width);
            (floor, entries) = _roll(track.starts, entries, previous, bucket, _settled(ledger, counter, spent));
            (track.floor, track.bucket, track.entries) = (uint96(floor), uint32(bucket), uint8(entries));
        }
    }

    function _settled(Ledger storage ledger, Counter counter, uint256 spent) private view returns (uint256) {
        unchecked {
            return counter.isPending() ? spent - ledger.pending : spent;
        }
    }

    /// @dev Adds an entry for a bucket. Returns the window's floor and its entries.
    /// @param previous Newest bucket with an entry; before `bucket`.
    /// @param settled What is spent, less what is pending.
    function _roll(uint96[8] storage starts, uint256 entries, uint256 previous, uint256 bucket, uint256 settled)
        private
        returns (uint256 floor, uint256)
    {
        unchecked {
            uint256 oldest;
            (oldest, entries) = _shifted(entries, bucket - previous);
            // Read before it is overwritten: the bucket eight before the new one has the same index.
            floor = oldest == 0 ? settled : starts[_index(bucket, oldest)];
            starts[_index(bucket, 0)] = uint96(settled);
        }
        return (floor, entries);
    }

    /// @dev Returns which buckets have an entry when one is added `steps` later, and which is the oldest of
    /// them that the window counts (buckets before the new one): its start is the window's floor.
    /// @return oldest From 1 to 8; zero if nothing was charged since the oldest bucket began.
    function _shifted(uint256 entries, uint256 steps) private pure returns (uint256 oldest, uint256) {
        if (steps > BUCKETS) return (0, 1);
        unchecked {
            entries = (entries << steps) | 1;
            oldest = BUCKETS;
            // Ends: the entry that was the newest is at most eight buckets old.
            while ((entries >> oldest) & 1 == 0) --oldest;
            // The entry eight buckets before the new one is overwritten by it.
            return (oldest, uint8(entries));
        }
    }

    /// @dev Returns where the start of a bucket is, given a later one and its age.
    function _index(uint256 bucket, uint256 age) private pure returns (uint256) {
        unchecked {
            // In this order, so that the prover knows the index when it knows `bucket % BUCKETS`.
            return (bucket % BUCKETS + BUCKETS - age) % BUCKETS;
        }
    }

    /// @dev Like `_rollFurther`, on a copy in memory.
    function _rollCopy(Track memory track, uint96 settled, uint256 timestamp) private pure {
        uint256 bucket = timestamp / track.width;
        if (bucket <= track.bucket) return;
        (uint256 oldest, uint256 entries) = _shifted(track.entries, bucket - track.bucket);
        track.floor = oldest == 0 ? settled : track.starts[_index(bucket, oldest)];
        track.starts[_index(bucket, 0)] = settled;
        (track.bucket, track.entries) = (uint32(bucket), uint8(entries));
    }

    /* STORE */

    function _store(Ledger storage ledger, uint256 index, Track memory track) private {
        _storeHead(ledger, index, track);
        if (index == 0) ledger.starts = track.starts;
        else ledger.further[index - 1].starts = track.starts;
    }

    /// @dev Stores all but the starts.
    function _storeHead(Ledger storage ledger, uint256 index, Track memory track) private {
        if (index == 0) {
            ledger.counter =
                ledger.counter.withWidth(track.width).rolled(track.floor, track.bucket, track.entries);
            return;
        }
        Track storage further = ledger.further[index - 1];
        (further.floor, further.bucket) = (track.floor, track.bucket);
        (further.width, further.entries) = (track.width, track.entries);
    }
}
