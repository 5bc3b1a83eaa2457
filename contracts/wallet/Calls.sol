// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ICalls} from "../interfaces/ICalls.sol";
import {ArgumentKind} from "../interfaces/IMandate.sol";
import {CallRules} from "../mandate/CallRules.sol";
import {MandateDecoder, Terms} from "../mandate/MandateDecoder.sol";
import {Charging} from "./Charging.sol";

/// @title Calls
/// @notice Calls the functions that the mandate lists, and leaves no allowance behind.
/// @dev Never uses delegatecall: the target runs on its own storage.
abstract contract Calls is ICalls, Charging {
    using CallRules for bytes;
    using SafeERC20 for IERC20;

    /// @inheritdoc ICalls
    function call(address target, uint256 value, bytes calldata data, Pull calldata pull, bytes32 ref)
        external
        nonReentrant
    {
        Terms terms = _termsForAgent();
        (bool listed, bytes memory rule) = terms.callRule(target, bytes4(data));
        require(listed && data.length >= 4, CallNotListed(target, bytes4(data)));
        require(target.code.length != 0, TargetHasNoCode(target));
        require(value <= rule.valueLimit(), CallValueExceeded(value, rule.valueLimit()));
        _requireArguments(terms, rule, data, pull.amount != 0 ? pull.token : NATIVE);
        if (value != 0) _chargeCall(terms, target, NATIVE, value, ref);
        if (pull.amount != 0) {
            uint256 charge = _chargeCall(terms, target, pull.token, pull.amount, ref);
            require(charge <= rule.pullLimit(), PullLimitExceeded(charge, rule.pullLimit()));
        }
        emit CallMade(target, bytes4(data), ref, value, data);

        uint256[] memory balances = _balances(terms);
        if (pull.amount == 0) {
            _call(target, value, data);
            _requireBalances(terms, balances, NATIVE, value, value);
        } else {
            _callWithPull(target, value, data, pull);
            _requireBalances(terms, balances, pull.token, pull.amount, value);
        }
        _requireStillLive(terms);
    }

    function _chargeCall(Terms terms, address target, address token, uint256 amount, bytes32 ref)
        private
        returns (uint256 charge)
    {
        // Doesn't check the payee list: the call rule names the target.
        (MandateDecoder.TokenTerms tokenTerms, MandateDecoder.BudgetAt budget) = _requireToken(terms, token, amount);
        charge = _charge(terms, tokenTerms, budget, amount);
        emit PaymentMade(token, target, ref, amount, charge);
    }

    function _callWithPull(address target, uint256 value, bytes calldata data, Pull calldata pull) private {
        IERC20 token = IERC20(pull.token);
        require(pull.token != NATIVE, TokenNotListed(NATIVE));
        // Replaces the principal's own approval of the target, if there is one, so that the target can't pull
        // more than was charged.
        uint256 own = token.allowance(address(this), target);
        token.forceApprove(target, pull.amount);
        _call(target, value, data);
        token.forceApprove(target, own);
    }

    function _call(address target, uint256 value, bytes calldata data) private {
        // Doesn't copy the return data: nobody needs it, and it could be long.
        if (!LowLevelCall.callNoReturn(target, value, data)) LowLevelCall.bubbleRevert();
    }

    /* ARGUMENTS */

    /// @param token Token whose budget lists the payees.
    function _requireArguments(Terms terms, bytes memory rule, bytes calldata data, address token)
        private
        view
    {
        CallRules.Cursor memory cursor = rule.begin(data.length);
        for (uint256 i = 0; i < cursor.count; ++i) {
            (ArgumentKind kind, bytes32 word) = rule.next(cursor, i, data);
            if (kind == ArgumentKind.ThisWallet) {
                require(word == bytes32(uint256(uint160(address(this)))), ArgumentRefused(i, word));
            } else if (kind == ArgumentKind.ListedPayee) {
                (bool found, MandateDecoder.TokenTerms tokenTerms) = terms.findToken(token);
                require(
                    found && uint256(word) <= type(uint160).max
                        && _isUnlimitedPayee(terms, terms.budgetOf(tokenTerms), address(uint160(uint256(word)))),
                    ArgumentRefused(i, word)
                );
            }
        }
        require(data.length == cursor.end, InvalidCalldataLength(data.length, cursor.end));
    }
}
