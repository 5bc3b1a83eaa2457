// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A rolling window as one would write it if storage were free: times are bucket numbers, and starts
/// are ordered by age. No ring, slots, seconds or width. Amounts are budget units of at most 96 bits.
/// @param settled Everything charged and not released, less what is pending.
/// @param pending What was charged and may still be settled.
/// @param bucket Newest bucket.
/// @param starts What was settled when the bucket `bucket - age` started, for ages 0 to 8. The last is the
/// ledger's floor.
struct Window {
    uint256 settled;
    uint256 pending;
    uint256 bucket;
    uint256[9] starts;
}

using Windows for Window global;

/// @title Windows
/// @notice Steps of a window. Nothing here reverts.
library Windows {
    /// @notice Highest age whose start is stored: the number of buckets per window.
    uint256 internal constant OLDEST = 8;

    /// @notice Everything charged and not released.
    function spent(Window memory window) internal pure returns (uint256) {
        unchecked {
            return window.settled + window.pending;
        }
    }

    /// @notice What still fits below a limit.
    function left(Window memory window, uint256 limit) internal pure returns (uint256) {
        unchecked {
            uint256 used = window.spent() - window.starts[OLDEST];
            return used < limit ? limit - used : 0;
        }
    }

    /// @notice Whether a bucket started with no more than the next one, or than what is settled now.
    function isInOrder(Window memory window, uint256 age) internal pure returns (bool) {
        return window.starts[age] <= (age == 0 ? window.settled : window.starts[age - 1]);
    }

    /// @notice Moves to a later bucket without charges: all buckets in between started at what is settled.
    /// @param steps Buckets later; nine stands for more too, after which all starts are the same.
    function roll(Window memory window, uint256 steps, uint256 bucket) internal pure {
        uint256 start = window.settled;
        window.bucket = bucket;
        unchecked {
            for (uint256 age = OLDEST + 1; age-- > 0;) window.starts[age] = age < steps ? start : window.starts[age - steps];
        }
    }

    /// @notice Adds a settled charge.
    function charge(Window memory window, uint256 amount) internal pure {
        unchecked {
            window.settled += amount;
        }
    }

    /// @notice Adds a pending charge.
    function hold(Window memory window, uint256 amount) internal pure {
        unchecked {
            window.pending += amount;
        }
    }

    /// @notice Settles a pending charge.
    function settle(Window memory window, uint256 amount) internal pure {
        unchecked {
            window.settled += amount;
            window.pending -= amount;
        }
    }

    /// @notice Releases a pending charge: as if it had never been made.
    function release(Window memory window, uint256 amount) internal pure {
        unchecked {
            window.pending -= amount;
        }
    }

    /// @notice Adds spending that wasn't recorded when it happened.
    /// @param early Part of it before the window.
    function addRetroactively(Window memory window, uint256 total, uint256 early) internal pure {
        unchecked {
            for (uint256 age = 0; age <= OLDEST; ++age) window.starts[age] += early;
            window.settled += total;
        }
    }
}
