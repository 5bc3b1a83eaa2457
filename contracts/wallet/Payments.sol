// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPayments} from "../interfaces/IPayments.sol";
import {Terms} from "../mandate/MandateDecoder.sol";
import {Charging} from "./Charging.sol";

/// @title Payments
/// @notice The agent's payments.
abstract contract Payments is IPayments, Charging {
    /// @dev Bounds the gas of one action.
    uint256 private constant MAX_BATCH = 100;

    /// @inheritdoc IPayments
    function pay(address token, address payee, uint256 amount, bytes32 ref) external nonReentrant {
        _pay(_termsForAgent(), token, payee, amount, ref);
    }

    /// @inheritdoc IPayments
    function payBatch(Payment[] calldata payments) external nonReentrant {
        uint256 size = payments.length;
        require(size >= 1 && size <= MAX_BATCH, InvalidBatchSize(size, MAX_BATCH));
        Terms terms = _termsForAgent();
        for (uint256 i = 0; i < size; ++i) {
            Payment calldata payment = payments[i];
            _pay(terms, payment.token, payment.payee, payment.amount, payment.ref);
        }
        _requireStillLive(terms);
    }

    /// @dev Charges before it transfers.
    function _pay(Terms terms, address token, address payee, uint256 amount, bytes32 ref) internal {
        (uint256 charge,) = _chargePayment(terms, token, payee, amount, ref, false);
        emit PaymentMade(token, payee, ref, amount, charge);
        _send(terms, token, payee, amount);
    }
}
