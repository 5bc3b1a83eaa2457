// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMandate, Mandate} from "./IMandate.sol";
import {ISwitchable} from "./IRevocationSwitch.sol";

/// @title AgentWallet
/// @notice The purse of one agent. The principal's money lies in it; the agent key spends inside the mandate, and nothing else
/// moves a coin but the principal, who is never limited.
///
/// Who may do what:
/// - The *principal*: everything, at any time. It alone widens authority (I12). Withdrawing, executing and lifting the mandate
///   ask no other contract; a new mandate is written by the mandate writer, and a new principal's epoch asked of the switch.
/// - The *agent key*: `pay` and `payBatch`, inside the mandate, unless the switch says stop; and `resign`.
/// - Everybody else: send it money, read it, and carry what the principal has signed.
///
/// Assumptions about a listed token, for the accounting to be right; where one fails the payment is refused, and other
/// tokens are not touched by it (I19):
/// - `transfer` moves exactly `amount` out of the wallet, and returns true or nothing. (Taking more is refused. That a payee
///   gets less, by a fee on transfer, is possible: what left the wallet is what is charged.)
/// - `balanceOf` tells the truth. A token that lies about the wallet's balance can take that token, and no other.
/// - Its decimals are those in the mandate. A token worth more or less than its unit of currency counts by number all the
///   same: nothing here asks for a price.
interface IAgentWallet is IMandate, ISwitchable {
    /// @notice A call of the principal's.
    /// @param target Who is called; the wallet itself is allowed, and acts as the principal there.
    /// @param value Native currency sent along (wei).
    /// @param data Calldata.
    struct Call {
        address target;
        uint256 value;
        bytes data;
    }

    /// @notice One payment of a batch, with the arguments of `pay`.
    struct Payment {
        address token;
        address payee;
        uint256 amount;
        bytes32 ref;
    }

    /// @notice What an agent's registration needs at the wallet's creation.
    /// @param agentURI The ERC-8004 registration file.
    /// @param statementHash keccak256 of the statement of liability that the principal accepts.
    /// @param deadline The acceptance's deadline (unix seconds, inclusive).
    /// @param acceptance The principal's signature of the acceptance.
    /// @param principalSignature The principal's signature of the mandate.
    /// @param agentSignature The agent key's signature of the mandate.
    struct Enrolment {
        string agentURI;
        bytes32 statementHash;
        uint256 deadline;
        bytes acceptance;
        bytes principalSignature;
        bytes agentSignature;
    }

    /// @notice The head of the mandate in force.
    /// @param principal Who granted it.
    /// @param epoch In which of the principal's epochs.
    /// @param agentKey The key that acts.
    /// @param validFrom When it begins (unix seconds, inclusive).
    /// @param validUntil When it ends (unix seconds, exclusive).
    /// @param mandateHash Its EIP-712 struct hash.
    struct Grant {
        address principal;
        uint64 epoch;
        address agentKey;
        uint48 validFrom;
        uint48 validUntil;
        bytes32 mandateHash;
    }

    /// @notice The limits of one budget (budget units, inclusive).
    /// @param payment The most that one payment may charge.
    /// @param window The most that may be charged in any interval of `windowLength`.
    /// @param lifetime The most that may ever be charged.
    /// @param windowLength Seconds.
    /// @param anyPayee Whether every payee is allowed.
    struct Limits {
        uint256 payment;
        uint256 window;
        uint256 lifetime;
        uint32 windowLength;
        bool anyPayee;
    }

    /// @notice What a budget allows right now (budget units).
    /// @param payment The most that one payment may charge.
    /// @param window What is left in the rolling window.
    /// @param lifetime What is left for life.
    struct Remaining {
        uint256 payment;
        uint256 window;
        uint256 lifetime;
    }

    /* ERRORS */

