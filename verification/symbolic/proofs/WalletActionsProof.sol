// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ArgumentKind} from "../../../contracts/interfaces/IMandate.sol";
import {ICalls} from "../../../contracts/interfaces/ICalls.sol";
import {IPayments} from "../../../contracts/interfaces/IPayments.sol";
import {IPreauthorizations} from "../../../contracts/interfaces/IPreauthorizations.sol";
import {IRequests} from "../../../contracts/interfaces/IRequests.sol";
import {WalletFixture} from "./WalletFixture.sol";
import {RecordingTarget, CallbackToken} from "./WalletDoubles.sol";

/// @title WalletActionsProof
/// @notice What actions do when they succeed: batches, pre-authorizations, calls, payments in native currency
/// and to payees with terms of their own, and approvals; and that no action runs within another. As in
/// `WalletProof`: one call, by any caller, at any time, from any state.
/// @custom:halmos --solver-timeout-branching 50ms
contract WalletActionsProof is WalletFixture {
    /// @notice Slots of a wallet (`toolchain/storage-layout.json`).
    uint256 private constant PAID_TO = 7;
    uint256 private constant REQUESTS = 9;
    uint256 private constant AUTHORIZED = 10;
    /// @notice Slot of a ledger's pending and released amounts, relative to the ledger's own slot.
    uint256 private constant PENDING = 20;
    /// @notice Round that `_grant` starts.
    uint256 private constant ROUND = 1;

    /// @notice I1, I5, I6: a batch of two is two payments, each within the mandate and counted in the same
    /// ledger; or it reverts.
    function check_batchIsWithinMandate(address caller, IPayments.Payment[2] memory payments, uint256 time) external {
        Terms memory terms = _grant();
        Counted memory before = _counted(_placeCounter(time));
        IPayments.Payment[] memory batch = new IPayments.Payment[](2);
        (batch[0], batch[1]) = (payments[0], payments[1]);
        if (!_call(caller, time, abi.encodeCall(wallet.payBatch, (batch)))) return;
        assert(caller == terms.agentKey);
        for (uint256 i = 0; i < 2; ++i) assert(_isWithin(terms, batch[i].token, batch[i].payee, batch[i].amount, time));
        assert(both(token.count() == before.transfers + 2, token.amount() == batch[1].amount));
        assert(_counted(before.slot).spent == before.spent + batch[0].amount * 10 + batch[1].amount * 10);
    }

    /// @notice I1, I5, I6, I29: a payment is pre-authorized only within the mandate, and ends no later. It is
    /// charged and pending, and nothing is transferred.
    function check_preauthorizationIsWithinMandate(address caller, IPreauthorizations.Authorization memory authorization, uint256 time)
        external
    {
        Terms memory terms = _grant();
        Counted memory before = _counted(_placeCounter(time));
        uint256 pending = _pending(before.slot);
        if (!_call(caller, time, abi.encodeCall(wallet.preauthorize, (authorization, 0)))) return;
        (address paid, address payee, uint256 amount) = (authorization.token, authorization.payee, authorization.amount);
        assert(both(caller == terms.agentKey, _isWithin(terms, paid, payee, amount, time)));
        assert(both(authorization.validBefore > time, authorization.validBefore <= terms.validUntil));
        assert(_counted(before.slot).spent == before.spent + amount * 10);
        assert(both(_pending(before.slot) == pending + amount * 10, token.count() == before.transfers));
    }

    /// @notice I1, I5, I6, I7: a call succeeds only for the listed function, with an argument that its rule
    /// accepts. What it may pull is charged. During the call exactly that is approved, and afterwards what was
    /// before.
    /// @dev The rule has one argument: the wallet, or a listed payee. The target does anything except call
    /// back.
    function check_callIsWithinMandate(address caller, bool toPayee, uint256 value, bytes4 selector, bytes32 word, uint256 pulled, uint256 time)
        external
    {
        argument.push(toPayee ? ArgumentKind.ListedPayee : ArgumentKind.ThisWallet);
        Terms memory terms = _grant();
        RecordingTarget target = _target(terms);
        Counted memory before = _counted(_placeCounter(time));
        uint256 calls = target.recorded().count;
        bytes memory data = bytes.concat(selector, word);
        ICalls.Pull memory pull = ICalls.Pull(address(token), pulled);
        if (!_call(caller, time, abi.encodeCall(wallet.call, (address(target), value, data, pull, 0)))) return;

        assert(both(both(caller == terms.agentKey, selector == terms.selector), value == 0));
        assert(word == bytes32(uint256(uint160(toPayee ? terms.payee : address(wallet)))));
        assert(_isCalled(target, calls, 0, data));
        assert(both(token.count() == before.transfers, _counted(before.slot).spent == before.spent + pulled * 10));
        if (pulled == 0) return;
        assert(both(_isTimely(terms, pulled, time), pulled * 10 <= terms.pullLimit));
        assert(both(target.recorded().spender == address(target), target.recorded().approved == pulled));
        assert(both(token.spender() == address(target), token.says(token.approved())));
    }

    /// @notice I1, I5, I6: native currency sent with a call is listed, within the rule, and charged.
    function check_callValueIsWithinMandate(address caller, uint256 value, bytes4 selector, ICalls.Pull memory pull, uint256 time) external {
        listed = NATIVE;
        Terms memory terms = _grant();
        RecordingTarget target = _target(terms);
        Counted memory before = _counted(_placeCounter(time));
        (uint256 calls, uint256 held) = (target.recorded().count, _fund());
        bytes memory data = bytes.concat(selector);
        if (!_call(caller, time, abi.encodeCall(wallet.call, (address(target), value, data, pull, 0)))) return;
        assert(both(caller == terms.agentKey, both(selector == terms.selector, pull.amount == 0)));
        assert(both(_isCalled(target, calls, value, data), address(wallet).balance == held - value));
        assert(both(value <= terms.valueLimit, either(value == 0, _isTimely(terms, value, time))));
        assert(_counted(before.slot).spent == before.spent + value * 10);
    }

    /// @notice I1, I5, I6: a payment in native currency transfers exactly its amount, and is counted.
    /// @dev To an account without code.
    function check_nativePaymentIsWithinMandate(address caller, address paid, address payee, uint256 amount, uint256 time) external {
        listed = NATIVE;
        Terms memory terms = _grant();
        VM.assume(both(payee.code.length == 0, payee != address(wallet)));
        Counted memory before = _counted(_placeCounter(time));
        (uint256 held, uint256 had) = (_fund(), payee.balance);
        VM.assume(had <= type(uint128).max);
        if (!_call(caller, time, abi.encodeCall(wallet.pay, (paid, payee, amount, 0)))) return;
        assert(both(both(caller == terms.agentKey, paid == NATIVE), both(payee == terms.payee, _isTimely(terms, amount, time))));
        assert(both(address(wallet).balance == held - amount, payee.balance == had + amount));
        assert(_counted(before.slot).spent == before.spent + amount * 10);
    }

    /// @notice I6: a payee with terms of its own is paid only before their end, and never more than its limit
    /// under all mandates together.
    function check_payeeTermsHold(address caller, address payee, uint256 amount, uint256 time) external {
        limited = true;
        Terms memory terms = _grant();
        Counted memory before = _counted(_placeCounter(time));
        uint256 paid = _paidTo(terms.payee);
        if (!_call(caller, time, abi.encodeCall(wallet.pay, (address(token), payee, amount, 0)))) return;
        assert(both(both(caller == terms.agentKey, time < terms.payeeEnd), _isWithin(terms, address(token), payee, amount, time)));
        assert(_isPaid(before, payee, amount));
        bool unlimited = terms.payeeLimit == type(uint96).max;
        unchecked {
            uint256 later = unlimited ? paid : paid + amount * 10;
            assert(_paidTo(terms.payee) == later);
            assert(either(unlimited, both(later >= paid, later <= terms.payeeLimit)));
        }
    }

    /// @notice I17: an approval pays exactly the request in its slot, once, before its end, while the mandate
    /// is valid and the agent live; and counts nothing.
    /// @dev By the principal itself, or by a signature of 65 bytes of a principal without code.
    function check_approvalPaysTheRequest(address caller, bool signed, uint8 slot, IRequests.Request memory request, uint256 time) external {
        Terms memory terms = _grant();
        _assumeOutside(wallet.principal());
        VM.assume(request.token == address(token));
        Counted memory before = _counted(_placeCounter(time));
        bytes32 place = keccak256(abi.encode(uint256(slot), keccak256(abi.encode(1, REQUESTS))));
        bytes32 waiting = VM.load(address(wallet), place);
        bytes memory data = abi.encodeCall(wallet.approveRequest, (slot, request));
        if (signed) {
            (uint256 nonce, uint256 deadline) = (SVM.createUint(256, "nonce"), SVM.createUint(256, "deadline"));
            data = abi.encodeCall(wallet.approveRequestSigned, (slot, request, nonce, deadline, SVM.createBytes(65, "signature")));
        }
        if (!_call(caller, time, data)) return;

        bytes32 kind = keccak256("Request(address token,address payee,uint256 amount,bytes32 ref,uint48 expiresAt)");
        assert(both(waiting == keccak256(abi.encode(kind, request)), VM.load(address(wallet), place) == 0));
        assert(both(time < request.expiresAt, both(time >= terms.validFrom, time < terms.validUntil)));
        assert(both(!stop.fails(), _isMoved(before, request.payee, request.amount)));
        assert(_counted(before.slot).spent == before.spent);
    }

    /// @notice I20: while a payment runs, nothing else that moves money now or later succeeds, even if the
    /// called token is both agent key and principal: no other action by any path, no approval, no closing of an
    /// authorization.
    function check_noReentrantAction(uint8 kind, uint256 amount, uint256 time) external {
        CallbackToken calling = new CallbackToken();
        listed = address(calling);
        Terms memory terms = _grant();
        _placeCounter(time);
        VM.assume(both(terms.agentKey == address(calling), wallet.principal() == address(calling)));
        calling.prepare(_within(kind));
        if (!_call(address(calling), time, abi.encodeCall(wallet.pay, (address(calling), terms.payee, amount, 0)))) return;
        assert(!calling.done());
    }

    /// @notice I7, I8, I15: without a principal's signature, a digest is valid only if the agent authorized it
    /// in this round and it hasn't ended, while the mandate is valid and the switch answers that the agent is
    /// live.
    /// @dev The signature is empty and the principal has no code, so it isn't the principal's.
    function check_onlyAuthorizedDigestsAreValid(bytes32 hash, uint256 time) external {
        Terms memory terms = _grant();
        VM.assume(wallet.principal().code.length == 0);
        if (!_isSigned(hash, time)) return;
        (uint256 end, uint256 round) = _authorized(hash);
        assert(both(round == ROUND, time < end));
        assert(both(!stop.fails(), both(time >= terms.validFrom, time < terms.validUntil)));
    }

    /// @notice I7, I29: a closed authorization is invalid. Its charge is released only if the token reports
    /// that it wasn't settled, and it can't be settled any more: it has ended, or its round has.
    /// @custom:halmos --loop 9
    function check_closedAuthorizationIsInvalid(
        address caller,
        IPreauthorizations.Authorization memory authorization,
        uint256 time,
        uint256 later
    ) external {
        _grant();
        VM.assume(both(later >= time, wallet.principal().code.length == 0));
        authorization.token = address(token);
        bytes32 digest = wallet.authorizationDigest(authorization);
        (uint256 end, uint256 round) = _authorized(digest);
        bytes32 slot = _placeOnlyCounter(time);
        uint256 back = _released(slot);
        if (!_call(caller, time, abi.encodeCall(wallet.closeAuthorization, (currency, authorization)))) return;
        assert(round != 0);
        assert(either(_released(slot) == back, both(token.says(0), either(time >= end, round != ROUND))));
        assert(!_isSigned(digest, later));
    }

    /// @notice I14: only the one that the wallet was offered to accepts it. Afterwards no mandate is in force,
    /// and nothing is offered.
    function check_handOverLiftsMandate(address caller, uint256 time) external {
        _grant();
        address offered = wallet.pendingPrincipal();
        if (!_call(caller, time, abi.encodeCall(wallet.acceptHandOver, ()))) return;
        assert(both(caller == offered, wallet.principal() == caller));
        assert(both(wallet.pendingPrincipal() == address(0), wallet.mandateHash() == 0));
        (, uint64 epoch) = wallet.authority();
        assert(stop.says(epoch));
    }

    /* WHAT IS CALLED */

    /// @dev Any call that must not succeed within a payment.
    function _within(uint8 kind) private returns (bytes memory) {
        if (kind < 5) return _anyAction(kind);
        if (kind == 5) return _relayed(_any(IPayments.pay.selector, 4));
        if (kind == 6) return _any(IRequests.approveRequest.selector, 6);
        return bytes.concat(abi.encodePacked(IPreauthorizations.closeAuthorization.selector), _closing());
    }

    function _closing() private returns (bytes memory) {
        return bytes.concat(abi.encode(288), SVM.createBytes(256, "authorization"), abi.encode(3), bytes32("USD"));
    }

    /// @dev The target that the mandate lists.
    function _target(Terms memory terms) private returns (RecordingTarget target) {
        target = new RecordingTarget(token);
        SVM.enableSymbolicStorage(address(target));
        VM.assume(both(terms.target == address(target), terms.selector != target.recorded.selector));
    }

    /// @dev Gives the wallet any amount (wei).
    function _fund() private returns (uint256 held) {
        held = SVM.createUint(96, "held");
        VM.deal(address(wallet), held);
    }

    /* WHAT IS SEEN */

    function _isCalled(RecordingTarget target, uint256 before, uint256 value, bytes memory data) private view returns (bool) {
        RecordingTarget.Recorded memory recorded = target.recorded();
        bool once = both(recorded.count == before + 1, recorded.caller == address(wallet));
        return both(once, both(recorded.value == value, recorded.dataHash == keccak256(data)));
    }

    function _pending(bytes32 slot) private view returns (uint256) {
        return uint96(uint256(VM.load(address(wallet), bytes32(uint256(slot) + PENDING))));
    }

    function _released(bytes32 slot) private view returns (uint256) {
        return uint96(uint256(VM.load(address(wallet), bytes32(uint256(slot) + PENDING))) >> 96);
    }

    /// @dev End (exclusive) and round of an authorization in the mandate's currency.
    function _authorized(bytes32 digest) private view returns (uint256 end, uint256 round) {
        bytes32 place = keccak256(abi.encode(digest, keccak256(abi.encode(keccak256(bytes(currency)), AUTHORIZED))));
        uint256 word = uint256(VM.load(address(wallet), place));
        return (uint48(word >> 96), uint32(word >> 144));
    }

    /// @dev Whether the wallet accepts a hash with an empty signature.
    function _isSigned(bytes32 hash, uint256 time) private returns (bool) {
        VM.warp(time);
        try IERC1271(address(wallet)).isValidSignature(hash, "") returns (bytes4 answer) {
            return answer == IERC1271.isValidSignature.selector;
        } catch {
            return false;
        }
    }

    function _paidTo(address payee) private view returns (uint256) {
        bytes32 inside = keccak256(abi.encode(keccak256(bytes(currency)), PAID_TO));
        return uint256(VM.load(address(wallet), keccak256(abi.encode(payee, inside))));
    }
}
