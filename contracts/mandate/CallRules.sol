// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LibBytes} from "solady/utils/LibBytes.sol";
import {ICalls} from "../interfaces/ICalls.sol";
import {ArgumentKind} from "../interfaces/IMandate.sol";
import {MandateDecoder} from "./MandateDecoder.sol";

/// @title CallRules
/// @notice Reads a call rule in the layout of `MandateDecoder`, and compares calldata with it, word by word.
/// @dev Accepts only the encoding that Solidity itself produces.
library CallRules {
    /// @notice A floor: the call must gain `gain / per` base units of `token` for each one that it charges. All zero:
    /// there is none.
    struct Floor {
        address token;
        uint96 gain;
        uint96 per;
    }

    /// @notice How far rule and calldata have been read.
    /// @param count Number of arguments that have a word in the calldata's head.
    /// @param rule Offset in the rule of the next argument's rule (bytes).
    /// @param end Offset in the calldata where everything read so far ends (bytes): the next dynamic argument
    /// must start here.
    struct Cursor {
        uint256 count;
        uint256 rule;
        uint256 end;
    }

    uint256 private constant HEAD = 33;
    uint256 private constant FLOOR = 44;

    /* TERMS */

    /// @notice Returns the index of the rule's token in the mandate's list of tokens.
    function tokenIndex(bytes memory rule) internal pure returns (uint256) {
        return _word(rule, 0) >> 248;
    }

    /// @notice Returns the most native currency that one call may send (wei, inclusive).
    function valueLimit(bytes memory rule) internal pure returns (uint96) {
        return uint96(_word(rule, 1) >> 160);
    }

    /// @notice Returns the most that may be pulled in one call (budget units, inclusive).
    function pullLimit(bytes memory rule) internal pure returns (uint96) {
        return uint96(_word(rule, 13) >> 160);
    }

    /// @notice Returns how often the function may be called in a window.
    /// @return maxCalls Number of calls.
    /// @return width An eighth of the window (seconds).
    function callLimit(bytes memory rule) internal pure returns (uint32 maxCalls, uint24 width) {
        uint256 word = _word(rule, 25);
        return (uint32(word >> 224), uint24(word >> 200));
    }

    /// @notice Returns the rule's floor.
    function floor(bytes memory rule) internal pure returns (Floor memory) {
        if (_flags(rule) & MandateDecoder.OPTIONAL == 0) return Floor(address(0), 0, 0);
        uint256 numbers = _word(rule, HEAD + 20);
        return Floor(address(uint160(_word(rule, HEAD) >> 96)), uint96(numbers >> 160), uint96(numbers >> 64));
    }

    /* ARGUMENTS */

    /// @notice Starts a comparison. Reverts with InvalidCalldataLength of `ICalls`.
    /// @param length Length of the calldata, selector included (bytes).
    function begin(bytes memory rule, uint256 length) internal pure returns (Cursor memory) {
        uint256 flags = _flags(rule);
        uint256 count = flags & (MandateDecoder.TAIL - 1);
        if (flags & MandateDecoder.TAIL != 0) --count;
        uint256 end = 4 + 32 * count;
        require(length >= end, ICalls.InvalidCalldataLength(length, end));
        return Cursor(count, flags & MandateDecoder.OPTIONAL == 0 ? HEAD : HEAD + FLOOR, end);
    }

    /// @notice Compares the next argument. Reverts with InvalidCalldataLength, ArgumentRefused or
    /// PaddingNotZero of `ICalls` unless it satisfies its rule.
    /// @return kind What is required; the caller must check `ThisWallet`, `ListedPayee` and `Charged` itself.
    /// @return word The argument, or the offset of a dynamic one.
    function next(bytes memory rule, Cursor memory cursor, uint256 index, bytes calldata data)
        internal
        pure
        returns (ArgumentKind kind, bytes32 word)
    {
        uint256 values;
        uint256 first;
        (kind, values, first) = _argument(rule, cursor);
        word = bytes32(data[4 + 32 * index:]);
        if (kind >= ArgumentKind.AnyBytes) {
            require(uint256(word) == cursor.end - 4, ICalls.ArgumentRefused(index, word));
            cursor.end = _endOf(data, cursor.end, index, kind == ArgumentKind.AnyBytes);
            return (kind, word);
        }
        bool fits = true;
        if (kind == ArgumentKind.AnyAddress) fits = uint256(word) <= type(uint160).max;
        else if (kind == ArgumentKind.AtMost) fits = uint256(word) <= _word(rule, first);
        else if (kind == ArgumentKind.AtLeast) fits = uint256(word) >= _word(rule, first);
        else if (values != 0) fits = _isOneOf(rule, first, values, word);
        require(fits, ICalls.ArgumentRefused(index, word));
    }

    /// @notice Ends a comparison: nothing may follow the arguments, or exactly one of the given tails. Reverts with
    /// InvalidCalldataLength or TailRefused of `ICalls`.
    function finish(bytes memory rule, Cursor memory cursor, bytes calldata data) internal pure {
        if (_flags(rule) & MandateDecoder.TAIL == 0) {
            require(data.length == cursor.end, ICalls.InvalidCalldataLength(data.length, cursor.end));
            return;
        }
        (, uint256 values, uint256 first) = _argument(rule, cursor);
        bytes32 tail = keccak256(data[cursor.end:]);
        require(_isOneOf(rule, first, values, tail), ICalls.TailRefused(tail));
    }

    /// @dev Reads the rule of the next argument: its kind, and the number and offset of its values.
    function _argument(bytes memory rule, Cursor memory cursor)
        private
        pure
        returns (ArgumentKind kind, uint256 values, uint256 first)
    {
        uint256 word = _word(rule, cursor.rule);
        (kind, values, first) = (ArgumentKind(uint8(word >> 248)), uint8(word >> 240), cursor.rule + 2);
        cursor.rule = first + 32 * values;
    }

    function _isOneOf(bytes memory rule, uint256 first, uint256 values, bytes32 word) private pure returns (bool) {
        for (uint256 i = 0; i < values; ++i) if (_word(rule, first + 32 * i) == uint256(word)) return true;
        return false;
    }

    /// @dev Offset where a dynamic argument ends whose length is at `start`.
    function _endOf(bytes calldata data, uint256 start, uint256 index, bool isBytes)
        private
        pure
        returns (uint256 end)
    {
        require(data.length >= start + 32, ICalls.InvalidCalldataLength(data.length, start + 32));
        uint256 length = uint256(bytes32(data[start:]));
        // Compared before it is multiplied, which could overflow.
        require(length <= data.length, ICalls.ArgumentRefused(index, bytes32(length)));
        uint256 words = isBytes ? (length + 31) / 32 : length;
        end = start + 32 + 32 * words;
        require(data.length >= end, ICalls.InvalidCalldataLength(data.length, end));
        if (!isBytes || length % 32 == 0) return end;
        uint256 last = uint256(bytes32(data[end - 32:]));
        require(last << 8 * (length % 32) == 0, ICalls.PaddingNotZero(index));
    }

    /// @dev Number of arguments, with the flags of floor and tail.
    function _flags(bytes memory rule) private pure returns (uint256) {
        return _word(rule, 32) >> 248;
    }

    function _word(bytes memory rule, uint256 offset) private pure returns (uint256) {
        return uint256(LibBytes.load(rule, offset));
    }
}
