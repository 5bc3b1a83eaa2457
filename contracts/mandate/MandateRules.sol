// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Budget, IMandate, LimitedPayee, Mandate} from "../interfaces/IMandate.sol";
import {WindowRules} from "./WindowRules.sol";

/// @title MandateRules
/// @notice Checks whether a mandate can be enforced and doesn't contradict itself. Reverts with an error of
/// `IMandate` that has the offending value. `PowerRules` checks what the agent may do besides paying.
/// @dev Reads only the mandate, its tokens' `decimals()` and the clock. The wallet checks what depends on its
/// own history.
library MandateRules {
    /// @notice The most budgets in a mandate, tokens in a budget, payees in all budgets together, and payees with
    /// terms of their own in a budget.
    uint256 internal constant MAX_BUDGETS = 4;
    uint256 internal constant MAX_TOKENS = 8;
    uint256 internal constant MAX_PAYEES = 1000;
    uint256 internal constant MAX_LIMITED_PAYEES = 100;
    /// @notice The most that a token's decimals may differ from those of the budget unit.
    uint8 internal constant MAX_DIFFERENCE = 18;
    /// @notice Stands for the native currency where a token is named (ERC-7528), and its decimals.
    address internal constant NATIVE = 0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE;
    uint8 internal constant NATIVE_DECIMALS = 18;

    /// @notice Checks everything that doesn't depend on the wallet's history or concern powers.
    /// @param forbidden Addresses that may never be payees, besides zero and the tokens.
    /// @param wallet Wallet that the mandate is for.
    /// @return tokens Tokens of all budgets.
    function check(Mandate calldata mandate, address[] memory forbidden, address wallet)
        internal
        view
        returns (address[] memory tokens)
    {
        address agentKey = mandate.agentKey;
        require(
            agentKey != address(0) && agentKey != mandate.principal && agentKey != wallet,
            IMandate.InvalidAgentKey(agentKey)
        );
        require(
            mandate.validFrom < mandate.validUntil, IMandate.ValidityInverted(mandate.validFrom, mandate.validUntil)
        );
        require(block.timestamp < mandate.validUntil, IMandate.ValidityPast(mandate.validUntil, block.timestamp));
        tokens = _checkBudgets(mandate);
        // Last, because a token of any budget is forbidden as a payee of every budget.
        address[] memory excluded = _concat(forbidden, tokens);
        for (uint256 i = 0; i < mandate.budgets.length; ++i) {
            _checkPayees(mandate.budgets[i].payees, excluded);
            _checkLimitedPayees(mandate.budgets[i], excluded, mandate.validFrom);
        }
    }

    function _checkBudgets(Mandate calldata mandate) private view returns (address[] memory tokens) {
        Budget[] calldata budgets = mandate.budgets;
        uint256 count = budgets.length;
        require(count >= 1 && count <= MAX_BUDGETS, IMandate.InvalidBudgetCount(count, MAX_BUDGETS));
        uint256 payeeCount = 0;
        for (uint256 i = 0; i < count; ++i) {
            Budget calldata budget = budgets[i];
            _checkCurrency(budgets, i);
            WindowRules.check(
                budget.currency, budget.decimals, budget.paymentLimit, budget.windows, budget.lifetimeLimit
            );
            _checkStrangers(budget);
            tokens = _checkTokens(budget, tokens);
            uint256 own = budget.payees.length + budget.limitedPayees.length;
            payeeCount += own;
            require(
                (own != 0 || budget.strangerPaymentLimit != 0 || mandate.powers.calls.length != 0)
                    && payeeCount <= MAX_PAYEES && budget.limitedPayees.length <= MAX_LIMITED_PAYEES,
                IMandate.InvalidPayeeCount(budget.currency, payeeCount, MAX_PAYEES)
            );
        }
    }

    function _concat(address[] memory first, address[] memory second) private pure returns (address[] memory all) {
        all = new address[](first.length + second.length);
        for (uint256 i = 0; i < first.length; ++i) all[i] = first[i];
        for (uint256 i = 0; i < second.length; ++i) all[first.length + i] = second[i];
    }

    function _checkCurrency(Budget[] calldata budgets, uint256 index) private pure {
        string calldata currency = budgets[index].currency;
        WindowRules.checkCurrency(currency);
        for (uint256 i = 0; i < index; ++i) {
            require(
                keccak256(bytes(budgets[i].currency)) != keccak256(bytes(currency)), IMandate.CurrencyTwice(currency)
            );
        }
    }

    function _checkStrangers(Budget calldata budget) private pure {
        (uint96 payment, uint96 window) = (budget.strangerPaymentLimit, budget.strangerWindowLimit);
        string calldata currency = budget.currency;
        require((payment == 0) == (window == 0), IMandate.StrangerLimitsContradict(currency, payment, window));
        require(
            payment <= budget.paymentLimit, IMandate.LimitsContradict(currency, payment, budget.paymentLimit)
        );
        require(payment <= window, IMandate.LimitsContradict(currency, payment, window));
        uint96 first = budget.windows[0].limit;
        require(window <= first, IMandate.LimitsContradict(currency, window, first));
    }

    /// @dev Returns the tokens `seen` before, followed by the budget's own.
    function _checkTokens(Budget calldata budget, address[] memory seen)
        private
        view
        returns (address[] memory tokens)
    {
        uint256 count = budget.tokens.length;
        require(count >= 1 && count <= MAX_TOKENS, IMandate.InvalidTokenCount(budget.currency, count, MAX_TOKENS));
        tokens = new address[](seen.length + count);
        for (uint256 i = 0; i < seen.length; ++i) tokens[i] = seen[i];
        for (uint256 i = 0; i < count; ++i) {
            (address token, uint8 decimals) = (budget.tokens[i].token, budget.tokens[i].decimals);
            for (uint256 j = 0; j < seen.length + i; ++j) require(tokens[j] != token, IMandate.TokenTwice(token));
            tokens[seen.length + i] = token;
            uint8 actual = token == NATIVE ? NATIVE_DECIMALS : _decimalsOf(token);
            require(actual == decimals, IMandate.TokenDecimalsMismatch(token, decimals, actual));
            uint8 unit = budget.decimals;
            uint8 difference = unit >= decimals ? unit - decimals : decimals - unit;
            require(difference <= MAX_DIFFERENCE, IMandate.InvalidScale(token, decimals, unit));
        }
    }

    function _decimalsOf(address token) private view returns (uint8) {
        require(token.code.length > 0, IMandate.TokenHasNoCode(token));
        // Not `try`: if a token returned too little, or a number above 255, decoding would revert without a
        // reason.
        (bool success, bytes memory data) = token.staticcall(abi.encodeCall(IERC20Metadata.decimals, ()));
        require(success && data.length == 32, IMandate.TokenDecimalsUnreadable(token));
        uint256 decimals = abi.decode(data, (uint256));
        require(decimals <= type(uint8).max, IMandate.TokenDecimalsUnreadable(token));
        return uint8(decimals);
    }

    function _checkPayees(address[] calldata payees, address[] memory excluded) private pure {
        if (payees.length == 0) return;
        require(payees[0] != address(0), IMandate.PayeeRefused(address(0)));
        for (uint256 i = 1; i < payees.length; ++i) {
            require(payees[i - 1] < payees[i], IMandate.PayeesNotAscending(payees[i - 1], payees[i]));
        }
        // The list is sorted now, so forbidden addresses are found by binary search, if they lie within it at all.
        (address first, address last) = (payees[0], payees[payees.length - 1]);
        for (uint256 i = 0; i < excluded.length; ++i) {
            address account = excluded[i];
            if (account < first || account > last) continue;
            require(!_contains(payees, account), IMandate.PayeeRefused(account));
        }
    }

    function _checkLimitedPayees(Budget calldata budget, address[] memory excluded, uint48 validFrom) private pure {
        address previous = address(0);
        for (uint256 i = 0; i < budget.limitedPayees.length; ++i) {
            LimitedPayee calldata each = budget.limitedPayees[i];
            address payee = each.payee;
            require(payee != address(0), IMandate.PayeeRefused(payee));
            require(previous < payee, IMandate.PayeesNotAscending(previous, payee));
            previous = payee;
            for (uint256 j = 0; j < excluded.length; ++j) require(payee != excluded[j], IMandate.PayeeRefused(payee));
            require(!_contains(budget.payees, payee), IMandate.PayeeTwice(payee));
            require(
                each.validUntil > validFrom, IMandate.PayeeNeverValid(payee, each.validUntil, validFrom)
            );
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
