// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A rolling window as one would write it if storage were free: time is the number of a bucket, and the starts are in the order
/// of their age. No ring, no slots, no seconds, and no width. Amounts are in currency units, of at most 96 bits.
/// @param settled What was ever charged, but for what is pending.
/// @param pending What was charged and may still be settled.
/// @param returned Of what is settled, what counts for life no longer, because it never will be.
/// @param bucket The newest bucket.
/// @param starts What was settled when the bucket `bucket - age` began, for the ages 0 to 8. The last is the ledger's floor.
struct Window {
    uint256 settled;
    uint256 pending;
    uint256 returned;
    uint256 bucket;
    uint256[9] starts;
}

using Windows for Window global;

/// @title Windows
/// @notice What becomes of a window. Nothing here reverts.
library Windows {
    /// @notice The oldest age of which the start is known: how many buckets a window is long.
    uint256 internal constant OLDEST = 8;

    /// @notice What was ever charged.
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

    /// @notice Whether a bucket began with no more than the next one did, or than what is settled now.
    function isInOrder(Window memory window, uint256 age) internal pure returns (bool) {
        return window.starts[age] <= (age == 0 ? window.settled : window.starts[age - 1]);
    }

    /// @notice It is a later bucket, and nothing was charged since the last one: all buckets that began meanwhile began at what is settled.
    /// @param steps How many buckets later; nine stands for more, too, after which all the starts are the same.
    function roll(Window memory window, uint256 steps, uint256 bucket) internal pure {
        uint256 start = window.settled;
        window.bucket = bucket;
        unchecked {
            for (uint256 age = OLDEST + 1; age-- > 0;) window.starts[age] = age < steps ? start : window.starts[age - steps];
        }
    }

    /// @notice More is spent, and settled at once.
    function charge(Window memory window, uint256 amount) internal pure {
        unchecked {
            window.settled += amount;
        }
    }

    /// @notice More is spent, and pending.
    function hold(Window memory window, uint256 amount) internal pure {
        unchecked {
            window.pending += amount;
        }
    }

    /// @notice What was pending was settled.
    function settle(Window memory window, uint256 amount) internal pure {
        unchecked {
            window.settled += amount;
            window.pending -= amount;
        }
    }

    /// @notice What was pending can't be settled any more: it is as if it had been settled before all else, and counts for life no longer.
    function release(Window memory window, uint256 amount) internal pure {
        _raise(window, amount);
        settle(window, amount);
        unchecked {
            window.returned += amount;
        }
    }

    /// @notice More was spent, beside the ledger.
    /// @param early How much of it was before the window.
    function addRetroactively(Window memory window, uint256 total, uint256 early) internal pure {
        _raise(window, early);
        unchecked {
            window.settled += total;
        }
    }

    function _raise(Window memory window, uint256 amount) private pure {
        unchecked {
            for (uint256 age = 0; age <= OLDEST; ++age) window.starts[age] += amount;
        }
    }
}