    /// @notice Thrown when the caller isn't the principal.
    error NotPrincipal(address caller, address principal);
    /// @notice Thrown when the caller isn't who the wallet has been offered to.
    error NotPendingPrincipal(address caller, address pendingPrincipal);
    /// @notice Thrown when an address may not become principal: the wallet itself, or who is principal already.
    error PrincipalRefused(address principal);
    /// @notice Thrown when the caller isn't the factory, which alone initialises.
    error NotFactory(address caller, address factory);
    /// @notice Thrown when the wallet is initialised a second time.
    error AlreadyInitialised(address principal);
    /// @notice Thrown when an address that must be someone is zero.
    error ZeroAddress();
    /// @notice Thrown when the wallet doesn't hold what the principal withdraws (token base units, or wei).
    error BalanceTooLow(address token, uint256 amount, uint256 balance);
    /// @notice Thrown when the principal's signature doesn't fit.
    error BadPrincipalSignature(address principal, bytes32 digest);
    /// @notice Thrown when a signed execution comes after its deadline (unix seconds).
    error DeadlinePassed(uint256 deadline, uint256 timestamp);
    /// @notice Thrown when a nonce was used or cancelled.
    error NonceSpent(uint256 nonce);
    /// @notice Thrown when there is no mandate: none was set, or it was lifted.
    error NoMandate();
    /// @notice Thrown when the caller isn't the agent key of the mandate.
    error NotAgentKey(address caller, address agentKey);
    /// @notice Thrown before the mandate begins (unix seconds).
    error MandateNotYetValid(uint256 timestamp, uint48 validFrom);
    /// @notice Thrown from the second on in which the mandate ends (unix seconds).
    error MandateExpired(uint256 timestamp, uint48 validUntil);
    /// @notice Thrown when the principal replaced or lifted the mandate while the agent's action was under way.
    error MandateChanged(bytes32 mandateHash);
    /// @notice Thrown when a payment is of nothing.
    error ZeroAmount();
    /// @notice Thrown when an amount passes 128 bits (token base units).
    error AmountTooLarge(uint256 amount, uint256 maximum);
    /// @notice Thrown when the mandate doesn't list the token.
    error TokenNotListed(address token);
    /// @notice Thrown when the budget that the token counts toward doesn't list the payee.
    error PayeeNotListed(address payee, address token);
    /// @notice Thrown when a payment charges more than the limit per payment (budget units).
    error PaymentLimitExceeded(uint256 charge, uint256 limit);
    /// @notice Thrown when a token took more than the payment (token base units).
    error TokenTookMore(address token, uint256 taken, uint256 amount);
    /// @notice Thrown when a token doesn't tell the wallet's balance.
    error TokenBalanceUnreadable(address token);
    /// @notice Thrown when a batch isn't between 1 and `maximum` payments long.
    error BatchSizeRefused(uint256 size, uint256 maximum);
    /// @notice Thrown when the mandate has no budget in this currency.
    error CurrencyNotBudgeted(string currency);

    /* EVENTS */

    /// @notice Emitted when the agent has paid.
    /// @param ref Why: 32 bytes of the agent's choice, such as an invoice number or a hash of the decision that led to it.
    /// @param amount What was paid (token base units).
    /// @param charge What it counted for (budget units).
    event PaymentMade(
        address indexed token, address indexed payee, bytes32 indexed ref, uint256 amount, uint256 charge
    );
    /// @notice Emitted when a mandate is installed, with the whole of it.
    event MandateInstalled(bytes32 indexed mandateHash, address indexed agentKey, address pointer, Mandate mandate);
    /// @notice Emitted when the mandate ends by the principal's hand.
    event MandateLifted(bytes32 indexed mandateHash);
    /// @notice Emitted when the principal has made a call.
    event Executed(address indexed target, uint256 value, bytes data);
    /// @notice Emitted when the principal has withdrawn (token base units, or wei).
    event Withdrawn(address indexed token, address indexed to, uint256 amount);
    /// @notice Emitted when the principal offers the wallet to another, or takes the offer back (zero).
    event HandOverOffered(address indexed principal, address indexed pendingPrincipal);
    /// @notice Emitted when the new principal has taken the wallet over.
    event HandedOver(address indexed previousPrincipal, address indexed principal);
    /// @notice Emitted when the principal cancels a nonce.
    event NonceCancelled(uint256 nonce);
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
    /// @param nonce Any number not used or cancelled before; unordered.
    /// @param deadline The last second in which it may be carried out (unix seconds, inclusive).
    function executeSigned(Call[] calldata calls, uint256 nonce, uint256 deadline, bytes calldata signature)
        external
        payable
        returns (bytes[] memory);

    /// @notice Makes a nonce of the principal's unusable.
    /// @dev Caller: the principal, or the wallet itself.
    function cancelNonce(uint256 nonce) external;

    /// @notice Whether a nonce was used or cancelled.
    function isNonceSpent(uint256 nonce) external view returns (bool);

    /// @notice Takes money home: a token, or native currency by the name of ERC-7528 (`0xEeee…EEeE`).
    /// @dev Caller: the principal, or the wallet itself. It asks nobody but the token (I18).
    /// @param amount Token base units, or wei.
    function withdraw(address token, address to, uint256 amount) external;

