// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Argument,
    ArgumentKind,
    Budget,
    CallRule,
    ChequeBook,
    IMandate,
    Mandate,
    Powers
} from "../interfaces/IMandate.sol";
import {ChequeReserve} from "../ledger/ChequeReserve.sol";
import {MandateRules} from "./MandateRules.sol";
import {OperationGas} from "../ledger/OperationGas.sol";

/// @title PowerRules
/// @notice Checks what a mandate allows besides payments. It rejects calls that could move money uncounted, and
/// cheques that could exceed a limit.
/// @dev Must follow `MandateRules.check`, whose results it relies on.
library PowerRules {
    /// @notice The most call rules in a mandate, arguments in a rule, and values in the rule for an argument.
    uint256 internal constant MAX_CALLS = 64;
    uint256 internal constant MAX_ARGUMENTS = 16;
    uint256 internal constant MAX_VALUES = 32;
    /// @notice The most cheques per period: as many as a view can look up.
    uint256 internal constant MAX_CHEQUES = 256;
    /// @notice The shortest and the longest period of a cheque book (seconds, inclusive).
    uint32 internal constant MIN_PERIOD = 1 minutes;
    uint32 internal constant MAX_PERIOD = 365 days;

    // Contracts that make calls or move tokens for any caller: a rule for them would restrict nothing.
    address private constant MULTICALL3 = 0xcA11bde05977b3631167028862bE2a173976CA11;
    address private constant PERMIT2 = 0x000000000022D473030F116dDEE9F6B43aC78BA3;
    address private constant CREATE2_DEPLOYER = 0x4e59b44847b379578588920cA78FbF26c0B4956C;

    /// @notice Checks calls, cheque books, gas terms and the terms of requests. Reverts with an error of
    /// `IMandate`.
    /// @param forbidden Contracts of the suite, and the wallet.
    /// @param tokens Tokens of all budgets.
    function check(Mandate calldata mandate, address[] calldata forbidden, address[] memory tokens) internal view {
        Powers calldata powers = mandate.powers;
        require(
            (powers.maxRequests == 0) == (powers.maxRequestAge == 0),
            IMandate.RequestTermsContradict(powers.maxRequests, powers.maxRequestAge)
        );
        OperationGas.check(powers.gasTerms);
        require(powers.calls.length <= MAX_CALLS, IMandate.InvalidCallCount(powers.calls.length, MAX_CALLS));
        uint256 previous = 0;
        for (uint256 i = 0; i < powers.calls.length; ++i) {
            CallRule calldata rule = powers.calls[i];
            uint256 key = uint256(uint160(rule.target)) << 32 | uint32(rule.selector);
            require(previous < key, IMandate.CallsNotAscending(rule.target, rule.selector));
            previous = key;
            _checkTarget(rule.target, forbidden, tokens);
            require(rule.selector != bytes4(0), IMandate.InvalidSelector(rule.target, rule.selector));
            require(
                rule.valueLimit == 0 || _contains(tokens, MandateRules.NATIVE),
                IMandate.NativeNotBudgeted(rule.target, rule.selector)
            );
            _checkArguments(rule);
        }
        for (uint256 i = 0; i < powers.chequeBooks.length; ++i) _checkBook(mandate, i);
    }

    /* CALLS */

    function _checkTarget(address target, address[] calldata forbidden, address[] memory tokens) private view {
        bool refused = target.code.length == 0 || target == MULTICALL3 || target == PERMIT2
            || target == CREATE2_DEPLOYER || _contains(tokens, target);
        for (uint256 i = 0; i < forbidden.length; ++i) if (target == forbidden[i]) refused = true;
        require(!refused, IMandate.TargetRefused(target));
    }

    function _checkArguments(CallRule calldata rule) private pure {
        uint256 count = rule.arguments.length;
        require(
            count <= MAX_ARGUMENTS,
            IMandate.InvalidArgumentCount(rule.target, rule.selector, count, MAX_ARGUMENTS)
        );
        for (uint256 i = 0; i < count; ++i) {
            Argument calldata argument = rule.arguments[i];
            ArgumentKind kind = argument.kind;
            uint256 values = argument.values.length;
            bool fits = kind == ArgumentKind.OneOf
                ? values >= 1 && values <= MAX_VALUES
                : values == (kind == ArgumentKind.Equal || kind == ArgumentKind.AtMost ? 1 : 0);
            require(fits, IMandate.InvalidArgumentValues(rule.target, rule.selector, i, values));
        }
    }

    function _contains(address[] memory list, address account) private pure returns (bool) {
        for (uint256 i = 0; i < list.length; ++i) if (list[i] == account) return true;
        return false;
    }

    /* CHEQUES */

    function _checkBook(Mandate calldata mandate, uint256 index) private pure {
        ChequeBook calldata book = mandate.powers.chequeBooks[index];
        (bool found, uint256 which) = _budgetOf(mandate.budgets, book.token);
        require(found && book.token != MandateRules.NATIVE, IMandate.InvalidChequeToken(book.token));
        Budget calldata budget = mandate.budgets[which];
        for (uint256 i = 0; i < index; ++i) {
            (, uint256 other) = _budgetOf(mandate.budgets, mandate.powers.chequeBooks[i].token);
            require(other != which, IMandate.ChequeBookTwice(budget.currency));
        }
        require(
            book.count >= 1 && book.count <= MAX_CHEQUES,
            IMandate.InvalidChequeCount(book.token, book.count, MAX_CHEQUES)
        );
        require(
            book.period >= MIN_PERIOD && book.period <= MAX_PERIOD,
            IMandate.InvalidChequePeriod(book.token, book.period, MIN_PERIOD, MAX_PERIOD)
        );
        require(
            book.limit >= 1 && book.limit <= budget.paymentLimit,
            IMandate.InvalidChequeLimit(book.token, book.limit, budget.paymentLimit)
        );
        for (uint256 i = 0; i < budget.windows.length; ++i) {
            uint256 length = budget.windows[i].length;
            _requireReserve(
                book,
                ChequeReserve.within(length, book.count, book.limit, book.period),
                budget.windows[i].limit
            );
        }
        _requireReserve(
            book,
            ChequeReserve.between(mandate.validFrom, mandate.validUntil - 1, book.count, book.limit, book.period),
            budget.lifetimeLimit
        );
    }

    function _requireReserve(ChequeBook calldata book, uint256 reserve, uint96 limit) private pure {
        require(reserve <= limit, IMandate.ChequesExceedLimit(book.token, reserve, limit));
    }

    function _budgetOf(Budget[] calldata budgets, address token) private pure returns (bool, uint256) {
        for (uint256 i = 0; i < budgets.length; ++i) {
            for (uint256 j = 0; j < budgets[i].tokens.length; ++j) {
                if (budgets[i].tokens[j].token == token) return (true, i);
            }
        }
        return (false, 0);
    }
}
