// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {IGuard} from "../interfaces/IGuard.sol";
import {Mandate} from "../interfaces/IMandate.sol";
import {Colluder} from "./Colluder.sol";

/// @title GuardDouble
/// @notice A test double: a guard that agrees, or behaves as anyone sets it, differently for each function. When it is
/// called by a wallet it makes the calls of a Colluder first.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract GuardDouble is Colluder, IGuard {
    /// @notice How it answers.
    /// - Agrees: the function's selector.
    /// - Answers: the bytes that were set, of any length.
    /// - Reverts: a revert with these bytes.
    /// - BurnsGas: no answer; it consumes all gas.
    enum Behavior {
        Agrees,
        Answers,
        Reverts,
        BurnsGas
    }

    /// @notice How it answers, by function.
    mapping(bytes4 selector => Behavior) public behaviors;
    /// @notice The bytes of its answer or revert, by function.
    mapping(bytes4 selector => bytes) public answers;

    /// @notice Sets how it answers a function. Caller: anyone.
    /// @param answer Ignored unless it answers or reverts.
    function setBehavior(bytes4 selector, Behavior behavior, bytes calldata answer) external {
        behaviors[selector] = behavior;
        answers[selector] = answer;
    }

    /// @inheritdoc IGuard
    function accepts(address, Mandate calldata) external view returns (bytes4) {
        _behave();
        return IGuard.accepts.selector;
    }

    /// @inheritdoc IGuard
    function onCharge(Charge calldata) external returns (bytes4) {
        _run();
        _behave();
        return IGuard.onCharge.selector;
    }

    /// @inheritdoc IGuard
    function onClose(bytes32, uint96, bool) external {
        _run();
        _behave();
    }

    /// @dev Returns from the whole call, unless it agrees.
    function _behave() private view {
        Behavior behavior = behaviors[msg.sig];
        if (behavior == Behavior.Agrees) return;
        while (behavior == Behavior.BurnsGas) {}
        bytes memory answer = answers[msg.sig];
        if (behavior == Behavior.Reverts) LowLevelCall.bubbleRevert(answer);
        assembly ("memory-safe") {
            return(add(answer, 0x20), mload(answer))
        }
    }
}
