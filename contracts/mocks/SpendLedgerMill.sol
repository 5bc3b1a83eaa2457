// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SpendLedger} from "../libraries/SpendLedger.sol";

/// @title SpendLedgerMill
/// @notice A test double: plays very many short stories, each on a fresh ledger of two windows, in one call, and tells of each
/// charge what became of it. All words are packed, so that a million charges are a few calls.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract SpendLedgerMill {
    using SpendLedger for SpendLedger.Ledger;

    mapping(uint256 story => SpendLedger.Ledger) private _ledgers;

    /// @notice Plays stories of equal length. Meant for `eth_call`, which forgets them.
    /// @param size How many charges a story has.
    /// @param words Of each story two words, then one for each charge:
    /// first window's width 64 | second window's width 64 | limit for life 128;
    /// first window's limit 128 | second window's limit 128;
    /// timestamp 64 | nothing 64 | amount 128.
    /// @return told Of each charge two words: length of the window that refused it, or 1 for the limit for life, or 0 if it was
    /// accepted 64 | nothing 64 | what is left, if it was refused 128; counted in the first window 128 | in the second 128.
    function play(uint256 size, uint256[] calldata words) external returns (uint256[] memory told) {
        uint256 stories = words.length / (size + 2);
        told = new uint256[](stories * size * 2);
        for (uint256 i = 0; i < stories; ++i) {
            uint256[] calldata story = words[i * (size + 2):(i + 1) * (size + 2)];
            _open(_ledgers[i], story[0], story[2] >> 192);
            for (uint256 k = 0; k < size; ++k) {
                uint256 slot = (i * size + k) * 2;
                told[slot] = _charge(i, story, story[k + 2]);
                told[slot + 1] = _counted(_ledgers[i], story[k + 2] >> 192);
            }
        }
    }

    function _open(SpendLedger.Ledger storage ledger, uint256 word, uint256 timestamp) private {
        uint24[] memory widths = new uint24[](2);
        (widths[0], widths[1]) = (uint24(word >> 192), uint24(word >> 128));
        ledger.open(widths, 6, timestamp);
    }

    function _charge(uint256 i, uint256[] calldata story, uint256 word) private returns (uint256) {
        (uint256 first, uint256 second) = (story[1] >> 128, uint128(story[1]));
        try this.charge(i, uint128(word), first, second, uint128(story[0]), word >> 192) {
            return 0;
        } catch (bytes memory refusal) {
            if (bytes4(refusal) == SpendLedger.LifetimeLimitExceeded.selector) {
                (, uint256 left) = abi.decode(_arguments(refusal), (uint256, uint256));
                return 1 << 192 | left;
            }
            (, uint256 remaining, uint256 length) = abi.decode(_arguments(refusal), (uint256, uint256, uint256));
            return length << 192 | remaining;
        }
    }

    /// @notice One charge, in a call of its own, so that a refusal undoes what it did.
    /// @param i Which ledger.
    function charge(
        uint256 i,
        uint256 amount,
        uint256 first,
        uint256 second,
        uint256 lifetimeLimit,
        uint256 timestamp
    ) external {
        _ledgers[i].add(amount, first, lifetimeLimit, timestamp);
        _ledgers[i].requireWithin(0, amount, second, timestamp);
    }

    function _counted(SpendLedger.Ledger storage ledger, uint256 timestamp) private view returns (uint256) {
        SpendLedger.Track[] memory tracks = ledger.tracksAt(timestamp);
        return ledger.counted(tracks[0]) << 128 | ledger.counted(tracks[1]);
    }

    function _arguments(bytes memory refusal) private pure returns (bytes memory arguments) {
        arguments = new bytes(refusal.length - 4);
        for (uint256 k = 0; k < arguments.length; ++k) arguments[k] = refusal[k + 4];
    }
}
