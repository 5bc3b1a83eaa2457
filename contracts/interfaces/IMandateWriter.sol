// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMandate, Mandate, MandateHead} from "./IMandate.sol";

/// @title MandateWriter
/// @notice Checks a mandate and writes it as code, for the wallet that calls.
/// @dev Without state and without power: it is a contract of its own because a wallet needs these rules only when its principal
/// sets a mandate, and never to pay, to stop, or to withdraw.
interface IMandateWriter is IMandate {
    /// @notice Refuses a mandate that can't be enforced, with the reason; else writes it in the layout of `MandateDecoder`.
    /// @dev Caller: the wallet. What depends on its history (principal, epoch, what is replaced and spent) it checks itself.
    /// @param mandate The mandate.
    /// @param forbidden Who may never be a payee, beside zero and the tokens.
    /// @return pointer The contract whose code holds the mandate.
    /// @return termsLength How many bytes head, tokens and budgets take there.
    /// @return mandateHash The EIP-712 struct hash of the mandate.
    /// @return head The head of the mandate, for the registry.
    function write(Mandate calldata mandate, address[] calldata forbidden)
        external
        returns (address pointer, uint16 termsLength, bytes32 mandateHash, MandateHead memory head);
}
