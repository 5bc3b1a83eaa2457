// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {GasTerms} from "./IMandate.sol";

/// @title PrincipalPaymaster
/// @notice One deposit of a principal's that pays for the user operations of all its wallets, and for no stopped agent's.
/// @dev It is staked, and so may look at the principal's stop in validation (ERC-7562), which a wallet may not: after `revokeAll`
/// no operation is even included, and nobody pays. For an agent it pays within the gas terms that its principal has set here, for
/// the principal itself without any. The period in an agent's operation counts in eighths of the window of those terms, from the
/// epoch of unix time.
interface IPrincipalPaymaster {
    /// @notice Thrown when the caller isn't the principal.
    error NotPrincipal(address caller, address principal);
    /// @notice Thrown when an operation's sender wasn't made by the factory.
    error NotAWallet(address sender);
    /// @notice Thrown when an operation's wallet is another principal's.
    error OtherPrincipal(address wallet, address principal, address expected);
    /// @notice Thrown in validation when the agent was stopped, alone or with all others.
    error AgentStopped(address principal, address wallet);
    /// @notice Thrown when an operation's calldata is too short to name a period.
    error NoPeriod(address wallet);
    /// @notice Thrown when an address that must be someone is zero.
    error ZeroAddress();

    /// @notice Emitted when the principal has set what is paid for a wallet's agent.
    event GasTermsSet(address indexed wallet, GasTerms terms);

    /// @notice Sets what is paid for a wallet's agent, also before the wallet exists; all zero: nothing. What was charged stays
    /// charged.
    /// @dev Caller: the principal. Reverts with the mandate's own GasTermsContradict and InvalidGasWindow.
    function setGasTerms(address wallet, GasTerms calldata terms) external;

    /// @notice What is paid for a wallet's agent, and what is left of it in the window now (wei).
    function gasTermsOf(address wallet) external view returns (GasTerms memory terms, uint256 remaining);

    /// @notice Adds to the deposit that operations are paid from.
    /// @dev Caller: anyone.
    function deposit() external payable;

    /// @notice Takes wei of the deposit home.
    /// @dev Caller: the principal.
    function withdraw(address payable to, uint256 amount) external;

    /// @notice Adds to the stake, which is locked for so many seconds after `unlockStake`.
    /// @dev Caller: the principal.
    function addStake(uint32 unstakeDelay) external payable;

    /// @notice Begins to take the stake back: bundlers don't trust the paymaster from now on.
    /// @dev Caller: the principal.
    function unlockStake() external;

    /// @notice Takes the stake home once the delay is over.
    /// @dev Caller: the principal.
    function withdrawStake(address payable to) external;

    /// @notice Whose deposit it is, for ever.
    function PRINCIPAL() external view returns (address);
    /// @notice The factory of the wallets that it pays for, and their switch.
    function FACTORY() external view returns (address);
    function SWITCH() external view returns (address);
}
