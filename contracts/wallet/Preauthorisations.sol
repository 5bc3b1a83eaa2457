// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPreauthorisations} from "../interfaces/IPreauthorisations.sol";
import {ERC3009} from "../libraries/ERC3009.sol";
import {MandateCode} from "../libraries/MandateCode.sol";
import {SpendLedger} from "../libraries/SpendLedger.sol";
import {Charging} from "./Charging.sol";

/// @title Preauthorisations
/// @notice Payments that someone else settles later: charged first, held in the ledger until it is known what became of them.
abstract contract Preauthorisations is IPreauthorisations, Charging {
    using MandateCode for bytes;
    using SpendLedger for SpendLedger.Ledger;

    /// @inheritdoc IPreauthorisations
    function preauthorise(Authorisation calldata authorisation, bytes32 ref)
        external
        nonReentrant
        returns (bytes32 digest)
    {
        bytes memory terms = _termsForAgent();
        (address token, address payee, uint256 amount) =
            (authorisation.token, authorisation.payee, authorisation.amount);
        require(token != NATIVE, NotAuthorisable(token));
        uint256 end = authorisation.validBefore;
        require(
            end > block.timestamp && end <= terms.validUntil(),
            AuthorisationEndRefused(end, block.timestamp, terms.validUntil())
        );
        uint256 charge = _chargePayment(terms, token, payee, amount);
        (, MandateCode.TokenTerms tokenTerms) = terms.findToken(token);
        bytes32 currency = terms.currency(terms.budgetOf(tokenTerms));
        digest = authorisationDigest(authorisation);
        Authorised storage authorised = _authorised[currency][digest];
        require(authorised.round == 0, AuthorisationKnown(digest));
        // Fits: what the ledger accepts has 96 bits.
        _ledgers[currency].hold(uint96(charge));
        (authorised.charge, authorised.validBefore, authorised.round) = (uint96(charge), uint48(end), _round);
        emit PaymentAuthorised(token, payee, ref, digest, authorisation.nonce, amount, charge, end);
    }

    /// @inheritdoc IPreauthorisations
    function closeAuthorisation(string calldata currency, Authorisation calldata authorisation)
        external
        nonReentrant
    {
        bytes32 key = keccak256(bytes(currency));
        bytes32 digest = authorisationDigest(authorisation);
        Authorised memory authorised = _authorised[key][digest];
        require(authorised.round != 0, AuthorisationUnknown(digest));
        (bool readable, bool settled) = ERC3009.isUsed(authorisation.token, authorisation.nonce);
        if (!readable || !settled) {
            // Before that it may be settled still, in the very next transaction.
            require(
                block.timestamp >= authorised.validBefore || authorised.round != _round,
                AuthorisationOpen(digest, authorised.validBefore, block.timestamp)
            );
            // What a token doesn't tell may have happened. To wait for its word would lock the window for ever, for later keys too.
            settled = !readable;
        }
        delete _authorised[key][digest];
        if (settled) _ledgers[key].settle(authorised.charge, block.timestamp);
        else _ledgers[key].giveBack(authorised.charge, block.timestamp);
        emit AuthorisationClosed(digest, authorised.charge, settled);
    }

    /// @dev Whether a digest was pre-authorised in the present round and hasn't ended.
    function _isAuthorised(bytes memory terms, bytes32 digest) internal view returns (bool) {
        for (uint256 i = 0; i < terms.budgetCount(); ++i) {
            Authorised storage authorised = _authorised[terms.currency(terms.budgetAt(i))][digest];
            if (authorised.round == _round) return block.timestamp < authorised.validBefore;
        }
        return false;
    }

    /// @inheritdoc IPreauthorisations
    function authorisationDigest(Authorisation calldata authorisation) public view returns (bytes32) {
        return ERC3009.digest(
            authorisation.token,
            authorisation.nameHash,
            authorisation.versionHash,
            ERC3009.Transfer(
                authorisation.payee,
                authorisation.amount,
                authorisation.validAfter,
                authorisation.validBefore,
                authorisation.nonce
            )
        );
    }

    /// @inheritdoc IPreauthorisations
    function pendingAuthorisations(string calldata currency) external view returns (uint256) {
        return _ledgers[keccak256(bytes(currency))].pending;
    }
}
