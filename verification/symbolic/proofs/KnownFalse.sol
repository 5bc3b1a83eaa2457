// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Proof} from "./Proof.sol";

/// @title KnownFalse
/// @notice Checks with a known result. A prover that gets one of them wrong proves nothing.
/// @custom:halmos --loop 2
contract KnownFalse is Proof {
    uint256 private _count;

    /// @notice False for one number, which the prover must find.
    function check_noNumberIsThis(uint256 number) external pure {
        assert(number != 20_261_125);
    }

    /// @notice True.
    function check_true(uint256 number) external pure {
        assert(number / 2 <= number);
    }

    /// @notice Checks nothing, because every path reverts. Must not count as verified.
    function check_alwaysReverts(uint256 number) external pure {
        require(number != number);
        assert(true);
    }

    /// @notice Holds within the bound of the loop, and fails beyond it. Must not count as verified.
    function check_exceedsTheLoopBound(uint256 number) external {
        for (uint256 i = 0; i < number; ++i) ++_count;
        assert(_count < 100);
    }

    /// @notice The prover cannot execute an allocation of symbolic size. Must not count as verified.
    function check_allocatesASymbolicSize(uint256 number) external pure {
        bytes memory data = new bytes(number);
        assert(keccak256(data) != 0);
    }

    /// @notice Panics for the highest number, which must count as a violation although no `assert` fails.
    /// @custom:halmos --panic-error-codes *
    function check_panics(uint256 number) external pure {
        assert(number + 1 > number);
    }
}
