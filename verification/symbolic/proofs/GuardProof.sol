// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGuard} from "../../../contracts/interfaces/IGuard.sol";
import {Mandate} from "../../../contracts/interfaces/IMandate.sol";
import {GuardCalls} from "../../../contracts/mandate/GuardCalls.sol";
import {Proof} from "./Proof.sol";

/// @title AnswersOfGuard
/// @notice A guard that answers every call as its symbolic storage says: with a revert, or with so many bytes of any
/// content. Records how it was asked.
contract AnswersOfGuard is Proof {
    uint256 private _choice;
    bytes32[9] private _words;
    /// @notice Whether it reverts.
    bool public reverts;
    /// @notice How often it was called except for `accepts`, and how the last time.
    uint256 public count;
    uint256 public value;
    bytes32 public dataHash;

    /// @notice Whether it answers with exactly this selector, in one word.
    function agrees(bytes4 selector) external view returns (bool) {
        return both(both(!reverts, _size() == 32), _words[0] == selector);
    }

    fallback() external payable {
        // A static call may not write.
        if (msg.sig != IGuard.accepts.selector) _record();
        (bool fails, uint256 size, bytes32[9] memory words) = (reverts, _size(), _words);
        assembly {
            if fails { revert(words, size) }
            return(words, size)
        }
    }

    function _record() private {
        unchecked {
            (count, value, dataHash) = (count + 1, msg.value, keccak256(msg.data));
        }
    }

    /// @dev Also more than the 256 bytes that a wallet copies.
    function _size() private view returns (uint256) {
        return [0, 4, 31, 32, 33, 64, 288][pick(_choice, 6)];
    }
}

/// @title GuardProof
/// @notice Whatever a guard does, it either agrees or refuses. Payments under a guard: see `GuardedWalletProof`.
/// @custom:halmos --loop 10 --solver-timeout-branching 50ms
contract GuardProof is Proof {
    AnswersOfGuard private guard;

    function setUp() public {
        guard = new AnswersOfGuard();
        SVM.enableSymbolicStorage(address(guard));
    }

    /// @notice I34: a charge goes on if and only if the guard answers exactly the selector, in 32 bytes. It learns the
    /// charge, and gets no money.
    function check_onlyTheSelectorAllowsACharge(IGuard.Charge memory charge, uint96 held) external {
        bytes memory expected = abi.encodeCall(IGuard.onCharge, (charge));
        uint256 before = guard.count();
        VM.deal(address(this), held);
        bool agrees = guard.agrees(IGuard.onCharge.selector);
        try this.ask(charge) {
            assert(both(agrees, _wasCalled(before, expected)));
        } catch {
            assert(!agrees);
        }
        assert(address(this).balance == held);
    }

    /// @notice I34: a mandate is installed only if its guard answers exactly the other selector, in 32 bytes.
    function check_onlyTheSelectorAcceptsAMandate(address wallet) external {
        Mandate memory mandate;
        try this.install(wallet, mandate) {
            assert(guard.agrees(IGuard.accepts.selector));
        } catch {
            assert(!guard.agrees(IGuard.accepts.selector));
        }
    }

    /// @notice I34: a guard can't refuse that an authorization is closed. It learns what became of it, and gets no
    /// money.
    function check_closingIsNotRefused(bytes32 currency, uint96 charge, bool settled, uint96 held) external {
        bytes memory expected = abi.encodeCall(IGuard.onClose, (currency, charge, settled));
        uint256 before = guard.count();
        VM.deal(address(this), held);
        try this.close(currency, charge, settled) {
            assert(either(guard.reverts(), _wasCalled(before, expected)));
        } catch {
            assert(false);
        }
        assert(address(this).balance == held);
    }

    /// @notice What a wallet does at a charge.
    function ask(IGuard.Charge memory charge) external {
        GuardCalls.requireAgreement(address(guard), charge);
    }

    /// @notice What the mandate writer does.
    function install(address wallet, Mandate calldata mandate) external view {
        GuardCalls.requireAcceptance(address(guard), wallet, mandate);
    }

    /// @notice What a wallet does when an authorization is closed.
    function close(bytes32 currency, uint96 charge, bool settled) external {
        GuardCalls.notifyClosed(address(guard), currency, charge, settled);
    }

    function _wasCalled(uint256 before, bytes memory data) private view returns (bool) {
        unchecked {
            return both(guard.count() == before + 1, both(guard.value() == 0, guard.dataHash() == keccak256(data)));
        }
    }
}
