// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICallRequests} from "../../../contracts/interfaces/ICallRequests.sol";
import {IGuard} from "../../../contracts/interfaces/IGuard.sol";
import {IPrincipalControl} from "../../../contracts/interfaces/IPrincipalControl.sol";
import {Proof} from "./Proof.sol";
import {AnyAnswer} from "./WalletDoubles.sol";
import {WalletFixture} from "./WalletFixture.sol";

/// @title MeddlingGuard
/// @notice A guard that agrees or reverts, as its symbolic storage says. Before it answers, it makes the switch answer
/// something else, and may lift the mandate, as if it had called a principal that does so.
contract MeddlingGuard is Proof {
    AnyAnswer private immutable _stop;
    bool private _agrees;
    /// @notice Whether it lifts the mandate.
    bool public lifts;
    /// @notice How often it was asked, how the last time, and the wallet's storage then.
    uint256 public count;
    bytes32 public dataHash;
    uint256 public walletStorage;

    constructor(AnyAnswer stop) {
        _stop = stop;
    }

    /// @notice Agrees or reverts.
    function onCharge(IGuard.Charge calldata) external returns (bytes4) {
        require(_agrees);
        unchecked {
            (count, dataHash) = (count + 1, keccak256(msg.data));
        }
        _stop.transfer(address(0), 0);
        if (lifts) VM.store(msg.sender, bytes32(uint256(5)), VM.load(msg.sender, bytes32(uint256(5))) & ~bytes32(uint256(1 << 176)));
        walletStorage = SVM.snapshotStorage(msg.sender);
        return IGuard.onCharge.selector;
    }
}

/// @title GuardedWalletProof
/// @notice What a payment does under a mandate with a guard. As in `WalletProof`: one call, by any caller, at any time,
/// from any state.
/// @custom:halmos --solver-timeout-branching 50ms
contract GuardedWalletProof is WalletFixture {
    /// @notice I34: a guard only refuses. A payment that it agreed to is within the mandate and counted as without it
    /// (`WalletProof.check_paymentIsWithinMandate`). It was asked once, about this payment, and got no approval.
    /// Afterwards the wallet's storage is as it was when the guard was asked, and what the guard did meanwhile is
    /// respected: the switch answers that the agent is live, and the mandate is in force.
    function check_guardOnlyRefuses(address caller, address paid, address payee, uint256 amount, bytes32 ref, uint256 time) external {
        MeddlingGuard meddling = new MeddlingGuard(stop);
        SVM.enableSymbolicStorage(address(meddling));
        guard = address(meddling);
        Terms memory terms = _grant();
        VM.assume(wallet.mandateHash() != 0);
        Counted memory before = _counted(_placeCounter(time));
        (address spender, uint256 asked) = (token.spender(), meddling.count());
        if (!_call(caller, time, abi.encodeCall(wallet.pay, (paid, payee, amount, ref)))) return;
        assert(both(caller == terms.agentKey, _isWithin(terms, paid, payee, amount, time)));
        assert(both(_isPaid(before, payee, amount), token.spender() == spender));
        bytes32 unit = keccak256(bytes(currency));
        IGuard.Charge memory charge = IGuard.Charge(terms.principal, unit, paid, payee, amount, amount * 10, ref, false);
        unchecked {
            assert(meddling.count() == asked + 1);
        }
        assert(meddling.dataHash() == keccak256(abi.encodeCall(IGuard.onCharge, (charge))));
        assert(both(!stop.fails(), !meddling.lifts()));
        assert(SVM.snapshotStorage(address(wallet)) == meddling.walletStorage());
    }

    /// @notice I35: nobody makes a wallet call a guard as if it charged or closed something, not even its principal, by
    /// itself or by signature.
    /// @dev By a call, alone or in a batch of one, or by approving a requested call. Calls that a mandate lists: its
    /// writer refuses these functions.
    function check_nobodyImitatesACharge(uint8 kind, bool closing, address caller, address target, uint256 value, uint256 time) external {
        _grant();
        _assumeOutside(wallet.principal());
        bytes4 selector = closing ? IGuard.onClose.selector : IGuard.onCharge.selector;
        bytes memory data = bytes.concat(selector, SVM.createBytes(256, "arguments"));
        IPrincipalControl.Call[] memory calls = new IPrincipalControl.Call[](1);
        calls[0] = IPrincipalControl.Call(target, value, data);
        if (kind == 0) {
            data = abi.encodeCall(wallet.execute, (target, value, data));
        } else if (kind == 1) {
            data = abi.encodeCall(wallet.executeBatch, (calls));
        } else if (kind == 2) {
            (uint256 nonce, uint256 deadline) = (SVM.createUint(256, "nonce"), SVM.createUint(256, "deadline"));
            data = abi.encodeCall(wallet.executeSigned, (calls, 0, nonce, deadline, SVM.createBytes(65, "signature")));
        } else {
            ICallRequests.CallRequest memory request = _anyCallRequest();
            (request.target, request.value, request.data) = (target, value, data);
            data = abi.encodeCall(wallet.approveCall, (0, request, uint48(SVM.createUint(48, "askedAt"))));
        }
        assert(!_call(caller, time, data));
    }
}
