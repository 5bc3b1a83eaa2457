// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccountExecute, PackedUserOperation} from "@openzeppelin/contracts/interfaces/IERC4337.sol";
import {IAgentWallet} from "../../../contracts/interfaces/IAgentWallet.sol";
import {ICalls} from "../../../contracts/interfaces/ICalls.sol";
import {Argument, ArgumentKind, Budget, CallRule, ChequeBook, GasTerms, LimitedPayee, Mandate, Token, Window} from "../../../contracts/interfaces/IMandate.sol";
import {IPayments} from "../../../contracts/interfaces/IPayments.sol";
import {IPreauthorizations} from "../../../contracts/interfaces/IPreauthorizations.sol";
import {IRequests} from "../../../contracts/interfaces/IRequests.sol";
import {ISignedActions} from "../../../contracts/interfaces/ISignedActions.sol";
import {MandateDecoder} from "../../../contracts/mandate/MandateDecoder.sol";
import {Proof} from "./Proof.sol";
import {AnyAnswer, Mill, OneSwitchRegistry} from "./WalletWorld.sol";

/// @title WalletBench
/// @notice A wallet in any state: the three parts of its code as they are deployed, but for the clone in front of them; every word of its
/// storage has any value, but where a proof puts something. The switch and the token answer anything.
///
/// A mandate in force has one budget of one token and one payee, with one window, one function that may be called, and requests. Who granted
/// it to whom, its times, hash and limits have all values.
abstract contract WalletBench is Proof {
    address internal constant ENTRY_POINT = address(0x4337);
    address internal constant NATIVE = 0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE;
    address internal constant WRITER = address(0x3317e);

    /// @notice Where a wallet keeps what tells who decides (`toolchain/storage-layout.json`).
    uint256 internal constant PRINCIPAL = 2;
    uint256 internal constant PENDING_PRINCIPAL = 3;
    uint256 internal constant MANDATE = 5;
    uint256 internal constant LEDGERS = 6;

    /// @notice What a mandate says.
    struct Terms {
        address agentKey;
        address payee;
        uint48 validFrom;
        uint48 validUntil;
        uint96 paymentLimit;
        address target;
        bytes4 selector;
        uint96 valueLimit;
        uint96 pullLimit;
        uint96 payeeLimit;
        uint48 payeeEnd;
    }

    /// @notice What was spent, by the counter in this slot, and how many transfers the token was told to make.
    struct Counted {
        bytes32 slot;
        uint256 spent;
        uint256 transfers;
    }

    /// @notice What its budget leaves for payments.
    struct Limits {
        uint256 payment;
        uint256 window;
        uint256 lifetime;
    }

    /// @notice The currency of its budget.
    string internal currency = "USD";
    /// @notice What a proof may have otherwise before it calls `_grant`: the token that the mandate lists, if it isn't `token`; the one
    /// argument of the function that may be called, which has none else; whether the payee has terms of its own; what operations may cost;
    /// and a cheque book.
    address internal listed;
    ArgumentKind[] internal argument;
    bool internal limited;
    GasTerms internal gas;
    ChequeBook[] internal books;
    AnyAnswer internal stop;
    AnyAnswer internal token;
    OneSwitchRegistry internal registry;
    address internal powersModule;
    address internal mandateModule;
    IAgentWallet internal wallet;

    function setUp() public virtual {
        (stop, token) = (new AnyAnswer(), new AnyAnswer());
        registry = new OneSwitchRegistry(address(stop));
        bytes memory suite = abi.encode(registry, ENTRY_POINT, WRITER);
        powersModule = _made("PowersModule.sol:PowersModule", suite);
        mandateModule = _made("MandateModule.sol:MandateModule", bytes.concat(suite, abi.encode(powersModule)));
        suite = bytes.concat(suite, abi.encode(powersModule, mandateModule));
        wallet = IAgentWallet(_made("AgentWallet.sol:AgentWallet", suite));
        SYMBOLS.enableSymbolicStorage(address(stop));
        SYMBOLS.enableSymbolicStorage(address(token));
        SYMBOLS.enableSymbolicStorage(address(wallet));
    }

    /// @dev Any call of this function, which has so many arguments of fixed length.
    function _any(bytes4 selector, uint256 count) internal returns (bytes memory) {
        return bytes.concat(selector, VALUES.createBytes(32 * count, "arguments"));
    }

    function _call(address caller, uint256 time, bytes memory data) internal returns (bool done) {
        WORLD.warp(time);
        WORLD.prank(caller);
        (done,) = address(wallet).call(data);
    }

    /// @dev Leaves out that an account is one of the contracts here, but for the token, which answers anything.
    function _outside(address account) internal view {
        address pointer = wallet.mandatePointer();
        bool inside = either(account == address(wallet), either(account == address(stop), account == address(registry)));
        inside = either(inside, either(account == powersModule, account == mandateModule));
        WORLD.assume(!either(inside, account == pointer));
    }

    /// @dev Puts a mandate in force.
    function _grant() internal returns (Terms memory terms) {
        Mandate memory mandate;
        mandate.principal = VALUES.createAddress("principal");
        mandate.epoch = uint64(VALUES.createUint(64, "epoch"));
        mandate.agentKey = VALUES.createAddress("agentKey");
        mandate.validFrom = uint48(VALUES.createUint(48, "validFrom"));
        mandate.validUntil = uint48(VALUES.createUint(48, "validUntil"));
        mandate.budgets = new Budget[](1);
        Budget memory budget = mandate.budgets[0];
        (budget.currency, budget.decimals) = (currency, 6);
        budget.paymentLimit = uint96(VALUES.createUint(96, "paymentLimit"));
        budget.lifetimeLimit = uint96(VALUES.createUint(96, "lifetimeLimit"));
        (budget.windows, budget.tokens, budget.payees) = (new Window[](1), new Token[](1), new address[](1));
        budget.windows[0] = Window(8 * 1024, uint96(VALUES.createUint(96, "windowLimit")));
        budget.tokens[0] = Token(listed == address(0) ? address(token) : listed, 5);
        terms.payee = VALUES.createAddress("payee");
        if (limited) {
            (terms.payeeLimit, terms.payeeEnd) = (uint96(VALUES.createUint(96, "payeeLimit")), uint48(VALUES.createUint(48, "payeeEnd")));
            (budget.payees, budget.limitedPayees) = (new address[](0), new LimitedPayee[](1));
            budget.limitedPayees[0] = LimitedPayee(terms.payee, terms.payeeLimit, terms.payeeEnd);
        } else {
            budget.payees[0] = terms.payee;
        }
        mandate.powers.maxRequests = uint8(VALUES.createUint(8, "maxRequests"));
        mandate.powers.maxRequestAge = uint32(VALUES.createUint(32, "maxRequestAge"));
        (mandate.powers.gasTerms, mandate.powers.chequeBooks) = (gas, books);
        mandate.powers.calls = new CallRule[](1);
        CallRule memory rule = mandate.powers.calls[0];
        (rule.target, rule.selector) = (VALUES.createAddress("target"), bytes4(uint32(VALUES.createUint(32, "selector"))));
        (rule.valueLimit, rule.pullLimit) = (uint96(VALUES.createUint(96, "valueLimit")), uint96(VALUES.createUint(96, "pullLimit")));
        rule.arguments = new Argument[](argument.length);
        for (uint256 i = 0; i < argument.length; ++i) rule.arguments[i].kind = argument[i];
        (address pointer, uint16 length) = Mill(_create(STAGE.getCode("WalletWorld.sol:Mill"))).write(mandate, bytes32(VALUES.createUint(256, "hash")));
        uint256 word = uint256(uint160(pointer)) | uint256(length) << 160 | 1 << 176 | uint256(1) << 224;
        STAGE.store(address(wallet), bytes32(MANDATE), bytes32(word));
        assert(wallet.mandatePointer() == pointer);
        _outside(mandate.agentKey);
        (terms.agentKey, terms.paymentLimit) = (mandate.agentKey, budget.paymentLimit);
        (terms.validFrom, terms.validUntil) = (mandate.validFrom, mandate.validUntil);
        (terms.target, terms.selector, terms.valueLimit, terms.pullLimit) = (rule.target, rule.selector, rule.valueLimit, rule.pullLimit);
    }

    /// @dev Puts any counter where the ledger of the budget has its own, of buckets of 1,024 seconds, the last of which is now.
    /// @return slot Where it is.
    function _placeCounter(uint256 time) internal returns (bytes32 slot) {
        slot = keccak256(abi.encode(keccak256(bytes(currency)), LEDGERS));
        bytes32 word = bytes32(bytes.concat(hex"06", bytes3(uint24(1024)), VALUES.createBytes(28, "counter")));
        STAGE.store(address(wallet), slot, word);
        WORLD.assume(time / 1024 == uint32(uint256(word) >> 192));
    }

    /// @dev The same, and the ledger has no second window.
    function _placeOnlyCounter(uint256 time) internal returns (bytes32 slot) {
        slot = _placeCounter(time);
        STAGE.store(address(wallet), bytes32(uint256(slot) + FURTHER), 0);
    }

    /// @dev What everything that is counted has to be within, as the code of the mandate says it.
    function _limits() internal view returns (Limits memory) {
        uint16 length = uint16(uint256(WORLD.load(address(wallet), bytes32(MANDATE))) >> 160);
        bytes memory terms = MandateDecoder.load(wallet.mandatePointer(), length);
        MandateDecoder.BudgetAt budget = MandateDecoder.budgetAt(terms, 0);
        return Limits(
            MandateDecoder.paymentLimit(terms, budget), MandateDecoder.windowLimit(terms, budget), MandateDecoder.lifetimeLimit(terms, budget)
        );
    }

    /// @dev What counter and token say.
    function _counted(bytes32 slot) internal view returns (Counted memory) {
        return Counted(slot, uint96(uint256(WORLD.load(address(wallet), slot))), token.count());
    }

    /// @dev Any call of one of the agent's verbs.
    function _verb(uint8 kind) internal returns (bytes memory) {
        if (kind == 0) return _any(IPayments.pay.selector, 4);
        if (kind == 1) return bytes.concat(abi.encodePacked(IPayments.payBatch.selector), abi.encode(32, 1), VALUES.createBytes(128, "payment"));
        if (kind == 2) return _any(IRequests.requestPayment.selector, 6);
        if (kind == 3) return _any(IPreauthorizations.preauthorize.selector, 9);
        return abi.encodeCall(
            ICalls.call,
            (
                VALUES.createAddress("called"),
                VALUES.createUint(256, "value"),
                VALUES.createBytes(68, "data"),
                ICalls.Pull(VALUES.createAddress("pulled"), VALUES.createUint(256, "pull")),
                0
            )
        );
    }

    /// @dev A user operation: what its period is, and what the agent does by it.
    function _operation(bytes4 period, bytes memory action) internal returns (PackedUserOperation memory op) {
        op.sender = address(wallet);
        op.nonce = VALUES.createUint(256, "nonce");
        op.callData = bytes.concat(IAccountExecute.executeUserOp.selector, period, action);
        op.accountGasLimits = bytes32(VALUES.createUint(256, "gasLimits"));
        op.preVerificationGas = VALUES.createUint(256, "gas");
        op.gasFees = bytes32(VALUES.createUint(256, "gasFees"));
        op.signature = bytes.concat(bytes2(0), VALUES.createBytes(63, "signature"));
    }

    /// @dev An action that was signed, without a fee.
    function _acted(bytes memory action) internal returns (bytes memory) {
        ISignedActions.Relay memory relay;
        (relay.deadline, relay.nonce) = (VALUES.createUint(256, "deadline"), VALUES.createUint(256, "nonce"));
        return abi.encodeCall(wallet.act, (action, relay, bytes.concat(bytes2(0), VALUES.createBytes(63, "signature"))));
    }

    /// @dev Whether a payment may be made: of the token, to the payee, in time, of no more than the limit.
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

    /// @dev Whether the token was told to make one transfer, this one.
    function _isMoved(Counted memory before, address payee, uint256 amount) internal view returns (bool) {
        return both(token.count() == before.transfers + 1, both(token.to() == payee, token.amount() == amount));
    }

    function _made(string memory path, bytes memory arguments) internal returns (address made) {
        return _create(bytes.concat(STAGE.getCode(path), arguments));
    }

    function _create(bytes memory code) private returns (address made) {
        assembly {
            made := create(0, add(code, 32), mload(code))
        }
        assert(made != address(0));
    }
}
