// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {FleetBudget} from "../../../contracts/FleetBudget.sol";
import {IFleetBudget} from "../../../contracts/interfaces/IFleetBudget.sol";
import {IGuard} from "../../../contracts/interfaces/IGuard.sol";
import {Budget, Mandate, Window} from "../../../contracts/interfaces/IMandate.sol";
import {Proof} from "./Proof.sol";

/// @title WalletCode
/// @notice The code of a wallet. A fleet's budget calls nothing of it.
contract WalletCode {}

/// @title WalletCreator
/// @notice Creates wallets at the addresses that the factory gives them.
contract WalletCreator {
    address public immutable IMPLEMENTATION;

    constructor(address implementation) {
        IMPLEMENTATION = implementation;
    }

    /// @notice Creates one.
    function create(bytes memory arguments) external returns (address) {
        return Clones.cloneDeterministicWithImmutableArgs(IMPLEMENTATION, arguments, 0);
    }
}

/// @title FleetProof
/// @notice Who charges a fleet's budget, and how much. One call, by any caller, at any time, from any state: a budget
/// with two windows, in one currency. Windows over time: see `WindowProof`.
/// @custom:halmos --loop 9 --solver-timeout-branching 50ms
contract FleetProof is Proof {
    address private constant PRINCIPAL = address(0xb055);
    uint256 private constant WIDTH = 1024;
    uint256 private constant FURTHER_WIDTH = 65_536;
    /// @notice Slots of the fleet's limits and ledgers, and of a ledger's pending amount relative to its own slot.
    uint256 private constant LIMITS = 0;
    uint256 private constant LEDGERS = 1;
    uint256 private constant PENDING = 20;

    /// @notice A budget's limits.
    struct Limits {
        uint8 decimals;
        uint96 lifetime;
        uint96 first;
        uint96 second;
    }

    /// @notice A ledger's numbers: what each window doesn't count any more is its floor.
    struct Sums {
        uint96 spent;
        uint96 pending;
        uint96 floor;
        uint96 furtherFloor;
    }

    string private currency = "USD";
    FleetBudget private fleet;
    address private wallet;

    /// @dev Besides the wallet, there are one with the same code at another address, and one of another factory.
    function setUp() public {
        address implementation = address(new WalletCode());
        WalletCreator factory = new WalletCreator(implementation);
        fleet = new FleetBudget(address(factory), PRINCIPAL);
        bytes memory arguments = abi.encodePacked(PRINCIPAL, address(0x6EF), uint96(0));
        wallet = factory.create(arguments);
        Clones.cloneWithImmutableArgs(implementation, arguments);
        new WalletCreator(implementation).create(arguments);
        SVM.enableSymbolicStorage(address(fleet));
    }

    /// @notice I35: only a wallet of the factory changes what is counted; and it charges only for a mandate of the
    /// fleet's principal.
    /// @dev That nobody can make a wallet call it in another way: see `GuardedWalletProof`.
    function check_onlyItsWalletsAreCounted(bool closing, address caller, IGuard.Charge memory charge, bool settled, uint256 time) external {
        _place(time);
        charge.currency = keccak256(bytes(currency));
        bytes memory data = abi.encodeCall(IGuard.onCharge, (charge));
        if (closing) data = abi.encodeCall(IGuard.onClose, (charge.currency, uint96(charge.charge), settled));
        if (!_call(caller, time, data)) return;
        assert(both(caller == wallet, either(closing, charge.principal == PRINCIPAL)));
    }

    /// @notice I35: after a charge, each window counts at most its limit, and so does the lifetime, everything pending
    /// included. The charge is counted in full, and is pending if it is to be settled later.
    /// @dev Wallets charge no zero. It would be accepted also while limits are lower than what is counted.
    function check_chargesStayWithinEveryLimit(IGuard.Charge memory charge, uint256 time) external {
        (Limits memory limits, Sums memory before) = _place(time);
        VM.assume(charge.charge != 0);
        charge.currency = keccak256(bytes(currency));
        if (!_call(wallet, time, abi.encodeCall(IGuard.onCharge, (charge)))) return;
        Sums memory later = _sums();
        unchecked {
            assert(later.spent == uint256(before.spent) + charge.charge);
            assert(later.pending == uint256(before.pending) + only(charge.pending, charge.charge));
        }
        assert(both(later.spent <= limits.lifetime, _counted(later) <= limits.first));
        assert(later.spent - later.furtherFloor <= limits.second);
        assert(both(later.floor == before.floor, later.furtherFloor == before.furtherFloor));
    }

    /// @notice I3, I35: no more is released or settled than is pending. Only what is released is subtracted from what
    /// is spent; no window's floor rises, so what is settled stays counted.
    function check_closingFreesOnlyWhatWasPending(uint96 charge, bool settled, uint256 time) external {
        (, Sums memory before) = _place(time);
        bytes memory data = abi.encodeCall(IGuard.onClose, (keccak256(bytes(currency)), charge, settled));
        if (!_call(wallet, time, data)) return;
        Sums memory later = _sums();
        unchecked {
            assert(both(charge <= before.pending, later.pending == uint256(before.pending) - charge));
            assert(later.spent == uint256(before.spent) - only(!settled, charge));
        }
        assert(both(later.floor == before.floor, later.furtherFloor == before.furtherFloor));
    }

    /// @notice I12: nobody but the principal sets limits.
    function check_onlyPrincipalSetsLimits(address caller, uint8 decimals, uint96 lifetime, Window[2] memory given, uint256 time) external {
        VM.assume(caller != PRINCIPAL);
        _place(time);
        Window[] memory windows = new Window[](2);
        (windows[0], windows[1]) = (given[0], given[1]);
        assert(!_call(caller, time, abi.encodeCall(IFleetBudget.setBudget, (currency, decimals, lifetime, windows))));
    }

    /// @notice I35: it accepts only mandates of its principal, in units of its budget.
    function check_acceptsOnlyItsPrincipalsMandates(address subject, address principal, uint8 decimals, uint256 time) external {
        (Limits memory limits,) = _place(time);
        Mandate memory mandate;
        (mandate.principal, mandate.budgets) = (principal, new Budget[](1));
        (mandate.budgets[0].currency, mandate.budgets[0].decimals) = (currency, decimals);
        if (!_call(subject, time, abi.encodeCall(IGuard.accepts, (subject, mandate)))) return;
        assert(both(principal == PRINCIPAL, decimals == limits.decimals));
    }

    function _call(address caller, uint256 time, bytes memory data) private returns (bool done) {
        VM.warp(_bounded(time));
        VM.prank(caller);
        (done,) = address(fleet).call(data);
    }

    /* STATE */

    /// @dev Writes any limits and any ledger with two windows, the last buckets of which are now.
    function _place(uint256 time) private returns (Limits memory limits, Sums memory sums) {
        uint256 slot = uint256(keccak256(abi.encode(keccak256(bytes(currency)), LIMITS)));
        limits = Limits(uint8(SVM.createUint(8, "decimals")), _sum("lifetime"), _sum("first"), _sum("second"));
        _store(slot, uint256(limits.decimals) | 2 << 8 | uint256(limits.lifetime) << 16 | uint256(limits.first) << 112);
        _store(slot + 1, uint256(limits.second));
        slot = _ledger();
        sums = Sums(_sum("spent"), _sum("pending"), _sum("floor"), _sum("furtherFloor"));
        VM.assume(both(sums.floor <= sums.spent, both(sums.furtherFloor <= sums.spent, sums.pending <= sums.spent)));
        time = _bounded(time);
        // Decimals, and whether anything is pending.
        uint256 head = SVM.createUint(6, "head");
        VM.assume(either(sums.pending == 0, head & 1 == 1));
        _store(slot, uint256(sums.spent) | uint256(sums.floor) << 96 | WIDTH << 192 | (time / WIDTH) << 216 | 1 << 242 | head << 250);
        _store(slot + FURTHER, uint256(sums.furtherFloor) | (time / FURTHER_WIDTH) << 96 | FURTHER_WIDTH << 128 | 1 << 152);
        // No third window.
        _store(slot + FURTHER + 5, 0);
        _store(slot + PENDING, sums.pending);
    }

    /// @dev Until the year 4147: so the numbers of buckets fit into the ledger.
    function _bounded(uint256 time) private pure returns (uint256) {
        return time & (2 ** 36 - 1);
    }

    function _sum(string memory name) private returns (uint96) {
        return uint96(SVM.createUint(96, name));
    }

    function _sums() private view returns (Sums memory) {
        uint256 slot = _ledger();
        uint256 counter = _load(slot);
        return Sums(uint96(counter), uint96(_load(slot + PENDING)), uint96(counter >> 96), uint96(_load(slot + FURTHER)));
    }

    function _counted(Sums memory sums) private pure returns (uint256) {
        return sums.spent - sums.floor;
    }

    function _ledger() private view returns (uint256) {
        return uint256(keccak256(abi.encode(keccak256(bytes(currency)), LEDGERS)));
    }

    function _load(uint256 slot) private view returns (uint256) {
        return uint256(VM.load(address(fleet), bytes32(slot)));
    }

    function _store(uint256 slot, uint256 word) private {
        VM.store(address(fleet), bytes32(slot), bytes32(word));
    }
}
