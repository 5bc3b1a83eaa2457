// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletCommon} from "./IWalletCommon.sol";

/// @title Views of a wallet
/// @notice Everything that a front end needs to show what an agent may do now. To learn whether an action would
/// revert, and why, make an `eth_call` of it from the agent key's address: it reverts with the same error.
interface IWalletViews is IWalletCommon {
    /// @notice Head of the mandate in force.
    /// @param principal Principal that granted it.
    /// @param epoch The principal's epoch in the switch.
    /// @param agentKey Key that acts.
    /// @param validFrom Start (unix seconds, inclusive).
    /// @param validUntil End (unix seconds, exclusive).
    /// @param guard Contract that is asked about every charge; zero: none.
    /// @param mandateHash EIP-712 struct hash of the mandate.
    struct Grant {
        address principal;
        uint64 epoch;
        address agentKey;
        uint48 validFrom;
        uint48 validUntil;
        address guard;
        bytes32 mandateHash;
    }

    /// @notice A rolling window of the mandate in force, and its state.
    /// @param length Length (seconds).
    /// @param limit The most that on-chain actions may charge in any interval of that length (budget units,
    /// inclusive): the signed limit less the reserve for cheques.
    /// @param remaining What remains of it now (budget units).
    /// @param returnsAt When capacity returns next by itself (unix seconds); zero if none will.
    /// @param returns_ How much capacity returns then (budget units).
    struct WindowState {
        uint256 length;
        uint256 limit;
        uint256 remaining;
        uint256 returnsAt;
        uint256 returns_;
    }

    /// @notice What the budget allows for payments to strangers (budget units). All zero: nothing.
    /// @param payment The most that one payment may charge (inclusive).
    /// @param window Their rolling window, as long as the budget's first.
    struct StrangerState {
        uint256 payment;
        WindowState window;
    }

    /// @notice A budget of the mandate in force, and its state (budget units).
    /// @param payment The most that one payment may charge (inclusive).
    /// @param lifetimeLimit The most that on-chain actions may ever charge (inclusive): the signed limit less
    /// the reserve for cheques.
    /// @param lifetime What remains of it.
    /// @param pending Sum of the open authorizations; it counts in all windows.
    /// @param strangers What it allows for payments to strangers.
    /// @param windows Rolling windows, from the shortest to the longest.
    struct BudgetState {
        uint256 payment;
        uint256 lifetimeLimit;
        uint256 lifetime;
        uint256 pending;
        StrangerState strangers;
        WindowState[] windows;
    }

    /// @notice Returns the hash of the mandate installed last, in force or not; zero if none was.
    function lastMandateHash() external view returns (bytes32);

    /// @notice Returns the wallet's round, which the next mandate must name.
    function round() external view returns (uint32);

    /// @notice Returns the contract whose code holds the mandate installed last, in the layout of
    /// `MandateDecoder`; zero if none was.
    function mandatePointer() external view returns (address);

    /// @notice Returns the head of the mandate in force. Reverts with NoMandate.
    function grant() external view returns (Grant memory);

    /// @notice Returns what the mandate in force allows now in one currency, whatever the switch says and
    /// whether or not the mandate is valid now. Reverts with NoMandate or CurrencyNotBudgeted.
    function remaining(string calldata currency) external view returns (BudgetState memory);

    /// @notice Returns everything ever charged in a currency, less released authorizations (budget units).
    function spent(string calldata currency) external view returns (uint256);

    /// @notice Returns everything ever charged for payments to a payee while it had a limit of its own, less
    /// released authorizations (budget units).
    function paidTo(string calldata currency, address payee) external view returns (uint256);

    /// @notice Returns what an amount of a token would charge (budget units). Reverts with NoMandate,
    /// ZeroAmount, AmountTooLarge or TokenNotListed.
    /// @param amount Amount (token base units, or wei).
    function chargeOf(address token, uint256 amount) external view returns (uint256);

    /// @notice Whether a payment in this token may go to this payee now, under the mandate in force. Reverts
    /// with NoMandate.
    function isPayee(address token, address payee) external view returns (bool);
}
