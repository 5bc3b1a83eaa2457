// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SpendLedger} from "../../contracts/libraries/SpendLedger.sol";
import {OperationGas} from "../../contracts/libraries/OperationGas.sol";
import {Proof} from "./Proof.sol";

/// @title LedgerProof
/// @notice Steps of the ledger, from any state in which `_kept` is true: each leaves it true, and no limit passed (I2, I3). It is true of a
/// ledger that was just opened. Not yet: a charge one to eight buckets after the last one, so this is no induction yet.
///
/// I2 speaks of every interval. Here it is one interval (instant, instant + 8 · width], with any `instant`, before, at or after any
/// charge. The ghost remembers what was `settled` (spent, but for what is pending) at that instant, so that spent − before is all that was
/// charged in the interval, with all that is pending.
/// @dev Bounds: buckets are 1,024 seconds wide, for the prover divides only by powers of two; the code uses the width for nothing but
/// dividing. Times are below 2^41 seconds. The bucket is written as 8 · turn + place, and each place gets a path of its own.
/// @custom:halmos --loop 9 --solver-timeout-branching 50ms
contract LedgerProof is Proof {
    using SpendLedger for SpendLedger.Ledger;

    uint256 internal constant WIDTH = 1024;

    SpendLedger.Ledger internal ledger;

    /// @notice Any ledger.
    struct State {
        uint96 spent;
        uint96 floor;
        uint96 pending;
        uint96 returned;
        uint96[8] starts;
        uint256 turn;
        uint256 place;
        uint8 decimals;
    }

    /// @notice What a proof knows, and the ledger doesn't.
    /// @param last When the ledger was last written (unix seconds).
    /// @param instant Any instant (unix seconds).
    /// @param before What was settled at that instant, and what was given back since (currency units).
    struct Ghost {
        uint256 last;
        uint256 instant;
        uint96 before;
    }

    /// @notice I2: a charge in the bucket of the last one.
    function check_addInTheSameBucket(State memory state, Ghost memory ghost, uint256 offset, uint96 charge, uint96 windowLimit) external {
        uint256 bucket = 8 * _turn(state.turn) | _pick(state.place, 7);
        _add(state, ghost, bucket, bucket * WIDTH | (offset % WIDTH), charge, windowLimit);
    }

    /// @notice I2: a charge nine or more buckets later.
    function check_addAfterALongSleep(State memory state, Ghost memory ghost, uint256 offset, uint256 turn, uint256 place, uint96 charge, uint96 windowLimit) external {
        uint256 bucket = 8 * _turn(state.turn) | (state.place % 8);
        uint256 later = 8 * _turn(turn) | _pick(place, 7);
        WORLD.assume(later > bucket + 8);
        _add(state, ghost, bucket, later * WIDTH | (offset % WIDTH), charge, windowLimit);
    }

    /// @notice What is always true is true of a ledger that was just opened for the first time, whatever the instant.
    function check_openedLedgersBeginWithin(Ghost memory ghost, uint256 turn, uint256 place, uint256 offset) external {
        uint24[] memory widths = new uint24[](1);
        widths[0] = uint24(WIDTH);
        ghost.last = (8 * _turn(turn) | _pick(place, 7)) * WIDTH | (offset % WIDTH);
        ghost.before = 0;
        ledger.open(widths, 6, ghost.last);
        assert(both(_kept(ghost, 0, false), ledger.counter.spent == 0));
    }

    /// @notice I3: no charge passes the limit for life, of which nothing counts but what was spent and not returned; and what was spent
    /// goes up by the charge, or the call reverts.
    /// @dev In the bucket of the last charge: the other cases differ in the window alone.
    function check_noChargePassesTheLimitForLife(State memory state, uint256 offset, uint96 charge, uint96 windowLimit, uint96 lifetimeLimit) external {
        uint256 bucket = 8 * _turn(state.turn) | (state.place % 8);
        _place(state, bucket);
        WORLD.assume(both(charge != 0, both(state.floor <= state.spent, state.returned <= state.spent)));
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
        uint256 bucket = 8 * _turn(state.turn) | (state.place % 8);
        _place(state, bucket);
        WORLD.assume(both(state.floor <= state.spent, state.returned <= state.spent));
        ledger.add(charge, windowLimit, lifetimeLimit, bucket * WIDTH | (offset % WIDTH));
        assert(both(charge <= type(uint96).max, ledger.counter.spent >= state.spent));
    }

    /// @notice I25: an operation is charged in full, at most the limit of one, and is good in its own period only; or it costs nothing.
    /// @dev In the bucket of the last charge.
    function check_operationsAreChargedWithinTheirLimit(State memory state, uint96 cost, uint96 operationLimit, uint96 windowLimit) external {
        uint256 bucket = 8 * _turn(state.turn) | (state.place % 8);
        _place(state, bucket);
        WORLD.assume(state.floor <= state.spent);
        (uint256 start, uint256 end) = OperationGas.charge(ledger, cost, operationLimit, windowLimit, WIDTH, uint32(bucket));
        bool charged = both(cost <= operationLimit, ledger.counter.spent == uint256(state.spent) + cost);
        assert(either(cost == 0, both(charged, both(start == bucket * WIDTH, end == start + WIDTH))));
        assert(implies(cost == 0, ledger.counter.spent == state.spent));
    }

    /// @notice What the steps assert of a charge is the limit: neither what counts in the window nor, which is less, what was charged in the
    /// interval passes it.
    function check_whatFitsIsWithinTheLimit(uint96 spent, uint96 floor, uint96 before, uint96 charge, uint96 limit) external pure {
        unchecked {
            uint256 used = uint256(spent) - floor;
            bool given = both(both(floor <= before, before <= spent), both(used < limit, charge <= limit - used));
            uint256 counted = uint256(spent) + charge - floor;
            assert(implies(given, both(counted <= limit, uint256(spent) + charge - before <= counted)));
        }
    }

    /// @dev The limit for life and the windows know nothing of each other: here it is the highest that there is.
    function _add(State memory state, Ghost memory ghost, uint256 bucket, uint256 timestamp, uint96 charge, uint96 windowLimit) private {
        WORLD.assume(both(charge != 0, uint256(state.spent) + charge <= type(uint96).max));
        _place(state, bucket);
        uint256 settled = uint256(state.spent) - state.pending;
        bool given = both(_kept(ghost, settled, false), both(timestamp >= ghost.last, ghost.instant < 2 ** 41));

        ledger.add(charge, windowLimit, type(uint96).max, timestamp);

        unchecked {
            ghost.last = timestamp;
            (uint256 spent, uint256 floor, uint256 used) = (ledger.counter.spent, ledger.counter.floor, state.spent - ledger.counter.floor);
            bool then = both(spent == uint256(state.spent) + charge, both(used < windowLimit, charge <= windowLimit - used));
            // A charge raises what is settled: what is at most what was is at most what is.
            if (timestamp <= ghost.instant) {
                // The ghost moves with it, from what was settled to what is.
                then = both(then, both(ghost.before == settled, _kept(ghost, settled, true)));
            } else {
                bool inside = timestamp <= ghost.instant + 8 * WIDTH;
                then = both(then, both(implies(inside, floor <= ghost.before), _kept(ghost, settled, false)));
            }
            assert(implies(given, then));
        }
    }

    function _place(State memory state, uint256 bucket) private {
        ledger.counter = SpendLedger.Counter(state.spent, state.floor, uint32(bucket), uint24(WIDTH), state.decimals);
        (ledger.starts, ledger.pending, ledger.returned) = (state.starts, state.pending, state.returned);
    }

    /// @dev What each step keeps of the first window: no start is above what is settled, and those of buckets that began at or before the
    /// instant aren't above what was settled then.
    /// @param settled What was settled before the step.
    /// @param early Whether the step's charge was at or before the instant.
    function _kept(Ghost memory ghost, uint256 settled, bool early) private view returns (bool ok) {
        unchecked {
            SpendLedger.Counter memory counter = ledger.counter;
            (uint256 pending, uint256 bucket, uint256 at) = (ledger.pending, counter.bucket, ghost.instant / WIDTH);
            ok = bucket == ghost.last / WIDTH;
            ok = both(ok, both(pending <= counter.spent, ledger.returned <= settled));
            ok = both(ok, both(ghost.before <= settled, counter.floor <= settled));
            ok = both(ok, either(early, either(ghost.last > ghost.instant, ghost.before == settled)));
            ok = both(ok, implies(bucket <= at + 8, counter.floor <= ghost.before));
            for (uint256 k = 0; k < 8; ++k) {
                uint256 start = ledger.starts[k];
                // In `starts[k]` is bucket − (bucket − k) % 8.
                ok = both(ok, both(start <= settled, implies(bucket <= at + (bucket - k) % 8, start <= ghost.before)));
            }
        }
    }

    function _turn(uint256 turn) private pure returns (uint256) {
        return turn & (type(uint32).max >> 4);
    }

    /// @dev The choice as a constant, on a path of its own.
    function _pick(uint256 choice, uint256 most) private pure returns (uint256) {
        for (uint256 i = 0; i < most; ++i) if (choice == i) return i;
        return most;
    }
}
