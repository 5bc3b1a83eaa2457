// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletCommon} from "./IWalletCommon.sol";

/// @title Signed actions
/// @notice What the agent key has signed, anyone may carry: an agent needs no ether, and no transaction of its own.
interface ISignedActions is IWalletCommon {
    /// @notice The terms of carrying an action.
    /// @param relayer Who alone may carry it, and gets the fee; zero: anyone, without a fee.
    /// @param deadline The last second in which it may be carried out (unix seconds, inclusive).
    /// @param feeToken The token of the fee.
    /// @param fee What the relayer gets (token base units); zero: nothing. It is a payment like any other: the relayer has to
    /// be a listed payee, and every limit holds.
    /// @param nonce Any number not used or canceled before; unordered. Neighbors share a storage slot.
    struct Relay {
        address relayer;
        uint256 deadline;
        address feeToken;
        uint256 fee;
        uint256 nonce;
    }

    /// @notice Thrown when the signature isn't the agent key's.
    error BadAgentSignature(address agentKey, bytes32 digest);
    /// @notice Thrown when another than the named relayer carries an action.
    error NotRelayer(address caller, address relayer);
    /// @notice Thrown when a fee is offered to nobody in particular: whoever came first could take it.
    error FeeNeedsRelayer(uint256 fee);
    /// @notice Thrown when the action isn't one of the agent's verbs.
    error NotAnAction(bytes4 selector);
    /// @notice Thrown when the caller is neither the agent key nor the principal.
    error NotAgentKeyOrPrincipal(address caller, address agentKey, address principal);

    /// @notice Emitted when a nonce of the agent's was made unusable.
    event ActionCanceled(uint256 indexed nonce);

    /// @notice Carries out an action that the agent key has signed, as if the key had sent it: with the same events, and none
    /// more. Reverts as the verb would; the nonce then stays unused.
    /// @dev EIP-712 `Action(bytes32 mandateHash,bytes action,address relayer,uint256 deadline,address feeToken,uint256 fee,uint256
    /// nonce)`. It ends with the mandate that it was signed under.
    /// @param action The calldata of the verb: `pay`, `payBatch`, `call`, `requestPayment`, `cancelRequest`, `preauthorize` or
    /// `resign`.
    /// @param signature The agent key's: 65 bytes of a secp256k1 key, what an ERC-1271 contract takes, or for any other kind
    /// of key the form of `AgentKeys`.
    function act(bytes calldata action, Relay calldata relay, bytes calldata signature) external;

    /// @notice Makes a nonce of the agent's unusable.
    /// @dev Caller: the agent key, or the principal.
    function cancelAction(uint256 nonce) external;

    /// @notice Whether a nonce of the agent's was used or canceled.
    function isActionSpent(uint256 nonce) external view returns (bool);

    /// @notice The agent gives up: it is revoked in the switch for ever.
    /// @dev Caller: the agent key, or whoever carries its signature. Works also when paused or expired.
    function resign() external;

    /// @notice What the agent key signs for `act` under the mandate in force.
    function actionDigest(bytes calldata action, Relay calldata relay) external view returns (bytes32);
}
