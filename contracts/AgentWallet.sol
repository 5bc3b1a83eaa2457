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
/// @notice The wallet of one agent: the agent key spends within the mandate, and nobody else moves money except
/// the principal.
///
/// This contract has the principal's functions (`PrincipalControl`), payments (`Payments`), relayed actions
/// (`SignedActions`), user operations (`UserOperations`), and views (`WalletViews`). `MandateModule` sets the
/// mandate, and `PowersModule` has everything else, because one contract can't hold all the code (EIP-170).
/// Both are reached by delegatecall, at addresses fixed in the deployed code. No module has storage except that
/// of `WalletStorage`.
/// @custom:kill The principal or its guardians stop the agent in the switch; the principal can also lift the
/// mandate here. Afterwards the principal can still withdraw and execute, which call no other contract of the
/// suite, hand over, and set a new mandate.
contract AgentWallet is PrincipalControl, UserOperations, WalletViews, Proxy {
    /// @inheritdoc IWalletCommon
    address public immutable FACTORY;
    /// @inheritdoc IWalletCommon
    address public immutable POWERS_MODULE;

    address private immutable _mandateModule;

    /// @param registry Registry of its agent.
    /// @param entryPoint ERC-4337 EntryPoint.
    /// @param writer Mandate writer.
    /// @param powersModule Code module for calls, requests, pre-authorizations, cheques and ERC-1271.
    /// @param mandateModule Code module that sets the mandate.
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

    /// @dev Module that implements a function that isn't in this contract.
    function _implementation() internal view override returns (address) {
        bool setsMandate = msg.sig == IMandateModule.initialize.selector
            || msg.sig == IMandateModule.setMandate.selector || msg.sig == IMandateModule.setMandateSigned.selector;
        return setsMandate ? _mandateModule : POWERS_MODULE;
    }
}
