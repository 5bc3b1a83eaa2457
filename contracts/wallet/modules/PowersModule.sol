// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Calls} from "../Calls.sol";
import {ModuleStorage} from "../ModuleStorage.sol";
import {Signatures} from "../Signatures.sol";
import {WalletStorage} from "../WalletStorage.sol";

/// @title PowersModule
/// @notice Code module of the wallet for calls (`Calls`), pre-authorizations and cheques (`Preauthorizations`,
/// `ChequeBooks`), and ERC-1271 signatures (`Signatures`). It runs on the wallet's storage.
/// @custom:kill As for `AgentWallet`: every action in it checks mandate and switch first. On its own storage it
/// has no principal and no mandate, and refuses everything.
contract PowersModule is Calls, Signatures, ModuleStorage {
    /// @param registry Registry of the agents.
    /// @param entryPoint ERC-4337 EntryPoint.
    /// @param writer Mandate writer.
    constructor(address registry, address entryPoint, address writer) WalletStorage(registry, entryPoint, writer) {}
}
