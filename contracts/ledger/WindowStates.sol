// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IWalletViews} from "../interfaces/IWalletViews.sol";
import {SpendLedger} from "./SpendLedger.sol";

/// @title WindowStates
/// @notice What remains of a ledger's windows, for views.
library WindowStates {
    using SpendLedger for SpendLedger.Ledger;

    /// @notice Returns the state of each window, the first window first.
    /// @param limits Limits (budget units), one per window.
    /// @param timestamp When (unix seconds); not before the last charge.
    function windowStates(SpendLedger.Ledger storage ledger, uint256[] memory limits, uint256 timestamp)
        internal
        view
        returns (IWalletViews.WindowState[] memory states)
    {
        SpendLedger.Track[] memory tracks = ledger.tracksAt(timestamp);
        states = new IWalletViews.WindowState[](tracks.length);
        for (uint256 i = 0; i < tracks.length; ++i) {
            IWalletViews.WindowState memory state = states[i];
            (state.length, state.limit) = (tracks[i].width * SpendLedger.BUCKETS, limits[i]);
            state.remaining = Math.saturatingSub(limits[i], ledger.counted(tracks[i]));
            (state.returnsAt, state.returns_) = ledger.nextReturn(tracks[i]);
        }
    }
}
