// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LibBytes} from "solady/utils/LibBytes.sol";
import {SSTORE2} from "solady/utils/SSTORE2.sol";

/// @title MandateDecoder
/// @notice A mandate as the code of a contract of its own: what was signed can't be changed afterwards, only replaced.
///
/// A payment reads it with one access to one account, cheaper than a storage slot per rule, and its cost doesn't depend on
/// how long the token and payee lists are but for the few steps of a binary search. It is also readable by anyone, so that
/// the whole configuration of a wallet can be compared byte for byte with the mandate that was signed (I27).
///
///     head     principal 20 | epoch 8 | agentKey 20 | validFrom 6 | validUntil 6 | mandateHash 32 | tokens 1 | budgets 1
///              | calls 1 | firstCall 2 | chequeBooks 1 | maxRequests 1 | maxRequestAge 4
///              | operationLimit 12 | gasWindowLimit 12 | gasWidth 3
///     token    token 20 | budget 1 | multiplied 1 | scale 8
///     budget   currency 32 | paymentLimit 12 | lifetimeLimit 12 | windowLimit 12 | flags 1 | payees 2 | firstPayee 2
///              | limitedPayees 1 | firstLimitedPayee 2
///     book     token 20 | count 2 | limit 12 | period 4
///     window   limit 12: those of each budget's further windows, budget after budget
///     call     target 20 | selector 4 | rule 2 | ruleLength 2, ascending
///     rule     valueLimit 12 | pullLimit 12 | arguments 1 | for each: kind 1 | values 1 | value 32 each
///     payee    payee 20, ascending within their budget
///     limited  payee 20 | limit 12 | validUntil 6, ascending within their budget
///
/// All integers are big-endian; numbers are bytes. `currency` is the keccak256 of the currency's name. `gasWidth` is an
/// eighth of the window of the gas terms. Of the flags, 128 is
/// `anyPayee` and the rest the number of further windows. The limits of windows and for life are those signed less what the
/// cheque book may take of them (`ChequeReserve`): what is left for everything that is charged on the chain.
///
/// This file reads; `MandateEncoder` writes.
library MandateDecoder {
    /// @notice How a token counts, and toward which budget, packed as in the code.
    type TokenTerms is uint256;

    /// @notice Where in the terms a budget begins. Its members are read when asked for: a payment needs most of them once.
    type BudgetAt is uint256;

    /// @notice A cheque book as it is written. All zero: there is none.
    /// @param token The token that its cheques are drawn in.
    /// @param count How many cheques there are in a period.
    /// @param limit The most that one cheque may charge (budget units, inclusive).
    /// @param period Seconds.
    struct Book {
        address token;
        uint16 count;
        uint96 limit;
        uint32 period;
    }

    /// @notice The lengths of the parts (bytes).
    uint256 internal constant HEAD = 130;
    uint256 internal constant TOKEN = 30;
    uint256 internal constant BUDGET = 76;
    uint256 internal constant BOOK = 38;
    uint256 internal constant WINDOW = 12;
    uint256 internal constant CALL = 28;
    uint256 internal constant PAYEE = 20;
    uint256 internal constant LIMITED_PAYEE = 38;
    /// @notice Up to this many bytes it is cheaper to read a mandate at once than to look up payees one by one.
    uint256 internal constant INLINE_LIMIT = 1024;
    /// @notice The flag of budgets that allow every payee.
    uint8 internal constant ANY_PAYEE = 128;

    /* READ */

    /// @notice Reads the part of a mandate that every payment needs: its *terms*, in memory.
    function load(address pointer, uint16 termsLength) internal view returns (bytes memory) {
        return SSTORE2.read(pointer, 0, termsLength);
    }

    /// @notice Who granted the mandate.
    function principal(bytes memory terms) internal pure returns (address) {
        return address(uint160(_word(terms, 0) >> 96));
    }

    /// @notice In which of the principal's epochs.
    function epoch(bytes memory terms) internal pure returns (uint64) {
        return uint64(_word(terms, 0) >> 32);
    }

    /// @notice The key that acts.
    function agentKey(bytes memory terms) internal pure returns (address) {
        return address(uint160(_word(terms, 28) >> 96));
    }

    /// @notice When the mandate begins (unix seconds, inclusive).
    function validFrom(bytes memory terms) internal pure returns (uint48) {
        return uint48(_word(terms, 28) >> 48);
    }

    /// @notice When the mandate ends (unix seconds, exclusive).
    function validUntil(bytes memory terms) internal pure returns (uint48) {
        return uint48(_word(terms, 28));
    }

    /// @notice The EIP-712 struct hash of the mandate.
    function mandateHash(bytes memory terms) internal pure returns (bytes32) {
        return bytes32(_word(terms, 60));
    }

    /// @notice Finds a token by linear search: there are at most a few dozen.
    function findToken(bytes memory terms, address token) internal pure returns (bool found, TokenTerms tokenTerms) {
        // Here and below: offsets are at most the size of a contract, so nothing overflows.
        unchecked {
            uint256 end = HEAD + tokenCount(terms) * TOKEN;
            for (uint256 offset = HEAD; offset < end; offset += TOKEN) {
                uint256 word = _word(terms, offset);
                if (word >> 96 == uint160(token)) return (true, TokenTerms.wrap(word));
            }
        }
    }

    /// @notice The budget that a token counts toward.
    function budgetOf(bytes memory terms, TokenTerms tokenTerms) internal pure returns (BudgetAt) {
        return budgetAt(terms, (TokenTerms.unwrap(tokenTerms) >> 88) & type(uint8).max);
    }

    /// @notice Finds a currency's budget by linear search: there are at most a few.
    function findBudget(bytes memory terms, bytes32 name) internal pure returns (bool, BudgetAt) {
        uint256 count = budgetCount(terms);
        for (uint256 i = 0; i < count; ++i) {
            BudgetAt budget = budgetAt(terms, i);
            if (currency(terms, budget) == name) return (true, budget);
        }
        return (false, BudgetAt.wrap(0));
    }

    /* BUDGET */

    /// @notice The keccak256 of a budget's currency.
    function currency(bytes memory terms, BudgetAt budget) internal pure returns (bytes32) {
        return bytes32(_member(terms, budget, 0));
    }

    /// @notice The most that one payment may charge (budget units).
    function paymentLimit(bytes memory terms, BudgetAt budget) internal pure returns (uint256) {
        return _member(terms, budget, 32) >> 160;
    }

    /// @notice The most that may ever be charged on the chain (budget units).
    function lifetimeLimit(bytes memory terms, BudgetAt budget) internal pure returns (uint256) {
        return _member(terms, budget, 44) >> 160;
    }

    /// @notice The most that may be charged on the chain in the first window (budget units).
    function windowLimit(bytes memory terms, BudgetAt budget) internal pure returns (uint256) {
        return (_member(terms, budget, 44) >> 64) & type(uint96).max;
    }

    /// @notice How many windows a budget has beside the first.
    function furtherWindows(bytes memory terms, BudgetAt budget) internal pure returns (uint256) {
        return (_member(terms, budget, 44) >> 56) & (ANY_PAYEE - 1);
    }

    /// @notice The most that may be charged on the chain in a further window (budget units).
    /// @param index From zero: the second window is 0.
    function furtherLimit(bytes memory terms, BudgetAt budget, uint256 index) internal pure returns (uint256) {
        // After the books come the windows of the budgets before this one.
        uint256 offset = _bookAt(terms, bookCount(terms)) + index * WINDOW;
        for (uint256 i = 0; i < budgetCount(terms); ++i) {
            BudgetAt other = budgetAt(terms, i);
            if (BudgetAt.unwrap(other) == BudgetAt.unwrap(budget)) break;
            offset += furtherWindows(terms, other) * WINDOW;
        }
        return _word(terms, offset) >> 160;
    }

    /// @notice Whether every payee is allowed.
    function anyPayee(bytes memory terms, BudgetAt budget) internal pure returns (bool) {
        return (_member(terms, budget, 44) >> 56) & ANY_PAYEE != 0;
    }

    /* PAYEES */

    /// @notice Whether a payee is in a budget's list of those without terms of their own, by binary search.
    /// @param pointer Where the mandate is; payees that aren't in memory with the terms are read from there.
    function isListed(bytes memory terms, BudgetAt budget, address payee, address pointer)
        internal
        view
        returns (bool found)
    {
        uint256 word = _member(terms, budget, 44);
        (found,) = _search(
            terms, uint160(payee), 96, (word >> 24) & type(uint16).max, (word >> 40) & type(uint16).max, PAYEE, pointer
        );
    }

    /// @notice The own terms of a payee, if it has any: limit (budget units) and end (unix seconds, exclusive).
    function limitedPayee(bytes memory terms, BudgetAt budget, address payee, address pointer)
        internal
        view
        returns (bool found, uint96 limit, uint48 end)
    {
        uint256 word = _member(terms, budget, 44);
        uint256 own;
        (found, own) =
            _search(terms, uint160(payee), 96, uint16(word), uint8(word >> 16), LIMITED_PAYEE, pointer);
        if (!found) return (false, 0, 0);
        own = _read(terms, own + PAYEE, pointer);
        (limit, end) = (uint96(own >> 160), uint48(own >> 112));
    }

    /* CALLS */

    /// @notice The rule of a function, by binary search; `found` is false if there is none.
    function callRule(bytes memory terms, address target, bytes4 selector, address pointer)
        internal
        view
        returns (bool found, bytes memory rule)
    {
        uint256 word = _word(terms, 92);
        uint256 offset;
        uint256 key = uint256(uint160(target)) << 32 | uint32(selector);
        (found, offset) = _search(terms, key, 64, uint16(word >> 216), uint8(word >> 232), CALL, pointer);
        if (!found) return (false, rule);
        uint256 where = _read(terms, offset + 24, pointer);
        offset = uint16(where >> 240);
        rule = SSTORE2.read(pointer, offset, offset + uint16(where >> 224));
    }

    /* CHEQUES AND REQUESTS */

    /// @notice The cheque book of a budget; all zero if it has none.
    function chequeBook(bytes memory terms, BudgetAt budget) internal pure returns (Book memory book) {
        uint256 count = bookCount(terms);
        for (uint256 i = 0; i < count; ++i) {
            uint256 offset = _bookAt(terms, i);
            address token = address(uint160(_word(terms, offset) >> 96));
            (, TokenTerms tokenTerms) = findToken(terms, token);
            if (BudgetAt.unwrap(budgetOf(terms, tokenTerms)) != BudgetAt.unwrap(budget)) continue;
            uint256 word = _word(terms, offset + 20);
            return Book(token, uint16(word >> 240), uint96(word >> 144), uint32(word >> 112));
        }
    }

    /// @notice How many cheque books there are.
    function bookCount(bytes memory terms) internal pure returns (uint256) {
        return uint8(_word(terms, 92) >> 208);
    }

    /// @notice How many requests may be pending, and for how long (seconds).
    function requestTerms(bytes memory terms) internal pure returns (uint8 maxRequests, uint32 maxRequestAge) {
        uint256 word = _word(terms, 92);
        return (uint8(word >> 200), uint32(word >> 168));
    }

    /// @notice What user operations may cost: one of them, all in a window (wei), and an eighth of the window (seconds).
    function gasTerms(bytes memory terms)
        internal
        pure
        returns (uint256 perOperation, uint256 perWindow, uint256 width)
    {
        uint256 word = _word(terms, 103);
        return (word >> 160, (word >> 64) & type(uint96).max, (word >> 40) & type(uint24).max);
    }

    /* TOKENS */

    /// @notice What an amount of a token counts for in its budget, rounded up against the agent.
    /// @param amount Token base units, at most 128 bits, so that nothing here overflows.
    function charge(TokenTerms tokenTerms, uint128 amount) internal pure returns (uint256) {
        uint256 word = TokenTerms.unwrap(tokenTerms);
        uint256 scale = (word >> 16) & type(uint64).max;
        bool multiplied = (word >> 80) & type(uint8).max != 0;
        unchecked {
            return multiplied ? amount * scale : (amount + scale - 1) / scale;
        }
    }

    /// @notice The token at an index of the list.
    function tokenAt(bytes memory terms, uint256 index) internal pure returns (address) {
        unchecked {
            return address(uint160(_word(terms, HEAD + index * TOKEN) >> 96));
        }
    }

    /// @notice How many tokens are listed, in all budgets.
    function tokenCount(bytes memory terms) internal pure returns (uint256) {
        return _word(terms, 92) >> 248;
    }

    /// @notice How many budgets there are.
    function budgetCount(bytes memory terms) internal pure returns (uint256) {
        return (_word(terms, 92) >> 240) & type(uint8).max;
    }

    /// @notice The budget at an index of the list.
    function budgetAt(bytes memory terms, uint256 index) internal pure returns (BudgetAt) {
        unchecked {
            return BudgetAt.wrap(HEAD + tokenCount(terms) * TOKEN + index * BUDGET);
        }
    }

    function _bookAt(bytes memory terms, uint256 index) private pure returns (uint256) {
        return BudgetAt.unwrap(budgetAt(terms, budgetCount(terms))) + index * BOOK;
    }

    /* SEARCH */

    // Here and above numbers are masked, not converted: a conversion is a call in what the compiler makes of it.

    /// @dev Binary search among `count` entries of `size` bytes that begin with their key, which is what a shift by `shift`
    /// leaves of a word. Returns where the entry is.
    function _search(
        bytes memory terms,
        uint256 key,
        uint256 shift,
        uint256 first,
        uint256 count,
        uint256 size,
        address pointer
    ) private view returns (bool, uint256) {
        uint256 low = 0;
        uint256 high = count;
        unchecked {
            while (low < high) {
                uint256 middle = (low + high) / 2;
                uint256 offset = first + middle * size;
                uint256 listed = _read(terms, offset, pointer) >> shift;
                if (listed == key) return (true, offset);
                if (listed < key) low = middle + 1;
                else high = middle;
            }
        }
        return (false, 0);
    }

    /// @dev 32 bytes of the mandate, from memory if they are there. Entries are never cut in two by the end of the terms.
    function _read(bytes memory terms, uint256 offset, address pointer) private view returns (uint256) {
        unchecked {
            if (offset < terms.length) return _word(terms, offset);
            return uint256(bytes32(SSTORE2.read(pointer, offset, offset + 32)));
        }
    }

    function _member(bytes memory terms, BudgetAt budget, uint256 offset) private pure returns (uint256) {
        unchecked {
            return _word(terms, BudgetAt.unwrap(budget) + offset);
        }
    }

    /// @dev 32 bytes of the terms. Their lengths are ours, so nothing is read past their end but what is shifted away.
    function _word(bytes memory terms, uint256 offset) private pure returns (uint256) {
        return uint256(LibBytes.load(terms, offset));
    }
}
