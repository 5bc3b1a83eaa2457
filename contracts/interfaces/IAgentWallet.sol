// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1155Receiver} from "@openzeppelin/contracts/token/ERC1155/IERC1155Receiver.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {ICallRequests} from "./ICallRequests.sol";
import {ICalls} from "./ICalls.sol";
import {IChequeBooks} from "./IChequeBooks.sol";
import {IMandateModule} from "./IMandateModule.sol";
import {IPayments} from "./IPayments.sol";
import {IPreauthorizations} from "./IPreauthorizations.sol";
import {IPrincipalControl} from "./IPrincipalControl.sol";
import {IRequests} from "./IRequests.sol";
import {ISuite} from "./ISuite.sol";
import {ISignedActions} from "./ISignedActions.sol";
import {IUserOperations} from "./IUserOperations.sol";
import {IWalletViews} from "./IWalletViews.sol";

/// @title AgentWallet
/// @notice The wallet of one agent. It holds the principal's money. The agent key spends within the mandate;
/// nobody else can move money except the principal, who is never limited.
///
/// Roles:
/// - The *principal*: everything, at any time. Only the principal widens authority (I12). Withdrawing,
///   executing and lifting the mandate call no other contract of the suite. Setting a mandate calls the mandate
///   writer; accepting a hand-over reads the new principal's epoch from the switch.
/// - The *agent key*, within the mandate and unless the switch stops it: `pay`, `payBatch`, `call`, `preauthorize`, and
/// cheques. It asks the principal for more with `requestPayment` and `requestCall`. It may give up with `resign`, also
/// while stopped.
/// - Everybody else: send it money, read it, and submit what the principal or the agent key has signed.
///
/// Assumptions about a listed token, on which the accounting relies. A token that violates one can't take any
/// other token (I19). If its `balanceOf` reverts, the agent's calls and its native payments to contracts revert,
/// until a mandate without it is set:
/// - `transfer` moves exactly `amount` out of the wallet, and returns true or nothing. If the token takes more,
///   the payment reverts. A payee may receive less, by a fee on transfer: the charge is what the wallet was
///   asked to pay.
/// - `balanceOf` reports the true balance. A token that misreports the wallet's balance can take that token,
///   and no other.
/// - Its decimals are those in the mandate. Every whole token counts as one unit of the budget's currency,
///   whatever its market price: no price is read.
interface IAgentWallet is
    ISuite,
    IPrincipalControl,
    IMandateModule,
    IUserOperations,
    ISignedActions,
    IPayments,
    ICalls,
    IRequests,
    ICallRequests,
    IPreauthorizations,
    IChequeBooks,
    IWalletViews,
    IERC1271,
    IERC5267,
    IERC721Receiver,
    IERC1155Receiver
{}
