// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A token that counts toward a budget.
/// @param token The token's contract.
/// @param decimals Its decimals, as signed by the principal. They fix the scale for the life of the mandate: what the
/// token says later changes nothing.
struct Token {
    address token;
    uint8 decimals;
}

/// @notice A rolling window: a limit on every interval of this length, wherever it starts.
/// @param length Seconds; a multiple of eight, at least `MIN_WINDOW`.
/// @param limit The most that may be charged in any interval `(t − length, t]` (budget units).
struct Window {
    uint32 length;
    uint96 limit;
}

/// @notice A payee with terms of its own.
/// @param payee Who may be paid.
/// @param limit The most that may ever be charged for payments to it in this currency, under all mandates together (budget
/// units, inclusive). `type(uint96).max`: no limit of its own.
/// @param validUntil From when on it may not be paid (unix seconds, exclusive). `type(uint48).max`: never.
struct LimitedPayee {
    address payee;
    uint96 limit;
    uint48 validUntil;
}

/// @notice What the agent may spend in one currency, added up over all the tokens listed for it.
/// Zero means that nothing may be spent, never unlimited.
/// @param currency Name of the currency, 1 to 31 bytes ("USD"). What was spent is counted under it across mandates.
/// @param decimals Decimals of the budget's unit (6: amounts are in millionths). The same in every mandate of a wallet.
/// @param paymentLimit The most that one payment may charge (budget units, inclusive).
/// @param lifetimeLimit The most that may ever be charged in this currency, under all mandates together (inclusive).
/// @param spentAtMost The mandate is refused if more than this has already been spent in the currency: the spend that its
/// signer had seen. `type(uint96).max` accepts any.
/// @param windows The rolling windows, all of which hold at once; from the shortest to the longest, with growing limits.
/// @param tokens The tokens that count, each at one unit of currency per whole token. The native currency is named as in
/// ERC-7528, with 18 decimals.
/// @param anyPayee Whether every payee is allowed; then both lists of payees are empty.
/// @param payees The allowed payees, in ascending order, so that each is listed once.
/// @param limitedPayees Allowed payees with a limit or an end of their own, in ascending order, none of them in `payees`.
struct Budget {
    string currency;
    uint8 decimals;
    uint96 paymentLimit;
    uint96 lifetimeLimit;
    uint96 spentAtMost;
    Window[] windows;
    Token[] tokens;
    bool anyPayee;
    address[] payees;
    LimitedPayee[] limitedPayees;
}

/// @notice What a call rule demands of one argument. Each of the first seven is one word; the last two are dynamic, and have
/// to be encoded exactly as Solidity does: in order, without gaps, padded with zeros.
/// - `Any`: any word.
/// - `AnyAddress`: any address, with clean upper bits.
/// - `Equal`: the value given.
/// - `OneOf`: one of the values given.
/// - `AtMost`: an unsigned number, at most the value given (inclusive).
/// - `ThisWallet`: the wallet's own address.
/// - `ListedPayee`: a payee without terms of its own, of the budget that the call pulls from.
/// - `AnyBytes`: `bytes` or `string`, of any content.
/// - `AnyWords`: an array of one-word elements, of any content.
enum ArgumentKind {
    Any,
    AnyAddress,
    Equal,
    OneOf,
    AtMost,
    ThisWallet,
    ListedPayee,
    AnyBytes,
    AnyWords
}

/// @notice A rule on one argument.
/// @param kind What is demanded.
/// @param values One value for `Equal` and `AtMost`, one or more for `OneOf`, none for the others.
struct Argument {
    ArgumentKind kind;
    bytes32[] values;
}

/// @notice A function that the agent may call.
/// @param target Whose.
/// @param selector Which; zero isn't a selector here.
/// @param valueLimit The most native currency that one call may send along (wei, inclusive). It is charged as a payment is.
/// @param pullLimit The most that the target may pull in one call (units of the budget that it pulls from, inclusive).
/// @param arguments A rule for each argument, in order. Calldata that is longer or shorter than they ask for is refused.
struct CallRule {
    address target;
    bytes4 selector;
    uint96 valueLimit;
    uint96 pullLimit;
    Argument[] arguments;
}

/// @notice A book of cheques: EIP-3009 authorizations that the agent signs off-chain, without a transaction.
/// @param token The token that they are drawn in; it counts toward one of the budgets. One book per budget.
/// @param count How many cheques there are in a period.
/// @param limit The most that one cheque may charge (budget units, inclusive).
/// @param period Seconds. Periods are counted from the epoch of unix time; a cheque is good within one only.
struct ChequeBook {
    address token;
    uint16 count;
    uint96 limit;
    uint32 period;
}

