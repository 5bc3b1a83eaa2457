// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccount, IAccountExecute} from "@openzeppelin/contracts/interfaces/IERC4337.sol";
import {IWalletCommon} from "./IWalletCommon.sol";

/// @title User operations
/// @notice The wallet as an ERC-4337 account: principal and agent key may act through the EntryPoint.
/// @dev The upper half of the operation's 192-bit nonce key says who acts:
///
///     agent      first 16 bytes of the mandate hash | 8 bytes of its choice
///     principal  16 zero bytes                      | 8 bytes of its choice
///
/// So neither can block the other's nonces, and the agent's signatures are void once their mandate is. The
/// signature is over the EntryPoint's hash of the operation itself (EIP-712 typed data since EntryPoint v0.8).
///
/// The principal's callData is the calldata of any function of the wallet, such as `execute`. The agent's
/// callData is
///
///     selector of executeUserOp 4 | period 4 | calldata of an action that `act` accepts
///
/// Validation may not read the clock (ERC-7562), so the agent's operation names the *period* it is executed in.
/// Periods last an eighth of the window of the gas terms, counted from the unix epoch. The cost is charged to
/// that period, and the EntryPoint rejects the operation in any other. An operation that costs nothing may be
/// executed at any time. If a paymaster pays, the paymaster interprets the period.
///
/// Validation sees a stop of this agent. ERC-7562 doesn't let it read a stop of all the principal's agents: the
/// first operation after such a stop does nothing but copy it to where the next validation reads it. Anyone can
/// copy it before, with the switch's `sync`.
interface IUserOperations is IWalletCommon, IAccount, IAccountExecute {
    /// @notice Gas terms of the mandate in force, and their state.
    /// @param operationLimit The most that one operation may cost (wei, inclusive).
    /// @param windowLimit The most that all operations in a window may cost (wei, inclusive).
    /// @param remaining What remains of it now (wei).
    /// @param period An eighth of the window (seconds); zero: the wallet pays for no operation.
    struct GasState {
        uint256 operationLimit;
        uint256 windowLimit;
        uint256 remaining;
        uint256 period;
    }

    /// @notice Thrown when the caller isn't the EntryPoint.
    error NotEntryPoint(address caller, address entryPoint);
    /// @notice Thrown when an operation's nonce key doesn't begin with the hash of the mandate in force.
    error OperationOfOtherMandate(bytes16 nonceKey, bytes32 mandateHash);
    /// @notice Thrown in validation when the agent is stopped.
    error AgentStopped(address principal, address wallet);
    /// @notice Thrown when an operation of the agent doesn't execute one of its actions.
    /// @param selector Selector of the operation's callData.
    /// @param action Selector of the action in it; zero if the callData is too short.
    error NotAnAgentOperation(bytes4 selector, bytes4 action);
    /// @notice Thrown when an operation's call gas limit may not suffice to copy a stop (gas).
    error CallGasTooLow(uint256 callGasLimit, uint256 minimum);

    /// @notice Emitted when an operation is executed after a stop. It does nothing but copy the stop.
    /// @param reason Revert data of the switch.
    event OperationStopped(bytes32 indexed userOpHash, bytes reason);

    /// @notice Returns the gas terms of the mandate in force, and what remains of them. Reverts with NoMandate.
    function operationGas() external view returns (GasState memory);
}
