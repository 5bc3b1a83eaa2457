// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {AgentWallet} from "./AgentWallet.sol";
import {IAgentWalletFactory} from "./interfaces/IAgentWalletFactory.sol";
import {Mandate} from "./interfaces/IMandate.sol";
import {IMandateModule} from "./interfaces/IMandateModule.sol";
import {IWalletCommon} from "./interfaces/IWalletCommon.sol";

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
    /// @param mandateModule Code module that sets the mandate of all wallets created here. It names the powers
    /// module and the mandate writer; both modules must name the same registry, EntryPoint and writer.
    constructor(address registry, address entryPoint, address mandateModule) {
        require(registry.code.length > 0, NotAContract(registry));
        require(mandateModule.code.length > 0, NotAContract(mandateModule));
        // The EntryPoint needs no code: wallets work without it, and on some chains it is deployed later.
        REGISTRY = registry;
        (address writer, address powersModule) =
            (IWalletCommon(mandateModule).WRITER(), IWalletCommon(mandateModule).POWERS_MODULE());
        _requireSuite(mandateModule, registry, entryPoint, writer);
        _requireSuite(powersModule, registry, entryPoint, writer);
        IMPLEMENTATION = address(new AgentWallet(registry, entryPoint, writer, powersModule, mandateModule));
    }

    function _requireSuite(address module, address registry, address entryPoint, address writer) private view {
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
        wallet = walletAddress(mandate.principal, mandate.agentKey, salt);
        require(wallet.code.length == 0, WalletExists(wallet));
        // CREATE2's own salt isn't needed: the immutable arguments distinguish wallets.
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
        // A clone's 52 bytes of arguments follow 45 bytes of code. At the address derived from them there can
        // only be the clone created here.
        if (wallet.code.length != 45 + 52) return false;
        return _addressOf(Clones.fetchCloneArgs(wallet)) == wallet;
    }

    function _addressOf(bytes memory args) private view returns (address) {
        return Clones.predictDeterministicAddressWithImmutableArgs(IMPLEMENTATION, args, 0);
    }
}
