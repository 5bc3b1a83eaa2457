// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ArgumentKind} from "../../../contracts/interfaces/IMandate.sol";
import {CallRules} from "../../../contracts/mandate/CallRules.sol";
import {MandateDecoder} from "../../../contracts/mandate/MandateDecoder.sol";
import {Proof} from "./Proof.sol";

/// @title RuleProof
/// @notice A call rule accepts an argument if and only if it satisfies the rule, for all rules and arguments.
/// @dev Bounds: one argument, `OneOf` and `TailIn` of two values, tails of one word. The wallet compares
/// `ThisWallet` and `ListedPayee` itself, and charges `Charged`.
contract RuleProof is Proof {
    using CallRules for bytes;

    /// @notice Compares as the wallet does, and reverts unless the rule accepts.
    function compare(bytes memory rule, bytes calldata data) external pure {
        CallRules.Cursor memory cursor = rule.begin(data.length);
        for (uint256 i = 0; i < cursor.count; ++i) rule.next(cursor, i, data);
        rule.finish(cursor, data);
    }

    /// @notice Any word, a clean address, an equal word, one of two, at most or at least the value.
    function check_argumentSatisfiesRule(uint8 kind, bool floor, bytes32 limits, uint256 word, uint256 first, uint256 second) external view {
        VM.assume(kind <= uint8(ArgumentKind.AtLeast));
        bytes memory rule = _rule(limits, floor, 1, kind, _values(kind, first, second));
        bool right = kind == uint8(ArgumentKind.Any);
        right = either(right, both(kind == uint8(ArgumentKind.AnyAddress), word < 1 << 160));
        right = either(right, both(kind == uint8(ArgumentKind.Equal), word == first));
        right = either(right, both(kind == uint8(ArgumentKind.OneOf), either(word == first, word == second)));
        right = either(right, both(kind == uint8(ArgumentKind.AtMost), word <= first));
        right = either(right, both(kind == uint8(ArgumentKind.AtLeast), word >= first));
        assert(_accepts(rule, abi.encodeWithSelector(this.compare.selector, word)) == right);
    }

    /// @notice Longer calldata is rejected, whatever it contains.
    function check_noDataAfterArgument(uint8 kind, uint256 word, uint256 first, uint256 second, uint256 further) external view {
        VM.assume(kind <= uint8(ArgumentKind.Charged));
        bytes memory rule = _rule(0, false, 1, kind, _values(kind, first, second));
        assert(!_accepts(rule, abi.encodeWithSelector(this.compare.selector, word, further)));
    }

    /// @notice A tail is accepted if and only if its hash is one of the given ones.
    function check_tailIsOneOfTheGiven(bool floor, uint256 tail, bytes32 first, bytes32 second) external view {
        bytes memory values = abi.encodePacked(uint8(2), first, second);
        bytes memory rule = _rule(0, floor, 1 | MandateDecoder.TAIL, uint8(ArgumentKind.TailIn), values);
        bytes32 hash = keccak256(abi.encode(tail));
        assert(_accepts(rule, abi.encodeWithSelector(this.compare.selector, tail)) == either(hash == first, hash == second));
    }

    /// @notice The terms that the wallet reads from a rule are those that were written.
    function check_termsAreDecoded(bytes32 limits, uint8 arguments, address gainToken, uint96 gain, uint96 per) external pure {
        bytes memory rule = abi.encodePacked(limits, arguments, gainToken, gain, per);
        (uint32 maxCalls, uint24 width) = rule.callLimit();
        assert(bytes32(abi.encodePacked(uint8(rule.tokenIndex()), rule.valueLimit(), rule.pullLimit(), maxCalls, width)) == limits);
        CallRules.Floor memory floor = rule.floor();
        if (arguments < MandateDecoder.OPTIONAL) assert(both(floor.token == address(0), both(floor.gain == 0, floor.per == 0)));
        else assert(both(floor.token == gainToken, both(floor.gain == gain, floor.per == per)));
    }

    function _accepts(bytes memory rule, bytes memory data) private view returns (bool accepted) {
        (accepted,) = address(this).staticcall(abi.encodeCall(this.compare, (rule, data)));
    }

    /// @dev A rule in the layout of `MandateDecoder`.
    /// @param limits Token, limits, and number and window of calls.
    function _rule(bytes32 limits, bool floor, uint8 arguments, uint8 kind, bytes memory values) private pure returns (bytes memory) {
        if (!floor) return abi.encodePacked(limits, arguments, kind, values);
        return abi.encodePacked(limits, arguments | MandateDecoder.OPTIONAL, new bytes(44), kind, values);
    }

    /// @dev Number of values, followed by the values.
    function _values(uint8 kind, uint256 first, uint256 second) private pure returns (bytes memory) {
        if (kind == uint8(ArgumentKind.OneOf)) return abi.encodePacked(uint8(2), first, second);
        bool one = kind == uint8(ArgumentKind.Equal) || kind == uint8(ArgumentKind.AtMost) || kind == uint8(ArgumentKind.AtLeast);
        return one ? abi.encodePacked(uint8(1), first) : abi.encodePacked(uint8(0));
    }
}
