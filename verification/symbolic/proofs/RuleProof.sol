// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ArgumentKind} from "../../../contracts/interfaces/IMandate.sol";
import {CallRules} from "../../../contracts/mandate/CallRules.sol";
import {Proof} from "./Proof.sol";

/// @title RuleProof
/// @notice A call rule accepts an argument if and only if it satisfies the rule, for all rules and arguments.
/// @dev Bounds: one argument, `OneOf` of two values. The wallet compares `ThisWallet` and `ListedPayee` itself.
contract RuleProof is Proof {
    using CallRules for bytes;

    /// @notice Compares as the wallet does, and reverts unless the rule accepts.
    function compare(bytes memory rule, bytes calldata data) external pure {
        CallRules.Cursor memory cursor = rule.begin(data.length);
        rule.next(cursor, 0, data);
        require(data.length == cursor.end);
    }

    /// @notice Any word, a clean address, an equal word, one of two, or at most the value.
    function check_argumentSatisfiesRule(uint8 kind, uint96 value, uint96 pull, uint256 word, uint256 first, uint256 second) external view {
        VM.assume(kind <= uint8(ArgumentKind.AtMost));
        bytes memory rule = abi.encodePacked(value, pull, uint8(1), kind, _values(kind, first, second));
        bool right = kind == uint8(ArgumentKind.Any);
        right = either(right, both(kind == uint8(ArgumentKind.AnyAddress), word < 1 << 160));
        right = either(right, both(kind == uint8(ArgumentKind.Equal), word == first));
        right = either(right, both(kind == uint8(ArgumentKind.OneOf), either(word == first, word == second)));
        right = either(right, both(kind == uint8(ArgumentKind.AtMost), word <= first));
        assert(_accepts(rule, abi.encodeWithSelector(this.compare.selector, word)) == right);
    }

    /// @notice Longer calldata is rejected, whatever it contains.
    function check_noDataAfterArgument(uint8 kind, uint256 word, uint256 first, uint256 second, uint256 further) external view {
        VM.assume(kind <= uint8(ArgumentKind.ListedPayee));
        bytes memory rule = abi.encodePacked(uint192(0), uint8(1), kind, _values(kind, first, second));
        assert(!_accepts(rule, abi.encodeWithSelector(this.compare.selector, word, further)));
    }

    /// @notice The limits that the wallet reads from a rule are those that were written.
    function check_limitsAreDecoded(uint96 value, uint96 pull, uint8 arguments) external pure {
        bytes memory rule = abi.encodePacked(value, pull, arguments);
        assert(both(rule.valueLimit() == value, rule.pullLimit() == pull));
    }

    function _accepts(bytes memory rule, bytes memory data) private view returns (bool accepted) {
        (accepted,) = address(this).staticcall(abi.encodeCall(this.compare, (rule, data)));
    }

    /// @dev Number of values, followed by the values.
    function _values(uint8 kind, uint256 first, uint256 second) private pure returns (bytes memory) {
        if (kind == uint8(ArgumentKind.OneOf)) return abi.encodePacked(uint8(2), first, second);
        bool one = kind == uint8(ArgumentKind.Equal) || kind == uint8(ArgumentKind.AtMost);
        return one ? abi.encodePacked(uint8(1), first) : abi.encodePacked(uint8(0));
    }
}
