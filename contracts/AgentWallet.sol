// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Proxy} from "@openzeppelin/contracts/proxy/Proxy.sol";
import {IMandateModule} from "./interfaces/IMandateModule.sol";
import {IWalletCommon} from "./interfaces/IWalletCommon.sol";
import {PrincipalControl} from "./wallet/PrincipalControl.sol";
import {UserOperations} from "./wallet/UserOperations.sol";
import {WalletStorage} from "./wallet/WalletStorage.sol";
import {WalletViews} from "./wallet/WalletViews.sol";

/// @title AgentWallet
/// @notice The purse of one agent: its key spends inside the mandate, and nothing else moves a coin but the principal.
///
/// This is the first part of its code: the principal's side (`PrincipalControl`), payments (`Payments`), what the agent has
/// signed (`SignedActions`), what comes by the EntryPoint (`UserOperations`), and what a front end shows (`WalletViews`). What
/// sets a mandate is in `MandateModule`, everything else in `PowersModule`, because one contract can't hold it all. They
/// are reached by delegatecall, at two addresses that the deployed code names and that nobody can change. No part has storage
/// but that of `WalletStorage`.
/// @custom:kill The principal stops the agent in the switch, or lifts the mandate here; its guardians can stop it in the switch.
/// The principal can then still withdraw and execute, which ask no other contract, hand over, and set a new mandate.
contract AgentWallet is PrincipalControl, UserOperations, WalletViews, Proxy {
    /// @inheritdoc IWalletCommon
    address public immutable FACTORY;
    /// @inheritdoc IWalletCommon
    address public immutable POWERS_MODULE;

    address private immutable _mandateModule;

    /// @param registry Where its agent is registered.
    /// @param entryPoint The ERC-4337 EntryPoint.
    /// @param writer Checks and writes its mandates.
    /// @param powersModule The part of its code that isn't the way of every payment.
    /// @param mandateModule The part that sets its mandate.
    constructor(address registry, address entryPoint, address writer, address powersModule, address mandateModule)
        WalletStorage(registry, entryPoint, writer)
    {
        FACTORY = msg.sender;
        POWERS_MODULE = powersModule;
        _mandateModule = mandateModule;
    }

    function _factory() internal view override returns (address) {
        return FACTORY;
    }

    function _powersModule() internal view override returns (address) {
        return POWERS_MODULE;
    }

    /// @dev Which part of the code has the function that was called and isn't here.
    function _implementation() internal view override returns (address) {
        bool setsMandate = msg.sig == IMandateModule.initialize.selector || msg.sig == IMandateModule.setMandate.selector
            || msg.sig == IMandateModule.setMandateSigned.selector;
        return setsMandate ? _mandateModule : POWERS_MODULE;
    }
}
