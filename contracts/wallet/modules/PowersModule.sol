// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletCommon} from "../../interfaces/IWalletCommon.sol";
import {Calls} from "../Calls.sol";
import {Signatures} from "../Signatures.sol";
import {WalletStorage} from "../WalletStorage.sol";

/// @title PowersModule
/// @notice Code module of the wallet for calls (`Calls`), pre-authorizations and cheques (`Preauthorizations`,
/// `ChequeBooks`), and ERC-1271 signatures (`Signatures`). It runs on the wallet's storage.
/// @custom:kill As for `AgentWallet`: every action in it checks mandate and switch first. On its own storage it
/// has no principal and no mandate, and refuses everything.
contract PowersModule is Calls, Signatures {
    /// @inheritdoc IWalletCommon
    address public immutable POWERS_MODULE;

    /// @param registry Registry of the agents.
    /// @param entryPoint ERC-4337 EntryPoint.
    /// @param writer Mandate writer.
    constructor(address registry, address entryPoint, address writer) WalletStorage(registry, entryPoint, writer) {
        POWERS_MODULE = address(this);
    }

    /// @inheritdoc IWalletCommon
    function FACTORY() external view returns (address) {
        return _factory();
    }

    /// @dev The factory is deployed after this module, so only the wallet knows it.
    function _factory() internal view override returns (address) {
        return address(this) == POWERS_MODULE ? address(0) : IWalletCommon(address(this)).FACTORY();
    }

    function _powersModule() internal view override returns (address) {
        return POWERS_MODULE;
    }
}
