// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccount, IAccountExecute} from "@openzeppelin/contracts/interfaces/IERC4337.sol";
import {IWalletCommon} from "./IWalletCommon.sol";

/// @title User operations
/// @notice The wallet as an account of ERC-4337: principal and agent key may act through the EntryPoint.
/// @dev Who acts is said by the upper half of the operation's nonce key, which is 192 bits wide:
///
///     agent      first 16 bytes of the mandate's hash | 8 bytes of its choice, a lane
///     principal  16 zero bytes                        | 8 bytes of its choice, a lane
///
/// so neither is ever held up by the other's nonces, and what the agent has signed ends with the mandate it was signed under. The
/// signature is over the EntryPoint's hash of the operation, as it is (from v0.8 on that is typed data).
///
/// A principal's callData is the calldata of any function here, such as `execute`. An agent's is
///
///     selector of executeUserOp 4 | period 4 | calldata of one of the verbs that `act` carries
///
/// A validation may not look at the clock (ERC-7562), so the operation says itself when it is to be carried out: in the given
/// *period*, periods of an eighth of the window of the gas terms counted from the epoch of unix time. It is charged to that
/// period, and the EntryPoint refuses it in any other. When a paymaster pays, the period is what the paymaster makes of it.
///
/// A stop of this agent is seen in validation. One of all the principal's agents isn't, because ERC-7562 allows no look at it:
/// the first operation that comes after it moves nothing, and copies the stop to where the next validation sees it. Anyone can
/// do so before, by `sync` of the switch.
interface IUserOperations is IWalletCommon, IAccount, IAccountExecute {
    /// @notice What user operations of the agent may cost now.
    /// @param operationLimit The most that one may cost (wei, inclusive).
    /// @param windowLimit The most that all may cost in the window (wei).
    /// @param remaining What is left of that now (wei).
    /// @param period An eighth of the window (seconds); zero: the wallet pays for none.
    struct GasState {
        uint256 operationLimit;
        uint256 windowLimit;
        uint256 remaining;
        uint256 period;
    }

    /// @notice Thrown when another than the EntryPoint asks for what only it may.
    error NotEntryPoint(address caller, address entryPoint);
    /// @notice Thrown when an operation's nonce key doesn't begin with the hash of the mandate in force.
    error OperationOfOtherMandate(bytes16 nonceKey, bytes32 mandateHash);
    /// @notice Thrown in validation when the agent was stopped.
    error AgentStopped(address principal, address wallet);
    /// @notice Thrown when an operation of the agent's isn't one of its verbs.
    error NotAnAgentOperation(bytes4 selector, bytes4 verb);
    /// @notice Thrown when an operation's limit of gas for its execution wouldn't do to copy a stop (gas).
    error CallGasTooLow(uint256 callGasLimit, uint256 minimum);

    /// @notice Emitted, and nothing else done, when an operation was carried out after a stop.
    /// @param reason The switch's own error.
    event OperationStopped(bytes32 indexed userOpHash, bytes reason);

    /// @notice The gas terms of the mandate in force, and how they stand. Reverts with NoMandate.
    function operationGas() external view returns (GasState memory);
}
