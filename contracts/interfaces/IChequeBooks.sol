// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IWalletCommon} from "./IWalletCommon.sol";

/// @title Cheque books
/// @notice EIP-3009 payments that the agent signs off-chain, without gas or transaction. The token's record of
/// used nonces counts them. The most that all cheques can spend is reserved from the budget's limits when the
/// mandate is set.
///
/// A cheque's ERC-1271 signature is `bytes4(keccak256("Peculium cheque"))`, eight words, and the agent key's
/// signature of the EIP-3009 digest. The words are:
///   0  the book's token
///   1  a payee listed without terms of its own, or a stranger if the book allows strangers
///   2  amount (token base units); its charge is at most the book's limit per cheque
///   3  validAfter, as in EIP-3009 (unix seconds, exclusive)
///   4  validBefore, as in EIP-3009 (unix seconds, exclusive); the cheque is valid in the period of its last second
///   5  slot: index of the cheque in its period, from zero
///   6  keccak256 of the name in the token's EIP-712 domain
///   7  keccak256 of the version in the token's EIP-712 domain
interface IChequeBooks is IWalletCommon {
    /// @notice Thrown when no budget has a cheque book in this token.
    error NoChequeBook(address token);

    /// @notice Returns the EIP-3009 nonce of a cheque under the mandate in force. The token records it as used
    /// when the cheque is. Reverts with NoMandate.
    /// @param token The book's token. It isn't checked.
    /// @param period Index of the period: unix seconds divided by the book's period.
    /// @param slot Index of the cheque in its period, from zero.
    function chequeNonce(address token, uint256 period, uint256 slot) external view returns (bytes32);

    /// @notice Returns how many cheques of the current period the token reports as unused. Reverts with
    /// NoMandate, NoChequeBook, or AuthorizationStateUnreadable if the token doesn't report it.
    function chequesLeft(address token) external view returns (uint256);

    /// @notice Returns the most that cheques of the current period can still spend (budget units). Reverts as
    /// `chequesLeft` does.
    function chequesOutstanding(address token) external view returns (uint256);

    /// @notice Returns the terms of the cheque book in a token. Reverts with NoMandate or NoChequeBook.
    /// @return count Cheques per period.
    /// @return limit The most that one cheque may charge (budget units, inclusive).
    /// @return period Length of a period (seconds).
    /// @return strangers Whether its cheques may pay strangers.
    function chequeBook(address token)
        external
        view
        returns (uint16 count, uint96 limit, uint32 period, bool strangers);
}
