// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC4337Utils} from "@openzeppelin/contracts/account/utils/ERC4337Utils.sol";
import {IAccount, IAccountExecute, PackedUserOperation} from "@openzeppelin/contracts/interfaces/IERC4337.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {IPayments} from "../interfaces/IPayments.sol";
import {IRevocationSwitch} from "../interfaces/IRevocationSwitch.sol";
import {IUserOperations} from "../interfaces/IUserOperations.sol";
import {AgentKeys} from "../signatures/AgentKeys.sol";
import {MandateDecoder} from "../mandate/MandateDecoder.sol";
import {OperationGas} from "../ledger/OperationGas.sol";
import {SpendLedger} from "../ledger/SpendLedger.sol";
import {SignedActions} from "./SignedActions.sol";

/// @title UserOperations
/// @notice What comes by the EntryPoint of ERC-4337.
/// @dev Validation keeps to ERC-7562: it reads the wallet's own storage, the code of its mandate, and of the switch only the word
/// that belongs to this wallet; no clock, no fee of the block, no balance.
abstract contract UserOperations is IUserOperations, SignedActions {
    using ERC4337Utils for PackedUserOperation;
    using MandateDecoder for bytes;
    using OperationGas for SpendLedger.Ledger;

    /// @dev What it takes to copy a stop, and for each byte of the operation more than it costs to be handed on. An agent that
    /// could give less would have operations that fail before the stop is copied, and go on to burn gas.
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
        // Also after a wrong signature, so that bundlers can estimate without one. Whether it was paid, the EntryPoint sees.
        if (missingAccountFunds != 0) LowLevelCall.callNoReturn(msg.sender, missingAccountFunds, "");
    }

    function _validatePrincipalOperation(PackedUserOperation calldata userOp, bytes32 userOpHash) private returns (uint256) {
        // Also with a wrong signature, after which the EntryPoint reverts, and this too is undone: bundlers estimate without one.
        // A bundle is validated as a whole before any of it is carried out: by then another may be principal.
        _operationSigner = _principal;
        return _hasPrincipalSigned(userOpHash, userOp.signature)
            ? ERC4337Utils.SIG_VALIDATION_SUCCESS
            : ERC4337Utils.SIG_VALIDATION_FAILED;
    }

    function _hasPrincipalSigned(bytes32 userOpHash, bytes calldata signature) private view returns (bool) {
        if (signature.length == 65) {
            // Before its code is looked for, which a validation may not do where there is none (OP-041).
            // What is no signature recovers to zero, which is the principal of an implementation without one.
            (address recovered, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(userOpHash, signature);
            if (failure == ECDSA.RecoverError.NoError && recovered == _principal) return true;
        }
        return SignatureChecker.isValidSignatureNowCalldata(_principal, userOpHash, signature);
    }

    function _validateAgentOperation(PackedUserOperation calldata userOp, bytes32 userOpHash) private returns (uint256) {
        bytes memory terms = _termsInForce();
        _requireSameMandate(terms, userOp);
        require(
            !IRevocationSwitch(SWITCH).isStopped(terms.principal(), address(this)),
            AgentStopped(terms.principal(), address(this))
        );
        bytes calldata data = userOp.callData;
        (bytes4 selector, bytes4 action) = (bytes4(data), data.length < 12 ? bytes4(0) : bytes4(data[8:]));
        require(
            selector == IAccountExecute.executeUserOp.selector && _isAction(action), NotAnAgentOperation(selector, action)
        );
        bool signed = AgentKeys.hasSigned(terms.agentKey(), userOpHash, userOp.signature);
        if (signed) _requireCallGas(userOp.callGasLimit());

        (uint256 start, uint256 end) = (0, OperationGas.MAX_END);
        if (userOp.paymasterAndData.length == 0) (start, end) = _chargeGas(terms, userOp, signed);
        end = Math.min(end, terms.validUntil());
        // Not before the mandate's time; if that begins after all that the EntryPoint can be told: never.
        start = Math.min(Math.max(start, terms.validFrom()), end);
        // The EntryPoint's range leaves its first second out and its last in; ours are the other way round.
        return ERC4337Utils.packValidationData(signed, start == 0 ? 0 : uint48(start - 1), uint48(end - 1));
    }

    function _requireCallGas(uint256 given) private pure {
        uint256 minimum = MIN_CALL_GAS + CALL_GAS_PER_BYTE * msg.data.length;
        require(given >= minimum, CallGasTooLow(given, minimum));
    }

    /// @return When the operation may be carried out: from the first second on, until before the other.
    function _chargeGas(bytes memory terms, PackedUserOperation calldata userOp, bool signed)
        private
        returns (uint256, uint256)
    {
        uint256 gasLimit = userOp.verificationGasLimit() + userOp.callGasLimit() + userOp.preVerificationGas;
        // A bundler's estimate has no signature, and limits far above any: what matters in it is the gas that charging takes.
        uint256 cost = signed ? gasLimit * userOp.maxFeePerGas() : 1;
        (uint256 operationLimit, uint256 windowLimit, uint256 width) = terms.gasTerms();
        uint32 period = uint32(bytes4(userOp.callData[4:]));
        return _gasLedger.charge(cost, operationLimit, windowLimit, width, period);
    }

    function _requireSameMandate(bytes memory terms, PackedUserOperation calldata userOp) private pure {
        bytes32 hash = terms.mandateHash();
        bytes16 given = bytes16(bytes32(userOp.nonce));
        require(given == bytes16(hash), OperationOfOtherMandate(given, hash));
    }

    /* EXECUTE */

    /// @inheritdoc IAccountExecute
    function executeUserOp(PackedUserOperation calldata userOp, bytes32 userOpHash) external onlyEntryPoint {
        bytes memory terms = _termsInForce();
        // A bundle is validated as a whole before any of it is carried out: by then there may be another.
        _requireSameMandate(terms, userOp);
        try IRevocationSwitch(SWITCH).requireLive(terms.principal(), address(this), terms.epoch()) returns (bool) {
            // Estimates look for the least gas with which this goes through: it has to be one that validation takes.
            _requireCallGas(gasleft());
            bytes calldata action = userOp.callData[8:];
            if (bytes4(action) == IPayments.pay.selector) _executePayment(terms, action[4:]);
            else _executeAction(terms.agentKey(), action);
        } catch (bytes memory reason) {
            // Not reverted, which would undo the copy.
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
