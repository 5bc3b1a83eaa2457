// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletCommon} from "./IWalletCommon.sol";

/// @title The principal's functions of a wallet
/// @notice Never limited. Withdrawing and lifting the mandate call no other contract except the token that is
/// withdrawn.
/// @dev Where the caller must be the principal, the EntryPoint may call too, with a user operation that the
/// principal has signed.
interface IPrincipalControl is IWalletCommon {
    /// @notice A call of the principal.
    /// @param target Contract or account to call. The wallet itself is allowed, and then acts as the principal.
    /// @param value Native currency to send (wei).
    /// @param data Calldata.
    struct Call {
        address target;
        uint256 value;
        bytes data;
    }

    /* ERRORS */

    /// @notice Thrown when an offer to hand over would end before now or more than 30 days ahead (unix seconds,
    /// bounds inclusive).
    error InvalidHandOverDeadline(uint48 deadline, uint256 earliest, uint256 latest);
    /// @notice Thrown when the caller isn't the one that the wallet was offered to.
    error NotPendingPrincipal(address caller, address pendingPrincipal);
    /// @notice Thrown when the wallet is offered to itself or to its current principal.
    error InvalidPrincipal(address principal);
    /// @notice Thrown when the wallet holds less than is withdrawn (token base units, or wei).
    error BalanceTooLow(address token, uint256 amount, uint256 balance);

    /* EVENTS */

    /// @notice Emitted when the principal has made a call.
    /// @param value Native currency sent (wei).
    event Executed(address indexed target, uint256 value, bytes data);
    /// @notice Emitted when the principal has withdrawn (token base units, or wei).
    event Withdrawn(address indexed token, address indexed to, uint256 amount);
    /// @notice Emitted when the principal offers the wallet to another principal, or withdraws the offer
    /// (zero).
    /// @param deadline Last second of the offer (unix seconds, inclusive); zero if it is withdrawn.
    event HandOverOffered(address indexed principal, address indexed newPrincipal, uint48 deadline);
    /// @notice Emitted when the new principal accepts the wallet.
    event HandedOver(address indexed previousPrincipal, address indexed principal);
    /// @notice Emitted when the principal cancels a nonce.
    event NonceCanceled(uint256 nonce);
    /// @notice Emitted when the principal lifts the mandate, or hands the wallet over.
    event MandateLifted(bytes32 indexed mandateHash);
    /// @notice Emitted when native currency arrives without calldata (wei).
    event Received(address indexed from, uint256 value);

    /* PRINCIPAL: EXECUTE AND WITHDRAW */

    /// @notice Makes any call as the wallet. Reverts with the target's own revert data.
    /// @dev Caller: the principal, or the wallet itself inside such a call. A call to an address without code
    /// succeeds. Reverts with ReservedForGuards of `IMandate` for `onCharge` and `onClose` of a guard, as all three do.
    /// @param value Native currency to send (wei).
    /// @return Data that the call returned.
    function execute(address target, uint256 value, bytes calldata data) external payable returns (bytes memory);

    /// @notice Makes several calls as the wallet, all or none.
    /// @dev Caller: the principal, or the wallet itself.
    /// @return Data that each call returned.
    function executeBatch(Call[] calldata calls) external payable returns (bytes[] memory);

    /// @notice Makes several calls that the principal has signed, all or none. Anyone may submit them.
    /// @dev EIP-712 `Execute(Call[] calls,uint256 minGas,uint256 nonce,uint256 deadline)Call(address target,uint256
    /// value,bytes data)`. Reverts with DeadlinePassed, NonceSpent, BadPrincipalSignature or GasTooLow.
    /// @param minGas The least gas that must be available for the calls: whoever submits them can't make one fail by
    /// sending too little.
    /// @param nonce Any number neither used nor canceled before; unordered.
    /// @param deadline Last second of the signature (unix seconds, inclusive).
    /// @return Data that each call returned.
    function executeSigned(
        Call[] calldata calls,
        uint256 minGas,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external payable returns (bytes[] memory);

    /// @notice Cancels a nonce of the principal: nothing signed with it can be submitted.
    /// @dev Caller: the principal, or the wallet itself. Reverts with NonceSpent.
    function cancelNonce(uint256 nonce) external;

    /// @notice Whether a nonce of the principal was used or canceled.
    function isNonceSpent(uint256 nonce) external view returns (bool);

    /// @notice Withdraws a token, or native currency as named in ERC-7528 (`0xEeee…EEeE`).
    /// @dev Caller: the principal, or the wallet itself. It calls only the token (I18). Reverts with
    /// ZeroAddress or BalanceTooLow.
    /// @param amount Amount (token base units, or wei).
    function withdraw(address token, address to, uint256 amount) external;

    /// @notice Withdraws all of one token, or of the native currency. One at a time, so that a misbehaving
    /// token can't block the others (I19).
    /// @dev Caller: the principal, or the wallet itself. Reverts with ZeroAddress.
    /// @return amount Amount withdrawn (token base units, or wei).
    function withdrawAll(address token, address to) external returns (uint256 amount);

    /// @notice Ends the mandate and the round. The agent can't act until another mandate is installed, and none that
    /// was signed before can be. Counted spending stays counted.
    /// @dev Caller: the principal, or the wallet itself. It calls no other contract. Reverts with NoMandate.
    function liftMandate() external;

    /* PRINCIPAL: HAND OVER */

    /// @notice Offers the wallet to another principal, for this round only; zero withdraws the offer. Nothing changes
    /// until it is accepted.
    /// @dev Caller: the principal, or the wallet itself. Reverts with InvalidPrincipal or InvalidHandOverDeadline.
    /// @param deadline Last second of the offer (unix seconds, inclusive); at most 30 days ahead. Ignored if the
    /// offer is withdrawn.
    function offerHandOver(address newPrincipal, uint48 deadline) external;

    /// @notice Makes the caller the principal. It lifts the old principal's mandate and ends the round; money,
    /// counted spending and approvals of tokens given by the old principal stay.
    /// @dev Caller: the one that it was offered to; else reverts with NotPendingPrincipal. Reverts also with
    /// DeadlinePassed or RoundEnded.
    function acceptHandOver() external;

    /// @notice Returns to whom the wallet is offered, and until when (unix seconds, inclusive). Zeros if there is no
    /// offer, or it has ended.
    function pendingHandOver() external view returns (address newPrincipal, uint48 deadline);
}
