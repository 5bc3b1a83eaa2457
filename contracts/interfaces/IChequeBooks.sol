// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletCommon} from "./IWalletCommon.sol";

/// @title Cheque books
/// @notice Payments by EIP-3009 that the agent signs off-chain, without gas or transaction. The token's own record of used nonces
/// is the counter; what all cheques together can come to is set aside from the budget's limits when the mandate is set.
///
/// A cheque's signature is `bytes4(keccak256("Peculium cheque"))`, eight words, and the agent key's signature of the EIP-3009
/// digest. The words: the book's token; a payee listed without terms of its own; the amount (token base units, within the book's
/// limit); validAfter and validBefore as in EIP-3009 (unix seconds; it is good in the period in which its last second lies); the
/// slot, which cheque of the period it is, from zero; keccak256 of name and of version in the token's EIP-712 domain.
interface IChequeBooks is IWalletCommon {
    /// @notice Thrown when no budget has a cheque book in this token.
    error NoChequeBook(address token);

    /// @notice The EIP-3009 nonce of a cheque: a used one is a used cheque.
    /// @param period Which period: unix seconds divided by the book's.
    /// @param slot Which cheque in it, from zero.
    function chequeNonce(address token, uint256 period, uint256 slot) external view returns (bytes32);

    /// @notice How many cheques of the current period the token hasn't seen used.
    function chequesLeft(address token) external view returns (uint256);

    /// @notice The most that cheques of the current period can still take (budget units).
    function chequesOutstanding(address token) external view returns (uint256);

    /// @notice The terms of the cheque book in a token: how many in a period, the most of each (budget units), and the period
    /// (seconds).
    function chequeBook(address token) external view returns (uint16 count, uint96 limit, uint32 period);
}
