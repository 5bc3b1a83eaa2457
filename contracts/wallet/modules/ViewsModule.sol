// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ChequeViews} from "../ChequeViews.sol";
import {ModuleStorage} from "../ModuleStorage.sol";
import {WalletStorage} from "../WalletStorage.sol";
import {WalletViews} from "../WalletViews.sol";

/// @title ViewsModule
/// @notice Code module of the wallet for the views of budgets (`WalletViews`) and cheque books (`ChequeViews`). It runs
/// on the wallet's storage.
/// @custom:kill It needs no stop: it changes nothing.
contract ViewsModule is WalletViews, ChequeViews, ModuleStorage {
    /// @param registry Registry of the agents.
    /// @param entryPoint ERC-4337 EntryPoint.
    /// @param writer Mandate writer.
    constructor(address registry, address entryPoint, address writer) WalletStorage(registry, entryPoint, writer) {}
}
