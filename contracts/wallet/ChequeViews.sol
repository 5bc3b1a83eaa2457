// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IChequeBooks} from "../interfaces/IChequeBooks.sol";
import {ERC3009} from "../signatures/ERC3009.sol";
import {MandateDecoder, Terms} from "../mandate/MandateDecoder.sol";
import {Cheques} from "./Cheques.sol";

/// @title ChequeViews
/// @notice Views of a wallet's cheque books.
abstract contract ChequeViews is IChequeBooks, Cheques {
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
    function chequeBook(address token) external view returns (uint16, uint96, uint32, bool) {
        MandateDecoder.Book memory book = _book(_termsInForce(), token);
        return (book.count, book.limit, book.period, book.strangers);
    }

    function _book(Terms terms, address token) private pure returns (MandateDecoder.Book memory book) {
        (bool found, MandateDecoder.TokenTerms tokenTerms) = terms.findToken(token);
        if (found) book = terms.chequeBook(terms.budgetOf(tokenTerms));
        require(found && book.token == token, NoChequeBook(token));
    }
}
