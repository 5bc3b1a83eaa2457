// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Budget, IMandate, Mandate, Window} from "../interfaces/IMandate.sol";

/// @title MandateRules
/// @notice Refuses a mandate that can't be enforced, or that contradicts itself, with the reason and the offending value.
/// @dev Reads only the mandate, its tokens' `decimals()` and the clock: what depends on the wallet's own history is checked
/// by the wallet.
library MandateRules {
    /// @notice The most budgets in a mandate, tokens in a budget, and payees in all budgets of a mandate together.
    uint256 internal constant MAX_BUDGETS = 4;
    uint256 internal constant MAX_TOKENS = 8;
    uint256 internal constant MAX_PAYEES = 1000;
    /// @notice How many rolling windows a budget has.
    uint256 internal constant WINDOWS = 1;
    /// @notice The shortest and the longest window (seconds): an hour, and eight buckets whose width fits 24 bits.
    uint32 internal constant MIN_WINDOW = 1 hours;
    uint32 internal constant MAX_WINDOW = 8 * uint32(type(uint24).max);
    /// @notice The finest budget unit (decimals), and the most that a token's decimals may differ from it.
    uint8 internal constant MAX_BUDGET_DECIMALS = 18;
    uint8 internal constant MAX_DIFFERENCE = 18;

    /// @notice Checks everything that can be checked without the wallet's history.
    /// @param barred Addresses that may never be payees, beside zero and the tokens.
    /// @param wallet The wallet that the mandate is for.
    function check(Mandate calldata mandate, address[] calldata barred, address wallet) internal view {
        address agentKey = mandate.agentKey;
        require(
            agentKey != address(0) && agentKey != mandate.principal && agentKey != wallet,
            IMandate.AgentKeyRefused(agentKey)
        );
        require(
            mandate.validFrom < mandate.validUntil, IMandate.ValidityInverted(mandate.validFrom, mandate.validUntil)
        );
        require(block.timestamp < mandate.validUntil, IMandate.ValidityPast(mandate.validUntil, block.timestamp));
        uint256 count = mandate.budgets.length;
        require(count >= 1 && count <= MAX_BUDGETS, IMandate.BudgetCountRefused(count, MAX_BUDGETS));
        address[] memory tokens = new address[](MAX_BUDGETS * MAX_TOKENS);
        uint256 tokenCount = 0;
        uint256 payeeCount = 0;
        for (uint256 i = 0; i < count; ++i) {
            Budget calldata budget = mandate.budgets[i];
            _checkCurrency(mandate.budgets, i);
            _checkLimits(budget);
            tokenCount = _checkTokens(budget, tokens, tokenCount);
            payeeCount += budget.payees.length;
            require(
                (budget.payees.length > 0) != budget.anyPayee && payeeCount <= MAX_PAYEES,
                IMandate.PayeeCountRefused(budget.currency, payeeCount, MAX_PAYEES, budget.anyPayee)
            );
        }
        // Last, because no budget's tokens may be any budget's payees.
        for (uint256 i = 0; i < count; ++i) {
            _checkPayees(mandate.budgets[i].payees, barred, tokens, tokenCount);
        }
    }

    function _checkCurrency(Budget[] calldata budgets, uint256 index) private pure {
        string calldata currency = budgets[index].currency;
        uint256 length = bytes(currency).length;
        require(length >= 1 && length <= 31, IMandate.CurrencyRefused(currency));
        for (uint256 i = 0; i < index; ++i) {
            require(
                keccak256(bytes(budgets[i].currency)) != keccak256(bytes(currency)), IMandate.CurrencyTwice(currency)
            );
        }
    }

    function _checkLimits(Budget calldata budget) private pure {
        string calldata currency = budget.currency;
        require(
            budget.decimals <= MAX_BUDGET_DECIMALS,
            IMandate.BudgetDecimalsRefused(currency, budget.decimals, MAX_BUDGET_DECIMALS)
        );
        uint256 count = budget.windows.length;
        require(count == WINDOWS, IMandate.WindowCountRefused(currency, count, WINDOWS));
        Window calldata window = budget.windows[0];
        require(
            window.length % 8 == 0 && window.length >= MIN_WINDOW && window.length <= MAX_WINDOW,
            IMandate.WindowLengthRefused(currency, window.length, MIN_WINDOW, MAX_WINDOW)
        );
        require(
            budget.paymentLimit <= window.limit,
            IMandate.LimitsContradict(currency, budget.paymentLimit, window.limit)
        );
        require(
            window.limit <= budget.lifetimeLimit,
            IMandate.LimitsContradict(currency, window.limit, budget.lifetimeLimit)
        );
        count = budget.tokens.length;
        require(count >= 1 && count <= MAX_TOKENS, IMandate.TokenCountRefused(currency, count, MAX_TOKENS));
    }

    /// @dev Adds the budget's tokens to those `seen` before, and returns how many there are now.
    function _checkTokens(Budget calldata budget, address[] memory seen, uint256 count)
        private
        view
        returns (uint256)
    {
        uint8 unit = budget.decimals;
        for (uint256 i = 0; i < budget.tokens.length; ++i) {
            (address token, uint8 decimals) = (budget.tokens[i].token, budget.tokens[i].decimals);
            for (uint256 j = 0; j < count; ++j) require(seen[j] != token, IMandate.TokenTwice(token));
            seen[count++] = token;
            require(token.code.length > 0, IMandate.TokenHasNoCode(token));
            uint8 actual = _decimalsOf(token);
            require(actual == decimals, IMandate.TokenDecimalsMismatch(token, decimals, actual));
            uint8 difference = unit >= decimals ? unit - decimals : decimals - unit;
            require(difference <= MAX_DIFFERENCE, IMandate.ScaleRefused(token, decimals, unit));
        }
        return count;
    }

    function _decimalsOf(address token) private view returns (uint8) {
        // Not `try`: a token that returns too little, or a number above 255, would revert here without a reason.
        (bool success, bytes memory data) = token.staticcall(abi.encodeCall(IERC20Metadata.decimals, ()));
        require(success && data.length == 32, IMandate.TokenDecimalsUnreadable(token));
        uint256 decimals = abi.decode(data, (uint256));
        require(decimals <= type(uint8).max, IMandate.TokenDecimalsUnreadable(token));
        return uint8(decimals);
    }

    function _checkPayees(
        address[] calldata payees,
        address[] calldata barred,
        address[] memory tokens,
        uint256 tokenCount
    ) private pure {
        if (payees.length == 0) return;
        require(payees[0] != address(0), IMandate.PayeeRefused(address(0)));
        for (uint256 i = 1; i < payees.length; ++i) {
            require(payees[i - 1] < payees[i], IMandate.PayeesNotAscending(payees[i - 1], payees[i]));
        }
        // The list is in order now, so each address that may not be in it is looked up by halving.
        for (uint256 i = 0; i < barred.length; ++i) {
            require(!_contains(payees, barred[i]), IMandate.PayeeRefused(barred[i]));
        }
        for (uint256 i = 0; i < tokenCount; ++i) {
            require(!_contains(payees, tokens[i]), IMandate.PayeeRefused(tokens[i]));
        }
    }

    function _contains(address[] calldata sorted, address account) private pure returns (bool) {
        uint256 low = 0;
        uint256 high = sorted.length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (sorted[middle] == account) return true;
            if (sorted[middle] < account) low = middle + 1;
            else high = middle;
        }
        return false;
    }
}
