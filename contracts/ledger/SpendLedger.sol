// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title SpendLedger
/// @notice Counts spending in one currency, over its lifetime and over rolling windows, in constant storage.
///
/// Time is divided into buckets of `width` seconds; a window is eight buckets long. `spent` never decreases,
/// and each window stores its value at the start of each of the last eight buckets. At any time the window
/// counts everything spent since the start of the bucket that is eight buckets before the current one:
///
///     counted(t) = spent(t) − spent at the start of bucket(t) − 8
///
/// These nine buckets always cover the last eight bucket lengths. So for **every** time t, the sum charged in
/// (t − 8·width, t] is at most the limit (I2). Capacity returns at most one width, an eighth of the window,
/// late, and never early. Worked example: docs/accounting.md.
///
/// *Pending* charges are authorized but not settled, and may be settled at any time. So they always count as if
/// they had just been charged, and no bucket's start includes them.
/// @dev Storage arithmetic only: no external calls, no clock of its own, all amounts in the currency's budget
/// units.
library SpendLedger {
    /// @notice The slot that every charge writes. It includes the first window's own numbers.
    /// Layout: 8 bits decimals | 24 bits width | 32 bits bucket | 96 bits floor | 96 bits spent
    /// @param spent Everything ever charged. Never decreases (I3), whatever happens to mandates.
    /// @param floor What was settled (`spent` less `pending`) at the start of the oldest bucket that the first
    /// window counts; at most `spent`.
    /// @param bucket Newest bucket that the window has been rolled to: unix seconds divided by `width`.
    /// @param width Length of a bucket (seconds): an eighth of the window. Zero: the ledger was never opened.
    /// @param decimals Decimals of the currency's unit. They never change, so that old and new amounts can be
    /// added.
    struct Counter {
        uint96 spent;
        uint96 floor;
        uint32 bucket;
        uint24 width;
        uint8 decimals;
    }

    /// @notice A further window. Every charge reads its first slot, and writes only in a new bucket. Width
    /// zero: not in use.
    /// @param floor What was settled at the start of the oldest bucket that the window counts.
    /// @param bucket Newest bucket that the window has been rolled to.
    /// @param width Length of a bucket (seconds).
    /// @param starts What was settled at the start of the eight newest buckets; that of bucket k at `starts[k %
    /// 8]`.
    struct Track {
        uint96 floor;
        uint32 bucket;
        uint24 width;
        uint96[8] starts;
    }

    /// @notice A counter with up to four windows.
    /// @param counter Counter, with the first window's own numbers.
    /// @param starts What was settled at the start of the first window's eight newest buckets; that of bucket k
    /// at `starts[k % 8]`.
    /// @param further Further windows.
    /// @param pending Sum of authorized charges that may still be settled; part of `spent`.
    /// @param released Sum of authorized charges that can't be settled any more; part of `spent`, but not
    /// counted for the lifetime limit.
    struct Ledger {
        Counter counter;
        uint96[8] starts;
        Track[3] further;
        uint96 pending;
        uint96 released;
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
        Counter storage counter = ledger.counter;
        (uint256 spent, uint256 floor, uint256 width) = (counter.spent, counter.floor, counter.width);
        unchecked {
            if (timestamp / width > counter.bucket) floor = _rollFirst(ledger, timestamp);
            _requireFits(charge, windowLimit, spent - floor, width);
            if (spent + charge > lifetimeLimit) _requireLifetimeFits(ledger, charge, lifetimeLimit, spent);
            // Fits: the sum is at most a limit of 96 bits, or was just checked.
            counter.spent = uint96(spent + charge);
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
        Track storage track = ledger.further[index];
        uint256 spent = ledger.counter.spent;
        unchecked {
            uint256 before = spent - charge;
            (uint96 floor, uint32 bucket, uint24 width) = (track.floor, track.bucket, track.width);
            if (timestamp / width > bucket) {
                (floor, bucket) = _roll(track.starts, before - ledger.pending, bucket, width, timestamp);
                (track.floor, track.bucket) = (floor, bucket);
            }
            _requireFits(charge, limit, before - floor, width);
        }
    }

    function _requireFits(uint256 charge, uint256 limit, uint256 used, uint256 width) private pure {
        unchecked {
            // A new mandate may set a limit below what is already counted: then nothing remains.
            uint256 left = used < limit ? limit - used : 0;
            require(charge <= left, WindowLimitExceeded(charge, left, width * BUCKETS));
        }
    }

    /// @dev A function of its own because it reads another slot, which only a wallet near its lifetime limit
    /// needs.
    function _requireLifetimeFits(Ledger storage ledger, uint256 charge, uint256 limit, uint256 spent) private view {
        uint256 used = spent - ledger.released;
        uint256 left = used < limit ? limit - used : 0;
        // Released charges make room for more than the counter can hold, which real money never reaches.
        uint256 room = type(uint96).max - spent;
        if (room < left) left = room;
        require(charge <= left, LifetimeLimitExceeded(charge, left));
    }

    /* OPEN */

    /// @notice Opens the ledger, or gives it other windows; what is counted stays counted.
    /// @dev A window whose length was open before continues. A window of a new length starts with the highest
    /// amount that any open window counts, as if just spent. It returns a whole new window later, so a change
    /// never refills a window. A shorter window does forget sooner: what it has forgotten isn't counted again
    /// when a later mandate has a longer one.
    /// @param widths Length of a bucket of each window (seconds), an eighth of the window; none zero, each
    /// once.
    /// @param decimals Decimals of the currency; the caller has checked that an open ledger keeps its own.
    /// @param timestamp Now (unix seconds).
    function open(Ledger storage ledger, uint24[] memory widths, uint8 decimals, uint256 timestamp) internal {
        if (_isOpen(ledger, widths)) return;
        Track[] memory before = tracksAt(ledger, timestamp);
        uint96 spent = ledger.counter.spent;
        uint96 floor = spent;
        for (uint256 i = 0; i < before.length; ++i) {
            if (before[i].floor < floor) floor = before[i].floor;
        }
        for (uint256 i = 0; i < widths.length; ++i) {
            Track memory track = _resumed(before, widths[i], floor, timestamp);
            if (i == 0) ledger.counter = Counter(spent, track.floor, track.bucket, track.width, decimals);
            // All starts of a ledger that was never opened are zero, as they must be.
            if (before.length != 0) _store(ledger, i, track);
            else if (i != 0) (ledger.further[i - 1].bucket, ledger.further[i - 1].width) = (track.bucket, track.width);
        }
        for (uint256 i = widths.length; i < before.length; ++i) ledger.further[i - 1].width = 0;
    }

    function _isOpen(Ledger storage ledger, uint24[] memory widths) private view returns (bool) {
        if (ledger.counter.width != widths[0]) return false;
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
        for (uint256 k = 0; k < BUCKETS; ++k) track.starts[k] = floor;
    }

    /* PENDING */

    /// @notice Makes a charge that was just added pending.
    function hold(Ledger storage ledger, uint96 charge) internal {
        ledger.pending += charge;
    }

    /// @notice Makes a pending charge settled: it counts like a charge made now.
    function settle(Ledger storage ledger, uint96 charge, uint256 timestamp) internal {
        Track[] memory tracks = tracksAt(ledger, timestamp);
        for (uint256 i = 0; i < tracks.length; ++i) _store(ledger, i, tracks[i]);
        ledger.pending -= charge;
    }

    /// @notice Releases a pending charge that can't be settled any more: neither windows nor lifetime limit
    /// count it from now on. `spent` stays as it is; floors and starts are raised instead.
    function release(Ledger storage ledger, uint96 charge, uint256 timestamp) internal {
        Track[] memory tracks = tracksAt(ledger, timestamp);
        for (uint256 i = 0; i < tracks.length; ++i) _store(ledger, i, _raised(tracks[i], charge));
        ledger.pending -= charge;
        ledger.released += charge;
    }

    /// @notice Adds spending that could not be recorded when it happened (cheques). May exceed the limits;
    /// never reverts.
    /// @param total The most that may have been spent (budget units).
    /// @param recent The most of it within each window (budget units); one per open window.
    /// @param timestamp Now (unix seconds).
    function addRetroactively(Ledger storage ledger, uint96 total, uint96[] memory recent, uint256 timestamp) internal {
        Track[] memory tracks = tracksAt(ledger, timestamp);
        uint96 spent = ledger.counter.spent;
        // Capped instead of reverting: a principal must always be able to replace a mandate.
        if (total > type(uint96).max - spent) total = type(uint96).max - spent;
        for (uint256 i = 0; i < tracks.length; ++i) {
            _store(ledger, i, _raised(tracks[i], total > recent[i] ? total - recent[i] : 0));
        }
        ledger.counter.spent = spent + total;
    }

    function _raised(Track memory track, uint96 amount) private pure returns (Track memory) {
        track.floor += amount;
        for (uint256 k = 0; k < BUCKETS; ++k) track.starts[k] += amount;
        return track;
    }

    /* READ */

    /// @notice Returns the windows rolled to `timestamp`, the first window first.
    /// @dev Copies all of them to memory: for views and rare operations.
    function tracksAt(Ledger storage ledger, uint256 timestamp) internal view returns (Track[] memory tracks) {
        Counter memory counter = ledger.counter;
        uint256 count = counter.width == 0 ? 0 : 1;
        while (count != 0 && count < WINDOWS && ledger.further[count - 1].width != 0) ++count;
        tracks = new Track[](count);
        if (count == 0) return tracks;
        for (uint256 i = 0; i < count; ++i) {
            tracks[i] = i == 0
                ? Track(counter.floor, counter.bucket, counter.width, ledger.starts)
                : ledger.further[i - 1];
            _rollCopy(tracks[i], counter.spent - ledger.pending, timestamp);
        }
    }

    /// @notice Returns what a window of those that `tracksAt` returns counts (budget units).
    function counted(Ledger storage ledger, Track memory track) internal view returns (uint256) {
        return ledger.counter.spent - track.floor;
    }

    /// @notice Returns what counts for the lifetime limit: everything ever charged, less what was released
    /// (budget units).
    function lifetimeSpent(Ledger storage ledger) internal view returns (uint256) {
        return ledger.counter.spent - ledger.released;
    }

    /// @notice Returns when capacity returns next by itself (unix seconds), and how much (budget units). Zeros
    /// if none will.
    function nextReturn(Ledger storage ledger, Track memory track)
        internal
        view
        returns (uint256 when, uint256 amount)
    {
        uint256 settled = ledger.counter.spent - ledger.pending;
        if (track.floor == settled) return (0, 0);
        uint256 bucket = track.bucket;
        for (uint256 k = bucket + 1; k <= bucket + BUCKETS; ++k) {
            uint256 floor = track.starts[k % BUCKETS];
            if (floor > track.floor) return (k * track.width, floor - track.floor);
        }
        return ((bucket + BUCKETS + 1) * track.width, settled - track.floor);
    }

    /* ROLL */

    /// @dev Rolls the first window to `timestamp`, and returns its floor.
    function _rollFirst(Ledger storage ledger, uint256 timestamp) private returns (uint96 floor) {
        Counter memory counter = ledger.counter;
        (counter.floor, counter.bucket) =
            _roll(ledger.starts, counter.spent - ledger.pending, counter.bucket, counter.width, timestamp);
        ledger.counter = counter;
        return counter.floor;
    }

    /// @dev Rolls a window to the bucket of `timestamp`, which is later than `previous`. Returns its floor and
    /// that bucket. Writes at most eight starts, in four slots, however long ago the last charge was.
    /// @param settled What is spent, less what is pending.
    function _roll(uint96[8] storage starts, uint256 settled, uint256 previous, uint256 width, uint256 timestamp)
        private
        returns (uint96 floor, uint32)
    {
        unchecked {
            uint256 bucket = timestamp / width;
            // Read before the loop below overwrites it: the bucket eight before the new one has the same index.
            floor = bucket - previous <= BUCKETS ? starts[bucket % BUCKETS] : uint96(settled);
            // Nothing was spent since the previous bucket, so all later buckets start at what is settled now.
            uint256 first = bucket - previous < BUCKETS ? previous + 1 : bucket + 1 - BUCKETS;
            for (uint256 k = first; k <= bucket; ++k) starts[k % BUCKETS] = uint96(settled);
            // Fits until the year 2106 even with buckets of one second; mandates require much longer ones.
            return (floor, uint32(bucket));
        }
    }

    /// @dev Like `_roll`, on a copy in memory.
    function _rollCopy(Track memory track, uint96 settled, uint256 timestamp) private pure {
        uint256 bucket = timestamp / track.width;
        if (bucket <= track.bucket) return;
        // After nine steps the floor and all starts are equal; more steps would change nothing.
        uint256 last = bucket < uint256(track.bucket) + BUCKETS + 1 ? bucket : uint256(track.bucket) + BUCKETS + 1;
        for (uint256 k = uint256(track.bucket) + 1; k <= last; ++k) {
            track.floor = track.starts[k % BUCKETS];
            track.starts[k % BUCKETS] = settled;
        }
        track.bucket = uint32(bucket);
    }

    function _store(Ledger storage ledger, uint256 index, Track memory track) private {
        if (index != 0) {
            ledger.further[index - 1] = track;
            return;
        }
        (ledger.counter.floor, ledger.counter.bucket) = (track.floor, track.bucket);
        ledger.starts = track.starts;
    }
}
