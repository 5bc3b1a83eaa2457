// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SpendLedger} from "../../contracts/libraries/SpendLedger.sol";
import {AnyLedger} from "./AnyLedger.sol";
import {Window} from "./Window.sol";

/// @title LedgerStepsProof
/// @notice What the ledger does to its storage is what `Windows` does to a plain window, of which `WindowProof` shows that its limit holds
/// for ever. Both together are I2 for any number of steps, at any times.
/// @dev Bounds: buckets are 1,024 seconds wide, for the prover divides only by powers of two; the code uses the width for nothing but
/// dividing.
/// @custom:halmos --loop 10 --solver-timeout-branching 100ms --panic-error-codes *
contract LedgerStepsProof is AnyLedger {
    using SpendLedger for SpendLedger.Ledger;

    /// @notice A ledger that is opened for the first time is an empty window.
    function check_openIsAnEmptyWindow(uint256 turn, uint256 place, uint256 offset) external {
        place = pick(place, 7);
        Window memory window;
        uint256 timestamp;
        unchecked {
            window.bucket = (8 * turned(turn)) | place;
            timestamp = (window.bucket * WIDTH) | (offset % WIDTH);
        }
        uint24[] memory widths = new uint24[](1);
        widths[0] = uint24(WIDTH);
        ledger.open(widths, 6, timestamp);
        assert(isStored(window, place));
    }

    /// @notice A charge, at any time, is accepted only if it fits; and then the window has gone on to that time and has it.
    /// @dev The limit for life and the windows know nothing of each other: here it is the highest that there is.
    function check_addIsACharge(State memory state, Later memory later, uint96 charge, uint96 windowLimit) external {
        uint256 place = pick(state.place, 7);
        unchecked {
            WORLD.assume(uint256(state.spent) + charge <= type(uint96).max);
        }
        Window memory window = windowOf(state, place, placed(state, place));
        (uint256 timestamp, uint256 next) = gone(window, place, later);
        uint256 left = window.left(windowLimit);
        window.charge(charge, 0);
        ledger.add(charge, windowLimit, type(uint96).max, timestamp);
        assert(both(charge <= left, isStored(window, next)));
    }
}
