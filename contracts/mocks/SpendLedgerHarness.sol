// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SpendLedger} from "../ledger/SpendLedger.sol";

/// @title SpendLedgerHarness
/// @notice A test double: plays many steps on a fresh ledger in one call, and tells what became of each.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract SpendLedgerHarness {
    using SpendLedger for SpendLedger.Ledger;

    /// @notice What a step does.
    /// - `Charge`: adds `amount`, within `limits` (one for each window) and `lifetimeLimit`.
    /// - `Open`: opens the ledger with `widths`.
    /// - `Hold`: charges as `Charge` does, and makes it pending.
    /// - `Settle`: a pending `amount` was settled.
    /// - `Release`: a pending `amount` can't be settled any more.
    /// - `AddRetroactively`: `amount` was spent beside the ledger, of which `limits` within each window.
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
    /// @param timestamp When (unix seconds); never before the step before.
    /// @param amount Currency units.
    /// @param lifetimeLimit Limit for life (currency units).
    /// @param limits Limits of the windows, first window first (currency units).
    /// @param widths Seconds that a bucket of each window lasts.
    struct Step {
        Kind kind;
        uint256 timestamp;
        uint256 amount;
        uint96 lifetimeLimit;
        uint96[] limits;
        uint24[] widths;
    }

    /// @notice What became of it, and what the ledger says afterwards.
    /// @param accepted Whether it was accepted.
    /// @param refusal The error's data if not.
    /// @param counted What counts against each window now (currency units).
    /// @param spent Everything ever charged (currency units).
    /// @param pending What is authorized and not settled (currency units).
    /// @param lifetime What counts for life (currency units).
    /// @param returnsAt When more comes back to each window by itself (unix seconds), zero if never.
    /// @param returned How much then (currency units).
    struct Outcome {
        bool accepted;
        bytes refusal;
        uint256[] counted;
        uint256 spent;
        uint256 pending;
        uint256 lifetime;
        uint256[] returnsAt;
        uint256[] returned;
    }

    SpendLedger.Ledger private _ledger;

    /// @notice Plays the steps. Meant for `eth_call`, which forgets them.
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

    /// @notice One step, in a call of its own, so that a refusal undoes what it did.
    function step(Step calldata each) external {
        if (each.kind == Kind.Open) _ledger.open(each.widths, 6, each.timestamp);
        else if (each.kind == Kind.Settle) _ledger.settle(uint96(each.amount), each.timestamp);
        else if (each.kind == Kind.Release) _ledger.release(uint96(each.amount), each.timestamp);
        else if (each.kind == Kind.AddRetroactively) _ledger.addRetroactively(uint96(each.amount), each.limits, each.timestamp);
        else _charge(each);
    }

    function _charge(Step calldata each) private {
        _ledger.add(each.amount, each.limits[0], each.lifetimeLimit, each.timestamp);
        for (uint256 i = 1; i < each.limits.length; ++i) {
            _ledger.requireWithin(i - 1, each.amount, each.limits[i], each.timestamp);
        }
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
        (outcome.spent, outcome.pending) = (_ledger.counter.spent, _ledger.pending);
        outcome.lifetime = _ledger.lifetimeSpent();
    }
}
