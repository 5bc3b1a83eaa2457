// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPaymaster, PackedUserOperation} from "@openzeppelin/contracts/interfaces/IERC4337.sol";
import {PrincipalPaymaster} from "../../../contracts/PrincipalPaymaster.sol";
import {GasTerms} from "../../../contracts/interfaces/IMandate.sol";
import {IRevocationSwitch} from "../../../contracts/interfaces/IRevocationSwitch.sol";
import {IPrincipalPaymaster} from "../../../contracts/interfaces/IPrincipalPaymaster.sol";
import {Proof} from "./Proof.sol";

/// @title AnySuite
/// @notice What a paymaster calls: factory, implementation, wallet, switch and EntryPoint in one contract with
/// arbitrary answers.
contract AnySuite {
    address public immutable ENTRY_POINT;
    address public immutable SWITCH = address(this);
    address public immutable IMPLEMENTATION = address(this);
    /// @notice What the switch returns for the principal.
    IRevocationSwitch.PrincipalState private _state;
    mapping(address wallet => bool) private _isWallet;
    mapping(address principal => mapping(address wallet => bool)) private _isStopped;
    address private _principal;
    uint64 private _epoch;
    /// @notice Hash of the last calldata that it received as the EntryPoint, and the value sent with it (wei).
    bytes32 public lastDataHash;
    uint256 public lastValue;

    constructor() {
        ENTRY_POINT = address(this);
    }

    fallback() external payable {
        (lastDataHash, lastValue) = (keccak256(msg.data), msg.value);
    }

    function isWallet(address wallet) external view returns (bool) {
        return _isWallet[wallet];
    }

    function authority() external view returns (address, uint64) {
        return (_principal, _epoch);
    }

    function principalState(address) external view returns (IRevocationSwitch.PrincipalState memory) {
        return _state;
    }

    function isStopped(address principal, address wallet) external view returns (bool) {
        return _isStopped[principal][wallet];
    }
}

