// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IAgentWallet} from "./interfaces/IAgentWallet.sol";
import {IRevocationSwitch} from "./interfaces/IRevocationSwitch.sol";
import {MandateCode} from "./libraries/MandateCode.sol";
import {SpendLedger} from "./libraries/SpendLedger.sol";
import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";
import {MandateKeeper} from "./wallet/MandateKeeper.sol";

/// @title AgentWallet
/// @notice The purse of one agent: its key spends inside the mandate, and nothing else moves a coin but the principal.
/// The principal's side is in `PrincipalControl`, the mandate's in `MandateKeeper`; the agent's side is here, all of it.
/// @custom:kill The principal stops the agent in the switch, or lifts the mandate here; its guardians can stop it in the switch.
/// The principal can then still withdraw and execute, which ask no other contract, hand over, and set a new mandate.
contract AgentWallet is MandateKeeper, ReentrancyGuardTransient {
    using MandateCode for bytes;
    using MandateCode for MandateCode.TokenTerms;
    using SafeERC20 for IERC20;
    using SpendLedger for SpendLedger.Ledger;

    /// @dev A bound on the gas of one action; what doesn't fit goes into the next batch.
    uint256 private constant MAX_BATCH = 100;

    constructor(address registry, address entryPoint, address writer) MandateKeeper(registry, entryPoint, writer) {}

    /// @inheritdoc IAgentWallet
    function pay(address token, address payee, uint256 amount, bytes32 ref) external nonReentrant {
        bytes memory terms = _termsInForce();
        _requireAgent(terms);
        _requireLive(terms);
        _pay(terms, token, payee, amount, ref);
    }

    /// @inheritdoc IAgentWallet
    function payBatch(Payment[] calldata payments) external nonReentrant {
        uint256 size = payments.length;
        require(size >= 1 && size <= MAX_BATCH, BatchSizeRefused(size, MAX_BATCH));
        bytes memory terms = _termsInForce();
        _requireAgent(terms);
        _requireLive(terms);
        for (uint256 i = 0; i < size; ++i) {
            Payment calldata payment = payments[i];
            _pay(terms, payment.token, payment.payee, payment.amount, payment.ref);
        }
        // A token or payee may have called the principal, and the principal may have said stop: then nothing was paid.
        require(mandateHash() == terms.mandateHash(), MandateChanged(terms.mandateHash()));
        _requireLive(terms);
    }

    /// @inheritdoc IAgentWallet
    function resign() external {
        bytes memory terms = _termsInForce();
        require(msg.sender == terms.agentKey(), NotAgentKey(msg.sender, terms.agentKey()));
        IRevocationSwitch(SWITCH).resign(terms.principal());
    }

    /// @inheritdoc IAgentWallet
    function isPayee(address token, address payee) external view returns (bool) {
        bytes memory terms = _termsInForce();
        (bool found, MandateCode.TokenTerms tokenTerms) = terms.findToken(token);
        return found && _isPayee(terms, terms.budgetOf(tokenTerms), payee);
    }

    /* CHECKS */

    function _requireAgent(bytes memory terms) private view {
        require(msg.sender == terms.agentKey(), NotAgentKey(msg.sender, terms.agentKey()));
        require(block.timestamp >= terms.validFrom(), MandateNotYetValid(block.timestamp, terms.validFrom()));
        require(block.timestamp < terms.validUntil(), MandateExpired(block.timestamp, terms.validUntil()));
    }

    /// @dev Reverts with the switch's own reason. A switch that can't be read stops the agent too (I15).
    function _requireLive(bytes memory terms) private view {
        IRevocationSwitch(SWITCH).requireLive(terms.principal(), address(this), terms.epoch());
    }

    function _isPayee(bytes memory terms, MandateCode.BudgetAt limits, address payee)
        private
        view
        returns (bool)
    {
        // A listed payee was checked when the mandate was installed.
        if (!terms.anyPayee(limits)) return terms.isListed(limits, payee, mandatePointer());
        (bool isToken,) = terms.findToken(payee);
        if (isToken || payee == address(0)) return false;
        address[] memory barred = _barredPayees();
        for (uint256 i = 0; i < barred.length; ++i) {
            if (payee == barred[i]) return false;
        }
        return true;
    }

    /* PAY */

    /// @dev Charges before it pays, and gross: nothing that comes back lowers what was spent.
    function _pay(bytes memory terms, address token, address payee, uint256 amount, bytes32 ref) private {
        require(amount != 0, ZeroAmount());
        require(amount <= type(uint128).max, AmountTooLarge(amount, type(uint128).max));
        (bool found, MandateCode.TokenTerms tokenTerms) = terms.findToken(token);
        require(found, TokenNotListed(token));
        MandateCode.BudgetAt limits = terms.budgetOf(tokenTerms);
        require(_isPayee(terms, limits, payee), PayeeNotListed(payee, token));
        uint256 charge = tokenTerms.charge(uint128(amount));
        uint256 limit = terms.paymentLimit(limits);
        require(charge <= limit, PaymentLimitExceeded(charge, limit));
        _ledgers[terms.currency(limits)]
            .add(charge, terms.windowLimit(limits), terms.lifetimeLimit(limits), block.timestamp);
        emit PaymentMade(token, payee, ref, amount, charge);
        _transfer(IERC20(token), payee, amount);
    }

    /// @dev A token that takes more than it was told to has its payment undone.
    function _transfer(IERC20 token, address payee, uint256 amount) private {
        uint256 balance = _balanceOf(address(token));
        token.safeTransfer(payee, amount);
        uint256 left = _balanceOf(address(token));
        // As much or more is fine: a refund within the transfer doesn't lower the charge.
        if (left >= balance) return;
        unchecked {
            require(balance - left <= amount, TokenTookMore(address(token), balance - left, amount));
        }
    }

    function _balanceOf(address token) private view returns (uint256) {
        (bool readable, uint256 balance) = SafeTransferLib.checkBalanceOf(token, address(this));
        require(readable, TokenBalanceUnreadable(token));
        return balance;
    }
}
