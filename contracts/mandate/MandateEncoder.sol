// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DynamicBufferLib} from "solady/utils/DynamicBufferLib.sol";
import {SSTORE2} from "solady/utils/SSTORE2.sol";
import {
    Argument,
    ArgumentKind,
    Budget,
    CallRule,
    ChequeBook,
    IMandate,
    LimitedPayee,
    Mandate,
    Powers,
    Token
} from "../interfaces/IMandate.sol";
import {ChequeReserve} from "../ledger/ChequeReserve.sol";
import {MandateDecoder} from "./MandateDecoder.sol";
import {SpendLedger} from "../ledger/SpendLedger.sol";

/// @title MandateEncoder
/// @notice Writes a mandate, checked by `MandateRules` and `PowerRules`, as code in the layout of
/// `MandateDecoder`.
library MandateEncoder {
    using DynamicBufferLib for DynamicBufferLib.DynamicBuffer;

    /// @dev The largest code of a contract, less the leading byte that keeps the data from being executed.
    uint256 private constant MAX_SIZE = 24_575;

    /// @notice Writes a mandate. Reverts with MandateTooLarge of `IMandate`.
    /// @return pointer Contract whose code holds it.
    /// @return termsLength Bytes that `MandateDecoder.load` reads: the whole mandate if it has at most
    /// `INLINE_LIMIT` bytes; otherwise everything before the call rules.
    function write(Mandate calldata mandate, bytes32 hash) internal returns (address pointer, uint16 termsLength) {
        bytes memory tokens = _encodeTokens(mandate.budgets);
        bytes memory middle =
            bytes.concat(_encodeBooks(mandate.powers.chequeBooks), _encodeGuard(mandate.guard), _encodeLimits(mandate));
        uint256 length =
            MandateDecoder.HEAD + tokens.length + MandateDecoder.BUDGET * mandate.budgets.length + middle.length;
        bytes memory calls = _encodeCalls(mandate, length);
        bytes memory code = bytes.concat(
            _encodeHead(mandate, hash, uint8(tokens.length / MandateDecoder.TOKEN), uint16(length)),
            tokens,
            _encodeBudgets(mandate, length + calls.length),
            middle,
            calls,
            _encodePayees(mandate.budgets)
        );
        require(code.length <= MAX_SIZE, IMandate.MandateTooLarge(code.length, MAX_SIZE));
        termsLength = uint16(code.length <= MandateDecoder.INLINE_LIMIT ? code.length : length);
        pointer = SSTORE2.write(code);
    }

    function _encodeHead(Mandate calldata mandate, bytes32 hash, uint8 tokens, uint16 firstCall)
        private
        pure
        returns (bytes memory)
    {
        Powers calldata powers = mandate.powers;
        return bytes.concat(
            abi.encodePacked(
                mandate.principal,
                mandate.epoch,
                mandate.agentKey,
                mandate.validFrom,
                mandate.validUntil,
                hash,
                tokens,
                uint8(mandate.budgets.length)
            ),
            abi.encodePacked(
                uint8(powers.calls.length),
                firstCall,
                mandate.guard == address(0) ? uint8(powers.chequeBooks.length) : MandateDecoder.OPTIONAL,
                powers.maxRequests,
                powers.maxRequestAge,
                powers.gasTerms.operationLimit,
                powers.gasTerms.windowLimit,
                // Exact: the length is a multiple of eight, and its eighth fits into 24 bits.
                uint24(powers.gasTerms.window / SpendLedger.BUCKETS),
                powers.maxAuthorizationAge
            )
        );
    }

    function _encodeGuard(address guard) private pure returns (bytes memory) {
        return guard == address(0) ? bytes("") : abi.encodePacked(guard);
    }

    function _encodeTokens(Budget[] calldata budgets) private pure returns (bytes memory) {
        DynamicBufferLib.DynamicBuffer memory code;
        for (uint256 i = 0; i < budgets.length; ++i) {
            for (uint256 j = 0; j < budgets[i].tokens.length; ++j) {
                code.p(_encodeToken(budgets[i].tokens[j], uint8(i), budgets[i].decimals));
            }
        }
        return code.data;
    }

    function _encodeToken(Token calldata token, uint8 index, uint8 unit) private pure returns (bytes memory) {
        bool multiplied = unit >= token.decimals;
        uint256 difference = multiplied ? unit - token.decimals : token.decimals - unit;
        // At most 18 decimals of difference, so the scale has at most 60 bits.
        return abi.encodePacked(token.token, index, multiplied, uint64(10 ** difference));
    }

    /* BUDGETS */

    /// @param firstPayee Offset of the first budget's payees (bytes).
    function _encodeBudgets(Mandate calldata mandate, uint256 firstPayee) private pure returns (bytes memory) {
        DynamicBufferLib.DynamicBuffer memory code;
        for (uint256 i = 0; i < mandate.budgets.length; ++i) {
            code.p(_encodeBudget(mandate, i, firstPayee));
            firstPayee += _payeesLength(mandate.budgets[i]);
        }
        return code.data;
    }

    function _encodeBudget(Mandate calldata mandate, uint256 index, uint256 firstPayee)
        private
        pure
        returns (bytes memory)
    {
        Budget calldata budget = mandate.budgets[index];
        uint8 flags = uint8(budget.windows.length - 1);
        if (budget.strangerPaymentLimit != 0) flags |= MandateDecoder.OPTIONAL;
        ChequeBook memory book = _bookOf(mandate, budget);
        return bytes.concat(
            abi.encodePacked(
                keccak256(bytes(budget.currency)),
                budget.paymentLimit,
                budget.lifetimeLimit - lifetimeReserve(mandate, book),
                budget.windows[0].limit - windowReserve(book, budget.windows[0].length),
                flags
            ),
            abi.encodePacked(
                uint16(budget.payees.length),
                // Above 65,535 the mandate is too large, and `write` reverts before the offset is ever read.
                uint16(firstPayee),
                uint8(budget.limitedPayees.length),
                uint16(firstPayee + MandateDecoder.PAYEE * budget.payees.length)
            )
        );
    }

    /// @notice Returns what a cheque book reserves of a window's limit (budget units); `PowerRules` has checked
    /// that it fits.
    function windowReserve(ChequeBook memory book, uint32 length) internal pure returns (uint96) {
        if (book.count == 0) return 0;
        return uint96(ChequeReserve.within(length, book.count, book.limit, book.period));
    }

    /// @notice Returns what a cheque book reserves of the lifetime limit (budget units).
    function lifetimeReserve(Mandate calldata mandate, ChequeBook memory book) internal pure returns (uint96) {
        if (book.count == 0) return 0;
        return uint96(
            ChequeReserve.between(mandate.validFrom, mandate.validUntil - 1, book.count, book.limit, book.period)
        );
    }

    function _bookOf(Mandate calldata mandate, Budget calldata budget) private pure returns (ChequeBook memory book) {
        ChequeBook[] calldata books = mandate.powers.chequeBooks;
        for (uint256 i = 0; i < books.length; ++i) {
            for (uint256 j = 0; j < budget.tokens.length; ++j) {
                if (budget.tokens[j].token == books[i].token) return books[i];
            }
        }
    }

    function _encodeBooks(ChequeBook[] calldata books) private pure returns (bytes memory) {
        DynamicBufferLib.DynamicBuffer memory code;
        for (uint256 i = 0; i < books.length; ++i) {
            ChequeBook calldata book = books[i];
            code.p(abi.encodePacked(book.token, book.count, book.limit, book.period, book.strangers));
        }
        return code.data;
    }

    /// @dev The limits of further windows and those for strangers.
    function _encodeLimits(Mandate calldata mandate) private pure returns (bytes memory) {
        DynamicBufferLib.DynamicBuffer memory code;
        for (uint256 i = 0; i < mandate.budgets.length; ++i) {
            Budget calldata budget = mandate.budgets[i];
            if (budget.windows.length == 1 && budget.strangerPaymentLimit == 0) continue;
            ChequeBook memory book = _bookOf(mandate, budget);
            for (uint256 j = 1; j < budget.windows.length; ++j) {
                code.p(abi.encodePacked(budget.windows[j].limit - windowReserve(book, budget.windows[j].length)));
            }
            if (budget.strangerPaymentLimit == 0) continue;
            uint96 reserve = book.strangers ? windowReserve(book, budget.windows[0].length) : 0;
            code.p(abi.encodePacked(budget.strangerPaymentLimit, budget.strangerWindowLimit - reserve));
        }
        return code.data;
    }

    /* PAYEES */

    function _payeesLength(Budget calldata budget) private pure returns (uint256) {
        return MandateDecoder.PAYEE * budget.payees.length + MandateDecoder.LIMITED_PAYEE * budget.limitedPayees.length;
    }

    function _encodePayees(Budget[] calldata budgets) private pure returns (bytes memory) {
        DynamicBufferLib.DynamicBuffer memory code;
        for (uint256 i = 0; i < budgets.length; ++i) {
            Budget calldata budget = budgets[i];
            for (uint256 j = 0; j < budget.payees.length; ++j) code.pAddress(budget.payees[j]);
            for (uint256 j = 0; j < budget.limitedPayees.length; ++j) {
                LimitedPayee calldata each = budget.limitedPayees[j];
                code.p(abi.encodePacked(each.payee, each.limit, each.validUntil));
            }
        }
        return code.data;
    }

    /* CALLS */

    /// @dev The index of the call rules, followed by the rules.
    /// @param offset Offset of the index (bytes).
    function _encodeCalls(Mandate calldata mandate, uint256 offset) private pure returns (bytes memory) {
        CallRule[] calldata calls = mandate.powers.calls;
        DynamicBufferLib.DynamicBuffer memory index;
        DynamicBufferLib.DynamicBuffer memory rules;
        offset += MandateDecoder.CALL * calls.length;
        for (uint256 i = 0; i < calls.length; ++i) {
            bytes memory rule = _encodeRule(calls[i], _tokenIndex(mandate.budgets, calls[i].token));
            uint16 start = uint16(offset + rules.data.length);
            index.p(abi.encodePacked(calls[i].target, calls[i].selector, calls[i].variant, start, uint16(rule.length)));
            rules.p(rule);
        }
        return bytes.concat(index.data, rules.data);
    }

    function _encodeRule(CallRule calldata call, uint8 token) private pure returns (bytes memory) {
        DynamicBufferLib.DynamicBuffer memory rule;
        uint8 count = uint8(call.arguments.length);
        if (count != 0 && call.arguments[count - 1].kind == ArgumentKind.TailIn) count |= MandateDecoder.TAIL;
        if (call.gain != 0) count |= MandateDecoder.OPTIONAL;
        // Exact: the length is a multiple of eight, and its eighth fits into 24 bits.
        uint24 width = uint24(call.window / SpendLedger.BUCKETS);
        rule.p(abi.encodePacked(token, call.valueLimit, call.pullLimit, call.maxCalls, width, count));
        if (call.gain != 0) rule.p(abi.encodePacked(call.gainToken, call.gain, call.per));
        for (uint256 i = 0; i < call.arguments.length; ++i) {
            Argument calldata argument = call.arguments[i];
            rule.p(abi.encodePacked(argument.kind, uint8(argument.values.length), argument.values));
        }
        return rule.data;
    }

    /// @dev Index of a token in the list of tokens; `PowerRules` has checked that it is listed.
    function _tokenIndex(Budget[] calldata budgets, address token) private pure returns (uint8 index) {
        for (uint256 i = 0; i < budgets.length; ++i) {
            for (uint256 j = 0; j < budgets[i].tokens.length; ++j) {
                if (budgets[i].tokens[j].token == token) return index;
                ++index;
            }
        }
    }
}