/// @title PaymasterProof
/// @notice For whom a paymaster pays, how much and when, and that only its principal decides so. From any state
/// of its own and of what it calls, by any caller.
/// @custom:halmos --loop 9 --solver-timeout-branching 50ms
contract PaymasterProof is Proof {
    address private constant PRINCIPAL = address(0xb055);
    /// @notice Slot of a paymaster's ledgers (`toolchain/storage-layout.json`).
    uint256 private constant LEDGERS = 1;
    uint256 private constant WIDTH = 1024;

    AnySuite private suite;
    PrincipalPaymaster private paymaster;

    function setUp() public {
        suite = new AnySuite();
        paymaster = new PrincipalPaymaster(address(suite), PRINCIPAL);
        SVM.enableSymbolicStorage(address(suite));
        SVM.enableSymbolicStorage(address(paymaster));
    }

    /// @notice I8, I9, I25: it pays for an agent's operation only if the EntryPoint calls, for a wallet of its
    /// principal that isn't stopped, alone or with all others; and only until the next missed heartbeat.
    function check_noPaymentForStoppedAgent(uint256 nonce, bytes12 data, uint256 maxCost, address caller, uint256 moment) external {
        VM.assume(nonce >> 128 != 0);
        PackedUserOperation memory op = _operation(nonce, data);
        (bool done, uint256 later, uint256 until) = _validated(op, maxCost, caller);
        if (!done) return;
        (address principal, uint64 epoch) = suite.authority();
        IRevocationSwitch.PrincipalState memory state = suite.principalState(PRINCIPAL);
        assert(both(caller == suite.ENTRY_POINT(), both(suite.isWallet(op.sender), principal == PRINCIPAL)));
        assert(both(!suite.isStopped(PRINCIPAL, op.sender), both(epoch == state.epoch, !state.paused)));
        if (!both(moment > later, moment <= until)) return;
        uint256 dormantSince = uint256(state.lastCheckIn) + state.heartbeatInterval;
        assert(either(state.heartbeatInterval == 0, moment < dormantSince));
    }

    /// @notice I25: the most that it pays for an agent's operation is charged in full to the wallet's gas
    /// terms, and is at most the limit per operation. It pays only in the period that the operation names.
    /// @dev In the bucket of the last charge, of 1,024 seconds.
    function check_paymentIsCharged(uint256 nonce, uint32 period, uint96 operationLimit, uint96 windowLimit, uint256 maxCost, address caller, uint256 moment)
        external
    {
        VM.assume(nonce >> 128 != 0);
        (bytes32 slot,) = _placeCounter(address(suite), period);
        VM.prank(PRINCIPAL);
        paymaster.setGasTerms(address(suite), GasTerms(operationLimit, windowLimit, uint32(8 * WIDTH)));
        uint256 spent = uint96(uint256(VM.load(address(paymaster), slot)));
        PackedUserOperation memory op = _operation(nonce, bytes12(bytes.concat(bytes4(0), bytes4(period))));
        (bool done, uint256 later, uint256 until) = _validated(op, maxCost, caller);
        if (!done) return;
        assert(both(maxCost <= operationLimit, uint96(uint256(VM.load(address(paymaster), slot))) == spent + maxCost));
        if (!both(moment > later, moment <= until)) return;
        assert(either(maxCost == 0, both(moment >= period * WIDTH, moment < (uint256(period) + 1) * WIDTH)));
    }

    /// @notice I12: nobody except the principal sets terms, or withdraws deposit or stake.
    function check_onlyPrincipalMayCall(uint8 kind, address wallet, GasTerms memory terms, address payable to, uint256 amount, address caller)
        external
    {
        VM.assume(caller != PRINCIPAL);
        bytes memory data = abi.encodeCall(IPrincipalPaymaster.setGasTerms, (wallet, terms));
        if (kind == 1) data = abi.encodeCall(IPrincipalPaymaster.withdraw, (to, amount));
        if (kind == 2) data = abi.encodeCall(IPrincipalPaymaster.addStake, (uint32(amount)));
        if (kind == 3) data = abi.encodeCall(IPrincipalPaymaster.unlockStake, ());
        if (kind == 4) data = abi.encodeCall(IPrincipalPaymaster.withdrawStake, (to));
        VM.prank(caller);
        (bool done,) = address(paymaster).call(data);
        assert(!done);
    }

    /// @notice I18: the principal's calls reach the EntryPoint unchanged: deposit and stake go where it says,
    /// but not to zero. Anyone may deposit.
    function check_principalCallsReachEntryPoint(uint8 kind, address payable to, uint256 amount, uint32 delay, address caller) external {
        if (kind != 0) caller = PRINCIPAL;
        VM.assume(caller != address(suite));
        uint256 value = kind < 2 ? uint128(amount) : 0;
        VM.deal(caller, value);
        VM.prank(caller);
        if (kind == 0) paymaster.deposit{value: value}();
        else if (kind == 1) paymaster.addStake{value: value}(delay);
        else if (kind == 2) paymaster.withdraw(to, amount);
        else if (kind == 3) paymaster.withdrawStake(to);
        else paymaster.unlockStake();
        assert(either(to != address(0), both(kind != 2, kind != 3)));
        bytes memory result = abi.encodeWithSignature("unlockStake()");
        if (kind == 0) result = abi.encodeWithSignature("depositTo(address)", paymaster);
        if (kind == 1) result = abi.encodeWithSignature("addStake(uint32)", delay);
        if (kind == 2) result = abi.encodeWithSignature("withdrawTo(address,uint256)", to, amount);
        if (kind == 3) result = abi.encodeWithSignature("withdrawStake(address)", to);
        assert(both(suite.lastDataHash() == keccak256(result), suite.lastValue() == value));
    }

    /// @notice I25: gas terms fit together, and apply to one wallet only. What remains is the limit less what
    /// the window counts.
    /// @dev In the bucket of the last charge, of 1,024 seconds, in one period.
    function check_gasTermsBelongToOneWallet(address wallet, address other, uint96 operationLimit, uint96 windowLimit, uint256 offset) external {
        VM.assume(wallet != other);
        uint32 period = 1_757_812;
        (bytes32 slot, bytes32 word) = _placeCounter(wallet, period);
        VM.warp(period * WIDTH | offset % WIDTH);
        GasTerms memory terms = GasTerms(operationLimit, windowLimit, uint32(8 * WIDTH));
        bytes32 before = _termsOf(other);
        VM.prank(PRINCIPAL);
        paymaster.setGasTerms(wallet, terms);
        assert(both(operationLimit != 0, operationLimit <= windowLimit));
        (GasTerms memory result, uint256 remaining) = paymaster.gasTermsOf(wallet);
        assert(both(keccak256(abi.encode(result)) == keccak256(abi.encode(terms)), _termsOf(other) == before));
        assert(VM.load(address(paymaster), slot) == word);
        unchecked {
            uint256 counted = uint96(uint256(word)) - uint96(uint256(word) >> 96);
            assert(remaining == only(counted < windowLimit, windowLimit - counted));
        }
    }

    /// @dev Writes any counter to a wallet's ledger, with this period as its last bucket, and no second window.
    function _placeCounter(address wallet, uint32 period) private returns (bytes32 slot, bytes32 word) {
        slot = keccak256(abi.encode(wallet, LEDGERS));
        VM.assume(period < 2 ** 26);
        word = bytes32(SVM.createUint(14, "state") << 242 | uint256(period) << 216 | WIDTH << 192 | SVM.createUint(192, "sums"));
        VM.store(address(paymaster), slot, word);
        VM.store(address(paymaster), bytes32(uint256(slot) + FURTHER), 0);
        VM.assume(uint96(uint256(word) >> 96) <= uint96(uint256(word)));
    }

    /// @dev The two words of a wallet's terms.
    function _termsOf(address wallet) private view returns (bytes32) {
        bytes32 slot = keccak256(abi.encode(wallet, LEDGERS - 1));
        return keccak256(abi.encode(VM.load(address(paymaster), slot), VM.load(address(paymaster), bytes32(uint256(slot) + 1))));
    }

    function _operation(uint256 nonce, bytes12 data) private view returns (PackedUserOperation memory op) {
        (op.sender, op.nonce, op.callData) = (address(suite), nonce, bytes.concat(data));
    }

    function _validated(PackedUserOperation memory op, uint256 maxCost, address caller)
        private
        returns (bool done, uint256 later, uint256 until)
    {
        VM.prank(caller);
        bytes memory result;
        (done, result) = address(paymaster).call(abi.encodeCall(IPaymaster.validatePaymasterUserOp, (op, bytes32(0), maxCost)));
        if (!done) return (false, 0, 0);
        (, uint256 word) = abi.decode(result, (bytes, uint256));
        assert(uint160(word) == 0);
        return (true, word >> 208, uint48(word >> 160));
    }
}