/// @notice What the agent's user operations may cost the wallet (ERC-4337). All zero: nothing, so somebody else has to pay
/// for them, a paymaster or whoever bundles for free.
/// @param operationLimit The most that one may cost: the sum of all its gas limits times the highest fee that it offers (wei,
/// inclusive). What it really costs is less, and isn't looked at.
/// @param windowLimit The most that all of them may cost, so counted, in any interval of this length (wei).
/// @param window Seconds; bounds as for a budget's window.
struct GasTerms {
    uint96 operationLimit;
    uint96 windowLimit;
    uint32 window;
}

/// @notice What the agent may do beside paying.
/// @param calls The functions that it may call, in ascending order of target, then selector.
/// @param chequeBooks Its cheque books.
/// @param maxRequests How many requests may wait for the principal at once.
/// @param maxRequestAge How long a request may wait (seconds).
/// @param gasTerms What its user operations may cost.
struct Powers {
    CallRule[] calls;
    ChequeBook[] chequeBooks;
    uint8 maxRequests;
    uint32 maxRequestAge;
    GasTerms gasTerms;
}

/// @notice What a principal grants an agent: the document that is signed, and the one that the wallet enforces (I27).
/// @param principal Who grants it and answers for it.
/// @param epoch The principal's epoch in the switch. `revokeAll` ends it, so a mandate signed before is worth nothing after.
/// @param agentKey The key that acts under it.
/// @param validFrom When it begins (unix seconds, inclusive).
/// @param validUntil When it ends (unix seconds, exclusive).
/// @param replaces The hash of the wallet's mandate before this one, zero for the first: a mandate is installed at most once.
/// @param budgets One per currency.
/// @param powers What the agent may do beside paying.
/// @param termsHash keccak256 of the human-readable terms.
/// @param termsURI Where those terms are kept.
struct Mandate {
    address principal;
    uint64 epoch;
    address agentKey;
    uint48 validFrom;
    uint48 validUntil;
    bytes32 replaces;
    Budget[] budgets;
    Powers powers;
    bytes32 termsHash;
    string termsURI;
}

/// @notice A mandate with its budgets, powers and terms' URI given by their EIP-712 hashes: enough to check who signed it, and
/// for how long, without the rest.
struct MandateHead {
    address principal;
    uint64 epoch;
    address agentKey;
    uint48 validFrom;
    uint48 validUntil;
    bytes32 replaces;
    bytes32 budgetsHash;
    bytes32 powersHash;
    bytes32 termsHash;
    bytes32 termsURIHash;
}

