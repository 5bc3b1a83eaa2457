// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";
import {IGuard} from "../interfaces/IGuard.sol";
import {GuardCalls} from "../mandate/GuardCalls.sol";
import {MandateDecoder, Terms} from "../mandate/MandateDecoder.sol";
import {SpendLedger} from "../ledger/SpendLedger.sol";
import {WalletStorage} from "./WalletStorage.sol";

/// @title Charging
/// @notice What all actions that move money have in common: find token and payee in the mandate, charge,
/// transfer, and compare balances.
abstract contract Charging is WalletStorage {
    using MandateDecoder for MandateDecoder.TokenTerms;
    using SafeERC20 for IERC20;
    using SpendLedger for SpendLedger.Ledger;

    /* FIND */

    /// @dev Reverts if the payee isn't listed and can't be paid as a stranger, or its own terms have ended. Returns
    /// also its own limit (budget units) if it has one.
    function _requirePayee(Terms terms, MandateDecoder.BudgetAt budget, address token, address payee)
        private
        view
        returns (PayeeKind, uint256)
    {
        if (terms.isListed(budget, payee)) return (PayeeKind.Listed, 0);
        (bool limited, uint96 limit, uint48 end) = terms.limitedPayee(budget, payee);
        if (limited) {
            require(block.timestamp < end, PayeeExpired(payee, block.timestamp, end));
            return limit == type(uint96).max ? (PayeeKind.Listed, 0) : (PayeeKind.Limited, limit);
        }
        require(_isStranger(terms, budget, payee), PayeeNotListed(payee, token));
        return (PayeeKind.Stranger, 0);
    }

    /// @dev Whether a payee that is in neither list can be paid as a stranger.
    function _isStranger(Terms terms, MandateDecoder.BudgetAt budget, address payee) internal view returns (bool) {
        if (!terms.allowsStrangers(budget)) return false;
        (bool isToken,) = terms.findToken(payee);
        // Without a guard this is the zero address, which is refused too.
        if (isToken || payee == address(0) || payee == terms.guard()) return false;
        address[] memory forbidden = _forbiddenPayees();
        for (uint256 i = 0; i < forbidden.length; ++i) if (payee == forbidden[i]) return false;
        return true;
    }

    function _requireToken(Terms terms, address token, uint256 amount)
        internal
        pure
        returns (MandateDecoder.TokenTerms tokenTerms, MandateDecoder.BudgetAt)
    {
        _requireAmount(amount);
        bool found;
        (found, tokenTerms) = terms.findToken(token);
        require(found, TokenNotListed(token));
        return (tokenTerms, terms.budgetOf(tokenTerms));
    }

    function _requireAmount(uint256 amount) internal pure {
        require(amount != 0, ZeroAmount());
        require(amount <= type(uint128).max, AmountTooLarge(amount, type(uint128).max));
    }

    /* CHARGE */

    /// @dev Charges the gross amount before the transfer; refunds are never credited. Then asks the guard.
    /// @param pending Whether it is settled later.
    function _chargePayment(Terms terms, address token, address payee, uint256 amount, bytes32 ref, bool pending)
        internal
        returns (uint256 charge, PayeeKind kind)
    {
        (MandateDecoder.TokenTerms tokenTerms, MandateDecoder.BudgetAt budget) = _requireToken(terms, token, amount);
        uint256 limit;
        (kind, limit) = _requirePayee(terms, budget, token, payee);
        charge = _charge(terms, tokenTerms, budget, amount);
        if (kind == PayeeKind.Limited) _chargePayee(terms.currency(budget), payee, charge, limit);
        else if (kind == PayeeKind.Stranger) _chargeStranger(terms, budget, charge);
        if (terms.isGuarded()) _askGuard(terms, budget, token, payee, amount, charge, ref, pending);
    }

    function _chargePayee(bytes32 currency, address payee, uint256 charge, uint256 limit) internal {
        uint256 before = _paidTo[currency][payee];
        uint256 left = before < limit ? limit - before : 0;
        require(charge <= left, PayeeLimitExceeded(payee, charge, left));
        _paidTo[currency][payee] = before + charge;
    }

    function _chargeStranger(Terms terms, MandateDecoder.BudgetAt budget, uint256 charge) private {
        (uint256 limit, uint256 windowLimit) = terms.strangerLimits(budget);
        require(charge <= limit, StrangerPaymentLimitExceeded(charge, limit));
        SpendLedger.Ledger storage ledger = _strangerLedgers[terms.currency(budget)];
        (bool fits, uint256 left, uint256 length) = ledger.tryAdd(charge, windowLimit, block.timestamp);
        require(fits, StrangerWindowLimitExceeded(charge, left, length));
    }

    function _charge(
        Terms terms,
        MandateDecoder.TokenTerms tokenTerms,
        MandateDecoder.BudgetAt budget,
        uint256 amount
    ) internal returns (uint256 charge) {
        charge = tokenTerms.charge(uint128(amount));
        uint256 limit = terms.paymentLimit(budget);
        require(charge <= limit, PaymentLimitExceeded(charge, limit));
        _ledgers[terms.currency(budget)].spend(
            charge, terms.windowLimits(budget), terms.lifetimeLimit(budget), block.timestamp
        );
    }

    /// @dev The guard may call others, so mandate and switch are checked again before money moves.
    function _askGuard(
        Terms terms,
        MandateDecoder.BudgetAt budget,
        address token,
        address payee,
        uint256 amount,
        uint256 charge,
        bytes32 ref,
        bool pending
    ) internal {
        bytes32 currency = terms.currency(budget);
        GuardCalls.requireAgreement(
            terms.guard(),
            IGuard.Charge(terms.principal(), currency, token, payee, amount, charge, ref, pending)
        );
        _requireStillLive(terms);
    }

    /* SEND */

    /// @dev Reverts if the token takes more than `amount`.
    function _send(Terms terms, address token, address payee, uint256 amount) internal {
        if (token == NATIVE) return _sendNative(terms, payee, amount);
        uint256 balance = _tokenBalance(token);
        IERC20(token).safeTransfer(payee, amount);
        _requireTakenAtMost(token, balance, _tokenBalance(token), amount);
    }

    function _sendNative(Terms terms, address payee, uint256 amount) private {
        // A payee with code runs while it is paid. It must not take anything else meanwhile.
        bool acts = payee.code.length != 0;
        uint256[] memory balances;
        if (acts) balances = _balances(terms);
        require(LowLevelCall.callNoReturn(payee, amount, ""), NativePaymentRefused(payee, amount));
        if (acts) _requireBalances(terms, balances, NATIVE, amount, 0);
    }

    /* COMPARE */

    /// @dev Balance of every listed token, in the order of the list.
    function _balances(Terms terms) internal view returns (uint256[] memory balances) {
        balances = new uint256[](terms.tokenCount());
        for (uint256 i = 0; i < balances.length; ++i) balances[i] = _balanceOf(terms.tokenAt(i));
    }

    /// @dev Reverts if a token lost more than was charged, whatever others did meanwhile. Refunds don't matter.
    /// @param token Token of which `amount` was charged; `value` was charged of the native currency.
    function _requireBalances(
        Terms terms,
        uint256[] memory before,
        address token,
        uint256 amount,
        uint256 value
    ) internal view {
        for (uint256 i = 0; i < before.length; ++i) {
            address each = terms.tokenAt(i);
            _requireTakenAtMost(each, before[i], _balanceOf(each), each == token ? amount : each == NATIVE ? value : 0);
        }
    }

    function _requireTakenAtMost(address token, uint256 before, uint256 left, uint256 amount) private pure {
        // An equal or higher balance is fine: a refund doesn't lower the charge.
        if (left >= before) return;
        unchecked {
            require(before - left <= amount, TokenTookMore(token, before - left, amount));
        }
    }

    function _balanceOf(address token) internal view returns (uint256) {
        return token == NATIVE ? address(this).balance : _tokenBalance(token);
    }

    function _tokenBalance(address token) private view returns (uint256) {
        (bool readable, uint256 balance) = SafeTransferLib.checkBalanceOf(token, address(this));
        require(readable, TokenBalanceUnreadable(token));
        return balance;
    }
}
