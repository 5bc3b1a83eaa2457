// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

using CounterLayout for Counter global;

/// @notice The slot of a ledger that every charge writes. It includes the first window's own numbers.
/// Layout: 5 bits decimals | 1 bit pending | 8 bits entries | 26 bits bucket | 24 bits width | 96 bits floor
/// | 96 bits spent
///
/// - spent: everything ever charged, less what was released (I3).
/// - floor, width, bucket and entries of the first window: see `SpendLedger.Track`. Width zero: never opened.
/// - pending: whether anything is. If not, a charge needn't read that slot.
/// - decimals of the currency's unit. They never change, so that old and new amounts can be added.
/// @dev Not a struct: the compiler would read and write the slot once for each field.
type Counter is uint256;

/// @title CounterLayout
/// @notice Reads and changes a `Counter`.
library CounterLayout {
    /// @dev A window is at least an hour long, so 26 bits hold its bucket until the year 2926.
    uint256 private constant BUCKET_MASK = 2 ** 26 - 1;
    uint256 private constant FLOOR_SHIFT = 96;
    uint256 private constant WIDTH_SHIFT = 192;
    uint256 private constant BUCKET_SHIFT = 216;
    uint256 private constant ENTRIES_SHIFT = 242;
    uint256 private constant PENDING_FLAG = 2 ** 250;
    uint256 private constant DECIMALS_SHIFT = 251;
    /// @dev What stays when the first window is rolled: decimals, pending, width and spent.
    uint256 private constant ROLL_KEEPS =
        ~(PENDING_FLAG - 1) | type(uint96).max | (uint256(type(uint24).max) << WIDTH_SHIFT);

    /* READ */

    /// @notice Returns everything ever charged, less what was released (budget units).
    function spent(Counter counter) internal pure returns (uint256) {
        return uint96(Counter.unwrap(counter));
    }

    /// @notice Returns what was settled at the start of the oldest bucket that the first window counts (budget units).
    function floor(Counter counter) internal pure returns (uint256) {
        return uint96(Counter.unwrap(counter) >> FLOOR_SHIFT);
    }

    /// @notice Returns the length of a bucket of the first window (seconds).
    function width(Counter counter) internal pure returns (uint256) {
        return uint24(Counter.unwrap(counter) >> WIDTH_SHIFT);
    }

    /// @notice Returns the first window's newest bucket with an entry.
    function bucket(Counter counter) internal pure returns (uint256) {
        return (Counter.unwrap(counter) >> BUCKET_SHIFT) & BUCKET_MASK;
    }

    /// @notice Returns which buckets of the first window have an entry.
    function entries(Counter counter) internal pure returns (uint256) {
        return uint8(Counter.unwrap(counter) >> ENTRIES_SHIFT);
    }

    /// @notice Whether anything is pending.
    function isPending(Counter counter) internal pure returns (bool) {
        return Counter.unwrap(counter) & PENDING_FLAG != 0;
    }

    /// @notice Returns the decimals of the currency's unit.
    function decimals(Counter counter) internal pure returns (uint8) {
        return uint8(Counter.unwrap(counter) >> DECIMALS_SHIFT);
    }

    /* CHANGE */

    /// @notice Returns the counter of a ledger in which nothing was charged.
    function create(uint8 unit) internal pure returns (Counter) {
        return Counter.wrap(uint256(unit) << DECIMALS_SHIFT);
    }

    /// @notice Adds to what is spent. The caller has checked that the sum has at most 96 bits.
    function plus(Counter counter, uint256 amount) internal pure returns (Counter) {
        unchecked {
            // What is spent are the lowest bits.
            return Counter.wrap(Counter.unwrap(counter) + amount);
        }
    }

    /// @notice Subtracts from what is spent. The caller has checked that it includes the amount.
    function minus(Counter counter, uint256 amount) internal pure returns (Counter) {
        unchecked {
            return Counter.wrap(Counter.unwrap(counter) - amount);
        }
    }

    /// @notice Sets whether anything is pending.
    function withPending(Counter counter, bool pending) internal pure returns (Counter) {
        uint256 word = Counter.unwrap(counter);
        return Counter.wrap(pending ? word | PENDING_FLAG : word & ~PENDING_FLAG);
    }

    /// @notice Sets the first window's numbers.
    function rolled(Counter counter, uint256 floor_, uint256 bucket_, uint256 entries_)
        internal
        pure
        returns (Counter)
    {
        uint256 head = (entries_ << ENTRIES_SHIFT) | (bucket_ << BUCKET_SHIFT) | (floor_ << FLOOR_SHIFT);
        return Counter.wrap((Counter.unwrap(counter) & ROLL_KEEPS) | head);
    }

    /// @notice Sets the length of a bucket of the first window (seconds).
    function withWidth(Counter counter, uint256 width_) internal pure returns (Counter) {
        uint256 mask = uint256(type(uint24).max) << WIDTH_SHIFT;
        return Counter.wrap((Counter.unwrap(counter) & ~mask) | (width_ << WIDTH_SHIFT));
    }
}
