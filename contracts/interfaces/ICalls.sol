// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletCommon} from "./IWalletCommon.sol";

/// @title Calls
/// @notice The agent calls functions that the mandate lists, with arguments that its rules allow, and lets the
/// target pull an exact amount of the rule's token.
interface ICalls is IWalletCommon {
    /// @notice Thrown when the mandate doesn't list this variant of the function.
    error CallNotListed(address target, bytes4 selector, uint8 variant);
    /// @notice Thrown when the function was called `maxCalls` times in the rule's window (seconds).
    error CallCountExceeded(address target, bytes4 selector, uint256 maxCalls, uint256 window);
    /// @notice Thrown when a listed target no longer has code.
    error TargetHasNoCode(address target);
    /// @notice Thrown when a call sends more native currency than its rule allows (wei).
    error CallValueExceeded(uint256 value, uint256 limit);
    /// @notice Thrown when the pull of a call charges more than its rule allows (budget units).
    error PullLimitExceeded(uint256 charge, uint256 limit);
    /// @notice Thrown when the calldata is longer or shorter than its arguments (bytes).
    error InvalidCalldataLength(uint256 length, uint256 expected);
    /// @notice Thrown when an argument violates its rule.
    /// @param index Index of the argument, from zero.
    /// @param word The argument; for a dynamic one its offset, or its length if that exceeds the calldata.
    error ArgumentRefused(uint256 index, bytes32 word);
    /// @notice Thrown when everything after the words of the arguments isn't one of the given tails.
    error TailRefused(bytes32 tailHash);
    /// @notice Thrown when the wallet gained less than the rule's floor (base units of the token, or wei).
    error FloorMissed(address token, uint256 gained, uint256 needed);
    /// @notice Thrown when a target that is to pull a token has an approval for it already (token base units). The
    /// principal revokes it with `execute`.
    error ApprovalStands(address token, address target, uint256 amount);
    /// @notice Thrown when the padding of a dynamic argument isn't zero.
    error PaddingNotZero(uint256 index);

    /// @notice Emitted before the agent's call is made. Native currency sent and tokens to pull are in
    /// `PaymentMade`, with the target as payee.
    /// @param value Native currency sent (wei).
    event CallMade(address indexed target, bytes4 indexed selector, bytes32 indexed ref, uint256 value, bytes data);

    /// @notice Calls a listed function.
    /// @dev Caller: the agent key, or a relayer with its signature. It counts the call, and charges what is sent,
    /// what may be pulled, and a `Charged` argument. If the target is listed with terms of its own, they hold;
    /// otherwise the rule stands for the list, and the target isn't a stranger. Then it approves exactly what may be
    /// pulled, makes the call, and sets the approval to zero. It compares the balance of every listed token with the
    /// one before: no more may have left than was sent and pulled. Last it checks the floor. A stop or a change of
    /// the mandate during the call reverts everything.
    /// Reverts with the errors above, as `pay` does, or with the target's own revert data.
    /// @param target Contract to call.
    /// @param variant Which of the function's rules the call follows.
    /// @param value Native currency to send (wei).
    /// @param data Calldata.
    /// @param pull Exact amount of the rule's token that the target may pull (token base units). It is charged in
    /// full, whether pulled or not.
    /// @param ref Reason for the call, chosen by the agent.
    function call(
        address target,
        uint8 variant,
        uint256 value,
        bytes calldata data,
        uint256 pull,
        bytes32 ref
    ) external;
}
