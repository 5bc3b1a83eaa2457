// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMandate, Mandate} from "../interfaces/IMandate.sol";
import {GuardCalls} from "./GuardCalls.sol";

/// @title GuardRules
/// @notice Checks the guard of a mandate. Reverts with an error of `IMandate`.
/// @dev Must follow the other rules: the guard is asked about a mandate that is otherwise valid.
library GuardRules {
    /// @param wallet Wallet that the mandate is for.
    /// @param tokens Tokens of all budgets.
    function check(Mandate calldata mandate, address wallet, address[] memory tokens) internal view {
        address guard = mandate.guard;
        if (guard == address(0)) return;
        require(mandate.powers.chequeBooks.length == 0, IMandate.GuardBesideChequeBook(guard));
        for (uint256 i = 0; i < tokens.length; ++i) require(tokens[i] != guard, IMandate.GuardIsToken(guard));
        // A guard that reports the balance which a floor compares could allow any price.
        for (uint256 i = 0; i < mandate.powers.calls.length; ++i) {
            require(mandate.powers.calls[i].gainToken != guard, IMandate.GuardIsToken(guard));
        }
        GuardCalls.requireAcceptance(guard, wallet, mandate);
    }
}
