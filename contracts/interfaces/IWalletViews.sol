// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletCommon} from "./IWalletCommon.sol";

/// @title What a wallet tells
/// @notice Everything that a front end needs to show what an agent may do now. Whether an action would be refused, and why, is
/// asked by `eth_call` of the action itself, from the agent key's address: it reverts with the very error, and changes nothing.
interface IWalletViews is IWalletCommon {
    /// @notice The head of the mandate in force.
    /// @param principal Who granted it.
    /// @param epoch In which of the principal's epochs.
    /// @param agentKey The key that acts.
    /// @param validFrom When it begins (unix seconds, inclusive).
    /// @param validUntil When it ends (unix seconds, exclusive).
    /// @param mandateHash Its EIP-712 struct hash.
    struct Grant {
        address principal;
        uint64 epoch;
        address agentKey;
        uint48 validFrom;
        uint48 validUntil;
        bytes32 mandateHash;
    }

    /// @notice A rolling window of the mandate in force, and how it stands.
    /// @param length Seconds.
    /// @param limit The most that may be charged on the chain in any interval of that length (budget units): what was signed,
    /// less what is set aside for cheques.
    /// @param remaining What is left of it now (budget units).
    /// @param returnsAt When more comes back by itself (unix seconds); zero if nothing will.
    /// @param returns_ How much then (budget units).
    struct WindowState {
        uint256 length;
        uint256 limit;
        uint256 remaining;
        uint256 returnsAt;
        uint256 returns_;
    }

    /// @notice A budget of the mandate in force, and how it stands (budget units).
    /// @param payment The most that one payment may charge.
    /// @param lifetimeLimit The most that may ever be charged on the chain: what was signed, less what is set aside for cheques.
    /// @param lifetime What is left of it.
    /// @param pending What is authorized and not closed yet; it counts in all windows.
    /// @param anyPayee Whether every payee is allowed.
    /// @param windows The rolling windows, from the shortest to the longest.
    struct BudgetState {
        uint256 payment;
        uint256 lifetimeLimit;
        uint256 lifetime;
        uint256 pending;
        bool anyPayee;
        WindowState[] windows;
    }

    /// @notice The hash of the last mandate installed, in force or not: what the next one has to name as `replaces`.
    function lastMandateHash() external view returns (bytes32);

    /// @notice The contract whose code holds the last mandate installed, in the layout of `MandateDecoder`.
    function mandatePointer() external view returns (address);

    /// @notice The head of the mandate in force. Reverts with NoMandate.
    function grant() external view returns (Grant memory);

    /// @notice The agent's id in the registry, as given at creation. Whether the registry still links it: ask the registry.
    function agentId() external view returns (uint256);

    /// @notice What the mandate in force allows now in one currency, whatever the switch says.
    /// Reverts with NoMandate or CurrencyNotBudgeted.
    function remaining(string calldata currency) external view returns (BudgetState memory);

    /// @notice Everything that agents of this wallet ever spent in a currency, and didn't get back (budget units).
    function spent(string calldata currency) external view returns (uint256);

    /// @notice What was ever charged for payments to a payee with a limit of its own (budget units).
    function paidTo(string calldata currency, address payee) external view returns (uint256);

    /// @notice What an amount of a token would be charged (budget units). Reverts with TokenNotListed.
    function chargeOf(address token, uint256 amount) external view returns (uint256);

    /// @notice Whether a payment in this token may go to this payee now, under the mandate in force.
    function isPayee(address token, address payee) external view returns (bool);
}
