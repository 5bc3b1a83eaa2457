// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DynamicBufferLib} from "solady/utils/DynamicBufferLib.sol";
import {LibBytes} from "solady/utils/LibBytes.sol";
import {SSTORE2} from "solady/utils/SSTORE2.sol";
import {Budget, Mandate, Token} from "../interfaces/IMandate.sol";

/// @title MandateCode
/// @notice A mandate as the code of a contract of its own: what was signed can't be changed afterwards, only replaced.
///
/// A payment reads it with one access to one account, cheaper than a storage slot per rule, and its cost doesn't depend on
/// how long the token and payee lists are but for the few steps of a binary search. It is also readable by anyone, so that
/// the whole configuration of a wallet can be compared byte for byte with the mandate that was signed (I27).
///
///     head     principal 20 | epoch 8 | agentKey 20 | validFrom 6 | validUntil 6 | mandateHash 32 | tokens 1 | budgets 1
///     token    token 20 | budget 1 | multiplied 1 | scale 8
///     budget   currency 32 | paymentLimit 12 | lifetimeLimit 12 | windowLimit 12 | anyPayee 1 | payees 2 | firstPayee 3
///     payee    payee 20, ascending within their budget
///
/// All integers are big-endian; numbers are bytes. `currency` is the keccak256 of the currency's name.
library MandateCode {
    using DynamicBufferLib for DynamicBufferLib.DynamicBuffer;

    /// @notice How a token counts, and toward which budget, packed as in the code.
    type TokenTerms is uint256;

    /// @notice Where in the terms a budget begins. Its members are read when asked for: a payment needs most of them once.
    type BudgetAt is uint256;

    uint256 private constant HEAD = 94;
    uint256 private constant TOKEN = 30;
    uint256 private constant BUDGET = 74;
    uint256 private constant PAYEE = 20;
    /// @dev Up to this many bytes it is cheaper to read a mandate at once than to look up payees one by one.
    uint256 private constant RESIDENT = 1024;

    /* WRITE */

    /// @notice Writes a mandate, checked by `MandateRules`, as code.
    /// @return pointer The contract that holds it.
    /// @return termsLength How many bytes `load` reads: head, tokens and budgets, and payees too if all fits into `RESIDENT`.
    function write(Mandate calldata mandate, bytes32 hash) internal returns (address pointer, uint16 termsLength) {
        Budget[] calldata budgets = mandate.budgets;
        bytes memory tokens;
        for (uint256 i = 0; i < budgets.length; ++i) tokens = _appendTokens(tokens, budgets[i], uint8(i));
        uint256 length = HEAD + tokens.length + BUDGET * budgets.length;

        DynamicBufferLib.DynamicBuffer memory code;
        code.p(_encodeHead(mandate, hash, uint8(tokens.length / TOKEN)), tokens);
        uint256 firstPayee = length;
        for (uint256 i = 0; i < budgets.length; ++i) {
            code.p(_encodeBudget(budgets[i], uint24(firstPayee)));
            firstPayee += PAYEE * budgets[i].payees.length;
        }
        for (uint256 i = 0; i < budgets.length; ++i) {
            address[] calldata payees = budgets[i].payees;
            for (uint256 j = 0; j < payees.length; ++j) code.pAddress(payees[j]);
        }
        termsLength = uint16(code.data.length <= RESIDENT ? code.data.length : length);
        pointer = SSTORE2.write(code.data);
    }

    function _encodeHead(Mandate calldata mandate, bytes32 hash, uint8 tokenCount)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(
            mandate.principal,
            mandate.epoch,
            mandate.agentKey,
            mandate.validFrom,
            mandate.validUntil,
            hash,
            tokenCount,
            uint8(mandate.budgets.length)
        );
    }

    function _appendTokens(bytes memory tokens, Budget calldata budget, uint8 index)
        private
        pure
        returns (bytes memory)
    {
        uint8 unit = budget.decimals;
        for (uint256 i = 0; i < budget.tokens.length; ++i) {
            Token calldata token = budget.tokens[i];
            bool multiplied = unit >= token.decimals;
            uint256 difference = multiplied ? unit - token.decimals : token.decimals - unit;
            // At most 18 decimals apart, so the scale has at most 60 bits.
            tokens = abi.encodePacked(tokens, token.token, index, multiplied, uint64(10 ** difference));
        }
        return tokens;
    }

    function _encodeBudget(Budget calldata budget, uint24 firstPayee) private pure returns (bytes memory) {
        return abi.encodePacked(
            keccak256(bytes(budget.currency)),
            budget.paymentLimit,
            budget.lifetimeLimit,
            budget.windows[0].limit,
            budget.anyPayee,
            uint16(budget.payees.length),
            firstPayee
        );
    }

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
            uint256 end = HEAD + _tokenCount(terms) * TOKEN;
            for (uint256 offset = HEAD; offset < end; offset += TOKEN) {
                uint256 word = _word(terms, offset);
                if (address(uint160(word >> 96)) == token) return (true, TokenTerms.wrap(word));
            }
        }
    }

    /// @notice The budget that a token counts toward.
    function budgetOf(bytes memory terms, TokenTerms tokenTerms) internal pure returns (BudgetAt) {
        return _budgetAt(terms, uint8(TokenTerms.unwrap(tokenTerms) >> 88));
    }

    /// @notice Finds a currency's budget by linear search: there are at most a few.
    function findBudget(bytes memory terms, bytes32 name) internal pure returns (bool, BudgetAt) {
        uint256 count = uint8(_word(terms, 92) >> 240);
        for (uint256 i = 0; i < count; ++i) {
            BudgetAt budget = _budgetAt(terms, i);
            if (currency(terms, budget) == name) return (true, budget);
        }
        return (false, BudgetAt.wrap(0));
    }

    /// @notice The keccak256 of a budget's currency.
    function currency(bytes memory terms, BudgetAt budget) internal pure returns (bytes32) {
        return bytes32(_word(terms, BudgetAt.unwrap(budget)));
    }

    /// @notice The most that one payment may charge (budget units).
    function paymentLimit(bytes memory terms, BudgetAt budget) internal pure returns (uint96) {
        return uint96(_member(terms, budget, 32) >> 160);
    }

    /// @notice The most that may ever be charged (budget units).
    function lifetimeLimit(bytes memory terms, BudgetAt budget) internal pure returns (uint96) {
        return uint96(_member(terms, budget, 32) >> 64);
    }

    /// @notice The most that may be charged in any window (budget units).
    function windowLimit(bytes memory terms, BudgetAt budget) internal pure returns (uint96) {
        // The six bytes behind it are the last ones of this word.
        return uint96(_member(terms, budget, 42) >> 48);
    }

    /// @notice Whether every payee is allowed.
    function anyPayee(bytes memory terms, BudgetAt budget) internal pure returns (bool) {
        return uint8(_member(terms, budget, 42) >> 40) != 0;
    }

    /// @notice Whether a payee is in a budget's list, by binary search.
    /// @param pointer Where the mandate is; payees that aren't in memory with the terms are read from there.
    function isListed(bytes memory terms, BudgetAt budget, address payee, address pointer)
        internal
        view
        returns (bool)
    {
        uint256 word = _member(terms, budget, 42);
        uint256 firstPayee = uint24(word);
        uint256 low = 0;
        uint256 high = uint16(word >> 24);
        unchecked {
            while (low < high) {
                uint256 middle = (low + high) / 2;
                address listed = _payeeAt(terms, firstPayee + middle * PAYEE, pointer);
                if (listed == payee) return true;
                if (listed < payee) low = middle + 1;
                else high = middle;
            }
        }
        return false;
    }

    function _payeeAt(bytes memory terms, uint256 offset, address pointer) private view returns (address) {
        unchecked {
            if (offset < terms.length) return address(uint160(_word(terms, offset) >> 96));
            return address(bytes20(SSTORE2.read(pointer, offset, offset + PAYEE)));
        }
    }

    /// @notice What an amount of a token counts for in its budget, rounded up against the agent.
    /// @param amount Token base units, at most 128 bits, so that nothing here overflows.
    function charge(TokenTerms tokenTerms, uint128 amount) internal pure returns (uint256) {
        uint256 word = TokenTerms.unwrap(tokenTerms);
        uint256 scale = uint64(word >> 16);
        bool multiplied = uint8(word >> 80) != 0;
        unchecked {
            return multiplied ? amount * scale : (amount + scale - 1) / scale;
        }
    }

    function _tokenCount(bytes memory terms) private pure returns (uint256) {
        return uint8(_word(terms, 92) >> 248);
    }

    function _budgetAt(bytes memory terms, uint256 index) private pure returns (BudgetAt) {
        unchecked {
            return BudgetAt.wrap(HEAD + _tokenCount(terms) * TOKEN + index * BUDGET);
        }
    }

    function _member(bytes memory terms, BudgetAt budget, uint256 offset) private pure returns (uint256) {
        unchecked {
            return _word(terms, BudgetAt.unwrap(budget) + offset);
        }
    }

    /// @dev 32 bytes of the terms. Their lengths are ours, so nothing is read past their end but zeros.
    function _word(bytes memory terms, uint256 offset) private pure returns (uint256) {
        return uint256(LibBytes.load(terms, offset));
    }
}
