// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Proof} from "./Proof.sol";

/// @title Canary
/// @notice Something false: a run in which it isn't refuted proves nothing. And what mustn't be taken for a proof.
/// @custom:halmos --loop 2
contract Canary is Proof {
    uint256 private _count;

    /// @notice "No number is 20,261,125."
    function check_noNumberIsThis(uint256 number) external pure {
        assert(number != 20_261_125);
    }

    /// @notice Something true.
    function check_true(uint256 number) external pure {
        assert(number / 2 <= number);
    }

    /// @notice Says nothing about anything: all that it looks at reverts.
    function check_alwaysReverts(uint256 number) external pure {
        require(number != number);
        assert(true);
    }

    /// @notice True as far as the loop is followed, and false after that.
    function check_loopsOn(uint256 number) external {
        for (uint256 i = 0; i < number; ++i) ++_count;
        assert(_count < 100);
    }

    /// @notice Can't be followed: where it jumps isn't known.
    function check_asksTheUnknown(uint256 number) external pure {
        bytes memory told = new bytes(number);
        assert(keccak256(told) != 0);
    }

    /// @notice Fails for the highest number, though not by an `assert`.
    /// @custom:halmos --panic-error-codes *
    function check_panicsOnce(uint256 number) external pure {
        assert(number + 1 > number);
    }
}
