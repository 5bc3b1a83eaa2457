// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAgentWalletFactory} from "./interfaces/IAgentWalletFactory.sol";
import {IFleetBudget} from "./interfaces/IFleetBudget.sol";
import {IGuard} from "./interfaces/IGuard.sol";
import {Mandate, Window} from "./interfaces/IMandate.sol";
import {SpendLedger} from "./ledger/SpendLedger.sol";
import {WindowStates} from "./ledger/WindowStates.sol";
import {WindowRules} from "./mandate/WindowRules.sol";
import {WalletAddress} from "./wallet/WalletAddress.sol";

/// @title FleetBudget
/// @notice A guard that keeps one budget per currency over all wallets of a principal.
/// @custom:kill The principal sets the limits to zero; then no agent whose mandate names this guard spends. Nobody
/// else sets them. It has no say in withdrawals, stops and approvals.
contract FleetBudget is IFleetBudget {
    using SpendLedger for SpendLedger.Ledger;
    using WindowStates for SpendLedger.Ledger;

    /// @dev Limits of a currency (budget units); a charge within the first window reads one slot. `windows` zero: none
    /// were set.
    struct Limits {
        uint8 decimals;
        uint8 windows;
        uint96 lifetime;
        uint96 first;
        uint96[3] further;
    }

    /// @inheritdoc IFleetBudget
    address public immutable PRINCIPAL;
    /// @inheritdoc IFleetBudget
    address public immutable FACTORY;

    address private immutable _implementation;

    mapping(bytes32 currency => Limits) private _limits;
    /// @dev By keccak256 of the currency's name. Never cleared.
    mapping(bytes32 currency => SpendLedger.Ledger) private _ledgers;

    /// @param factory Factory of the wallets that it counts.
    /// @param principal Principal of these wallets.
    constructor(address factory, address principal) {
        require(principal != address(0), ZeroAddress());
        (FACTORY, PRINCIPAL) = (factory, principal);
        _implementation = IAgentWalletFactory(factory).IMPLEMENTATION();
    }

    modifier onlyPrincipal() {
        require(msg.sender == PRINCIPAL, NotPrincipal(msg.sender, PRINCIPAL));
        _;
    }

    /// @dev What a wallet of this factory says is true: it calls its guard by itself only.
    modifier onlyWallets() {
        require(WalletAddress.isWallet(msg.sender, _implementation, FACTORY), NotAWallet(msg.sender));
        _;
    }

    /* GUARD */

    /// @inheritdoc IGuard
    function accepts(address wallet, Mandate calldata mandate) external view returns (bytes4) {
        require(mandate.principal == PRINCIPAL, OtherPrincipal(wallet, mandate.principal, PRINCIPAL));
        for (uint256 i = 0; i < mandate.budgets.length; ++i) {
            string calldata currency = mandate.budgets[i].currency;
            (uint8 given, uint8 expected) = (mandate.budgets[i].decimals, _limitsOf(currency).decimals);
            require(given == expected, FleetDecimals(currency, given, expected));
        }
        return IGuard.accepts.selector;
    }

    /// @inheritdoc IGuard
    function onCharge(Charge calldata charge) external onlyWallets returns (bytes4) {
        require(charge.principal == PRINCIPAL, OtherPrincipal(msg.sender, charge.principal, PRINCIPAL));
        SpendLedger.Ledger storage ledger = _ledgers[charge.currency];
        // Set: a mandate is only accepted in currencies that have a budget, and budgets aren't removed.
        Limits storage limits = _limits[charge.currency];
        ledger.spend(charge.charge, _windowLimits(limits), limits.lifetime, block.timestamp);
        // Fits: the ledger accepts at most 96 bits.
        if (charge.pending) ledger.hold(uint96(charge.charge));
        return IGuard.onCharge.selector;
    }

    /// @inheritdoc IGuard
    function onClose(bytes32 currency, uint96 charge, bool settled) external onlyWallets {
        // Also of a wallet that was handed over: it closes here what this guard has agreed to.
        if (settled) _ledgers[currency].settle(charge, block.timestamp);
        else _ledgers[currency].release(charge);
    }

    /* PRINCIPAL */

    /// @inheritdoc IFleetBudget
    function setBudget(string calldata currency, uint8 decimals, uint96 lifetimeLimit, Window[] calldata windows)
        external
        onlyPrincipal
    {
        WindowRules.checkCurrency(currency);
        WindowRules.check(currency, decimals, 0, windows, lifetimeLimit);
        Limits storage limits = _limits[_key(currency)];
        require(
            limits.windows == 0 || limits.decimals == decimals, FleetDecimals(currency, decimals, limits.decimals)
        );
        uint24[] memory widths = new uint24[](windows.length);
        for (uint256 i = 0; i < windows.length; ++i) {
            // Exact: a window's length is a multiple of eight, and its eighth fits into 24 bits.
            widths[i] = uint24(windows[i].length / SpendLedger.BUCKETS);
            if (i != 0) limits.further[i - 1] = windows[i].limit;
        }
        (limits.decimals, limits.windows) = (decimals, uint8(windows.length));
        (limits.lifetime, limits.first) = (lifetimeLimit, windows[0].limit);
        _ledgers[_key(currency)].open(widths, decimals, block.timestamp);
        emit FleetBudgetSet(currency, decimals, lifetimeLimit, windows);
    }

    /* READ */

    /// @inheritdoc IFleetBudget
    function remaining(string calldata currency) external view returns (State memory state) {
        Limits storage limits = _limitsOf(currency);
        SpendLedger.Ledger storage ledger = _ledgers[_key(currency)];
        state.decimals = limits.decimals;
        state.lifetimeLimit = limits.lifetime;
        state.lifetime = Math.saturatingSub(limits.lifetime, ledger.lifetimeSpent());
        state.pending = ledger.pending;
        state.windows = ledger.windowStates(_windowLimits(limits), block.timestamp);
    }

    /// @inheritdoc IFleetBudget
    function spent(string calldata currency) external view returns (uint256) {
        return _ledgers[_key(currency)].lifetimeSpent();
    }

    function _limitsOf(string calldata currency) private view returns (Limits storage limits) {
        limits = _limits[_key(currency)];
        require(limits.windows != 0, NoFleetBudget(currency));
    }

    function _windowLimits(Limits storage limits) private view returns (uint256[] memory all) {
        all = new uint256[](limits.windows);
        all[0] = limits.first;
        for (uint256 i = 1; i < all.length; ++i) all[i] = limits.further[i - 1];
    }

    function _key(string calldata currency) private pure returns (bytes32) {
        return keccak256(bytes(currency));
    }
}
