// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {GasTerms} from "./IMandate.sol";

/// @title PrincipalPaymaster
/// @notice One deposit of a principal that pays for the user operations of all its wallets, but not for those
/// of stopped agents.
/// @dev It is staked, so ERC-7562 lets it read the principal's stops in validation, which a wallet may not.
/// After `revokeAll` no operation of an agent is included, and nobody pays for it. For an agent it pays within
/// the gas terms that the principal has set here; for the principal itself without limit. The period in an
/// agent's operation is an eighth of the window of these terms, counted from the unix epoch.
interface IPrincipalPaymaster {
    /// @notice Thrown when the caller isn't the principal.
    error NotPrincipal(address caller, address principal);
    /// @notice Thrown when the factory didn't create the operation's sender.
    error NotAWallet(address sender);
    /// @notice Thrown when the operation's wallet belongs to another principal.
    error OtherPrincipal(address wallet, address principal, address expected);
    /// @notice Thrown in validation when the agent is stopped, alone or with all agents of the principal.
    error AgentStopped(address principal, address wallet);
    /// @notice Thrown when an operation's callData is too short to name a period.
    error NoPeriod(address wallet);
    /// @notice Thrown when an address is zero that must not be.
    error ZeroAddress();

    /// @notice Emitted when the principal sets the gas terms of a wallet's agent.
    event GasTermsSet(address indexed wallet, GasTerms terms);

    /// @notice Sets what is paid for a wallet's agent, also before the wallet exists. All zero: nothing is
    /// paid. What was charged stays charged.
    /// @dev Caller: the principal; else reverts with NotPrincipal. Reverts with GasTermsContradict or
    /// InvalidGasWindow of `IMandate`.
    function setGasTerms(address wallet, GasTerms calldata terms) external;

    /// @notice Returns the gas terms of a wallet's agent.
    /// @return terms The gas terms.
    /// @return remaining What remains of their window limit now (wei).
    function gasTermsOf(address wallet) external view returns (GasTerms memory terms, uint256 remaining);

    /// @notice Adds the sent native currency to the deposit that operations are paid from.
    /// @dev Caller: anyone.
    function deposit() external payable;

    /// @notice Withdraws from the deposit.
    /// @dev Caller: the principal; else reverts with NotPrincipal. Reverts with ZeroAddress.
    /// @param amount Amount (wei).
    function withdraw(address payable to, uint256 amount) external;

    /// @notice Adds the sent native currency to the stake.
    /// @dev Caller: the principal; else reverts with NotPrincipal.
    /// @param unstakeDelay How long the stake stays locked after `unlockStake` (seconds).
    function addStake(uint32 unstakeDelay) external payable;

    /// @notice Starts to unlock the stake. Bundlers stop accepting the paymaster.
    /// @dev Caller: the principal; else reverts with NotPrincipal.
    function unlockStake() external;

    /// @notice Withdraws the whole stake once its delay is over.
    /// @dev Caller: the principal; else reverts with NotPrincipal. Reverts with ZeroAddress.
    function withdrawStake(address payable to) external;

    /// @notice Returns the principal that owns the deposit; it never changes.
    function PRINCIPAL() external view returns (address);
    /// @notice Returns the factory of the wallets that it pays for.
    function FACTORY() external view returns (address);
    /// @notice Returns the revocation switch of these wallets.
    function SWITCH() external view returns (address);
}
