// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SpendLedger} from "../ledger/SpendLedger.sol";
import {ERC3009} from "../signatures/ERC3009.sol";
import {MandateDecoder, Terms} from "../mandate/MandateDecoder.sol";
import {Cheques} from "./Cheques.sol";

/// @title ChequeCharges
/// @notice Charges the cheques of a mandate when it is replaced. The chain doesn't count a cheque when it is settled.
abstract contract ChequeCharges is Cheques {
    using SpendLedger for SpendLedger.Ledger;

    /// @dev The most cheques that are looked up one by one. Of more, all are charged.
    uint256 private constant MAX_LOOKUPS = 64;

    /// @dev The periods in which cheques can have been settled, and those of them that were.
    /// @param first First period.
    /// @param last Last period.
    /// @param used Cheques used in each period from the first on; empty if they are too many to look up.
    struct Settled {
        uint256 first;
        uint256 last;
        uint256[] used;
    }

    /// @dev Charges what cheques may have spent under the last mandate, from when it was set until it ended.
    function _chargeCheques(Terms terms) internal {
        uint256 start = terms.validFrom() > _setAt ? terms.validFrom() : _setAt;
        uint256 end = _inForce ? block.timestamp : _liftedAt;
        if (end >= terms.validUntil()) end = terms.validUntil() - 1;
        if (terms.bookCount() == 0 || end < start) return;
        for (uint256 i = 0; i < terms.budgetCount(); ++i) {
            MandateDecoder.BudgetAt budget = terms.budgetAt(i);
            MandateDecoder.Book memory book = terms.chequeBook(budget);
            if (book.count == 0) continue;
            Settled memory settled = _settled(terms, book, start / book.period, end / book.period);
            bytes32 currency = terms.currency(budget);
            _addCheques(_ledgers[currency], book, settled);
            if (book.strangers) _addCheques(_strangerLedgers[currency], book, settled);
        }
    }

    /// @dev Asks the token which cheques were used, if they are few. One that it doesn't report counts as used.
    function _settled(Terms terms, MandateDecoder.Book memory book, uint256 first, uint256 last)
        private
        view
        returns (Settled memory settled)
    {
        (settled.first, settled.last) = (first, last);
        if ((last - first + 1) * book.count > MAX_LOOKUPS) return settled;
        settled.used = new uint256[](last - first + 1);
        for (uint256 period = first; period <= last; ++period) {
            for (uint256 slot = 0; slot < book.count; ++slot) {
                (bool readable, bool used) =
                    ERC3009.isUsed(book.token, _chequeNonce(terms, book.token, period, slot));
                if (!readable || used) ++settled.used[period - first];
            }
        }
    }

    function _addCheques(SpendLedger.Ledger storage ledger, MandateDecoder.Book memory book, Settled memory settled)
        private
    {
        SpendLedger.Track[] memory tracks = ledger.tracksAt(block.timestamp);
        uint96[] memory recent = new uint96[](tracks.length);
        for (uint256 i = 0; i < recent.length; ++i) {
            recent[i] = uint96(_within(book, settled, tracks[i].width * SpendLedger.BUCKETS));
        }
        // All fit: `PowerRules` has checked that the reserve, which they don't exceed, is within limits of 96 bits.
        ledger.addRetroactively(uint96(_within(book, settled, block.timestamp)), recent, block.timestamp);
    }

    /// @dev What the cheques may have spent in the last `length` seconds (budget units), each in full. The amount of a
    /// cheque isn't known.
    function _within(MandateDecoder.Book memory book, Settled memory settled, uint256 length)
        private
        view
        returns (uint256)
    {
        // A cheque is settled in its period. Periods that ended before the interval began don't count.
        uint256 first = (block.timestamp - length) / book.period;
        if (first < settled.first) first = settled.first;
        if (first > settled.last) return 0;
        if (settled.used.length == 0) {
            return (settled.last - first + 1) * book.count * book.limit;
        }
        uint256 count = 0;
        for (uint256 period = first; period <= settled.last; ++period) count += settled.used[period - settled.first];
        return count * book.limit;
    }
}
