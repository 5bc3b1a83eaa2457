// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC3156FlashBorrower} from "@openzeppelin/contracts/interfaces/IERC3156FlashBorrower.sol";

/// @title Colluder
/// @notice A test double: an attacker that may be everything at once, agent key, payee, target, relayer, borrower of flash loans.
/// Whoever touches it, by a call or by paying it, sets off the series of calls that it is armed with, and never learns whether
/// they failed.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract Colluder {
    /// @notice One call: who is called, what is sent along (wei), and calldata.
    struct Step {
        address target;
        uint256 value;
        bytes data;
    }

    /// @notice What became of a call: what it returned, or reverted with.
    struct Result {
        bool success;
        bytes returndata;
    }

    bytes32 private constant BORROWED = keccak256("ERC3156FlashBorrower.onFlashLoan");

    /// @notice How often it was touched from outside.
    uint256 public touches;

    Step[] private _steps;
    Result[] private _results;
    bool private _running;

    /// @notice Takes native currency, and acts.
    receive() external payable {
        _run();
    }

    /// @notice Says yes to every signature, and to every loan; acts on any call but the first, which is static.
    fallback(bytes calldata) external payable returns (bytes memory) {
        if (msg.sig == IERC1271.isValidSignature.selector) return abi.encode(IERC1271.isValidSignature.selector);
        _run();
        return msg.sig == IERC3156FlashBorrower.onFlashLoan.selector ? abi.encode(BORROWED) : bytes("");
    }

    /// @notice Sets the calls to make whenever it is touched, and forgets the results so far.
    function arm(Step[] calldata steps) external {
        delete _steps;
        delete _results;
        touches = 0;
        for (uint256 i = 0; i < steps.length; ++i) _steps.push(steps[i]);
    }

    /// @notice Makes calls at once, for anyone; as somebody else where somebody else delegates to it.
    function perform(Step[] calldata steps) external payable returns (Result[] memory made) {
        made = new Result[](steps.length);
        for (uint256 i = 0; i < steps.length; ++i) {
            (made[i].success, made[i].returndata) = steps[i].target.call{value: steps[i].value}(steps[i].data);
        }
    }

    /// @notice What became of all calls since it was armed.
    function results() external view returns (Result[] memory) {
        return _results;
    }

    function _run() internal {
        ++touches;
        // What touches it again in the middle doesn't start it anew: it would never end.
        if (_running) return;
        _running = true;
        for (uint256 i = 0; i < _steps.length; ++i) {
            Step memory step = _steps[i];
            (bool success, bytes memory returndata) = step.target.call{value: step.value}(step.data);
            _results.push(Result(success, returndata));
        }
        _running = false;
    }
}
