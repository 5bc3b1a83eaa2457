// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ArgumentKind} from "../../../contracts/interfaces/IMandate.sol";
import {ChangingToken, RecordingTarget} from "./WalletDoubles.sol";
import {WalletFixture} from "./WalletFixture.sol";

/// @title CallProof
/// @notice What a call of a listed function does when it succeeds. As in `WalletProof`: one call, by any caller, at
/// any time, from any state.
/// @custom:halmos --solver-timeout-branching 50ms
contract CallProof is WalletFixture {
    /// @notice I1, I5, I6, I7: a call succeeds only for the listed function, with an argument that its rule
    /// accepts, and if the target has no approval. What it may pull is charged. During the call exactly that is
    /// approved, and afterwards nothing.
    /// @dev The rule has one argument: the wallet, or a listed payee. The target does anything except call
    /// back.
    function check_callIsWithinMandate(
        address caller,
        bool toPayee,
        uint8 variant,
        uint256 value,
        bytes4 selector,
        bytes32 word,
        uint256 pulled,
        uint256 time
    ) external {
        argument.push(toPayee ? ArgumentKind.ListedPayee : ArgumentKind.ThisWallet);
        Terms memory terms = _grant();
        RecordingTarget target = _target(terms);
        Counted memory before = _counted(_placeCounter(time));
        _placeCallCounter(address(target), selector, time);
        uint256 calls = target.recorded().count;
        bytes memory data = bytes.concat(selector, word);
        if (!_called(caller, target, variant, value, data, pulled, time)) return;

        assert(both(both(caller == terms.agentKey, selector == terms.selector), both(variant == 0, value == 0)));
        assert(word == bytes32(uint256(uint160(toPayee ? terms.payee : address(wallet)))));
        assert(_isCalled(target, calls, 0, data));
        assert(both(token.count() == before.transfers, _counted(before.slot).spent == before.spent + pulled * 10));
        if (pulled == 0) return;
        assert(both(_isTimely(terms, pulled, time), pulled * 10 <= terms.pullLimit));
        assert(both(target.recorded().spender == address(target), target.recorded().approved == pulled));
        assert(both(token.standing() == 0, both(token.spender() == address(target), token.approved() == 0)));
    }

    /// @notice I1, I5, I6: native currency sent with a call is listed, within the rule, and charged.
    /// @custom:halmos --loop 10
    function check_callValueIsWithinMandate(address caller, uint256 value, bytes4 selector, uint256 pulled, uint256 time) external {
        listed = NATIVE;
        Terms memory terms = _grant();
        RecordingTarget target = _target(terms);
        Counted memory before = _counted(_placeCounter(time));
        _placeCallCounter(address(target), selector, time);
        (uint256 calls, uint256 held) = (target.recorded().count, _fund());
        bytes memory data = bytes.concat(selector);
        if (!_called(caller, target, 0, value, data, pulled, time)) return;
        assert(both(caller == terms.agentKey, both(selector == terms.selector, pulled == 0)));
        assert(both(_isCalled(target, calls, value, data), address(wallet).balance == held - value));
        assert(both(value <= terms.valueLimit, either(value == 0, _isTimely(terms, value, time))));
        assert(_counted(before.slot).spent == before.spent + value * 10);
    }

    /// @notice I33: an argument that the rule charges is charged exactly, within the limit per payment, and isn't
    /// zero. Nothing is approved or pulled for it.
    function check_argumentIsCharged(address caller, bytes4 selector, uint256 amount, uint256 time) external {
        argument.push(ArgumentKind.Charged);
        Terms memory terms = _grant();
        RecordingTarget target = _target(terms);
        Counted memory before = _counted(_placeCounter(time));
        _placeCallCounter(address(target), selector, time);
        address spender = token.spender();
        if (!_called(caller, target, 0, 0, abi.encodePacked(selector, amount), 0, time)) return;
        assert(both(caller == terms.agentKey, _isTimely(terms, amount, time)));
        assert(both(_counted(before.slot).spent == before.spent + amount * 10, token.spender() == spender));
    }

    /// @notice I33: a call is counted, and no more calls than the rule's maximum are in its window.
    function check_callsAreCounted(address caller, bytes4 selector, uint256 time) external {
        Terms memory terms = _grant();
        RecordingTarget target = _target(terms);
        bytes32 slot = _placeCallCounter(address(target), selector, time);
        uint256 before = uint96(uint256(VM.load(address(wallet), slot)));
        if (!_called(caller, target, 0, 0, abi.encodePacked(selector), 0, time)) return;
        uint256 counter = uint256(VM.load(address(wallet), slot));
        assert(both(uint96(counter) == before + 1, uint96(counter) - uint96(counter >> 96) <= terms.maxCalls));
    }

    /// @notice I33: after a call with a floor, the wallet has gained at least the floor of what the call charged; and
    /// never less than nothing.
    /// @dev The target changes the balance arbitrarily. A floor of three per seven, of a token that isn't listed.
    function check_floorHolds(address caller, bytes4 selector, uint256 pulled, uint256 time) external {
        RecordingTarget target = new RecordingTarget(token);
        ChangingToken gained = new ChangingToken(target);
        gainToken = address(gained);
        Terms memory terms = _grant();
        _assumeTarget(terms, target);
        SVM.enableSymbolicStorage(address(gained));
        _placeCounter(time);
        _placeCallCounter(address(target), selector, time);
        uint256 calls = target.recorded().count;
        if (!_called(caller, target, 0, 0, abi.encodePacked(selector), pulled, time)) return;
        (uint256 first, uint256 last) = (gained.balanceAfter(calls), gained.balanceAfter(calls + 1));
        assert(last >= first);
        unchecked {
            assert(either(last - first > type(uint128).max, (last - first) * PER >= pulled * GAIN));
        }
    }

    /* WHAT IS CALLED */

    function _called(address caller, RecordingTarget target, uint8 variant, uint256 value, bytes memory data, uint256 pulled, uint256 time)
        private
        returns (bool)
    {
        return _call(caller, time, abi.encodeCall(wallet.call, (address(target), variant, value, data, pulled, 0)));
    }

    /// @dev The target that the mandate lists.
    function _target(Terms memory terms) private returns (RecordingTarget target) {
        target = new RecordingTarget(token);
        _assumeTarget(terms, target);
    }

    function _assumeTarget(Terms memory terms, RecordingTarget target) private {
        SVM.enableSymbolicStorage(address(target));
        VM.assume(both(terms.target == address(target), terms.selector != target.recorded.selector));
    }

    /// @dev Gives the wallet any amount (wei).
    function _fund() private returns (uint256 held) {
        held = SVM.createUint(96, "held");
        VM.deal(address(wallet), held);
    }

    /* WHAT IS SEEN */

    function _isCalled(RecordingTarget target, uint256 before, uint256 value, bytes memory data) private view returns (bool) {
        RecordingTarget.Recorded memory recorded = target.recorded();
        bool once = both(recorded.count == before + 1, recorded.caller == address(wallet));
        return both(once, both(recorded.value == value, recorded.dataHash == keccak256(data)));
    }
}
