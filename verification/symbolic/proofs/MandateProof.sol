// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgentRegistry} from "../../../contracts/interfaces/IAgentRegistry.sol";
import {Budget, ChequeBook, Mandate, Powers, Token, Window} from "../../../contracts/interfaces/IMandate.sol";
import {IWalletViews} from "../../../contracts/interfaces/IWalletViews.sol";
import {WalletFixture} from "./WalletFixture.sol";
import {RecordingRegistry} from "./WalletDoubles.sol";

/// @title MandateProof
/// @notice What is in force after a mandate was set: from any state with an earlier mandate in force, by any
/// caller, at any time.
/// @dev One budget of one token and one payee, with one window; no calls, and cheques only where stated. All
/// numbers, addresses and hashes are symbolic.
/// @custom:halmos --loop 12 --solver-timeout-branching 50ms
contract MandateProof is WalletFixture {
    function setUp() public override {
        super.setUp();
        VM.etch(WRITER, _deploy("MandateWriter.sol:MandateWriter", "").code);
    }

    /// @notice I12, I14, I27: only the principal calls `setMandate`. Afterwards exactly the given mandate is in
    /// force: its hash is the EIP-712 hash of the signed types. It names this principal, its epoch, and the
    /// round, which it ends. Spending stays counted (I3).
    function check_setMandateInstallsGivenMandate(address caller, uint256 time) external {
        _grant();
        (uint32 round, address principal) = (wallet.round(), wallet.principal());
        (, uint64 epoch) = wallet.authority();
        // Excludes an implementation contract, whose principal is zero like the transient `_operationSigner`.
        VM.assume(both(principal != address(0), caller != address(wallet)));
        Counted memory before = _counted(_placeOnlyCounter(time));
        Mandate memory mandate = _mandate();
        if (!_call(caller, time, abi.encodeCall(wallet.setMandate, (mandate)))) return;

        assert(both(caller == principal, both(mandate.principal == principal, mandate.epoch == epoch)));
        assert(both(both(mandate.round == round, wallet.round() == uint256(round) + 1), wallet.mandateHash() == _hash(mandate)));
        Budget memory budget = mandate.budgets[0];
        assert(both(_counted(before.slot).spent == before.spent, both(mandate.validFrom < mandate.validUntil, time < mandate.validUntil)));
        assert(both(budget.paymentLimit <= budget.windows[0].limit, budget.windows[0].limit <= budget.lifetimeLimit));
    }

    /// @notice I12, I27: `setMandateSigned` succeeds only with the principal's signature of this mandate for
    /// this wallet, which is then in force. It names this principal, its epoch, and the round, which it ends. The
    /// registry is asked to anchor it, with both signatures, for the agent that it links to the wallet, if that
    /// agent belongs to the principal in this epoch; else it isn't asked.
    /// @dev A principal without code, signatures of 65 bytes.
    function check_setMandateSignedInstallsSignedMandate(address caller, bytes32 r, bytes32 s, uint8 v, uint256 time) external {
        VM.etch(address(registry), address(new RecordingRegistry()).code);
        SVM.enableSymbolicStorage(address(registry));
        RecordingRegistry anchors = RecordingRegistry(address(registry));
        _grant();
        (uint32 round, address principal) = (wallet.round(), wallet.principal());
        (, uint64 epoch) = wallet.authority();
        VM.assume(both(principal != address(0), principal.code.length == 0));
        uint256 anchored = anchors.count();
        IAgentRegistry.AgentCheck memory link = anchors.checkWallet(address(wallet));
        _placeOnlyCounter(time);
        Mandate memory mandate = _mandate();
        (bytes memory signature, bytes memory consent) = (abi.encodePacked(r, s, v), SVM.createBytes(65, "consent"));
        if (!_call(caller, time, abi.encodeCall(wallet.setMandateSigned, (mandate, signature, consent)))) return;

        bytes32 hash = _hash(mandate);
        assert(ecrecover(signedDigest("Peculium AgentWallet", address(wallet), hash), v, r, s) == principal);
        assert(both(mandate.principal == principal, mandate.epoch == epoch));
        assert(both(both(mandate.round == round, wallet.round() == uint256(round) + 1), wallet.mandateHash() == hash));
        bool linked = both(link.principal == principal, link.epoch == epoch);
        bytes32 expected = keccak256(abi.encode(principal, mandate.agentKey, signature, consent));
        assert(anchors.count() == anchored + only(linked, 1));
        assert(implies(linked, both(anchors.agentId() == link.agentId, anchors.argumentsHash() == expected)));
    }

    /// @notice I29: a mandate with cheques is set only if all of them fit into every limit, wherever a window
    /// lies. Their reserve is subtracted from the limits for all other charges.
    /// @dev A book with periods of 4,096 seconds; in the bucket of the last charge.
    function check_chequesFitIntoEveryLimit(uint256 time) external {
        _grant();
        _placeOnlyCounter(time);
        ChequeBook memory book = _book();
        books.push(book);
        Mandate memory mandate = _mandate();
        mandate.powers.chequeBooks = books;
        if (!_call(wallet.principal(), time, abi.encodeCall(wallet.setMandate, (mandate)))) return;

        Budget memory budget = mandate.budgets[0];
        // A window of two periods may touch three.
        (uint256 within, uint256 all) = (_in(book, 3), _until(book, mandate.validFrom, mandate.validUntil - 1));
        assert(both(book.token == address(token), both(book.count != 0, book.limit != 0)));
        assert(both(book.limit <= budget.paymentLimit, both(within <= budget.windows[0].limit, all <= budget.lifetimeLimit)));
        Limits memory counted = _limits();
        assert(both(counted.payment == budget.paymentLimit, counted.lifetime == budget.lifetimeLimit - all));
        assert(counted.window == budget.windows[0].limit - within);
    }

    /// @notice I3, I29: when a mandate with cheques is replaced, all that can have been settled by then is
    /// counted as spent.
    /// @dev While the mandate is valid. A book of three cheques of five units, because a symbolic product is
    /// too hard for the solvers. Otherwise as above.
    function check_chequesOfReplacedMandateAreCharged(uint256 time) external {
        ChequeBook memory book = ChequeBook(address(token), 3, 5, 4096, false);
        books.push(book);
        Terms memory terms = _grant();
        Counted memory before = _counted(_placeOnlyCounter(time));
        Mandate memory mandate = _mandate();
        // A hash of zero means that there is no mandate.
        VM.assume(both(wallet.mandateHash() != 0, both(terms.validFrom <= time, time < terms.validUntil)));
        VM.assume(before.spent < type(uint96).max - 2 ** 60);
        if (!_call(wallet.principal(), time, abi.encodeCall(wallet.setMandate, (mandate)))) return;

        assert(_counted(before.slot).spent == before.spent + _until(book, terms.validFrom, time));
    }

    function _book() private returns (ChequeBook memory book) {
        (book.token, book.period) = (SVM.createAddress("book"), 4096);
        (book.count, book.limit) = (uint16(SVM.createUint(16, "count")), uint96(SVM.createUint(96, "cheque")));
    }

    /// @dev The most that the cheques of this many periods can spend. The order of the factors matters: the
    /// solvers can't reorder a product of three.
    function _in(ChequeBook memory book, uint256 periods) private pure returns (uint256) {
        return periods * book.count * book.limit;
    }

    /// @dev The same for the periods of these two times and all between.
    function _until(ChequeBook memory book, uint256 first, uint256 last) private pure returns (uint256) {
        return _in(book, last / 4096 - first / 4096 + 1);
    }

    function _mandate() private returns (Mandate memory mandate) {
        (mandate.principal, mandate.agentKey) = (SVM.createAddress("new principal"), SVM.createAddress("new key"));
        (mandate.epoch, mandate.round) = (uint64(SVM.createUint(64, "new epoch")), uint32(SVM.createUint(32, "new round")));
        (mandate.validFrom, mandate.validUntil) = (uint48(SVM.createUint(48, "from")), uint48(SVM.createUint(48, "until")));
        (mandate.termsHash, mandate.termsURI) = (bytes32(SVM.createUint(256, "termsHash")), "terms");
        mandate.budgets = new Budget[](1);
        Budget memory budget = mandate.budgets[0];
        (budget.currency, budget.decimals) = (currency, 6);
        (budget.paymentLimit, budget.lifetimeLimit) = (uint96(SVM.createUint(96, "payment")), uint96(SVM.createUint(96, "lifetime")));
        budget.spentAtMost = uint96(SVM.createUint(96, "spentAtMost"));
        (budget.windows, budget.tokens, budget.payees) = (new Window[](1), new Token[](1), new address[](1));
        budget.windows[0] = Window(8 * 1024, uint96(SVM.createUint(96, "window")));
        (budget.tokens[0], budget.payees[0]) = (Token(address(token), 5), SVM.createAddress("new payee"));
        mandate.powers.maxRequests = uint8(SVM.createUint(8, "requests"));
        mandate.powers.maxRequestAge = uint32(SVM.createUint(32, "age"));
        mandate.powers.maxAuthorizationAge = uint32(SVM.createUint(32, "authorization age"));
    }

    /* HASH */

    string private constant ARGUMENT = "Argument(uint8 kind,bytes32[] values)";
    string private constant BUDGET =
        "Budget(string currency,uint8 decimals,uint96 paymentLimit,uint96 lifetimeLimit,uint96 spentAtMost,Window[] windows,Token[] tokens,uint96 strangerPaymentLimit,uint96 strangerWindowLimit,address[] payees,LimitedPayee[] limitedPayees)";
    string private constant CALL_RULE = "CallRule(address target,bytes4 selector,uint8 variant,address token,uint96 valueLimit,uint96 pullLimit,uint32 maxCalls,uint32 window,address gainToken,uint96 gain,uint96 per,Argument[] arguments)";
    string private constant CHEQUE_BOOK = "ChequeBook(address token,uint16 count,uint96 limit,uint32 period,bool strangers)";
    string private constant GAS_TERMS = "GasTerms(uint96 operationLimit,uint96 windowLimit,uint32 window)";
    string private constant LIMITED_PAYEE = "LimitedPayee(address payee,uint96 limit,uint48 validUntil)";
    string private constant MANDATE_TYPE =
        "Mandate(address principal,uint64 epoch,address agentKey,uint48 validFrom,uint48 validUntil,uint32 round,address guard,Budget[] budgets,Powers powers,bytes32 termsHash,string termsURI)";
    string private constant POWERS =
        "Powers(CallRule[] calls,ChequeBook[] chequeBooks,uint8 maxRequests,uint32 maxRequestAge,uint32 maxAuthorizationAge,GasTerms gasTerms)";
    string private constant TOKEN = "Token(address token,uint8 decimals)";
    string private constant WINDOW = "Window(uint32 length,uint96 limit)";

    /// @dev The EIP-712 hash; a type is followed by all that it refers to, in alphabetical order.
    function _hash(Mandate memory mandate) private pure returns (bytes32) {
        string memory parts = string.concat(string.concat(ARGUMENT, BUDGET, CALL_RULE, CHEQUE_BOOK), string.concat(GAS_TERMS, LIMITED_PAYEE, POWERS));
        bytes memory head =
            abi.encode(mandate.principal, mandate.epoch, mandate.agentKey, mandate.validFrom, mandate.validUntil, mandate.round, mandate.guard);
        bytes32 budgets = keccak256(abi.encode(_hashBudget(mandate.budgets[0])));
        bytes memory rest = abi.encode(budgets, _hashPowers(mandate.powers), mandate.termsHash, keccak256(bytes(mandate.termsURI)));
        return keccak256(bytes.concat(_kind(string.concat(MANDATE_TYPE, parts, TOKEN, WINDOW)), head, rest));
    }

    function _hashBudget(Budget memory budget) private pure returns (bytes32) {
        bytes memory head =
            abi.encode(keccak256(bytes(budget.currency)), budget.decimals, budget.paymentLimit, budget.lifetimeLimit, budget.spentAtMost);
        bytes32 windows = keccak256(abi.encode(keccak256(bytes.concat(_kind(WINDOW), abi.encode(budget.windows[0])))));
        bytes32 tokens = keccak256(abi.encode(keccak256(bytes.concat(_kind(TOKEN), abi.encode(budget.tokens[0])))));
        bytes memory rest = abi.encode(windows, tokens, budget.strangerPaymentLimit, budget.strangerWindowLimit, keccak256(abi.encode(budget.payees[0])), keccak256(""));
        return keccak256(bytes.concat(_kind(string.concat(BUDGET, LIMITED_PAYEE, TOKEN, WINDOW)), head, rest));
    }

    function _hashPowers(Powers memory powers) private pure returns (bytes32) {
        bytes32 gasTerms = keccak256(bytes.concat(_kind(GAS_TERMS), abi.encode(powers.gasTerms)));
        bytes memory rest = abi.encode(keccak256(""), keccak256(""), powers.maxRequests, powers.maxRequestAge, powers.maxAuthorizationAge, gasTerms);
        return keccak256(bytes.concat(_kind(string.concat(POWERS, ARGUMENT, CALL_RULE, CHEQUE_BOOK, GAS_TERMS)), rest));
    }

    function _kind(string memory name) private pure returns (bytes memory) {
        return abi.encode(keccak256(bytes(name)));
    }
}
