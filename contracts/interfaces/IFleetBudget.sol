// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGuard} from "./IGuard.sol";
import {Window} from "./IMandate.sol";
import {IWalletViews} from "./IWalletViews.sol";

/// @title FleetBudget
/// @notice One budget per currency over all wallets of a principal, beside the limits of each wallet. A mandate that
/// names this guard is bound by it.
/// @dev It counts what the wallets charge on chain. They can have no cheque books, so this is all that their agents
/// spend, except for the gas of user operations.
interface IFleetBudget is IGuard {
    /// @notice The budget of a currency, and its state (budget units).
    /// @param decimals Decimals of the budget unit.
    /// @param lifetimeLimit The most that may ever be charged (inclusive).
    /// @param lifetime What remains of it.
    /// @param pending Sum of the open pre-authorizations; it counts in all windows.
    /// @param windows Rolling windows, from the shortest to the longest.
    struct State {
        uint8 decimals;
        uint256 lifetimeLimit;
        uint256 lifetime;
        uint256 pending;
        IWalletViews.WindowState[] windows;
    }

    /// @notice Thrown when the caller isn't the principal.
    error NotPrincipal(address caller, address principal);
    /// @notice Thrown when the caller isn't a wallet of the factory.
    error NotAWallet(address sender);
    /// @notice Thrown when a wallet or a mandate belongs to another principal.
    error OtherPrincipal(address wallet, address principal, address expected);
    /// @notice Thrown when there is no budget in a currency.
    error NoFleetBudget(string currency);
    /// @notice Thrown when the decimals of a mandate's budget, or new ones, differ from those of the fleet's budget.
    error FleetDecimals(string currency, uint8 given, uint8 expected);
    /// @notice Thrown when an address is zero that must not be.
    error ZeroAddress();

    /// @notice Emitted when a budget is set.
    event FleetBudgetSet(string currency, uint8 decimals, uint96 lifetimeLimit, Window[] windows);

    /// @notice Sets the budget of a currency, also while agents spend from it. What was charged stays charged, but a
    /// shorter window forgets what lies before it, also for a longer one set later. To let nobody spend, set every limit
    /// to zero.
    /// @dev Caller: the principal; else reverts with NotPrincipal. Reverts with FleetDecimals if other decimals were
    /// set before, and with the errors of `IMandate` that concern currency and windows.
    /// @param currency Name as in the mandates.
    /// @param decimals Decimals of the budget unit, as in the mandates.
    /// @param lifetimeLimit The most that may ever be charged (budget units, inclusive).
    /// @param windows 1 to 4 rolling windows, from the shortest to the longest.
    function setBudget(string calldata currency, uint8 decimals, uint96 lifetimeLimit, Window[] calldata windows)
        external;

    /// @notice Returns a budget and what remains of it. Reverts with NoFleetBudget.
    function remaining(string calldata currency) external view returns (State memory);

    /// @notice Returns everything ever charged in a currency, less released authorizations (budget units).
    function spent(string calldata currency) external view returns (uint256);

    /// @notice Returns the principal whose wallets it counts.
    function PRINCIPAL() external view returns (address);
    /// @notice Returns the factory of the wallets that it counts.
    function FACTORY() external view returns (address);
}
