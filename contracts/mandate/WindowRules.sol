// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMandate, Window} from "../interfaces/IMandate.sol";

/// @title WindowRules
/// @notice Checks the currency, windows and lifetime limit of a budget. Reverts with an error of `IMandate`.
library WindowRules {
    /// @notice The most rolling windows in a budget.
    uint256 internal constant MAX_WINDOWS = 4;
    /// @notice The most characters of a currency's name.
    uint256 internal constant MAX_CURRENCY = 12;
    /// @notice The shortest and the longest window (seconds, inclusive): an hour, and eight buckets whose width
    /// fits into 24 bits.
    uint32 internal constant MIN_WINDOW = 1 hours;
    uint32 internal constant MAX_WINDOW = 8 * uint32(type(uint24).max);
    /// @notice The most decimals of a budget unit.
    uint8 internal constant MAX_BUDGET_DECIMALS = 18;

    /// @notice A name has 1 to 12 characters of A-Z and 0-9.
    function checkCurrency(string calldata currency) internal pure {
        bytes calldata name = bytes(currency);
        require(name.length >= 1 && name.length <= MAX_CURRENCY, IMandate.InvalidCurrency(currency));
        for (uint256 i = 0; i < name.length; ++i) {
            bool fits = (name[i] >= "A" && name[i] <= "Z") || (name[i] >= "0" && name[i] <= "9");
            require(fits, IMandate.InvalidCurrency(currency));
        }
    }

    /// @notice Lengths ascend strictly, and limits don't descend.
    /// @param decimals Decimals of the budget unit.
    /// @param smallest What no limit may be below (budget units).
    function check(
        string calldata currency,
        uint8 decimals,
        uint96 smallest,
        Window[] calldata windows,
        uint96 lifetimeLimit
    ) internal pure {
        require(
            decimals <= MAX_BUDGET_DECIMALS, IMandate.InvalidBudgetDecimals(currency, decimals, MAX_BUDGET_DECIMALS)
        );
        uint256 count = windows.length;
        require(count >= 1 && count <= MAX_WINDOWS, IMandate.InvalidWindowCount(currency, count, MAX_WINDOWS));
        uint32 shorter = 0;
        for (uint256 i = 0; i < count; ++i) {
            (uint32 length, uint96 limit) = (windows[i].length, windows[i].limit);
            require(
                length % 8 == 0 && length >= MIN_WINDOW && length <= MAX_WINDOW,
                IMandate.InvalidWindowLength(currency, length, MIN_WINDOW, MAX_WINDOW)
            );
            require(length > shorter, IMandate.WindowsNotAscending(currency, shorter, length));
            // A longer window with a smaller limit would make the shorter one meaningless, so it must be a
            // mistake.
            require(smallest <= limit, IMandate.LimitsContradict(currency, smallest, limit));
            (shorter, smallest) = (length, limit);
        }
        require(smallest <= lifetimeLimit, IMandate.LimitsContradict(currency, smallest, lifetimeLimit));
    }
}
