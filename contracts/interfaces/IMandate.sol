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

/// @notice What the agent may spend in one currency, added up over all the tokens listed for it.
/// Zero means that nothing may be spent, never unlimited.
/// @param currency Name of the currency, 1 to 31 bytes ("USD"). What was spent is counted under it across mandates.
/// @param decimals Decimals of the budget's unit (6: amounts are in millionths). The same in every mandate of a wallet.
/// @param paymentLimit The most that one payment may charge (budget units, inclusive).
/// @param lifetimeLimit The most that may ever be charged in this currency, under all mandates together (inclusive).
/// @param spentAtMost The mandate is refused if more than this has already been spent in the currency: the spend that its
/// signer had seen. `type(uint96).max` accepts any.
/// @param windows The rolling windows; exactly one at present.
/// @param tokens The tokens that count, each at one unit of currency per whole token.
/// @param anyPayee Whether every payee is allowed; then `payees` is empty.
/// @param payees The allowed payees, in ascending order, so that each is listed once.
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
}

/// @notice What a principal grants an agent: the document that is signed, and the one that the wallet enforces (I27).
/// @param principal Who grants it and answers for it.
/// @param epoch The principal's epoch in the switch. `revokeAll` ends it, so a mandate signed before is worth nothing after.
/// @param agentKey The key that acts under it.
/// @param validFrom When it begins (unix seconds, inclusive).
/// @param validUntil When it ends (unix seconds, exclusive).
/// @param replaces The hash of the wallet's mandate before this one, zero for the first: a mandate is installed at most once.
/// @param budgets One per currency.
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
    bytes32 termsHash;
    string termsURI;
}

/// @notice A mandate with its budgets and its terms' URI given by their EIP-712 hashes: enough to check who signed it, and
/// for how long, without the rest.
struct MandateHead {
    address principal;
    uint64 epoch;
    address agentKey;
    uint48 validFrom;
    uint48 validUntil;
    bytes32 replaces;
    bytes32 budgetsHash;
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
    error AgentKeyRefused(address agentKey);
    /// @notice Thrown when the mandate would end before it begins (unix seconds).
    error ValidityInverted(uint48 validFrom, uint48 validUntil);
    /// @notice Thrown when the mandate has ended already (unix seconds).
    error ValidityPast(uint48 validUntil, uint256 timestamp);
    /// @notice Thrown when the mandate doesn't replace the one that the wallet had last.
    error ReplacesMismatch(bytes32 given, bytes32 expected);
    /// @notice Thrown when the number of budgets isn't between 1 and `maximum`.
    error BudgetCountRefused(uint256 count, uint256 maximum);
    /// @notice Thrown when the number of a budget's tokens isn't between 1 and `maximum`.
    error TokenCountRefused(string currency, uint256 count, uint256 maximum);
    /// @notice Thrown when the number of a budget's windows isn't `expected`.
    error WindowCountRefused(string currency, uint256 count, uint256 expected);
    /// @notice Thrown when a budget lists no payee without saying `anyPayee`, some as well as saying it, or too many.
    error PayeeCountRefused(string currency, uint256 count, uint256 maximum, bool anyPayee);
    /// @notice Thrown when a currency's name isn't 1 to 31 bytes long.
    error CurrencyRefused(string currency);
    /// @notice Thrown when two budgets have the same currency.
    error CurrencyTwice(string currency);
    /// @notice Thrown when a budget's decimals exceed the maximum.
    error BudgetDecimalsRefused(string currency, uint8 decimals, uint8 maximum);
    /// @notice Thrown when a budget's decimals differ from those that the currency has been counted in.
    error BudgetDecimalsChanged(string currency, uint8 given, uint8 expected);
    /// @notice Thrown when a smaller limit is above one that contains it: payment ≤ window ≤ lifetime (budget units).
    error LimitsContradict(string currency, uint96 smaller, uint96 larger);
    /// @notice Thrown when more has been spent than the signer of the mandate had seen (budget units).
    error SpentMoreThanSeen(string currency, uint256 spent, uint96 seen);
    /// @notice Thrown when a window's length is out of bounds or no multiple of eight (seconds).
    error WindowLengthRefused(string currency, uint32 length, uint32 minimum, uint32 maximum);
    /// @notice Thrown when an address listed as a token has no code.
    error TokenHasNoCode(address token);
    /// @notice Thrown when a token is listed twice in the mandate.
    error TokenTwice(address token);
    /// @notice Thrown when a token doesn't report its decimals, or not as 32 clean bytes.
    error TokenDecimalsUnreadable(address token);
    /// @notice Thrown when a token reports other decimals than the mandate says.
    error TokenDecimalsMismatch(address token, uint8 given, uint8 actual);
    /// @notice Thrown when token and budget differ by more than 18 decimals.
    error ScaleRefused(address token, uint8 tokenDecimals, uint8 budgetDecimals);
    /// @notice Thrown when payees aren't listed in ascending order, or one is listed twice.
    error PayeesNotAscending(address previous, address payee);
    /// @notice Thrown when a payee may never be one: zero, the wallet, a token, or a contract of the suite.
    error PayeeRefused(address payee);
}
