// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IWalletViews} from "../interfaces/IWalletViews.sol";
import {MandateDecoder, Terms} from "../mandate/MandateDecoder.sol";
import {SpendLedger} from "../ledger/SpendLedger.sol";
import {WindowStates} from "../ledger/WindowStates.sol";
import {Charging} from "./Charging.sol";

/// @title WalletViews
/// @notice Views of a wallet, for front ends.
abstract contract WalletViews is IWalletViews, Charging {
    using MandateDecoder for MandateDecoder.TokenTerms;
    using SpendLedger for SpendLedger.Ledger;
    using WindowStates for SpendLedger.Ledger;

    /// @inheritdoc IWalletViews
    function lastMandateHash() external view returns (bytes32) {
        return _lastMandateHash();
    }

    /// @inheritdoc IWalletViews
    function round() external view returns (uint32) {
        return _round;
    }

    /// @inheritdoc IWalletViews
    function mandatePointer() external view returns (address) {
        return _pointer;
    }

    /// @inheritdoc IWalletViews
    function grant() external view returns (Grant memory) {
        Terms terms = _termsInForce();
        return Grant({
            principal: terms.principal(),
            epoch: terms.epoch(),
            agentKey: terms.agentKey(),
            validFrom: terms.validFrom(),
            validUntil: terms.validUntil(),
            guard: terms.guard(),
            mandateHash: terms.mandateHash()
        });
    }

    /// @inheritdoc IWalletViews
    function remaining(string calldata currency) external view returns (BudgetState memory state) {
        Terms terms = _termsInForce();
        (bool found, MandateDecoder.BudgetAt budget) = terms.findBudget(keccak256(bytes(currency)));
        require(found, CurrencyNotBudgeted(currency));
        SpendLedger.Ledger storage ledger = _ledgers[terms.currency(budget)];
        state.payment = terms.paymentLimit(budget);
        state.lifetimeLimit = terms.lifetimeLimit(budget);
        state.lifetime = Math.saturatingSub(state.lifetimeLimit, ledger.lifetimeSpent());
        state.pending = ledger.pending;
        state.strangers = _strangerState(terms, budget);
        state.windows = ledger.windowStates(terms.windowLimits(budget), block.timestamp);
    }

    function _strangerState(Terms terms, MandateDecoder.BudgetAt budget)
        private
        view
        returns (StrangerState memory state)
    {
        if (!terms.allowsStrangers(budget)) return state;
        (uint256 payment, uint256 limit) = terms.strangerLimits(budget);
        SpendLedger.Ledger storage ledger = _strangerLedgers[terms.currency(budget)];
        state.payment = payment;
        uint256[] memory limits = new uint256[](1);
        limits[0] = limit;
        state.window = ledger.windowStates(limits, block.timestamp)[0];
    }

    /// @inheritdoc IWalletViews
    function spent(string calldata currency) external view returns (uint256) {
        return _ledgers[keccak256(bytes(currency))].lifetimeSpent();
    }

    /// @inheritdoc IWalletViews
    function paidTo(string calldata currency, address payee) external view returns (uint256) {
        return _paidTo[keccak256(bytes(currency))][payee];
    }

    /// @inheritdoc IWalletViews
    function chargeOf(address token, uint256 amount) external view returns (uint256) {
        (MandateDecoder.TokenTerms tokenTerms,) = _requireToken(_termsInForce(), token, amount);
        return tokenTerms.charge(uint128(amount));
    }

    /// @inheritdoc IWalletViews
    function isPayee(address token, address payee) external view returns (bool) {
        Terms terms = _termsInForce();
        (bool found, MandateDecoder.TokenTerms tokenTerms) = terms.findToken(token);
        if (!found) return false;
        MandateDecoder.BudgetAt budget = terms.budgetOf(tokenTerms);
        if (terms.isListed(budget, payee)) return true;
        (bool limited,, uint48 end) = terms.limitedPayee(budget, payee);
        return limited ? block.timestamp < end : _isStranger(terms, budget, payee);
    }}
