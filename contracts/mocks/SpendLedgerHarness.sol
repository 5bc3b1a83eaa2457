// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SpendLedger} from "../libraries/SpendLedger.sol";

/// @title SpendLedgerHarness
/// @notice A test double: plays many steps on a fresh ledger in one call, and tells what became of each.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract SpendLedgerHarness {
    using SpendLedger for SpendLedger.Ledger;

    /// @notice One step.
    /// @param timestamp When (unix seconds); never before the step before.
    /// @param width Zero to charge; else the ledger is opened with this width.
    /// @param charge What is charged (currency units).
    /// @param windowLimit Limit of the window (currency units).
    /// @param lifetimeLimit Limit for life (currency units).
    struct Step {
        uint256 timestamp;
        uint24 width;
        uint256 charge;
        uint256 windowLimit;
        uint256 lifetimeLimit;
    }

    /// @notice What became of it, and what the ledger says afterwards.
    /// @param accepted Whether a charge was accepted; always for an opening.
    /// @param refusal The error's data if not.
    /// @param counted What counts against the window now (currency units).
    /// @param spent Everything ever spent (currency units).
    struct Outcome {
        bool accepted;
        bytes refusal;
        uint256 counted;
        uint256 spent;
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
            (outcome.counted, outcome.spent) = _ledger.read(steps[i].timestamp);
        }
    }

    /// @notice One step, in a call of its own, so that a refusal undoes what it did.
    function step(Step calldata each) external {
        if (each.width != 0) _ledger.open(each.width, 6, each.timestamp);
        else _ledger.add(each.charge, each.windowLimit, each.lifetimeLimit, each.timestamp);
    }
}
