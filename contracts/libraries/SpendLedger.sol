// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title SpendLedger
/// @notice Counts what was spent in one currency, for life and over a rolling window, in constant storage.
///
/// Time is cut into buckets of `width` seconds; a window is eight of them long. `spent` only ever grows, and the ledger
/// remembers it as it stood when each of the last buckets began. What counts against the window at any instant is
/// everything spent since the bucket that began eight buckets before the current one:
///
///     counted(t) = spent(t) − spent at the start of bucket(t) − 8
///
/// Nine buckets always cover the eight bucket lengths that end now, so for **every** instant t the sum charged in
/// (t − 8·width, t] is at most the limit (I2). Capacity returns at most one width, an eighth of the window, late, and
/// never early. Worked numbers: docs/accounting.md.
/// @dev Pure storage arithmetic: no external call, no clock of its own, amounts in the currency's smallest budgeted unit.
library SpendLedger {
    /// @notice The part of the ledger that every charge touches: one storage slot.
    /// Layout: 8 bits decimals | 24 bits width | 32 bits bucket | 96 bits floor | 96 bits spent
    /// @param spent Everything ever charged. Never goes down (I3), whatever happens to mandates.
    /// @param floor `spent` as it stood when the oldest counted bucket began; at most `spent`.
    /// @param bucket The newest bucket that the ledger has been brought up to: unix seconds divided by `width`.
    /// @param width Seconds a bucket lasts: an eighth of the window. Zero: the ledger was never opened.
    /// @param decimals Decimals of the currency's unit, the same for ever, so that old and new amounts can be added.
    struct Counter {
        uint96 spent;
        uint96 floor;
        uint32 bucket;
        uint24 width;
        uint8 decimals;
    }

    /// @notice A counter and what `spent` was when bucket k began, at `starts[k % 8]`, for the eight newest buckets.
    struct Ledger {
        Counter counter;
        uint96[8] starts;
    }

    /// @notice How many buckets make a window.
    uint256 internal constant BUCKETS = 8;

    /// @notice Thrown when a charge would pass the limit of the rolling window (currency units).
    error WindowLimitExceeded(uint256 charge, uint256 remaining);
    /// @notice Thrown when a charge would pass the limit for life (currency units).
    error LifetimeLimitExceeded(uint256 charge, uint256 remaining);

    /// @notice Adds a charge, or reverts if it doesn't fit into both limits.
    /// @param charge Amount (currency units); exactly what remains still fits.
    /// @param windowLimit The most that may be counted in the window at any instant, this charge included.
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
        _advance(ledger, timestamp);
        uint256 spent = counter.spent;
        unchecked {
            uint256 windowLeft = _left(windowLimit, spent - counter.floor);
            require(charge <= windowLeft, WindowLimitExceeded(charge, windowLeft));
            uint256 lifetimeLeft = _left(lifetimeLimit, spent);
            require(charge <= lifetimeLeft, LifetimeLimitExceeded(charge, lifetimeLeft));
            // Fits: the sum is at most the lifetime limit, which has 96 bits.
            counter.spent = uint96(spent + charge);
        }
    }

    /// @notice Opens the ledger, or gives it another window length; what is counted stays counted.
    /// @dev When the length changes, everything still counted is taken as spent just now: it returns a whole new window
    /// later, so a change of length never refills a window. A shorter window does forget sooner: what it has let go isn't
    /// counted again when a later mandate asks for a longer one.
    /// @param width Seconds a bucket lasts; an eighth of the new window; not zero.
    /// @param decimals Decimals of the currency; the caller has checked that an open ledger keeps its own.
    function open(Ledger storage ledger, uint24 width, uint8 decimals, uint256 timestamp) internal {
        Counter storage counter = ledger.counter;
        if (counter.width == width) return;
        if (counter.width != 0) {
            // What has returned by now stays returned.
            _advance(ledger, timestamp);
            uint96 floor = counter.floor;
            for (uint256 i = 0; i < BUCKETS; ++i) ledger.starts[i] = floor;
        }
        counter.width = width;
        counter.bucket = uint32(timestamp / width);
        counter.decimals = decimals;
    }

    /// @notice What is counted against the window at `timestamp`, and everything ever spent (currency units).
    function read(Ledger storage ledger, uint256 timestamp) internal view returns (uint256 counted, uint256 spent) {
        Counter memory counter = ledger.counter;
        spent = counter.spent;
        if (counter.width == 0) return (0, spent);
        counted = spent - _floorAt(ledger, counter, timestamp / counter.width);
    }

    /// @dev Brings counter and starts up to the bucket of `timestamp`. At most eight starts, in four slots, are written
    /// however long the ledger slept.
    function _advance(Ledger storage ledger, uint256 timestamp) private {
        Counter storage counter = ledger.counter;
        uint256 bucket = timestamp / counter.width;
        uint256 previous = counter.bucket;
        if (bucket <= previous) return;
        Counter memory next = counter;
        // Read before the loop below overwrites it.
        next.floor = uint96(_floorAt(ledger, next, bucket));
        // Nothing was spent since the previous bucket, so all buckets after it began at what is spent now.
        uint256 first = bucket - previous < BUCKETS ? previous + 1 : bucket + 1 - BUCKETS;
        for (uint256 k = first; k <= bucket; ++k) ledger.starts[k % BUCKETS] = next.spent;
        // Fits until the year 2106 even with buckets of one second; mandates ask for at least eight.
        next.bucket = uint32(bucket);
        ledger.counter = next;
    }

    /// @dev `spent` as it stood when the oldest bucket that counts at `bucket` began. That bucket, eight before, shares
    /// its place in the ring with `bucket` itself, which isn't recorded yet.
    function _floorAt(Ledger storage ledger, Counter memory counter, uint256 bucket) private view returns (uint256) {
        if (bucket <= counter.bucket) return counter.floor;
        return bucket - counter.bucket <= BUCKETS ? ledger.starts[bucket % BUCKETS] : counter.spent;
    }

    function _left(uint256 limit, uint256 used) private pure returns (uint256) {
        // A new mandate may set a limit below what is already used: then nothing is left.
        unchecked {
            return used < limit ? limit - used : 0;
        }
    }
}
