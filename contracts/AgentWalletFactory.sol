// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {AgentWallet} from "./AgentWallet.sol";
import {IAgentWalletFactory} from "./interfaces/IAgentWalletFactory.sol";
import {Mandate} from "./interfaces/IMandate.sol";
import {IMandateModule} from "./interfaces/IMandateModule.sol";
import {IWalletCommon} from "./interfaces/IWalletCommon.sol";

/// @title AgentWalletFactory
/// @notice Creates agent, wallet, link and mandate in one transaction, at an address that is known, and safe to fund, before.
/// @custom:kill Nobody can stop the factory; it has no power over a wallet once the creating transaction is over. A principal who
/// wants no more wallets signs no more mandates; `revokeAll` makes those already signed worthless.
contract AgentWalletFactory is IAgentWalletFactory {
    /// @inheritdoc IAgentWalletFactory
    address public immutable IMPLEMENTATION;
    /// @inheritdoc IAgentWalletFactory
    address public immutable REGISTRY;

    /// @param registry The registry of all agents made here, for ever.
    /// @param entryPoint The ERC-4337 EntryPoint of all wallets made here, for ever.
    /// @param mandateModule The part of the code of all wallets made here that sets their mandate. It names the powersModule, and the
    /// mandate writer; all of them name the same registry and EntryPoint.
    constructor(address registry, address entryPoint, address mandateModule) {
        require(registry.code.length > 0, NotAContract(registry));
        require(mandateModule.code.length > 0, NotAContract(mandateModule));
        // The EntryPoint isn't asked for code: wallets work without it, and on some chains it comes later.
        REGISTRY = registry;
        (address writer, address powersModule) = (IWalletCommon(mandateModule).WRITER(), IWalletCommon(mandateModule).POWERS_MODULE());
        _requireSuite(mandateModule, registry, entryPoint, writer);
        _requireSuite(powersModule, registry, entryPoint, writer);
        IMPLEMENTATION = address(new AgentWallet(registry, entryPoint, writer, powersModule, mandateModule));
    }

    function _requireSuite(address part, address registry, address entryPoint, address writer) private view {
        IWalletCommon code = IWalletCommon(part);
        require(
            code.REGISTRY() == registry && code.ENTRY_POINT() == entryPoint && code.WRITER() == writer, OtherSuite(part)
        );
    }

    /// @inheritdoc IAgentWalletFactory
    function createAgent(Mandate calldata mandate, uint96 salt, IMandateModule.Enrollment calldata enrollment)
        external
        returns (address wallet, uint256 agentId)
    {
        wallet = walletAddress(mandate.principal, mandate.agentKey, salt);
        require(wallet.code.length == 0, WalletExists(wallet));
        // The salt of CREATE2 itself is spare: everything that tells wallets apart is in the arguments.
        Clones.cloneDeterministicWithImmutableArgs(
            IMPLEMENTATION, abi.encodePacked(mandate.principal, mandate.agentKey, salt), 0
        );
        agentId = IMandateModule(wallet).initialize(mandate, enrollment);
        emit AgentCreated(agentId, wallet, mandate.principal, mandate.agentKey, salt);
    }

    /// @inheritdoc IAgentWalletFactory
    function walletAddress(address principal, address agentKey, uint96 salt) public view returns (address) {
        return _addressOf(abi.encodePacked(principal, agentKey, salt));
    }

    /// @inheritdoc IAgentWalletFactory
    function isWallet(address wallet) external view returns (bool) {
        // A clone's arguments follow 45 bytes of code; the address that they lead to can only hold the clone made here.
        if (wallet.code.length != 45 + 52) return false;
        return _addressOf(Clones.fetchCloneArgs(wallet)) == wallet;
    }

    function _addressOf(bytes memory args) private view returns (address) {
        return Clones.predictDeterministicAddressWithImmutableArgs(IMPLEMENTATION, args, 0);
    }
}
