// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";
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
import {ForbiddenTargets} from "./ForbiddenTargets.sol";
import {GuardCalls} from "./GuardCalls.sol";
import {MandateRules} from "./MandateRules.sol";
import {WindowRules} from "./WindowRules.sol";
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

    /// @notice Checks calls, cheque books, gas terms and the terms of requests. Reverts with an error of
    /// `IMandate`.
    /// @param forbidden Contracts of the suite, and the wallet.
    /// @param tokens Tokens of all budgets.
    function check(Mandate calldata mandate, address[] memory forbidden, address[] memory tokens) internal view {
        Powers calldata powers = mandate.powers;
        require(
            (powers.maxRequests == 0) == (powers.maxRequestAge == 0),
            IMandate.RequestTermsContradict(powers.maxRequests, powers.maxRequestAge)
        );
        OperationGas.check(powers.gasTerms);
        require(powers.calls.length <= MAX_CALLS, IMandate.InvalidCallCount(powers.calls.length, MAX_CALLS));
        for (uint256 i = 0; i < powers.calls.length; ++i) {
            CallRule calldata rule = powers.calls[i];
            if (i != 0) _checkOrder(powers.calls[i - 1], rule);
            _checkTarget(rule.target, forbidden, tokens);
            require(rule.selector != bytes4(0), IMandate.InvalidSelector(rule.target, rule.selector));
            GuardCalls.requireNotReserved(rule.target, rule.selector);
            _checkLimits(rule, tokens);
            bool charged = _checkArguments(rule);
            _checkFloor(rule, charged || rule.pullLimit != 0);
        }
        for (uint256 i = 0; i < powers.chequeBooks.length; ++i) _checkBook(mandate, i);
    }

    /* CALLS */

    function _checkTarget(address target, address[] memory forbidden, address[] memory tokens) private view {
        bool refused = _contains(tokens, target) || ForbiddenTargets.contains(target, forbidden);
        require(!refused, IMandate.TargetRefused(target));
    }

    function _checkOrder(CallRule calldata previous, CallRule calldata rule) private pure {
        (address target, bytes4 selector, uint8 variant) = (rule.target, rule.selector, rule.variant);
        uint256 before = uint256(uint160(previous.target)) << 32 | uint32(previous.selector);
        uint256 key = uint256(uint160(target)) << 32 | uint32(selector);
        require(
            before < key || (before == key && previous.variant < variant),
            IMandate.CallsNotAscending(target, selector, variant)
        );
        // They share one count of calls.
        require(
            before != key || (previous.maxCalls == rule.maxCalls && previous.window == rule.window),
            IMandate.VariantsDiffer(target, selector, variant)
        );
    }

    function _checkLimits(CallRule calldata rule, address[] memory tokens) private pure {
        (address target, bytes4 selector, uint32 window) = (rule.target, rule.selector, rule.window);
        require(_contains(tokens, rule.token), IMandate.InvalidCallToken(target, selector, rule.token));
        require(
            rule.valueLimit == 0 || _contains(tokens, MandateRules.NATIVE),
            IMandate.NativeNotBudgeted(target, selector)
        );
        require(
            rule.pullLimit == 0 || rule.token != MandateRules.NATIVE, IMandate.NativeNotPullable(target, selector)
        );
        require(rule.maxCalls != 0, IMandate.InvalidMaxCalls(target, selector));
        (uint32 minimum, uint32 maximum) = (WindowRules.MIN_WINDOW, WindowRules.MAX_WINDOW);
        require(
            window % 8 == 0 && window >= minimum && window <= maximum,
            IMandate.InvalidCallWindow(target, selector, window, minimum, maximum)
        );
    }

    /// @param charges Whether a call can charge the rule's token, besides by native value.
    function _checkFloor(CallRule calldata rule, bool charges) private view {
        (address target, bytes4 selector, address gainToken) = (rule.target, rule.selector, rule.gainToken);
        require((rule.gain == 0) == (rule.per == 0), IMandate.FloorIncomplete(target, selector, rule.gain, rule.per));
        if (rule.gain == 0) {
            require(gainToken == address(0), IMandate.GainTokenWithoutFloor(target, selector, gainToken));
            return;
        }
        require(gainToken != rule.token, IMandate.FloorInOwnToken(target, selector, gainToken));
        if (rule.valueLimit != 0) {
            require(rule.token == MandateRules.NATIVE, IMandate.ValueBesideFloor(target, selector));
            charges = true;
        }
        require(charges, IMandate.FloorWithoutCharge(target, selector));
        if (gainToken == MandateRules.NATIVE) return;
        (bool readable,) = SafeTransferLib.checkBalanceOf(gainToken, msg.sender);
        require(readable && gainToken.code.length != 0, IMandate.GainTokenUnreadable(gainToken));
    }

    /// @return charged Whether an argument is charged.
    function _checkArguments(CallRule calldata rule) private pure returns (bool charged) {
        uint256 count = rule.arguments.length;
        bool dynamic = false;
        require(
            count <= MAX_ARGUMENTS,
            IMandate.InvalidArgumentCount(rule.target, rule.selector, count, MAX_ARGUMENTS)
        );
        for (uint256 i = 0; i < count; ++i) {
            Argument calldata argument = rule.arguments[i];
            ArgumentKind kind = argument.kind;
            uint256 values = argument.values.length;
            require(_fits(kind, values), IMandate.InvalidArgumentValues(rule.target, rule.selector, i, values));
            if (kind == ArgumentKind.Charged) {
                bool again = charged || rule.pullLimit != 0
                    || (rule.valueLimit != 0 && rule.token == MandateRules.NATIVE);
                require(!again, IMandate.ChargedTwice(rule.target, rule.selector));
                charged = true;
            }
            if (kind == ArgumentKind.AnyBytes || kind == ArgumentKind.AnyWords) dynamic = true;
            if (kind == ArgumentKind.TailIn) {
                require(i == count - 1 && !dynamic, IMandate.InvalidTail(rule.target, rule.selector, i));
            }
        }
    }

    /// @dev Whether an argument's rule has as many values as its kind requires.
    function _fits(ArgumentKind kind, uint256 values) private pure returns (bool) {
        if (kind == ArgumentKind.OneOf || kind == ArgumentKind.TailIn) return values >= 1 && values <= MAX_VALUES;
        bool one = kind == ArgumentKind.Equal || kind == ArgumentKind.AtMost || kind == ArgumentKind.AtLeast;
        return values == (one ? 1 : 0);
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
        uint96 limit = book.strangers ? budget.strangerPaymentLimit : budget.paymentLimit;
        require(
            book.limit >= 1 && book.limit <= limit, IMandate.InvalidChequeLimit(book.token, book.limit, limit)
        );
        if (book.strangers) {
            uint256 first = budget.windows[0].length;
            _requireReserve(
                book, ChequeReserve.within(first, book.count, book.limit, book.period), budget.strangerWindowLimit
            );
        }
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
