// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Signers} from "../signatures/Signers.sol";
import {ERC3009} from "../signatures/ERC3009.sol";
import {MandateDecoder, Terms} from "../mandate/MandateDecoder.sol";
import {SpendLedger} from "../ledger/SpendLedger.sol";
import {Cheques} from "./Cheques.sol";

/// @title ChequeBooks
/// @notice Checks which EIP-3009 authorizations are valid cheques. It writes nothing: the token's record of
/// used nonces counts the cheques, and `ChequeReserve` has reserved their maximum from the limits.
abstract contract ChequeBooks is Cheques {
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
        if (!_hasRoom(terms, budget) || !_mayReceive(terms, budget, book, payee)) return false;

        bytes32 nonce = _chequeNonce(terms, token, period, words[5]);
        ERC3009.Transfer memory transfer = ERC3009.Transfer(payee, words[2], words[3], words[4], nonce);
        return digest == ERC3009.digest(token, bytes32(words[6]), bytes32(words[7]), false, transfer)
            && Signers.hasAgentSigned(terms.agentKey(), digest, encoded[256:]);
    }

    /// @dev Whether a cheque may pay this payee: one that is listed without terms of its own, or a stranger if the book
    /// allows it and there is room for strangers.
    function _mayReceive(
        Terms terms,
        MandateDecoder.BudgetAt budget,
        MandateDecoder.Book memory book,
        address payee
    ) private view returns (bool) {
        if (terms.isListed(budget, payee)) return true;
        (bool limited,,) = terms.limitedPayee(budget, payee);
        if (limited || !book.strangers || !_isStranger(terms, budget, payee)) return false;
        (, uint256 limit) = terms.strangerLimits(budget);
        SpendLedger.Ledger storage ledger = _strangerLedgers[terms.currency(budget)];
        return ledger.counted(ledger.tracksAt(block.timestamp)[0]) <= limit;
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
}
