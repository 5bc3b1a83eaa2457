// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title ChequeReserve
/// @notice How much of a limit is reserved for a cheque book. The chain sees a cheque only when it is settled,
/// and can't check limits then. So the most that all cheques can spend is reserved beforehand (I29).
library ChequeReserve {
    /// @notice Returns the most that cheques can spend in any interval of `length` seconds (budget units). An
    /// interval may touch one period more than fit into it.
    /// @param length Length of the interval (seconds).
    /// @param count Cheques per period.
    /// @param limit The most that one cheque may charge (budget units).
    /// @param period Length of a period (seconds); not zero.
    function within(uint256 length, uint256 count, uint256 limit, uint256 period) internal pure returns (uint256) {
        // At most 48, 16 and 96 bits: can't overflow.
        return ((length + period - 1) / period + 1) * count * limit;
    }

    /// @notice Returns the most that cheques can spend from the period of `first` to the period of `last`, both
    /// included (budget units).
    /// @param first A time in the first period (unix seconds).
    /// @param last A time in the last period (unix seconds); not before `first`.
    /// @param count Cheques per period.
    /// @param limit The most that one cheque may charge (budget units).
    /// @param period Length of a period (seconds); not zero.
    function between(uint256 first, uint256 last, uint256 count, uint256 limit, uint256 period)
        internal
        pure
        returns (uint256)
    {
        return (last / period - first / period + 1) * count * limit;
    }
}
