// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {AgentWallet} from "./AgentWallet.sol";
import {IAgentRegistry} from "./interfaces/IAgentRegistry.sol";
import {IAgentWalletFactory} from "./interfaces/IAgentWalletFactory.sol";
import {Mandate} from "./interfaces/IMandate.sol";
import {IMandateModule} from "./interfaces/IMandateModule.sol";
import {IWalletCommon} from "./interfaces/IWalletCommon.sol";
import {WalletAddress} from "./wallet/WalletAddress.sol";

/// @title AgentWalletFactory
/// @notice Creates an agent in one transaction: its wallet, registration, link and mandate.
/// @custom:kill Nobody can stop the factory, and it has no authority over a wallet once the creating
/// transaction is over. A principal who wants no more wallets signs no more mandates; `revokeAll` voids those
/// already signed.
contract AgentWalletFactory is IAgentWalletFactory {
    /// @inheritdoc IAgentWalletFactory
    address public immutable IMPLEMENTATION;
    /// @inheritdoc IAgentWalletFactory
    address public immutable REGISTRY;

    /// @param registry Registry of all agents created here; it never changes.
    /// @param entryPoint ERC-4337 EntryPoint of all wallets created here; it never changes.
    /// @param writer Mandate writer of all wallets created here.
    /// @param mandateModule Code module for mandates and requests. All three modules must name the same registry,
    /// EntryPoint and writer.
    /// @param powersModule Code module for calls, pre-authorizations, cheques and ERC-1271.
    /// @param viewsModule Code module for views.
    constructor(
        address registry,
        address entryPoint,
        address writer,
        address mandateModule,
        address powersModule,
        address viewsModule
    ) {
        require(registry.code.length > 0, NotAContract(registry));
        // The EntryPoint needs no code: wallets work without it, and on some chains it is deployed later.
        require(writer.code.length > 0, NotAContract(writer));
        REGISTRY = registry;
        _requireSuite(mandateModule, registry, entryPoint, writer);
        _requireSuite(powersModule, registry, entryPoint, writer);
        _requireSuite(viewsModule, registry, entryPoint, writer);
        IMPLEMENTATION = address(
            new AgentWallet(registry, entryPoint, writer, mandateModule, powersModule, viewsModule)
        );
    }

    function _requireSuite(address module, address registry, address entryPoint, address writer) private view {
        require(module.code.length > 0, NotAContract(module));
        IWalletCommon code = IWalletCommon(module);
        require(
            code.REGISTRY() == registry && code.ENTRY_POINT() == entryPoint && code.WRITER() == writer,
            OtherSuite(module)
        );
    }

    /// @inheritdoc IAgentWalletFactory
    function createAgent(Mandate calldata mandate, uint96 salt, IMandateModule.Enrollment calldata enrollment)
        external
        returns (address wallet, uint256 agentId)
    {
        wallet = createWallet(mandate.principal, mandate.agentKey, salt);
        agentId = IMandateModule(wallet).initialize(mandate, enrollment);
        emit AgentCreated(agentId, wallet, mandate.principal, mandate.agentKey, salt);
    }

    /// @inheritdoc IAgentWalletFactory
    function createWallet(address principal, address agentKey, uint96 salt) public returns (address wallet) {
        require(principal != address(0), ZeroAddress());
        bytes memory args = abi.encodePacked(principal, agentKey, salt);
        wallet = _addressOf(args);
        if (wallet.code.length != 0) return wallet;
        Clones.cloneDeterministicWithImmutableArgs(IMPLEMENTATION, args, 0);
        emit WalletCreated(wallet, principal, agentKey, salt);
    }

    /// @inheritdoc IAgentWalletFactory
    function walletAddress(address principal, address agentKey, uint96 salt) public view returns (address) {
        return _addressOf(abi.encodePacked(principal, agentKey, salt));
    }

    /// @inheritdoc IAgentWalletFactory
    function checkWallet(address wallet) external view returns (IAgentRegistry.AgentCheck memory, bool) {
        return (IAgentRegistry(REGISTRY).checkWallet(wallet), isWallet(wallet));
    }

    /// @inheritdoc IAgentWalletFactory
    function isWallet(address wallet) public view returns (bool) {
        return WalletAddress.isWallet(wallet, IMPLEMENTATION, address(this));
    }

    function _addressOf(bytes memory args) private view returns (address) {
        return WalletAddress.derive(args, IMPLEMENTATION, address(this));
    }
}
