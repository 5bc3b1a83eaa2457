// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LibCall} from "solady/utils/LibCall.sol";
import {IGuard} from "../interfaces/IGuard.sol";
import {IMandate, Mandate} from "../interfaces/IMandate.sol";

/// @title GuardCalls
/// @notice Calls a mandate's guard. Whatever it does, it either agrees or refuses.
library GuardCalls {
    /// @notice Gas that `onClose` gets.
    uint256 internal constant CLOSE_GAS = 200_000;

    /// @dev The longest answer that is copied (bytes).
    uint16 private constant MAX_REASON = 256;

    /// @notice Reverts if a call would use a function with which the wallet itself calls its guard. Guards rely on it
    /// that nobody else makes a wallet call them, not even its principal.
    function requireNotReserved(address target, bytes4 selector) internal pure {
        require(
            selector != IGuard.onCharge.selector && selector != IGuard.onClose.selector,
            IMandate.ReservedForGuards(target, selector)
        );
    }

    /// @notice Reverts with GuardRefused unless the guard agrees to a mandate.
    function requireAcceptance(address guard, address wallet, Mandate calldata mandate) internal view {
        (bool success,, bytes memory answer) = LibCall.tryStaticCall(
            guard, gasleft(), MAX_REASON, abi.encodeCall(IGuard.accepts, (wallet, mandate))
        );
        _requireAnswer(guard, success, answer, IGuard.accepts.selector);
    }

    /// @notice Reverts with GuardRefused unless the guard agrees to a charge.
    function requireAgreement(address guard, IGuard.Charge memory charge) internal {
        (bool success,, bytes memory answer) =
            LibCall.tryCall(guard, 0, gasleft(), MAX_REASON, abi.encodeCall(IGuard.onCharge, (charge)));
        _requireAnswer(guard, success, answer, IGuard.onCharge.selector);
    }

    /// @notice Tells the guard that a pre-authorization was closed. The caller has checked that the gas is there.
    function notifyClosed(address guard, bytes32 currency, uint96 charge, bool settled) internal {
        LibCall.tryCall(guard, 0, CLOSE_GAS, 0, abi.encodeCall(IGuard.onClose, (currency, charge, settled)));
    }

    /// @dev A guard without code answers nothing, and so refuses.
    function _requireAnswer(address guard, bool success, bytes memory answer, bytes4 expected) private pure {
        require(
            success && answer.length == 32 && bytes32(answer) == bytes32(expected),
            IMandate.GuardRefused(guard, answer)
        );
    }
}
