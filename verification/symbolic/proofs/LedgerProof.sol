// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SpendLedger} from "../../../contracts/ledger/SpendLedger.sol";
import {OperationGas} from "../../../contracts/ledger/OperationGas.sol";
import {AnyLedger} from "./AnyLedger.sol";

/// @title LedgerProof
/// @notice What the ledger's limit for life and its counters keep, and what an operation is charged, from any state. Of its windows:
/// `LedgerStepsProof`, `WindowProof`.
/// @custom:halmos --loop 9 --solver-timeout-branching 50ms
contract LedgerProof is AnyLedger {
    using SpendLedger for SpendLedger.Ledger;

    /// @notice I3: no charge passes the limit for life, of which nothing counts but what was spent and not returned; and what was spent
    /// goes up by the charge, or the call reverts.
    /// @dev In the bucket of the last charge: the other cases differ in the window alone.
    function check_noChargePassesTheLimitForLife(State memory state, uint256 offset, uint96 charge, uint96 windowLimit, uint96 lifetimeLimit) external {
        uint256 bucket = placed(state, state.place % 8);
        WORLD.assume(charge != 0);
        ledger.add(charge, windowLimit, lifetimeLimit, bucket * WIDTH | (offset % WIDTH));
        unchecked {
            uint256 spent = uint256(state.spent) + charge;
            uint256 used = state.spent - state.returned;
            bool within = either(spent <= lifetimeLimit, both(used < lifetimeLimit, charge <= lifetimeLimit - used));
            assert(both(ledger.counter.spent == spent, within));
        }
    }

    /// @notice I22: what no counter could hold is refused.
    function check_noCounterWraps(State memory state, uint256 offset, uint256 charge, uint96 windowLimit, uint96 lifetimeLimit) external {
        uint256 bucket = placed(state, state.place % 8);
        ledger.add(charge, windowLimit, lifetimeLimit, bucket * WIDTH | (offset % WIDTH));
        assert(both(charge <= type(uint96).max, ledger.counter.spent >= state.spent));
    }

    /// @notice I25: an operation is charged in full, at most the limit of one, and is good in its own period only; or it costs nothing.
    /// @dev In the bucket of the last charge.
    function check_operationsAreChargedWithinTheirLimit(State memory state, uint96 cost, uint96 operationLimit, uint96 windowLimit) external {
        uint256 bucket = placed(state, state.place % 8);
        (uint256 start, uint256 end) = OperationGas.charge(ledger, cost, operationLimit, windowLimit, WIDTH, uint32(bucket));
        bool charged = both(cost <= operationLimit, ledger.counter.spent == uint256(state.spent) + cost);
        assert(either(cost == 0, both(charged, both(start == bucket * WIDTH, end == start + WIDTH))));
        assert(implies(cost == 0, ledger.counter.spent == state.spent));
    }
}
