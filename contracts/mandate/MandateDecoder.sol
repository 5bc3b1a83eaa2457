// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SSTORE2} from "solady/utils/SSTORE2.sol";

using MandateDecoder for Terms global;

/// @notice The *terms* of a mandate in memory: the part that every payment needs. The value is the offset of
/// their first byte; the word before it holds their length and the contract that they were read from.
///
///     48 bits empty | 48 bits length (bytes) | 160 bits pointer
type Terms is uint256;

/// @title MandateDecoder
/// @notice Reads a mandate from the code of a contract of its own. Code can't be changed, only another mandate set.
///
/// A payment reads it with one access to one account, which is cheaper than a storage slot per rule. Except for the
/// steps of a binary search, the cost doesn't depend on the length of the payee lists. Anyone can read it, and
/// compare the whole configuration of a wallet byte for byte with the signed mandate (I27).
///
///     head     principal 20 | epoch 8 | agentKey 20 | validFrom 6 | validUntil 6 | mandateHash 32
///              | tokens 1 | budgets 1 | calls 1 | firstCall 2 | chequeBooks 1 | maxRequests 1 | maxRequestAge 4
///              | operationLimit 12 | gasWindowLimit 12 | gasWidth 3 | maxAuthorizationAge 4
///     token    token 20 | budget 1 | multiplied 1 | scale 8
///     budget   currency 32 | paymentLimit 12 | lifetimeLimit 12 | windowLimit 12 | flags 1 | payees 2 | firstPayee 2
///              | limitedPayees 1 | firstLimitedPayee 2
///     book     token 20 | count 2 | limit 12 | period 4 | strangers 1
///     guard    guard 20, if there is one; then there are no books
///     limit    limit 12: budget after budget those of its further windows, then the strangers' payment limit and
///              window limit if it has them
///     call     target 20 | selector 4 | variant 1 | rule 2 | ruleLength 2, ascending
///     rule     token 1 | valueLimit 12 | pullLimit 12 | maxCalls 4 | width 3 | arguments 1
///              | gainToken 20, gain 12, per 12 if it has a floor | for each argument: kind 1 | values 1 | value 32 each
///     payee    payee 20, ascending within their budget; after each budget's payees follow its limited ones
///     limited  payee 20 | limit 12 | validUntil 6, ascending within their budget
///
/// Numbers after a name are its length in bytes. All integers are big-endian. `currency` is the keccak256 of the
/// currency's name. `gasWidth` and `width` are an eighth of the window of the gas terms or of the rule. The rule's
/// `token` is an index in the list of tokens. Flags share bytes with numbers: bit 7 of `chequeBooks` says whether
/// there is a guard; of `flags`, whether the budget has limits for strangers beside its number of further windows; of
/// a rule's `arguments`, whether it has a floor, and bit 6 whether its last argument is a `TailIn`. Window and
/// lifetime limits are the signed limits less the reserve of the cheque book (`ChequeReserve`): what remains for
/// on-chain charges.
///
/// `MandateEncoder` writes this layout.
library MandateDecoder {
    /// @notice Terms of a token, packed as in the code: address, budget index, `multiplied`, scale.
    type TokenTerms is uint256;

    /// @notice Offset of a budget in the terms (bytes). Its members are read when needed: a payment reads most
    /// of them once.
    type BudgetAt is uint256;

    /// @notice A cheque book as it is written. All zero: there is none.
    /// @param token Token that its cheques pay in.
    /// @param count Cheques per period.
    /// @param limit The most that one cheque may charge (budget units, inclusive).
    /// @param period Length of a period (seconds).
    /// @param strangers Whether cheques may pay strangers.
    struct Book {
        address token;
        uint16 count;
        uint96 limit;
        uint32 period;
        bool strangers;
    }

    /// @notice Lengths of sections and entries (bytes).
    uint256 internal constant HEAD = 134;
    uint256 internal constant TOKEN = 30;
    uint256 internal constant BUDGET = 76;
    uint256 internal constant BOOK = 39;
    uint256 internal constant GUARD = 20;
    uint256 internal constant LIMIT = 12;
    uint256 internal constant CALL = 29;
    uint256 internal constant PAYEE = 20;
    uint256 internal constant LIMITED_PAYEE = 38;
    /// @notice Up to this length (bytes) reading the whole mandate at once costs less than looking up payees
    /// one by one.
    uint256 internal constant INLINE_LIMIT = 1024;
    /// @notice Flag of mandates with a guard, of budgets with limits for strangers, and of rules with a floor.
    uint8 internal constant OPTIONAL = 128;
    /// @notice Flag of rules whose last argument is a `TailIn`.
    uint8 internal constant TAIL = 64;

    /* READ */

    /// @notice Reads the terms into memory.
    function load(address code, uint16 termsLength) internal view returns (Terms terms) {
        bytes memory data = SSTORE2.read(code, 0, termsLength);
        uint256 source = uint256(termsLength) << 160 | uint160(code);
        assembly ("memory-safe") {
            mstore(data, source)
            terms := add(data, 32)
        }
    }

    /// @notice Returns the contract that the mandate was read from.
    function pointer(Terms terms) internal pure returns (address) {
        return address(uint160(_source(terms)));
    }

    /// @notice Returns the principal that granted the mandate.
    function principal(Terms terms) internal pure returns (address) {
        return address(uint160(_word(terms, 0) >> 96));
    }

    /// @notice Returns the principal's epoch.
    function epoch(Terms terms) internal pure returns (uint64) {
        return uint64(_word(terms, 0) >> 32);
    }

    /// @notice Returns the agent key.
    function agentKey(Terms terms) internal pure returns (address) {
        return address(uint160(_word(terms, 28) >> 96));
    }

    /// @notice Returns the start of the mandate (unix seconds, inclusive).
    function validFrom(Terms terms) internal pure returns (uint48) {
        return uint48(_word(terms, 28) >> 48);
    }

    /// @notice Returns the end of the mandate (unix seconds, exclusive).
    function validUntil(Terms terms) internal pure returns (uint48) {
        return uint48(_word(terms, 28));
    }

    /// @notice Returns the EIP-712 struct hash of the mandate.
    function mandateHash(Terms terms) internal pure returns (bytes32) {
        return bytes32(_word(terms, 60));
    }

    /// @notice Returns the guard; zero if there is none.
    function guard(Terms terms) internal pure returns (address) {
        return isGuarded(terms) ? address(uint160(_word(terms, _bookAt(terms, 0)) >> 96)) : address(0);
    }

    /// @notice Whether there is a guard.
    function isGuarded(Terms terms) internal pure returns (bool) {
        return (_word(terms, 92) >> 208) & OPTIONAL != 0;
    }

    /// @notice Finds a token by linear search: there are at most 32.
    function findToken(Terms terms, address account) internal pure returns (bool found, TokenTerms tokenTerms) {
        // Here and below: offsets are at most the size of a contract, so nothing overflows.
        unchecked {
            uint256 end = HEAD + tokenCount(terms) * TOKEN;
            for (uint256 offset = HEAD; offset < end; offset += TOKEN) {
                uint256 word = _word(terms, offset);
                if (word >> 96 == uint160(account)) return (true, TokenTerms.wrap(word));
            }
        }
    }

    /// @notice Returns the budget that a token counts toward.
    function budgetOf(Terms terms, TokenTerms tokenTerms) internal pure returns (BudgetAt) {
        return budgetAt(terms, (TokenTerms.unwrap(tokenTerms) >> 88) & type(uint8).max);
    }

    /// @notice Finds the budget of a currency by linear search: there are at most four.
    /// @param name keccak256 of the currency's name.
    function findBudget(Terms terms, bytes32 name) internal pure returns (bool, BudgetAt) {
        uint256 count = budgetCount(terms);
        for (uint256 i = 0; i < count; ++i) {
            BudgetAt budget = budgetAt(terms, i);
            if (currency(terms, budget) == name) return (true, budget);
        }
        return (false, BudgetAt.wrap(0));
    }

    /* BUDGET */

    /// @notice Returns the keccak256 of the name of a budget's currency.
    function currency(Terms terms, BudgetAt budget) internal pure returns (bytes32) {
        return bytes32(_member(terms, budget, 0));
    }

    /// @notice Returns the most that one payment may charge (budget units, inclusive).
    function paymentLimit(Terms terms, BudgetAt budget) internal pure returns (uint256) {
        return _member(terms, budget, 32) >> 160;
    }

    /// @notice Returns the most that on-chain actions may ever charge (budget units, inclusive).
    function lifetimeLimit(Terms terms, BudgetAt budget) internal pure returns (uint256) {
        return _member(terms, budget, 44) >> 160;
    }

    /// @notice Returns the most that on-chain actions may charge in each window, the first window first (budget
    /// units, inclusive).
    function windowLimits(Terms terms, BudgetAt budget) internal pure returns (uint256[] memory limits) {
        uint256 word = _member(terms, budget, 44);
        uint256 further = (word >> 56) & (OPTIONAL - 1);
        // Not `new`, which clears the memory: a payment with one window would cost 200 gas more.
        assembly ("memory-safe") {
            limits := mload(0x40)
            mstore(0x40, add(limits, shl(5, add(further, 2))))
            mstore(limits, add(further, 1))
            mstore(add(limits, 32), and(shr(64, word), 0xffffffffffffffffffffffff))
        }
        if (further == 0) return limits;
        uint256 offset = _limitsAt(terms, budget);
        for (uint256 i = 1; i <= further; ++i) limits[i] = _word(terms, offset + (i - 1) * LIMIT) >> 160;
    }

    /// @dev Offset of a budget's further limits: they follow the cheque books or the guard, budget after budget.
    function _limitsAt(Terms terms, BudgetAt budget) private pure returns (uint256 offset) {
        offset = _bookAt(terms, bookCount(terms)) + (isGuarded(terms) ? GUARD : 0);
        BudgetAt other = budgetAt(terms, 0);
        while (BudgetAt.unwrap(other) != BudgetAt.unwrap(budget)) {
            offset += (furtherWindows(terms, other) + (allowsStrangers(terms, other) ? 2 : 0)) * LIMIT;
            other = BudgetAt.wrap(BudgetAt.unwrap(other) + BUDGET);
        }
    }

    /// @notice Returns how many windows a budget has besides the first.
    function furtherWindows(Terms terms, BudgetAt budget) internal pure returns (uint256) {
        return (_member(terms, budget, 44) >> 56) & (OPTIONAL - 1);
    }

    /// @notice Whether strangers may be paid from the budget.
    function allowsStrangers(Terms terms, BudgetAt budget) internal pure returns (bool) {
        return (_member(terms, budget, 44) >> 56) & OPTIONAL != 0;
    }

    /// @notice Returns the most that one payment to a stranger may charge, and the most that on-chain payments to all
    /// strangers may charge in the first window (budget units, inclusive). Zeros if the budget allows none.
    function strangerLimits(Terms terms, BudgetAt budget)
        internal
        pure
        returns (uint256 paymentLimit_, uint256 windowLimit)
    {
        if (!allowsStrangers(terms, budget)) return (0, 0);
        uint256 word = _word(terms, _limitsAt(terms, budget) + furtherWindows(terms, budget) * LIMIT);
        return (word >> 160, (word >> 64) & type(uint96).max);
    }

    /* PAYEES */

    /// @notice Whether a budget lists a payee without terms of its own, by binary search.
    function isListed(Terms terms, BudgetAt budget, address payee)
        internal
        view
        returns (bool found)
    {
        uint256 word = _member(terms, budget, 44);
        (found,) = _search(
            terms, uint160(payee), 96, (word >> 24) & type(uint16).max, (word >> 40) & type(uint16).max, PAYEE
        );
    }

    /// @notice Finds a payee's own terms by binary search.
    /// @return found Whether the budget lists the payee with terms of its own.
    /// @return limit The most that may ever be charged for payments to it (budget units, inclusive).
    /// @return end End of its terms (unix seconds, exclusive).
    function limitedPayee(Terms terms, BudgetAt budget, address payee)
        internal
        view
        returns (bool found, uint96 limit, uint48 end)
    {
        uint256 word = _member(terms, budget, 44);
        uint256 own;
        (found, own) = _search(terms, uint160(payee), 96, uint16(word), uint8(word >> 16), LIMITED_PAYEE);
        if (!found) return (false, 0, 0);
        own = _read(terms, own + PAYEE);
        (limit, end) = (uint96(own >> 160), uint48(own >> 112));
    }

    /* CALLS */

    /// @notice Finds a variant of a function's rule by binary search.
    function callRule(Terms terms, address target, bytes4 selector, uint8 variant)
        internal
        view
        returns (bool found, bytes memory rule)
    {
        uint256 word = _word(terms, 92);
        uint256 offset;
        uint256 key = (uint256(uint160(target)) << 32 | uint32(selector)) << 8 | variant;
        (found, offset) = _search(terms, key, 56, uint16(word >> 216), uint8(word >> 232), CALL);
        if (!found) return (false, rule);
        uint256 where = _read(terms, offset + 25);
        offset = uint16(where >> 240);
        rule = SSTORE2.read(pointer(terms), offset, offset + uint16(where >> 224));
    }

    /* CHEQUES AND REQUESTS */

    /// @notice Returns the cheque book of a budget; all zero if it has none.
    function chequeBook(Terms terms, BudgetAt budget) internal pure returns (Book memory book) {
        uint256 count = bookCount(terms);
        for (uint256 i = 0; i < count; ++i) {
            uint256 offset = _bookAt(terms, i);
            address paid = address(uint160(_word(terms, offset) >> 96));
            (, TokenTerms tokenTerms) = findToken(terms, paid);
            if (BudgetAt.unwrap(budgetOf(terms, tokenTerms)) != BudgetAt.unwrap(budget)) continue;
            uint256 word = _word(terms, offset + 20);
            return Book(
                paid, uint16(word >> 240), uint96(word >> 144), uint32(word >> 112), uint8(word >> 104) != 0
            );
        }
    }

    /// @notice Returns the number of cheque books.
    function bookCount(Terms terms) internal pure returns (uint256) {
        return (_word(terms, 92) >> 208) & (OPTIONAL - 1);
    }

    /// @notice Returns how many requests may be pending, and for how long (seconds).
    function requestTerms(Terms terms) internal pure returns (uint8 maxRequests, uint32 maxRequestAge) {
        uint256 word = _word(terms, 92);
        return (uint8(word >> 200), uint32(word >> 168));
    }

    /// @notice Returns the gas terms.
    /// @return perOperation The most that one user operation may cost (wei, inclusive).
    /// @return perWindow The most that all in a window may cost (wei, inclusive).
    /// @return width An eighth of the window (seconds).
    function gasTerms(Terms terms)
        internal
        pure
        returns (uint256 perOperation, uint256 perWindow, uint256 width)
    {
        uint256 word = _word(terms, 103);
        return (word >> 160, (word >> 64) & type(uint96).max, (word >> 40) & type(uint24).max);
    }

    /// @notice Returns how long a pre-authorization may be valid (seconds).
    function maxAuthorizationAge(Terms terms) internal pure returns (uint32) {
        return uint32(_word(terms, 103) >> 8);
    }

    /* TOKENS */

    /// @notice Returns the token's contract, or the native currency as named in ERC-7528.
    function token(TokenTerms tokenTerms) internal pure returns (address) {
        return address(uint160(TokenTerms.unwrap(tokenTerms) >> 96));
    }

    /// @notice Returns what an amount of a token charges its budget (budget units), rounded up.
    /// @param amount Amount (token base units), at most 128 bits, so that nothing here overflows.
    function charge(TokenTerms tokenTerms, uint128 amount) internal pure returns (uint256) {
        uint256 word = TokenTerms.unwrap(tokenTerms);
        uint256 scale = (word >> 16) & type(uint64).max;
        bool multiplied = (word >> 80) & type(uint8).max != 0;
        unchecked {
            return multiplied ? amount * scale : (amount + scale - 1) / scale;
        }
    }

    /// @notice Returns the token at an index of the list.
    function tokenAt(Terms terms, uint256 index) internal pure returns (address) {
        return token(tokenTermsAt(terms, index));
    }

    /// @notice Returns the terms of the token at an index of the list.
    function tokenTermsAt(Terms terms, uint256 index) internal pure returns (TokenTerms) {
        unchecked {
            return TokenTerms.wrap(_word(terms, HEAD + index * TOKEN));
        }
    }

    /// @notice Returns the number of tokens in all budgets.
    function tokenCount(Terms terms) internal pure returns (uint256) {
        return _word(terms, 92) >> 248;
    }

    /// @notice Returns the number of budgets.
    function budgetCount(Terms terms) internal pure returns (uint256) {
        return (_word(terms, 92) >> 240) & type(uint8).max;
    }

    /// @notice Returns the budget at an index of the list.
    function budgetAt(Terms terms, uint256 index) internal pure returns (BudgetAt) {
        unchecked {
            return BudgetAt.wrap(HEAD + tokenCount(terms) * TOKEN + index * BUDGET);
        }
    }

    function _bookAt(Terms terms, uint256 index) private pure returns (uint256) {
        return BudgetAt.unwrap(budgetAt(terms, budgetCount(terms))) + index * BOOK;
    }

    /* SEARCH */

    // Mask instead of casting: via-IR emits an internal call per cast.

    /// @dev Binary search among `count` entries of `size` bytes. Each begins with its key, which is what
    /// remains of a word shifted right by `shift`. Returns whether it was found, and the offset of the entry.
    function _search(
        Terms terms,
        uint256 key,
        uint256 shift,
        uint256 first,
        uint256 count,
        uint256 size
    ) private view returns (bool, uint256) {
        uint256 low = 0;
        uint256 high = count;
        unchecked {
            while (low < high) {
                uint256 middle = (low + high) / 2;
                uint256 offset = first + middle * size;
                uint256 listed = _read(terms, offset) >> shift;
                if (listed == key) return (true, offset);
                if (listed < key) low = middle + 1;
                else high = middle;
            }
        }
        return (false, 0);
    }

    /// @dev Reads 32 bytes of the mandate, from memory if the terms contain them. No entry crosses the end of
    /// the terms.
    function _read(Terms terms, uint256 offset) private view returns (uint256) {
        unchecked {
            if (offset < _source(terms) >> 160) return _word(terms, offset);
            return uint256(bytes32(SSTORE2.read(pointer(terms), offset, offset + 32)));
        }
    }

    /// @dev The word before the terms.
    function _source(Terms terms) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(sub(terms, 32))
        }
    }

    function _member(Terms terms, BudgetAt budget, uint256 offset) private pure returns (uint256) {
        unchecked {
            return _word(terms, BudgetAt.unwrap(budget) + offset);
        }
    }

    /// @dev Reads 32 bytes of the terms. Bytes read past their end are always shifted away.
    function _word(Terms terms, uint256 offset) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(terms, offset))
        }
    }
}
