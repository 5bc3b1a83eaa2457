// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {IGuard} from "../interfaces/IGuard.sol";
import {Mandate} from "../interfaces/IMandate.sol";
import {IRevocationSwitch} from "../interfaces/IRevocationSwitch.sol";

/// @title MoodyGuard
/// @notice A test double: a guard that agrees or refuses as anyone sets it. It emits what wallets ask and tell it.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract MoodyGuard is IGuard {
    /// @notice Agrees up to a charge, reverts, answers wrongly, answers nothing, reverts with more data than a wallet
    /// copies, or pauses the agent and agrees.
    enum Mood {
        Agrees,
        Reverts,
        AnswersWrongly,
        AnswersNothing,
        RevertsAtLength,
        Stops
    }

    /// @notice Thrown when a charge is larger than the guard allows (budget units).
    error TooMuch(uint256 charge, uint256 most);
    /// @notice Thrown while the guard reverts.
    error NotInTheMood();

    /// @notice Emitted when a wallet asks about a charge, and when it tells that one was closed.
    event Asked(address indexed wallet, Charge charge);
    event Heard(address indexed wallet, bytes32 currency, uint96 charge, bool settled);

    /// @notice How it behaves.
    Mood public mood;
    /// @notice The largest charge that it agrees to (budget units).
    uint256 public most = type(uint256).max;

    IRevocationSwitch private immutable _switch;

    constructor(IRevocationSwitch revocationSwitch) {
        _switch = revocationSwitch;
    }

    /// @notice Sets how it behaves, and the largest charge that it agrees to (budget units).
    function setMood(Mood newMood, uint256 newMost) external {
        (mood, most) = (newMood, newMost);
    }

    /// @inheritdoc IGuard
    function accepts(address, Mandate calldata) external view returns (bytes4) {
        return _answer(IGuard.accepts.selector);
    }

    /// @inheritdoc IGuard
    function onCharge(Charge calldata charge) external returns (bytes4) {
        emit Asked(msg.sender, charge);
        require(charge.charge <= most, TooMuch(charge.charge, most));
        if (mood == Mood.Stops) {
            // It succeeds if the principal made this contract a guardian.
            try _switch.pause(charge.principal, msg.sender) {} catch {}
        }
        return _answer(IGuard.onCharge.selector);
    }

    /// @inheritdoc IGuard
    function onClose(bytes32 currency, uint96 charge, bool settled) external {
        require(mood != Mood.Reverts, NotInTheMood());
        emit Heard(msg.sender, currency, charge, settled);
    }

    function _answer(bytes4 selector) private view returns (bytes4) {
        require(mood != Mood.Reverts, NotInTheMood());
        if (mood == Mood.RevertsAtLength) LowLevelCall.bubbleRevert(new bytes(300));
        if (mood == Mood.AnswersNothing) assembly ("memory-safe") { return(0, 0) }
        return mood == Mood.AnswersWrongly ? bytes4(0xffffffff) : selector;
    }
}
