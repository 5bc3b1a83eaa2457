// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ICalls} from "../interfaces/ICalls.sol";
import {ArgumentKind} from "../interfaces/IMandate.sol";
import {SpendLedger} from "../ledger/SpendLedger.sol";
import {CallRules} from "../mandate/CallRules.sol";
import {MandateDecoder, Terms} from "../mandate/MandateDecoder.sol";
import {TargetCalls} from "./TargetCalls.sol";

/// @title Calls
/// @notice The agent's calls of functions that the mandate lists.
abstract contract Calls is ICalls, TargetCalls {
    using CallRules for bytes;
    using MandateDecoder for MandateDecoder.TokenTerms;
    using SpendLedger for SpendLedger.Ledger;

    /// @inheritdoc ICalls
    function call(
        address target,
        uint8 variant,
        uint256 value,
        bytes calldata data,
        uint256 pull,
        bytes32 ref
    ) external nonReentrant {
        Terms terms = _termsForAgent();
        (bool listed, bytes memory rule) = terms.callRule(target, bytes4(data), variant);
        require(listed && data.length >= 4, CallNotListed(target, bytes4(data), variant));
        require(target.code.length != 0, TargetHasNoCode(target));
        require(value <= rule.valueLimit(), CallValueExceeded(value, rule.valueLimit()));
        _countCall(target, bytes4(data), rule);
        uint256 charged = _chargeCall(terms, rule, target, value, data, pull, ref);
        emit CallMade(target, bytes4(data), ref, value, data);

        CallRules.Floor memory floor = rule.floor();
        uint256 before = floor.gain == 0 ? 0 : _balanceOf(floor.token);
        _callTarget(terms, target, value, data, terms.tokenAt(rule.tokenIndex()), pull, 0);
        if (floor.gain != 0) _requireGain(floor, before, charged);
        _requireStillLive(terms);
    }

    function _countCall(address target, bytes4 selector, bytes memory rule) private {
        (uint32 maxCalls, uint24 width) = rule.callLimit();
        SpendLedger.Ledger storage ledger = _callLedgers[target][selector];
        // `open` would read more slots before it finds that nothing changes.
        if (ledger.bucketLength() != width) {
            uint24[] memory widths = new uint24[](1);
            widths[0] = width;
            ledger.open(widths, 0, block.timestamp);
        }
        (bool fits,, uint256 length) = ledger.tryAdd(1, maxCalls, block.timestamp);
        require(fits, CallCountExceeded(target, selector, maxCalls, length));
    }

    /* CHARGE */

    /// @return charged What the call charges of the rule's token (token base units, or wei).
    function _chargeCall(
        Terms terms,
        bytes memory rule,
        address target,
        uint256 value,
        bytes calldata data,
        uint256 pull,
        bytes32 ref
    ) private returns (uint256 charged) {
        MandateDecoder.TokenTerms tokenTerms = terms.tokenTermsAt(rule.tokenIndex());
        address token = tokenTerms.token();
        (bool argued, uint256 argument) = _requireArguments(terms, rule, data);
        if (value != 0) {
            (MandateDecoder.TokenTerms native,) = _requireToken(terms, NATIVE, value);
            _chargeTarget(terms, native, target, value, type(uint256).max, ref);
        }
        if (pull != 0) {
            _chargeTarget(terms, tokenTerms, target, pull, rule.pullLimit(), ref);
        }
        if (argued) _chargeTarget(terms, tokenTerms, target, argument, type(uint256).max, ref);
        // At most one of them is of the rule's token.
        return token == NATIVE && value != 0 ? value : pull + argument;
    }

    /// @dev Doesn't look for the target in the list of payees: the rule stands for it. But if the list has terms for
    /// it, they hold.
    /// @param limit The rule's own limit (budget units, inclusive).
    function _chargeTarget(
        Terms terms,
        MandateDecoder.TokenTerms tokenTerms,
        address target,
        uint256 amount,
        uint256 limit,
        bytes32 ref
    ) private {
        _requireAmount(amount);
        MandateDecoder.BudgetAt budget = terms.budgetOf(tokenTerms);
        uint256 charge = _charge(terms, tokenTerms, budget, amount);
        (bool limited, uint96 payeeLimit, uint48 end) = terms.limitedPayee(budget, target);
        if (limited) {
            require(block.timestamp < end, PayeeExpired(target, block.timestamp, end));
            if (payeeLimit != type(uint96).max) _chargePayee(terms.currency(budget), target, charge, payeeLimit);
        }
        require(charge <= limit, PullLimitExceeded(charge, limit));
        if (terms.isGuarded()) _askGuard(terms, budget, tokenTerms.token(), target, amount, charge, ref, false);
        emit PaymentMade(tokenTerms.token(), target, ref, amount, charge);
    }

    /* ARGUMENTS */

    /// @return charged Whether an argument is charged.
    /// @return amount Amount of that argument (token base units).
    function _requireArguments(Terms terms, bytes memory rule, bytes calldata data)
        private
        view
        returns (bool charged, uint256 amount)
    {
        CallRules.Cursor memory cursor = rule.begin(data.length);
        for (uint256 i = 0; i < cursor.count; ++i) {
            (ArgumentKind kind, bytes32 word) = rule.next(cursor, i, data);
            if (kind == ArgumentKind.ThisWallet) {
                require(word == bytes32(uint256(uint160(address(this)))), ArgumentRefused(i, word));
            } else if (kind == ArgumentKind.ListedPayee) {
                MandateDecoder.BudgetAt budget = terms.budgetOf(terms.tokenTermsAt(rule.tokenIndex()));
                require(
                    uint256(word) <= type(uint160).max
                        && terms.isListed(budget, address(uint160(uint256(word)))),
                    ArgumentRefused(i, word)
                );
            } else if (kind == ArgumentKind.Charged) {
                (charged, amount) = (true, uint256(word));
            }
        }
        rule.finish(cursor, data);
    }

    /* FLOOR */

    /// @param charged What the call charged of the rule's token (token base units, or wei).
    function _requireGain(CallRules.Floor memory floor, uint256 before, uint256 charged) private view {
        uint256 balance = _balanceOf(floor.token);
        // `charged` has at most 128 bits, `gain` and `per` 96: with at most 160 bits of gain nothing overflows.
        uint256 gained = balance > before ? Math.min(balance - before, type(uint160).max) : 0;
        require(
            balance >= before && gained * floor.per >= charged * floor.gain,
            FloorMissed(floor.token, gained, Math.ceilDiv(charged * floor.gain, floor.per))
        );
    }
}