/// @title What is wrong with a mandate
/// @notice Every reason to refuse a mandate when it is set, before anything changes.
interface IMandate {
    /// @notice Thrown when the mandate names another principal than the wallet's.
    error PrincipalMismatch(address given, address expected);
    /// @notice Thrown when the mandate names another epoch than the wallet's.
    error EpochMismatch(uint64 given, uint64 expected);
    /// @notice Thrown when the agent key is zero, the principal, or the wallet itself.
    error InvalidAgentKey(address agentKey);
    /// @notice Thrown when the mandate would end before it begins (unix seconds).
    error ValidityInverted(uint48 validFrom, uint48 validUntil);
    /// @notice Thrown when the mandate has ended already (unix seconds).
    error ValidityPast(uint48 validUntil, uint256 timestamp);
    /// @notice Thrown when the mandate doesn't replace the one that the wallet had last.
    error ReplacesMismatch(bytes32 given, bytes32 expected);
    /// @notice Thrown when the number of budgets isn't between 1 and `maximum`.
    error InvalidBudgetCount(uint256 count, uint256 maximum);
    /// @notice Thrown when the number of a budget's tokens isn't between 1 and `maximum`.
    error InvalidTokenCount(string currency, uint256 count, uint256 maximum);
    /// @notice Thrown when the number of a budget's windows isn't between 1 and `maximum`.
    error InvalidWindowCount(string currency, uint256 count, uint256 maximum);
    /// @notice Thrown when a budget's windows aren't in ascending order of length, or one is there twice (seconds).
    error WindowsNotAscending(string currency, uint32 previous, uint32 length);
    /// @notice Thrown when a budget lists no payee without saying `anyPayee`, some as well as saying it, or too many.
    error InvalidPayeeCount(string currency, uint256 count, uint256 maximum, bool anyPayee);
    /// @notice Thrown when a currency's name isn't 1 to 31 bytes long.
    error InvalidCurrency(string currency);
    /// @notice Thrown when two budgets have the same currency.
    error CurrencyTwice(string currency);
    /// @notice Thrown when a budget's decimals exceed the maximum.
    error InvalidBudgetDecimals(string currency, uint8 decimals, uint8 maximum);
    /// @notice Thrown when a budget's decimals differ from those that the currency has been counted in.
    error BudgetDecimalsChanged(string currency, uint8 given, uint8 expected);
    /// @notice Thrown when a smaller limit is above one that contains it: payment ≤ window ≤ lifetime (budget units).
    error LimitsContradict(string currency, uint96 smaller, uint96 larger);
    /// @notice Thrown when more has been spent than the signer of the mandate had seen (budget units).
    error SpentMoreThanSeen(string currency, uint256 spent, uint96 seen);
    /// @notice Thrown when a window's length is out of bounds or no multiple of eight (seconds).
    error InvalidWindowLength(string currency, uint32 length, uint32 minimum, uint32 maximum);
    /// @notice Thrown when an address listed as a token has no code.
    error TokenHasNoCode(address token);
    /// @notice Thrown when a token is listed twice in the mandate.
    error TokenTwice(address token);
    /// @notice Thrown when a token doesn't report its decimals, or not as 32 clean bytes.
    error TokenDecimalsUnreadable(address token);
    /// @notice Thrown when a token reports other decimals than the mandate says.
    error TokenDecimalsMismatch(address token, uint8 given, uint8 actual);
    /// @notice Thrown when token and budget differ by more than 18 decimals.
    error InvalidScale(address token, uint8 tokenDecimals, uint8 budgetDecimals);
    /// @notice Thrown when payees aren't listed in ascending order, or one is listed twice.
    error PayeesNotAscending(address previous, address payee);
    /// @notice Thrown when a payee may never be one: zero, the wallet, a token, or a contract of the suite.
    error PayeeRefused(address payee);
    /// @notice Thrown when a payee with terms of its own is also listed without.
    error PayeeTwice(address payee);
    /// @notice Thrown when a payee's own terms end before the mandate begins (unix seconds).
    error PayeeNeverValid(address payee, uint48 validUntil, uint48 validFrom);
    /// @notice Thrown when there are more call rules than `maximum`.
    error InvalidCallCount(uint256 count, uint256 maximum);
    /// @notice Thrown when call rules aren't in ascending order of target and selector, or one is there twice.
    error CallsNotAscending(address target, bytes4 selector);
    /// @notice Thrown when a target may never be called: it has no code, is a token of the mandate, the wallet, a contract of
    /// the suite, or one that makes calls or moves tokens for whoever asks (Multicall3, Permit2, the CREATE2 deployer).
    error TargetRefused(address target);
    /// @notice Thrown when a call rule names no selector.
    error InvalidSelector(address target, bytes4 selector);
    /// @notice Thrown when a call rule has more arguments than `maximum`.
    error InvalidArgumentCount(address target, bytes4 selector, uint256 count, uint256 maximum);
    /// @notice Thrown when a rule on an argument has not as many values as its kind asks for.
    error InvalidArgumentValues(address target, bytes4 selector, uint256 index, uint256 count);
    /// @notice Thrown when a call rule allows to send native currency, and no budget lists it.
    error NativeNotBudgeted(address target, bytes4 selector);
    /// @notice Thrown when a cheque book's token isn't in any budget, or is the native currency.
    error InvalidChequeToken(address token);
    /// @notice Thrown when a budget has two cheque books.
    error ChequeBookTwice(string currency);
    /// @notice Thrown when a cheque book's count is zero or above `maximum`.
    error InvalidChequeCount(address token, uint256 count, uint256 maximum);
    /// @notice Thrown when a cheque book's period is out of bounds (seconds).
    error InvalidChequePeriod(address token, uint32 period, uint32 minimum, uint32 maximum);
    /// @notice Thrown when one cheque could charge more than a payment may, or nothing (budget units).
    error InvalidChequeLimit(address token, uint96 limit, uint96 paymentLimit);
    /// @notice Thrown when all cheques that can fall into a window, or into the mandate's life, could pass its limit (budget
    /// units).
    error ChequesExceedLimit(address token, uint256 reserve, uint96 limit);
    /// @notice Thrown when requests may be pending but not for any time, or the other way round.
    error RequestTermsContradict(uint8 maxRequests, uint32 maxRequestAge);
    /// @notice Thrown when some of the gas terms are zero and others not, or one operation could cost more than all of a window
    /// (wei, wei, seconds).
    error GasTermsContradict(uint96 operationLimit, uint96 windowLimit, uint32 window);
    /// @notice Thrown when the length of the window of the gas terms is out of bounds or no multiple of eight (seconds).
    error InvalidGasWindow(uint32 length, uint32 minimum, uint32 maximum);
    /// @notice Thrown when the mandate doesn't fit into the code of a contract (bytes).
    error MandateTooLarge(uint256 size, uint256 maximum);
}
