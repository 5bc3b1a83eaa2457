// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title ChequeReserve
/// @notice What a cheque book takes of a limit. The chain sees a cheque only when it is settled, and can't count it then: so
/// the most that all cheques together can come to is set aside from the beginning (I29).
library ChequeReserve {
    /// @notice The most that cheques can come to in any interval of `length` seconds (budget units): an interval touches one
    /// period more than fit into it.
    /// @param count Cheques in a period.
    /// @param limit The most that one may charge (budget units).
    /// @param period Seconds; not zero.
    function within(uint256 length, uint256 count, uint256 limit, uint256 period) internal pure returns (uint256) {
        // At most 48, 16 and 96 bits: nothing overflows.
        return ((length + period - 1) / period + 1) * count * limit;
    }

    /// @notice The most that cheques can have come to from the period of `first` to that of `last`, both included (budget
    /// units, unix seconds).
    function between(uint256 first, uint256 last, uint256 count, uint256 limit, uint256 period)
        internal
        pure
        returns (uint256)
    {
        return (last / period - first / period + 1) * count * limit;
    }
}
