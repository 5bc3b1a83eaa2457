// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {RevocationSwitch} from "../../../contracts/RevocationSwitch.sol";
import {IRevocationSwitch, ISwitchable} from "../../../contracts/interfaces/IRevocationSwitch.sol";
import {Proof} from "./Proof.sol";

/// @title AnyContract
/// @notice Answers whatever it likes: as a wallet that is synced, and as a contract that signs.
contract AnyContract is ISwitchable, IERC1271 {
    address private _principal;
    uint64 private _epoch;
    bytes4 private _verdict;

    /// @inheritdoc ISwitchable
    function authority() external view returns (address, uint64) {
        return (_principal, _epoch);
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32, bytes memory) external view returns (bytes4) {
        return _verdict;
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
        SYMBOLS.enableSymbolicStorage(address(stop));
        any = new AnyContract();
        SYMBOLS.enableSymbolicStorage(address(any));
    }

    /// @notice What a principal has said, about all agents and about one.
    struct Said {
        IRevocationSwitch.PrincipalState all;
        IRevocationSwitch.StopWord one;
        bool guarded;
    }

    function said(address principal, address wallet, address guardian) internal view returns (Said memory) {
        return Said(stop.principalState(principal), stop.stopWord(principal, wallet), stop.isGuardian(principal, guardian));
    }

    /// @dev Word by word: each is a question of its own.
    function assertSaid(Said memory found, Said memory wanted) internal pure {
        assert(both(found.one.paused == wanted.one.paused, found.one.revoked == wanted.one.revoked));
        assert(both(found.one.held == wanted.one.held, found.guarded == wanted.guarded));
        assert(both(found.all.epoch == wanted.all.epoch, found.all.paused == wanted.all.paused));
        assert(both(found.all.heartbeatInterval == wanted.all.heartbeatInterval, found.all.lastCheckIn == wanted.all.lastCheckIn));
    }
}
