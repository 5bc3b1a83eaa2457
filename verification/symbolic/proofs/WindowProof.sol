// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Proof} from "./Proof.sol";
import {Window} from "./Window.sol";

/// @title WindowProof
/// @notice The limit of a rolling window holds for ever (I2): an empty window has the rule below; every step leaves it true, from any
/// window that has it; and by the rule no charge that fits passes the limit. `LedgerStepsProof` shows that the ledger's steps are these.
///
/// I2 speaks of every interval. Here it is one interval, a window long, that begins after any `instant`, which may be before, at or after
/// any step. The ghost remembers `before`, what was settled (spent, but for what is pending) at that instant, with what was given back since:
/// spent − before is all that was charged in the interval and wasn't given back, with all that is pending, whenever it was charged (I29). The rule: no start is more than what is settled, and the start of a bucket that began
/// at or before the instant isn't more than `before`.
/// @dev A time is a bucket and an offset in it: time = bucket · width + offset with offset < width, for whatever width. So times are in the
/// order of their buckets, then of their offsets, and a window after (bucket, offset) it is (bucket + 8, offset). Each age gets a path, and a
/// question, of its own: in the rule for one age no other age occurs.
/// @custom:halmos --loop 10 --solver-timeout-branching 20ms --panic-error-codes *
contract WindowProof is Proof {
    /// @notice Any window, and the offset of its last step.
    struct Any {
        uint96 settled;
        uint96 pending;
        uint96 returned;
        uint96[9] starts;
        uint32 bucket;
        uint32 offset;
    }

    /// @notice What a proof knows, and the ledger doesn't.
    /// @param bucket Of any instant.
    /// @param offset Of the same.
    /// @param before What was settled then (currency units).
    struct Ghost {
        uint32 bucket;
        uint32 offset;
        uint96 before;
    }

    /// @notice A window of which nothing was ever charged has the rule.
    function check_anEmptyWindowHasTheRule(Ghost memory ghost, uint32 bucket, uint32 offset, uint256 age) external pure {
        age = pick(age, 8);
        ghost.before = 0;
        Window memory window;
        window.bucket = bucket;
        assert(_rule(window, offset, ghost, age));
    }

    /// @notice Time alone keeps it.
    function check_timeKeepsTheRule(Any memory any, Ghost memory ghost, uint256 steps, uint256 age, uint32 bucket, uint32 offset)
        external
        pure
    {
        (steps, age) = (pick(steps, 9), pick(age, 8));
        unchecked {
            bool later = steps == 9 ? bucket > uint256(any.bucket) + 8 : bucket == any.bucket + steps;
            WORLD.assume(both(later, either(steps != 0, offset >= any.offset)));
            // What was settled becomes a start; or else one of the other starts grows older.
            Window memory window = _given(any, ghost, age < steps ? 0 : age - steps);
            window.roll(steps, bucket);
            assert(_rule(window, offset, ghost, age));
        }
    }

    /// @notice A charge that fits keeps it, whether it is pending or not; and what counts, of which it is a part, is at least what was charged
    /// in any interval of a window's length in which it is.
    function check_aChargeKeepsTheRule(Any memory any, Ghost memory ghost, uint256 age, uint96 charge, bool held) external pure {
        age = pick(age, 8);
        Window memory window = _given(any, ghost, age);
        unchecked {
            WORLD.assume(window.spent() + charge <= type(uint96).max);
            uint256 spent = window.spent();
            if (held) window.hold(charge);
            else window.charge(charge);
            if (!_isAfter(any.bucket, any.offset, ghost.bucket, ghost.offset)) ghost.before = uint96(window.settled);
            else if (age == 8 && !_isAfter(any.bucket, any.offset, uint256(ghost.bucket) + 8, ghost.offset)) {
                assert(both(window.starts[8] <= ghost.before, ghost.before <= spent));
            }
            assert(_rule(window, any.offset, ghost, age));
        }
    }

    /// @notice So does the settling of what is pending.
    function check_settlingKeepsTheRule(Any memory any, Ghost memory ghost, uint256 age, uint96 amount) external pure {
        age = pick(age, 8);
        Window memory window = _given(any, ghost, age);
        WORLD.assume(amount <= any.pending);
        window.settle(amount);
        if (!_isAfter(any.bucket, any.offset, ghost.bucket, ghost.offset)) ghost.before = uint96(window.settled);
        assert(_rule(window, any.offset, ghost, age));
    }

    /// @notice And giving it back, by which what was charged in the interval is less by the amount.
    function check_givingBackKeepsTheRule(Any memory any, Ghost memory ghost, uint256 age, uint96 amount) external pure {
        age = pick(age, 8);
        Window memory window = _given(any, ghost, age);
        WORLD.assume(amount <= any.pending);
        window.release(amount);
        unchecked {
            ghost.before += amount;
        }
        assert(_rule(window, any.offset, ghost, age));
    }

    /// @notice And what was spent beside the ledger, of which no more is in the interval than within the window.
    function check_thePastKeepsTheRule(Any memory any, Ghost memory ghost, uint256 age, uint96 total, uint96 early) external pure {
        age = pick(age, 8);
        Window memory window = _given(any, ghost, age);
        unchecked {
            WORLD.assume(both(early <= total, window.spent() + total <= type(uint96).max));
            window.addRetroactively(total, early);
            bool passed = _isAfter(any.bucket, any.offset, ghost.bucket, ghost.offset);
            ghost.before = passed ? ghost.before + early : uint96(window.settled);
            assert(_rule(window, any.offset, ghost, age));
        }
    }

    /// @notice No bucket ever began with more than a later one: what is settled only grows, and what is raised is raised alike.
    function check_startsStayInOrder(Any memory any, uint256 step, uint256 age, uint256 steps, uint96 amount, uint96 early) external pure {
        (step, age) = (pick(step, 4), pick(age, 8));
        Window memory window = Window(any.settled, any.pending, any.returned, any.bucket, _wide(any.starts));
        unchecked {
            WORLD.assume(both(window.spent() <= type(uint96).max, uint256(amount) + window.spent() <= type(uint96).max));
            if (step == 0) {
                steps = pick(steps, 9);
                // Of two starts one, or none, is older than the step; they, and what was settled, were in order.
                for (uint256 each = 0; each <= 8; ++each) WORLD.assume(window.isInOrder(each));
                window.roll(steps, any.bucket + steps);
            } else {
                WORLD.assume(window.isInOrder(age));
                WORLD.assume(either(step == 1, either(step == 4, amount <= any.pending)));
                if (step == 1) window.charge(amount);
                else if (step == 2) window.settle(amount);
                else if (step == 3) window.release(amount);
                else {
                    WORLD.assume(early <= amount);
                    window.addRetroactively(amount, early);
                }
            }
            assert(window.isInOrder(age));
        }
    }

    /// @notice What counts, when a charge fits, is at most the limit; and so is, which is less, what was charged in the interval.
    /// @dev Here nothing is pending, for what fits depends on the sum alone.
    function check_whatFitsIsWithinTheLimit(uint96 spent, uint96 floor, uint96 before, uint96 charge, uint96 limit) external pure {
        Window memory window;
        (window.settled, window.starts[8]) = (spent, floor);
        unchecked {
            WORLD.assume(both(floor <= before, before <= spent));
            WORLD.assume(both(charge != 0, charge <= window.left(limit)));
            assert(uint256(spent) + charge - floor <= limit);
            assert(uint256(spent) + charge - before <= uint256(spent) + charge - floor);
        }
    }

    /// @notice A start that is raised by what is pending, or by what still fits into 96 bits, fits too.
    function check_whatIsRaisedFits(uint96 spent, uint96 pending, uint96 start, uint96 amount) external pure {
        unchecked {
            uint256 raised = uint256(start) + amount;
            WORLD.assume(pending <= spent);
            assert(implies(both(start <= spent - pending, amount <= pending), raised <= spent));
            assert(implies(both(start <= spent, amount <= type(uint96).max - spent), raised <= type(uint96).max));
        }
    }

    /// @dev A window that has the rule for an age.
    function _given(Any memory any, Ghost memory ghost, uint256 age) private pure returns (Window memory window) {
        window = Window(any.settled, any.pending, any.returned, any.bucket, _wide(any.starts));
        WORLD.assume(_rule(window, any.offset, ghost, age));
    }

    /// @dev At the time (window.bucket, offset), for the start of one age.
    function _rule(Window memory window, uint256 offset, Ghost memory ghost, uint256 age) private pure returns (bool) {
        unchecked {
            (uint256 settled, uint256 start) = (window.settled, window.starts[age]);
            bool sums = both(window.spent() <= type(uint96).max, window.returned <= settled);
            sums = both(sums, both(ghost.before <= settled, start <= settled));
            // Until the instant has passed, the ghost moves with what is settled.
            bool moves = either(_isAfter(window.bucket, offset, ghost.bucket, ghost.offset), ghost.before == settled);
            return both(both(sums, moves), implies(window.bucket <= uint256(ghost.bucket) + age, start <= ghost.before));
        }
    }

    function _isAfter(uint256 bucket, uint256 offset, uint256 otherBucket, uint256 otherOffset) private pure returns (bool) {
        return either(bucket > otherBucket, both(bucket == otherBucket, offset > otherOffset));
    }

    function _wide(uint96[9] memory starts) private pure returns (uint256[9] memory wide) {
        for (uint256 age = 0; age <= 8; ++age) wide[age] = starts[age];
    }
}
