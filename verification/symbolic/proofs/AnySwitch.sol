// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {RevocationSwitch} from "../../../contracts/RevocationSwitch.sol";
import {IRevocationSwitch, ISwitchable} from "../../../contracts/interfaces/IRevocationSwitch.sol";
import {Proof} from "./Proof.sol";

/// @title AnyContract
/// @notice Answers arbitrarily, as a wallet that is synced and as a contract that signs.
contract AnyContract is ISwitchable, IERC1271 {
    address private _principal;
    uint64 private _epoch;
    bytes4 private _answer;

    /// @inheritdoc ISwitchable
    function authority() external view returns (address, uint64) {
        return (_principal, _epoch);
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32, bytes memory) external view returns (bytes4) {
        return _answer;
    }
}

/// @title AnySwitch
/// @notice A switch in any state of its storage, reachable or not.
abstract contract AnySwitch is Proof {
    address internal constant REGISTRY = address(0x8004);

    RevocationSwitch internal stop;
    AnyContract internal any;

    function setUp() public virtual {
        stop = new RevocationSwitch(REGISTRY);
        SVM.enableSymbolicStorage(address(stop));
        any = new AnyContract();
        SVM.enableSymbolicStorage(address(any));
    }

    /// @notice What a principal has set for all agents, for one wallet and for one guardian.
    struct SwitchState {
        IRevocationSwitch.PrincipalState all;
        IRevocationSwitch.StopWord one;
        bool isGuardian;
    }

    function switchState(address principal, address wallet, address guardian) internal view returns (SwitchState memory) {
        return SwitchState(stop.principalState(principal), stop.stopWord(principal, wallet), stop.isGuardian(principal, guardian));
    }

    /// @dev Several asserts, because each is a query of its own.
    function assertState(SwitchState memory found, SwitchState memory wanted) internal pure {
        assert(both(found.one.paused == wanted.one.paused, found.one.revoked == wanted.one.revoked));
        assert(both(found.one.held == wanted.one.held, found.isGuardian == wanted.isGuardian));
        assert(both(found.all.epoch == wanted.all.epoch, found.all.paused == wanted.all.paused));
        assert(both(found.all.heartbeatInterval == wanted.all.heartbeatInterval, found.all.lastCheckIn == wanted.all.lastCheckIn));
    }
}
