// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Mandate} from "./IMandate.sol";
import {IAgentRegistry} from "./IAgentRegistry.sol";
import {IMandateModule} from "./IMandateModule.sol";

/// @title AgentWalletFactory
/// @notice Creates an agent in one transaction: its wallet, registration, link and mandate. The wallet's address is
/// known before, and may be funded before: anyone can create the wallet, and then its principal can withdraw (I30).
/// @dev A wallet is a minimal clone (ERC-1167) of one implementation, with its first principal, first agent key
/// and salt as immutable arguments. Its address follows from them, so nobody else can occupy it. A foreign clone of
/// the implementation works like a wallet, but isn't one of this factory (`isWallet`).
interface IAgentWalletFactory {
    /// @notice Thrown when the principal is zero.
    error ZeroAddress();
    /// @notice Thrown when a constructor argument that must be a contract has no code.
    error NotAContract(address account);
    /// @notice Thrown when a code module was deployed for another registry, EntryPoint or mandate writer.
    /// @param module The module.
    error OtherSuite(address module);

    /// @notice Emitted when a wallet is created, with an agent or without.
    event WalletCreated(address indexed wallet, address indexed principal, address agentKey, uint96 salt);
    /// @notice Emitted when an agent is created.
    event AgentCreated(
        uint256 indexed agentId, address indexed wallet, address indexed principal, address agentKey, uint96 salt
    );

    /// @notice Creates a wallet, or returns the one that exists. It has no mandate yet: only the principal can move
    /// what it holds.
    /// @dev Caller: anyone; it needs nobody's signature. It reads no storage and no clock, so it may be the `initCode`
    /// of a user operation of the principal also for bundlers that refuse an unstaked factory. Reverts with
    /// ZeroAddress.
    /// @param principal Principal, not zero.
    /// @param agentKey Part of the address only. The wallet's mandates may name any key.
    /// @param salt Distinguishes wallets of the same principal and agent key.
    function createWallet(address principal, address agentKey, uint96 salt) external returns (address wallet);

    /// @notice Creates an agent: deploys its wallet unless it exists, registers it with the wallet as `agentWallet`,
    /// installs and anchors its mandate. The principal receives the agent's token and accepts liability by its
    /// signature.
    /// @dev Caller: anyone. Principal and agent key are those of the mandate. The wallet is
    /// returned first because the EntryPoint reads only the first word. Reverts with ZeroAddress, or as the wallet's
    /// `initialize` does: with AlreadyInitialized if the wallet had a mandate, and with PrincipalMismatch if it was
    /// handed over.
    /// @param mandate First mandate; its `round` is the wallet's, zero unless the principal ended one.
    /// @param salt Distinguishes wallets of the same principal and agent key.
    /// @param enrollment Registration file, statement of liability, and three signatures.
    /// @return wallet Address of the new wallet.
    /// @return agentId Id of the agent in the registry.
    function createAgent(Mandate calldata mandate, uint96 salt, IMandateModule.Enrollment calldata enrollment)
        external
        returns (address wallet, uint256 agentId);

    /// @notice Returns the address of a wallet, whether it exists or not.
    function walletAddress(address principal, address agentKey, uint96 salt) external view returns (address);

    /// @notice Returns everything that a counterparty needs to know before it deals with a wallet: what the registry
    /// says, and whether this factory created the wallet, so that the mandate is enforced.
    function checkWallet(address wallet)
        external
        view
        returns (IAgentRegistry.AgentCheck memory check, bool isWallet_);

    /// @notice Whether this factory created the wallet. If so, it runs `IMPLEMENTATION`, forever.
    function isWallet(address wallet) external view returns (bool);

    /// @notice Returns the contract whose code all wallets of this factory run.
    function IMPLEMENTATION() external view returns (address);

    /// @notice Returns the registry in which agents are registered.
    function REGISTRY() external view returns (address);
}
