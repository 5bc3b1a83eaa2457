// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IAccountExecute, PackedUserOperation} from "@openzeppelin/contracts/interfaces/IERC4337.sol";
import {IAgentWallet} from "../../../contracts/interfaces/IAgentWallet.sol";
import {ICallRequests} from "../../../contracts/interfaces/ICallRequests.sol";
import {ICalls} from "../../../contracts/interfaces/ICalls.sol";
import {Argument, ArgumentKind, Budget, CallRule, ChequeBook, GasTerms, LimitedPayee, Mandate, Token, Window} from "../../../contracts/interfaces/IMandate.sol";
import {IPayments} from "../../../contracts/interfaces/IPayments.sol";
import {IPreauthorizations} from "../../../contracts/interfaces/IPreauthorizations.sol";
import {IRequests} from "../../../contracts/interfaces/IRequests.sol";
import {ISignedActions} from "../../../contracts/interfaces/ISignedActions.sol";
import {MandateDecoder, Terms as MandateTerms} from "../../../contracts/mandate/MandateDecoder.sol";
import {Proof} from "./Proof.sol";
import {AnyAnswer, UncheckedWriter, SwitchRegistry} from "./WalletDoubles.sol";

/// @title WalletFixture
/// @notice A wallet in any state: a clone, and the contracts of its code as deployed. Every word of its storage is
/// symbolic, except where a proof writes something; so its principal is any, or that in its code. The switch and the
/// token answer arbitrarily.
///
/// A mandate in force has one budget of one token and one payee, with one window, one function that may be
/// called, and requests. Principal, agent key, times, hash and limits are symbolic.
abstract contract WalletFixture is Proof {
    address internal constant ENTRY_POINT = address(0x4337);
    address internal constant NATIVE = 0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE;
    address internal constant WRITER = address(0x3317e);
    /// @notice Principal and agent key in the wallet's code.
    address internal constant FIRST = address(0xF1257);
    address internal constant KEY = address(0x6EF);

    /// @notice Slots of a wallet (`toolchain/storage-layout.json`).
    uint256 internal constant PRINCIPAL = 2;
    uint256 internal constant OFFER = 3;
    uint256 internal constant MANDATE = 5;
    uint256 internal constant LEDGERS = 6;
    uint256 internal constant STRANGER_LEDGERS = 7;
    uint256 internal constant CALL_LEDGERS = 13;

    /// @notice Round that `_grant` starts.
    uint256 internal constant ROUND = 1;

    /// @notice Numbers of a rule's floor, if it has one.
    uint256 internal constant GAIN = 3;
    uint256 internal constant PER = 7;

    /// @notice Terms of the mandate in force.
    struct Terms {
        address principal;
        address agentKey;
        address payee;
        uint48 validFrom;
        uint48 validUntil;
        uint96 paymentLimit;
        address target;
        bytes4 selector;
        uint96 valueLimit;
        uint96 pullLimit;
        uint32 maxCalls;
        uint96 payeeLimit;
        uint48 payeeEnd;
        uint96 strangerLimit;
        uint32 authorizationAge;
    }

    /// @notice What was spent, by the counter in this slot, and how many transfers the token received.
    struct Counted {
        bytes32 slot;
        uint256 spent;
        uint256 transfers;
    }

    /// @notice Limits of its budget for on-chain charges.
    struct Limits {
        uint256 payment;
        uint256 window;
        uint256 lifetime;
    }

    /// @notice Currency of its budget.
    string internal currency = "USD";
    /// @notice Options to set before `_grant`: the listed token, if it isn't `token`; the kind of the
    /// function's one argument, if it has one; the token of its floor, if it has one; whether the payee has terms
    /// of its own; whether strangers may be paid; gas terms; cheque books; a guard.
    address internal listed;
    ArgumentKind[] internal argument;
    address internal gainToken;
    bool internal limited;
    bool internal strangers;
    GasTerms internal gas;
    ChequeBook[] internal books;
    address internal guard;
    AnyAnswer internal stop;
    AnyAnswer internal token;
    SwitchRegistry internal registry;
    address internal implementation;
    address internal mandateModule;
    address internal powersModule;
    address internal viewsModule;
    IAgentWallet internal wallet;

    function setUp() public virtual {
        (stop, token) = (new AnyAnswer(), new AnyAnswer());
        registry = new SwitchRegistry(address(stop));
        bytes memory suite = abi.encode(registry, ENTRY_POINT, WRITER);
        mandateModule = _deploy("MandateModule.sol:MandateModule", suite);
        powersModule = _deploy("PowersModule.sol:PowersModule", suite);
        viewsModule = _deploy("ViewsModule.sol:ViewsModule", suite);
        suite = bytes.concat(suite, abi.encode(mandateModule, powersModule, viewsModule));
        implementation = _deploy("AgentWallet.sol:AgentWallet", suite);
        wallet = IAgentWallet(Clones.cloneWithImmutableArgs(implementation, abi.encodePacked(FIRST, KEY, uint96(0))));
        SVM.enableSymbolicStorage(address(stop));
        SVM.enableSymbolicStorage(address(token));
        SVM.enableSymbolicStorage(address(wallet));
    }

    /// @dev Any call of this function with this many arguments of one word.
    function _any(bytes4 selector, uint256 count) internal returns (bytes memory) {
        return bytes.concat(selector, SVM.createBytes(32 * count, "arguments"));
    }

    function _call(address caller, uint256 time, bytes memory data) internal returns (bool done) {
        VM.warp(time);
        VM.prank(caller);
        (done,) = address(wallet).call(data);
    }

    /// @dev Assumes that an account isn't one of the contracts here, except the token, which answers anything.
    function _assumeOutside(address account) internal view {
        address pointer = wallet.mandatePointer();
        bool inside = either(account == address(wallet), either(account == address(stop), account == address(registry)));
        inside = either(inside, account == implementation);
        inside = either(inside, either(account == mandateModule, either(account == powersModule, account == viewsModule)));
        VM.assume(!either(inside, account == pointer));
    }

    /// @dev Installs a mandate.
    function _grant() internal returns (Terms memory terms) {
        Mandate memory mandate;
        mandate.principal = SVM.createAddress("principal");
        mandate.epoch = uint64(SVM.createUint(64, "epoch"));
        mandate.agentKey = SVM.createAddress("agentKey");
        mandate.validFrom = uint48(SVM.createUint(48, "validFrom"));
        mandate.validUntil = uint48(SVM.createUint(48, "validUntil"));
        mandate.budgets = new Budget[](1);
        Budget memory budget = mandate.budgets[0];
        (budget.currency, budget.decimals) = (currency, 6);
        budget.paymentLimit = uint96(SVM.createUint(96, "paymentLimit"));
        budget.lifetimeLimit = uint96(SVM.createUint(96, "lifetimeLimit"));
        (budget.windows, budget.tokens, budget.payees) = (new Window[](1), new Token[](1), new address[](1));
        budget.windows[0] = Window(8 * 1024, uint96(SVM.createUint(96, "windowLimit")));
        budget.tokens[0] = Token(listed == address(0) ? address(token) : listed, 5);
        terms.payee = SVM.createAddress("payee");
        if (limited) {
            (terms.payeeLimit, terms.payeeEnd) = (uint96(SVM.createUint(96, "payeeLimit")), uint48(SVM.createUint(48, "payeeEnd")));
            (budget.payees, budget.limitedPayees) = (new address[](0), new LimitedPayee[](1));
            budget.limitedPayees[0] = LimitedPayee(terms.payee, terms.payeeLimit, terms.payeeEnd);
        } else {
            budget.payees[0] = terms.payee;
        }
        if (strangers) {
            terms.strangerLimit = uint96(SVM.createUint(96, "strangerLimit"));
            (budget.strangerPaymentLimit, budget.strangerWindowLimit) = (terms.strangerLimit, uint96(SVM.createUint(96, "strangerWindow")));
            VM.assume(terms.strangerLimit != 0);
        }
        mandate.powers.maxRequests = uint8(SVM.createUint(8, "maxRequests"));
        mandate.powers.maxRequestAge = uint32(SVM.createUint(32, "maxRequestAge"));
        mandate.powers.maxAuthorizationAge = uint32(SVM.createUint(32, "maxAuthorizationAge"));
        (mandate.powers.gasTerms, mandate.powers.chequeBooks, mandate.guard) = (gas, books, guard);
        mandate.powers.calls = new CallRule[](1);
        CallRule memory rule = mandate.powers.calls[0];
        (rule.target, rule.selector) = (SVM.createAddress("target"), bytes4(uint32(SVM.createUint(32, "selector"))));
        (rule.token, rule.maxCalls, rule.window) = (budget.tokens[0].token, uint32(SVM.createUint(32, "maxCalls")), 8 * 1024);
        (rule.valueLimit, rule.pullLimit) = (uint96(SVM.createUint(96, "valueLimit")), uint96(SVM.createUint(96, "pullLimit")));
        if (gainToken != address(0)) (rule.gainToken, rule.gain, rule.per) = (gainToken, uint96(GAIN), uint96(PER));
        rule.arguments = new Argument[](argument.length);
        for (uint256 i = 0; i < argument.length; ++i) rule.arguments[i].kind = argument[i];
        (address pointer, uint16 length) = UncheckedWriter(_create(VM.getCode("WalletDoubles.sol:UncheckedWriter"))).write(mandate, bytes32(SVM.createUint(256, "hash")));
        uint256 word = uint256(uint160(pointer)) | uint256(length) << 160 | 1 << 176 | ROUND << 184;
        VM.store(address(wallet), bytes32(MANDATE), bytes32(word));
        assert(wallet.mandatePointer() == pointer);
        _assumeOutside(mandate.agentKey);
        (terms.principal, terms.agentKey, terms.paymentLimit) = (mandate.principal, mandate.agentKey, budget.paymentLimit);
        (terms.validFrom, terms.validUntil) = (mandate.validFrom, mandate.validUntil);
        (terms.target, terms.selector, terms.valueLimit, terms.pullLimit) = (rule.target, rule.selector, rule.valueLimit, rule.pullLimit);
        (terms.maxCalls, terms.authorizationAge) = (rule.maxCalls, mandate.powers.maxAuthorizationAge);
    }

    /// @dev Writes any counter to the budget's ledger, with buckets of 1,024 seconds, the last of which is now.
    /// @return slot Slot of the ledger.
    function _placeCounter(uint256 time) internal returns (bytes32 slot) {
        slot = keccak256(abi.encode(keccak256(bytes(currency)), LEDGERS));
        _writeCounter(slot, time);
    }

    /// @dev The same for the budget's ledger for strangers.
    function _placeStrangerCounter(uint256 time) internal returns (bytes32 slot) {
        slot = keccak256(abi.encode(keccak256(bytes(currency)), STRANGER_LEDGERS));
        _writeCounter(slot, time);
    }

    /// @dev The same for the ledger of a function's calls, which has no second window.
    function _placeCallCounter(address target, bytes4 selector, uint256 time) internal returns (bytes32 slot) {
        slot = keccak256(abi.encode(selector, keccak256(abi.encode(target, CALL_LEDGERS))));
        _writeCounter(slot, time);
        VM.store(address(wallet), bytes32(uint256(slot) + FURTHER), 0);
    }

    function _writeCounter(bytes32 slot, uint256 time) private {
        _writeCounterAt(slot, time / 1024, 6);
    }

    /// @dev Writes any counter with this newest bucket, in the layout of `SpendLedger`: decimals 5 bits | pending 1 |
    /// entries 8 | bucket 26 | width 24 | floor 96 | spent 96.
    function _writeCounterAt(bytes32 slot, uint256 bucket, uint256 decimals) internal {
        uint256 state = SVM.createUint(35, "state");
        VM.assume(both(bucket == state & (2 ** 26 - 1), (state >> 26) & 1 == 1));
        state |= decimals << 35;
        bytes memory sums = SVM.createBytes(24, "counter");
        VM.store(address(wallet), slot, bytes32(bytes.concat(bytes5(uint40(state)), bytes3(uint24(1024)), sums)));
    }

    /// @dev The same, and the ledger has no second window.
    function _placeOnlyCounter(uint256 time) internal returns (bytes32 slot) {
        slot = _placeCounter(time);
        VM.store(address(wallet), bytes32(uint256(slot) + FURTHER), 0);
    }

    /// @dev Limits for on-chain charges, read from the mandate's code.
    function _limits() internal view returns (Limits memory) {
        uint16 length = uint16(uint256(VM.load(address(wallet), bytes32(MANDATE))) >> 160);
        MandateTerms terms = MandateDecoder.load(wallet.mandatePointer(), length);
        MandateDecoder.BudgetAt budget = MandateDecoder.budgetAt(terms, 0);
        return Limits(
            MandateDecoder.paymentLimit(terms, budget), MandateDecoder.windowLimits(terms, budget)[0], MandateDecoder.lifetimeLimit(terms, budget)
        );
    }

    /// @dev Limit of the strangers' window, read from the mandate's code.
    function _strangerWindowLimit() internal view returns (uint256 limit) {
        uint16 length = uint16(uint256(VM.load(address(wallet), bytes32(MANDATE))) >> 160);
        MandateTerms terms = MandateDecoder.load(wallet.mandatePointer(), length);
        (, limit) = MandateDecoder.strangerLimits(terms, MandateDecoder.budgetAt(terms, 0));
    }

    /// @dev State of counter and token.
    function _counted(bytes32 slot) internal view returns (Counted memory) {
        return Counted(slot, uint96(uint256(VM.load(address(wallet), slot))), token.count());
    }

    /// @dev Any call of one of the agent's actions.
    function _anyAction(uint8 kind) internal returns (bytes memory) {
        if (kind == 0) return _any(IPayments.pay.selector, 4);
        if (kind == 1) return bytes.concat(abi.encodePacked(IPayments.payBatch.selector), abi.encode(32, 1), SVM.createBytes(128, "payment"));
        if (kind == 2) return _any(IRequests.requestPayment.selector, 6);
        if (kind == 3) return _any(IPreauthorizations.preauthorize.selector, 10);
        if (kind == 4) return abi.encodeCall(ICallRequests.requestCall, (uint8(SVM.createUint(8, "slot")), _anyCallRequest()));
        return abi.encodeCall(
            ICalls.call,
            (
                SVM.createAddress("called"),
                uint8(SVM.createUint(8, "variant")),
                SVM.createUint(256, "value"),
                SVM.createBytes(68, "data"),
                SVM.createUint(256, "pull"),
                0
            )
        );
    }

    /// @dev Any request for a call, with calldata of 68 bytes.
    function _anyCallRequest() internal returns (ICallRequests.CallRequest memory request) {
        (request.target, request.value) = (SVM.createAddress("asked target"), SVM.createUint(256, "asked value"));
        (request.data, request.minGas) = (SVM.createBytes(68, "asked data"), SVM.createUint(256, "minGas"));
        (request.pullToken, request.pull) = (SVM.createAddress("asked token"), SVM.createUint(256, "asked pull"));
        request.expiresAt = uint48(SVM.createUint(48, "asked expiresAt"));
    }

    /// @dev A user operation with this period and action of the agent.
    function _operation(bytes4 period, bytes memory action) internal returns (PackedUserOperation memory op) {
        op.sender = address(wallet);
        op.nonce = SVM.createUint(256, "nonce");
        op.callData = bytes.concat(IAccountExecute.executeUserOp.selector, period, action);
        op.accountGasLimits = bytes32(SVM.createUint(256, "gasLimits"));
        op.preVerificationGas = SVM.createUint(256, "gas");
        op.gasFees = bytes32(SVM.createUint(256, "gasFees"));
        op.signature = bytes.concat(bytes2(0), SVM.createBytes(63, "signature"));
    }

    /// @dev A relayed action without a fee.
    function _relayed(bytes memory action) internal returns (bytes memory) {
        ISignedActions.Relay memory relay;
        (relay.deadline, relay.nonce) = (uint48(SVM.createUint(48, "deadline")), SVM.createUint(256, "nonce"));
        return abi.encodeCall(wallet.act, (action, relay, bytes.concat(bytes2(0), SVM.createBytes(63, "signature"))));
    }

    /// @dev Whether the mandate allows a payment: token, payee, time and limit per payment.
    function _isWithin(Terms memory terms, address paid, address payee, uint256 amount, uint256 time) internal view returns (bool) {
        return both(both(paid == address(token), payee == terms.payee), _isTimely(terms, amount, time));
    }

    function _isTimely(Terms memory terms, uint256 amount, uint256 time) internal pure returns (bool) {
        bool inTime = both(time >= terms.validFrom, time < terms.validUntil);
        return both(inTime, both(amount != 0, both(amount <= type(uint128).max, amount * 10 <= terms.paymentLimit)));
    }

    function _isPaid(Counted memory before, address payee, uint256 amount) internal view returns (bool) {
        return both(_isMoved(before, payee, amount), _counted(before.slot).spent == before.spent + amount * 10);
    }

    /// @dev Whether the token received exactly one transfer, this one.
    function _isMoved(Counted memory before, address payee, uint256 amount) internal view returns (bool) {
        return both(token.count() == before.transfers + 1, both(token.to() == payee, token.amount() == amount));
    }

    function _deploy(string memory path, bytes memory arguments) internal returns (address made) {
        return _create(bytes.concat(VM.getCode(path), arguments));
    }

    function _create(bytes memory code) private returns (address made) {
        assembly {
            made := create(0, add(code, 32), mload(code))
        }
        assert(made != address(0));
    }
}
