// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title SpendLedger
/// @notice Counts what was spent in one currency, for life and over rolling windows, in constant storage.
///
/// Time is cut into buckets of `width` seconds; a window is eight of them long. `spent` only ever grows, and each window
/// remembers it as it stood when each of the last buckets began. What counts against the window at any instant is
/// everything spent since the bucket that began eight buckets before the current one:
///
///     counted(t) = spent(t) − spent at the start of bucket(t) − 8
///
/// Nine buckets always cover the eight bucket lengths that end now, so for **every** instant t the sum charged in
/// (t − 8·width, t] is at most the limit (I2). Capacity returns at most one width, an eighth of the window, late, and
/// never early. Worked numbers: docs/accounting.md.
///
/// What is *pending*, authorized and not yet settled, may leave at any moment: so it counts at every instant as if it had just
/// been charged, and no start includes it.
/// @dev Pure storage arithmetic: no external call, no clock of its own, amounts in the currency's smallest budgeted unit.
library SpendLedger {
    /// @notice The part of the ledger that every charge writes: one storage slot, with the first window's own part in it.
    /// Layout: 8 bits decimals | 24 bits width | 32 bits bucket | 96 bits floor | 96 bits spent
    /// @param spent Everything ever charged. Never goes down (I3), whatever happens to mandates.
    /// @param floor `spent` as it stood when the first window's oldest counted bucket began; at most `spent`.
    /// @param bucket The newest bucket that the window has been brought up to: unix seconds divided by `width`.
    /// @param width Seconds a bucket lasts: an eighth of the window. Zero: the ledger was never opened.
    /// @param decimals Decimals of the currency's unit, the same for ever, so that old and new amounts can be added.
    struct Counter {
        uint96 spent;
        uint96 floor;
        uint32 bucket;
        uint24 width;
        uint8 decimals;
    }

    /// @notice A further window: one slot that every charge reads, and writes only in a new bucket. Width zero: not in use.
    struct Track {
        uint96 floor;
        uint32 bucket;
        uint24 width;
        uint96[8] starts;
    }

    /// @notice A counter, and of each window what `spent` was when bucket k began, at `starts[k % 8]`, for the eight newest.
    /// @param pending What is authorized and may still be settled; part of `spent`.
    /// @param released What was authorized and can't be settled any more; part of `spent`, but counted for life no longer.
    struct Ledger {
        Counter counter;
        uint96[8] starts;
        Track[3] further;
        uint96 pending;
        uint96 released;
    }

    /// @notice How many buckets make a window, and how many windows there may be.
    uint256 internal constant BUCKETS = 8;
    uint256 internal constant WINDOWS = 4;

    /// @notice Thrown when a charge would pass the limit of a rolling window (currency units; the window's length in seconds).
    error WindowLimitExceeded(uint256 charge, uint256 remaining, uint256 length);
    /// @notice Thrown when a charge would pass the limit for life (currency units).
    error LifetimeLimitExceeded(uint256 charge, uint256 remaining);

    /* CHARGE */

    /// @notice Adds a charge, or reverts if it doesn't fit into the first window or the limit for life.
    /// @dev `requireWithin` has to follow for each further window: its limit is its caller's to know.
    /// @param charge Amount (currency units); exactly what remains still fits.
    /// @param windowLimit The most that may be counted in the first window at any instant, this charge included; at
    /// most 96 bits.
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
            // Fits: the sum is at most a limit of 96 bits, or was looked at just now.
            counter.spent = uint96(spent + charge);
        }
    }

    /// @notice Reverts if the charge just added doesn't fit into a further window.
    /// @param index Which one, from zero: the second window is 0.
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
            // A new mandate may set a limit below what is already counted: then nothing is left.
            uint256 left = used < limit ? limit - used : 0;
            require(charge <= left, WindowLimitExceeded(charge, left, width * BUCKETS));
        }
    }

    /// @dev Apart, because it costs a read that only a wallet near its end needs.
    function _requireLifetimeFits(Ledger storage ledger, uint256 charge, uint256 limit, uint256 spent) private view {
        uint256 used = spent - ledger.released;
        uint256 left = used < limit ? limit - used : 0;
        // What was released makes room for more than the counter can hold: nothing that real money comes near.
        uint256 room = type(uint96).max - spent;
        if (room < left) left = room;
        require(charge <= left, LifetimeLimitExceeded(charge, left));
    }

    /* OPEN */

    /// @notice Opens the ledger, or gives it other windows; what is counted stays counted.
    /// @dev A window of a length that was open before goes on as it was. One of a new length takes the most that any open
    /// window still counts as spent just now: it returns a whole new window later, so a change never refills a window. A
    /// shorter window does forget sooner: what it has let go isn't counted again when a later mandate asks for a longer one.
    /// @param widths Seconds a bucket lasts, an eighth of each window; none zero, each once.
    /// @param decimals Decimals of the currency; the caller has checked that an open ledger keeps its own.
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
            // All starts of a ledger that was never opened are zero, as they should be.
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

    /// @notice Makes a charge just added pending.
    function hold(Ledger storage ledger, uint96 charge) internal {
        ledger.pending += charge;
    }

    /// @notice A pending charge was settled, now at the latest: from here on it is like any other charge made now.
    function settle(Ledger storage ledger, uint96 charge, uint256 timestamp) internal {
        Track[] memory tracks = tracksAt(ledger, timestamp);
        for (uint256 i = 0; i < tracks.length; ++i) _store(ledger, i, tracks[i]);
        ledger.pending -= charge;
    }

    /// @notice A pending charge can't be settled any more: neither windows nor life count it from now on. `spent` stays as it
    /// is; what stood before the charge is raised instead.
    function release(Ledger storage ledger, uint96 charge, uint256 timestamp) internal {
        Track[] memory tracks = tracksAt(ledger, timestamp);
        for (uint256 i = 0; i < tracks.length; ++i) _store(ledger, i, _raised(tracks[i], charge));
        ledger.pending -= charge;
        ledger.released += charge;
    }

    /// @notice Charges afterwards what could have been spent beside the ledger; past every limit if it must be.
    /// @param total What may have been spent in all (currency units).
    /// @param recent Of that, the most within each window; as many as there are windows, each at most `total`.
    function addRetroactively(Ledger storage ledger, uint96 total, uint96[] memory recent, uint256 timestamp) internal {
        Track[] memory tracks = tracksAt(ledger, timestamp);
        uint96 spent = ledger.counter.spent;
        // Never a reason to fail: a principal must always be able to end a mandate.
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

    /// @notice The windows as they stand at `timestamp`, rolled up to it, the first window first.
    /// @dev A copy of all of them: for what is rare, or only read.
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

    /// @notice What counts against a window: of those that `tracksAt` returns (currency units).
    function counted(Ledger storage ledger, Track memory track) internal view returns (uint256) {
        return ledger.counter.spent - track.floor;
    }

    /// @notice Everything ever spent that counts for life (currency units).
    function lifetimeSpent(Ledger storage ledger) internal view returns (uint256) {
        return ledger.counter.spent - ledger.released;
    }

    /// @notice The first moment after now at which capacity returns by itself, and how much (unix seconds, currency units).
    /// Zeros if nothing will.
    function nextReturn(Ledger storage ledger, Track memory track) internal view returns (uint256 when, uint256 amount) {
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

    /// @dev Brings the first window up to `timestamp`, and returns its floor.
    function _rollFirst(Ledger storage ledger, uint256 timestamp) private returns (uint96 floor) {
        Counter memory counter = ledger.counter;
        (counter.floor, counter.bucket) =
            _roll(ledger.starts, counter.spent - ledger.pending, counter.bucket, counter.width, timestamp);
        ledger.counter = counter;
        return counter.floor;
    }

    /// @dev Brings a window up to the bucket of `timestamp`, a later one than `previous`; returns its floor and that bucket.
    /// At most eight starts, in four slots, are written however long the ledger slept.
    /// @param settled What is spent but for what is pending.
    function _roll(uint96[8] storage starts, uint256 settled, uint256 previous, uint256 width, uint256 timestamp)
        private
        returns (uint96 floor, uint32)
    {
        unchecked {
            uint256 bucket = timestamp / width;
            // Read before the loop below overwrites it: the bucket eight before the new one shares its place in the ring.
            floor = bucket - previous <= BUCKETS ? starts[bucket % BUCKETS] : uint96(settled);
            // Nothing was spent since the previous bucket, so all buckets after it began at what is spent now.
            uint256 first = bucket - previous < BUCKETS ? previous + 1 : bucket + 1 - BUCKETS;
            for (uint256 k = first; k <= bucket; ++k) starts[k % BUCKETS] = uint96(settled);
            // Fits until the year 2106 even with buckets of one second; mandates ask for many more.
            return (floor, uint32(bucket));
        }
    }

    /// @dev `_roll`, on a copy.
    function _rollCopy(Track memory track, uint96 settled, uint256 timestamp) private pure {
        uint256 bucket = timestamp / track.width;
        if (bucket <= track.bucket) return;
        // After nine steps floor and starts are all the same; more would change nothing.
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
