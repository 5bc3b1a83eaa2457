// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMandate, Mandate, MandateHead} from "./IMandate.sol";

/// @title MandateWriter
/// @notice Checks a mandate and writes it as the code of a new contract, for the wallet that calls.
/// @dev It has no state and no authority. It is a contract of its own because a wallet needs these rules only
/// when its principal sets a mandate, never to pay, stop or withdraw.
interface IMandateWriter is IMandate {
    /// @notice Checks a mandate and writes it in the layout of `MandateDecoder`. Reverts with an error of
    /// `IMandate` if it can't be enforced.
    /// @dev Caller: the wallet that the mandate is for. What depends on the wallet's history (principal, epoch,
    /// round, spending) the wallet checks itself.
    /// @param mandate The mandate.
    /// @param forbidden Addresses that may never be payees or targets, besides zero and the tokens.
    /// @return pointer Contract whose code holds the mandate.
    /// @return termsLength Bytes that `MandateDecoder.load` reads: the whole mandate if it has at most
    /// `INLINE_LIMIT` bytes; otherwise everything before the call rules: head, tokens, budgets, cheque books
    /// and further windows.
    /// @return mandateHash EIP-712 struct hash of the mandate.
    /// @return head Head of the mandate, for the registry.
    function write(Mandate calldata mandate, address[] calldata forbidden)
        external
        returns (address pointer, uint16 termsLength, bytes32 mandateHash, MandateHead memory head);
}
