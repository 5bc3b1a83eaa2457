// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletCommon} from "./IWalletCommon.sol";

/// @title The principal's side of a wallet
/// @notice Never limited, and asks no other contract but the token that is taken home. The half that only principals use.
interface IPrincipalControl is IWalletCommon {
    /// @notice A call of the principal's.
    /// @param target Who is called; the wallet itself is allowed, and acts as the principal there.
    /// @param value Native currency sent along (wei).
    /// @param data Calldata.
    struct Call {
        address target;
        uint256 value;
        bytes data;
    }

    /* ERRORS */

    /// @notice Thrown when the caller isn't who the wallet has been offered to.
    error NotPendingPrincipal(address caller, address pendingPrincipal);
    /// @notice Thrown when an address may not become principal: the wallet itself, or who is principal already.
    error InvalidPrincipal(address principal);
    /// @notice Thrown when the wallet doesn't hold what the principal withdraws (token base units, or wei).
    error BalanceTooLow(address token, uint256 amount, uint256 balance);

    /* EVENTS */

    /// @notice Emitted when the principal has made a call.
    event Executed(address indexed target, uint256 value, bytes data);
    /// @notice Emitted when the principal has withdrawn (token base units, or wei).
    event Withdrawn(address indexed token, address indexed to, uint256 amount);
    /// @notice Emitted when the principal offers the wallet to another, or takes the offer back (zero).
    event HandOverOffered(address indexed principal, address indexed pendingPrincipal);
    /// @notice Emitted when the new principal has taken the wallet over.
    event HandedOver(address indexed previousPrincipal, address indexed principal);
    /// @notice Emitted when the principal cancels a nonce.
    event NonceCanceled(uint256 nonce);
    /// @notice Emitted when the mandate ends by the principal's hand.
    event MandateLifted(bytes32 indexed mandateHash);
    /// @notice Emitted when native currency comes in.
    event Received(address indexed from, uint256 value);

    /* PRINCIPAL: EXECUTE AND WITHDRAW */

    /// @notice Makes any call as the wallet. Reverts with the target's own reason.
    /// @dev Caller: the principal, or the wallet itself inside such a call.
    function execute(address target, uint256 value, bytes calldata data) external payable returns (bytes memory);

    /// @notice Makes several calls as the wallet, all or none.
    /// @dev Caller: the principal, or the wallet itself.
    function executeBatch(Call[] calldata calls) external payable returns (bytes[] memory);

    /// @notice Makes several calls that the principal has signed, all or none; anyone may submit them.
    /// @dev EIP-712 `Execute(Call[] calls,uint256 nonce,uint256 deadline)Call(address target,uint256 value,bytes data)`.
    /// @param nonce Any number not used or canceled before; unordered.
    /// @param deadline The last second in which it may be carried out (unix seconds, inclusive).
    function executeSigned(Call[] calldata calls, uint256 nonce, uint256 deadline, bytes calldata signature)
        external
        payable
        returns (bytes[] memory);

    /// @notice Makes a nonce of the principal's unusable.
    /// @dev Caller: the principal, or the wallet itself.
    function cancelNonce(uint256 nonce) external;

    /// @notice Whether a nonce was used or canceled.
    function isNonceSpent(uint256 nonce) external view returns (bool);

    /// @notice Takes money home: a token, or native currency by the name of ERC-7528 (`0xEeee…EEeE`).
    /// @dev Caller: the principal, or the wallet itself. It asks nobody but the token (I18).
    /// @param amount Token base units, or wei.
    function withdraw(address token, address to, uint256 amount) external;

    /// @notice Takes all of a token, or of the native currency, home. One at a time, so that a token that misbehaves keeps
    /// nothing but itself back (I19).
    /// @return amount What there was (token base units, or wei).
    function withdrawAll(address token, address to) external returns (uint256 amount);

    /// @notice Ends the mandate. The agent can do nothing until another is installed; counted spending stays counted.
    /// @dev Caller: the principal, or the wallet itself. Asks no other contract.
    function liftMandate() external;

    /* PRINCIPAL: HAND OVER */

    /// @notice Offers the wallet to another principal; zero takes the offer back. Nothing changes until it is accepted.
    /// @dev Caller: the principal, or the wallet itself.
    function offerHandOver(address newPrincipal) external;

    /// @notice Takes the wallet over. The mandate ends with the old principal's say; money and counted spending stay.
    /// @dev Caller: whom it was offered to.
    function acceptHandOver() external;

    /// @notice Whom the wallet is offered to, or zero.
    function pendingPrincipal() external view returns (address);
}
