// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IChequeBooks} from "../interfaces/IChequeBooks.sol";
import {AgentKeys} from "../signatures/AgentKeys.sol";
import {ERC3009} from "../signatures/ERC3009.sol";
import {MandateDecoder, Terms} from "../mandate/MandateDecoder.sol";
import {SpendLedger} from "../ledger/SpendLedger.sol";
import {Preauthorizations} from "./Preauthorizations.sol";

/// @title ChequeBooks
/// @notice Checks which EIP-3009 authorizations are valid cheques. It writes nothing: the token's record of
/// used nonces counts the cheques, and `ChequeReserve` has reserved their maximum from the limits.
abstract contract ChequeBooks is IChequeBooks, Preauthorizations {
    using MandateDecoder for MandateDecoder.TokenTerms;
    using SpendLedger for SpendLedger.Ledger;

    /// @dev Whether a digest is that of a cheque that is valid now. The caller has checked that the mandate is
    /// in force and valid, and that the switch doesn't stop the agent.
    function _isCheque(Terms terms, bytes32 digest, bytes calldata encoded) internal view returns (bool) {
        if (encoded.length < 256) return false;
        // Decoded as words, which never reverts: a principal's signature may begin with the same four bytes.
        uint256[8] memory words = abi.decode(encoded[:256], (uint256[8]));
        if ((words[0] | words[1]) >> 160 != 0) return false;
        (address token, address payee) = (address(uint160(words[0])), address(uint160(words[1])));
        (bool found, MandateDecoder.TokenTerms tokenTerms) = terms.findToken(token);
        if (!found) return false;
        MandateDecoder.BudgetAt budget = terms.budgetOf(tokenTerms);
        MandateDecoder.Book memory book = terms.chequeBook(budget);
        if (book.token != token || words[5] >= book.count) return false;
        if (words[2] > type(uint128).max || tokenTerms.charge(uint128(words[2])) > book.limit) return false;
        uint256 period = block.timestamp / book.period;
        if (words[4] == 0 || (words[4] - 1) / book.period != period) return false;
        if (!_isUnlimitedPayee(terms, budget, payee) || !_hasRoom(terms, budget)) return false;

        bytes32 nonce = _chequeNonce(terms, token, period, words[5]);
        ERC3009.Transfer memory transfer = ERC3009.Transfer(payee, words[2], words[3], words[4], nonce);
        return digest == ERC3009.digest(token, bytes32(words[6]), bytes32(words[7]), transfer)
            && AgentKeys.hasSigned(terms.agentKey(), digest, encoded[256:]);
    }

    /// @dev Whether counted spending leaves the reserve for cheques. Spending under this mandate always does.
    /// Spending under an earlier one may not; then cheques are invalid until enough capacity has returned
    /// (I29).
    function _hasRoom(Terms terms, MandateDecoder.BudgetAt budget) private view returns (bool) {
        SpendLedger.Ledger storage ledger = _ledgers[terms.currency(budget)];
        if (ledger.lifetimeSpent() > terms.lifetimeLimit(budget)) return false;
        SpendLedger.Track[] memory tracks = ledger.tracksAt(block.timestamp);
        uint256[] memory limits = terms.windowLimits(budget);
        for (uint256 i = 0; i < tracks.length; ++i) {
            if (ledger.counted(tracks[i]) > limits[i]) return false;
        }
        return true;
    }

    /// @dev Contains the mandate hash, so cheques of one mandate are void under the next.
    function _chequeNonce(Terms terms, address token, uint256 period, uint256 slot)
        private
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(address(this), token, terms.mandateHash(), period, slot));
    }

    /* VIEWS */

    /// @inheritdoc IChequeBooks
    function chequeNonce(address token, uint256 period, uint256 slot) external view returns (bytes32) {
        return _chequeNonce(_termsInForce(), token, period, slot);
    }

    /// @inheritdoc IChequeBooks
    function chequesLeft(address token) public view returns (uint256 left) {
        Terms terms = _termsInForce();
        MandateDecoder.Book memory book = _book(terms, token);
        uint256 period = block.timestamp / book.period;
        for (uint256 i = 0; i < book.count; ++i) {
            (bool readable, bool used) = ERC3009.isUsed(token, _chequeNonce(terms, token, period, i));
            require(readable, AuthorizationStateUnreadable(token));
            if (!used) ++left;
        }
    }

    /// @inheritdoc IChequeBooks
    function chequesOutstanding(address token) external view returns (uint256) {
        return chequesLeft(token) * _book(_termsInForce(), token).limit;
    }

    /// @inheritdoc IChequeBooks
    function chequeBook(address token) external view returns (uint16, uint96, uint32) {
        MandateDecoder.Book memory book = _book(_termsInForce(), token);
        return (book.count, book.limit, book.period);
    }

    function _book(Terms terms, address token) private pure returns (MandateDecoder.Book memory book) {
        (bool found, MandateDecoder.TokenTerms tokenTerms) = terms.findToken(token);
        if (found) book = terms.chequeBook(terms.budgetOf(tokenTerms));
        require(found && book.token == token, NoChequeBook(token));
    }
}
