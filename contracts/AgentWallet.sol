// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Proxy} from "@openzeppelin/contracts/proxy/Proxy.sol";
import {IMandateKeeper} from "./interfaces/IMandateKeeper.sol";
import {IWalletCommon} from "./interfaces/IWalletCommon.sol";
import {PrincipalControl} from "./wallet/PrincipalControl.sol";
import {UserOperations} from "./wallet/UserOperations.sol";
import {WalletState} from "./wallet/WalletState.sol";
import {WalletViews} from "./wallet/WalletViews.sol";

/// @title AgentWallet
/// @notice The purse of one agent: its key spends inside the mandate, and nothing else moves a coin but the principal.
///
/// This is the first part of its code: the principal's side (`PrincipalControl`), payments (`Payments`), what the agent has
/// signed (`SignedActions`), what comes by the EntryPoint (`UserOperations`), and what a front end shows (`WalletViews`). What
/// sets a mandate is in `MandateKeeper`, everything else in `AgentWalletExtension`, because one contract can't hold it all. They
/// are reached by delegatecall, at two addresses that the deployed code names and that nobody can change. No part has storage
/// but that of `WalletState`.
/// @custom:kill The principal stops the agent in the switch, or lifts the mandate here; its guardians can stop it in the switch.
/// The principal can then still withdraw and execute, which ask no other contract, hand over, and set a new mandate.
contract AgentWallet is PrincipalControl, UserOperations, WalletViews, Proxy {
    /// @inheritdoc IWalletCommon
    address public immutable FACTORY;
    /// @inheritdoc IWalletCommon
    address public immutable EXTENSION;

    address private immutable _keeper;

    /// @param registry Where its agent is registered.
    /// @param entryPoint The ERC-4337 EntryPoint.
    /// @param writer Checks and writes its mandates.
    /// @param extension The part of its code that isn't the way of every payment.
    /// @param keeper The part that sets its mandate.
    constructor(address registry, address entryPoint, address writer, address extension, address keeper)
        WalletState(registry, entryPoint, writer)
    {
        FACTORY = msg.sender;
        EXTENSION = extension;
        _keeper = keeper;
    }

    function _factory() internal view override returns (address) {
        return FACTORY;
    }

    function _extension() internal view override returns (address) {
        return EXTENSION;
    }

    /// @dev Which part of the code has the function that was called and isn't here.
    function _implementation() internal view override returns (address) {
        bool setsMandate = msg.sig == IMandateKeeper.initialise.selector || msg.sig == IMandateKeeper.setMandate.selector
            || msg.sig == IMandateKeeper.setMandateSigned.selector;
        return setsMandate ? _keeper : EXTENSION;
    }
}
