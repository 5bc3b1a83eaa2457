// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A token that counts toward a budget.
/// @param token The token's contract.
/// @param decimals Its decimals, as signed by the principal. They fix the scale while the mandate is in force:
/// what the token reports later changes nothing.
struct Token {
    address token;
    uint8 decimals;
}

/// @notice A rolling window: a limit on every interval of this length, wherever it starts.
/// @param length Seconds; a multiple of eight, from one hour to `WindowRules.MAX_WINDOW`.
/// @param limit The most that may be charged in any interval `(t − length, t]` (budget units, inclusive).
struct Window {
    uint32 length;
    uint96 limit;
}

/// @notice A payee with terms of its own.
/// @param payee The payee.
/// @param limit The most that may ever be charged for payments to it in this currency, under all mandates
/// together (budget units, inclusive). `type(uint96).max`: no limit of its own, and nothing is counted.
/// @param validUntil End of its terms (unix seconds, exclusive). `type(uint48).max`: never.
struct LimitedPayee {
    address payee;
    uint96 limit;
    uint48 validUntil;
}

/// @notice What the agent may spend in one currency, in all the tokens listed for it together. A zero limit
/// means that nothing may be spent, never unlimited.
/// @param currency Name of the currency: 1 to 12 characters of `A-Z` and `0-9` ("USD"), so that no two names look
/// alike. Spending is counted under this name across mandates.
/// @param decimals Decimals of the budget unit (6: amounts are in millionths). The same in every mandate of a
/// wallet.
/// @param paymentLimit The most that one payment may charge (budget units, inclusive).
/// @param lifetimeLimit The most that may ever be charged, and not released, in this currency under all mandates
/// together (budget units, inclusive).
/// @param spentAtMost The most that may already be spent in this currency when the mandate is installed (budget
/// units, inclusive). It protects a signer who has seen that amount. `type(uint96).max` accepts any.
/// @param windows Rolling windows, which apply all at once; from the shortest to the longest, with limits that
/// don't decrease.
/// @param tokens Tokens that count, each at one unit of currency per whole token. The native currency is named
/// as in ERC-7528, with 18 decimals.
/// @param strangerPaymentLimit The most that one payment to a *stranger* may charge (budget units, inclusive): a
/// payee in neither list that isn't forbidden (`PayeeRefused`). At most `paymentLimit`. Zero: strangers can't be
/// paid.
/// @param strangerWindowLimit The most that payments to all strangers together may charge in any interval of the
/// first window's length (budget units, inclusive). At most that window's limit; zero exactly if
/// `strangerPaymentLimit` is.
/// @param payees Allowed payees, in ascending order, so that each is listed once.
/// @param limitedPayees Allowed payees with a limit or an end of their own, in ascending order; none of them is
/// in `payees`.
struct Budget {
    string currency;
    uint8 decimals;
    uint96 paymentLimit;
    uint96 lifetimeLimit;
    uint96 spentAtMost;
    Window[] windows;
    Token[] tokens;
    uint96 strangerPaymentLimit;
    uint96 strangerWindowLimit;
    address[] payees;
    LimitedPayee[] limitedPayees;
}

/// @notice What a call rule requires of one argument. The first nine kinds are one word. `AnyBytes` and `AnyWords`
/// are dynamic, and must be encoded exactly as Solidity does: in order, without gaps, padded with zeros.
/// - `Any`: any word.
/// - `AnyAddress`: any address, with clean upper bits.
/// - `Equal`: the given value.
/// - `OneOf`: one of the given values.
/// - `AtMost`: an unsigned number, at most the given value (inclusive).
/// - `AtLeast`: an unsigned number, at least the given value (inclusive). A fixed number is no price limit: use a
///   floor.
/// - `ThisWallet`: the wallet's own address.
/// - `ListedPayee`: a payee of the rule's budget, listed without terms of its own. Never a stranger.
/// - `Charged`: an amount of the rule's token (token base units), which is charged like a payment; not zero.
/// - `AnyBytes`: `bytes` or `string` of any content.
/// - `AnyWords`: an array of one-word elements of any content.
/// - `TailIn`: everything after the words of the other arguments; its keccak256 is one of the given values. It
///   pins arguments of any type: their offsets in the words before are given as `Equal`. Only as the last argument.
enum ArgumentKind {
    Any,
    AnyAddress,
    Equal,
    OneOf,
    AtMost,
    AtLeast,
    ThisWallet,
    ListedPayee,
    Charged,
    AnyBytes,
    AnyWords,
    TailIn
}

