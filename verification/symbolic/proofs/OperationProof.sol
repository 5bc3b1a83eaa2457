// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PackedUserOperation} from "@openzeppelin/contracts/interfaces/IERC4337.sol";
import {GasTerms} from "../../../contracts/interfaces/IMandate.sol";
import {WalletBench} from "./WalletBench.sol";

/// @title OperationProof
/// @notice What a valid user operation of the agent's is charged, and when it is valid: from any state, by any caller.
/// @custom:halmos --solver-timeout-branching 1s
contract OperationProof is WalletBench {
    /// @notice Where a wallet counts what its agent's operations may have cost (`toolchain/storage-layout.json`).
    bytes32 private constant GAS_LEDGER = bytes32(uint256(11));
    uint256 private constant WIDTH = 1024;

    /// @notice What a validation said: whether the signature is none, and the range of the EntryPoint's clock.
    struct Verdict {
        bool unsigned;
        uint256 until;
        uint256 later;
    }

    /// @notice I25: what a valid operation can cost at most is charged in full, and is no more than the limit of one; and it names the mandate.
    /// @dev In the bucket of the last charge, of 1,024 seconds. Of gas and fee one has any value, and the other a power of two. The key is an
    /// account without code.
    function check_anOperationIsChargedInFull(bool anyFee, uint32 period, address caller) external {
        _grantGas();
        uint256 spent = _placeGas(period);
        PackedUserOperation memory op = _costing(period);
        if (anyFee) op.gasFees = bytes32(VALUES.createUint(256, "gasFees"));
        else op.preVerificationGas = VALUES.createUint(256, "gas");
        (bool done, Verdict memory verdict) = _validated(op, 0, caller);
        if (!done || verdict.unsigned) return;
        uint256 cost = (2 ** 19 + op.preVerificationGas) * uint128(uint256(op.gasFees));
        assert(both(caller == ENTRY_POINT, bytes16(bytes32(op.nonce)) == bytes16(wallet.mandateHash())));
        assert(both(_spent() == spent + cost, cost <= gas.operationLimit));
    }

    /// @notice I25: one that costs something is carried out only in the period that it names, and in the mandate's time.
    /// @dev As above, in one of the periods.
    function check_anOperationIsGoodInItsPeriod(address caller, uint256 carriedOut) external {
        uint32 period = 1_757_812;
        Terms memory terms = _grantGas();
        _placeGas(period);
        (bool done, Verdict memory verdict) = _validated(_costing(period), 0, caller);
        // The EntryPoint's range leaves its first second out and its last in.
        if (!done || !both(carriedOut > verdict.later, carriedOut <= verdict.until)) return;
        assert(both(carriedOut >= terms.validFrom, carriedOut < terms.validUntil));
        assert(both(carriedOut >= period * WIDTH, carriedOut < (uint256(period) + 1) * WIDTH));
    }

    /// @notice I25: what is paid by a paymaster, and what the principal does, is charged to nobody here.
    function check_whatOthersPayIsNotCharged(bool byPrincipal, uint32 period, uint256 missing, address caller) external {
        _grantGas();
        _placeGas(period);
        bytes32 before = WORLD.load(address(wallet), GAS_LEDGER);
        PackedUserOperation memory op = _operation(bytes4(period), _verb(0));
        if (!byPrincipal) op.paymasterAndData = VALUES.createBytes(52, "paymaster");
        WORLD.assume((op.nonce >> 128 == 0) == byPrincipal);
        _outside(wallet.principal());
        (bool done,) = _validated(op, missing, caller);
        if (!done) return;
        assert(both(caller == ENTRY_POINT, WORLD.load(address(wallet), GAS_LEDGER) == before));
    }

    /// @dev Puts any counter where the ledger of gas has its own, the last bucket of which is this period.
    function _placeGas(uint32 period) private returns (uint256 spent) {
        bytes32 word = bytes32(bytes.concat(hex"12", bytes3(uint24(WIDTH)), bytes4(period), VALUES.createBytes(24, "gas counter")));
        STAGE.store(address(wallet), GAS_LEDGER, word);
        return uint96(uint256(word));
    }

    function _spent() private view returns (uint256) {
        return uint96(uint256(WORLD.load(address(wallet), GAS_LEDGER)));
    }

    function _grantGas() private returns (Terms memory terms) {
        gas = GasTerms(uint96(VALUES.createUint(96, "operationLimit")), uint96(VALUES.createUint(96, "windowLimit")), uint32(8 * WIDTH));
        terms = _grant();
        WORLD.assume(both(terms.agentKey != address(token), stop.says(0)));
    }

    /// @dev An operation of the agent's of 2^20 gas, at a fee of 2^30 wei.
    function _costing(uint32 period) private returns (PackedUserOperation memory op) {
        op = _operation(bytes4(period), _verb(0));
        WORLD.assume(op.nonce >> 128 != 0);
        (op.accountGasLimits, op.preVerificationGas, op.gasFees) = (bytes32(uint256(2 ** 19)), 2 ** 19, bytes32(uint256(2 ** 30)));
    }

    function _validated(PackedUserOperation memory op, uint256 missing, address caller)
        private
        returns (bool done, Verdict memory verdict)
    {
        WORLD.prank(caller);
        bytes memory told;
        (done, told) = address(wallet).call(abi.encodeCall(wallet.validateUserOp, (op, bytes32(VALUES.createUint(256, "opHash")), missing)));
        if (!done) return (false, verdict);
        uint256 word = abi.decode(told, (uint256));
        return (true, Verdict(uint160(word) != 0, uint48(word >> 160), word >> 208));
    }
}
