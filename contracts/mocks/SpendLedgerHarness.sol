// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SpendLedger} from "../ledger/SpendLedger.sol";

/// @title SpendLedgerHarness
/// @notice A test double: runs many steps on a fresh ledger in one call, and returns the outcome of each.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract SpendLedgerHarness {
    using SpendLedger for SpendLedger.Ledger;

    /// @notice What a step does.
    /// - `Charge`: adds `amount`, within `limits` (one per window) and `lifetimeLimit`.
    /// - `Open`: opens the ledger with `widths`.
    /// - `Hold`: charges as `Charge` does, and makes the charge pending.
    /// - `Settle`: settles a pending `amount`.
    /// - `Release`: releases a pending `amount`.
    /// - `AddRetroactively`: adds `amount`, of which `limits` within each window.
    enum Kind {
        Charge,
        Open,
        Hold,
        Settle,
        Release,
        AddRetroactively
    }

    /// @notice One step.
    /// @param kind What it does.
    /// @param timestamp When (unix seconds); not before the previous step.
    /// @param amount Amount (budget units).
    /// @param lifetimeLimit Lifetime limit (budget units).
    /// @param limits Limits of the windows, first window first (budget units).
    /// @param widths Length of a bucket of each window (seconds).
    struct Step {
        Kind kind;
        uint256 timestamp;
        uint256 amount;
        uint96 lifetimeLimit;
        uint96[] limits;
        uint24[] widths;
    }

    /// @notice Outcome of a step, and the state of the ledger afterwards.
    /// @param accepted Whether it succeeded.
    /// @param refusal Its revert data if not.
    /// @param counted What each window counts now (budget units).
    /// @param spent Everything ever charged, less what was released (budget units).
    /// @param pending Pending charges (budget units).
    /// @param returnsAt When capacity of each window returns next by itself (unix seconds); zero if never.
    /// @param returned How much returns then (budget units).
    struct Outcome {
        bool accepted;
        bytes refusal;
        uint256[] counted;
        uint256 spent;
        uint256 pending;
        uint256[] returnsAt;
        uint256[] returned;
    }

    SpendLedger.Ledger private _ledger;

    /// @notice Runs the steps. For `eth_call`, which discards the changes.
    function play(Step[] calldata steps) external returns (Outcome[] memory outcomes) {
        outcomes = new Outcome[](steps.length);
        for (uint256 i = 0; i < steps.length; ++i) {
            Outcome memory outcome = outcomes[i];
            try this.step(steps[i]) {
                outcome.accepted = true;
            } catch (bytes memory refusal) {
                outcome.refusal = refusal;
            }
            _observe(outcome, steps[i].timestamp);
        }
    }

    /// @notice Runs one step, in a call of its own, so that a revert undoes it.
    function step(Step calldata each) external {
        if (each.kind == Kind.Open) _ledger.open(each.widths, 6, each.timestamp);
        else if (each.kind == Kind.Settle) _ledger.settle(uint96(each.amount), each.timestamp);
        else if (each.kind == Kind.Release) _ledger.release(uint96(each.amount));
        else if (each.kind == Kind.AddRetroactively) _ledger.addRetroactively(uint96(each.amount), each.limits, each.timestamp);
        else _charge(each);
    }

    function _charge(Step calldata each) private {
        uint256[] memory limits = new uint256[](each.limits.length);
        for (uint256 i = 0; i < limits.length; ++i) limits[i] = each.limits[i];
        _ledger.spend(each.amount, limits, each.lifetimeLimit, each.timestamp);
        if (each.kind == Kind.Hold) _ledger.hold(uint96(each.amount));
    }

    function _observe(Outcome memory outcome, uint256 timestamp) private view {
        SpendLedger.Track[] memory tracks = _ledger.tracksAt(timestamp);
        outcome.counted = new uint256[](tracks.length);
        outcome.returnsAt = new uint256[](tracks.length);
        outcome.returned = new uint256[](tracks.length);
        for (uint256 i = 0; i < tracks.length; ++i) {
            outcome.counted[i] = _ledger.counted(tracks[i]);
            (outcome.returnsAt[i], outcome.returned[i]) = _ledger.nextReturn(tracks[i]);
        }
        (outcome.spent, outcome.pending) = (_ledger.lifetimeSpent(), _ledger.pending);
    }
}