/// @notice A rule for one argument.
/// @param kind What is required.
/// @param values One value for `Equal`, `AtMost` and `AtLeast`, one to 32 for `OneOf` and `TailIn`, none for the
/// others.
struct Argument {
    ArgumentKind kind;
    bytes32[] values;
}

/// @notice A function that the agent may call, and how. Several rules, its variants, may name the same function;
/// the agent says which of them a call follows.
/// @param target Contract to call.
/// @param selector Selector of the function; not zero.
/// @param variant Distinguishes rules of the same function, which must agree in `maxCalls` and `window`.
/// @param token Token of one of the budgets, which is the rule's budget. Only this token may be pulled.
/// @param valueLimit The most native currency that one call may send (wei, inclusive). It is charged like a
/// payment.
/// @param pullLimit The most that the target may pull in one call (units of the rule's budget, inclusive). Zero if
/// the token is the native currency.
/// @param maxCalls How often the function may be called in any interval of `window`, under all variants and
/// mandates together; at least one.
/// @param window Length of that interval (seconds); a multiple of eight, with the bounds of a budget's window.
/// @param gainToken Token of which the wallet must gain, if there is a floor; not the rule's token. It may be the
/// target itself (a vault's share) or the native currency. The mandate need not list it. A floor can't be in the rule's
/// own token, so a sale of shares back to their vault has none: bound its arguments, or let it be requested.
/// @param gain Numerator of the floor: the call must gain at least `gain / per` base units of `gainToken` for each
/// base unit of the rule's token that it charges. Zero exactly if `per` is: no floor.
/// @param per Denominator of the floor.
/// @param arguments A rule for each argument, in order. Calldata that is longer or shorter reverts.
struct CallRule {
    address target;
    bytes4 selector;
    uint8 variant;
    address token;
    uint96 valueLimit;
    uint96 pullLimit;
    uint32 maxCalls;
    uint32 window;
    address gainToken;
    uint96 gain;
    uint96 per;
    Argument[] arguments;
}

/// @notice A book of cheques: EIP-3009 authorizations that the agent signs off-chain, without a transaction.
/// @param token Token that its cheques pay in; it counts toward one of the budgets. One book per budget.
/// @param count Cheques per period, 1 to 256.
/// @param limit The most that one cheque may charge (budget units, inclusive); at least one, at most the
/// budget's `paymentLimit`.
/// @param period Length of a period (seconds, one minute to 365 days). Periods are counted from the unix epoch;
/// a cheque is valid within one period only.
/// @param strangers Whether cheques may pay strangers. If so, `limit` is at most the budget's
/// `strangerPaymentLimit`, and the book reserves its maximum from the strangers' window too.
struct ChequeBook {
    address token;
    uint16 count;
    uint96 limit;
    uint32 period;
    bool strangers;
}

/// @notice What the agent's user operations may cost the wallet (ERC-4337). All zero: nothing; a paymaster has
/// to pay, or a bundler that charges nothing.
/// @param operationLimit The most that one operation may cost: the sum of its gas limits times its maximum fee
/// per gas (wei, inclusive). Its actual cost, which may be less, isn't considered.
/// @param windowLimit The most that all operations may cost, counted like this, in any interval of this length
/// (wei, inclusive).
/// @param window Length of the window (seconds); a multiple of eight, with the bounds of a budget's window.
struct GasTerms {
    uint96 operationLimit;
    uint96 windowLimit;
    uint32 window;
}

/// @notice What the agent may do besides paying.
/// @param calls Functions that it may call, at most 64, in ascending order of target, selector, variant.
/// @param chequeBooks Its cheque books.
/// @param maxRequests How many requests may be pending at once; zero exactly if `maxRequestAge` is.
/// @param maxRequestAge How long a request may be pending (seconds).
/// @param maxAuthorizationAge How long a pre-authorization may be valid (seconds). Zero: none may be made.
/// @param gasTerms What its user operations may cost.
struct Powers {
    CallRule[] calls;
    ChequeBook[] chequeBooks;
    uint8 maxRequests;
    uint32 maxRequestAge;
    uint32 maxAuthorizationAge;
    GasTerms gasTerms;
}

