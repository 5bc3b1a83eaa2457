// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IPayments} from "../../../contracts/interfaces/IPayments.sol";
import {IPreauthorizations} from "../../../contracts/interfaces/IPreauthorizations.sol";
import {IRequests} from "../../../contracts/interfaces/IRequests.sol";
import {WalletFixture} from "./WalletFixture.sol";
import {CallbackToken} from "./WalletDoubles.sol";

/// @title WalletActionsProof
/// @notice What actions do when they succeed: batches, pre-authorizations, payments in native currency, to
/// strangers and to payees with terms of their own, and approvals; and that no action runs within another. As in
/// `WalletProof`: one call, by any caller, at any time, from any state. Calls: see `CallProof`.
/// @custom:halmos --solver-timeout-branching 50ms
contract WalletActionsProof is WalletFixture {
    /// @notice Slots of a wallet (`toolchain/storage-layout.json`).
    uint256 private constant PAID_TO = 8;
    uint256 private constant REQUESTS = 10;
    uint256 private constant AUTHORIZED = 11;
    /// @notice Slot of a ledger's pending amount, relative to the ledger's own slot.
    uint256 private constant PENDING = 20;

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
        assert(authorization.validBefore <= time + terms.authorizationAge);
        assert(_counted(before.slot).spent == before.spent + amount * 10);
        assert(both(_pending(before.slot) == pending + amount * 10, token.count() == before.transfers));
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

    /// @notice I32: a payment to a payee that isn't listed is within the strangers' payment limit and counted in
    /// the strangers' ledger, whose window stays within its limit; besides the ledger of all payments (I1, I5).
    /// It goes to no forbidden address (I6). A payment to the listed payee isn't counted there.
    /// @custom:halmos --loop 12
    function check_strangersStayWithinTheirWindow(address caller, address payee, uint256 amount, uint256 time) external {
        strangers = true;
        Terms memory terms = _grant();
        Counted memory before = _counted(_placeCounter(time));
        bytes32 slot = _placeStrangerCounter(time);
        uint256 charged = uint96(uint256(VM.load(address(wallet), slot)));
        if (!_call(caller, time, abi.encodeCall(wallet.pay, (address(token), payee, amount, 0)))) return;
        assert(both(caller == terms.agentKey, both(_isTimely(terms, amount, time), _isPaid(before, payee, amount))));
        uint256 counter = uint256(VM.load(address(wallet), slot));
        if (payee == terms.payee) {
            assert(uint96(counter) == charged);
            return;
        }
        assert(both(amount * 10 <= terms.strangerLimit, uint96(counter) == charged + amount * 10));
        assert(uint96(counter) - uint96(counter >> 96) <= _strangerWindowLimit());
        assert(!_isForbidden(payee));
    }

    /// @notice I17, I31: an approval pays exactly the request in its slot of this round, once, before its end, while
    /// the mandate is valid and the agent live; and counts nothing. It names when the request was made. If it is
    /// signed, the signature also names the round.
    /// @dev By the principal itself, or by a signature of 65 bytes of a principal without code.
    function check_approvalPaysTheRequest(
        address caller,
        bool signed,
        uint8 slot,
        IRequests.Request memory request,
        uint48 askedAt,
        uint256 time
    ) external {
        Terms memory terms = _grant();
        _assumeOutside(wallet.principal());
        VM.assume(request.token == address(token));
        Counted memory before = _counted(_placeCounter(time));
        bytes32 place = keccak256(abi.encode(uint256(slot), keccak256(abi.encode(ROUND, REQUESTS))));
        bytes32 waiting = VM.load(address(wallet), place);
        bytes memory data = abi.encodeCall(wallet.approveRequest, (slot, request, askedAt));
        if (signed) data = _signedApproval(slot, request, askedAt);
        if (!_call(caller, time, data)) return;

        bytes32 kind = keccak256("Request(address token,address payee,uint256 amount,bytes32 ref,uint48 expiresAt)");
        bytes32 asked = (keccak256(abi.encode(kind, request)) >> 48) << 48 | bytes32(uint256(askedAt));
        assert(both(waiting == asked, VM.load(address(wallet), place) == 0));
        assert(both(time < request.expiresAt, both(time >= terms.validFrom, time < terms.validUntil)));
        assert(both(!stop.fails(), _isMoved(before, request.payee, request.amount)));
        assert(_counted(before.slot).spent == before.spent);
    }

    /// @notice I31: a signed approval names the round, the slot, and when the request was made.
    /// @dev A principal without code.
    function check_approvalIsSignedForItsRound(
        address caller,
        uint8 slot,
        IRequests.Request memory request,
        uint48 askedAt,
        uint256[2] memory terms,
        bytes32 r,
        bytes32 s,
        uint8 v,
        uint256 time
    ) external {
        _grant();
        address principal = wallet.principal();
        VM.assume(both(request.token == address(token), both(principal != address(0), principal.code.length == 0)));
        bytes memory signature = abi.encodePacked(r, s, v);
        bytes memory data = abi.encodeCall(wallet.approveRequestSigned, (slot, request, askedAt, terms[0], terms[1], signature));
        if (!_call(caller, time, data)) return;
        bytes32 kind = keccak256("Request(address token,address payee,uint256 amount,bytes32 ref,uint48 expiresAt)");
        bytes32 requestHash = keccak256(abi.encode(kind, request));
        kind = keccak256(
            "RequestApproval(uint32 round,uint8 slot,Request request,uint48 askedAt,uint256 nonce,uint256 deadline)Request(address token,address payee,uint256 amount,bytes32 ref,uint48 expiresAt)"
        );
        bytes32 hash = keccak256(abi.encode(kind, ROUND, slot, requestHash, askedAt, terms[0], terms[1]));
        assert(both(time <= terms[1], ecrecover(signedDigest("Peculium AgentWallet", address(wallet), hash), v, r, s) == principal));
    }

    function _signedApproval(uint8 slot, IRequests.Request memory request, uint48 askedAt) private returns (bytes memory) {
        (uint256 nonce, uint256 deadline) = (SVM.createUint(256, "nonce"), SVM.createUint(256, "deadline"));
        return abi.encodeCall(wallet.approveRequestSigned, (slot, request, askedAt, nonce, deadline, SVM.createBytes(65, "signature")));
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
        (, uint256 end, uint256 round) = _authorized(hash);
        assert(both(round == ROUND, time < end));
        assert(both(!stop.fails(), both(time >= terms.validFrom, time < terms.validUntil)));
    }

    /// @notice I3, I7, I29: a closed authorization is invalid. Its charge is subtracted only if the token reports that
    /// it wasn't settled, and it can't be settled any more: it has ended, or its round has. Then `spent` and what is
    /// pending fall by exactly the charge.
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
        (uint256 charge, uint256 end, uint256 round) = _authorized(digest);
        bytes32 slot = _placeOnlyCounter(time);
        Counted memory before = _counted(slot);
        uint256 pending = _pending(slot);
        IPreauthorizations.Authorization[] memory one = new IPreauthorizations.Authorization[](1);
        one[0] = authorization;
        if (!_call(caller, time, abi.encodeCall(wallet.closeAuthorizations, (keccak256(bytes(currency)), one)))) return;
        assert(both(round != 0, _pending(slot) == pending - charge));
        bool released = both(token.says(0), either(time >= end, round != ROUND));
        assert(_counted(slot).spent == before.spent - only(released, charge));
        assert(!_isSigned(digest, later));
    }

    /// @notice I14, I31: only the one that the wallet was offered to accepts it, in the offer's round and before its
    /// end. Afterwards no mandate is in force, nothing is offered, and the round has ended.
    function check_handOverLiftsMandate(address caller, uint256 time) external {
        _grant();
        // Nobody can call from zero.
        VM.assume(caller != address(0));
        uint256 offer = uint256(VM.load(address(wallet), bytes32(OFFER)));
        if (!_call(caller, time, abi.encodeCall(wallet.acceptHandOver, ()))) return;
        assert(both(caller == address(uint160(offer)), wallet.principal() == caller));
        assert(both(time <= uint48(offer >> 160), uint32(offer >> 208) == ROUND));
        assert(both(VM.load(address(wallet), bytes32(OFFER)) << 16 == 0, wallet.mandateHash() == 0));
        (, uint64 epoch) = wallet.authority();
        assert(both(stop.says(epoch), wallet.round() == ROUND + 1));
    }

    /// @notice I31: lifting and refusing everything end the round.
    function check_decisionsEndTheRound(address caller, bool lifting, uint256 time) external {
        _grant();
        address principal = wallet.principal();
        VM.assume(caller != address(wallet));
        bytes memory data = lifting ? abi.encodeCall(wallet.liftMandate, ()) : abi.encodeCall(wallet.refuseAll, ());
        if (!_call(caller, time, data)) return;
        assert(both(caller == principal, wallet.round() == ROUND + 1));
        assert(either(!lifting, wallet.mandateHash() == 0));
    }

    /* WHAT IS CALLED */

    /// @dev Any call that must not succeed within a payment.
    function _within(uint8 kind) private returns (bytes memory) {
        if (kind < 6) return _anyAction(kind);
        if (kind == 6) return _relayed(_any(IPayments.pay.selector, 4));
        if (kind == 7) return _any(IRequests.approveRequest.selector, 7);
        if (kind == 8) return abi.encodeCall(wallet.approveCall, (0, _anyCallRequest(), uint48(SVM.createUint(48, "askedAt"))));
        bytes memory closing = bytes.concat(SVM.createBytes(32, "currency"), abi.encode(64, 1), SVM.createBytes(288, "authorization"));
        return bytes.concat(abi.encodePacked(IPreauthorizations.closeAuthorizations.selector), closing);
    }

    /// @dev Gives the wallet any amount (wei).
    function _fund() private returns (uint256 held) {
        held = SVM.createUint(96, "held");
        VM.deal(address(wallet), held);
    }

    /* WHAT IS SEEN */

    function _isForbidden(address payee) private view returns (bool) {
        bool suite = either(payee == address(wallet), either(payee == address(registry), payee == address(stop)));
        suite = either(suite, either(payee == ENTRY_POINT, either(payee == WRITER, payee == implementation)));
        suite = either(suite, either(payee == mandateModule, either(payee == powersModule, payee == viewsModule)));
        return either(suite, either(payee == address(0), either(payee == address(token), payee == wallet.FACTORY())));
    }

    function _pending(bytes32 slot) private view returns (uint256) {
        return uint96(uint256(VM.load(address(wallet), bytes32(uint256(slot) + PENDING))));
    }

    /// @dev Charge, end (exclusive) and round of an authorization in the mandate's currency.
    function _authorized(bytes32 digest) private view returns (uint256 charge, uint256 end, uint256 round) {
        bytes32 place = keccak256(abi.encode(digest, keccak256(abi.encode(keccak256(bytes(currency)), AUTHORIZED))));
        uint256 word = uint256(VM.load(address(wallet), place));
        return (uint96(word), uint48(word >> 96), uint32(word >> 144));
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
