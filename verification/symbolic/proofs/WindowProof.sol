// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Proof} from "./Proof.sol";
import {Window} from "./Window.sol";

/// @title WindowProof
/// @notice The limit of a rolling window holds forever (I2). An empty window satisfies the invariant below,
/// every step preserves it, and by the invariant no charge that fits exceeds the limit. `LedgerStepsProof`
/// verifies that the ledger's steps are these.
///
/// I2 is about every interval. Here it is one interval, a window long, that begins after any `instant`, which
/// may be before, at or after any step. The ghost stores `before`: what was settled (spent, less what is
/// pending) at that instant. What is settled never falls. So spent − before is everything settled in the
/// interval, plus everything pending, whenever it was charged (I29). The invariant: no start exceeds what is
/// settled, and the start of a bucket that began at or before the instant doesn't exceed `before`.
/// @dev A time is a bucket and an offset: time = bucket · width + offset, offset < width, for any width. So
/// times are ordered by bucket, then offset, and a window after (bucket, offset) it is (bucket + 8, offset).
/// Each age has a path and a query of its own: the invariant for one age contains no other age.
/// @custom:halmos --loop 10 --solver-timeout-branching 20ms --panic-error-codes *
contract WindowProof is Proof {
    /// @notice Any window, and the offset of its last step.
    struct Any {
        uint96 settled;
        uint96 pending;
        uint96[9] starts;
        uint32 bucket;
        uint32 offset;
    }

    /// @notice What the proof knows and the ledger doesn't.
    /// @param bucket Bucket of any instant.
    /// @param offset Offset of the same instant.
    /// @param before What was settled then (budget units).
    struct Ghost {
        uint32 bucket;
        uint32 offset;
        uint96 before;
    }

    /// @notice A window without charges satisfies the invariant.
    function check_emptyWindowSatisfiesInvariant(Ghost memory ghost, uint32 bucket, uint32 offset, uint256 age) external pure {
        age = pick(age, 8);
        ghost.before = 0;
        Window memory window;
        window.bucket = bucket;
        assert(_invariant(window, offset, ghost, age));
    }

    /// @notice Time alone preserves it.
    function check_timePreservesInvariant(Any memory any, Ghost memory ghost, uint256 steps, uint256 age, uint32 bucket, uint32 offset)
        external
        pure
    {
        (steps, age) = (pick(steps, 9), pick(age, 8));
        unchecked {
            bool later = steps == 9 ? bucket > uint256(any.bucket) + 8 : bucket == any.bucket + steps;
            VM.assume(both(later, either(steps != 0, offset >= any.offset)));
            // What is settled becomes a start, or one of the other starts becomes older.
            Window memory window = _window(any, ghost, age < steps ? 0 : age - steps);
            window.roll(steps, bucket);
            assert(_invariant(window, offset, ghost, age));
        }
    }

    /// @notice A charge that fits preserves it, pending or not. What the window then counts is at least what
    /// was charged in any interval of its length that contains the charge.
    function check_chargePreservesInvariant(Any memory any, Ghost memory ghost, uint256 age, uint96 charge, bool held) external pure {
        age = pick(age, 8);
        Window memory window = _window(any, ghost, age);
        unchecked {
            VM.assume(window.spent() + charge <= type(uint96).max);
            uint256 spent = window.spent();
            if (held) window.hold(charge);
            else window.charge(charge);
            if (!_isAfter(any.bucket, any.offset, ghost.bucket, ghost.offset)) ghost.before = uint96(window.settled);
            else if (age == 8 && !_isAfter(any.bucket, any.offset, uint256(ghost.bucket) + 8, ghost.offset)) {
                assert(both(window.starts[8] <= ghost.before, ghost.before <= spent));
            }
            assert(_invariant(window, any.offset, ghost, age));
        }
    }

    /// @notice Settling preserves it.
    function check_settlePreservesInvariant(Any memory any, Ghost memory ghost, uint256 age, uint96 amount) external pure {
        age = pick(age, 8);
        Window memory window = _window(any, ghost, age);
        VM.assume(amount <= any.pending);
        window.settle(amount);
        if (!_isAfter(any.bucket, any.offset, ghost.bucket, ghost.offset)) ghost.before = uint96(window.settled);
        assert(_invariant(window, any.offset, ghost, age));
    }

    /// @notice Releasing preserves it, and reduces what is counted by the amount.
    function check_releasePreservesInvariant(Any memory any, Ghost memory ghost, uint256 age, uint96 amount) external pure {
        age = pick(age, 8);
        Window memory window = _window(any, ghost, age);
        VM.assume(amount <= any.pending);
        uint256 spent = window.spent();
        window.release(amount);
        assert(both(_invariant(window, any.offset, ghost, age), window.spent() == spent - amount));
    }

    /// @notice Adding retroactively preserves it, if no more of the amount is in the interval than within the
    /// window.
    function check_addRetroactivelyPreservesInvariant(Any memory any, Ghost memory ghost, uint256 age, uint96 total, uint96 early) external pure {
        age = pick(age, 8);
        Window memory window = _window(any, ghost, age);
        unchecked {
            VM.assume(both(early <= total, window.spent() + total <= type(uint96).max));
            window.addRetroactively(total, early);
            bool passed = _isAfter(any.bucket, any.offset, ghost.bucket, ghost.offset);
            ghost.before = passed ? ghost.before + early : uint96(window.settled);
            assert(_invariant(window, any.offset, ghost, age));
        }
    }

    /// @notice I3: what is settled never falls, and what is spent falls only by what is released.
    function check_spentFallsOnlyByReleases(Any memory any, uint256 step, uint96 amount, uint96 early, uint96 released) external pure {
        step = pick(step, 3);
        Window memory window = Window(any.settled, any.pending, any.bucket, _wide(any.starts));
        (uint256 settled, uint256 spent) = (window.settled, window.spent());
        VM.assume(either(step < 3, amount <= any.pending));
        if (step == 0) window.charge(amount);
        else if (step == 1) window.hold(amount);
        else if (step == 2) window.addRetroactively(amount, early);
        else window.settle(amount);
        assert(both(window.settled >= settled, window.spent() >= spent));

        (settled, spent) = (window.settled, window.spent());
        VM.assume(released <= window.pending);
        window.release(released);
        assert(both(window.settled == settled, window.spent() == spent - released));
    }

    /// @notice No bucket ever started with more than a later one: what is settled only grows, and all starts
    /// are raised alike.
    function check_startsStayOrdered(Any memory any, uint256 step, uint256 age, uint256 steps, uint96 amount, uint96 early) external pure {
        (step, age) = (pick(step, 4), pick(age, 8));
        Window memory window = Window(any.settled, any.pending, any.bucket, _wide(any.starts));
        unchecked {
            VM.assume(both(window.spent() <= type(uint96).max, uint256(amount) + window.spent() <= type(uint96).max));
            if (step == 0) {
                steps = pick(steps, 9);
                // At most one of two starts is older than the step; they and the settled amount were ordered.
                for (uint256 each = 0; each <= 8; ++each) VM.assume(window.isInOrder(each));
                window.roll(steps, any.bucket + steps);
            } else {
                VM.assume(window.isInOrder(age));
                VM.assume(either(step == 1, either(step == 4, amount <= any.pending)));
                if (step == 1) window.charge(amount);
                else if (step == 2) window.settle(amount);
                else if (step == 3) window.release(amount);
                else {
                    VM.assume(early <= amount);
                    window.addRetroactively(amount, early);
                }
            }
            assert(window.isInOrder(age));
        }
    }

    /// @notice If a charge fits, what the window counts is at most the limit; so is what was charged in the
    /// interval, which is less.
    /// @dev Nothing is pending here, because what fits depends only on the sum.
    function check_fittingChargeIsWithinLimit(uint96 spent, uint96 floor, uint96 before, uint96 charge, uint96 limit) external pure {
        Window memory window;
        (window.settled, window.starts[8]) = (spent, floor);
        unchecked {
            VM.assume(both(floor <= before, before <= spent));
            VM.assume(both(charge != 0, charge <= window.left(limit)));
            assert(uint256(spent) + charge - floor <= limit);
            assert(uint256(spent) + charge - before <= uint256(spent) + charge - floor);
        }
    }

    /// @notice A start raised by what fits into the counter fits into 96 bits.
    function check_raisedStartFits(uint96 spent, uint96 start, uint96 amount) external pure {
        unchecked {
            VM.assume(both(start <= spent, amount <= type(uint96).max - spent));
            assert(uint256(start) + amount <= type(uint96).max);
        }
    }

    /// @dev A window that satisfies the invariant for an age.
    function _window(Any memory any, Ghost memory ghost, uint256 age) private pure returns (Window memory window) {
        window = Window(any.settled, any.pending, any.bucket, _wide(any.starts));
        VM.assume(_invariant(window, any.offset, ghost, age));
    }

    /// @dev The invariant at the time (window.bucket, offset), for the start of one age.
    function _invariant(Window memory window, uint256 offset, Ghost memory ghost, uint256 age) private pure returns (bool) {
        unchecked {
            (uint256 settled, uint256 start) = (window.settled, window.starts[age]);
            bool sums = window.spent() <= type(uint96).max;
            sums = both(sums, both(ghost.before <= settled, start <= settled));
            // Until the instant has passed, `before` equals what is settled.
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
