// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPreauthorizations} from "../interfaces/IPreauthorizations.sol";
import {ERC3009} from "../signatures/ERC3009.sol";
import {MandateDecoder, Terms} from "../mandate/MandateDecoder.sol";
import {SpendLedger} from "../ledger/SpendLedger.sol";
import {Charging} from "./Charging.sol";

/// @title Preauthorizations
/// @notice Payments that someone else settles later. They are charged first, and pending in the ledger until
/// they are closed.
abstract contract Preauthorizations is IPreauthorizations, Charging {
    using SpendLedger for SpendLedger.Ledger;

    /// @inheritdoc IPreauthorizations
    function preauthorize(Authorization calldata authorization, bytes32 ref)
        external
        nonReentrant
        returns (bytes32 digest)
    {
        Terms terms = _termsForAgent();
        (address token, address payee, uint256 amount) =
            (authorization.token, authorization.payee, authorization.amount);
        require(token != NATIVE, NotAuthorizable(token));
        uint256 end = authorization.validBefore;
        require(
            end > block.timestamp && end <= terms.validUntil(),
            InvalidAuthorizationEnd(end, block.timestamp, terms.validUntil())
        );
        uint256 charge = _chargePayment(terms, token, payee, amount);
        (, MandateDecoder.TokenTerms tokenTerms) = terms.findToken(token);
        bytes32 currency = terms.currency(terms.budgetOf(tokenTerms));
        digest = authorizationDigest(authorization);
        Authorized storage authorized = _authorized[currency][digest];
        require(authorized.round == 0, AuthorizationKnown(digest));
        // Fits: the ledger accepts at most 96 bits.
        _ledgers[currency].hold(uint96(charge));
        (authorized.charge, authorized.validBefore, authorized.round) = (uint96(charge), uint48(end), _round);
        emit PaymentAuthorized(token, payee, ref, digest, authorization.nonce, amount, charge, end);
    }

    /// @inheritdoc IPreauthorizations
    function closeAuthorization(string calldata currency, Authorization calldata authorization)
        external
        nonReentrant
    {
        bytes32 key = keccak256(bytes(currency));
        bytes32 digest = authorizationDigest(authorization);
        Authorized memory authorized = _authorized[key][digest];
        require(authorized.round != 0, AuthorizationUnknown(digest));
        (bool readable, bool settled) = ERC3009.isUsed(authorization.token, authorization.nonce);
        if (!readable || !settled) {
            // Until then it can still be settled, even in the next transaction.
            require(
                block.timestamp >= authorized.validBefore || authorized.round != _round,
                AuthorizationOpen(digest, authorized.validBefore, block.timestamp)
            );
            // A token that doesn't report it may have settled it. Waiting for its answer would block the window
            // forever, also for later agent keys.
            settled = !readable;
        }
        delete _authorized[key][digest];
        if (settled) _ledgers[key].settle(authorized.charge, block.timestamp);
        else _ledgers[key].release(authorized.charge, block.timestamp);
        emit AuthorizationClosed(digest, authorized.charge, settled);
    }

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
