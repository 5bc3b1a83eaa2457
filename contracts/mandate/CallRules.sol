// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LibBytes} from "solady/utils/LibBytes.sol";
import {ICalls} from "../interfaces/ICalls.sol";
import {ArgumentKind} from "../interfaces/IMandate.sol";

/// @title CallRules
/// @notice Compares calldata with a rule in the layout of `MandateDecoder`, word by word.
/// @dev Accepts only the encoding that Solidity itself produces.
library CallRules {
    /// @notice How far rule and calldata have been read.
    /// @param count Number of arguments.
    /// @param rule Offset in the rule of the next argument's rule (bytes).
    /// @param end Offset in the calldata where everything read so far ends (bytes): the next dynamic argument
    /// must start here.
    struct Cursor {
        uint256 count;
        uint256 rule;
        uint256 end;
    }

    uint256 private constant HEAD = 25;

    /// @notice Returns the most native currency that one call may send (wei, inclusive).
    function valueLimit(bytes memory rule) internal pure returns (uint96) {
        return uint96(_word(rule, 0) >> 160);
    }

    /// @notice Returns the most that may be pulled in one call (budget units, inclusive).
    function pullLimit(bytes memory rule) internal pure returns (uint96) {
        return uint96(_word(rule, 12) >> 160);
    }

    /// @notice Starts a comparison. Reverts with InvalidCalldataLength of `ICalls`.
    /// @param length Length of the calldata, selector included (bytes).
    function begin(bytes memory rule, uint256 length) internal pure returns (Cursor memory) {
        uint256 count = uint8(_word(rule, 24) >> 248);
        uint256 end = 4 + 32 * count;
        require(length >= end, ICalls.InvalidCalldataLength(length, end));
        return Cursor(count, HEAD, end);
    }

    /// @notice Compares the next argument. Reverts with InvalidCalldataLength, ArgumentRefused or
    /// PaddingNotZero of `ICalls` unless it satisfies its rule.
    /// @return kind What is required; the caller must check `ThisWallet` and `ListedPayee` itself.
    /// @return word The argument, or the offset of a dynamic one.
    function next(bytes memory rule, Cursor memory cursor, uint256 index, bytes calldata data)
        internal
        pure
        returns (ArgumentKind kind, bytes32 word)
    {
        kind = ArgumentKind(uint8(_word(rule, cursor.rule) >> 248));
        uint256 values = uint8(_word(rule, cursor.rule) >> 240);
        uint256 first = cursor.rule + 2;
        cursor.rule = first + 32 * values;
        word = bytes32(data[4 + 32 * index:]);
        if (kind >= ArgumentKind.AnyBytes) {
            require(uint256(word) == cursor.end - 4, ICalls.ArgumentRefused(index, word));
            cursor.end = _endOf(data, cursor.end, index, kind == ArgumentKind.AnyBytes);
            return (kind, word);
        }
        bool fits = true;
        if (kind == ArgumentKind.AnyAddress) fits = uint256(word) <= type(uint160).max;
        else if (kind == ArgumentKind.AtMost) fits = uint256(word) <= _word(rule, first);
        else if (values != 0) fits = _isOneOf(rule, first, values, word);
        require(fits, ICalls.ArgumentRefused(index, word));
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

    function _word(bytes memory rule, uint256 offset) private pure returns (uint256) {
        return uint256(LibBytes.load(rule, offset));
    }
}
