// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC4337Utils} from "@openzeppelin/contracts/account/utils/ERC4337Utils.sol";
import {IAccount, IAccountExecute, PackedUserOperation} from "@openzeppelin/contracts/interfaces/IERC4337.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {IPayments} from "../interfaces/IPayments.sol";
import {IRevocationSwitch} from "../interfaces/IRevocationSwitch.sol";
import {IUserOperations} from "../interfaces/IUserOperations.sol";
import {Signers} from "../signatures/Signers.sol";
import {Terms} from "../mandate/MandateDecoder.sol";
import {OperationGas} from "../ledger/OperationGas.sol";
import {SpendLedger} from "../ledger/SpendLedger.sol";
import {SignedActions} from "./SignedActions.sol";

/// @title UserOperations
/// @notice Validates and executes ERC-4337 user operations.
/// @dev Validation obeys ERC-7562. It reads the wallet's own storage, the code of its mandate, and the wallet's
/// own stop word in the switch; no clock, base fee or balance.
abstract contract UserOperations is IUserOperations, SignedActions {
    using ERC4337Utils for PackedUserOperation;
    using OperationGas for SpendLedger.Ledger;

    /// @dev Gas to copy a stop, plus for each byte of the operation more than passing it on costs. With less
    /// gas, an agent's operations could fail before the stop is copied, and go on spending gas.
    uint256 private constant MIN_CALL_GAS = 60_000;
    uint256 private constant CALL_GAS_PER_BYTE = 4;

    modifier onlyEntryPoint() {
        require(msg.sender == ENTRY_POINT, NotEntryPoint(msg.sender, ENTRY_POINT));
        _;
    }

    /* VALIDATE */

    /// @inheritdoc IAccount
    function validateUserOp(PackedUserOperation calldata userOp, bytes32 userOpHash, uint256 missingAccountFunds)
        external
        onlyEntryPoint
        returns (uint256 validationData)
    {
        bool byPrincipal = userOp.nonce >> 128 == 0;
        validationData =
            byPrincipal ? _validatePrincipalOperation(userOp, userOpHash) : _validateAgentOperation(userOp, userOpHash);
        // Pays also after a wrong signature, so that bundlers can estimate without one. The EntryPoint checks
        // whether it was paid.
        if (missingAccountFunds != 0) LowLevelCall.callNoReturn(msg.sender, missingAccountFunds, "");
    }

    function _validatePrincipalOperation(PackedUserOperation calldata userOp, bytes32 userOpHash)
        private
        returns (uint256)
    {
        // Set also for a wrong signature, so that bundlers can estimate without one; the EntryPoint then
        // reverts, which undoes it. Stores the principal, not a flag: a bundle is validated as a whole before
        // it is executed, and the wallet may be handed over in between.
        address signer = principal();
        _operationSigner = signer;
        return Signers.hasSigned(signer, userOpHash, userOp.signature)
            ? ERC4337Utils.SIG_VALIDATION_SUCCESS
            : ERC4337Utils.SIG_VALIDATION_FAILED;
    }

    function _validateAgentOperation(PackedUserOperation calldata userOp, bytes32 userOpHash)
        private
        returns (uint256)
    {
        Terms terms = _termsInForce();
        _requireSameMandate(terms, userOp);
        require(
            !IRevocationSwitch(SWITCH).isStopped(terms.principal(), address(this)),
            AgentStopped(terms.principal(), address(this))
        );
        bytes calldata data = userOp.callData;
        (bytes4 selector, bytes4 action) = (bytes4(data), data.length < 12 ? bytes4(0) : bytes4(data[8:]));
        require(
            selector == IAccountExecute.executeUserOp.selector && _isAction(action),
            NotAnAgentOperation(selector, action)
        );
        bool signed = Signers.hasAgentSigned(terms.agentKey(), userOpHash, userOp.signature);
        if (signed) _requireCallGas(userOp.callGasLimit());

        (uint256 start, uint256 end) = (0, OperationGas.MAX_END);
        if (userOp.paymasterAndData.length == 0) (start, end) = _chargeGas(terms, userOp, signed);
        end = Math.min(end, terms.validUntil());
        // Not before the mandate begins. If that is after the last time that the EntryPoint can represent:
        // never.
        start = Math.min(Math.max(start, terms.validFrom()), end);
        // The EntryPoint excludes the first second and includes the last one; ours are the other way round.
        return ERC4337Utils.packValidationData(signed, start == 0 ? 0 : uint48(start - 1), uint48(end - 1));
    }

    function _requireCallGas(uint256 given) private pure {
        uint256 minimum = MIN_CALL_GAS + CALL_GAS_PER_BYTE * msg.data.length;
        require(given >= minimum, CallGasTooLow(given, minimum));
    }

    /// @return First second in which the operation may be executed, and the second from which on it may not
    /// (unix seconds).
    function _chargeGas(Terms terms, PackedUserOperation calldata userOp, bool signed)
        private
        returns (uint256, uint256)
    {
        uint256 gasLimit = userOp.verificationGasLimit() + userOp.callGasLimit() + userOp.preVerificationGas;
        // A bundler's estimate has no signature and very high gas limits. It needs only the gas that charging
        // costs.
        uint256 cost = signed ? gasLimit * userOp.maxFeePerGas() : 1;
        (uint256 operationLimit, uint256 windowLimit, uint256 width) = terms.gasTerms();
        uint32 period = uint32(bytes4(userOp.callData[4:]));
        return _gasLedger.charge(cost, operationLimit, windowLimit, width, period);
    }

    function _requireSameMandate(Terms terms, PackedUserOperation calldata userOp) private pure {
        bytes32 hash = terms.mandateHash();
        bytes16 given = bytes16(bytes32(userOp.nonce));
        require(given == bytes16(hash), OperationOfOtherMandate(given, hash));
    }

    /* EXECUTE */

    /// @inheritdoc IAccountExecute
    function executeUserOp(PackedUserOperation calldata userOp, bytes32 userOpHash) external onlyEntryPoint {
        Terms terms = _termsInForce();
        // A bundle is validated as a whole before it is executed: the mandate may have changed in between.
        _requireSameMandate(terms, userOp);
        try IRevocationSwitch(SWITCH).requireLive(terms.principal(), address(this), terms.epoch()) returns (bool) {
            // An estimate searches for the least gas with which this succeeds, and validation must accept that
            // gas.
            _requireCallGas(gasleft());
            bytes calldata action = userOp.callData[8:];
            if (bytes4(action) == IPayments.pay.selector) _executePayment(terms, action[4:]);
            else _executeAction(terms.agentKey(), action);
        } catch (bytes memory reason) {
            // Return instead of reverting: a revert would roll back `sync`, and the next validation would not
            // see the stop.
            IRevocationSwitch(SWITCH).sync(address(this));
            emit OperationStopped(userOpHash, reason);
        }
    }

    /* VIEW */

    /// @inheritdoc IUserOperations
    function operationGas() external view returns (GasState memory state) {
        (state.operationLimit, state.windowLimit, state.period) = _termsInForce().gasTerms();
        state.remaining = _gasLedger.remaining(state.windowLimit);
    }
}
