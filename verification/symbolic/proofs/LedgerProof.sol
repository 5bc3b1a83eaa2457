// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SpendLedger} from "../../../contracts/ledger/SpendLedger.sol";
import {OperationGas} from "../../../contracts/ledger/OperationGas.sol";
import {AnyLedger} from "./AnyLedger.sol";

/// @title LedgerProof
/// @notice The ledger's lifetime limit and counters, and the charge of a user operation, from any state.
/// Windows: see `LedgerStepsProof` and `WindowProof`.
/// @custom:halmos --loop 9 --solver-timeout-branching 50ms
contract LedgerProof is AnyLedger {
    using SpendLedger for SpendLedger.Ledger;

    /// @notice I3: no charge exceeds the lifetime limit. `spent` increases by the charge, or the call reverts.
    /// @dev In the bucket of the last charge: other buckets differ only in the window.
    function check_chargesStayWithinLifetimeLimit(State memory state, uint256 offset, uint96 charge, uint96 windowLimit, uint96 lifetimeLimit) external {
        uint256 bucket = storeLedger(state, state.place % 8);
        VM.assume(charge != 0);
        ledger.add(charge, windowLimit, lifetimeLimit, bucket * WIDTH | (offset % WIDTH));
        unchecked {
            uint256 spent = uint256(state.spent) + charge;
            assert(both(ledger.lifetimeSpent() == spent, spent <= lifetimeLimit));
        }
    }

    /// @notice I22: a charge that the counter can't hold reverts.
    function check_countersNeverOverflow(State memory state, uint256 offset, uint256 charge, uint96 windowLimit, uint96 lifetimeLimit) external {
        uint256 bucket = storeLedger(state, state.place % 8);
        ledger.add(charge, windowLimit, lifetimeLimit, bucket * WIDTH | (offset % WIDTH));
        assert(both(charge <= type(uint96).max, ledger.lifetimeSpent() >= state.spent));
    }

    /// @notice I25: an operation is charged in full, at most the limit per operation, and is valid in its own
    /// period only; or it costs nothing.
    /// @dev In the bucket of the last charge.
    function check_operationsAreChargedWithinLimit(State memory state, uint96 cost, uint96 operationLimit, uint96 windowLimit) external {
        uint256 bucket = storeLedger(state, state.place % 8);
        (uint256 start, uint256 end) = OperationGas.charge(ledger, cost, operationLimit, windowLimit, WIDTH, uint32(bucket));
        bool charged = both(cost <= operationLimit, ledger.lifetimeSpent() == uint256(state.spent) + cost);
        assert(either(cost == 0, both(charged, both(start == bucket * WIDTH, end == start + WIDTH))));
        assert(implies(cost == 0, ledger.lifetimeSpent() == state.spent));
    }
}
