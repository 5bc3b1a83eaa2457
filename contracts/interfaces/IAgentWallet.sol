// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICalls} from "./ICalls.sol";
import {IChequeBooks} from "./IChequeBooks.sol";
import {IMandateModule} from "./IMandateModule.sol";
import {IPayments} from "./IPayments.sol";
import {IPreauthorizations} from "./IPreauthorizations.sol";
import {IPrincipalControl} from "./IPrincipalControl.sol";
import {IRequests} from "./IRequests.sol";
import {ISignedActions} from "./ISignedActions.sol";
import {IUserOperations} from "./IUserOperations.sol";
import {IWalletViews} from "./IWalletViews.sol";

/// @title AgentWallet
/// @notice The purse of one agent. The principal's money lies in it; the agent key spends inside the mandate, and nothing else
/// moves a coin but the principal, who is never limited.
///
/// Who may do what:
/// - The *principal*: everything, at any time. It alone widens authority (I12). Withdrawing, executing and lifting the mandate
///   ask no other contract; a new mandate is written by the mandate writer, and a new principal's epoch asked of the switch.
/// - The *agent key*, inside the mandate, unless the switch says stop: `pay`, `payBatch`, `call`, `preauthorize`, and cheques;
///   it asks the principal for more with `requestPayment`; and it may `resign`.
/// - Everybody else: send it money, read it, and carry what the principal or the agent key has signed.
///
/// Assumptions about a listed token, for the accounting to be right; where one fails the payment is refused, and other
/// tokens are not touched by it (I19):
/// - `transfer` moves exactly `amount` out of the wallet, and returns true or nothing. (Taking more is refused. That a payee
///   gets less, by a fee on transfer, is possible: what left the wallet is what is charged.)
/// - `balanceOf` tells the truth. A token that lies about the wallet's balance can take that token, and no other.
/// - Its decimals are those in the mandate. A token worth more or less than its unit of currency counts by number all the
///   same: nothing here asks for a price.
interface IAgentWallet is
    IPrincipalControl,
    IMandateModule,
    IPayments,
    ISignedActions,
    IUserOperations,
    ICalls,
    IRequests,
    IPreauthorizations,
    IChequeBooks,
    IWalletViews
{}
