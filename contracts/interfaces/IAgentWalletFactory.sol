// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Mandate} from "./IMandate.sol";
import {IMandateModule} from "./IMandateModule.sol";

/// @title AgentWalletFactory
/// @notice Creates an agent in one transaction: its wallet, registration, link and mandate. The wallet's
/// address is known before. Fund it after the creation, which needs the agent key's signature.
/// @dev A wallet is a minimal clone (ERC-1167) of one implementation, with its first principal, first agent key
/// and salt as immutable arguments. Its address follows from them, so nobody else can occupy it. It is created
/// only together with a mandate that this principal has signed for this address. Who submits the transaction
/// doesn't matter.
interface IAgentWalletFactory {
    /// @notice Thrown when the wallet exists already.
    error WalletExists(address wallet);
    /// @notice Thrown when a constructor argument that must be a contract has no code.
    error NotAContract(address account);
    /// @notice Thrown when a code module was deployed for another registry, EntryPoint or mandate writer.
    /// @param module The module.
    error OtherSuite(address module);

    /// @notice Emitted when an agent is created.
    event AgentCreated(
        uint256 indexed agentId, address indexed wallet, address indexed principal, address agentKey, uint96 salt
    );

    /// @notice Creates an agent: deploys its wallet, registers it with the wallet as `agentWallet`, installs
    /// and anchors its mandate. The principal receives the agent's token and accepts liability by its
    /// signature.
    /// @dev Caller: anyone. Principal and agent key are those of the mandate. It may be the `initCode` of a
    /// user operation; the wallet is returned first because the EntryPoint reads only the first word. Reverts
    /// with WalletExists, or as the wallet's `initialize` does.
    /// @param mandate First mandate; its `replaces` is zero.
    /// @param salt Distinguishes wallets of the same principal and agent key.
    /// @param enrollment Registration file, statement of liability, and three signatures.
    /// @return wallet Address of the new wallet.
    /// @return agentId Id of the agent in the registry.
    function createAgent(Mandate calldata mandate, uint96 salt, IMandateModule.Enrollment calldata enrollment)
        external
        returns (address wallet, uint256 agentId);

    /// @notice Returns the address of a wallet, whether it exists or not.
    function walletAddress(address principal, address agentKey, uint96 salt) external view returns (address);

    /// @notice Whether this factory created the wallet. If so, it runs `IMPLEMENTATION`, forever.
    function isWallet(address wallet) external view returns (bool);

    /// @notice Returns the contract whose code all wallets of this factory run.
    function IMPLEMENTATION() external view returns (address);

    /// @notice Returns the registry in which agents are registered.
    function REGISTRY() external view returns (address);
}
