// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletCommon} from "./IWalletCommon.sol";

/// @title Signed actions
/// @notice Executes actions that the agent key has signed and anyone may relay: the agent needs no native
/// currency and no transaction of its own.
interface ISignedActions is IWalletCommon {
    /// @notice Terms of relaying an action.
    /// @param relayer The only relayer, which receives the fee; zero: anyone may relay, without a fee.
    /// @param feeToken Token of the fee.
    /// @param fee Fee of the relayer (token base units, or wei); zero: none. It is a payment like any other:
    /// the relayer must be a payee that the budget allows, and every limit applies.
    /// @param minGas The least gas that must be available for the action: a relayer can't make a call of it fail by
    /// sending too little.
    /// @param deadline Last second for the action (unix seconds, inclusive).
    /// @param nonce Any number neither used nor canceled before; unordered. 256 neighbors share a storage slot.
    struct Relay {
        address relayer;
        address feeToken;
        uint256 fee;
        uint256 minGas;
        uint48 deadline;
        uint256 nonce;
    }

    /// @notice Thrown when the signature isn't the agent key's over this digest.
    error BadAgentSignature(address agentKey, bytes32 digest);
    /// @notice Thrown when the caller isn't the named relayer.
    error NotRelayer(address caller, address relayer);
    /// @notice Thrown when a fee is offered without naming a relayer: the first to submit would take it.
    error FeeNeedsRelayer(uint256 fee);
    /// @notice Thrown when the calldata doesn't call one of the agent's actions.
    error NotAnAction(bytes4 selector);
    /// @notice Thrown when the caller is neither the agent key nor the principal.
    error NotAgentKeyOrPrincipal(address caller, address agentKey, address principal);

    /// @notice Emitted before a relayed action is executed, so that a client that lost the answer finds the receipt.
    event ActionRelayed(uint256 indexed nonce);
    /// @notice Emitted when a nonce of the agent is canceled.
    event ActionCanceled(uint256 indexed nonce);

    /// @notice Executes an action that the agent key has signed, as if the key had sent it, with the same
    /// events. A fee is paid afterwards, with a `PaymentMade` of its own. If the action reverts, `act` reverts
    /// with its error and the nonce stays unused.
    /// @dev EIP-712 `Action(bytes32 mandateHash,bytes action,address relayer,address feeToken,uint256 fee,uint256
    /// minGas,uint48 deadline,uint256 nonce)`. The signature is void once its mandate is replaced or lifted.
    /// Reverts, in this order, with DeadlinePassed, FeeNeedsRelayer or NotRelayer, NotAnAction, NoMandate,
    /// BadAgentSignature, NonceSpent, GasTooLow.
    /// @param action Calldata of `pay`, `payBatch`, `call`, `requestPayment`, `requestCall`, `cancelRequest`,
    /// `preauthorize` or `resign`.
    /// @param relay Terms of relaying.
    /// @param signature 65 bytes of a secp256k1 key, what an ERC-1271 contract accepts, or for other kinds of
    /// keys the encoding of `Signers`.
    function act(bytes calldata action, Relay calldata relay, bytes calldata signature) external;

    /// @notice Cancels a nonce of the agent: no action signed with it can be relayed.
    /// @dev Caller: the agent key, the principal, or the wallet itself. Reverts with NoMandate,
    /// NotAgentKeyOrPrincipal or NonceSpent.
    function cancelAction(uint256 nonce) external;

    /// @notice Whether a nonce of the agent was used or canceled.
    function isActionSpent(uint256 nonce) external view returns (bool);

    /// @notice Revokes the agent in the switch forever, by its own decision.
    /// @dev Caller: the agent key, or a relayer with its signature. Works also while the agent is paused or its
    /// mandate has expired. Reverts with NoMandate or NotAgentKey.
    function resign() external;

    /// @notice Returns the EIP-712 digest that the agent key signs for `act` under the mandate in force.
    /// Reverts with NoMandate.
    function actionDigest(bytes calldata action, Relay calldata relay) external view returns (bytes32);
}