    /// @notice Takes all of a token, or of the native currency, home. One at a time, so that a token that misbehaves keeps
    /// nothing but itself back (I19).
    /// @return amount What there was (token base units, or wei).
    function withdrawAll(address token, address to) external returns (uint256 amount);

    /* PRINCIPAL: HAND OVER */

    /// @notice Offers the wallet to another principal; zero takes the offer back. Nothing changes until it is accepted.
    /// @dev Caller: the principal, or the wallet itself.
    function offerHandOver(address newPrincipal) external;

    /// @notice Takes the wallet over. The mandate ends with the old principal's say; money and counted spending stay.
    /// @dev Caller: whom it was offered to.
    function acceptHandOver() external;

    /// @notice The principal: the one whose money this is.
    function principal() external view returns (address);

    /// @notice Whom the wallet is offered to, or zero.
    function pendingPrincipal() external view returns (address);

    /* PRINCIPAL: MANDATE */

    /// @notice Installs a mandate, replacing the one before. Spending already counted stays counted.
    /// @dev Caller: the principal, or the wallet itself.
    function setMandate(Mandate calldata mandate) external;

    /// @notice Installs a mandate that the principal and the agent key have signed; anyone may submit it. It is anchored in the
    /// registry in the same transaction, if the registry links this wallet to an agent of this principal.
    /// @dev After `setMandate` the registry says Unaccepted until someone calls its `anchorMandate`.
    function setMandateSigned(
        Mandate calldata mandate,
        bytes calldata principalSignature,
        bytes calldata agentSignature
    ) external;

    /// @notice Ends the mandate. The agent can do nothing until another is installed; counted spending stays counted.
    /// @dev Caller: the principal, or the wallet itself. Asks no other contract.
    function liftMandate() external;

    /// @notice The hash of the mandate in force (EIP-712 struct hash), zero if there is none.
    function mandateHash() external view returns (bytes32);

    /// @notice The hash of the last mandate installed, in force or not: what the next one has to name as `replaces`.
    function lastMandateHash() external view returns (bytes32);

    /// @notice The contract whose code holds the last mandate installed, in the layout of `MandateCode`.
    function mandatePointer() external view returns (address);

    /// @notice The head of the mandate in force. Reverts with NoMandate.
    function grant() external view returns (Grant memory);

    /// @notice The limits of the mandate in force in one currency. Reverts with CurrencyNotBudgeted.
    function limits(string calldata currency) external view returns (Limits memory);

    /* AGENT */

    /// @notice Pays a listed payee in a listed token, within every limit.
    /// @dev Caller: the agent key. Checks, in this order: mandate in force, agent key, validity, switch; amount, token,
    /// payee, limit per payment, rolling window, lifetime; then it charges, pays, and compares balances.
    /// @param amount Token base units; not zero.
    /// @param ref What the payment is for.
    function pay(address token, address payee, uint256 amount, bytes32 ref) external;

    /// @notice Makes several payments, all or none. A stop, or a change of the mandate, midway fails them all.
    /// @dev Caller: the agent key.
    function payBatch(Payment[] calldata payments) external;

    /// @notice The agent gives up: it is revoked in the switch for ever.
    /// @dev Caller: the agent key. Works also when paused or expired.
    function resign() external;

    /// @notice What the mandate in force allows now in one currency, whatever the switch says.
    /// Reverts with NoMandate or CurrencyNotBudgeted.
    function remaining(string calldata currency) external view returns (Remaining memory);

    /// @notice Everything that agents of this wallet ever spent in a currency (budget units).
    function spent(string calldata currency) external view returns (uint256);

    /// @notice Whether a payment in this token may go to this payee under the mandate in force.
    function isPayee(address token, address payee) external view returns (bool);

    /* IDENTITY */

    /// @notice Sets principal and mandate and registers the agent. Once, by the factory, in the creating transaction.
    function initialise(Mandate calldata mandate, Enrolment calldata enrolment) external returns (uint256 agentId);

    /// @notice The agent's id in the registry, as given at creation. Whether the registry still links it: ask the registry.
    function agentId() external view returns (uint256);

    /// @notice The registry, the switch, the factory, the ERC-4337 EntryPoint and the mandate writer of this wallet, for ever.
    function REGISTRY() external view returns (address);
    function SWITCH() external view returns (address);
    function FACTORY() external view returns (address);
    function ENTRY_POINT() external view returns (address);
    function WRITER() external view returns (address);
}
