// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPreauthorizations} from "../interfaces/IPreauthorizations.sol";
import {ERC3009} from "../signatures/ERC3009.sol";
import {GuardCalls} from "../mandate/GuardCalls.sol";
import {MandateDecoder, Terms} from "../mandate/MandateDecoder.sol";
import {SpendLedger} from "../ledger/SpendLedger.sol";
import {Charging} from "./Charging.sol";

/// @title Preauthorizations
/// @notice Payments that someone else settles later. They are charged first, and pending in the ledger until
/// they are closed.
abstract contract Preauthorizations is IPreauthorizations, Charging {
    using SpendLedger for SpendLedger.Ledger;

    /// @dev Gas for calling a guard, besides what the guard gets.
    uint256 private constant CLOSE_OVERHEAD = 10_000;

    /// @dev Sums of charges (budget units) by what became of their authorizations: all, and those to strangers.
    struct Closing {
        uint96 settled;
        uint96 released;
        uint96 settledToStrangers;
        uint96 releasedToStrangers;
    }

    /// @dev What a guard learns of a closed authorization.
    struct Closed {
        address guard;
        uint96 charge;
        bool settled;
    }

    /* CHARGE */

    /// @inheritdoc IPreauthorizations
    function preauthorize(Authorization calldata authorization, bytes32 ref)
        external
        nonReentrant
        returns (bytes32 digest)
    {
        Terms terms = _termsForAgent();
        _requireAuthorizable(terms, authorization);
        (uint256 charge, PayeeKind kind) =
            _chargePayment(terms, authorization.token, authorization.payee, authorization.amount, ref, true);
        (, MandateDecoder.TokenTerms tokenTerms) = terms.findToken(authorization.token);
        bytes32 currency = terms.currency(terms.budgetOf(tokenTerms));
        digest = authorizationDigest(authorization);
        require(_authorized[currency][digest].round == 0, AuthorizationKnown(digest));
        // Fits: the ledger accepts at most 96 bits.
        _ledgers[currency].hold(uint96(charge));
        if (kind == PayeeKind.Stranger) _strangerLedgers[currency].hold(uint96(charge));
        _authorized[currency][digest] =
            Authorized(uint96(charge), uint48(authorization.validBefore), _round, kind, terms.isGuarded());
        if (terms.isGuarded() && _guards[_round] == address(0)) _guards[_round] = terms.guard();
        emit PaymentAuthorized(
            authorization.token, authorization.payee, ref, currency, digest, charge, authorization
        );
    }

    function _requireAuthorizable(Terms terms, Authorization calldata authorization) private view {
        address token = authorization.token;
        require(token != NATIVE, NotAuthorizable(token));
        uint256 end = authorization.validBefore;
        uint256 latest = _latestEnd(terms, token, authorization.payee);
        require(
            end > block.timestamp && end <= latest, InvalidAuthorizationEnd(end, block.timestamp, latest)
        );
        // The token must be able to tell later whether it was settled, and must still accept it.
        (bool readable, bool used) = ERC3009.isUsed(token, authorization.nonce);
        require(readable, AuthorizationStateUnreadable(token));
        require(!used, AuthorizationUsed(token, authorization.nonce));
    }

    /// @dev The latest end of an authorization (unix seconds): that of the mandate, of its `maxAuthorizationAge`, and of
    /// the payee's own terms.
    function _latestEnd(Terms terms, address token, address payee) private view returns (uint256 latest) {
        latest = Math.min(terms.validUntil(), block.timestamp + terms.maxAuthorizationAge());
        (bool found, MandateDecoder.TokenTerms tokenTerms) = terms.findToken(token);
        if (!found) return latest;
        (bool limited,, uint48 end) = terms.limitedPayee(terms.budgetOf(tokenTerms), payee);
        // Terms that have ended are refused when the payment is charged.
        if (limited && block.timestamp < end) latest = Math.min(latest, end);
    }

    /* CLOSE */

    /// @inheritdoc IPreauthorizations
    function closeAuthorizations(bytes32 currency, Authorization[] calldata authorizations) external nonReentrant {
        Closing memory sums;
        Closed[] memory closed = new Closed[](authorizations.length);
        for (uint256 i = 0; i < closed.length; ++i) closed[i] = _close(currency, authorizations[i], sums);
        SpendLedger.Ledger storage ledger = _ledgers[currency];
        if (sums.settled != 0) ledger.settle(sums.settled, block.timestamp);
        if (sums.released != 0) ledger.release(sums.released);
        ledger = _strangerLedgers[currency];
        if (sums.settledToStrangers != 0) ledger.settle(sums.settledToStrangers, block.timestamp);
        if (sums.releasedToStrangers != 0) ledger.release(sums.releasedToStrangers);
        for (uint256 i = 0; i < closed.length; ++i) if (closed[i].guard != address(0)) _notify(currency, closed[i]);
    }

    function _notify(bytes32 currency, Closed memory closed) private {
        // Whoever closes must not be able to make the guard miss it. The rest is for the call itself.
        _requireGas(GuardCalls.CLOSE_GAS + CLOSE_OVERHEAD);
        GuardCalls.notifyClosed(closed.guard, currency, closed.charge, closed.settled);
    }

    function _close(bytes32 currency, Authorization calldata authorization, Closing memory sums)
        private
        returns (Closed memory)
    {
        bytes32 digest = authorizationDigest(authorization);
        Authorized memory authorized = _authorized[currency][digest];
        require(authorized.round != 0, AuthorizationUnknown(digest));
        delete _authorized[currency][digest];
        bool settled = _isSettled(authorization, authorized, digest);
        uint96 charge = authorized.charge;
        if (settled) sums.settled += charge;
        else sums.released += charge;
        if (authorized.kind == PayeeKind.Stranger) {
            if (settled) sums.settledToStrangers += charge;
            else sums.releasedToStrangers += charge;
        } else if (authorized.kind == PayeeKind.Limited && !settled) {
            _paidTo[currency][authorization.payee] -= charge;
        }
        emit AuthorizationClosed(digest, charge, settled);
        return Closed(authorized.guarded ? _guards[authorized.round] : address(0), charge, settled);
    }

    function _isSettled(Authorization calldata authorization, Authorized memory authorized, bytes32 digest)
        private
        view
        returns (bool)
    {
        (bool readable, bool used) = ERC3009.isUsed(authorization.token, authorization.nonce);
        if (readable && used) return true;
        // Until then it can still be settled, even in the next transaction.
        require(
            block.timestamp >= authorized.validBefore || authorized.round != _round,
            AuthorizationOpen(digest, authorized.validBefore, block.timestamp)
        );
        // A token that doesn't report it may have settled it. Waiting for its answer would block the window
        // forever, also for later agent keys.
        return !readable;
    }

    /* READ */

    /// @dev Whether a digest was pre-authorized in the current round and hasn't ended.
    function _isAuthorized(Terms terms, bytes32 digest) internal view returns (bool) {
        for (uint256 i = 0; i < terms.budgetCount(); ++i) {
            Authorized storage authorized = _authorized[terms.currency(terms.budgetAt(i))][digest];
            if (authorized.round == _round) return block.timestamp < authorized.validBefore;
        }
        return false;
    }

    /// @inheritdoc IPreauthorizations
    function authorizationDigest(Authorization calldata authorization) public view returns (bytes32) {
        return ERC3009.digest(
            authorization.token,
            authorization.nameHash,
            authorization.versionHash,
            authorization.kind == AuthorizationKind.Receive,
            ERC3009.Transfer(
                authorization.payee,
                authorization.amount,
                authorization.validAfter,
                authorization.validBefore,
                authorization.nonce
            )
        );
    }

    /// @inheritdoc IPreauthorizations
    function pendingAuthorizations(string calldata currency) external view returns (uint256) {
        return _ledgers[keccak256(bytes(currency))].pending;
    }
}
