// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Mandate} from "./IMandate.sol";

/// @title Guard
/// @notice A contract of the principal's choice that a mandate names. The wallet asks it about every charge, after its
/// own limits have allowed it. A guard can only refuse: it never gets an approval, a signature or money from the agent,
/// and no stop, withdrawal, request or approval asks it.
/// @dev Anybody can call these functions. A guard that keeps accounts must check that the caller is a wallet. Then the
/// call is what it says: nobody can make a wallet call `onCharge` or `onClose` in another way, not even its principal.
interface IGuard {
    /// @notice What the wallet that calls is about to pay.
    /// @param principal Principal that granted the mandate.
    /// @param currency keccak256 of the name of the currency that is charged.
    /// @param token The token's contract, or the native currency as named in ERC-7528.
    /// @param payee Who is paid, or the target of a call.
    /// @param amount Amount (token base units, or wei).
    /// @param charge What it counts in the budget (budget units).
    /// @param ref Reason for the payment, chosen by the agent. A fee for relaying has the nonce of its action.
    /// @param pending Whether it is a pre-authorization: it may be settled at any time until `onClose` is called.
    struct Charge {
        address principal;
        bytes32 currency;
        address token;
        address payee;
        uint256 amount;
        uint256 charge;
        bytes32 ref;
        bool pending;
    }

    /// @notice Returns its selector if the guard agrees to a mandate. Asked when the mandate is set.
    /// @param wallet Wallet that the mandate is for.
    function accepts(address wallet, Mandate calldata mandate) external view returns (bytes4);

    /// @notice Returns its selector if the guard agrees to a charge. With anything else the wallet reverts.
    /// @dev Called while the wallet executes. Afterwards the wallet checks mandate and switch again.
    function onCharge(Charge calldata charge) external returns (bytes4);

    /// @notice Tells the guard that a pre-authorization was closed. Its answer is ignored.
    /// @dev Called with exactly 200,000 gas.
    /// @param currency keccak256 of the name of the currency that it was charged in.
    /// @param charge Its charge (budget units).
    /// @param settled False if the charge was released.
    function onClose(bytes32 currency, uint96 charge, bool settled) external;
}