/// @notice What a principal grants an agent: the document that is signed, and that the wallet enforces (I27).
/// @param principal Principal that grants it and is liable for the agent.
/// @param epoch The principal's epoch in the switch. `revokeAll` ends it, and voids the mandates signed in it.
/// @param agentKey Key that acts under it.
/// @param validFrom Start (unix seconds, inclusive).
/// @param validUntil End (unix seconds, exclusive).
/// @param round The wallet's round. Installing or lifting a mandate, `refuseAll` and a hand-over each end a round,
/// and void the mandates signed in it that were not installed. So a mandate is installed at most once.
/// @param guard A contract that is asked about every charge and can only refuse; zero: none.
/// @param budgets One to four budgets, one per currency.
/// @param powers What the agent may do besides paying.
/// @param termsHash keccak256 of the human-readable terms.
/// @param termsURI Where these terms are published.
struct Mandate {
    address principal;
    uint64 epoch;
    address agentKey;
    uint48 validFrom;
    uint48 validUntil;
    uint32 round;
    address guard;
    Budget[] budgets;
    Powers powers;
    bytes32 termsHash;
    string termsURI;
}

/// @notice A mandate with its budgets, powers and terms' URI given as EIP-712 hashes: enough to check who
/// signed it and how long it is valid.
struct MandateHead {
    address principal;
    uint64 epoch;
    address agentKey;
    uint48 validFrom;
    uint48 validUntil;
    uint32 round;
    address guard;
    bytes32 budgetsHash;
    bytes32 powersHash;
    bytes32 termsHash;
    bytes32 termsURIHash;
}

