// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PackedUserOperation} from "@openzeppelin/contracts/interfaces/IERC4337.sol";
import {GasTerms} from "../../../contracts/interfaces/IMandate.sol";
import {WalletFixture} from "./WalletFixture.sol";

/// @title OperationProof
/// @notice What a valid user operation of the agent is charged, and when it is valid: from any state, by any
/// caller.
/// @custom:halmos --solver-timeout-branching 1s
contract OperationProof is WalletFixture {
    /// @notice Slot of a wallet's gas ledger (`toolchain/storage-layout.json`).
    bytes32 private constant GAS_LEDGER = bytes32(uint256(14));
    uint256 private constant WIDTH = 1024;

    /// @notice Result of a validation: whether the signature is invalid, and the EntryPoint's time range.
    struct Validation {
        bool unsigned;
        uint256 until;
        uint256 later;
    }

    /// @notice I25: the most that a valid operation can cost is charged in full, and is at most the limit per
    /// operation; and it names the mandate.
    /// @dev In the bucket of the last charge, of 1,024 seconds. Of gas and fee one is symbolic, the other a
    /// power of two. The key is an account without code.
    function check_operationIsChargedInFull(bool anyFee, uint32 period, address caller) external {
        _grantGas();
        uint256 spent = _placeGas(period);
        PackedUserOperation memory op = _costing(period);
        if (anyFee) op.gasFees = bytes32(SVM.createUint(256, "gasFees"));
        else op.preVerificationGas = SVM.createUint(256, "gas");
        (bool done, Validation memory validation) = _validated(op, 0, caller);
        if (!done || validation.unsigned) return;
        uint256 cost = (2 ** 19 + op.preVerificationGas) * uint128(uint256(op.gasFees));
        assert(both(caller == ENTRY_POINT, bytes16(bytes32(op.nonce)) == bytes16(wallet.mandateHash())));
        assert(both(_spent() == spent + cost, cost <= gas.operationLimit));
    }

    /// @notice I25: an operation that costs something is valid only in the period that it names, and while the
    /// mandate is valid.
    /// @dev As above, for one period.
    function check_operationIsValidInItsPeriod(address caller, uint256 carriedOut) external {
        uint32 period = 1_757_812;
        Terms memory terms = _grantGas();
        _placeGas(period);
        (bool done, Validation memory validation) = _validated(_costing(period), 0, caller);
        // The EntryPoint excludes the first second and includes the last one.
        if (!done || !both(carriedOut > validation.later, carriedOut <= validation.until)) return;
        assert(both(carriedOut >= terms.validFrom, carriedOut < terms.validUntil));
        assert(both(carriedOut >= period * WIDTH, carriedOut < (uint256(period) + 1) * WIDTH));
    }

    /// @notice I25: an operation that a paymaster pays for, or that the principal signed, isn't charged here.
    function check_sponsoredOperationIsNotCharged(bool byPrincipal, uint32 period, uint256 missing, address caller) external {
        _grantGas();
        _placeGas(period);
        bytes32 before = VM.load(address(wallet), GAS_LEDGER);
        PackedUserOperation memory op = _operation(bytes4(period), _anyAction(0));
        if (!byPrincipal) op.paymasterAndData = SVM.createBytes(52, "paymaster");
        VM.assume((op.nonce >> 128 == 0) == byPrincipal);
        _assumeOutside(wallet.principal());
        (bool done,) = _validated(op, missing, caller);
        if (!done) return;
        assert(both(caller == ENTRY_POINT, VM.load(address(wallet), GAS_LEDGER) == before));
    }

    /// @dev Writes any counter to the gas ledger, with this period as its last bucket.
    function _placeGas(uint32 period) private returns (uint256 spent) {
        _writeCounterAt(GAS_LEDGER, period, 18);
        return _spent();
    }

    function _spent() private view returns (uint256) {
        return uint96(uint256(VM.load(address(wallet), GAS_LEDGER)));
    }

    function _grantGas() private returns (Terms memory terms) {
        gas = GasTerms(uint96(SVM.createUint(96, "operationLimit")), uint96(SVM.createUint(96, "windowLimit")), uint32(8 * WIDTH));
        terms = _grant();
        VM.assume(both(terms.agentKey != address(token), stop.says(0)));
    }

    /// @dev An operation of the agent with 2^20 gas, at a fee of 2^30 wei.
    function _costing(uint32 period) private returns (PackedUserOperation memory op) {
        op = _operation(bytes4(period), _anyAction(0));
        VM.assume(op.nonce >> 128 != 0);
        (op.accountGasLimits, op.preVerificationGas, op.gasFees) = (bytes32(uint256(2 ** 19)), 2 ** 19, bytes32(uint256(2 ** 30)));
    }

    function _validated(PackedUserOperation memory op, uint256 missing, address caller)
        private
        returns (bool done, Validation memory validation)
    {
        VM.prank(caller);
        bytes memory result;
        (done, result) = address(wallet).call(abi.encodeCall(wallet.validateUserOp, (op, bytes32(SVM.createUint(256, "opHash")), missing)));
        if (!done) return (false, validation);
        uint256 word = abi.decode(result, (uint256));
        return (true, Validation(uint160(word) != 0, uint48(word >> 160), word >> 208));
    }
}
