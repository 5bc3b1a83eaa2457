// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;


import {Mandate} from "./IMandate.sol";
import {IMandateModule} from "./IMandateModule.sol";

/// @title AgentWalletFactory
/// @notice Creates agent, wallet, link and mandate in one transaction, at an address that is known, and safe to fund, before.
/// @dev A wallet is a minimal clone (ERC-1167) of one implementation, with its first principal, first agent key and salt as
/// immutable arguments. Its address follows from them, so nobody else can have it; and it comes into being only together
/// with a mandate that this principal has signed for this very address. Who submits it doesn't matter.
interface IAgentWalletFactory {
    /// @notice Thrown when the wallet exists already.
    error WalletExists(address wallet);
    /// @notice Thrown when an address that must be a contract isn't one.
    error NotAContract(address account);
    /// @notice Thrown when a part of the wallets' code was made for another registry, EntryPoint or mandate writer.
    error OtherSuite(address part);

    /// @notice Emitted when an agent has been created.
    event AgentCreated(
        uint256 indexed agentId, address indexed wallet, address indexed principal, address agentKey, uint96 salt
    );

    /// @notice Creates an agent: deploys its wallet, registers it with the wallet as `agentWallet`, installs and anchors its
    /// mandate. The token goes to the principal, which accepts liability by its signature.
    /// @dev Caller: anyone. Principal and agent key are the mandate's.
    /// It may be the `initCode` of a user operation. The wallet is returned first because an EntryPoint looks at nothing else.
    /// @param mandate The first mandate; `replaces` is zero.
    /// @param salt Tells wallets of the same principal and agent key apart.
    /// @param enrollment Registration file, statement of liability, and the three signatures.
    function createAgent(Mandate calldata mandate, uint96 salt, IMandateModule.Enrollment calldata enrollment)
        external
        returns (address wallet, uint256 agentId);

    /// @notice The address of a wallet, whether it exists or not.
    function walletAddress(address principal, address agentKey, uint96 salt) external view returns (address);

    /// @notice Whether this factory has made the wallet: then it runs the implementation below, and nothing else ever.
    function isWallet(address wallet) external view returns (bool);

    /// @notice The code that all wallets of this factory run.
    function IMPLEMENTATION() external view returns (address);

    /// @notice The registry that agents are registered in.
    function REGISTRY() external view returns (address);
}