/// @title Errors of an invalid mandate
/// @notice Every reason for which setting a mandate reverts.
interface IMandate {
    /// @notice Thrown when the mandate names another principal than the wallet's.
    error PrincipalMismatch(address given, address expected);
    /// @notice Thrown when the mandate names another epoch than the wallet's.
    error EpochMismatch(uint64 given, uint64 expected);
    /// @notice Thrown when the agent key is zero, the principal, or the wallet itself.
    error InvalidAgentKey(address agentKey);
    /// @notice Thrown when the mandate doesn't begin before it ends (unix seconds).
    error ValidityInverted(uint48 validFrom, uint48 validUntil);
    /// @notice Thrown when the mandate has ended already: `timestamp` isn't before `validUntil` (unix seconds).
    error ValidityPast(uint48 validUntil, uint256 timestamp);
    /// @notice Thrown when the mandate names another round than the wallet's.
    error RoundEnded(uint32 given, uint32 expected);
    /// @notice Thrown when a mandate's guard doesn't agree to the mandate or to a charge: it reverts, or returns
    /// anything but the selector of the function that was called.
    /// @param reason What it reverted with or returned, at most the first 256 bytes.
    error GuardRefused(address guard, bytes reason);
    /// @notice Thrown when a call would use `onCharge` or `onClose` of a guard. A wallet makes these calls by itself only.
    error ReservedForGuards(address target, bytes4 selector);
    /// @notice Thrown when a mandate has a guard and a cheque book: nobody asks a guard about a cheque.
    error GuardBesideChequeBook(address guard);
    /// @notice Thrown when a mandate's guard is one of its tokens, or a token that a floor names.
    error GuardIsToken(address guard);
    /// @notice Thrown when the number of budgets isn't from 1 to `maximum`.
    error InvalidBudgetCount(uint256 count, uint256 maximum);
    /// @notice Thrown when the number of a budget's tokens isn't from 1 to `maximum`.
    error InvalidTokenCount(string currency, uint256 count, uint256 maximum);
    /// @notice Thrown when the number of a budget's windows isn't from 1 to `maximum`.
    error InvalidWindowCount(string currency, uint256 count, uint256 maximum);
    /// @notice Thrown when a budget's windows aren't in strictly ascending order of length (seconds).
    error WindowsNotAscending(string currency, uint32 previous, uint32 length);
    /// @notice Thrown when a budget allows no payment at all: it lists no payee, has no terms for strangers, and
    /// the mandate has no call rules; when all budgets together list more than `maximum`; or when a budget has too
    /// many payees with terms of their own.
    /// @param count Payees of this budget and those before it, with and without terms of their own.
    error InvalidPayeeCount(string currency, uint256 count, uint256 maximum);
    /// @notice Thrown when one of the strangers' limits is zero and the other isn't (budget units).
    error StrangerLimitsContradict(string currency, uint96 paymentLimit, uint96 windowLimit);
    /// @notice Thrown when a currency's name isn't 1 to 12 characters of `A-Z` and `0-9`.
    error InvalidCurrency(string currency);
    /// @notice Thrown when two budgets have the same currency.
    error CurrencyTwice(string currency);
    /// @notice Thrown when a budget's decimals exceed `maximum`.
    error InvalidBudgetDecimals(string currency, uint8 decimals, uint8 maximum);
    /// @notice Thrown when a budget's decimals differ from those of the wallet's earlier mandates in this
    /// currency.
    error BudgetDecimalsChanged(string currency, uint8 given, uint8 expected);
    /// @notice Thrown when limits contradict: the payment limit must not exceed the first window's, no window's
    /// limit the next one's, and the last window's not the lifetime limit; the strangers' payment limit neither
    /// the payment limit nor their window's limit, and that not the first window's (budget units).
    error LimitsContradict(string currency, uint96 smaller, uint96 larger);
    /// @notice Thrown when more has been spent in the currency than `spentAtMost` (budget units).
    error SpentMoreThanSeen(string currency, uint256 spent, uint96 seen);
    /// @notice Thrown when a window's length is out of bounds or no multiple of eight (seconds, bounds
    /// inclusive).
    error InvalidWindowLength(string currency, uint32 length, uint32 minimum, uint32 maximum);
    /// @notice Thrown when an address listed as a token has no code.
    error TokenHasNoCode(address token);
    /// @notice Thrown when a token is listed twice in the mandate.
    error TokenTwice(address token);
    /// @notice Thrown when a token doesn't return its decimals as one word of at most 255.
    error TokenDecimalsUnreadable(address token);
    /// @notice Thrown when a token returns other decimals than the mandate gives.
    error TokenDecimalsMismatch(address token, uint8 given, uint8 actual);
    /// @notice Thrown when the decimals of token and budget differ by more than 18.
    error InvalidScale(address token, uint8 tokenDecimals, uint8 budgetDecimals);
    /// @notice Thrown when payees aren't in strictly ascending order.
    error PayeesNotAscending(address previous, address payee);
    /// @notice Thrown when a payee is forbidden: zero, a token of the mandate, the wallet, or a contract of its suite.
    error PayeeRefused(address payee);
    /// @notice Thrown when a payee is listed both with and without terms of its own.
    error PayeeTwice(address payee);
    /// @notice Thrown when a payee's own terms end before the mandate begins, or in the same second (unix
    /// seconds).
    error PayeeNeverValid(address payee, uint48 validUntil, uint48 validFrom);
    /// @notice Thrown when there are more call rules than `maximum`.
    error InvalidCallCount(uint256 count, uint256 maximum);
    /// @notice Thrown when call rules aren't in strictly ascending order of target, selector, variant.
    error CallsNotAscending(address target, bytes4 selector, uint8 variant);
    /// @notice Thrown when a target is forbidden: it has no code; is a forbidden payee as above; or makes calls
    /// or moves tokens for any caller (Multicall3, Permit2, the CREATE2 deployer).
    error TargetRefused(address target);
    /// @notice Thrown when a call rule's selector is zero.
    error InvalidSelector(address target, bytes4 selector);
    /// @notice Thrown when a call rule has more arguments than `maximum`.
    error InvalidArgumentCount(address target, bytes4 selector, uint256 count, uint256 maximum);
    /// @notice Thrown when the rule for an argument has another number of values than its kind requires.
    error InvalidArgumentValues(address target, bytes4 selector, uint256 index, uint256 count);
    /// @notice Thrown when a call rule allows to send native currency but no budget lists it.
    error NativeNotBudgeted(address target, bytes4 selector);
    /// @notice Thrown when a call rule's token is in no budget.
    error InvalidCallToken(address target, bytes4 selector, address token);
    /// @notice Thrown when a call rule lets the target pull the native currency, which it can't.
    error NativeNotPullable(address target, bytes4 selector);
    /// @notice Thrown when a call rule's `maxCalls` is zero.
    error InvalidMaxCalls(address target, bytes4 selector);
    /// @notice Thrown when the window of a call rule is out of bounds or no multiple of eight (seconds, bounds
    /// inclusive).
    error InvalidCallWindow(address target, bytes4 selector, uint32 length, uint32 minimum, uint32 maximum);
    /// @notice Thrown when variants of one function differ in `maxCalls` or `window`.
    error VariantsDiffer(address target, bytes4 selector, uint8 variant);
    /// @notice Thrown when a call rule could charge the same spending twice: two `Charged` arguments, one beside a
    /// pull, or one beside native value when the token is the native currency.
    error ChargedTwice(address target, bytes4 selector);
    /// @notice Thrown when only one of a floor's two numbers is zero.
    error FloorIncomplete(address target, bytes4 selector, uint96 gain, uint96 per);
    /// @notice Thrown when a call rule without a floor names a token to gain.
    error GainTokenWithoutFloor(address target, bytes4 selector, address gainToken);
    /// @notice Thrown when a floor is in the rule's own token.
    error FloorInOwnToken(address target, bytes4 selector, address token);
    /// @notice Thrown when a rule has a floor but can charge nothing of its token.
    error FloorWithoutCharge(address target, bytes4 selector);
    /// @notice Thrown when a rule with a floor in terms of another token allows to send native currency, which the
    /// floor would not count.
    error ValueBesideFloor(address target, bytes4 selector);
    /// @notice Thrown when the token that a floor names doesn't report a balance.
    error GainTokenUnreadable(address token);
    /// @notice Thrown when a `TailIn` isn't the last argument, or follows an `AnyBytes` or `AnyWords`, which would
    /// be part of the tail.
    error InvalidTail(address target, bytes4 selector, uint256 index);
    /// @notice Thrown when a cheque book's token is the native currency or in no budget.
    error InvalidChequeToken(address token);
    /// @notice Thrown when a budget has two cheque books.
    error ChequeBookTwice(string currency);
    /// @notice Thrown when a cheque book's count isn't from 1 to `maximum`.
    error InvalidChequeCount(address token, uint256 count, uint256 maximum);
    /// @notice Thrown when a cheque book's period is out of bounds (seconds, bounds inclusive).
    error InvalidChequePeriod(address token, uint32 period, uint32 minimum, uint32 maximum);
    /// @notice Thrown when a cheque book's limit is zero or above the budget's payment limit, or the strangers' if
    /// its cheques may pay strangers (budget units).
    error InvalidChequeLimit(address token, uint96 limit, uint96 paymentLimit);
    /// @notice Thrown when all cheques that can fall into a window, or into the mandate's validity, could
    /// exceed its limit (budget units). The strangers' window counts if its cheques may pay strangers.
    error ChequesExceedLimit(address token, uint256 reserve, uint96 limit);
    /// @notice Thrown when one of `maxRequests` and `maxRequestAge` (seconds) is zero and the other isn't.
    error RequestTermsContradict(uint8 maxRequests, uint32 maxRequestAge);
    /// @notice Thrown when some of the gas terms are zero and others aren't, or the limit per operation exceeds
    /// that of the window (wei, wei, seconds).
    error GasTermsContradict(uint96 operationLimit, uint96 windowLimit, uint32 window);
    /// @notice Thrown when the window of the gas terms is out of bounds or no multiple of eight (seconds,
    /// bounds inclusive).
    error InvalidGasWindow(uint32 length, uint32 minimum, uint32 maximum);
    /// @notice Thrown when the encoded mandate doesn't fit into the code of a contract (bytes).
    error MandateTooLarge(uint256 size, uint256 maximum);
}
